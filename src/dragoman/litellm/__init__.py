"""LiteLLM's configuration file as our settings, with a remark on each of its keys.

Nothing in such a file ends the reading but a variable that is not set where it is needed, and a key for
clients that cannot be one: what is not honoured is said. `files` knows where file and variables come from.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from dragoman.litellm import keys, ways
from dragoman.litellm.block import Block, Unset
from dragoman.litellm.models import read_models
from dragoman.settings import Remark, Settings

__all__ = ["MARKS", "Unset", "translate"]

MARKS = frozenset(
    [
        "model_list",
        "litellm_settings",
        "general_settings",
        "router_settings",
        "include",
        "environment_variables",
    ]
)
"""A file with one of these at its top is LiteLLM's."""


def translate(
    given: Mapping[str, Any], variables: Mapping[str, str] = MappingProxyType({})
) -> tuple[Settings, list[Remark]]:
    """`given` holds an Unset for each variable that is not set; `variables` are LiteLLM's own, such as
    LITELLM_MASTER_KEY. Raises SettingsError."""
    remarks: list[Remark] = []
    root = Block("", given, remarks)
    blocks = ways.Ways(
        root.block("general_settings"),
        root.block("litellm_settings"),
        root.block("router_settings"),
        Block("", variables, remarks),
    )
    upstreams, aliases = read_models(
        root, blocks.router, blocks.litellm, variables.get("OPENAI_API_BASE", "")
    )
    settings = Settings(upstreams=upstreams, aliases=aliases, **ways.read(blocks))
    ways.close(blocks)
    environment = root.block("environment_variables")
    for name in environment.given:
        environment.say(name, "understood", "set before anything else is read")
    environment.warn_of_unset()
    root.close({}, keys.TOP_IGNORED)
    return settings, remarks
