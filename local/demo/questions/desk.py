"""Whoever asks: signed requests to the door of the questions, and mistakes of the local model, asked for by name."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit
from urllib.request import ProxyHandler, Request, build_opener

from local.demo.account import PATIENCE, DemoError, wait
from operate.questions.calls import Door

PAUSE = 0.5
"""Seconds between two looks at an answer."""


@dataclass(frozen=True)
class Told:
    """``answer``: events/schemas/questions/question-answer.json; ``seconds`` from the question to it."""

    answer: Mapping[str, Any]
    seconds: float


class Model:
    """The switches of the local model that writes SQL."""

    def __init__(self, url: str) -> None:
        self._url = f"{url}/_local/bedrock/sql"
        self._opener = build_opener(ProxyHandler({}))

    def write(self, mistakes: Sequence[str], statements: Sequence[str]) -> None:
        """Its next answers have these mistakes, one each, and are then these statements."""
        wish = {name: list(these) for name, these in (("faults", mistakes), ("statements", statements)) if these}
        if wish:
            self._send("POST", json.dumps(wish).encode())

    def forget(self) -> None:
        """Ends what was asked for and has not been written."""
        self._send("DELETE", None)

    def _send(self, method: str, body: bytes | None) -> None:
        self._opener.open(Request(self._url, body, method=method), timeout=30).close()  # noqa: S310


class Desk:
    """Asks, waits, and keeps the session of the last answer."""

    def __init__(self, door: Door, model: Model) -> None:
        self._door, self._model = door, model
        self._session = ""

    def ask(
        self, question: str, *, follows: bool = False, mistakes: Sequence[str] = (), statements: Sequence[str] = ()
    ) -> Told:
        """``follows``: in the session of the question before. ``mistakes``: of the model's first statements;
        ``statements``: what it writes, word for word.

        Raises DemoError where the question is not taken, or not answered.
        """
        body = {"question": question, **({"session_id": self._session} if follows else {})}
        begun = time.monotonic()
        self._model.write(mistakes, statements)
        try:
            taken = self._door.post(body)
            if taken.status != 202:
                raise DemoError(f"The door answered {taken.status} to {question!r}: {taken.document}")
            answer = wait(lambda: self._answered(taken.document["id"]), PAUSE)
        finally:
            self._model.forget()
        if answer is None:
            raise DemoError(f"{question!r} was not answered within {PATIENCE} s; see the log above.")
        self._session = answer["session_id"]
        return Told(answer, time.monotonic() - begun)

    def _answered(self, question: str) -> dict[str, Any] | None:
        found = self._door.get(question)
        if found.status != 200:
            raise DemoError(f"The door answered {found.status} to the question {question}: {found.document}")
        return None if found.document["state"] == "running" else found.document


def desk_of(url: str, region: str, outputs: Mapping[str, str]) -> Desk:
    """A desk at the local cloud at ``url``. Raises DemoError where its stack takes no questions."""
    from botocore.credentials import Credentials

    if "QuestionsUrl" not in outputs:
        raise DemoError("The stack takes no questions; leave UseQuestions alone, it is true on this machine.")
    door = Door(outputs["QuestionsUrl"], region, Credentials("test", "test"), port=urlsplit(url).port)
    return Desk(door, Model(url))
