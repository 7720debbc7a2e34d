"""Deployments for the tests of exports, and the golden files that each target renders them to."""

from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import strategies as st

from dragoman import exports, folder
from dragoman.exports import File, Options
from dragoman.model.deployment import Deployment, Layout

GOLDEN = Path(__file__).parent / "golden"

FP8 = "Qwen/Qwen3-235B-A22B-Instruct-2507-FP8"
ONE = Deployment(
    FP8,
    "qwen3-235b",
    Layout(tensor=4),
    max_model_len=262144,
    gpu_memory_utilization=0.92,
    tool_parser="hermes",
    extra=("--enable-prompt-tokens-details",),
    engine_version="0.32.0",
)
REPLICAS = Deployment(
    FP8, "qwen3-235b", Layout(tensor=4), replicas=2, tool_parser="hermes", engine_version="0.32.0"
)
NODES = Deployment(
    "Qwen/Qwen3-Coder-480B-A35B-Instruct",
    "Qwen/Qwen3-Coder-480B-A35B-Instruct",
    Layout(tensor=8, pipeline=2, expert=True),
    nodes=2,
    tool_parser="qwen3_coder",
    environment={"NCCL_DEBUG": "INFO", "HF_TOKEN": "hf_never-to-be-seen"},
    engine_version="0.32.0",
)
ODD = Deployment(
    '/models/it\'s "odd" $HOME `id` %n 通义',
    "$(reboot) {{ .Name }} ${X} #1\n- 'x': \\",
    Layout(tensor=2),
    nodes=2,
    replicas=2,
    tool_parser="hermes",
    chat_template="/srv/a b.jinja",
    extra=("--override-generation-config", '{"a": {"top_p": 0.8}}', "--x=;&|<>*?[~!", ""),
    environment={"A": "1 'two' \"three\" $four %five\n{{six}}"},
    engine_version="0.32.0",
)
CASES = {"one": ONE, "replicas": REPLICAS, "nodes": NODES, "odd": ODD}
HOSTS = {
    "one": (),
    "replicas": (),
    "nodes": ("10.0.0.1", "10.0.0.2"),
    "odd": ("node-a", "node-b", "node-c", "node-d"),
}
SECRET = "never-to-be-seen"

TEXTS = st.one_of(
    st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=12),
    st.text(
        "'\"\\$`%{}()#!&|;<>*?~=: \t\n\r-@\u2018\u2019\u2028\x7f\x85\ufeffé通😀a0", min_size=1, max_size=12
    ),
)
WORDS = st.lists(TEXTS, max_size=4).map(tuple)


def target(name: str) -> exports.Target:
    found: exports.Target = folder.load(exports, name)
    return found


def rendered(name: str, deployment: Deployment, options: Options | None = None) -> dict[str, File]:
    return dict(target(name).render(deployment, options or Options()))


def only(name: str, deployment: Deployment, options: Options | None = None) -> str:
    """The text of a target's single file."""
    (file,) = rendered(name, deployment, options).values()
    return file.text


def check_golden(
    name: str,
    request: pytest.FixtureRequest,
    with_hosts: bool = False,
    cases: Mapping[str, Deployment] = CASES,
) -> None:
    """All cases of a target against tests/exports/golden; no file holds a secret."""
    for case, deployment in cases.items():
        made = rendered(name, deployment, Options(hosts=HOSTS[case] if with_hosts else ()))
        there = GOLDEN / name / case
        for path, file in made.items():
            assert SECRET not in file.text
            if request.config.getoption("--golden-rewrite", default=False):
                (there / path).parent.mkdir(parents=True, exist_ok=True)
                (there / path).write_text(file.text, "utf-8")
            assert (there / path).read_text("utf-8") == file.text, f"{there / path}: see --golden-rewrite"
        known = {path.relative_to(there).as_posix() for path in there.rglob("*") if path.is_file()}
        assert known == set(made)
