"""What a search and a look again need; that of a look again, made of a function's environment.

A look again (before an answer is written or told) needs neither the index nor a model: fewer settings, fewer rights.
So what a search needs beside it is made in a module of its own (``paid``).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from common import aws, settings
from common.objects import Bucket
from common.table import Table
from knowledge.model import Access
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


def to_check() -> CheckWorld:
    """From KNOWLEDGE_BUCKET, INBOX_BUCKET and DEFAULT_READERS. Raises MissingSetting, AccessUnreadable."""
    known = settings.read(CheckSettings)
    make_clients("s3")
    return CheckWorld(Bucket(known.knowledge_bucket), Bucket(known.inbox_bucket), defaults.parse(known.default_readers))


def make_clients(*services: str) -> None:
    """Before threads need them: boto3 makes one safely in one thread only (boto3 guide, "Multithreading")."""
    for service in services:
        aws.client(service)
