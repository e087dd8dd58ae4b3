"""Rules over whole queries: what is grouped, what is united, what may stand in WHERE."""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp

from local.services.athena.errors import QueryError
from local.services.athena.sql import functions, grammar, rewrite_types, types
from local.services.athena.sql.names import Analysis

_NO_GROUPING = "{} clause cannot contain aggregations, window functions or grouping operations: [{}]"


def check(found: Analysis) -> None:
    """Raises QueryError for the first query that breaks one of the rules."""
    for node in found.qualified.walk():
        if isinstance(node, exp.SetOperation):
            _widths(found, node)
        elif isinstance(node, exp.Select):
            _where(found, node)
            _grouped(found, node)


def aggregate(node: exp.Expr) -> bool:
    """Whether a node is an aggregate function, not one over a window."""
    if isinstance(node.parent, exp.Window) or (
        isinstance(node.parent, (exp.Filter, exp.WithinGroup, exp.IgnoreNulls))
        and isinstance(node.parent.parent, exp.Window)
    ):
        return False
    if isinstance(node, exp.Anonymous):
        return node.name.lower() in functions.AGGREGATES
    return isinstance(node, exp.AggFunc)


def _inside(node: exp.Expr) -> Iterator[exp.Expr]:
    """The nodes of an expression without those of queries inside it."""
    yield from node.walk(prune=lambda n: isinstance(n, exp.Query))


def _where(found: Analysis, select: exp.Select) -> None:
    for clause in ("where", "group"):
        part = select.args.get(clause)
        if part is None:
            continue
        for node in _inside(part):
            if aggregate(node) or isinstance(node, exp.Window):
                name = "GROUP BY" if clause == "group" else "WHERE"
                text = node.sql("trino").lower()
                place = grammar.where(found.statement, node)
                raise QueryError("EXPRESSION_NOT_SCALAR", _NO_GROUPING.format(name, text), place)


def _grouped(found: Analysis, select: exp.Select) -> None:
    group = select.args.get("group")
    outputs = [*select.expressions, *([select.args["having"].this] if select.args.get("having") else [])]
    if group is None and not any(aggregate(node) for output in outputs for node in _inside(output)):
        return
    keys = set(_keys(group)) if group is not None else set()
    for output in outputs:
        _covered(found, output.unalias() if isinstance(output, exp.Alias) else output, keys)


def _keys(group: exp.Group) -> Iterator[exp.Expr]:
    for key in group.expressions:
        if isinstance(key, (exp.Rollup, exp.Cube, exp.GroupingSets)):
            yield from key.find_all(exp.Column)
        else:
            yield from key.expressions if isinstance(key, exp.Tuple) else [key]


def _covered(found: Analysis, node: exp.Expr, keys: set[exp.Expr]) -> None:
    if node in keys or aggregate(node) or isinstance(node, exp.Query):
        return
    if isinstance(node, (exp.Filter, exp.WithinGroup)) and aggregate(node.this):
        return
    if isinstance(node, exp.Column):
        if node.table and not node.find_ancestor(exp.Lambda):
            name = node.name
            place = grammar.where(found.statement, node)
            message = f"'{name}' must be an aggregate expression or appear in GROUP BY clause"
            raise QueryError("EXPRESSION_NOT_AGGREGATE", message, place)
        return
    for child in node.iter_expressions():
        _covered(found, child, keys)


def _widths(found: Analysis, node: exp.SetOperation) -> None:
    left, right = node.left.selects, node.right.selects
    place = grammar.where(found.statement, node.right)
    name = type(node).__name__.upper()
    if any(select.is_star for select in (*left, *right)):
        return
    if len(left) != len(right):
        message = f"{name} query has different number of fields: {len(left)}, {len(right)}"
        raise QueryError("TYPE_MISMATCH", message, place)
    for number, (one, two) in enumerate(zip(left, right, strict=True), 1):
        kinds = [side.type for side in (one, two) if side.type is not None]
        if len(kinds) < 2 or any(kind.is_type(exp.DType.UNKNOWN, exp.DType.NULL) for kind in kinds):
            continue
        if types.family(kinds[0]) != types.family(kinds[1]):
            shown = ", ".join(rewrite_types.shown(kind) for kind in kinds)
            raise QueryError("TYPE_MISMATCH", f"column {number} in {name} query has incompatible types: {shown}", place)
