"""A prompt -> the text of the answer, with the faults that were asked for.

``POST /_local/bedrock/passages {"faults": ["uncited", "foreign_number"]}``: the next answers carry these mistakes, in
order; ``DELETE`` ends them. With ``"question"`` they are of this question alone, whichever is asked first.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from operator import eq
from typing import Any

from local.services.bedrock.passages import faults, nearest, prompt
from local.services.bedrock.passages.faults import Answer
from local.services.bedrock.passages.prompt import Asked
from local.services.switchboard import Faults, Switch

NAME = "millrace-extractive (passages)"
QUEUE: Faults[str] = Faults()


def set_faults(wish: dict[str, Any]) -> None:
    """Raises ValueError for a name that is not in the registry; then none is set."""
    names, question = wish.get("faults"), wish.get("question")
    unknown = [each for each in names if each not in faults.ALL] if isinstance(names, list) else [names]
    if unknown or not names:
        raise ValueError(f"faults {unknown}: use a list of {', '.join(faults.ALL)}")
    if question is not None and not isinstance(question, str):
        raise ValueError(f"question {question!r}: use a text")
    for each in names:
        if question is None:
            QUEUE.add(each, 1)
        else:
            QUEUE.add(each, 1, partial(eq, question.strip()))


SWITCH = Switch('{"faults": [names]}, with or without "question"', set_faults, QUEUE.clear)


def asked(body: Mapping[str, Any]) -> Asked | None:
    """What a Converse request asks of passages; None where it asks for something else."""
    last = body["messages"][-1]["content"]
    return prompt.read("\n".join(block["text"] for block in last if "text" in block))


def answer(wanted: Asked, mode: str | None = None) -> Answer:
    """``mode``: a bad answer of ``model_switches``, else None."""
    told, missing = nearest.answer(wanted)
    fault = faults.MODES[mode] if mode is not None else QUEUE.strike(wanted.question)
    if fault is not None:
        # A mistake needs something to be made with, also where nothing fits.
        some = told or [nearest.Told(text, number) for number, text in wanted.passages.items()][:1]
        return faults.ALL[fault](some, wanted)
    if not told:
        return Answer(f"NOT SAID: {' '.join(missing)}")
    return Answer(faults.written(told))
