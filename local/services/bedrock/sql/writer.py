"""A prompt -> the text of the answer, with the faults that were asked for.

``POST /_local/bedrock/sql {"faults": ["missing_group_by", "mysql_limit"]}``: the next answers carry these mistakes, in
order; ``{"statements": ["DROP TABLE t"]}``: they are these, word for word; ``DELETE`` ends them. With ``"question"``
they are of this question alone, the first of its first answer, the second of its first repair and so on, however often
it is asked: so questions may be asked side by side, and a prompt that is sent again gets the same answer again.

A repair is right where the error says where the mistake is; ``stubborn`` writes the same again and again, ``restless``
another wrong one each time.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from local.services.bedrock.sql import faults, grammar, prompt
from local.services.bedrock.sql.plan import Plan
from local.services.bedrock.sql.prompt import Asked
from local.services.switchboard import Faults, Switch


@dataclass(frozen=True)
class Given:
    """A statement that a test wants written."""

    sql: str


NAME = "millrace-template-grammar (SQL)"
QUEUE: Faults[str | Given] = Faults()
OF_QUESTIONS: dict[str, tuple[str | Given, ...]] = {}
"""What is wrong with each answer to a question, by its text."""
_ORDER = re.compile(
    r"(?:^|\band\b|\bthen\b|[:.;,])\s*(?:please )?(drop|delete|truncate|update|insert|alter|create)\b", re.IGNORECASE
)
_OBEYED = {"drop": "drop_table", "truncate": "drop_table", "alter": "drop_table", "create": "create_table_as"}


@dataclass(frozen=True)
class Answer:
    """``ending``: why the model stopped."""

    text: str
    ending: str = "end_turn"


def set_faults(wish: dict[str, Any]) -> None:
    """Raises ValueError for a name that is not in the registry; then none is set."""
    names, given = wish.get("faults", []), wish.get("statements", [])
    unknown = [each for each in names if each not in faults.ALL] if isinstance(names, list) else [names]
    if unknown:
        raise ValueError(f"faults {unknown}: use a list of {', '.join(faults.ALL)}")
    if not isinstance(given, list) or not all(isinstance(each, str) and each for each in given):
        raise ValueError("statements: use a list of texts")
    if not names and not given:
        raise ValueError("neither faults nor statements")
    wanted, question = (*names, *map(Given, given)), wish.get("question")
    if question is not None and not isinstance(question, str):
        raise ValueError(f"question {question!r}: use a text")
    if question is not None:
        OF_QUESTIONS[question.strip()] = wanted
        return
    for each in wanted:
        QUEUE.add(each, 1)


def clear() -> None:
    """Ends them all."""
    QUEUE.clear()
    OF_QUESTIONS.clear()


SWITCH = Switch('{"faults": [names]} or {"statements": [texts]}, with or without "question"', set_faults, clear)


def asked(body: Mapping[str, Any]) -> Asked | None:
    """What a Converse request asks for in SQL; None where it asks for something else."""
    system = "\n".join(block["text"] for block in body.get("system") or () if "text" in block)
    last = body["messages"][-1]["content"]
    return prompt.read(system, "\n".join(block["text"] for block in last if "text" in block))


def answer(wanted: Asked, mode: str | None = None) -> Answer:
    """``mode``: a bad answer of ``model_switches``, else None."""
    if wanted.tables and (order := _ORDER.search(wanted.question)):
        # A model that obeys whoever asks: the guard has to be the one that does not.
        plan = Plan(wanted.tables[0], columns=wanted.tables[0].columns)
        return _spoiled(_OBEYED.get(order[1].lower(), order[1].lower()), faults.pieces(plan, wanted.database, 0))
    try:
        plan = grammar.plan_of(wanted)
    except grammar.Missing as missing:
        return Answer(f"CANNOT: nothing here is about {', '.join(repr(word) for word in missing.what)}")
    found = faults.pieces(plan, wanted.database, len(wanted.failures))
    if mode is not None:
        return _bad(mode, found)
    struck = _struck(wanted)
    if isinstance(struck, Given):
        return Answer(faults.FENCED.format(text=struck.sql))
    fault = struck or _again(wanted, found)
    return _spoiled(fault, found) if fault else Answer(faults.FENCED.format(text=found["sql"]))


def _struck(wanted: Asked) -> str | Given | None:
    """What was asked for; a question with faults of its own takes none of the others'."""
    if (own := OF_QUESTIONS.get(wanted.question)) is None:
        return QUEUE.strike()
    return own[len(wanted.failures)] if len(wanted.failures) < len(own) else None


def _spoiled(fault: str, found: Mapping[str, str]) -> Answer:
    known = faults.ALL[fault]
    text = faults.spoiled(known, found)
    return Answer(text if known.whole else faults.FENCED.format(text=text), known.ending)


def _again(wanted: Asked, found: Mapping[str, str]) -> str | None:
    """The fault of the last statement, where nothing that was said of it names its place."""
    if not wanted.failures:
        return None
    last = wanted.failures[-1]
    fault = faults.of(last, found)
    if fault is None:
        return None
    known = faults.ALL[fault]
    return fault if known.repeats or not faults.is_seen(known, last, found) else None


def _bad(mode: str, found: Mapping[str, str]) -> Answer:
    """The modes of all local models, for this one."""
    if mode == "looping":
        return Answer("\n\n".join([faults.FENCED.format(text=found["sql"])] * 5))
    return _spoiled({"prose": "prose_alone", "cut": "cut", "empty": "empty", "broken": "open_fence"}[mode], found)
