"""Tool calls in a model's text: one module per format, pure, found by listing this folder.

A module holds a `FORMAT`. `Parser` is the stage that reads a reply by one; `Catalog` finds formats by name.
"""

from dragoman.toolcalls._parts.catalog import AUTO, Catalog
from dragoman.toolcalls._parts.format import Format
from dragoman.toolcalls._parts.grammar import Grammar
from dragoman.toolcalls._parts.naming import ANYTHING, Toolset, compile_tools
from dragoman.toolcalls._parts.parser import Parser
from dragoman.toolcalls._parts.parsing import offered, parse, plain, released, summary
from dragoman.toolcalls._parts.plain_schema import plain_schema
from dragoman.toolcalls._parts.schema import Shape, compile_schema
from dragoman.toolcalls._parts.wording import Wording
from dragoman.toolcalls._parts.wordings import HERMES

__all__ = [
    "ANYTHING",
    "AUTO",
    "HERMES",
    "Catalog",
    "Format",
    "Grammar",
    "Parser",
    "Shape",
    "Toolset",
    "Wording",
    "compile_schema",
    "compile_tools",
    "offered",
    "parse",
    "plain",
    "plain_schema",
    "released",
    "summary",
]
