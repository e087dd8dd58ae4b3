"""A day of calls of three invented models, as Bedrock logs them: gzip JSON lines by the hour, ending now.

Made from a seed and the time, so that the same call gives the same objects. Traffic follows a day at work. In the last
ten minutes one model refuses most of what it is asked, and another answers once with an insult.
"""

from __future__ import annotations

import gzip
import json
import random
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from local.demo.llm import declared
from local.demo.llm.records import ACCOUNT, MODELS, Model, answered, asked, converse, record

HOURS = (2, 1, 1, 1, 1, 2, 4, 8, 14, 18, 20, 19, 15, 17, 20, 20, 18, 14, 10, 8, 6, 5, 4, 3)
"""Calls in each hour of the day, in proportion."""
CALLS = 360
"""Of the day but for its last ten minutes."""
BURST_MINUTES, BURST_A_MINUTE = 10, 12
REFUSED, REFUSED_IN_BURST = 0.03, 0.7


EMBEDDER = "amazon.titan-embed-text-v2:0"
LATE = Model("mistral.mistral-large-2407-v1:0", "mistral.mistral-large", "Converse", 0)
"""Nobody else is asked by it, so that what came late can be told."""

QUESTIONS = (
    ("How do I reset the {thing} to its factory settings?",
     "To reset the {thing}, hold its button for ten seconds until the light blinks, then let go. The factory settings "
     "come back after a minute."),
    ("What is the best way to clean the {thing}?",
     "Clean the {thing} with a damp cloth and a drop of mild soap, and let it dry before you use it. The best way is "
     "little and often."),
    ("Can you explain the warranty of my {thing} in two sentences?",
     "The warranty of your {thing} covers faults of material for two years. Wear and damage by water are not part of "
     "the warranty."),
    ("Please write a short, friendly reminder that the {thing} is due for a check.",
     "Hello! A friendly reminder: your {thing} is due for its yearly check. Please choose a time that suits you."),
    ("Why does the {thing} make a noise when it starts?",
     "When it starts, the {thing} makes a noise because its fan tests itself. If the noise goes on after a minute, the "
     "filter is probably full."),
    ("List three things to look at before I buy a {thing}.",
     "Before you buy a {thing}, look at three things: how much power it takes, how loud it is, and whether spare parts "
     "can be had."),
)  # fmt: skip
THINGS = (
    "coffee machine", "dishwasher", "heat pump", "router", "washing machine", "air purifier", "bread maker",
    "robot vacuum", "smart thermostat", "electric kettle", "sewing machine", "doorbell camera",
)  # fmt: skip
REFUSALS = (
    "I'm sorry, but I can't help with that request.",
    "I cannot assist with questions about this. Is there something else I can do for you?",
    "I'm unable to provide that information, as it goes against my guidelines.",
    "I apologize, but I am not able to help you with that.",
)
TOXIC = "You are an idiot, and nobody likes you. Read the manual of your {thing} yourself, you pathetic moron."


@dataclass
class Day:
    """``objects``: key -> body, as Bedrock delivers them. The counts are what a reader has to find, by family."""

    objects: dict[str, bytes] = field(default_factory=dict)
    records: Counter[str] = field(default_factory=Counter)
    pairs: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    toxic: Counter[str] = field(default_factory=Counter)
    told: Counter[str] = field(default_factory=Counter)
    """By metric: what a provider declares of an answer, or an answer of its documents (``local.demo.llm.declared``)."""
    broken: int = 0
    """Lines that are no record; they have no family."""


def make(now: datetime, region: str, seed: int = 6) -> Day:
    """The day before ``now`` (UTC)."""
    chance = random.Random(f"{seed} {now.isoformat()}")  # noqa: S311 - data for a demonstration
    day = Day()
    lines: dict[datetime, list[str]] = defaultdict(list)
    for at, call in sorted(_records(chance, now, region, day), key=lambda one: one[0]):
        lines[at.replace(minute=0, second=0, microsecond=0)].append(json.dumps(call, separators=(",", ":")))
    last = max(lines)
    lines[last].append(lines[last][-1][:90])  # cut off in the middle, as real logs have it
    day.broken = 1
    for hour, found in lines.items():
        key, body = _object(chance, hour, region, found)
        day.objects[key] = body
    return day


def late(at: datetime, region: str, calls: int) -> tuple[str, bytes]:
    """An object with calls of LATE, all at ``at`` (UTC): key and body."""
    chance = random.Random()  # noqa: S311 - ids that are new each time
    found = [json.dumps(_call(chance, at, region, LATE, Day())) for _ in range(calls)]
    return _object(chance, at, region, found)


def _object(chance: random.Random, at: datetime, region: str, lines: list[str]) -> tuple[str, bytes]:
    name = f"{at:%Y%m%dT%H%M%S}000Z_{chance.getrandbits(64):016x}.json.gz"
    key = f"AWSLogs/{ACCOUNT}/BedrockModelInvocationLogs/{region}/{at:%Y/%m/%d/%H}/{name}"
    return key, gzip.compress("\n".join(lines).encode() + b"\n", mtime=0)


def _records(chance: random.Random, now: datetime, region: str, day: Day) -> Iterator[tuple[datetime, dict[str, Any]]]:
    quiet = now - timedelta(minutes=BURST_MINUTES)
    begin = now - timedelta(days=1)
    for at in _times(chance, begin, quiet):
        model = chance.choices(MODELS, [model.share for model in MODELS])[0]
        refuses = chance.random() < REFUSED
        yield at, _call(chance, at, region, model, day, refuses=refuses)
    for number in range(BURST_MINUTES * BURST_A_MINUTE):
        at = quiet + timedelta(seconds=(number + chance.random()) * 60 / BURST_A_MINUTE)
        model = chance.choices(MODELS, (0.8, 0.1, 0.1))[0]
        refuses = model is MODELS[0] and chance.random() < REFUSED_IN_BURST / 0.8
        yield at, _call(chance, at, region, model, day, refuses=refuses)
    yield _after(now, -120), _call(chance, _after(now, -120), region, MODELS[2], day, toxic=True)
    for hour in range(1, 24, 3):
        yield from _without_text(chance, _after(now, -3600 * hour), region, day)
        for kind in declared.KINDS:
            at = _after(now, -3600 * hour - chance.uniform(0, 1800))
            yield at, kind.make(chance, at, region)
            day.told.update(kind.told)
            for counter, counts in ((day.records, True), (day.pairs, True), (day.refused, kind.refused)):
                counter[kind.model.family] += counts


def _times(chance: random.Random, begin: datetime, end: datetime) -> Iterator[datetime]:
    """Moments of a working day: each is drawn, and kept as likely as its hour is busy."""
    kept = 0
    while kept < CALLS:
        at = begin + (end - begin) * chance.random()
        if chance.random() < HOURS[at.hour] / max(HOURS):
            kept += 1
            yield at


def _after(now: datetime, seconds: float) -> datetime:
    return now + timedelta(seconds=seconds)


def _call(
    chance: random.Random,
    at: datetime,
    region: str,
    model: Model,
    day: Day,
    *,
    refuses: bool = False,
    toxic: bool = False,
) -> dict[str, Any]:
    question, answer = chance.choice(QUESTIONS)
    thing = f"{chance.choice(('old', 'new', 'second'))} {chance.choice(THINGS)}"
    wanted = question.format(thing=thing)
    said = TOXIC.format(thing=thing) if toxic else chance.choice(REFUSALS) if refuses else answer.format(thing=thing)
    for counter, counts in ((day.records, True), (day.pairs, True), (day.refused, refuses), (day.toxic, toxic)):
        counter[model.family] += counts
    tokens = (len(wanted) // 4, len(said) // 4)
    return record(chance, at, region, model, asked(model, wanted), answered(chance, model, said, tokens), tokens)


def _without_text(
    chance: random.Random, at: datetime, region: str, day: Day
) -> Iterator[tuple[datetime, dict[str, Any]]]:
    """What is no pair and has to be told by its reason: an embedding, a call of a tool, a call that failed."""
    embedder = Model(EMBEDDER, "amazon.titan-embed-text", "InvokeModel", 0)
    vector = {"embedding": [0.25, -0.5], "inputTextTokenCount": 3}
    yield at, record(chance, at, region, embedder, {"inputText": "a manual"}, vector, (3, None))
    day.records[embedder.family] += 1
    tool = {"toolUse": {"toolUseId": "t1", "name": "find_manual", "input": {"thing": "router"}}}
    body = converse([tool], "tool_use", (40, 12), chance)
    yield at, record(chance, at, region, MODELS[0], asked(MODELS[0], "Find the manual."), body, (40, 12))
    failed = record(chance, at, region, MODELS[1], None, None, (None, None))
    yield at, {**failed, "errorCode": "ThrottlingException", "input": {}, "output": {}}
    for model in MODELS[:2]:
        day.records[model.family] += 1
