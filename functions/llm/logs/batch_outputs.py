"""The output of batch inference -> pairs: ``<prefix>/<job>/<file>.jsonl.out``, a line per record of the input.

A line is ``{recordId, modelInput, modelOutput}``, with ``error`` in the place of ``modelOutput`` where the call failed
(Bedrock user guide, "View the results of a batch inference job"). The bodies are InvokeModel's or Converse's; model
and time are the job's and not the line's.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from common import aws
from common.observability import count
from llm import model
from llm.logs import records
from llm.logs.rules import Rules
from llm.model import Answer, Skipped

OPERATION = "Batch"
KEY = re.compile(r"(?:.*/)?([a-z0-9]{12})/[^/]+\.jsonl\.out")
MANIFEST = "manifest.json.out"
UNKNOWN_MODEL = "batch"
"""The name of a model whose job cannot be looked up."""

_GONE = frozenset({"AccessDeniedException", "ResourceNotFoundException", "ValidationException"})


@dataclass(frozen=True, slots=True)
class Job:
    """``id``: twelve characters; ``at``: when its output was written."""

    id: str
    model_id: str
    at: datetime


def job_of(key: str, at: datetime) -> Job:
    """The job whose output this key is. One that may not be looked at, or is another account's, has no model's name:
    its records are measured all the same, and BatchModelsUnknown counts it. Raises what may pass later."""
    from botocore.exceptions import ClientError

    found = KEY.fullmatch(key)
    name = found[1] if found else ""
    try:
        answer = aws.client("bedrock").get_model_invocation_job(jobIdentifier=name)
        return Job(name, str(answer["modelId"]), at)
    except ClientError as error:
        if aws.code_of(error) not in _GONE:
            raise
    count("BatchModelsUnknown")
    return Job(name, UNKNOWN_MODEL, at)


def read(lines: Iterable[bytes | None], job: Job, rules: Rules) -> Iterator[Answer]:
    """One answer per line, in their order."""
    for line in lines:
        if line is None:
            yield Skipped(model.TOO_LONG, job.at)
        elif line.strip():
            yield pair_of(records.parse(line.strip()), job, rules)


def pair_of(record: Any, job: Job, rules: Rules) -> Answer:
    """What one line says. Raises nothing."""
    if not isinstance(record, dict):
        return Skipped(model.MALFORMED, job.at)
    if record.keys().isdisjoint(_BODIES):
        return Skipped(model.FOREIGN, job.at)
    name = record.get("recordId")
    as_logged = {
        "schemaType": records.SCHEMA,
        "timestamp": job.at.isoformat(),
        "operation": OPERATION,
        "modelId": job.model_id,
        "requestId": f"{job.id}/{name}" if isinstance(name, str) and name else "",
        "errorCode": record.get("error"),
        "input": {"inputBodyJson": record.get("modelInput")},
        "output": {"outputBodyJson": record.get("modelOutput")},
    }
    return records.pair_of(as_logged, rules)


_BODIES = frozenset({"modelInput", "modelOutput"})
