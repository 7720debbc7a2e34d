"""Texts that name GPUs, and the names that drivers report."""

import pytest

from dragoman import folder
from dragoman.model.hardware import Gpu
from dragoman.planning.cards import UnknownCard, card_of, machine, sized

GIB = 1 << 30
CARDS = folder.cards()

NAMED: dict[str, tuple[int, int, str, float]] = {
    "4xH20-96GB": (1, 4, "H20", 95.1),
    "4xH20": (1, 4, "H20", 95.1),
    "8xH20-141": (1, 8, "H20", 139.8),
    "4xH20-95.1GiB": (1, 4, "H20", 95.1),
    "2xRTX4090-24GB": (1, 2, "RTX 4090", 23.5),
    "8x4090-48": (1, 8, "RTX 4090", 47.4),
    "8xA100-80GB": (1, 8, "A100", 79.25),
    "8xA100-SXM-80": (1, 8, "A100", 79.25),
    "8xA100-40GB": (1, 8, "A100", 39.4),
    "8xH100": (1, 8, "H100", 79.2),
    "8xH100-SXM-80": (1, 8, "H100", 79.2),
    "8xH800-80": (1, 8, "H100", 79.2),
    "H200": (1, 1, "H200", 139.8),
    "4xH200-141GB": (1, 4, "H200", 139.8),
    "MI300X": (1, 1, "MI300X", 191.5),
    "4xMI300X-192": (1, 4, "MI300X", 191.5),
    "1xRTX 4090": (1, 1, "RTX 4090", 23.5),
    "2xRTX PRO 6000-96": (1, 2, "RTX PRO 6000", 95.0),
    "4xRTX PRO 6000-96 (WSL2)": (1, 4, "RTX PRO 6000", 95.0),
    "8xA6000-48": (1, 8, "RTX A6000", 47.5),
    "4xA10-24": (1, 4, "A10", 22.0),
    "1xRTX5090-32": (1, 1, "RTX 5090", 31.4),
    "2 nodes x 4xRTX5090-32": (2, 4, "RTX 5090", 31.4),
    "2x4xH200": (2, 4, "H200", 139.8),
    "8 x NVIDIA H100 80GB HBM3": (1, 8, "H100", 79.2),
    "4 x L40S": (1, 4, "L40S", 44.4),
    "8*A100(80G)": (1, 8, "A100", 79.25),
    "4 x H20 (141GB)": (1, 4, "H20", 139.8),
    "H100-80GB x 8": (1, 8, "H100", 79.2),
    "RTX 4090 x2": (1, 2, "RTX 4090", 23.5),
    "GB200": (1, 1, "GB200", 184.3),
    "2xDGX Spark": (1, 2, "DGX Spark", 119.0),
    "4xFOO-80GB": (1, 4, "FOO", 78.4),
    "4xFOO-80GiB": (1, 4, "FOO", 80),
    "8 GPUs": (1, 8, "unknown", 0),
    "8xGPU": (1, 8, "unknown", 0),
    "any": (1, 1, "unknown", 0),
}


@pytest.mark.parametrize("text", NAMED)
def test_a_text_names_gpus(text: str) -> None:
    nodes, count, name, gib = NAMED[text]
    found = machine(text, CARDS)
    assert (found.nodes, len(found.gpus), found.gpus[0].name) == (nodes, count, name)
    assert found.gpus[0].memory / GIB == pytest.approx(gib, abs=0.01)


@pytest.mark.parametrize("text", ["", "0xH100", "4x", "H100,A100", "2x2x2xH100", "99999xH100"])
def test_what_names_no_gpus_is_said(text: str) -> None:
    with pytest.raises(UnknownCard):
        machine(text, CARDS)


def test_an_unknown_card_without_its_memory_is_said_with_those_that_are_known() -> None:
    with pytest.raises(UnknownCard, match=r"state its memory, as in 4xFOO-24GB\. Known: H100"):
        machine("4xFOO", CARDS)


def test_links_between_cards() -> None:
    linked = {text: machine(text, CARDS).linked for text in ("8xH100", "2xRTX4090", "4xFOO-24GB", "1xH100")}
    assert linked == {"8xH100": True, "2xRTX4090": False, "4xFOO-24GB": None, "1xH100": None}


DRIVERS = {
    ("NVIDIA H20", 95.6): "H20-96GB",
    ("NVIDIA H20", 140.4): "H20-141GB",
    ("NVIDIA A100-SXM4-80GB", 80.0): "A100-80GB",
    ("NVIDIA A100-SXM4-40GB", 40.0): "A100-40GB",
    ("NVIDIA A100 80GB PCIe", 80.0): "A100PCIe-80GB",
    ("NVIDIA H100 80GB HBM3", 79.6): "H100-80GB",
    ("NVIDIA H200", 140.4): "H200-141GB",
    ("NVIDIA GeForce RTX 4090", 23.99): "RTX4090-24GB",
    ("NVIDIA RTX PRO 6000 Blackwell Workstation Edition", 95.6): "RTXPRO6000-96GB",
    ("NVIDIA RTX 6000 Ada Generation", 47.99): "RTX6000Ada-48GB",
    ("NVIDIA L40S", 44.99): "L40S-48GB",
    ("Tesla T4", 15.0): "T4-16GB",
    ("NVIDIA Nothing 1", 10.0): None,
}


@pytest.mark.parametrize("found", DRIVERS)
def test_a_drivers_name_is_a_card(found: tuple[str, float]) -> None:
    name, gib = found
    card = card_of(Gpu(name, round(gib * GIB)), CARDS)
    assert (card.label if card else None) == DRIVERS[found]


def test_gpus_of_no_name_are_as_many_as_the_layout_takes() -> None:
    assert len(sized(machine("any", CARDS), 8).gpus) == 8
    assert len(sized(machine("1xH100", CARDS), 8).gpus) == 1


def test_the_table_is_complete() -> None:
    for card in CARDS:
        assert card.capability and card.bandwidth and card.bf16, card.name
        assert 0.85 < card.memory / card.nominal < 1.01, card.name
        again = machine(f"2x{card.label}", CARDS).gpus[0]
        assert again.memory == round(card.memory * GIB), card.label
