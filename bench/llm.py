"""LLM monitoring: log records per second through the reader and the free modules, against only parsing the same bytes.

Reference: ``json.loads`` of every line, which every reader of these logs needs at least. One core, CPU time.
"""

from __future__ import annotations

import gzip
import io
import json
import os
import random
import statistics
import time
from collections.abc import Callable, Sequence
from contextlib import redirect_stdout
from datetime import UTC, datetime, timedelta

RECORDS, ROUNDS = 4000, 5
AIM = 10_000
WORDS = """
    the of a to in is you that it for on with as can be are this have from or by when water light soil your roots
    leaves because should often weeks spring cut cold warm window pot drain compost seed bloom prune early late dry
    moist slowly
""".split()  # noqa: SIM905 - a list of sixty quoted words says no more
REFUSALS = (
    "I'm sorry, but I can't help with that.",
    "I cannot provide instructions for this. If you are struggling, please consider reaching out to someone you trust.",
    "As an AI language model, I'm not able to form an opinion on that.",
)
MODELS = (
    "us.anthropic.claude-sonnet-4-20250514-v1:0",
    "amazon.nova-lite-v1:0",
    "meta.llama3-1-70b-instruct-v1:0",
)


def run() -> None:
    from llm import modules

    # What a worker has in its environment; the metrics go nowhere.
    os.environ.update(POWERTOOLS_METRICS_NAMESPACE="Millrace/LLM", POWERTOOLS_SERVICE_NAME="llm")
    lines = _lines()
    packed = gzip.compress(b"\n".join(lines))
    size = sum(map(len, lines)) / len(lines)
    print(f"{len(lines):,} records of {size:.0f} bytes, {len(packed) / 1e6:.1f} MB packed; CPU, best of {ROUNDS}.")
    seconds_by_work = {
        "json.loads of every line": _parsed(lines),
        "reader": _read(lines),
        "reader, unpacking included": _unpacked(packed),
        "reader and ingest, usage": _measured(lines, "ingest", "usage"),
        "reader and all free modules, sent": _measured(lines, *modules.FREE),
    }
    least = seconds_by_work["json.loads of every line"]
    print(f"{'':<36}{'pairs/s':>12}{'ratio':>9}")
    for name, seconds in seconds_by_work.items():
        print(f"{name:<36}{len(lines) / seconds:>12,.0f}{seconds / least:>7.1f} x")
    rate = len(lines) / seconds_by_work["reader and all free modules, sent"]
    print(f"Through everything that costs nothing: {rate:,.0f} per second (at least {AIM:,}: {_kept(rate)})")


def _kept(rate: float) -> str:
    return "kept" if rate >= AIM else "MISSED"


def _best(work: Callable[[], object]) -> float:
    """CPU seconds of the fastest of ``ROUNDS``, after one that only warms up."""
    work()
    taken = []
    for _ in range(ROUNDS):
        begun = time.process_time()
        work()
        taken.append(time.process_time() - begun)
    return min(taken)


def _parsed(lines: Sequence[bytes]) -> float:
    return _best(lambda: [json.loads(line) for line in lines])


def _read(lines: Sequence[bytes]) -> float:
    from llm.logs import records

    return _best(lambda: sum(1 for _ in records.read(lines)))


def _unpacked(packed: bytes) -> float:
    from llm.logs import records
    from llm.logs.lines import Lines

    return _best(lambda: sum(1 for _ in records.read(Lines([packed]))))


def _measured(lines: Sequence[bytes], *names: str) -> float:
    from llm import modules
    from llm.emission import measuring
    from llm.logs import records

    chosen = [modules.make(name) for name in names]

    def work() -> None:
        with redirect_stdout(io.StringIO()):
            for chunk in measuring.chunks(measuring.unique(records.read(lines))):
                measuring.measure(chunk, chosen)

    return _best(work)


def _lines() -> list[bytes]:
    """Five minutes of three models, as one log object has them: answers of 20 to 300 words, one refusal in twelve."""
    chance, now = random.Random(20), datetime.now(UTC).replace(microsecond=0)
    return [_line(number, chance, now - timedelta(seconds=chance.randrange(300))) for number in range(RECORDS)]


def _line(number: int, chance: random.Random, at: datetime) -> bytes:
    answered = chance.choice(REFUSALS) if number % 12 == 0 else _words(chance, 20, 300)
    words = len(answered.split())
    body = {
        "output": {"message": {"role": "assistant", "content": [{"text": answered}]}},
        "stopReason": "end_turn",
        "metrics": {"latencyMs": 200 + 12 * words},
        "usage": {"inputTokens": 40, "outputTokens": words, "totalTokens": 40 + words},
    }
    asked = {"messages": [{"role": "user", "content": [{"text": _words(chance, 8, 60) + "?"}]}]}
    record = {
        "timestamp": at.isoformat().replace("+00:00", "Z"),
        "accountId": "123456789012",
        "identity": {"arn": "arn:aws:sts::123456789012:assumed-role/shop/i-0abc"},
        "region": "us-east-1",
        "requestId": f"{number:032x}",
        "operation": "Converse",
        "modelId": MODELS[number % len(MODELS)],
        "input": {"inputContentType": "application/json", "inputBodyJson": asked, "inputTokenCount": 40},
        "output": {"outputContentType": "application/json", "outputBodyJson": body, "outputTokenCount": words},
        "schemaType": "ModelInvocationLog",
        "schemaVersion": "1.0",
    }
    return json.dumps(record).encode()


def _words(chance: random.Random, least: int, most: int) -> str:
    number = round(min(most, max(least, chance.expovariate(1 / statistics.mean((least, most))))))
    text = " ".join(chance.choices(WORDS, k=number))
    return f"{text[:1].upper()}{text[1:]}."
