"""Pairs -> samples of all free modules -> the log; and what is left for the modules that cost."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from typing import Any

from common.observability import count, logger
from llm import modules
from llm.emission import metrics
from llm.model import FOREIGN, INTERVENED, MALFORMED, Answer, Module, Pair, Sample, Skipped, call_of, repeated

CHUNK_PAIRS = 500
CHUNK_CHARACTERS = 8_000_000
"""A chunk ends with whichever comes first; it is what is in memory, and what a crash may count twice."""

WINDOW = 100_000
"""Request ids that are remembered within an object or a batch."""


def unique(answers: Iterable[Answer], window: int = WINDOW) -> Iterator[Answer]:
    """The same answers; a request that was there before becomes a Skipped."""
    seen: dict[str, None] = {}
    for answer in answers:
        call = call_of(answer)
        if call is None or not call.request_id:
            yield answer
            continue
        if call.request_id in seen:
            yield repeated(call)
            continue
        seen[call.request_id] = None
        if len(seen) > window:
            del seen[next(iter(seen))]
        yield answer


def chunks(answers: Iterable[Answer]) -> Iterator[list[Answer]]:
    """Answers in groups that are measured, sent and noted together."""
    chunk: list[Answer] = []
    characters = 0
    for answer in answers:
        chunk.append(answer)
        if isinstance(answer, Pair):
            characters += len(answer.prompt) + len(answer.completion)
        if len(chunk) >= CHUNK_PAIRS or characters >= CHUNK_CHARACTERS:
            yield chunk
            chunk, characters = [], 0
    if chunk:
        yield chunk


def measure(answers: Sequence[Answer], chosen: Sequence[Module] | None = None, *, logged: bool = False) -> list[Pair]:
    """Sends the metrics of these answers and returns their pairs, for modules that measure more of them.

    ``logged``: they come from Bedrock's log of calls, and not from a stream or a batch's output."""
    pairs = [answer for answer in answers if isinstance(answer, Pair)]
    skipped = [answer for answer in answers if isinstance(answer, Skipped)]
    found = samples(pairs, skipped, free() if chosen is None else chosen)
    metrics.emit([*found, *arrived(answers, time.time())] if logged else found)
    return pairs


def arrived(answers: Sequence[Answer], now: float) -> list[Sample]:
    """RecordsArrived (Count), at the minute of ``now``: records of Bedrock's log, own calls too, so that 0 means that
    Bedrock's log is silent. Whatever else is measured, or lies in the bucket, says nothing of that."""
    records = sum(isinstance(one, Pair) or one.reason not in (FOREIGN, MALFORMED) for one in answers)
    return [Sample("RecordsArrived", records, "Count", "", "", "", int(now) // 60)] if records else []


def samples(pairs: Sequence[Pair], skipped: Sequence[Skipped], chosen: Sequence[Module]) -> list[Sample]:
    """What all modules say; one that fails is counted and costs the others nothing."""
    collected: list[Sample] = []
    calls = [*pairs, *(one.call for one in skipped if one.call is not None)]
    for module in chosen:
        try:
            inputs = calls if module.every_call else suited(module, pairs)
            if inputs:
                collected.extend(module.compute(inputs))
            collected.extend(module.left_out(skipped))
        except Exception as error:  # noqa: BLE001 - one module's error is not the others'
            failed(module.name, error)
    return collected


def suited(module: Module, pairs: Sequence[Pair]) -> Sequence[Pair]:
    """The pairs that hold what a module needs. An answer that a guardrail or a filter took away is without text, and
    still one that a module of completions has to see."""
    match module.needs:
        case "prompt":
            return [pair for pair in pairs if pair.prompt.strip()]
        case "completion":
            return [pair for pair in pairs if pair.completion.strip() or pair.stop_reason in INTERVENED]
        case "both":
            return [pair for pair in pairs if pair.prompt.strip() and pair.completion.strip()]
    return pairs


def failed(name: str, error: Exception) -> None:
    """Counts ModuleErrors under its name. The log tells the kind and the place, never the message: it may quote what
    people wrote."""
    count("ModuleErrors", Module=name)
    logger().error("module failed", extra={"metric_module": name, "error": type(error).__name__, "at": place(error)})


def place(error: BaseException) -> str:
    """Where an error was raised, innermost first, without a word of what it says."""
    import traceback

    frames: Any = traceback.extract_tb(error.__traceback__)
    return " < ".join(f"{frame.name}:{frame.lineno}" for frame in reversed(frames[-5:]))


@cache
def free() -> tuple[Module, ...]:
    """The free modules, made once per worker; one that cannot even be made is counted each time a worker starts."""
    made_modules: list[Module] = []
    for name in modules.FREE:
        try:
            made_modules.append(modules.make(name))
        except Exception as error:  # noqa: BLE001 - see samples()
            failed(name, error)
    return tuple(made_modules)
