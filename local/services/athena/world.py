"""What a query may ask of the cloud around it: the Glue catalogue, S3, and the rights of its caller.

The rooms below know only this; local/gaps/athena fills it with MiniStack's stores, the tests with dictionaries.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

Record = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Object:
    """An object of S3 as a listing has it; ``modified`` in seconds since 1970."""

    bucket: str
    key: str
    size: int
    modified: float = 0.0

    @property
    def url(self) -> str:
        return f"s3://{self.bucket}/{self.key}"


class World(Protocol):
    """The catalogue, the objects, and who asks."""

    account: str
    region: str

    def denied(self, action: str, resource: str) -> str | None:
        """AWS's sentence when the caller may not do ``action`` on ``resource``, else None."""

    def databases(self) -> list[Record]: ...

    def tables(self, database: str) -> list[Record]: ...

    def partitions(self, database: str, table: str) -> list[Record]: ...

    def glue(self, operation: str, request: Record) -> Record:
        """Change the catalogue. Raises QueryError with Glue's sentence."""

    def prepared(self, name: str) -> str | None:
        """The text of a prepared statement of the query's workgroup."""

    def prepare(self, name: str, text: str | None) -> None:
        """Keep a prepared statement, or forget it."""

    def table_input(self, text: str) -> Record | None:
        """CREATE TABLE as Glue's CreateTable wants it, with IfNotExists and External beside; None if it is none."""

    def objects(self, bucket: str, prefix: str) -> list[Object] | None:
        """By key; None where there is no such bucket."""

    def read(self, item: Object) -> bytes: ...

    def write(self, bucket: str, key: str, body: bytes) -> None: ...


def location(url: str) -> tuple[str, str]:
    """Bucket and prefix of ``s3://bucket/prefix/``; the prefix ends with a slash unless it is empty."""
    bucket, _, prefix = url.partition("://")[2].partition("/")
    return bucket, prefix if not prefix or prefix.endswith("/") else prefix + "/"


def resources(world: World, database: str, table: str | None = None) -> Sequence[str]:
    """The resources on all of which a Glue action must be allowed."""
    start = f"arn:aws:glue:{world.region}:{world.account}"
    tables = [f"{start}:table/{database}/{table}"] if table else []
    return [f"{start}:catalog", f"{start}:database/{database}", *tables]
