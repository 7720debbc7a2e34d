"""Defaults by release and by GPU, as vLLM has them."""

import pytest

from dragoman.planning import versions

GIB = 1 << 30


@pytest.mark.parametrize(
    ("text", "wanted"),
    {
        "": None,
        "0.11.0": (0, 11, 0),
        "v0.32": (0, 32, 0),
        "0.8.5.post1": (0, 8, 5),
        "0.17.0rc1": (0, 17, 0),
        "0.10.1.dev101+gbda9d0535": (0, 10, 1),
    }.items(),
)
def test_versions_are_read_as_numbers(text: str, wanted: versions.Version | None) -> None:
    assert versions.parse(text) == wanted


@pytest.mark.parametrize("text", ["abc", "latest", "1"])
def test_what_is_no_version_is_said(text: str) -> None:
    with pytest.raises(ValueError, match="is no version"):
        versions.parse(text)


def test_the_share_of_memory_was_raised() -> None:
    assert [versions.utilization(each) for each in ((0, 11, 0), (0, 19, 1), (0, 22, 0), None)] == [
        0.9,
        0.9,
        0.92,
        0.92,
    ]


@pytest.mark.parametrize(
    ("gib", "name", "version", "tokens", "sequences"),
    [
        (23.5, "RTX 4090", None, 2048, 256),
        (79.2, "H100", None, 8192, 1024),
        (79.25, "NVIDIA A100-SXM4-80GB", None, 2048, 256),
        (178.3, "B200", None, 16384, 1024),
        (79.2, "H100", (0, 7, 0), 2048, 256),
    ],
)
def test_batches_depend_on_the_gpu_and_the_release(
    gib: float, name: str, version: versions.Version | None, tokens: int, sequences: int
) -> None:
    memory = round(gib * GIB)
    assert versions.batched_tokens(version, memory, name) == tokens
    assert versions.sequences(version, memory, name) == sequences
