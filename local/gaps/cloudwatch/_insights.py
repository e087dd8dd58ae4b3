"""CloudWatch Metrics Insights: the queries that an alarm may hold.

Written after the User Guide, "Metrics Insights query components and syntax": ``SELECT FUNCTION(metric) FROM
"namespace"`` takes every metric of that name whatever its dimensions, ``FROM SCHEMA("namespace", label, ...)`` those
with exactly these, ``WHERE`` some of their values. What gives several series (GROUP BY, ORDER BY, LIMIT) is refused by
name.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

_NAME = r'(?:"[^"]+"|\w+)'
_QUERY = re.compile(
    rf"SELECT\s+(?P<function>AVG|COUNT|MAX|MIN|SUM)\s*\(\s*(?P<metric>{_NAME})\s*\)\s+"
    rf"FROM\s+(?:SCHEMA\s*\((?P<schema>[^()]*)\)|(?P<namespace>{_NAME}))"
    r"(?:\s+WHERE\s+(?P<where>.+?))?\s*;?",
    re.IGNORECASE | re.DOTALL,
)
_TEST = re.compile(rf"\s*(?P<label>{_NAME})\s*(?P<operator>!?=)\s*'(?P<value>[^']*)'\s*")
_SEVERAL = re.compile(r"\b(GROUP\s+BY|ORDER\s+BY|LIMIT)\b", re.IGNORECASE)

_FUNCTIONS: Mapping[str, Callable[[list[float]], float]] = {
    "AVG": lambda values: sum(values) / len(values),
    "COUNT": lambda values: float(len(values)),
    "MAX": max,
    "MIN": min,
    "SUM": sum,
}


class QueryError(ValueError):
    """The query is not one that CloudWatch, or this evaluator, understands."""


@dataclass(frozen=True)
class Query:
    """``labels``: exactly these dimensions, None for any; ``tests``: label, whether it is equal, value."""

    function: str
    metric: str
    namespace: str
    labels: frozenset[str] | None
    tests: tuple[tuple[str, bool, str], ...]

    def takes(self, namespace: str, metric: str, dimensions: Mapping[str, str]) -> bool:
        """Whether a metric is one of those that the query is over."""
        if (namespace, metric) != (self.namespace, self.metric):
            return False
        if self.labels is not None and self.labels != dimensions.keys():
            return False
        return all(
            label in dimensions and (dimensions[label] == value) == is_equal for label, is_equal, value in self.tests
        )

    def of(self, values: list[float]) -> float:
        """The function over the observations of one period."""
        return float(_FUNCTIONS[self.function](values))


def is_query(expression: str) -> bool:
    """Whether an expression is a query, and no metric math."""
    return re.match(r"\s*SELECT\b", expression, re.IGNORECASE) is not None


def parse(text: str) -> Query:
    """Raises QueryError."""
    if _SEVERAL.search(text):
        raise QueryError(f"Only queries of one time series, without GROUP BY, ORDER BY and LIMIT: {text}")
    found = _QUERY.fullmatch(text.strip())
    if found is None:
        raise QueryError(f"Error in query: {text}")
    namespace, labels = _plain(found["namespace"] or ""), None
    if found["schema"] is not None:
        namespace, *rest = (_plain(part) for part in found["schema"].split(","))
        labels = frozenset(rest)
    if not re.fullmatch(r"\w+", namespace) and f'"{namespace}"' not in text:
        raise QueryError(f"A namespace with more than letters, digits and _ stands in double quotes: {text}")
    return Query(found["function"].upper(), _plain(found["metric"]), namespace, labels, tuple(_tests(found["where"])))


def _plain(name: str) -> str:
    return name.strip().strip('"')


def _tests(where: str | None) -> Iterable[tuple[str, bool, str]]:
    for part in re.split(r"\bAND\b", where, flags=re.IGNORECASE) if where else ():
        found = _TEST.fullmatch(part)
        if found is None:
            raise QueryError(f"A test of WHERE is label = 'value' or label != 'value', not {part.strip()}.")
        yield _plain(found["label"]), found["operator"] == "=", found["value"]
