"""The parser is another family's."""

from dragoman.doctor.check import Check, Finding
from dragoman.doctor.seen import Engine, Seen

GATEWAY = "It goes round the parser as soon as a reply shows it, and parses the calls itself."


def judge(seen: Seen) -> list[Finding]:
    found = [one(engine) for engine in seen.engines if engine.parser_fits is False or engine.facts.swallows]
    if found or seen.server is None or not seen.server.swallowed:
        return found
    parser = next((engine.profile.tool_parser for engine in seen.engines if engine.profile.tool_parser), "")
    return [
        Finding(
            f"{seen.server.swallowed:.0f} replies came back from an engine with nothing in them.",
            "The engine's tool parser is another family's, and takes the model's calls away.",
            f"Start the engine with --tool-call-parser {parser or 'NAME'}, the one of the model's family.",
            GATEWAY,
            place=seen.server.url,
        )
    ]


def one(engine: Engine) -> Finding:
    return Finding(
        f"The engine at {engine.url} does not read calls as its model writes them.",
        f"A call in the wording of the family {engine.profile.family} came back as no call: "
        "--tool-call-parser "
        "is another family's. Calls get lost, or stand in the text.",
        f"Start it with --enable-auto-tool-choice --tool-call-parser {engine.profile.tool_parser}.",
        GATEWAY,
        place=engine.url,
    )


CHECK = Check("the tool parser is another family's", judge)
