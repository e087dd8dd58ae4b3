"""A prompt -> the text of the answer, with the faults that were asked for.

``POST /_local/bedrock/sql {"faults": ["missing_group_by", "mysql_limit"]}``: the next answers carry these mistakes, in
order; ``DELETE`` ends them. A repair is right where the error says where the mistake is; ``stubborn`` writes the same
again and again, ``restless`` another wrong one each time.

``"statements"`` instead of ``"faults"``: what it writes, word for word. With ``"question"`` they are of this question
alone, the first of its first answer, the second of its first repair and so on, however often that is asked: so
questions may be asked side by side, and a prompt that is sent again gets the same answer again.
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

NAME = "millrace-template-grammar (SQL)"
_ORDER = re.compile(
    r"(?:^|\band\b|\bthen\b|[:.;,])\s*(?:please )?(drop|delete|truncate|update|insert|alter|create)\b", re.IGNORECASE
)
_OBEYED = {"drop": "drop_table", "truncate": "drop_table", "alter": "drop_table", "create": "create_table_as"}


@dataclass(frozen=True)
class Answer:
    """``ending``: why the model stopped."""

    text: str
    ending: str = "end_turn"


@dataclass(frozen=True)
class Literal:
    """A statement that is written as it stands."""

    sql: str


QUEUE: Faults[str | Literal] = Faults()
OF_QUESTIONS: dict[str, tuple[str | Literal, ...]] = {}
"""What is wrong with each answer to a question, by its text."""


def set_faults(wish: dict[str, Any]) -> None:
    """Raises ValueError for a name that is not in the registry and for what is no text; then none is set."""
    found, question = _wanted(wish), wish.get("question")
    if question is not None and not isinstance(question, str):
        raise ValueError(f"question {question!r}: use a text")
    if question is not None:
        OF_QUESTIONS[question.strip()] = found
        return
    for each in found:
        QUEUE.add(each, 1)


def _wanted(wish: dict[str, Any]) -> tuple[str | Literal, ...]:
    if "statements" in wish:
        texts = wish["statements"]
        if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
            raise ValueError(f"statements {texts!r}: use a list of texts")
        return tuple(map(Literal, texts))
    names = wish["faults"]
    unknown = [each for each in names if each not in faults.ALL] if isinstance(names, list) else [names]
    if unknown:
        raise ValueError(f"faults {unknown}: use a list of {', '.join(faults.ALL)}")
    return tuple(names)


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
    fault = _fault(wanted) or _again(wanted, found)
    if isinstance(fault, Literal):
        return Answer(faults.FENCED.format(text=fault.sql))
    return _spoiled(fault, found) if fault else Answer(faults.FENCED.format(text=found["sql"]))


def _fault(wanted: Asked) -> str | Literal | None:
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
