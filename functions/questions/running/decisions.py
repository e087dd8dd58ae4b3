"""What the machine does next after a statement was found wrong: another attempt, or a refusal with its name."""

from __future__ import annotations

from typing import Any

from questions import steps
from questions.errors import RefusedQuestion


def after(work: str, number: int) -> dict[str, Any]:
    """``{outcome: repair}`` or ``{outcome: refuse, error}``, by the attempts up to ``number``, whose last one is wrong.

    Later attempts, which a redrive may find, say nothing: the same history comes to the same decision.
    """
    from questions.guard import decision

    step = decision.next_step(steps.attempts(work, number + 1))
    if isinstance(step, RefusedQuestion):
        # In the form in which a state machine has an error that it caught.
        return {"outcome": "refuse", "error": {"Error": type(step).__name__, "Cause": str(step)}}
    return {"outcome": "repair"}
