"""Keys do not survive in a text that is shown, and what is no key does."""

import pytest

from dragoman.model.secret import hide

HIDDEN: dict[str, str] = {
    "key sk-proj-abcdef0123456789": "key ***",
    "hf_abcdefghijklmnopqrstuvwxyz012345": "***",
    "--api-key abcdef123456 --port 8000": "--api-key *** --port 8000",
    "--api-key=abcdef123456": "--api-key=***",
    "--api-key 'two words' x": "--api-key *** x",
    "export HF_TOKEN=abcdef123456": "export HF_TOKEN=***",
    "HUGGING_FACE_HUB_TOKEN=abcdef123456": "HUGGING_FACE_HUB_TOKEN=***",
    "VLLM_API_KEY: abcdef123456": "VLLM_API_KEY: ***",
    "args: {'api_key': ['abc', 'def'], 'port': 1}": "args: {'api_key': [***], 'port': 1}",
    '{"api_key": "abc"}': '{"api_key": ***}',
    "Authorization: Bearer abc.def": "Authorization: Bearer ***",
    "'authorization': 'Bearer abc.def'": "'authorization': 'Bearer ***'",
    "x-api-key: abcdef123456": "x-api-key: ***",
    "http://user:pass@host/x": "http://***@host/x",
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0.abc": "***",
    "password=hunter22": "password=***",
}
KEPT = [
    "max_tokens=32000 cannot be greater than max_model_len=16384",
    "--api-key $VLLM_API_KEY",
    '--api-key "${VLLM_API_KEY:?set a key}"',
    "Automatic prefix caching is enabled; tokens: 12",
    "the model's token sequence, password required",
    "Free memory on device cuda:0 (66.21/79.25 GiB)",
    "http://127.0.0.1:8000/v1",
    "(EngineCore_DP0 pid=123) ERROR 11-20 13:00:00 [core.py:1] KeyError: 'x'",
]


@pytest.mark.parametrize("text", HIDDEN)
def test_a_key_is_hidden(text: str) -> None:
    assert hide(text) == HIDDEN[text]


@pytest.mark.parametrize("text", KEPT)
def test_what_is_no_key_is_kept(text: str) -> None:
    assert hide(text) == text


def test_hiding_is_linear() -> None:
    for piece in ("sk-", "api_key=", "'", "a:b@", "eyJaaaaaaaaaaaa.", "token "):
        assert len(hide(piece * 20_000)) < 200_000
