"""Answer: what the model made of an ask -> each sentence held against its source, the session's turn, the answer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from common import settings
from common.doors import kept, taken
from common.objects import Bucket
from common.observability import Context, count, logger, measure, observed
from common.table import Table
from knowledge.answers import citations, documents, judging, support, turns, work
from knowledge.answers.asked import Ask
from knowledge.answers.citations import Boxes
from knowledge.answers.work import Composed
from knowledge.model import Hit
from knowledge.retrieval import boxes, checks, world

DAY = 86_400


@dataclass(frozen=True)
class Settings:
    knowledge_bucket: str
    summaries_bucket: str
    state_table: str
    kept_days: int


@observed
def handler(event: dict[str, Any], _context: Context) -> dict[str, Any]:
    """The machine's state with ``{work}`` in; ``{outcome, id, answer}`` out.

    The turn is there before the answer can be seen: who reads it may go on at once. An answer that is there already
    stays. Raises AnswerFiltered, SourcesGone, NothingSupported, NotInDocuments; StorageUnavailable, ConcurrentUpdate
    (try again); WorkGone.
    """
    known, ask, composed = settings.read(Settings), Ask.of(event), work.made(event["work"])
    places = _places(Bucket(known.summaries_bucket), composed)
    looked = checks.Looked()
    still = checks.look(world.to_check(), ask.reader, [*composed.hits, *composed.before], looked)
    count("RightsDenied", looked.denied)
    told = judging.judge(ask.question, composed, still)
    text = citations.text_of(told.sentences)
    turns.add(Table(known.state_table), ask, text, told.rests_on, known.kept_days * DAY)
    now = datetime.now(UTC)
    answer = documents.answered(
        ask,
        told,
        citations.of(told.sentences, composed.hits, places),
        composed.model,
        composed.completion.tokens,
        taken.moment(now.timestamp()),
    )
    found = kept.put(Bucket(known.knowledge_bucket), answer)
    count("AnswersGiven")
    count("UnsupportedSentences", told.unsupported)
    count("AnswerTokens", composed.completion.tokens)
    measure("AnswerSeconds", "Seconds", max(0.0, (now - datetime.fromisoformat(ask.asked_at)).total_seconds()))
    logger().info("answered", extra={"id": ask.id, "sentences": len(told.sentences), "left_out": told.unsupported})
    return {"outcome": found["state"], "id": ask.id, "answer": kept.key(ask.id)}


def _places(summaries: Bucket, composed: Composed) -> Boxes:
    """Looked up before the last look at rights, so that nothing slow is between that and the answer."""
    cited = {hit for sentence in composed.completion.sentences for hit in support.cited_by(sentence, composed.hits)}
    found: dict[Hit, list[list[float]]] = {hit: boxes.of(summaries, hit) for hit in cited}
    return found.__getitem__
