"""A passage as a vector of the index.

Filterable: ``acl, doc, version, page, n, type, date, language, refs``; only kept: ``text, key, lines`` ("first-last").
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, Protocol

from knowledge.indexing.pointers import doc
from knowledge.model import DIMENSIONS, Document, Passage
from services.s3vectors import Vector

MOST_FILTERABLE: Final = 2_000
"""Bytes of JSON; the service takes 2,048 (S3 user guide, "Limitations and restrictions") and does not say how it
counts."""


class Queried(Protocol):
    """``services.s3vectors.Index``."""

    def query(self, vector: Sequence[float], top: int, where: Mapping[str, Any] | None = None) -> Sequence[Any]: ...


def key(document: str, version: str, n: int) -> str:
    """``document``: of ``pointers.doc``."""
    return f"{document}/{version}/{n}"


def keys(document: str, version: str, passages: int) -> list[str]:
    return [key(document, version, n) for n in range(passages)]


def of(document: Document, acl: str, passage: Passage, refs: Sequence[str], data: Sequence[float]) -> Vector:
    return Vector(
        key(doc(document.key), document.version, passage.n),
        tuple(data),
        {
            **_filterable(document, acl, passage),
            **({"refs": list(refs)} if refs else {}),
            "text": passage.text,
            "key": document.key,
            "lines": f"{passage.first}-{passage.last}",
        },
    )


def carried(index: Queried, acl: str) -> bool:
    """Whether any vector of any document has this access set."""
    return bool(index.query((1.0, *(0.0,) * (DIMENSIONS - 1)), 1, {"acl": {"$eq": acl}}))


def _filterable(document: Document, acl: str, passage: Passage) -> dict[str, Any]:
    """What is empty is left out: the service takes no empty lists, and an empty text tells nothing."""
    said = {
        "acl": acl,
        "doc": doc(document.key),
        "version": document.version,
        "page": passage.page,
        "n": passage.n,
        "type": document.type,
        "date": document.date,
        "language": document.language,
    }
    return {name: value for name, value in said.items() if value != ""}


class References:
    """The references of a document's passages within the bounds of a vector: the rarest of the document are kept, of
    equally rare ones those that tell most. ``left_out`` counts the others."""

    def __init__(self, document: Document, passages: Iterable[Passage]) -> None:
        self._document = document
        self._in_passages = Counter(ref for passage in passages for ref in passage.refs)
        self.left_out = 0

    def of(self, passage: Passage) -> tuple[str, ...]:
        room = MOST_FILTERABLE - _size({**_filterable(self._document, "0" * 32, passage), "refs": []})
        order = {ref: place for place, ref in enumerate(passage.refs)}
        kept: set[str] = set()
        for ref in sorted(passage.refs, key=lambda ref: (self._in_passages[ref], order[ref])):
            room -= _size(ref) + 1
            if room < 0:
                break
            kept.add(ref)
        self.left_out += len(passage.refs) - len(kept)
        return tuple(ref for ref in passage.refs if ref in kept)


def _size(value: Any) -> int:
    """In the longer of the two ways to write JSON: a sign that is escaped has six bytes, or twelve."""
    return len(json.dumps(value))
