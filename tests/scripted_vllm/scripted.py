"""A logits processor that makes a real vLLM say a given text, token by token.

    PYTHONPATH=<this directory> vllm serve ... --logits-processors scripted:ScriptedText

A request's script is looked up in this order, and the first hit wins:

1. the request's field `vllm_xargs: {"script": TEXT}`;
2. `[[SCRIPT64:<base64 of TEXT>]]` in the prompt, the last one: for clients that send nothing else we choose;
3. the JSON file that DRAGOMAN_SCRIPTS names, `{"MARKER": [TEXT, TEXT, ...]}`: of the markers in the prompt
   the last one decides, and the number of assistant turns after it selects the text; the last text repeats.
   The file is read for each request, so it may change while the server runs.

After a script comes the end of the turn. One that ends in `[[LOOP]]` repeats until something else ends the
request. One that cannot be read is replaced by a text that starts with `SCRIPT ERROR:`. A request without a
script gets what the model says.
"""

import base64
import json
import os
import re
from pathlib import Path

from transformers import AutoTokenizer
from vllm.v1.sample.logits_processor import LogitsProcessor, MoveDirectionality

INLINE = re.compile(r"\[\[SCRIPT64:([^\]\s]*)\]\]")
LOOP = "[[LOOP]]"
ASSISTANT = "<|im_start|>assistant"


def inline_script(prompt: str) -> str | None:
    """The text of the last inline script of a prompt."""
    found = INLINE.findall(prompt)
    return base64.b64decode(found[-1], validate=True).decode() if found else None


def script_from_file(path: str, prompt: str) -> str | None:
    """The text that the last marker in the prompt selects by the assistant turns after it."""
    answers_by_marker = json.loads(Path(path).read_text(encoding="utf-8"))
    places = {marker: prompt.rfind(marker) for marker in answers_by_marker}
    marker = max(places, key=places.__getitem__, default=None)
    if marker is None or places[marker] < 0:
        return None
    answers = answers_by_marker[marker]
    if not isinstance(answers, list) or not answers or not all(isinstance(answer, str) for answer in answers):
        raise ValueError(f"the answers of {marker!r} must be a list of strings")
    # The last assistant turn is the one that is about to be written.
    written = prompt.count(ASSISTANT, places[marker]) - 1
    return answers[min(max(written, 0), len(answers) - 1)]


class Script:
    """The tokens of one request's script."""

    def __init__(self, ids, loop, end, output):
        self._ids, self._loop, self._end = ids, loop and bool(ids), end
        # The engine's own list, which grows as tokens are made; a copy would stay empty.
        self._output = output

    def next_token(self):
        # The place is the length of the output and never a count of calls: chunked prefill calls without
        # making a token, and asynchronous scheduling calls ahead.
        at = len(self._output)
        if self._loop:
            return self._ids[at % len(self._ids)]
        return self._ids[at] if at < len(self._ids) else self._end


class ScriptedText(LogitsProcessor):
    """vLLM makes one per worker; it keeps a script per row of the batch."""

    @classmethod
    def validate_params(cls, sampling_params):
        script = (sampling_params.extra_args or {}).get("script")
        if script is not None and not isinstance(script, str):
            # A ValueError here is answered with HTTP 400.
            raise ValueError("vllm_xargs.script must be a string")

    def __init__(self, vllm_config, device, is_pin_memory):
        self._tokenizer = AutoTokenizer.from_pretrained(vllm_config.model_config.tokenizer)
        self._scripts = {}

    def is_argmax_invariant(self):
        # With True vLLM would skip this for greedy requests.
        return False

    def update_state(self, batch_update):
        if batch_update is None:
            return
        # Removed, added, moved: the order is part of vLLM's contract, and rows are used again.
        for row in batch_update.removed:
            self._scripts.pop(row, None)
        for row, sampling_params, prompt_ids, output in batch_update.added:
            self._scripts.pop(row, None)
            script = self._begin(sampling_params, prompt_ids, output)
            if script is not None:
                self._scripts[row] = script
        for source, target, direction in batch_update.moved:
            moved, replaced = self._scripts.pop(source, None), self._scripts.pop(target, None)
            if moved is not None:
                self._scripts[target] = moved
            if replaced is not None and direction == MoveDirectionality.SWAP:
                self._scripts[source] = replaced

    def apply(self, logits):
        for row, script in self._scripts.items():
            token = script.next_token()
            logits[row].fill_(float("-inf"))
            logits[row, token] = 0.0
        return logits

    def _begin(self, sampling_params, prompt_ids, output):
        try:
            text = self._find(sampling_params, prompt_ids)
        except Exception as error:
            # An exception that leaves this class kills the engine.
            text = f"SCRIPT ERROR: {error!r}"
        if text is None:
            return None
        # With the model's own tokenizer, so that a stream comes in pieces as real ones do, characters that
        # span several tokens included.
        ids = self._tokenizer.encode(text.removesuffix(LOOP), add_special_tokens=False)
        return Script(ids, text.endswith(LOOP), self._tokenizer.eos_token_id, output)

    def _find(self, sampling_params, prompt_ids):
        text = (sampling_params.extra_args or {}).get("script")
        if text is not None or not prompt_ids:
            return text
        prompt = self._tokenizer.decode(prompt_ids, skip_special_tokens=False)
        if (text := inline_script(prompt)) is not None:
            return text
        path = os.environ.get("DRAGOMAN_SCRIPTS")
        return script_from_file(path, prompt) if path else None
