"""Dragoman runs Claude Code, and any client of Anthropic's or OpenAI's protocol, on models that you host."""

__version__ = "0.1.0"
