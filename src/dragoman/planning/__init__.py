"""The arithmetic of a deployment: does a model fit these GPUs, in which layout, how long, how fast, and why.

Pure: facts come in as values (a checkpoint, a machine, tables), a plan with its reasons goes out. Start
reading at `plan`. Sources of the rules: vLLM's own source, and observed deployments.
"""
