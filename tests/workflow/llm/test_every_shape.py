"""One log object with every shape of record and every stop reason of every family, through the real bucket and reader.

What has to come of each is written down here by hand, so that a table of the code cannot agree with itself.
"""

from __future__ import annotations

import json
import uuid
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from llm import stops
from local.cloud.testing import ROOT, Cloud, start_cloud
from tests import metrics
from tests.e2e.waiting import eventually
from tests.unit.llm import builders

PAIR, ERROR, TOOLS, EMPTY = "PairsEvaluated", "SkippedError", "SkippedToolUse", "SkippedNoText"
DECLARED, BLOCKED, FILTERED, MASKED = "RefusalsDeclared", "GuardrailInterventions", "ContentFiltered", "GuardrailMasked"
COMES_OF: dict[str, tuple[set[str], set[str]]] = {
    "end_turn": ({PAIR}, {EMPTY}),
    "max_tokens": ({PAIR}, {EMPTY}),
    "stop_sequence": ({PAIR}, {EMPTY}),
    "tool_use": ({PAIR}, {TOOLS}),
    "pause_turn": ({PAIR}, {EMPTY}),
    "interrupted": ({PAIR}, {EMPTY}),
    "model_context_window_exceeded": ({PAIR}, {EMPTY}),
    "guardrail_intervened": ({PAIR}, {PAIR, BLOCKED}),
    "guardrail_masked": ({PAIR, MASKED}, {PAIR, MASKED, BLOCKED}),
    "guardrail_blocked": ({PAIR, BLOCKED, "GuardrailBlocked"}, {PAIR, BLOCKED, "GuardrailBlocked"}),
    "refusal": ({PAIR, DECLARED}, {PAIR, DECLARED}),
    "content_filtered": ({PAIR, FILTERED}, {PAIR, FILTERED}),
    "malformed_model_output": ({ERROR}, {ERROR}),
    "malformed_tool_use": ({ERROR}, {ERROR}),
    "error": ({ERROR}, {ERROR}),
}
"""Name of a stop reason -> the metrics that a record counts in: one with a text, one without."""


def records() -> tuple[list[Any], Counter[str]]:
    """The lines of the object, and what has to be counted."""
    wanted: Counter[str] = Counter()
    lines: list[Any] = []

    def add(record: dict[str, Any], *names: str) -> None:
        at = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        lines.append({**record, "requestId": uuid.uuid4().hex, "timestamp": at})
        wanted.update([*names, "RecordsRead"])

    for shape in builders.shapes().values():
        add(shape, PAIR)
    for family, words in stops.BY_FAMILY.items():
        for word, name in words.items():
            for text, names in zip((builders.ANSWERED, ""), COMES_OF[name], strict=True):
                body = builders.stopped(family, word.upper() if text else word, text)
                add(builders.record({"messages": [{"role": "user", "content": builders.ASKED}]}, body), *names)
    add(builders.embedding(), "SkippedEmbedding")
    add(builders.failed(), ERROR)
    add(builders.metadata_only(), "SkippedMetadataOnly")
    add(builders.converse(content=[{"image": {"format": "png", "source": {}}}]), "SkippedMedia")
    add(builders.record({"prompt": "a rose"}, {"images": ["UklGRg=="]}, model="stability.sd3-5-large-v1:0"),
        "SkippedMedia")  # fmt: skip
    lines.append(lines[0])
    lines.append(b"{ cut off in the mid")
    lines.append(json.dumps([{"outputText": "one"}, {"outputText": "record"}]).encode())
    wanted.update({"SkippedDuplicate": 1, "SkippedMalformed": 1, "SkippedForeign": 1, "RecordsRead": 3})
    pretty = {**builders.converse(), "requestId": uuid.uuid4().hex, "timestamp": lines[0]["timestamp"]}
    lines.append(json.dumps(pretty, indent=2).encode())
    wanted.update([PAIR, "RecordsRead"])
    return lines, wanted


@pytest.fixture(scope="module")
def llm() -> Iterator[Cloud]:
    parameters = {f"Sample{name}": "0" for name in ("Similarity", "Sentiment", "Toxicity")}
    cloud = start_cloud(ROOT / "pipelines" / "llm.yaml", parameters=parameters, stack="llm")
    try:
        yield cloud
    finally:
        assert cloud.stop() == 0


def total(cloud: Cloud, metric: str) -> int:
    return round(metrics.total(cloud.client("cloudwatch"), "Millrace/LLM", metric, f"{cloud.stack}-llm"))


def test_every_name_of_a_stop_reason_has_its_place():
    assert COMES_OF.keys() == stops.KINDS.keys()


def test_every_shape_and_stop_reason_in_one_object(llm):
    lines, wanted = records()
    body = builders.log(*lines)
    llm.client("s3").put_object(Bucket=llm.outputs["ModelLogsBucketName"], Key=builders.key(), Body=body)
    eventually(lambda: total(llm, "ObjectsRead") or None, "object that was read")
    found = {metric: total(llm, metric) for metric in wanted}
    assert found == wanted
    skipped = sum(count for metric, count in wanted.items() if metric.startswith("Skipped"))
    assert found["RecordsRead"] == found[PAIR] + skipped
    assert total(llm, "ModuleErrors") == 0
