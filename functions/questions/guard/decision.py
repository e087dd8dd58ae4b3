"""What follows a statement that was wrong: it is mended, or the question is refused. Only the attempts decide."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from questions.errors import NotAllowed, NotRepaired, QueryTooLarge, RefusedQuestion
from questions.guard.athena_errors import TOO_LARGE
from questions.guard.problems import WORD
from questions.model import MOST_REPAIRS, Attempt


def next_step(attempts: Sequence[Attempt]) -> Literal["repair"] | RefusedQuestion:
    """Whether to mend, or why to refuse. ``attempts`` are all of the question, in their order; the last is wrong.

    A statement that was written before ends it: the model would be paid to write it once more.
    """
    last = attempts[-1]
    problem = last.problem
    if problem is None:
        raise ValueError("The last attempt has no problem, so there is nothing to decide.")
    if problem.final:
        return QueryTooLarge(problem.message) if problem.name in TOO_LARGE else NotAllowed(problem.message)
    if any(_same(last.sql, before.sql) for before in attempts[:-1]):
        return NotRepaired(f"The same statement was written again. {problem.name}: {problem.message}")
    if len(attempts) > MOST_REPAIRS:
        return NotRepaired(f"{len(attempts)} statements were wrong. The last: {problem.name}: {problem.message}")
    return "repair"


def _same(one: str, two: str) -> bool:
    return _words(one) == _words(two)


def _words(sql: str) -> list[str]:
    """The words of a statement, without comments, spaces and the semicolon; large letters count only within quotes."""
    words = [word if word[0] in "'\"" else word.lower() for word in WORD.findall(sql)]
    words = [word for word in words if not word.startswith(("--", "/*"))]
    return words[:-1] if words[-1:] == [";"] else words
