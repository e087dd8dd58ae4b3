"""What a question asks for, and the statement that it is written as."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from local.services.bedrock.sql.prompt import Column, Table

_PLAIN = re.compile(r"[a-z_][a-z0-9_]*")
_KEYWORDS = """alter and as between by case cast create cross delete describe distinct drop else end escape except
execute exists extract false for from full group having in inner insert intersect into is join left like natural not
null on or order outer right select skip table then trim true union unnest using values when where with"""
_RESERVED = frozenset(_KEYWORDS.split())


def name(text: str) -> str:
    """A name as a statement writes it."""
    return text if _PLAIN.fullmatch(text) and text not in _RESERVED else '"' + text.replace('"', '""') + '"'


def literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


@dataclass(frozen=True)
class Measure:
    """``kind``: count, distinct, sum, avg, min, max, median or share. ``divisor`` brings it to the unit asked for."""

    kind: str
    column: Column | None = None
    divisor: float = 1.0
    unit: str = ""

    @property
    def label(self) -> str:
        if self.kind in {"count", "share"}:
            return "number" if self.kind == "count" else "percent"
        word = {"distinct": "different", "avg": "average", "sum": "total", "max": "highest", "min": "lowest"}
        column = self.column.name if self.column else ""
        return f"{word.get(self.kind, self.kind)}_{self.unit or re.sub(r'[^a-z0-9_]', '_', column)}"

    def written(self, only: str, grouped: bool) -> str:
        """``only``: of a share without groups, the condition whose share it is."""
        if self.kind == "count":
            return "count(*)"
        if self.kind == "share":
            if grouped:
                return "round(100.0 * count(*) / sum(count(*)) OVER (), 1)"
            return f"round(100.0 * count_if({only or 'true'}) / nullif(count(*), 0), 1)"
        column = name(self.column.name) if self.column else ""
        text = {
            "distinct": f"count(DISTINCT {column})",
            "median": f"approx_percentile({column}, 0.5)",
        }.get(self.kind, f"{self.kind}({column})")
        return text if self.divisor == 1 else f"round({text} / {self.divisor:.1f}, 1)"


@dataclass(frozen=True)
class Group:
    written: str
    label: str
    timely: bool = False


@dataclass(frozen=True)
class Plan:
    """``conditions`` by what they are about, so that a follow-up replaces its own. ``shared``: the one that a share is
    of. ``sort``: empty for the usual order, ``label`` or ``column`` with ``DESC``. ``columns``: of a list of rows or
    of different values; empty of an aggregate."""

    table: Table
    measures: tuple[Measure, ...] = ()
    groups: tuple[Group, ...] = ()
    conditions: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    columns: tuple[Column, ...] = ()
    distinct: bool = False
    sort: str = ""
    limit: int | None = None
    year: int | None = None

    def sql(self) -> str:
        """The statement, each clause on a line of its own."""
        labels = self._labels()
        shared = "" if self.groups or not self._is_share() else self._shared()
        rows = [f"SELECT {'DISTINCT ' if self.distinct else ''}{', '.join(self._selected(labels, shared))}"]
        rows.append(f"FROM {name(self.table.name)}")
        if where := self._where(shared):
            rows.append(f"WHERE {where}")
        if self.groups:
            rows.append(f"GROUP BY {', '.join(group.written for group in self.groups)}")
        if order := self._order(labels):
            rows.append(f"ORDER BY {order}")
        if self.limit is not None:
            rows.append(f"LIMIT {self.limit}")
        return "\n".join(rows)

    def _labels(self) -> list[str]:
        """An alias that a column has already would mean the column."""
        taken = {column.name for column in self.table.columns}
        plain = [group.label for group in self.groups]
        return [
            f"by_{label}" if label in taken and label != group.written else label
            for label, group in zip(plain, self.groups, strict=True)
        ]

    def _selected(self, labels: list[str], shared: str) -> list[str]:
        if self.columns:
            return [name(column.name) for column in self.columns]
        groups = [
            group.written if group.written == name(label) else f"{group.written} AS {name(label)}"
            for group, label in zip(self.groups, labels, strict=True)
        ]
        return groups + [f"{each.written(shared, bool(self.groups))} AS {name(each.label)}" for each in self.measures]

    def _is_share(self) -> bool:
        return any(measure.kind == "share" for measure in self.measures)

    def _shared(self) -> str:
        """The condition on a value, which a share is of, rather than out of."""
        found = [text for about, texts in self.conditions.items() if about.startswith("value:") for text in texts]
        return " AND ".join(found)

    def _where(self, shared: str) -> str:
        kept = [
            text
            for about, texts in self.conditions.items()
            if not (shared and about.startswith("value:"))
            for text in texts
        ]
        keys = [name(column.name) for column in self.table.columns if column.partition]
        if keys and not any(re.search(rf"(?<![\w.]){re.escape(key)}(?!\w)", text) for text in kept for key in keys):
            kept.append(f"{keys[0]} IS NOT NULL")
        return "\n  AND ".join(kept)

    def _order(self, labels: list[str]) -> str:
        if self.sort:
            return self.sort
        if self.distinct:
            return ", ".join(name(column.name) for column in self.columns)
        if not self.groups:
            return ""
        names = [name(label) for label in labels]
        if self.groups[0].timely and self.limit is None:
            return ", ".join(names)
        return ", ".join([f"{name(self.measures[0].label)} DESC", *names])
