"""A world of documents in memory: an index of the local cloud, buckets, and a table.

The code that is tested reads in threads; whatever a hook changes in the middle of a search, it does for tests that let
it have one.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from common.objects import Stored
from knowledge.indexing import pointers, vectors
from knowledge.model import Access, Document, Passage, Reader
from knowledge.passages import cutting
from knowledge.retrieval.world import SearchWorld
from knowledge.rights import files, sets
from local.services.bedrock import titan
from local.services.s3vectors import filters, metadata
from local.services.s3vectors.vectors import Record, Vectors, row_of
from services.s3vectors import Found, Vector

DIMENSIONS = 512
HIDDEN = frozenset({"text", "key", "lines"})


def nothing() -> None:
    """A hook that does nothing."""


class FakeBucket:
    """Objects by key; ``hook`` runs before each reading."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self.metadata: dict[str, dict[str, str]] = {}
        self.hook: Callable[[], None] = nothing

    def get(self, key: str, *, at_most: int | None = None) -> Stored | None:
        self.hook()
        body = self.objects.get(key)
        if body is None:
            return None
        return Stored("etag", self.metadata.get(key, {}), len(body), body[:at_most])

    def put_json(self, key: str, document: Mapping[str, Any]) -> None:
        self.objects[key] = json.dumps(document).encode()


class FakeTable:
    """``common.table.Table`` as far as sets need it."""

    def __init__(self) -> None:
        self.items: dict[str, dict[str, Any]] = {}

    def get(self, key: str) -> dict[str, Any] | None:
        return self.items.get(key)

    def put(self, key: str, item: Mapping[str, Any], *, seconds: int) -> bool:
        self.items[key] = {**item, "expires": 1 << 40}
        return True

    def amend(
        self, key: str, changes: Mapping[str, Any], *, seconds: int, condition: str, values: Mapping[str, Any]
    ) -> bool:
        """One worker at a time, so the condition of ``sets`` holds."""
        assert (condition, values) == ("#turn = :turn", {"turn": self.items[key]["turn"]})
        self.items[key].update(changes)
        return True

    def add_member(self, key: str, name: str, member: str, *, seconds: int, at_most: int) -> bool:
        self.items.setdefault(key, {}).setdefault(name, set()).add(member)
        return True


class FakeIndex:
    """The local cloud's S3 Vectors without its wire; ``hook`` runs behind each query, before its answer is given."""

    def __init__(self) -> None:
        self.vectors = Vectors(DIMENSIONS, "cosine", HIDDEN)
        self.asked: list[Mapping[str, Any]] = []
        self.tops: list[int] = []
        self.hook: Callable[[], None] = nothing

    def put(self, vector: Vector) -> None:
        metadata.check(vector.key, vector.metadata, HIDDEN)
        self.vectors.put([Record(vector.key, row_of(vector.data), vector.metadata)])

    def query(self, vector: Sequence[float], top: int, where: Mapping[str, Any] | None = None) -> list[Found]:
        assert where is not None, "a query without a filter finds everybody's passages"
        self.asked.append(where)
        self.tops.append(top)
        found = self.vectors.nearest(row_of(vector), top, filters.parse(where, HIDDEN))
        self.hook()
        return [Found(record.key, distance, dict(record.metadata)) for distance, record in found]

    def retag(self, acl: str) -> None:
        """All vectors carry this access set."""
        for record in self.vectors.get(self.vectors.sorted_keys()):
            self.vectors.put([Record(record.key, record.data, {**record.metadata, "acl": acl})])


def values(where: Mapping[str, Any]) -> int:
    """How many constraints a filter has, the dearest way to count."""
    ((name, said),) = where.items()
    if name == "$and":
        return sum(map(values, said))
    ((_, wanted),) = said.items()
    return len(wanted) if isinstance(wanted, list) else 1


@dataclass
class World:
    """Documents with their vectors, pointers, sets and access files, as the index leaves them."""

    default: Access = field(default_factory=Access)
    index: FakeIndex = field(default_factory=FakeIndex)
    table: FakeTable = field(default_factory=FakeTable)
    knowledge: FakeBucket = field(default_factory=FakeBucket)
    inbox: FakeBucket = field(default_factory=FakeBucket)
    embedded: list[str] = field(default_factory=list)

    def search(self) -> SearchWorld:
        return SearchWorld(self.knowledge, self.inbox, self.default, self.index, self.table, self.embed)

    def embed(self, text: str) -> list[float]:
        self.embedded.append(text)
        return titan.embed(text, DIMENSIONS, True)

    def access(self, path: str, access: Access) -> None:
        self.inbox.put_json(path, files.plain(access))

    def document(self, key: str, pages: Sequence[Sequence[str]], version: str = "0" * 16, **about: Any) -> None:
        """Its passages, as the access files say now."""
        passages = list(cutting.cut(list(enumerate(pages, 1))))
        self.passages(Document(key, version, "1", **about), passages)

    def points(self, key: str, version: str | None, sequencer: str = "1") -> None:
        """The document's pointer names this version."""
        pointer = pointers.Pointer(key, version, sequencer)
        self.knowledge.put_json(pointers.place(key), pointer.to_json())

    def passages(self, document: Document, passages: Sequence[Passage], vector: Sequence[float] | None = None) -> None:
        _, access = files.governing(self.inbox, document.key, self.default)
        acl = sets.keep(self.table, access)
        references = vectors.References(document, passages)
        self.points(document.key, document.version, document.sequencer)
        for passage in passages:
            data = titan.embed(passage.text, DIMENSIONS, True) if vector is None else vector
            self.index.put(vectors.of(document, acl, passage, references.of(passage), data))


def reader(name: str, *groups: str) -> Reader:
    return Reader(f"id of {name}", name, groups)
