"""The gateway takes the configuration that is written for it, with the engine's key from the environment."""

from pathlib import Path

from dragoman.configuration.files import Flags, load
from dragoman.exports._parts import gateway
from dragoman.settings import check


def test_the_gateway_takes_it(tmp_path: Path) -> None:
    file = tmp_path / "gateway.yaml"
    file.write_text(gateway.configuration(["http://engine-0:8000", "http://engine-1:8000"]))
    environment = {"VLLM_API_KEY": "the-engines", "DRAGOMAN_KEY": "a-long-word-of-clients"}
    settings = load(file, Flags(host="0.0.0.0"), environment)
    check(settings)
    assert [(each.root, each.key) for each in settings.upstreams] == [
        ("http://engine-0:8000", "the-engines"),
        ("http://engine-1:8000", "the-engines"),
    ]
    assert settings.key == "a-long-word-of-clients"
