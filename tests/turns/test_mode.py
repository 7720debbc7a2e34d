"""Which way tools take: by what the engine does, what the family writes, and what the client demands."""

from typing import Any

import pytest
from msgspec import Raw
from msgspec.structs import replace

from dragoman import folder
from dragoman.model.engine import EngineFacts, Mode
from dragoman.model.profile import UNKNOWN, Profile
from dragoman.model.turn import Image, OutputFormat, Request, Text, Tool, ToolChoice, ToolResult, Turn
from dragoman.turns.mode import choose_way, has_images, usual_way

PROFILES = {profile.family: profile for profile in folder.profiles()}
HERMES, CODER, KIMI = PROFILES["qwen_instruct"], PROFILES["qwen_coder"], PROFILES["kimi_k2"]
VLLM = EngineFacts("vllm", "0.32.0", parses=True, renders=True, counts=True, reasons=False)
BARE = replace(VLLM, parses=False)
ASKED = Request("m", (Turn("user", (Text("hi"),)),), tools=(Tool("Write"),))
PICTURE = replace(ASKED, turns=(Turn("user", (Text("look"), Image("image/png", "AA"))),))
SHOWN = replace(ASKED, turns=(Turn("user", (ToolResult("a", (Image("image/png", "AA"),)),)),))


def demanding(**choice: Any) -> Request:
    return replace(ASKED, tool_choice=ToolChoice(**choice))


JSON_WANTED = replace(ASKED, output=OutputFormat(Raw(b"{}")))

USUAL: dict[str, tuple[EngineFacts, Profile, Mode]] = {
    "nothing is known yet": (EngineFacts(), HERMES, "native"),
    "a pass-through parser": (VLLM, HERMES, "raw"),
    "a parser that cuts values off": (VLLM, CODER, "completion"),
    "the same where no token ids are given": (replace(VLLM, counts=False), CODER, "native"),
    "an engine-type parser": (VLLM, KIMI, "native"),
    "a parser, and a family that nobody knows": (VLLM, UNKNOWN, "native"),
    "a pass-through parser, tools are left out with none": (replace(VLLM, renders=False), HERMES, "native"),
    "a pass-through parser behind LiteLLM": (replace(VLLM, kind="litellm", counts=False), HERMES, "raw"),
    "a parser of another kind of engine": (replace(VLLM, kind="llamacpp"), HERMES, "native"),
    "no parser": (BARE, HERMES, "raw"),
    "no parser, and a family that nobody knows": (BARE, UNKNOWN, "raw"),
    "no parser, and nobody could say whether tools are rendered": (
        replace(BARE, renders=None),
        HERMES,
        "raw",
    ),
    "no parser, tools are left out with none": (replace(BARE, renders=False), HERMES, "completion"),
    "no tools at all and no token ids": (replace(BARE, renders=False, counts=False), HERMES, "rendered"),
    "a parser that does not fit": (replace(VLLM, swallows=True), HERMES, "completion"),
    "one that does not fit, and no token ids": (
        replace(VLLM, swallows=True, counts=False),
        HERMES,
        "rendered",
    ),
    "one that does not fit, of an engine that nobody knows": (
        EngineFacts(swallows=True),
        UNKNOWN,
        "rendered",
    ),
}


@pytest.mark.parametrize(("facts", "profile", "mode"), USUAL.values(), ids=USUAL)
def test_the_usual_way(facts: EngineFacts, profile: Profile, mode: Mode) -> None:
    way = usual_way(facts, profile)
    assert way.mode == mode
    assert way.reason


DEMANDS: dict[str, tuple[Request, EngineFacts, Profile, Mode]] = {
    "a call is required": (demanding(mode="required"), VLLM, HERMES, "native"),
    "a tool is named": (demanding(mode="named", name="Write"), VLLM, HERMES, "native"),
    "one call at a time": (demanding(parallel=False), VLLM, HERMES, "native"),
    "an output by schema": (JSON_WANTED, VLLM, CODER, "native"),
    "no call, one at a time": (demanding(mode="none", parallel=False), VLLM, HERMES, "raw"),
    "no call": (demanding(mode="none"), VLLM, HERMES, "raw"),
    "a call is required of a parser that does not fit": (
        demanding(mode="required"),
        replace(VLLM, swallows=True),
        HERMES,
        "native",
    ),
    "a call is required of an engine without a parser": (demanding(mode="required"), BARE, HERMES, "raw"),
    "a tool is named to an engine without a parser": (
        demanding(mode="named", name="Write"),
        BARE,
        CODER,
        "raw",
    ),
    "a picture, where token ids would go": (PICTURE, replace(BARE, renders=False), HERMES, "rendered"),
    "a picture in a result, where token ids would go": (
        SHOWN,
        replace(VLLM, swallows=True),
        HERMES,
        "rendered",
    ),
    "a picture, and a parser that cuts values off": (PICTURE, VLLM, CODER, "native"),
    "a picture, and plain text": (SHOWN, BARE, HERMES, "raw"),
    "no tools": (replace(ASKED, tools=()), BARE, HERMES, "native"),
}


@pytest.mark.parametrize(("request_", "facts", "profile", "mode"), DEMANDS.values(), ids=DEMANDS)
def test_demands(request_: Request, facts: EngineFacts, profile: Profile, mode: Mode) -> None:
    assert choose_way(request_, facts, profile, None).mode == mode


SET: dict[str, tuple[Request, EngineFacts, Mode, Mode]] = {
    "what is set is done": (ASKED, VLLM, "rendered", "rendered"),
    "whatever the client demands": (demanding(mode="required"), VLLM, "raw", "raw"),
    "and whatever showed itself": (ASKED, replace(VLLM, swallows=True), "native", "native"),
    "token ids, of an engine that was not surveyed yet": (ASKED, EngineFacts(), "completion", "completion"),
    "token ids, where there are none": (ASKED, replace(VLLM, counts=False), "completion", "rendered"),
    "token ids, and a picture": (SHOWN, VLLM, "completion", "rendered"),
}


@pytest.mark.parametrize(("request_", "facts", "setting", "mode"), SET.values(), ids=SET)
def test_the_configuration_decides_where_it_can(
    request_: Request, facts: EngineFacts, setting: Mode, mode: Mode
) -> None:
    assert choose_way(request_, facts, HERMES, setting).mode == mode


def test_every_family_has_a_way_on_every_kind_of_engine() -> None:
    for profile in [*PROFILES.values(), UNKNOWN]:
        for parses in (True, False, None):
            for kind in ("vllm", "sglang", "llamacpp", "ollama", "unknown"):
                facts = EngineFacts(kind, parses=parses, renders=parses is False, counts=False)
                mode = usual_way(facts, profile).mode
                assert mode == {True: "native", False: "raw", None: "native"}[parses]


def test_pictures_are_found_in_results_too() -> None:
    assert not has_images(ASKED)
    assert has_images(PICTURE)
    assert has_images(SHOWN)
