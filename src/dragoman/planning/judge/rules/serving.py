"""What is served: the model's name, its quantization, whose code it runs, the name that clients use."""

from collections.abc import Iterator

from dragoman.planning.judge.case import Case
from dragoman.planning.judge.finding import Edit, Finding

OWN_CODE = frozenset({"kimi_k2", "kimi_k2_thinking", "kimi_k3", "internlm"})
"""Families whose tokenizer or model is code of the checkpoint's own."""


def model_id(case: Case) -> Iterator[Finding]:
    """A name that no hub has becomes the checkpoint that is meant."""
    word, wanted = case.model_word, case.wanted
    if word is None or wanted is None or not case.misnamed:
        return
    id = wanted.checkpoint.id
    yield Finding(
        "model-id",
        "wrong",
        word.line,
        f"There is no {case.model} on the hub. {_meant(case, id)}",
        stops=True,
        edits=(case.replace(word, id),),
    )


def _meant(case: Case, id: str) -> str:
    plain = id.removesuffix("-FP8")
    if plain == id:
        return f"{id} is meant."
    return f"{plain} is meant, or {id}, its publisher's own FP8 weights in half the memory."


def served_name(case: Case) -> Iterator[Finding]:
    """Clients that know the old name must not notice that it is another one now."""
    if case.start.has("--served-model-name") or not case.renamed:
        return
    yield Finding(
        "served-name",
        "missing",
        0,
        f"--served-model-name {case.model}: clients that were set up with this name go on working.",
        added=("--served-model-name", case.quoted(case.model)),
    )


def quantization(case: Case) -> Iterator[Finding]:
    """What `--quantization` means beside what the checkpoint is."""
    option = case.option("--quantization")
    method = case.value("--quantization")
    if option is None or not method or case.wanted is None:
        return
    has = case.wanted.checkpoint.config.get("quantization_config")
    own = has.get("quant_method") if isinstance(has, dict) else None
    if own is None:
        if method.startswith("fp8") and case.resolved and case.resolved.exact:
            says = f"--quantization {method} reads 16-bit weights and quantizes them on each start."
            yield Finding("quantization", "right", option.line, says)
        return
    if own == method or method.startswith(own):
        says = "The FP8 checkpoint says so itself: vLLM reads it there." if own == "fp8" else "Not needed."
        if case.renamed:
            says = f"On 16-bit weights, as here, --quantization {method} reads all 16 bits and quantizes "
            says += "them anew on each start; on an FP8 checkpoint it is not needed. "
            says += f"{case.wanted.checkpoint.id} is one."
        yield Finding("quantization", "outdated", option.line, says, edits=_to_wanted(case, option.name))
    else:
        says = f"The checkpoint is quantized with {own}, and vLLM refuses --quantization {method} beside it."
        yield Finding("quantization", "wrong", option.line, says, True, (case.drop(option),))


def _to_wanted(case: Case, name: str) -> tuple[Edit, ...]:
    """Without the option, and with the checkpoint that needs none."""
    option, word, wanted = case.option(name), case.model_word, case.wanted
    edits = (case.drop(option),) if option else ()
    if word and wanted and case.renamed and not case.misnamed:
        return (*edits, case.replace(word, wanted.checkpoint.id))
    return edits


def remote_code(case: Case) -> Iterator[Finding]:
    """A checkpoint's own code is run only where there is any."""
    option = case.option("--trust-remote-code")
    if option is None or option.words[0].text.startswith("--no-"):
        return
    family = case.profile.family
    if family in OWN_CODE:
        says = "This family's checkpoints bring code of their own, which must be trusted."
        yield Finding("remote-code", "right", option.line, says)
    elif family != "unknown":
        says = "Not needed: vLLM has this model built in. It lets a checkpoint run code of its own here."
        yield Finding("remote-code", "outdated", option.line, says, edits=(case.drop(option),))
    else:
        says = "It lets the checkpoint run code of its own here; leave it out unless vLLM asks for it."
        yield Finding("remote-code", "risky", option.line, says)


RULES = (model_id, served_name, quantization, remote_code)
