"""The same query in DuckDB's dialect: what sqlglot writes for DuckDB, with the rooms beside it putting right what would
otherwise mean something else.
"""

from __future__ import annotations

from sqlglot import exp

from local.services.athena.sql import rewrite_functions, rewrite_types, rewrite_unnest
from local.services.athena.sql.names import HIDDEN, Analysis


def query(found: Analysis) -> str:
    """The whole query."""
    tree = found.tree.copy()
    _name_columns(found, tree)
    return _written(found, tree)


def expression(found: Analysis, node: exp.Expr) -> str:
    """A condition out of the qualified tree."""
    return _written(found, exp.Paren(this=node.copy()))


def _written(found: Analysis, tree: exp.Expr) -> str:
    for node in reversed(list(tree.walk(bfs=True))):  # the innermost first: their parents see what became of them
        new = _node(found, node)
        if new is not node:
            new.meta.setdefault("id", node.meta.get("id", -1))
            node.replace(new)
    return tree.sql("duckdb", identify=True, comments=False)


def _node(found: Analysis, node: exp.Expr) -> exp.Expr:
    if isinstance(node, exp.Star) and found.hidden and isinstance(node.parent, (exp.Select, exp.Column)):
        node.set("except_", [exp.to_identifier(name, quoted=True) for name in HIDDEN])
        return node
    if isinstance(node, exp.Unnest):
        return rewrite_unnest.unnest(found, node)
    if isinstance(node, exp.Func):
        return rewrite_functions.function(found, node)
    return rewrite_types.operator(found, node)


def _name_columns(found: Analysis, tree: exp.Expr) -> None:
    """Columns without a name are called _col0, _col1... by their place; sqlglot and DuckDB have names of their own."""
    first = tree
    while isinstance(first, (exp.SetOperation, exp.Subquery)):
        first = first.this
    if not isinstance(first, exp.Select):
        return
    for number, selected in enumerate(first.expressions):
        if isinstance(selected, (exp.Alias, exp.Star, exp.Aliases)) or selected.is_star:
            continue
        if isinstance(selected, (exp.Column, exp.Dot)):
            continue
        alias = exp.alias_(selected.copy(), f"_col{number + _stars(found, first, number)}", quoted=True)
        selected.replace(alias)


def _stars(found: Analysis, select: exp.Select, before: int) -> int:
    """How many columns more than it has words the stars before a column make."""
    stars = [s for s in select.expressions[:before] if s.is_star]
    if not stars:
        return 0
    wide = len(found.qualified.selects) - len([s for s in select.expressions if not s.is_star])
    return wide - len(stars) if len(stars) == len([s for s in select.expressions if s.is_star]) else 0
