"""What containers are given, and what is refused for them."""

from dataclasses import replace

import pytest

from dragoman.exports import CannotExport, Options
from dragoman.exports._parts import containers
from tests.exports.cases import ODD, ONE

LOCAL = replace(ONE, model="/models/m")


def test_the_image_has_the_engines_version() -> None:
    assert containers.image(ONE, Options()) == "docker.io/vllm/vllm-openai:v0.32.0"
    assert containers.image(ONE, Options(image="mirror/vllm:1")) == "mirror/vllm:1"


def test_for_the_cpu_an_image_must_be_named() -> None:
    with pytest.raises(CannotExport, match="--image"):
        containers.image(ONE, Options(device="cpu"))


def test_files_of_the_machine_are_seen() -> None:
    assert containers.paths(ONE) == []
    assert containers.paths(LOCAL) == ["/models/m"]
    assert containers.paths(ODD) == [ODD.model, "/srv/a b.jinja"]


@pytest.mark.parametrize("wrong", [replace(ONE, chat_template="a.jinja"), replace(ONE, model="./m")])
def test_a_path_that_depends_on_the_folder_is_refused(wrong: object) -> None:
    with pytest.raises(CannotExport, match="whole path"):
        containers.paths(wrong)  # type: ignore[arg-type]


def test_a_template_itself_is_no_path() -> None:
    assert containers.paths(replace(ONE, chat_template="{{ messages }}")) == []


def test_the_address_is_the_containers_whatever_extra_says() -> None:
    words = containers.words(replace(ONE, extra=("--host", "::1")), Options(), 8000)
    assert words[-4:] == ["--host", "0.0.0.0", "--port", "8000"]
