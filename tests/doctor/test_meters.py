"""An engine's page of metrics, whatever stands in it."""

from dragoman.doctor.meters import read

PAGE = b"""# HELP vllm:x a number
# TYPE vllm:x counter
vllm:x_total{engine="0"} 2.0
vllm:x_total{engine="1"} 3.0
vllm:plain 1e3
vllm:cache_config_info{block_size="16",enable_prefix_caching="False"} 1.0
rubbish
{} {} {}
\xff\xfe 1
"""


def test_sums_values_and_labels() -> None:
    found = read(PAGE)
    assert found.total("vllm:x") == 5.0
    assert found.values("vllm:x_total") == [2.0, 3.0]
    assert found.total("vllm:plain") == 1000.0
    assert found.label("vllm:cache_config_info", "enable_prefix_caching") == "False"


def test_what_is_not_there_is_not_known() -> None:
    found = read(PAGE)
    assert found.total("vllm:y") is None
    assert not found.has("vllm:y")
    assert found.label("vllm:y", "a") == found.label("vllm:plain", "a") == ""
    assert not read(b"").samples
