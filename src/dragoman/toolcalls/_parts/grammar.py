"""What an engine can be asked to enforce of a format: the structural tags of xgrammar, which vLLM takes.

A trigger is the whole beginning of a well-written call and never its tag alone: prose that speaks of a
tag, and calls in any other form, stay as free as they were, and are left to repair.
"""

from collections.abc import Callable, Mapping
from typing import Any

from msgspec import Struct
from msgspec.json import encode

Node = dict[str, Any]
Tags = Callable[[str, Node, bool], list[Node]]

ANY_TEXT: Node = {"type": "any_text"}


class Grammar(Struct, frozen=True):
    """`tags` are those of one tool, by its name and schema. The third argument, `strict`: the arguments are
    constrained even where the grammar then forbids a string to hold the format's own closing tag."""

    triggers: tuple[str, ...]
    tags: Tags


def tag(begin: str, content: Node, end: str) -> Node:
    return {"type": "tag", "begin": begin, "content": content, "end": end}


def by_schema(schema: Node, **style: str) -> Node:
    """In any order: in the declared one, a required property could no longer follow an optional one."""
    return {"type": "json_schema", "json_schema": schema, "any_order": True, **style}


def json_in(opener: str, closer: str) -> Grammar:
    """`{"name": …, "arguments": …}` between two tags, with line ends and without: models write both."""
    spellings = {f'{opener}\n{{"name": "': f"}}\n{closer}", f'{opener}{{"name": "': f"}}{closer}"}

    def tags(name: str, schema: Node, strict: bool) -> list[Node]:
        called = encode(name).decode()[1:-1]
        return [
            tag(f'{begin}{called}", "arguments": ', by_schema(schema), end)
            for begin, end in spellings.items()
        ]

    return Grammar(tuple(spellings), tags)


def qwen_tags(name: str, schema: Node, strict: bool) -> list[Node]:
    """The tool's name; with `strict` the arguments too, which then can hold no `</parameter>`."""
    begin = f"<tool_call>\n<function={name}>"
    if strict and properties(schema):
        return [tag(f"{begin}\n", by_schema(schema, style="qwen_xml"), "\n</function>\n</tool_call>")]
    return [tag(begin, ANY_TEXT, "</tool_call>")]


def properties(schema: Node) -> Mapping[str, Any]:
    found = schema.get("properties")
    return found if isinstance(found, dict) else {}


QWEN_XML = Grammar(("<tool_call>\n<function=",), qwen_tags)
