"""What an engine is asked to enforce: beginnings of well-written calls, and nothing of a file's content."""

import pytest

from dragoman.toolcalls import hermes_json, qwen_xml
from dragoman.toolcalls._parts.grammar import ANY_TEXT, Grammar

SCHEMA = {"type": "object", "properties": {"path": {"type": "string"}}}


def grammar_of(format: object) -> Grammar:
    made = getattr(format, "grammar", None)
    assert isinstance(made, Grammar)
    return made


@pytest.mark.parametrize("strict", [False, True])
@pytest.mark.parametrize("format", [hermes_json.FORMAT, qwen_xml.FORMAT], ids=["hermes_json", "qwen_xml"])
def test_each_tag_has_one_trigger_which_says_more_than_the_formats_opener(
    format: object, strict: bool
) -> None:
    grammar = grammar_of(format)
    for tag in grammar.tags("Write", SCHEMA, strict):
        assert len([trigger for trigger in grammar.triggers if tag["begin"].startswith(trigger)]) == 1
    assert all(trigger.startswith("<tool_call>") for trigger in grammar.triggers)
    assert "<tool_call>" not in grammar.triggers


def test_json_calls_are_constrained_in_both_spellings() -> None:
    tags = grammar_of(hermes_json.FORMAT).tags('a"b', SCHEMA, False)
    assert [(tag["begin"], tag["end"]) for tag in tags] == [
        ('<tool_call>\n{"name": "a\\"b", "arguments": ', "}\n</tool_call>"),
        ('<tool_call>{"name": "a\\"b", "arguments": ', "}</tool_call>"),
    ]
    assert all(tag["content"]["any_order"] and tag["content"]["json_schema"] == SCHEMA for tag in tags)


def test_values_between_tags_stay_free_unless_asked_for() -> None:
    tags = grammar_of(qwen_xml.FORMAT).tags
    assert tags("Write", SCHEMA, False) == [
        {"type": "tag", "begin": "<tool_call>\n<function=Write>", "content": ANY_TEXT, "end": "</tool_call>"}
    ]
    (strict,) = tags("Write", SCHEMA, True)
    assert strict["content"]["style"] == "qwen_xml"
    assert strict["end"] == "\n</function>\n</tool_call>"
    assert tags("Stop", {"type": "object"}, True)[0]["content"] == ANY_TEXT
