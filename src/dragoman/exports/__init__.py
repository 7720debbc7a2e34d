"""What a deployment can be exported as: one module per target, pure, found by listing this folder.

A module is a `Target`: it renders the same deployment as files of one kind. Whatever stands in names, models
and arguments is text of somebody else's, and is quoted for the grammar of each file. No file holds a key.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, Protocol

from dragoman.model.deployment import Deployment
from dragoman.model.errors import DragomanError


class CannotExport(DragomanError):
    """This deployment cannot be written down for this target; the message says what to change."""


@dataclass(frozen=True, slots=True)
class Options:
    """What a target needs to know beside the deployment.

    `name` is that of units, jobs and objects, the served one's by default. `hosts` are the addresses of the
    machines, replica by replica, `nodes` for each; without, the files ask for them. `vllm` and `dragoman` are
    the programs on those machines, `image` and `gateway_image` the containers' images, each by default what
    is usual for the target.
    """

    name: str = ""
    device: Literal["cuda", "cpu"] = "cuda"
    engine_port: int = 8000
    gateway_port: int = 4000
    hosts: tuple[str, ...] = ()
    vllm: str = ""
    dragoman: str = ""
    image: str = ""
    gateway_image: str = ""


@dataclass(frozen=True, slots=True)
class File:
    """A text file, which may be a program."""

    text: str
    executable: bool = False


class Target(Protocol):
    """`SUMMARY` is one line of what comes out."""

    SUMMARY: str

    def render(self, deployment: Deployment, options: Options) -> Mapping[str, File]:
        """The files, by their paths below some folder. Raises CannotExport."""
