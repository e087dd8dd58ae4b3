"""Start: article messages from the queue -> one execution each of the state machine ``narrate_article``.

The message is kept in S3 under the hash of its bytes before anything else happens, and only a pointer to it travels on.
Nothing is judged here: whether the bytes are an article at all is decided by Plan, whose refusals are kept with their
reason, while this function only ever fails for reasons that pass (and then SQS delivers that one message again).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from common import batches, executions, settings
from common.objects import Bucket
from common.observability import Context, logger, observed
from narration.publishing import keys

KIND = "narrate"


@dataclass(frozen=True)
class Settings:
    audio_bucket: str
    machine_arn: str


@observed
def handler(event: dict[str, Any], _context: Context) -> dict[str, Any]:
    """SQS batch in (raw message delivery: a body is the article message itself), the failed messages' ids out."""
    return batches.each(event, _start)


def _start(record: batches.Record) -> None:
    known = settings.read(Settings)
    body = record["body"].encode("utf-8", "backslashreplace")
    work = executions.digest(body)
    key = keys.message(work)
    Bucket(known.audio_bucket).put_if_absent(key, body)
    started = executions.start(known.machine_arn, KIND, work, {"message": key}, settled=_settled)
    logger().info(
        "narration started",
        extra={"execution": started.arn, "kept_as": key, "duplicate": started.duplicate},
    )


def _settled(output: Any) -> bool:
    """A message that was rejected may be right by now, as when its body has been uploaded since: it is judged anew."""
    return not (isinstance(output, dict) and "error" in output)
