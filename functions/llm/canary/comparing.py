"""What the model said, beside what is expected and beside what it said the first time.

The first run that hears every prompt becomes the baseline: an item of the table for the model and the list. It stays as
it is, so that a slow drift is seen as well as a jump; delete the item to begin anew after a change that was wanted. A
run that comes twice counts the same values, of which alarms take the largest.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from common.observability import count, logger, measure
from common.spending import Purse
from common.table import Table
from llm.canary import likeness
from llm.canary.asking import Heard
from llm.canary.likeness import MOST_CHARACTERS
from llm.canary.prompts import Prompt, edition
from llm.model import Outcome, Verdict
from llm.refusals import judge

REMEMBERED_SECONDS = 400 * 24 * 3600


@dataclass(frozen=True, slots=True)
class Baseline:
    """By a prompt's name: how its first answer was judged, and that answer."""

    outcomes: Mapping[str, Outcome]
    answers: Mapping[str, str]


def compare(
    model: str, prompts: tuple[Prompt, ...], heard: Sequence[Heard], table: Table, floor: float, purse: Purse
) -> dict[str, int]:
    """Counts CanaryHeard, CanaryFailed, CanaryUnexpected, CanaryChanged, CanaryStrayed, CanaryNotCompared, and measures
    CanarySimilarity (0 to 1) per prompt; returns the counts.

    ``purse``: what is embedded is paid from it.

    Changed is a verdict: refused that was answered, or the other way. Strayed is an answer with the verdict that it
    had, whose likeness to the first one is below ``floor``. A verdict in doubt is neither unexpected nor changed."""
    verdicts = {one.prompt.name: _verdict(one) for one in heard}
    baseline = _baseline(model, prompts, heard, verdicts, table)
    unexpected = [one.prompt.name for one in heard if _differs(verdicts[one.prompt.name], one.prompt.expected)]
    changed = [name for name, verdict in verdicts.items() if baseline and _differs(verdict, baseline.outcomes[name])]
    likes = likeness.compare(heard, baseline.answers, purse) if baseline else likeness.Likeness({})
    strayed = [name for name, value in likes.of.items() if value < floor and name not in changed]
    counts = {
        "CanaryHeard": len(heard),
        "CanaryFailed": len(prompts) - len(heard),
        "CanaryUnexpected": len(unexpected),
        "CanaryChanged": len(changed),
        "CanaryStrayed": len(strayed),
        "CanaryNotCompared": len(likes.missing),
    }
    for name, number in counts.items():
        count(name, number)
    for value in likes.of.values():
        measure("CanarySimilarity", "None", value)
    if unexpected or changed or strayed:
        logger().warning("canary differs", extra={"unexpected": unexpected, "changed": changed, "strayed": strayed})
    return counts


def _verdict(heard: Heard) -> Verdict:
    return judge(heard.text, heard.stop_reason, heard.prompt.text)


def _differs(verdict: Verdict, from_outcome: str) -> bool:
    return "undetermined" not in (verdict.outcome, from_outcome) and verdict.outcome != from_outcome


def _baseline(
    model: str, prompts: tuple[Prompt, ...], heard: Sequence[Heard], verdicts: Mapping[str, Verdict], table: Table
) -> Baseline | None:
    """That of the table; before the first whole run None, and after it that run's own."""
    key = f"canary#{hashlib.sha256(model.encode()).hexdigest()[:32]}#{edition(prompts)}"
    item = table.get(key)
    if item is None and len(heard) == len(prompts):
        outcomes = {name: verdict.outcome for name, verdict in verdicts.items()}
        answers = {one.prompt.name: one.text[:MOST_CHARACTERS] for one in heard}
        item = {"outcomes": json.dumps(outcomes), "answers": json.dumps(answers)}
        if not table.put_if_absent(key, item, seconds=REMEMBERED_SECONDS):
            item = table.get(key)
    return Baseline(json.loads(item["outcomes"]), json.loads(item["answers"])) if item else None
