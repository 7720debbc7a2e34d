"""Checkpoints out of their files: which count, what is missing, what stands there instead."""

import json
from collections.abc import Mapping

import pytest

from dragoman.machine import assembly
from dragoman.machine.refusal import CheckpointError
from dragoman.model.checkpoint import Tensor
from dragoman.progress import Progress
from tests.machine.hub import checkpoint, safetensors


class Memory:
    """A source in memory, which counts what is read of each file."""

    id = "acme/Model-1B"
    where = "memory"

    def __init__(self, content: Mapping[str, bytes], first: int = 8) -> None:
        self.content, self.first = content, first
        self.bytes_read: dict[str, int] = {}

    def files(self) -> Mapping[str, int]:
        return {name: len(content) for name, content in self.content.items()}

    def read(self, name: str, start: int, length: int) -> bytes:
        self.bytes_read[name] = self.bytes_read.get(name, 0) + length
        return self.content[name][start : start + length]


BIG = {"w": ("BF16", [64, 32], 4096)}


@pytest.mark.parametrize("first", [8, 9, 100, 1 << 17])
def test_all_headers_and_no_more(first: int) -> None:
    source = Memory(checkpoint(3, 40), first)
    found = assembly.read(source)
    assert found.id == "acme/Model-1B"
    assert found.config["hidden_size"] == 64
    assert len(found.tensors) == 120
    assert found.tensors["layers.2.39.weight"] == Tensor("BF16", (64, 32), 4096)
    assert found.size == 120 * 4096
    assert found.source == "memory, 3 safetensors headers"
    for name, count in source.bytes_read.items():
        if name.endswith(".safetensors"):
            header = len(source.content[name]) - 40 * 4096
            assert count == max(header, min(first, len(source.content[name])))


def test_progress_is_told_file_by_file() -> None:
    told: list[Progress] = []
    assembly.read(Memory(checkpoint(3)), told.append)
    assert [(each.step, each.done, each.total) for each in told] == [("headers", n, 3) for n in (1, 2, 3)]


def test_without_headers_the_files_are_weighed() -> None:
    content = checkpoint(2)
    source = Memory(content)
    found = assembly.read(source, headers=False)
    assert found.size == sum(len(body) for name, body in content.items() if name.endswith(".safetensors"))
    assert found.tensors == {}
    assert not any(name.endswith(".safetensors") for name in source.bytes_read)


CHOSEN: dict[str, tuple[dict[str, bytes], set[str]]] = {
    "one file without an index": ({"model.safetensors": safetensors(BIG)}, {"w"}),
    "Mistral's format beside the other is not counted twice": (
        {"model.safetensors": safetensors(BIG), "consolidated.safetensors": safetensors({"x": BIG["w"]})},
        {"w"},
    ),
    "Mistral's format alone": ({"consolidated.safetensors": safetensors({"x": BIG["w"]})}, {"x"}),
    "what the index does not name is not loaded": (
        {
            "model-1.safetensors": safetensors(BIG),
            "extra.safetensors": safetensors({"x": BIG["w"]}),
            "model.safetensors.index.json": b'{"weight_map": {"w": "model-1.safetensors"}}',
        },
        {"w"},
    ),
    "an index that names nothing": (
        {"model.safetensors": safetensors(BIG), "model.safetensors.index.json": b'{"weight_map": []}'},
        {"w"},
    ),
    "PyTorch's files have no headers": ({"pytorch_model.bin": b"12345", "training_args.bin": b"1"}, set()),
    "no weights at all": ({}, set()),
}


@pytest.mark.parametrize("case", CHOSEN)
def test_which_files_count(case: str) -> None:
    files, expected = CHOSEN[case]
    found = assembly.read(Memory({"config.json": b"{}", **files}))
    assert found.tensors.keys() == expected
    if not expected:
        assert found.size == (5 if files else None)
        assert found.source == "memory, no safetensors files"


def test_the_quantization_that_modelopt_wrote_beside_the_config() -> None:
    own = json.dumps({"quantization": {"quant_algo": "NVFP4", "kv_cache_quant_algo": "FP8"}}).encode()
    files = {"config.json": b"{}", "hf_quant_config.json": own}
    config = assembly.read(Memory(files)).config
    assert config["quantization_config"]["quantization"]["quant_algo"] == "NVFP4"
    files["config.json"] = b'{"quantization_config": {"quant_method": "fp8"}}'
    assert assembly.read(Memory(files)).config["quantization_config"] == {"quant_method": "fp8"}


INSTEAD: dict[str, tuple[dict[str, bytes], str]] = {
    "GGUF": ({"model-q4.gguf": b"GGUF"}, "GGUF files.*llama.cpp.*--upstream"),
    "an adapter": ({"adapter_config.json": b"{}", "adapter_model.safetensors": b""}, "adapter"),
    "Mistral's own": ({"params.json": b"{}", "consolidated.safetensors": b""}, "Mistral's own format"),
    "a diffusion model": ({"model_index.json": b"{}"}, "diffusion"),
    "something else": ({"README.md": b""}, "has one beside its weights"),
    "nothing": ({}, "is empty"),
    "a missing file": (
        {name: body for name, body in checkpoint(3).items() if "00002" not in name},
        r"is incomplete: 1 of 3 files are missing \(model-00002-of-00003.safetensors\)",
    ),
    "a broken header": (
        {"config.json": b"{}", "model.safetensors": b"\xff" * 20},
        "model.safetensors of memory",
    ),
    "a pointer of git's": (
        {"config.json": b"{}", "model.safetensors": b"version https://git-lfs.github.com/spec/v1\n" * 3},
        "model.safetensors of memory cannot be used",
    ),
    "a config of a gigabyte": ({"config.json": b" " * (assembly.MOST_JSON + 1)}, "that is no such file"),
    "a config that is a list": ({"config.json": b"[]"}, "no JSON object"),
}


@pytest.mark.parametrize("case", INSTEAD)
def test_what_is_no_checkpoint_says_what_it_is(case: str) -> None:
    files, said = INSTEAD[case]
    with pytest.raises(CheckpointError, match=said) as caught:
        assembly.read(Memory(files))
    assert caught.value.kind == "unusable"
