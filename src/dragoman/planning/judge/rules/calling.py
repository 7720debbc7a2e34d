"""How vLLM is called: the entry point, where it runs, the container round it, its version."""

import re
from collections.abc import Iterator, Mapping

from dragoman.engines.vllm.flags import VERSION
from dragoman.planning.judge.case import Case
from dragoman.planning.judge.finding import Edit, Finding

OLD = "vLLM {} is not the newest known here."

GONE: Mapping[str, str] = {
    "VLLM_USE_V1": "there is one engine only",
    "VLLM_ATTENTION_BACKEND": "--attention-backend took its place",
    "VLLM_USE_TRITON_FLASH_ATTN": "--attention-backend took its place",
    "VLLM_FLASH_ATTN_VERSION": "--attention-config took its place",
    "VLLM_ALL2ALL_BACKEND": "--all2all-backend took its place",
    "VLLM_TORCH_PROFILER_DIR": "--profiler-config took its place",
    "VLLM_ENGINE_ITERATION_TIMEOUT_S": "it was removed",
    "VLLM_FUSED_MOE_CHUNK_SIZE": "it was removed",
}
"""Variables of older releases."""


def older(version: str) -> bool:
    """Whether a version comes before the one that is judged by."""
    return _numbers(version) < _numbers(VERSION)


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", version)[:3])


def entry(case: Case) -> Iterator[Finding]:
    """The module of the server is deprecated; the model is the first word of `vllm serve`."""
    start = case.start
    if start.entry != "module":
        return
    python = start.called[0]
    folder = python.raw[: python.raw.rfind("/") + 1]
    edits = [Edit(python.start, start.called[-1].end, f"{folder}vllm serve {case.model_raw}".rstrip())]
    named = case.option("--model")
    if named:
        edits.append(case.drop(named))
    yield Finding(
        "old-entry",
        "outdated",
        python.line,
        f"`python -m {start.called[-1].text}` is deprecated in vLLM 0.32 and may go; it is `vllm serve "
        "MODEL` now, with the model as its first word.",
        edits=tuple(edits),
    )


def model_option(case: Case) -> Iterator[Finding]:
    """`--model` behind `vllm serve` only earns a warning today."""
    named = case.option("--model")
    if named is None or case.start.entry != "serve" or case.start.model is None:
        return
    last = case.start.called[-1].end
    yield Finding(
        "model-option",
        "outdated",
        named.line,
        "`vllm serve` takes the model as its first word; --model will be removed.",
        edits=(case.drop(named), Edit(last, last, f" {case.model_raw}")),
    )


def no_model(case: Case) -> Iterator[Finding]:
    """Without a model vLLM serves a tiny one."""
    if case.start.model is None and not case.start.open and not case.start.has("--config"):
        says = "No model is named, and vLLM would serve Qwen/Qwen3-0.6B."
        yield Finding("no-model", "missing", 0, says, stops=True)


def windows(case: Case) -> Iterator[Finding]:
    """PowerShell is Windows' shell, and vLLM does not run there."""
    first = case.start.command.words[0]
    under = any(word.text.removesuffix(".exe") == "wsl" for word in case.start.before)
    if case.script.shell != "powershell" or under or case.start.entry == "image":
        return
    yield Finding(
        "windows",
        "wrong",
        case.start.called[0].line,
        "vLLM does not run on Windows itself. Under WSL2 put `wsl -e` in front, and vllm on the PATH there; "
        "in PowerShell on Linux, leave it away.",
        stops=True,
        edits=(Edit(first.start, first.start, "wsl -e "),),
    )


def container(case: Case) -> Iterator[Finding]:
    """A container sees no GPUs, and little shared memory, unless it is told to."""
    if case.start.entry != "image":
        return
    given = {word.text.partition("=")[0] for word in case.start.before}
    at = case.start.called[0]
    if not given & {"--gpus", "--device", "--runtime"}:
        yield _option(at.start, "container-gpus", "--gpus all", "the container sees no GPU without it.", True)
    if not given & {"--ipc", "--shm-size"}:
        says = "the GPUs pass data through shared memory, of which a container has 64 MB."
        yield _option(at.start, "container-memory", "--ipc=host", says, False)


def _option(at: int, rule: str, words: str, says: str, stops: bool) -> Finding:
    return Finding(rule, "missing", 0, f"{words}: {says}", stops, (Edit(at, at, f"{words} "),))


def image_version(case: Case) -> Iterator[Finding]:
    """An image of an older release knows other flags."""
    image = case.start.called[0]
    found = re.fullmatch(r"(.*:v?)(\d+\.\d+(?:\.\d+)?)", image.raw) if case.start.entry == "image" else None
    if found and older(found[2]):
        says = f"{OLD.format(found[2])} All else here is judged by {VERSION}."
        edit = Edit(image.start, image.end, f"{found[1]}{VERSION}")
        yield Finding("old-version", "outdated", image.line, says, edits=(edit,))


def variables(case: Case) -> Iterator[Finding]:
    """Variables that older releases read, set in front of the command or in one of their own before it."""
    for command in case.script.commands:
        if command.start > case.start.command.start:
            break
        own = command is case.start.command
        sets = all("=" in word.raw or word.raw == "export" for word in command.words)
        for word in case.start.before if own else command.words if sets else ():
            name = word.raw.partition("=")[0]
            if "=" not in word.raw or name not in GONE:
                continue
            after = next((w.start for w in command.words if w.start >= word.end), word.end)
            edit = Edit(word.start, after) if own else Edit(command.start, command.start, "# ")
            says = f"vLLM {VERSION} reads no {name}: {GONE[name]}."
            yield Finding("old-variable", "outdated", word.line, says, edits=(edit,))


RULES = (image_version, variables, entry, model_option, no_model, windows, container)
