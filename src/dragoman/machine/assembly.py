"""A checkpoint put together from its files, wherever they lie: the description, and headers of the weights.

A `Source` is a folder or a hub's repository. Only the top level counts, as it does for the engines.
"""

import re
from collections.abc import Mapping
from typing import Any, Protocol

import msgspec

from dragoman.machine import safetensors
from dragoman.machine.parallel import each
from dragoman.machine.refusal import CheckpointError
from dragoman.machine.safetensors import LENGTH, BrokenHeader
from dragoman.model.checkpoint import Checkpoint, Tensor
from dragoman.progress import Progress, Report, silent

CONFIG, INDEX, OLD_QUANTIZATION = "config.json", "model.safetensors.index.json", "hf_quant_config.json"
MOST_JSON, MOST_INDEX = 16_000_000, 128_000_000
MOST_FILES = 4096
MOST_HEADERS = 1_000_000_000
"""Bytes of all headers together: a checkpoint of a million tensors has a fifth of it."""
AT_ONCE = 8

_PYTORCH = re.compile(r"^(?:pytorch_model|model|consolidated).*\.(?:bin|pt|pth)$")


class Source(Protocol):
    """Where a checkpoint's files lie. All of it may raise CheckpointError.

    `id` is what an engine is given; `first` how many bytes of a weight file to ask for at first.
    """

    id: str
    first: int

    @property
    def where(self) -> str:
        """In words, for people."""
        ...

    def files(self) -> Mapping[str, int]:
        """The files at the top level, with their sizes in bytes."""
        ...

    def read(self, name: str, start: int, length: int) -> bytes:
        """That part of a file; less only where the file ends."""
        ...


def read(source: Source, report: Report = silent, headers: bool = True) -> Checkpoint:
    """The checkpoint. Without `headers` its size is that of its files. Raises CheckpointError."""
    files = source.files()
    if CONFIG not in files:
        raise CheckpointError("unusable", f"{source.where} has no config.json{_instead(files)}")
    config = _object(source, files, CONFIG)
    if "quantization_config" not in config and OLD_QUANTIZATION in files:
        # ModelOpt wrote a file of its own before 0.31; the engine reads it as this entry.
        config["quantization_config"] = _object(source, files, OLD_QUANTIZATION)
    names = _weights(source, files)
    if not names:
        size = sum(size for name, size in files.items() if _PYTORCH.match(name)) or None
        return Checkpoint(source.id, config, {}, size, f"{source.where}, no safetensors files")
    if not headers:
        return Checkpoint(source.id, config, {}, sum(files[name] for name in names), source.where)
    tensors = _tensors(source, {name: files[name] for name in names}, report)
    counted = f"{len(names)} safetensors header{'s' if len(names) > 1 else ''}"
    return Checkpoint(source.id, config, tensors, safetensors.total(tensors), f"{source.where}, {counted}")


def parse_object(content: bytes, what: str) -> dict[str, Any]:
    """JSON that is an object. Raises CheckpointError."""
    try:
        found = msgspec.json.decode(content)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
        if content.lstrip()[:1] == b"<":
            said = "is a web page, not JSON: a sign-in page on the way, or a wrong address of the hub"
            raise CheckpointError("unusable", f"{what} {said}.") from None
        raise CheckpointError("unusable", f"{what} is no JSON.") from None
    if not isinstance(found, dict):
        raise CheckpointError("unusable", f"{what} is no JSON object.")
    return found


def _object(source: Source, files: Mapping[str, int], name: str, most: int = MOST_JSON) -> dict[str, Any]:
    what = f"{name} of {source.where}"
    if files[name] > most:
        raise CheckpointError("unusable", f"{what} has {files[name]:,} bytes; that is no such file.")
    return parse_object(source.read(name, 0, files[name]), what)


def _instead(files: Mapping[str, int]) -> str:
    """What there is where a config.json should be."""
    names = files.keys()
    if any(name.endswith(".gguf") for name in names):
        return (
            ": it holds GGUF files, which are for llama.cpp and Ollama. Name the model that they were made "
            "from, or serve them with such an engine and `dragoman serve --upstream URL`."
        )
    if "adapter_config.json" in names:
        return ": it holds an adapter (LoRA). Name the model that it was made for."
    if "params.json" in names:
        return ": it has Mistral's own format alone. Name a repository that has config.json too."
    if "model_index.json" in names:
        return ": it is a diffusion model, no language model."
    return ". A checkpoint has one beside its weights." if files else ": it is empty."


def _weights(source: Source, files: Mapping[str, int]) -> list[str]:
    """The files that an engine would load: those of the index where there is one."""
    found = sorted(name for name in files if name.endswith(".safetensors"))
    if INDEX in files:
        index = _object(source, files, INDEX, MOST_INDEX).get("weight_map")
        values = index.values() if isinstance(index, dict) else ()
        named = sorted({name for name in values if isinstance(name, str)})
        if missing := [name for name in named if name not in files]:
            raise CheckpointError("unusable", _incomplete(source, missing, len(named)))
        found = named or found
    elif len(found) > 1:
        # Mistral's format lies beside the other in the same repository.
        found = [name for name in found if not name.startswith("consolidated")] or found
    if len(found) > MOST_FILES:
        raise CheckpointError("unusable", f"{source.where} has {len(found):,} files of weights, too many.")
    return found


def _incomplete(source: Source, missing: list[str], count: int) -> str:
    names = ", ".join(missing[:3]) + (", ..." if len(missing) > 3 else "")
    return f"{source.where} is incomplete: {len(missing)} of {count} files are missing ({names})."


def _tensors(source: Source, files: Mapping[str, int], report: Report) -> dict[str, Tensor]:
    found: dict[str, Tensor] = {}
    total = 0
    headers = each(lambda name: _header(source, name, files[name]), list(files), AT_ONCE)
    for number, (name, header) in enumerate(zip(files, headers, strict=True), start=1):
        total += len(header)
        if total > MOST_HEADERS:
            raise CheckpointError("unusable", f"{source.where} names too many tensors.")
        found |= _checked(source, name, header, files[name])
        report(Progress("headers", source.id, number, len(files)))
    return found


def _checked(source: Source, name: str, header: bytes, size: int) -> dict[str, Tensor]:
    try:
        return safetensors.parse(header, size)
    except BrokenHeader as error:
        raise _broken(source, name, error) from None


def _header(source: Source, name: str, size: int) -> bytes:
    start = source.read(name, 0, min(source.first, size))
    try:
        length = safetensors.header_length(start, size)
    except BrokenHeader as error:
        raise _broken(source, name, error) from None
    header = start[LENGTH : LENGTH + length]
    if rest := length - len(header):
        header += source.read(name, len(start), rest)
    if len(header) < length:
        raise _broken(source, name, BrokenHeader("it ends within its header"))
    return header


def _broken(source: Source, name: str, error: BrokenHeader) -> CheckpointError:
    return CheckpointError("unusable", f"{name} of {source.where} cannot be used: {error}.")
