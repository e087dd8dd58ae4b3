"""A day of calls of three invented models, as Bedrock logs them: gzip JSON lines by the hour, ending now.

Made from a seed and the time, so that the same call gives the same objects. Traffic follows a day at work. In the last
ten minutes one model refuses most of what it is asked, and another answers once with an insult.
"""

from __future__ import annotations

import gzip
import json
import random
import uuid
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

ACCOUNT = "123456789012"
CALLER = f"arn:aws:sts::{ACCOUNT}:assumed-role/help-desk/i-0a1b2c3d4e5f"
HOURS = (2, 1, 1, 1, 1, 2, 4, 8, 14, 18, 20, 19, 15, 17, 20, 20, 18, 14, 10, 8, 6, 5, 4, 3)
"""Calls in each hour of the day, in proportion."""
CALLS = 360
"""Of the day but for its last ten minutes."""
BURST_MINUTES, BURST_A_MINUTE = 10, 12
REFUSED, REFUSED_IN_BURST = 0.03, 0.7


@dataclass(frozen=True)
class Model:
    """A model, what the metrics call it, how it is called, and its share of the traffic."""

    id: str
    family: str
    operation: str
    share: float


MODELS = (
    Model("us.anthropic.claude-3-5-haiku-20241022-v1:0", "anthropic.claude-3-5-haiku", "Converse", 0.5),
    Model("amazon.nova-lite-v1:0", "amazon.nova-lite", "ConverseStream", 0.3),
    Model("meta.llama3-8b-instruct-v1:0", "meta.llama3-8b-instruct", "InvokeModel", 0.2),
)
EMBEDDER = "amazon.titan-embed-text-v2:0"

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
    broken: int = 0
    """Lines that are no record; they have no family."""


def make(now: datetime, region: str, seed: int = 6) -> Day:
    """The day before ``now`` (UTC)."""
    chance = random.Random(f"{seed} {now.isoformat()}")  # noqa: S311 - data for a demonstration
    day = Day()
    lines: dict[datetime, list[str]] = defaultdict(list)
    for at, record in sorted(_records(chance, now, region, day), key=lambda one: one[0]):
        lines[at.replace(minute=0, second=0, microsecond=0)].append(json.dumps(record, separators=(",", ":")))
    last = max(lines)
    lines[last].append(lines[last][-1][:90])  # cut off in the middle, as real logs have it
    day.broken = 1
    for hour, found in lines.items():
        body = gzip.compress("\n".join(found).encode() + b"\n", mtime=0)
        name = f"{hour:%Y%m%dT%H%M%S}000Z_{chance.getrandbits(64):016x}.json.gz"
        day.objects[f"AWSLogs/{ACCOUNT}/BedrockModelInvocationLogs/{region}/{hour:%Y/%m/%d/%H}/{name}"] = body
    return day


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
    asked = question.format(thing=thing)
    said = TOXIC.format(thing=thing) if toxic else chance.choice(REFUSALS) if refuses else answer.format(thing=thing)
    for counter, counts in ((day.records, True), (day.pairs, True), (day.refused, refuses), (day.toxic, toxic)):
        counter[model.family] += counts
    tokens = (len(asked) // 4, len(said) // 4)
    return _record(chance, at, region, model, _asked(model, asked), _answered(chance, model, said, tokens), tokens)


def _without_text(
    chance: random.Random, at: datetime, region: str, day: Day
) -> Iterator[tuple[datetime, dict[str, Any]]]:
    """What is no pair and has to be told by its reason: an embedding, a call of a tool, a call that failed."""
    embedder = Model(EMBEDDER, "amazon.titan-embed-text", "InvokeModel", 0)
    vector = {"embedding": [0.25, -0.5], "inputTextTokenCount": 3}
    yield at, _record(chance, at, region, embedder, {"inputText": "a manual"}, vector, (3, None))
    day.records[embedder.family] += 1
    tool = {"toolUse": {"toolUseId": "t1", "name": "find_manual", "input": {"thing": "router"}}}
    body = _converse([tool], "tool_use", (40, 12), chance)
    yield at, _record(chance, at, region, MODELS[0], _asked(MODELS[0], "Find the manual."), body, (40, 12))
    failed = _record(chance, at, region, MODELS[1], None, None, (None, None))
    yield at, {**failed, "errorCode": "ThrottlingException", "input": {}, "output": {}}
    for model in MODELS[:2]:
        day.records[model.family] += 1


def _record(
    chance: random.Random, at: datetime, region: str, model: Model, given: Any, answer: Any, tokens: tuple[Any, Any]
) -> dict[str, Any]:
    """The log's own form (Bedrock user guide, "Monitor model invocation")."""
    return {
        "schemaType": "ModelInvocationLog",
        "schemaVersion": "1.0",
        "timestamp": at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "accountId": ACCOUNT,
        "identity": {"arn": CALLER},
        "region": region,
        "requestId": str(uuid.UUID(int=chance.getrandbits(128), version=4)),
        "operation": model.operation,
        "modelId": model.id,
        "input": {
            "inputContentType": "application/json", "inputBodyJson": given, "inputTokenCount": tokens[0],
        },
        "output": {
            "outputContentType": "application/json", "outputBodyJson": answer, "outputTokenCount": tokens[1],
        },
    }  # fmt: skip


def _asked(model: Model, text: str) -> dict[str, Any]:
    if model.operation == "InvokeModel":
        return {
            "prompt": f"<|begin_of_text|><|start_header_id|>user<|end_header_id|>\n\n{text}<|eot_id|>"
            "<|start_header_id|>assistant<|end_header_id|>\n\n",
            "max_gen_len": 512,
        }
    return {"messages": [{"role": "user", "content": [{"text": text}]}], "inferenceConfig": {"maxTokens": 512}}


def _answered(chance: random.Random, model: Model, text: str, tokens: tuple[int, int]) -> dict[str, Any]:
    if model.operation == "InvokeModel":
        return {
            "generation": text,
            "prompt_token_count": tokens[0],
            "generation_token_count": tokens[1],
            "stop_reason": "stop",
        }
    return _converse([{"text": text}], "end_turn", tokens, chance)


def _converse(content: list[Any], stop: str, tokens: tuple[int, int], chance: random.Random) -> dict[str, Any]:
    return {
        "output": {"message": {"role": "assistant", "content": content}},
        "stopReason": stop,
        "metrics": {"latencyMs": chance.randint(300, 2500)},
        "usage": {"inputTokens": tokens[0], "outputTokens": tokens[1], "totalTokens": sum(tokens)},
    }
