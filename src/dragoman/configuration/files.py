"""Settings from where people write them: a YAML file, the environment, options of the command line.

Options win over the environment, which wins over the file, which wins over the defaults. What cannot be
read raises SettingsError with the place. A file has our own form or LiteLLM's. Counterparts: `settings`,
which knows what they mean, and `litellm`, which knows that other form.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from dragoman import litellm
from dragoman.configuration import includes
from dragoman.configuration.written import Place, Written, read, read_text, shown
from dragoman.litellm.entries import engine_id
from dragoman.settings import Key, Remark, Search, Settings, SettingsError, Upstream
from dragoman.turns.route import DISBELIEVED, disbelieved

FROM_ENVIRONMENT = "os.environ/"
KEY_VARIABLE = "DRAGOMAN_KEY"
OWN, LITELLM = "dragoman", "litellm"
VARIABLES = (
    "LITELLM_MASTER_KEY",
    "LITELLM_DANGEROUSLY_PERMIT_WEAK_OR_UNSET_MASTER_KEY",
    "HOST",
    "PORT",
    "REQUEST_TIMEOUT",
    "DEBUG",
    "DETAILED_DEBUG",
    "LITELLM_LOG",
    "OPENAI_API_BASE",
)
"""Those of LiteLLM's that count; OPENAI_API_KEY is sent nowhere unless a file names it."""
PARTS: Mapping[str, type[msgspec.Struct]] = {"upstreams": Upstream, "keys": Key, "search": Search}
"""The settings that have settings of their own."""
SECRET = re.compile(r"(^|\.)key$|\.headers\.")

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
    model: str = ""
    """The engine's model, with or without the prefix that LiteLLM wants."""
    headers: Mapping[str, str] = field(default_factory=dict)
    defaults: Mapping[str, Any] = field(default_factory=dict)
    timeout: float | None = None
    litellm: bool = False
    """LiteLLM's variables count, as they do with a file of LiteLLM's."""


class Configuration(NamedTuple):
    """Settings, not yet checked for whether they make sense together, and what should be known of them.

    `environment` has the variables too that a file sets itself.
    """

    form: str
    settings: Settings
    remarks: list[Remark]
    places: Mapping[str, Place]
    environment: Mapping[str, str]

    def place(self, path: str) -> Place | None:
        """The file and line of a remark's path."""
        return Written({}, dict(self.places)).place(path)


def load(config: Path | None, flags: Flags, environment: Mapping[str, str]) -> Settings:
    """The settings, not yet checked for whether they make sense together."""
    return load_remarked(config, flags, environment).settings


def load_remarked(config: Path | None, flags: Flags, environment: Mapping[str, str]) -> Configuration:
    """The same with remarks."""
    found = nothing(flags, environment) if config is None else configuration(config, environment)
    changed = from_flags(flags, found.environment)
    if not changed.get("key") and (key := found.environment.get(KEY_VARIABLE)):
        changed["key"] = key
    own = changed.pop("aliases", {})
    aliases = {**found.settings.aliases, **own}
    settings = to_each(msgspec.structs.replace(found.settings, aliases=aliases, **changed), flags)
    named = Settings(aliases=own) if found.form == LITELLM else settings
    return found._replace(settings=settings, remarks=[*found.remarks, *remarks(named)])


def nothing(flags: Flags, environment: Mapping[str, str]) -> Configuration:
    """Without a file there are variables."""
    variables = (
        {name: environment[name] for name in VARIABLES if environment.get(name)} if flags.litellm else {}
    )
    settings, said = litellm.translate({}, variables)
    return Configuration(OWN, settings, said, {}, environment)


def configuration(path: Path, environment: Mapping[str, str]) -> Configuration:
    """A file. Raises SettingsError with the path of what is wrong."""
    try:
        return _configuration(path, environment)
    except SettingsError as error:
        raise SettingsError(shown(str(error))) from None


def _configuration(path: Path, environment: Mapping[str, str]) -> Configuration:
    written = read(path)
    if litellm.MARKS & written.given.keys():
        return litellm_configuration(path, written, environment)
    given = resolve(written.given, environment, str(path))
    settings = convert(given, str(path))
    return Configuration(OWN, settings, understood(written.given), written.places, environment)


def litellm_configuration(path: Path, written: Written, environment: Mapping[str, str]) -> Configuration:
    """The variables that the file sets count from the start, unlike with LiteLLM."""
    own = variables_of(written.given, environment)
    whole, said = includes.merge(written, path, {**environment, **own})
    known = {**environment, **variables_of(whole.given, environment)}
    variables = {name: known[name] for name in VARIABLES if known.get(name)}
    try:
        settings, more = litellm.translate(filled(whole.given, known), variables)
    except SettingsError as error:
        raise SettingsError(f"{path}: {error}") from None
    return Configuration(LITELLM, settings, [*said, *more], {**written.places, **whole.places}, known)


def variables_of(given: Mapping[Any, Any], environment: Mapping[str, str]) -> dict[str, str]:
    """What `environment_variables` sets."""
    block = filled(given.get("environment_variables"), environment)
    pairs = block.items() if isinstance(block, dict) else ()
    return {str(name): str(value) for name, value in pairs if isinstance(value, str | int | float)}


def filled(given: Any, environment: Mapping[str, str]) -> Any:
    """The same with every text `os.environ/NAME` replaced, by an Unset where there is none."""
    if isinstance(given, dict):
        return {name: filled(value, environment) for name, value in given.items()}
    if isinstance(given, list):
        return [filled(value, environment) for value in given]
    if not isinstance(given, str) or not given.startswith(FROM_ENVIRONMENT):
        return given
    name = given.removeprefix(FROM_ENVIRONMENT)
    return environment.get(name) or litellm.Unset(name)


def to_each(settings: Settings, flags: Flags) -> Settings:
    """What options say of every engine."""
    if flags.timeout is not None:
        settings = msgspec.structs.replace(settings, timeout=flags.timeout, whole_timeout=flags.timeout)
    upstreams = tuple(
        msgspec.structs.replace(
            each, headers={**each.headers, **flags.headers}, defaults={**each.defaults, **flags.defaults}
        )
        for each in settings.upstreams
    )
    return msgspec.structs.replace(settings, upstreams=upstreams)


def from_flags(flags: Flags, environment: Mapping[str, str]) -> dict[str, Any]:
    """The settings that options give."""
    changed: dict[str, Any] = {}
    if flags.upstream_key and not flags.upstream:
        raise SettingsError("--upstream-key belongs to --upstream; in a file, set upstreams[].key")
    upstream = flags.upstream or (environment.get("OPENAI_API_BASE", "") if flags.model else "")
    if flags.model and not upstream:
        raise SettingsError("--model: say with --api_base where it is; no public service is called")
    if upstream:
        key = resolve(flags.upstream_key, environment, "--upstream-key")
        changed["upstreams"] = (Upstream(upstream, key, engine_id(flags.model)),)
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
        kind = PARTS.get(place.partition("[")[0], Settings)
        known = [field.name for field in msgspec.structs.fields(kind)]
        near = get_close_matches(unknown[1], known, n=1)
        advice = f"did you mean {near[0]}?" if near else f"there are {', '.join(known)}"
        return f"{place}{'.' if place else ''}{unknown[1]}: there is no such setting; {advice}"
    said = said.removesuffix(",")
    if said == "Expected `str`, got `int`":
        said = "expected text, got a number; put it in quotes"
    return f"{place}: {said}" if place else said


def understood(given: Any, path: str = "") -> list[Remark]:
    """A remark on each value of our own form; those that are secret are not shown."""
    parts: list[tuple[str, Any]] = []
    if isinstance(given, dict) and given:
        parts = [(f"{path}.{name}" if path else str(name), value) for name, value in given.items()]
    elif isinstance(given, list) and given:
        parts = [(f"{path}[{index}]", value) for index, value in enumerate(given)]
    elif path:
        by_name = isinstance(given, str) and given.startswith(FROM_ENVIRONMENT)
        shown = "a secret" if SECRET.search(path) and not by_name else repr(given)
        return [Remark(path, "understood", shown)]
    return [remark for place, value in parts for remark in understood(value, place)]


def remarks(settings: Settings) -> list[Remark]:
    """What is allowed and yet should be known."""
    names = {f"aliases.{name}": name for name in settings.aliases}
    names |= {f"upstreams[{index}].name": each.name for index, each in enumerate(settings.upstreams)}
    return [
        Remark(path, "warning", f"{name}: {DISBELIEVED}") for path, name in names.items() if disbelieved(name)
    ]
