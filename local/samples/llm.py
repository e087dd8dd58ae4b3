"""A log object of Bedrock that nobody has read yet, and pairs for the modules that cost."""

from __future__ import annotations

import json
from datetime import UTC, datetime

from local.samples import quiet
from local.samples.stack import Stack

LOG = (
    "AWSLogs/123456789012/BedrockModelInvocationLogs/us-east-1/2026/11/20/09/"
    "20261120T093015123Z_0123456789abcdef.json.gz"
)
PAIRS = tuple(f"pairs/2026/11/20/5f1c6f8a0c0f4f1f9f7a2d6b3c8e1d20a4b7c9d{number}.json" for number in (1, 2))
"""That of the machine, and that of its function: what is measured once is not measured again."""
MOST_PAIRS = 25


def seeded(stack: Stack) -> bool:
    """Whether that was done."""
    return any(stack.keys("ModelLogsBucketName", PAIRS[-1]))


def seed(stack: Stack) -> list[str]:
    """Puts both there; what it put where."""
    from local.demo.llm import maker

    now = datetime.now(UTC)
    day = maker.make(now, stack.region)
    last = day.objects[max(day.objects)]
    quiet.upload(stack, "LlmReadLogs", lambda: stack.put("ModelLogsBucketName", LOG, last))
    for key in PAIRS:
        stack.put("ModelLogsBucketName", key, _pairs(now), "application/json")
    bucket = stack.outputs["ModelLogsBucketName"]
    told = f"llm: s3://{bucket}/{LOG}, of which LlmReadLogs was not told"
    return [told, *(f"llm: s3://{bucket}/{key}" for key in PAIRS)]


def _pairs(now: datetime) -> bytes:
    """As LlmReadLogs hands them over (functions/llm/paid/pair_batches.py)."""
    from local.demo.llm import maker
    from local.demo.llm.records import MODELS

    rows = [
        {
            "request_id": f"sample-{number}",
            "timestamp": now.isoformat(),
            "source": "bedrock",
            "operation": MODELS[0].operation,
            "model_id": MODELS[0].id,
            "model_family": MODELS[0].family,
            "app": "",
            "prompt": prompt.format(thing=thing),
            "completion": completion.format(thing=thing),
        }
        for number, (thing, (prompt, completion)) in enumerate(
            (thing, question) for thing in maker.THINGS for question in maker.QUESTIONS
        )
    ]
    return json.dumps({"schema": 1, "pairs": rows[:MOST_PAIRS]}).encode()
