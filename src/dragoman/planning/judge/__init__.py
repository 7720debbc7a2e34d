"""A start script of vLLM, judged and mended: read into words and starts, asked rule by rule, rewritten.

`judging.judge` is the way in; `scanning`, `starts`, `rules` and `mending` are its steps, in this order.
"""
