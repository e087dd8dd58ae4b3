"""LLM monitoring: log records per second through the reader and the free modules, against only parsing the same bytes.

Reference: ``json.loads`` of every line, which every reader of these logs needs at least. One core, CPU time. The texts
are those of ``bench.answers``: prose as models write it.
"""

from __future__ import annotations

import gzip
import io
import json
import os
import random
import time
from collections.abc import Callable, Sequence
from contextlib import redirect_stdout
from datetime import UTC, datetime, timedelta
from unittest import mock

from bench import answers

RECORDS, ROUNDS = 4000, 5
AIM = 10_000
WAIT = 0.02
"""Seconds that a call to a service takes within a Region."""
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
    one_by_one, together = (_dispatched(lines, at_once) for at_once in (1, None))
    print(
        f"A chunk's batches handed to the paid modules, {WAIT * 1000:.0f} ms for each call, against one after another:"
    )
    print(f"{one_by_one:.2f} s and {together:.2f} s ({one_by_one / together:.1f} times as fast)")


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


def _dispatched(lines: Sequence[bytes], at_once: int | None) -> float:
    """Seconds by the clock until the pairs of a chunk are on their way; ``at_once`` None: as many as in the stack."""
    from common import aws
    from llm.emission.measuring import CHUNK_PAIRS
    from llm.logs import records
    from llm.model import Pair
    from llm.paid import dispatch

    pairs = [answer for answer in records.read(lines[:CHUNK_PAIRS]) if isinstance(answer, Pair)]
    variables = {"PAIRS_BUCKET": "pairs", "EVALUATE_PAIRS_ARN": "arn:aws:states:us-east-1:1:stateMachine:x"}
    with (
        mock.patch.dict(os.environ, variables),
        mock.patch.object(aws, "client", return_value=_Waiting()),
        mock.patch.object(dispatch, "AT_ONCE", at_once or dispatch.AT_ONCE),
    ):
        begun = time.monotonic()
        dispatch.evaluate(pairs)
        return time.monotonic() - begun


class _Waiting:
    """A service that answers after ``WAIT`` seconds."""

    def put_object(self, **_: object) -> dict[str, object]:
        time.sleep(WAIT)
        return {"ETag": '"0"'}

    def start_execution(self, **_: object) -> dict[str, object]:
        time.sleep(WAIT)
        return {}


def _lines() -> list[bytes]:
    """Five minutes of three models, as one log object has them; one answer in twelve refuses."""
    chance, now = random.Random(20), datetime.now(UTC).replace(microsecond=0)
    texts = enumerate(answers.pairs(RECORDS))
    return [_line(number, *pair, now - timedelta(seconds=chance.randrange(300))) for number, pair in texts]


def _line(number: int, prompt: str, answered: str, at: datetime) -> bytes:
    asked, words = len(prompt.split()), len(answered.split())
    body = {
        "output": {"message": {"role": "assistant", "content": [{"text": answered}]}},
        "stopReason": "end_turn",
        "metrics": {"latencyMs": 200 + 12 * words},
        "usage": {"inputTokens": asked, "outputTokens": words, "totalTokens": asked + words},
    }
    request = {"messages": [{"role": "user", "content": [{"text": prompt}]}]}
    record = {
        "timestamp": at.isoformat().replace("+00:00", "Z"),
        "accountId": "123456789012",
        "identity": {"arn": "arn:aws:sts::123456789012:assumed-role/shop/i-0abc"},
        "region": "us-east-1",
        "requestId": f"{number:032x}",
        "operation": "Converse",
        "modelId": MODELS[number % len(MODELS)],
        "input": {"inputContentType": "application/json", "inputBodyJson": request, "inputTokenCount": asked},
        "output": {"outputContentType": "application/json", "outputBodyJson": body, "outputTokenCount": words},
        "schemaType": "ModelInvocationLog",
        "schemaVersion": "1.0",
    }
    return json.dumps(record).encode()
