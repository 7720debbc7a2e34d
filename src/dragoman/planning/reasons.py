"""Why a plan is as it is, in sentences; and why another layout was not taken."""

from collections.abc import Iterator

from dragoman.model.hardware import Machine
from dragoman.planning import ranking, window
from dragoman.planning.cards import Card
from dragoman.planning.memory import SAMPLER_BYTES, Memory
from dragoman.planning.pins import Pins
from dragoman.planning.quantization import EIGHT_BITS, ONLINE
from dragoman.planning.rules import NATIVE_FP4, NATIVE_FP8
from dragoman.planning.verdict import Verdict
from dragoman.planning.versions import GIB

TYPICAL = 40_000
"""The length of a request in the middle of an agent's work."""
FEW_SEQUENCES = 256
SMALL_HEADROOM = 0.3 * GIB


def figures(verdict: Verdict) -> tuple[str, ...]:
    """The division of the memory and what the cache holds, in sentences."""
    if verdict.memory is None or verdict.error:
        return ()
    return (_memory(verdict, verdict.memory), *([_cache(verdict)] if verdict.fits else []))


def because(verdict: Verdict, machine: Machine, pins: Pins, card: Card | None) -> tuple[str, ...]:
    """The reasons of a plan, the most important first."""
    if verdict.error:
        return (f"vLLM would refuse this: {verdict.error}.", *_rest(verdict, machine))
    if verdict.fits is None:
        return (
            "The GPUs' memory is not known, so that nothing can be said of what fits.",
            *_rest(verdict, machine),
        )
    if not verdict.fits:
        return (f"It does not fit: {verdict.reason}.", *_spare(verdict, pins), *_rest(verdict, machine))
    found = (*_window(verdict), *_layout(verdict, machine), *_rest(verdict, machine))
    return (*found, *_tight(verdict, pins), *verdict.notes, *_unsure(verdict, card))


def refused(verdict: Verdict, chosen: Verdict) -> str:
    """Why this one was not taken."""
    if verdict.error or not verdict.fits:
        return verdict.error or verdict.reason or "the GPUs' memory is not known"
    if verdict.window < chosen.window:
        return f"a shorter window, {verdict.window:,}"
    if verdict.subject.checkpoint.id != chosen.subject.checkpoint.id and chosen.fits:
        return f"{chosen.subject.scheme.name} is preferred to {verdict.subject.scheme.name}"
    if chosen.fits and verdict.layout.gpus > chosen.layout.gpus:
        if chosen.replicas > 1:
            return f"{chosen.replicas} engines of {chosen.layout} serve more than one of {verdict.layout}"
        return f"{chosen.layout} suffices, with {verdict.layout.gpus - chosen.layout.gpus} GPUs left over"
    if chosen.fits and verdict.layout.expert and not chosen.layout.expert:
        return "whole experts on single GPUs are slower at this size"
    return _trade(verdict) if chosen.fits else "fits"


def _trade(verdict: Verdict) -> str:
    """What another layout of the same size gives and takes."""
    layout, tokens = verdict.layout, f"holds {verdict.tokens or 0:,} tokens"
    if layout.data > 1:
        return f"{tokens} in each of {layout.data} ranks, for many users; every GPU repeats the attention"
    if layout.decode_context > 1:
        return f"{tokens}; needs attention kernels that share out the cache"
    if layout.pipeline > 1:
        return f"{tokens}; a request passes through {layout.pipeline} stages one after the other"
    return tokens


def _memory(verdict: Verdict, memory: Memory) -> str:
    graphs = f", {memory.graphs / GIB:.1f} CUDA graphs" if memory.graphs else ""
    return (
        f"Each GPU: {memory.total / GIB:.1f} GiB, of which vLLM may use {memory.budget / GIB:.1f} "
        f"({verdict.settings.utilization:g}); {memory.weights / GIB:.1f} weights, "
        f"{memory.activations / GIB:.1f} activations and libraries{graphs}, "
        f"{max(0.0, memory.available) / GIB:.1f} left for the KV cache."
    )


def _cache(verdict: Verdict) -> str:
    tokens, many = verdict.tokens or 0, verdict.replicas > 1
    each = " in each engine" if many else ""
    return (
        f"The KV cache holds about {tokens:,} tokens{each}: {verdict.concurrency:.1f} requests of "
        f"{verdict.window:,} at once, or {_typical(verdict):.0f} of {TYPICAL:,}."
    )


def _window(verdict: Verdict) -> Iterator[str]:
    arch = verdict.subject.arch
    if verdict.window < arch.context and not verdict.tight:
        yield f"The model's {arch.context:,} do not fit with room to spare: the window is {verdict.window:,}."
    yield window.agent(verdict.window).sentence
    if verdict.window < window.LEAST:
        yield "Claude Code works best from 128k tokens on; below 64k expect trouble."
    elif verdict.window < window.WANTED:
        yield "Claude Code works best from 128k tokens on."


def _typical(verdict: Verdict) -> float:
    memory = verdict.memory
    length = min(TYPICAL, verdict.window)
    return verdict.pool.tokens(memory.available, length) / length * verdict.replicas if memory else 0.0


def _layout(verdict: Verdict, machine: Machine) -> Iterator[str]:
    layout = verdict.layout
    if verdict.replicas > 1:
        yield f"{verdict.replicas} independent engines of {layout} serve more than one on all GPUs."
    elif layout.gpus < len(machine.gpus):
        yield f"{layout} uses {layout.gpus} of {len(machine.gpus)} GPUs."
    each = len(machine.gpus)
    if layout.gpus > each > 0:
        nodes = -(-layout.gpus // each)
        yield (
            f"One engine spans {nodes} machines: each runs this command with --nnodes {nodes}, --node-rank "
            "and --master-addr, and the link between them sets the pace."
        )
    elif machine.nodes > 1:
        yield f"The same can run on each of the {machine.nodes} machines."
    if layout.expert:
        yield "Expert parallelism keeps experts whole, which the form of the weights needs at this size."
    if layout.gpus > 1 and machine.linked is False:
        yield (
            "The GPUs talk over PCIe: tensor parallelism is slower than with NVLink"
            + (
                ", and expert parallelism may collapse."
                if layout.expert
                else "; expert parallelism would be worse."
            )
        )


def _rest(verdict: Verdict, machine: Machine) -> Iterator[str]:
    subject, layout = verdict.subject, verdict.layout
    arch = subject.arch
    if subject.note:
        yield subject.note
    yield f"Weights: {subject.scheme.name}, {subject.parts.total / GIB:.1f} GiB in all ({_basis(verdict)})."
    yield from _kernels(verdict, machine)
    repeats = layout.tensor // arch.kv_heads
    if arch.latent and layout.tensor > 1 and layout.decode_context == 1:
        yield f"Latent attention: every one of the {layout.tensor} GPUs holds the same KV cache."
    elif not arch.latent and not arch.compression and repeats > 1 and layout.decode_context == 1:
        heads = arch.kv_heads
        yield (
            f"The model has {heads} KV heads: at TP{layout.tensor} each is held by {repeats} GPUs, and the "
            f"cache holds no more than at TP{heads}. --decode-context-parallel-size {repeats} changes that."
        )
    if layout.decode_context > 1:
        yield f"The KV cache is shared out by position over {layout.decode_context} GPUs."


def _kernels(verdict: Verdict, machine: Machine) -> Iterator[str]:
    name = verdict.subject.scheme.name
    capability = machine.gpus[0].capability if machine.gpus else None
    if name in ONLINE:
        flag = verdict.subject.scheme.flag
        yield f"vLLM quantizes the 16-bit weights as it loads them (--quantization {flag})."
    if capability and name in EIGHT_BITS and capability < NATIVE_FP8:
        yield "These GPUs have no FP8: weights are unpacked on the fly (Marlin); reading prompts is slower."
    if capability and name in ("nvfp4", "mxfp4") and capability < NATIVE_FP4:
        yield "These GPUs have no FP4: the weights are unpacked on the fly."
    if capability and name == "nvfp4" and capability >= (12, 0):
        yield "NVFP4 experts on these GPUs are young: should the output be garbled, set --moe-backend marlin."
    if not verdict.error and (block := ranking.slow_kernels(verdict)):
        yield f"FP8 scales are refined to blocks of {block} to fit the slices of experts: kernels are slower."


def _basis(verdict: Verdict) -> str:
    checkpoint = verdict.subject.checkpoint
    if checkpoint.tensors:
        return "from the headers of its files"
    return "its published size" if checkpoint.size else "computed from its config"


def _tight(verdict: Verdict, pins: Pins) -> Iterator[str]:
    memory = verdict.memory
    if verdict.tight:
        how = "" if pins.max_model_len else "; it is started with --max-model-len -1, which takes what fits"
        yield f"This is tight: the window is within 10 % of what the memory holds{how}."
        yield from _spare(verdict, pins)
    if memory and memory.headroom < SMALL_HEADROOM:
        yield (
            f"Only {max(0.0, memory.headroom) / GIB:.1f} GiB stay free outside of vLLM's budget: if a start "
            "fails while graphs are captured, lower --gpu-memory-utilization."
        )


def _spare(verdict: Verdict, pins: Pins) -> Iterator[str]:
    """What fewer sequences would leave to the cache, where it is short of it."""
    memory, more = verdict.memory, verdict.settings.sequences - FEW_SEQUENCES
    if memory is None or memory.available <= 0 or pins.max_num_seqs or more <= 0:
        return
    freed = more * verdict.subject.arch.vocabulary * SAMPLER_BYTES / GIB
    yield f"--max-num-seqs {FEW_SEQUENCES} would leave about {freed:.1f} GiB more to the KV cache."


def _unsure(verdict: Verdict, card: Card | None) -> Iterator[str]:
    model = verdict.subject.choice.model
    if model and model.trust_remote_code:
        yield "Its tokenizer is code that comes with the checkpoint, so --trust-remote-code runs it."
    if verdict.subject.choice.unverified:
        yield "This model's figures in the built-in table are unverified."
    if verdict.subject.choice.community:
        yield "This checkpoint was quantized by a third party."
    if card and card.unverified:
        yield f"The figures of {card.name} are unverified; its memory as the driver shows it decides."
