"""What a search and a look again need; that of a look again, made of a function's environment.

A look again (before an answer is written or told) needs neither the index nor a model: fewer settings, fewer rights.
So what a search needs beside it is made in a module of its own (``paid``).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from common import aws, settings
from common.objects import Bucket
from common.table import Table
from knowledge.model import Access
from knowledge.rights import defaults

if TYPE_CHECKING:
    from knowledge.retrieval.bases import Ask

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
    """``knowledge``: the bucket of pointers; ``inbox``: of access files; ``default``: DefaultReaders; ``base``: the
    id of the knowledge base that everybody may read, or empty."""

    knowledge: Bucket
    inbox: Bucket
    default: Access
    base: str = field(default="", kw_only=True)


@dataclass(frozen=True, slots=True)
class SearchWorld(CheckWorld):
    """``embed``: a question as a vector, paid for. ``ask_base``: what asks the knowledge base, where there is one."""

    index: Searched
    table: Table
    embed: Callable[[str], Vector]
    ask_base: Ask | None = None


@dataclass(frozen=True, slots=True)
class CheckSettings:
    knowledge_bucket: str
    inbox_bucket: str
    default_readers: str = ""
    knowledge_base_id: str = ""


def to_check() -> CheckWorld:
    """From KNOWLEDGE_BUCKET, INBOX_BUCKET, DEFAULT_READERS and KNOWLEDGE_BASE_ID.

    Raises MissingSetting, AccessUnreadable.
    """
    known = settings.read(CheckSettings)
    make_clients("s3")
    default = defaults.parse(known.default_readers)
    return CheckWorld(Bucket(known.knowledge_bucket), Bucket(known.inbox_bucket), default, base=known.knowledge_base_id)


def make_clients(*services: str) -> None:
    """Before threads need them: boto3 makes one safely in one thread only (boto3 guide, "Multithreading")."""
    for service in services:
        aws.client(service)
