"""Carries out a survey against answers that a test gives, and keeps what was asked."""

from collections.abc import Callable, Mapping
from types import ModuleType
from typing import Any

from msgspec.json import encode

from dragoman.engines import Question, Reply
from dragoman.model.engine import EngineFacts
from dragoman.model.profile import UNKNOWN, Profile

Answer = Reply | Callable[[Question], Reply]


def answers(body: Any = None, status: int = 200) -> Reply:
    return Reply(status, body if isinstance(body, bytes) else encode(body))


NOT_FOUND = answers({"detail": "Not Found"}, 404)


def tokens(prompt: int) -> Reply:
    """A chat completion whose prompt had so many tokens."""
    return answers({"choices": [{"message": {"content": "a"}}], "usage": {"prompt_tokens": prompt}})


def refusal(message: str, status: int = 400) -> Reply:
    return answers({"error": {"message": message}}, status)


def survey(
    engine: ModuleType, pages: Mapping[str, Answer], profile: Profile = UNKNOWN
) -> tuple[EngineFacts | None, list[Question]]:
    """What the engine's survey finds where it gives these answers by path, and 404 elsewhere."""
    asked: list[Question] = []
    conversation = engine.survey("m", profile)
    try:
        question = next(conversation)
        while True:
            asked.append(question)
            answer = pages.get(question.path, NOT_FOUND)
            question = conversation.send(answer if isinstance(answer, Reply) else answer(question))
    except StopIteration as end:
        return end.value, asked


def body_of(question: Question) -> Mapping[str, Any]:
    return question.body or {}
