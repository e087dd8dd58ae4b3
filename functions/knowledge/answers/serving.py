"""What the door does for each of its routes, once it is known who asks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from common import settings
from common.doors import kept
from common.doors.errors import Conflict
from common.doors.requests import Request
from common.objects import Bucket
from common.observability import count, logger
from common.table import Table
from knowledge.answers import asked, documents, taken, votes
from knowledge.model import SCHEMA, Reader
from knowledge.retrieval import checks, world

DAY: Final = 86_400

Document = dict[str, Any]


@dataclass(frozen=True)
class Settings:
    knowledge_bucket: str
    summaries_bucket: str
    answer_from_documents_arn: str
    kept_days: int


def search(reader: Reader, request: Request) -> Document:
    """``{schema, hits, more, warnings}``; ``more``: there may be others that were not looked at.

    Raises what a search raises.
    """
    from knowledge.answers import finding, judging
    from knowledge.retrieval import paid

    query, narrowed, top = asked.search(request)
    summaries = Bucket(settings.read(Settings).summaries_bucket)
    with paid.to_search() as sees:
        found = finding.hits_of(sees, summaries, reader, query, narrowed, top)
    count("Searched")
    warnings = [{"code": "BASE_NOT_ASKED", "message": judging.WITHOUT_BASE}] if found.without_base else []
    return {"schema": SCHEMA, "hits": found.hits, "more": found.more, "warnings": warnings}


def take(table: Table, reader: Reader, request: Request, now: float) -> Document:
    """``{schema, id, session_id}``; its execution has begun. Raises as ``common.doors.taken`` does."""
    known = settings.read(Settings)
    found = taken.take(
        table,
        reader,
        asked.read(request),
        now,
        known.kept_days * DAY,
        lambda identifier: _looked(reader, identifier).get("state") == "refused",
    )
    taken.start(known.answer_from_documents_arn, found.ask)
    count("Asked", int(found.fresh))
    logger().info("ask taken", extra={"id": found.ask.id, "fresh": found.fresh})
    return {"schema": SCHEMA, "id": found.ask.id, "session_id": found.ask.session}


def read(table: Table, reader: Reader, identifier: str) -> Document:
    """An answer as it may be told now, to who asks now: each document that it rests on is looked at again.

    Raises NotFound, StorageUnavailable.
    """
    ask = taken.owned(table, reader.id, identifier)
    return _looked(reader, ask.id) or documents.running(ask)


def _looked(reader: Reader, identifier: str) -> Document:
    """The answer that there is by now, as it may be told; else nothing."""
    answer = kept.get(Bucket(settings.read(Settings).knowledge_bucket), identifier)
    if answer is None:
        return {}
    cited, looked = documents.hits(answer), checks.Looked()
    if len(checks.look(world.to_check(), reader, cited, looked)) == len(cited):
        return documents.to_tell(answer)
    count("RightsDenied", looked.denied)
    count("AnswersWithheld")
    return documents.without_sources(answer)


def vote(table: Table, reader: Reader, request: Request) -> Document:
    """``{schema, id, vote}``. Raises NotFound, Conflict for an ask that has no answer yet."""
    known, (identifier, said) = settings.read(Settings), asked.vote(request)
    ask = taken.owned(table, reader.id, identifier)
    if kept.get(Bucket(known.knowledge_bucket), ask.id) is None:
        raise Conflict("There is no answer to vote on yet; read it first.")
    if votes.cast_vote(table, ask.id, reader.id, said, known.kept_days * DAY):
        count("Votes", vote=said)
    return {"schema": SCHEMA, "id": ask.id, "vote": said}
