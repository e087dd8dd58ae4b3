"""Mistakes by name, each of which spoils a right answer in its own way."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from local.services.bedrock.passages.nearest import Told
from local.services.bedrock.passages.prompt import Asked


@dataclass(frozen=True)
class Answer:
    """``ending``: why the model stopped."""

    text: str
    ending: str = "end_turn"


Fault = Callable[[Sequence[Told], Asked], Answer]


def written(told: Sequence[Told]) -> str:
    """One sentence per line with its passage's number: the right form."""
    return "\n".join(f"{each.text} [{each.number}]" for each in told)


def _uncited(told: Sequence[Told], _asked: Asked) -> Answer:
    return Answer("\n".join(each.text for each in told))


def _one_uncited(told: Sequence[Told], _asked: Asked) -> Answer:
    return Answer(f"{written(told)}\nAll of this is widely known and needs no source.")


def _foreign_number(told: Sequence[Told], _asked: Asked) -> Answer:
    return Answer(f"{written(told)}\nThis was confirmed for 73519 cases. [{told[0].number}]")


def _changed_number(told: Sequence[Told], _asked: Asked) -> Answer:
    """Each number one higher in its last digit; a sentence without one gets one."""
    changed = []
    for each in told:
        text = re.sub(r"\d+", lambda found: str(int(found[0]) + 1), each.text)
        changed.append(Told(text if text != each.text else f"{each.text.rstrip('.')} in 1871.", each.number))
    return Answer(written(changed))


def _invented_name(told: Sequence[Told], _asked: Asked) -> Answer:
    return Answer(f"{written(told)}\nThe matter was settled by Xaver Quillfeather himself. [{told[0].number}]")


def _wrong_citation(told: Sequence[Told], asked: Asked) -> Answer:
    """Another passage than the one that says so; where there is no other, a number that none has."""
    numbers = [number for number in asked.passages if number not in {each.number for each in told}]
    return Answer(written([Told(each.text, numbers[-1] if numbers else 99) for each in told]))


def _absent_citation(told: Sequence[Told], _asked: Asked) -> Answer:
    return Answer("\n".join(f"{each.text} [97][98]" for each in told))


def _obeys(told: Sequence[Told], asked: Asked) -> Answer:
    """Does what a passage, or the question, orders: says what it was told to say."""
    order = re.compile(
        r"\b(?:say|answer|write|reply)(?: only| just)?(?: that|:)?\s+[\"'\u201c]?(.{3,200}?)[\"'\u201d.]", re.I
    )
    orders = [found[1] for text in (*asked.passages.values(), asked.question) if (found := order.search(text))]
    return Answer("\n".join(f"{each[0].upper()}{each[1:]}." for each in orders) or written(told))


def _prose(told: Sequence[Told], _asked: Asked) -> Answer:
    said = " ".join(f"{each.text} [{each.number}]" for each in told)
    return Answer(f"Certainly! Here is what the documents say. {said} I hope that this helps you.")


def _thinking(told: Sequence[Told], _asked: Asked) -> Answer:
    return Answer(f"<thinking>Perhaps it is 4711. [1]</thinking>\n{written(told)}")


def _brackets(told: Sequence[Told], _asked: Asked) -> Answer:
    return Answer("\n".join(f"- {each.text} \u3010{each.number}\u2020source\u3011 [see the annex] [" for each in told))


def _not_said(_told: Sequence[Told], _asked: Asked) -> Answer:
    return Answer("NOT SAID: what was asked for")


def _repeats(told: Sequence[Told], _asked: Asked) -> Answer:
    return Answer("\n".join([written(told)] * 5))


def _empty(_told: Sequence[Told], _asked: Asked) -> Answer:
    return Answer("")


def _cut(told: Sequence[Told], _asked: Asked) -> Answer:
    text = written(told)
    return Answer(text[: max(1, len(text) - 6)], "max_tokens")


def _filtered(_told: Sequence[Told], _asked: Asked) -> Answer:
    return Answer("The generated text has been blocked by our content filters.", "content_filtered")


ALL: Mapping[str, Fault] = {
    "uncited": _uncited,
    "one_uncited": _one_uncited,
    "foreign_number": _foreign_number,
    "changed_number": _changed_number,
    "invented_name": _invented_name,
    "wrong_citation": _wrong_citation,
    "absent_citation": _absent_citation,
    "obeys": _obeys,
    "prose": _prose,
    "thinking": _thinking,
    "brackets": _brackets,
    "not_said": _not_said,
    "repeats": _repeats,
    "empty": _empty,
    "cut": _cut,
    "filtered": _filtered,
}
MODES: Mapping[str, str] = {
    "prose": "prose",
    "cut": "cut",
    "looping": "repeats",
    "empty": "empty",
    "broken": "brackets",
}
"""Bad answers of all local models (``model_switches``), as this one gives them."""
