"""What a search needs beside a look again: the index, a knowledge base, an embedder whose calls are paid for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol

from common import settings, spending
from common.doors.errors import InvalidRequest
from common.spending import Purse
from common.table import Table
from knowledge.errors import ModelThrottled, ModelUnavailable, VectorsThrottled, VectorsUnavailable
from knowledge.model import DIMENSIONS, EMBEDDED, SPENDING
from knowledge.retrieval import bases, world


@dataclass(frozen=True, slots=True)
class SearchSettings:
    state_table: str
    vector_index_arn: str
    embedding_model: str
    daily_embedded_tokens: int


@contextmanager
def to_search() -> Iterator[world.SearchWorld]:
    """For one turn, from what ``world.to_check`` reads and STATE_TABLE, VECTOR_INDEX_ARN, EMBEDDING_MODEL and
    DAILY_EMBEDDED_TOKENS.

    A search raises what its purse, Bedrock and S3 Vectors say: CeilingReached, PipelinePaused, ModelThrottled,
    ModelUnavailable, StorageUnavailable, VectorsThrottled, VectorsUnavailable.
    """
    from services.bedrock import Embedder
    from services.s3vectors import Index

    known, base = settings.read(SearchSettings), world.to_check()
    world.make_clients("dynamodb", "s3vectors")
    index = Index(known.vector_index_arn, throttled=VectorsThrottled, unavailable=VectorsUnavailable)
    embedder = Embedder(known.embedding_model, DIMENSIONS, throttled=ModelThrottled, unavailable=ModelUnavailable)
    with spending.open_purse(known.state_table, SPENDING, EMBEDDED, known.daily_embedded_tokens) as purse:
        yield world.SearchWorld(
            base.knowledge,
            base.inbox,
            base.default,
            index,
            Table(known.state_table),
            lambda text: embedded(embedder, purse, text),
            bases.of(base.base),
            base=base.base,
        )


class Embeds(Protocol):
    """``services.bedrock.Embedder``."""

    def embed(self, texts: Sequence[str], billed: Callable[[int], None]) -> Mapping[str, Any]: ...


def embedded(embedder: Embeds, purse: Purse, text: str) -> world.Vector:
    """A question's vector. Before, a token is taken for each sign: no text has more. Raises InvalidRequest."""
    bill: list[int] = []
    made = purse.spend(len(text), lambda: embedder.embed([text], bill.append), lambda: sum(bill))[text]
    # A vector without a length is near to nothing; the index does not take it.
    if made is None or not any(made.vector):
        raise InvalidRequest("The embedding model refuses this text; ask in other words.")
    vector: world.Vector = made.vector
    return vector
