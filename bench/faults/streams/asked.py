"""Questions at the door, all at once, of several callers; each has another right answer."""

from __future__ import annotations

import time
from dataclasses import replace
from http.client import HTTPException

from bench.faults.account import Account
from bench.faults.streams.stream import Pieces
from bench.faults.whole import Count
from bench.questions import lake
from bench.questions.desk import Desk, NoAnswer, side_by_side
from operate.questions.calls import Answered, Door

CALLERS = 10
TRIES, PAUSE = 60, 2.0
"""Of a request that the door did not answer, as a client has it: under the same Idempotency-Key."""


class Questions(Pieces):
    """``name`` keeps questions of several scenes apart. The lake has to be there."""

    kind = "questions"

    def __init__(self, account: Account, name: str) -> None:
        super().__init__()
        self._desk, self._name = Desk(account.cloud), name
        self._callers = self._desk.callers(CALLERS)
        self._right: dict[str, int] = {}
        self._twice: list[str] = []

    def send(self, number: int) -> None:
        begin = len(self._right)
        for place, identity in side_by_side(self._ask, range(begin, begin + number)):
            if identity in self._words:
                self._twice.append(f"question {place} has the id of another one")
            self._words[identity] = (identity,)
            self._right[identity] = lake.answer(place % lake.LOANS + 1)

    def _ask(self, place: int) -> tuple[int, str]:
        """Sent twice: the second time it has to be the same question."""
        caller = self._callers[place % CALLERS]
        first, second = (self._taken(place, caller) for _ in range(2))
        if first != second:
            self._twice.append(f"question {place} was taken twice")
        return place, first

    def _taken(self, place: int, caller: Door) -> str:
        body = {"question": lake.question(place % lake.LOANS + 1), "database": lake.DATABASE}
        said: object = None
        for _ in range(TRIES):
            try:
                taken = caller.post(body, Idempotency_Key=f"{self._name}-{place}")
            except (OSError, HTTPException) as error:
                said = error
            else:
                if taken.status == 202:
                    return str(taken.document["id"])
                said = _told(taken)
            time.sleep(PAUSE)
        raise NoAnswer(f"Question {place} was not taken: {said}.")

    def look(self) -> Count:
        found = super().look()
        return replace(found, wrong=(*found.wrong, *self._twice))

    def state(self, name: str) -> bool | str:
        answer = self._desk.kept(name)
        if answer is None:
            return False
        if answer["state"] != "answered":
            return f"{name} was refused: {answer['reason']}"
        right = [[str(self._right[name])]]
        return answer["preview"] == right or f"{name} was answered with {answer['preview']}, not {right}"


def _told(answer: Answered) -> str:
    """Raises NoAnswer for what no other try helps against."""
    if answer.status not in (429, 500, 502, 503, 504):
        raise NoAnswer(f"A question was answered with {answer.status} {answer.document}.")
    return f"{answer.status} {answer.document}"
