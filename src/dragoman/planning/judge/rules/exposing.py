"""Who can reach the engine: the address, the key, and a key that stands in the open."""

import re
from collections.abc import Iterator

from dragoman.planning.judge.case import Case
from dragoman.planning.judge.finding import Edit, Finding

LOCAL = ("127.0.0.1", "localhost", "::1")
_KEYS = {"sh": '"${VLLM_API_KEY:?set a key}"', "powershell": '"$env:VLLM_API_KEY"'}
_PUBLISHED = re.compile(r"(\d+(?:-\d+)?):\d+(?:-\d+)?(?:/tcp)?")


def address(case: Case) -> Iterator[Finding]:
    """Without an address vLLM listens on all of the machine's, and without a key it serves everybody."""
    if case.start.entry == "image" or case.start.has("--uds") or case.start.open:
        return
    option, host = case.option("--host"), case.value("--host")
    guarded = case.start.has("--api-key") or "VLLM_API_KEY" in case.script.assigned
    if option is None and not guarded:
        says = (
            "--host 127.0.0.1: vLLM listens on every address of the machine, and asks nobody for a key. For "
        )
        says += "other machines, let the gateway listen there, with a key."
        yield Finding("exposed", "missing", 0, says, added=("--host", "127.0.0.1"))
    elif option and host and host not in LOCAL and not guarded:
        says = "Everybody who reaches this address may use the engine: there is no key. Add --api-key, or "
        says += "listen on 127.0.0.1 behind the gateway."
        yield Finding("exposed", "risky", option.line, says, added=("--api-key", _KEYS[case.script.shell]))
    elif option and host:
        says = "Only this machine reaches it." if host in LOCAL else "Others reach it, and need the key."
        yield Finding("exposed", "right", option.line, says)


def published(case: Case) -> Iterator[Finding]:
    """A published port passes by the machine's firewall."""
    if case.start.entry != "image" or case.start.has("--api-key"):
        return
    words = case.start.before
    for at, word in enumerate(words):
        flag, _, inline = word.raw.partition("=")
        if flag not in ("-p", "--publish"):
            continue
        value = inline or (words[at + 1].raw if at + 1 < len(words) else "")
        if not _PUBLISHED.fullmatch(value):
            continue
        place = word if inline else words[at + 1]
        says = (
            f"Publishes the port on every address, and the engine asks for no key: 127.0.0.1:{value} is for "
        )
        says += "this machine only."
        start = place.end - len(value)
        yield Finding("exposed", "risky", place.line, says, edits=(Edit(start, start, "127.0.0.1:"),))


def open_key(case: Case) -> Iterator[Finding]:
    """A key on a command line is seen by all users of the machine, and by all readers of the script."""
    for name in ("--api-key", "--hf-token"):
        option = case.option(name)
        if option is None:
            continue
        for word in option.values:
            if word.plain and not word.variable:
                says = "The key stands in the script, and in the list of processes for everybody to see. "
                says += "Keep it in a variable that is set elsewhere."
                variable = _KEYS[case.script.shell] if name == "--api-key" else '"$HF_TOKEN"'
                edit = Edit(word.start, word.end, variable)
                yield Finding("open-key", "risky", option.line, says, edits=(edit,))
                break
        else:
            yield Finding("open-key", "right", option.line, "Only who knows the key may use the engine.")


RULES = (address, published, open_key)
