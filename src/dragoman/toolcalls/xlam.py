"""xLAM: a JSON list of calls, at the start of the answer, in a fence, or after the thinking."""

from dragoman.toolcalls._parts.format import Format

FORMAT = Format(others=("bare_json_list",))
