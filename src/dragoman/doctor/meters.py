"""An engine's page of metrics, in Prometheus' form, read once."""

import re
from dataclasses import dataclass

LARGEST = 4 << 20
_LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')


@dataclass(frozen=True, slots=True)
class Sample:
    name: str
    labels: str
    value: float


@dataclass(frozen=True, slots=True)
class Meters:
    """All samples; an engine of several ranks has several of each."""

    samples: tuple[Sample, ...] = ()

    def has(self, name: str) -> bool:
        return any(sample.name in (name, f"{name}_total") for sample in self.samples)

    def values(self, name: str) -> list[float]:
        """Of a metric, whether it is called a total or not."""
        return [sample.value for sample in self.samples if sample.name in (name, f"{name}_total")]

    def total(self, name: str) -> float | None:
        values = self.values(name)
        return sum(values) if values else None

    def label(self, name: str, label: str) -> str:
        """A label of the first sample of a metric."""
        for sample in self.samples:
            if sample.name == name:
                labels: dict[str, str] = dict(_LABEL.findall(sample.labels))
                return labels.get(label, "")
        return ""


def read(page: bytes) -> Meters:
    """The samples of a page; lines that are none are left out."""
    samples = []
    for line in page[:LARGEST].decode("utf-8", "replace").splitlines():
        if line.startswith("#"):
            continue
        head, _, number = line.rpartition(" ")
        name, brace, labels = head.partition("{")
        try:
            samples.append(Sample(name.strip(), labels if brace else "", float(number)))
        except ValueError:
            continue
    return Meters(tuple(samples))
