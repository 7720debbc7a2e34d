"""JSON without tags, anywhere in the answer.

The first object that looks like a call says whether the others are calls: where it is none, the
text is about JSON.
"""

from dragoman.toolcalls._parts.bare import STARTS
from dragoman.toolcalls._parts.format import Format

FORMAT = Format(leaks=STARTS, others=("json",))
