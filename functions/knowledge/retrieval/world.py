"""What a search and a look again need, made of a function's environment.

A look again (before an answer is written or told) needs neither the index nor a model: fewer settings, fewer rights.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol

from common import aws, settings, spending
from common.doors.errors import InvalidRequest
from common.objects import Bucket
from common.spending import Purse
from common.table import Table
from knowledge.errors import VectorsThrottled, VectorsUnavailable
from knowledge.model import DIMENSIONS, EMBEDDED, SPENDING, Access
from knowledge.rights import defaults

Vector = Sequence[float]


class Near(Protocol):
    """``services.s3vectors.Found``."""

    @property
    def key(self) -> str: ...
    @property
    def distance(self) -> float: ...
    @property
    def metadata(self) -> Mapping[str, Any]: ...


class Searched(Protocol):
    """``services.s3vectors.Index``."""

    def query(self, vector: Vector, top: int, where: Mapping[str, Any] | None = None) -> Sequence[Near]: ...


@dataclass(frozen=True, slots=True)
class CheckWorld:
    """``knowledge``: the bucket of pointers; ``inbox``: of access files; ``default``: DefaultReaders."""

    knowledge: Bucket
    inbox: Bucket
    default: Access


@dataclass(frozen=True, slots=True)
class SearchWorld(CheckWorld):
    """``embed``: a question as a vector, paid for."""

    index: Searched
    table: Table
    embed: Callable[[str], Vector]


@dataclass(frozen=True, slots=True)
class CheckSettings:
    knowledge_bucket: str
    inbox_bucket: str
    default_readers: str = ""


@dataclass(frozen=True, slots=True)
class SearchSettings:
    state_table: str
    vector_index_arn: str
    embedding_model: str
    daily_embedded_tokens: int


def to_check() -> CheckWorld:
    """From KNOWLEDGE_BUCKET, INBOX_BUCKET and DEFAULT_READERS. Raises MissingSetting, AccessUnreadable."""
    known = settings.read(CheckSettings)
    _make_clients("s3")
    return CheckWorld(Bucket(known.knowledge_bucket), Bucket(known.inbox_bucket), defaults.parse(known.default_readers))


@contextmanager
def to_search() -> Iterator[SearchWorld]:
    """The same with STATE_TABLE, VECTOR_INDEX_ARN, EMBEDDING_MODEL and DAILY_EMBEDDED_TOKENS, for one turn.

    A search raises what its purse, Bedrock and S3 Vectors say: CeilingReached, PipelinePaused, ServiceUnavailable,
    StorageUnavailable, VectorsThrottled, VectorsUnavailable.
    """
    from services.bedrock import Embedder
    from services.s3vectors import Index

    known, base = settings.read(SearchSettings), to_check()
    _make_clients("dynamodb", "s3vectors")
    index = Index(known.vector_index_arn, throttled=VectorsThrottled, unavailable=VectorsUnavailable)
    embedder = Embedder(known.embedding_model, DIMENSIONS)
    with spending.open_purse(known.state_table, SPENDING, EMBEDDED, known.daily_embedded_tokens) as purse:
        yield SearchWorld(
            base.knowledge,
            base.inbox,
            base.default,
            index,
            Table(known.state_table),
            lambda text: embedded(embedder, purse, text),
        )


def _make_clients(*services: str) -> None:
    """Before threads need them: boto3 makes one safely in one thread only (boto3 guide, "Multithreading")."""
    for service in services:
        aws.client(service)


class Embeds(Protocol):
    """``services.bedrock.Embedder``."""

    def embed(self, texts: Sequence[str], billed: Callable[[int], None]) -> Mapping[str, Any]: ...


def embedded(embedder: Embeds, purse: Purse, text: str) -> Vector:
    """A question's vector. Before, a token is taken for each sign: no text has more. Raises InvalidRequest."""
    bill: list[int] = []
    made = purse.spend(len(text), lambda: embedder.embed([text], bill.append), lambda: sum(bill))[text]
    # A vector without a length is near to nothing; the index does not take it.
    if made is None or not any(made.vector):
        raise InvalidRequest("The embedding model refuses this text; ask in other words.")
    vector: Vector = made.vector
    return vector
