"""Index: a document was read, refused or deleted, or who may read it has changed -> the index says what S3 says now."""

from __future__ import annotations

from typing import Any

from common import batches, settings
from common.observability import Context, observed
from knowledge.indexing import turns


@observed
def handler(event: dict[str, Any], context: Context) -> dict[str, Any]:
    """SQS batch of either queue in (events of EventBridge, or ``indexing.messages``), the failed messages' ids out.

    A message that has to wait is sent again as a new one; one that comes back has killed its worker, or nothing but a
    person can help it: NotAMessage, VectorsForbidden, TooManySets, no access to the embedding model.
    """
    known = settings.read(turns.Settings)
    return batches.each(event, lambda record: turns.take(known, record, context))
