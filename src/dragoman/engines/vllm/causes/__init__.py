"""What vLLM's log lines and refusals mean: the table of causes, with the mend of each.

Pure: `Reader` takes lines, from a supervised engine or a pasted log, and gives causes. `planning.retry` turns
what they suggest into another deployment. `docs/causes.md` lists the rows.
"""

from dragoman.engines.vllm.causes.cause import Cause, Change, Found
from dragoman.engines.vllm.causes.reading import TABLE, Reader, causes

__all__ = ["TABLE", "Cause", "Change", "Found", "Reader", "causes"]
