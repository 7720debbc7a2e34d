"""Settings from where people write them: a YAML file, the environment, options of the command line.

Options win over the environment, which wins over the file, which wins over the defaults. What cannot be
read raises SettingsError with the place. Counterpart: `settings`, which knows what they mean.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import msgspec
import yaml

from dragoman.settings import Settings, SettingsError, Upstream

FROM_ENVIRONMENT = "os.environ/"
KEY_VARIABLE = "DRAGOMAN_KEY"

_UNKNOWN = re.compile(r"Object contains unknown field `(.*)`")
_PLACE = re.compile(r" - at `(?:key in )?\$\.?(.*)`$")


@dataclass(frozen=True, slots=True)
class Flags:
    """The options of a command as they were given; None or empty where they were not."""

    upstream: str = ""
    upstream_key: str = ""
    host: str | None = None
    port: int | None = None
    key: str = ""
    key_file: Path | None = None
    alias: Sequence[str] = ()


def load(config: Path | None, flags: Flags, environment: Mapping[str, str]) -> Settings:
    """The settings, not yet checked for whether they make sense together."""
    given = read_yaml(config) if config else {}
    given = resolve(given, environment, str(config))
    settings = convert(given, str(config))
    changed = from_flags(flags, environment)
    if not changed.get("key"):
        changed |= {"key": environment[KEY_VARIABLE]} if environment.get(KEY_VARIABLE) else {}
    if aliases := changed.pop("aliases", None):
        changed["aliases"] = {**settings.aliases, **aliases}
    return msgspec.structs.replace(settings, **changed)


def from_flags(flags: Flags, environment: Mapping[str, str]) -> dict[str, Any]:
    """The settings that options give."""
    changed: dict[str, Any] = {}
    if flags.upstream_key and not flags.upstream:
        raise SettingsError("--upstream-key belongs to --upstream; in a file, set upstreams[].key")
    if flags.upstream:
        key = resolve(flags.upstream_key, environment, "--upstream-key")
        changed["upstreams"] = (Upstream(flags.upstream, key),)
    if flags.key and flags.key_file:
        raise SettingsError("--key and --key-file are both given; one key is enough")
    if flags.key:
        changed["key"] = resolve(flags.key, environment, "--key")
    if flags.key_file:
        changed["key"] = read_key(flags.key_file)
    changed |= {name: value for name in ("host", "port") if (value := getattr(flags, name)) is not None}
    if flags.alias:
        changed["aliases"] = dict(map(read_alias, flags.alias))
    return changed


def read_alias(text: str) -> tuple[str, str]:
    """`NAME`, which stands for the first model, or `NAME=MODEL`."""
    name, _, model = (part.strip() for part in text.partition("="))
    if not name:
        raise SettingsError(f"--alias {text!r}: write NAME or NAME=MODEL")
    return name, model


def read_key(path: Path) -> str:
    """A file's one line."""
    key = read_text(path).strip()
    if not key or "\n" in key:
        raise SettingsError(f"{path}: a key file holds the key alone, on one line")
    return key


def read_yaml(path: Path) -> dict[str, Any]:
    try:
        given = yaml.safe_load(read_text(path))
    except yaml.MarkedYAMLError as error:
        line = f" in line {error.problem_mark.line + 1}" if error.problem_mark else ""
        raise SettingsError(f"{path}: this is no YAML{line}: {error.problem}") from None
    except yaml.YAMLError as error:
        raise SettingsError(f"{path}: this is no YAML: {str(error).splitlines()[0]}") from None
    if given is None:
        return {}
    if not isinstance(given, dict):
        raise SettingsError(f"{path}: settings are names with values, such as `port: 4000`")
    return given


def read_text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise SettingsError(f"{path}: this is no text in UTF-8") from None
    except OSError as error:
        raise SettingsError(f"{path}: {error.strerror}") from None


def resolve(given: Any, environment: Mapping[str, str], place: str) -> Any:
    """The same with every text `os.environ/NAME` replaced by that variable's value."""
    if isinstance(given, dict):
        return {name: resolve(value, environment, f"{place}: {name}") for name, value in given.items()}
    if isinstance(given, list):
        return [resolve(value, environment, f"{place}[{index}]") for index, value in enumerate(given)]
    if not isinstance(given, str) or not given.startswith(FROM_ENVIRONMENT):
        return given
    name = given.removeprefix(FROM_ENVIRONMENT)
    if not environment.get(name):
        raise SettingsError(f"{place}: the environment variable {name} is not set")
    return environment[name]


def convert(given: dict[str, Any], source: str) -> Settings:
    """Raises SettingsError with the path of what is wrong."""
    try:
        # A variable's value is always text, also where a number is wanted.
        return msgspec.convert(given, Settings, strict=False)
    except msgspec.ValidationError as error:
        raise SettingsError(f"{source}: {explain(str(error))}") from None


def explain(message: str) -> str:
    """msgspec's words for a wrong value in ours: the path first, then what to do."""
    found = _PLACE.search(message)
    place, said = (found[1], message[: found.start()]) if found else ("", message)
    if unknown := _UNKNOWN.match(said):
        kind = Upstream if place.startswith("upstreams") else Settings
        known = [field.name for field in msgspec.structs.fields(kind)]
        near = get_close_matches(unknown[1], known, n=1)
        advice = f"did you mean {near[0]}?" if near else f"there are {', '.join(known)}"
        return f"{place}{'.' if place else ''}{unknown[1]}: there is no such setting; {advice}"
    said = said.removesuffix(",")
    if said == "Expected `str`, got `int`":
        said = "expected text, got a number; put it in quotes"
    return f"{place}: {said}" if place else said


def remarks(settings: Settings) -> list[str]:
    """What is allowed and yet should be known."""
    said = []
    for name in settings.aliases:
        if name.startswith("claude-") or "sonnet" in name or "haiku" in name:
            said.append(
                f"alias {name}: Claude Code takes a model of such a name for Anthropic's and does not "
                "believe its context window; anthropic/NAME works better"
            )
    return said
