"""A question -> the tables that a model is shown: listed, chosen, with samples. The worker's clients and settings."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from common import aws, settings, spending
from common.objects import Bucket
from questions.model import MODEL_CALLS, SPENDING, Table
from questions.tables import catalogue, chosen, samples
from questions.tables.sampling import Queries

MOST_SHOWN: Final = 12
"""Tables in a prompt: more of them cost tokens with each question, and mislead."""
WAIT_SECONDS: Final = 5.0
"""For the small queries of all tables together; what comes later is there for the next question."""


@dataclass(frozen=True, slots=True)
class Settings:
    """``databases``: names with commas between them. ``embedding_model``: empty where words choose the tables."""

    answers_bucket: str
    databases: str
    work_group: str
    state_table: str
    daily_model_calls: int
    embedding_model: str = ""


def tables(
    question: str,
    database: str,
    said: Sequence[str] = (),
    billed: Callable[[str, int], None] = lambda _query, _scanned: None,
) -> list[Table]:
    """What ``question`` may need of ``database``; an empty one is the first that may be asked. ``said`` as in
    ``chosen``, ``billed`` as in ``sampling``.

    Raises NoTables; ServiceUnavailable and StorageUnavailable, which pass; LakeForbidden where Glue refuses the role.
    """
    known = settings.read(Settings)
    allowed = [name.strip() for name in known.databases.split(",") if name.strip()]
    listed = catalogue.listing(aws.client("glue"), database or next(iter(allowed), ""), allowed)
    fitting = _fitting(question, listed, known, said)
    by_name = {each.table.name: each for each in listed}
    queries = Queries(aws.client("athena"), known.work_group, WAIT_SECONDS, billed=billed)
    sources = samples.Sources(Bucket(known.answers_bucket), aws.client("glue"), aws.client("s3"), queries)
    return samples.with_samples([by_name[table.name] for table in fitting], sources)


def _fitting(question: str, listed: Sequence[catalogue.Listed], known: Settings, said: Sequence[str]) -> list[Table]:
    found = [each.table for each in listed]
    if len(found) <= MOST_SHOWN or not known.embedding_model:
        return chosen.fitting(question, found, MOST_SHOWN, None, said)
    # Late, as most databases have few tables.
    from questions.tables.embeddings import DIMENSIONS, Kept
    from services.bedrock import Embedder

    embedder = Embedder(known.embedding_model, DIMENSIONS)
    with spending.open_purse(known.state_table, SPENDING, MODEL_CALLS, known.daily_model_calls) as purse:
        kept = Kept(embedder, known.embedding_model, purse, Bucket(known.answers_bucket), found[0].database)
        return chosen.fitting(question, found, MOST_SHOWN, kept, said)
