"""The plan: a model, GPUs and pins in; one deployment with its reasons, and what else there is, out.

Start reading here. `verdict` judges one layout, `ranking` compares, `reasons` says why.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from dragoman.engines.vllm.serve import arguments
from dragoman.model.deployment import AUTO_FIT, Deployment, Layout
from dragoman.model.hardware import Machine
from dragoman.model.profile import UNKNOWN, Profile, choose
from dragoman.planning import layouts, ranking, speed, versions
from dragoman.planning.cache import Batch
from dragoman.planning.calibrate import Predicted
from dragoman.planning.cards import Card, card_of
from dragoman.planning.catalogue import Resolved
from dragoman.planning.fields import UnknownConfig
from dragoman.planning.forms import subjects
from dragoman.planning.pins import Pins
from dragoman.planning.reasons import because, figures, refused
from dragoman.planning.rules import NATIVE_FP8
from dragoman.planning.speed import Speed
from dragoman.planning.verdict import NOTHING, Correct, Subject, Verdict, judge

AUTO_FIT_SINCE: versions.Version = (0, 14, 0)
TOKENIZERS = {"DeepseekV32ForCausalLM": "deepseek_v32", "DeepseekV4ForCausalLM": "deepseek_v4"}
"""Architectures whose chat template is code of vLLM's own."""


NONE = Pins()


@dataclass(frozen=True, slots=True)
class Task:
    """What a plan is made of: what the name means, the machine, the user's decisions, and the tables."""

    resolved: Resolved
    machine: Machine
    pins: Pins = NONE
    cards: tuple[Card, ...] = ()
    profiles: tuple[Profile, ...] = ()
    correct: Correct | None = None


@dataclass(frozen=True, slots=True)
class Alternative:
    """Another way: what it is, whether it would fit, and why it was not chosen."""

    model: str
    layout: str
    fits: bool | None
    reason: str
    window: int = 0
    kv_tokens: int | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """The answer. `fits` None: the facts do not suffice. `error`: why the engine would refuse it."""

    verdict: Verdict
    fits: bool | None
    error: str | None
    deployment: Deployment
    argv: tuple[str, ...]
    figures: tuple[str, ...]
    """The sentences of `reasons` that repeat the plan's figures."""
    reasons: tuple[str, ...]
    alternatives: tuple[Alternative, ...]
    speed: Speed
    profile: Profile
    gpus: str
    """The GPUs, in words."""

    @property
    def kv_tokens(self) -> int | None:
        """What the engine will print as the size of its cache."""
        return self.verdict.tokens

    @property
    def predicted(self) -> Predicted:
        """For comparing with what a start measures."""
        memory = self.verdict.memory
        if memory is None:
            return Predicted(weights=round(self.verdict.weights))
        return Predicted(
            weights=round(memory.weights),
            overhead=round(memory.activations + memory.graphs),
            kv_memory=round(memory.available),
            kv_tokens=self.verdict.tokens,
        )


def plan(task: Task) -> Plan:
    """The plan. Raises UnknownConfig for a config that is not understood, ValueError for senseless pins."""
    forms = subjects(task.resolved.choices, task.pins.quant)
    verdicts = [verdict for subject in forms for verdict in _verdicts(subject, task)]
    chosen = ranking.best(verdicts, task.machine) or _least_bad(verdicts, task)
    return _told(chosen, verdicts, task)


def _verdicts(subject: Subject, task: Task) -> list[Verdict]:
    pins, machine = task.pins, task.machine
    if pins.layout or pins.dcp is not None or not machine.gpus:
        considered = [layouts.pinned(pins)]
    else:
        considered = list(layouts.candidates(subject.arch, machine, pins))
    return [_judged(subject, layout, task) for layout in considered]


def _judged(subject: Subject, layout: Layout, task: Task) -> Verdict:
    verdict = judge(subject, layout, task.machine, task.pins)
    if task.correct is None or verdict.error:
        return verdict
    measured = task.correct(deploy(verdict, task, UNKNOWN))
    return judge(subject, layout, task.machine, task.pins, measured or NOTHING)


def _least_bad(verdicts: Sequence[Verdict], task: Task) -> Verdict:
    """Where nothing fits: the one that comes nearest."""
    if not verdicts:
        raise UnknownConfig(
            f"no checkpoint of {task.resolved.choices[0].checkpoint.id} is stored as {task.pins.quant}; "
            "leave out --quant to see what there is"
        )
    near = [verdict for verdict in verdicts if verdict.error is None] or list(verdicts)
    return max(near, key=lambda v: (v.fits is None, v.memory.available if v.memory else 0, -v.layout.gpus))


def _told(chosen: Verdict, verdicts: Sequence[Verdict], task: Task) -> Plan:
    profile = choose(task.profiles, chosen.subject.checkpoint.id, *_other_names(chosen))
    deployment = deploy(chosen, task, profile)
    card = card_of(task.machine.gpus[0], task.cards) if task.machine.gpus else None
    expected = speed.expect(_runs(chosen, task, card))
    notes = (task.resolved.note,) if task.resolved.note else ()
    told = figures(chosen)
    others = tuple(_alternative(v, chosen) for v in ranking.notable(verdicts, chosen))
    return Plan(
        verdict=chosen,
        fits=chosen.fits,
        error=chosen.error,
        deployment=deployment,
        argv=("vllm", "serve", *arguments(deployment)),
        figures=told,
        reasons=(*notes, *told, *because(chosen, task.machine, task.pins, card)),
        alternatives=(*_smaller_cache(chosen, task), *others),
        speed=expected,
        profile=profile,
        gpus=_gpus(task.machine),
    )


def _gpus(machine: Machine) -> str:
    if not machine.gpus:
        return "none"
    gpu = machine.gpus[0]
    memory = f" with {gpu.memory / versions.GIB:.1f} GiB" if gpu.memory else ""
    each = f"{len(machine.gpus)} x {gpu.name}{memory}"
    return f"{machine.nodes} machines of {each}" if machine.nodes > 1 else each


def deploy(verdict: Verdict, task: Task, profile: Profile) -> Deployment:
    """The verdict as a deployment: explicit where it matters, else left to the engine's defaults."""
    pins, made = task.pins, verdict.settings
    checkpoint, model = verdict.subject.checkpoint, verdict.subject.choice.model
    tokenizer = TOKENIZERS.get(verdict.subject.arch.name, "")
    nodes = -(-verdict.layout.gpus // max(1, len(task.machine.gpus)))
    return Deployment(
        model=checkpoint.id,
        served_name=checkpoint.id.rstrip("/").rpartition("/")[2] or checkpoint.id,
        layout=verdict.layout,
        nodes=min(max(1, nodes), max(1, task.machine.nodes)),
        replicas=verdict.replicas,
        max_model_len=_length(verdict, pins),
        gpu_memory_utilization=made.utilization,
        max_num_batched_tokens=pins.max_num_batched_tokens,
        max_num_seqs=pins.max_num_seqs,
        kv_cache_dtype=pins.kv_cache_dtype,
        quantization=verdict.subject.scheme.flag,
        enforce_eager=pins.enforce_eager,
        attention_backend=pins.attention_backend,
        tool_parser=profile.tool_parser,
        reasoning_parser=profile.reasoning_parser,
        trust_remote_code=bool(model and model.trust_remote_code),
        extra=("--tokenizer-mode", tokenizer) if tokenizer else (),
        engine_version=pins.engine_version,
    )


def _length(verdict: Verdict, pins: Pins) -> int | None:
    if pins.max_model_len is not None:
        return pins.max_model_len
    if verdict.tight and verdict.fits:
        automatic = (verdict.settings.version or versions.NEWEST) >= AUTO_FIT_SINCE
        return AUTO_FIT if automatic else int(verdict.window * 0.95) // 1024 * 1024
    return verdict.window or None


def _runs(verdict: Verdict, task: Task, card: Card | None) -> speed.Runs:
    made = verdict.settings
    subject = verdict.subject
    batch = Batch(made.batched_tokens, made.kv_dtype, made.version)
    layout, linked = verdict.layout, task.machine.linked
    return speed.Runs(subject.arch, subject.scheme, subject.parts, layout, card, linked, batch)


def _smaller_cache(chosen: Verdict, task: Task) -> Iterator[Alternative]:
    """A cache in 8 bits, offered where the cache is the limit and the GPUs have kernels for it."""
    arch, memory = chosen.subject.arch, chosen.memory
    own = task.machine.gpus[0].capability if task.machine.gpus else None
    wanted = task.pins.max_model_len or arch.context
    limited = chosen.error is None and memory is not None and memory.available > 0 and chosen.longest < wanted
    # On the newest workstation cards, latent attention with such a cache gave garbled text.
    able = own is None or (own >= NATIVE_FP8 and not (arch.latent and own >= (12, 0)))
    if not (limited and able) or chosen.settings.kv_dtype or arch.compression:
        return
    pins = replace(task.pins, kv_cache_dtype="fp8")
    again = judge(chosen.subject, chosen.layout, task.machine, pins)
    if again.fits and (again.window > chosen.window or not chosen.fits):
        yield Alternative(
            model=chosen.subject.checkpoint.id,
            layout=str(chosen.layout),
            fits=True,
            reason=(
                f"with --kv-cache-dtype fp8, a little less exact, the cache holds {again.tokens or 0:,} "
                f"tokens: a window of {again.window:,}"
            ),
            window=again.window,
            kv_tokens=again.tokens,
        )


def _other_names(verdict: Verdict) -> tuple[str, ...]:
    model = verdict.subject.choice.model
    return (model.name,) if model else ()


def _alternative(verdict: Verdict, chosen: Verdict) -> Alternative:
    return Alternative(
        model=verdict.subject.checkpoint.id,
        layout=str(verdict.layout),
        fits=verdict.fits,
        reason=refused(verdict, chosen),
        window=verdict.window if verdict.fits else 0,
        kv_tokens=verdict.tokens,
    )


def without(plan_: Plan, more: Sequence[Alternative]) -> Plan:
    """The plan with further alternatives, such as other models where this one does not fit."""
    return replace(plan_, alternatives=(*plan_.alternatives, *more))
