"""What the training rows taught the transform: which categories there are. It travels with the model, with its hash."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final, NamedTuple, get_args

from training.errors import ModelUnusable
from training.model import Column, ColumnKind, Json
from training.transform import cells

MOST_CATEGORIES: Final = 255
"""Of one column, with the one for all others (scikit-learn 1.9, HistGradientBoostingClassifier: ``max_bins``)."""
KINDS: Final = get_args(ColumnKind)

Cell = float | int | str | None


class Notes(NamedTuple):
    """Names of columns of one row: without a value; with a category that the model has not met; with a text where a
    number belongs."""

    missing: tuple[str, ...] = ()
    unseen: tuple[str, ...] = ()
    unreadable: tuple[str, ...] = ()

    def to_json(self) -> Json:
        """What there is none of is left out."""
        told = {"missing": self.missing, "unseen": self.unseen, "unreadable": self.unreadable}
        return {name: list(columns) for name, columns in told.items() if columns}


@dataclass(frozen=True)
class Fitted:
    """``categories``: of each column of categories, the commonest first. ``others``: columns that had more than are
    kept; what is not among theirs is one category more, elsewhere it counts as no value."""

    columns: tuple[Column, ...]
    categories: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    others: frozenset[str] = frozenset()

    @cached_property
    def _places(self) -> list[tuple[ColumnKind, dict[str, int] | None, int | None]]:
        """Kind of each column, the number of each of its categories, and the number of all others."""
        found: list[tuple[ColumnKind, dict[str, int] | None, int | None]] = []
        for column in self.columns:
            names = self.categories.get(column.name)
            known = None if names is None else {text: place for place, text in enumerate(names)}
            found.append((column.kind, known, len(known or ()) if column.name in self.others else None))
        return found

    def encode(self, row: Sequence[str | None]) -> list[Cell]:
        """Numbers as they are, categories as their number, or as their text in a column of which none are known; texts
        as texts; None where there is no value."""
        encoded: list[Cell] = []
        for text, (kind, known, other) in zip(row, self._places, strict=True):
            cell = cells.read(text, kind)
            encoded.append(known.get(cell, other) if known is not None and isinstance(cell, str) else cell)
        return encoded

    def notes(self, row: Sequence[str | None]) -> Notes:
        """What of a row the model does not see as it was meant."""
        missing: list[str] = []
        unseen: list[str] = []
        unreadable: list[str] = []
        for text, column, (kind, known, _) in zip(row, self.columns, self._places, strict=True):
            cell = cells.read(text, kind)
            if cell is None:
                (missing if cells.is_blank(text) else unreadable).append(column.name)
            elif known is not None and cell not in known:
                unseen.append(column.name)
        return Notes(tuple(missing), tuple(unseen), tuple(unreadable))

    @cached_property
    def hash(self) -> str:
        """64 hex of what this transform does."""
        import hashlib  # a cold start needs none

        body = json.dumps({"columns": self._columns()}, ensure_ascii=True, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(body.encode()).hexdigest()

    def to_json(self) -> Json:
        return {"columns": self._columns(), "hash": self.hash}

    def _columns(self) -> list[Json]:
        found = []
        for column in self.columns:
            entry: Json = {"name": column.name, "kind": column.kind}
            if column.name in self.categories:
                entry |= {"categories": list(self.categories[column.name]), "other": column.name in self.others}
            found.append(entry)
        return found


def fit(columns: Sequence[Column], counted: Mapping[str, Mapping[str, int]]) -> Fitted:
    """``counted``: how often each category of a column was met. The commonest are kept, in an order that does not
    depend on that of the rows; where there are more than ``MOST_CATEGORIES``, the rest is one of them."""
    categories, others = {}, set()
    for name, counts in counted.items():
        ranked = sorted(counts, key=lambda text, of=counts: (-of[text], text))  # type: ignore[misc]
        if len(ranked) > MOST_CATEGORIES:
            ranked = ranked[: MOST_CATEGORIES - 1]
            others.add(name)
        categories[name] = tuple(ranked)
    return Fitted(tuple(columns), categories, frozenset(others))


def from_json(document: Any) -> Fitted:
    """Raises ModelUnusable where the document is not of the form of ``to_json``, or not what its hash says."""
    if not isinstance(document, dict) or not isinstance(document.get("columns"), list) or not document["columns"]:
        raise ModelUnusable("The model's transform has no columns; train it again.")
    columns, categories, others = [], {}, set()
    for entry in document["columns"]:
        column = _column(entry)
        columns.append(column)
        if "categories" in entry:
            categories[column.name] = _categories(entry["categories"])
            if entry.get("other"):
                others.add(column.name)
    if len({column.name for column in columns}) < len(columns):
        raise ModelUnusable("The model's transform has two columns of one name; train it again.")
    found = Fitted(tuple(columns), categories, frozenset(others))
    if found.hash != document.get("hash"):
        raise ModelUnusable("The model's transform is not the one that its hash was made of; train it again.")
    return found


def _column(entry: Any) -> Column:
    if not isinstance(entry, dict) or not isinstance(entry.get("name"), str) or entry.get("kind") not in KINDS:
        raise ModelUnusable("A column of the model's transform has no name or no known kind; train it again.")
    return Column(entry["name"], entry["kind"])


def _categories(given: Any) -> tuple[str, ...]:
    if not isinstance(given, list) or len(given) > MOST_CATEGORIES or not all(isinstance(text, str) for text in given):
        raise ModelUnusable("The categories of the model's transform are no short list of texts; train it again.")
    return tuple(given)
