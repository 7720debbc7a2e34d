"""What the words of a `vllm serve` command line are: flags in all their spellings, and flags that are gone.

`flag_list` holds the flags of one version. vLLM takes `_` for `-`, `--flag=value`, any beginning that fits
one flag only, `--json-flag.key value`, and `-O3`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from dragoman.engines.vllm.flag_list import FLAGS, VERSION

__all__ = ["REASONING_PARSERS", "REMOVED", "SAME_PARSER", "VERSION", "Flag", "find", "flags", "spelled"]


@dataclass(frozen=True, slots=True)
class Flag:
    """One flag: its names, the main one first. `takes` is empty for a switch, else `=`, `+` or `?`."""

    names: tuple[str, ...]
    takes: str = ""
    choices: tuple[str, ...] = ()
    deprecated: bool = False

    @property
    def name(self) -> str:
        return self.names[0]


# What became of flags that older vLLM knew and this version does not.
REMOVED: Mapping[str, str] = {
    "--enable-reasoning": "--reasoning-parser alone does it",
    "--disable-log-requests": "requests are not logged unless --enable-log-requests is given",
    "--task": "--runner and --convert took its place; a chat model needs neither",
    "--swap-space": "the engine no longer swaps",
    "--use-v2-block-manager": "there is only one",
    "--num-scheduler-steps": "the scheduler is asynchronous by itself",
    "--multi-step-stream-outputs": "the scheduler is asynchronous by itself",
    "--num-lookahead-slots": "--speculative-config took its place",
    "--speculative-model": "--speculative-config took its place",
    "--num-speculative-tokens": "--speculative-config took its place",
    "--guided-decoding-backend": "--structured-outputs-config.backend took its place",
    "--rope-scaling": "--hf-overrides '{\"rope_scaling\": ...}' took its place",
    "--rope-theta": "--hf-overrides '{\"rope_theta\": ...}' took its place",
    "--device": "the platform is found by itself",
    "--worker-use-ray": "--distributed-executor-backend ray took its place",
    "--engine-use-ray": "--distributed-executor-backend ray took its place",
    "--disable-async-output-proc": "the output is always processed beside the next step",
    "--max-seq-len-to-capture": "--max-cudagraph-capture-size took its place",
    "--max-context-len-to-capture": "--max-cudagraph-capture-size took its place",
    "--cuda-graph-sizes": "--cudagraph-capture-sizes took its place",
    "--preemption-mode": "the engine recomputes",
    "--scheduler-delay-factor": "the scheduler has no such delay",
    "--disable-frontend-multiprocessing": "the server and the engine are always processes of their own",
    "--tokenizer-pool-size": "--renderer-num-workers took its place",
    "--override-pooler-config": "--pooler-config took its place",
    "--disable-mm-preprocessor-cache": "--mm-processor-cache-gb 0 took its place",
    "--lora-extra-vocab-size": "adapters no longer extend the vocabulary",
    "--long-lora-scaling-factors": "it was removed",
    "--enable-prompt-adapter": "prompt adapters were removed",
    "--max-num-partial-prefills": "it was removed",
    "--max-long-partial-prefills": "it was removed",
    "--num-redundant-experts": "--eplb-config took its place",
    "--chat-template-text-format": "--chat-template-content-format took its place",
}

SAME_PARSER: tuple[frozenset[str], ...] = (
    frozenset({"hermes", "qwen3_json"}),
    frozenset({"qwen3_coder", "qwen3_xml"}),
    frozenset({"glm45", "glm47"}),
    frozenset({"llama3_json", "llama4_json"}),
)
"""Names of tool parsers for one and the same class."""

# As 0.32.0 lists them where it refuses a name.
_REASONING = (
    "cohere_command3 cohere_command4 deepseek_r1 deepseek_v3 deepseek_v4 deepseek_v41 ernie45 gemma4 "
    "glm45 glm47 granite granite_thinking_parser hf holo2 hunyuan_a13b hy_v3 hy_v4 inkling "
    "k2_horizon kimi_k2 kimi_k3 ling3 mimo minicpmv minimax_m2 minimax_m2_append_think minimax_m3 "
    "mistral muse_glimmer nemotron_v3 olmo3 openai_gptoss plamo3 poolside_v1 qwen3 seed_oss step3 "
    "step3p5"
)
REASONING_PARSERS = frozenset(_REASONING.split(" "))


@cache
def flags() -> Mapping[str, Flag]:
    """Every name of every flag."""
    found = [_read(line) for line in FLAGS.splitlines()]
    return {name: flag for flag in found for name in flag.names}


def _read(line: str) -> Flag:
    names, *rest = line.split(" ")
    takes = next((word for word in rest if word != "!"), "")
    choices = tuple(takes.split("|")) if "|" in takes else ()
    return Flag(tuple(names.split("/")), "=" if choices else takes, choices, "!" in rest)


def spelled(word: str) -> str:
    """The name in a word, as vLLM reads it: `--max_model_len=32K` is `--max-model-len`."""
    name = word.partition("=")[0]
    if name.startswith("--"):
        first, dot, rest = name[2:].partition(".")
        return f"--{first.replace('_', '-')}{dot}{rest}"
    return "-O" if name.startswith("-O") else name


def find(word: str) -> Flag | tuple[str, ...]:
    """The flag that a word names; else the names of all that it might be short for, often none."""
    known = flags()
    name = spelled(word).partition(".")[0]
    if name == "-O":
        return Flag(("--optimization-level", "-O"), "=" if word == "-O" else "")
    if flag := known.get(name):
        return flag
    if not name.startswith("--") or len(name) < 4:
        return ()
    fits = {known[full].name: known[full] for full in known if full.startswith(name)}
    return next(iter(fits.values())) if len(fits) == 1 else tuple(fits)
