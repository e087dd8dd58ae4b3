"""Which partitions a query needs: the conditions that look at partition keys alone, decided before a file is read.

The conditions are evaluated by DuckDB over the list of partitions, written in its dialect as the query itself is. What
cannot be decided so early is not pruned, which costs bytes and never rows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.optimizer.pushdown_predicates import pushdown_predicates

from local.services.athena.catalog import Table
from local.services.athena.lake.partitions import Partition
from local.services.athena.lake.readers import name, text
from local.services.athena.sql import grammar
from local.services.athena.sql.names import Analysis

Write = Callable[[exp.Expr], str]
"""A condition in DuckDB's dialect."""

_CHANGING = (exp.Rand, exp.Subquery, exp.Select, exp.Exists, exp.AggFunc, exp.Window, exp.Unnest)


@dataclass(frozen=True)
class Reference:
    """A table where a query names it: it is read once for each of them."""

    key: tuple[str, str]
    alias: str
    conditions: tuple[exp.Expr, ...]

    def wanted(self, column: str) -> Sequence[str]:
        """The texts that the conditions allow for a column by equality: injected projection wants them."""
        for condition in self.conditions:
            if isinstance(condition, exp.EQ):
                sides = (condition.left, condition.right)
                literal = next((s for s in sides if isinstance(s, exp.Literal)), None)
                if literal is not None and any(isinstance(s, exp.Column) and s.name == column for s in sides):
                    return [literal.this]
            if isinstance(condition, exp.In) and condition.this.name == column:
                items = condition.expressions
                return [item.this for item in items] if all(isinstance(item, exp.Literal) for item in items) else ()
        return ()


def references(found: Analysis) -> list[Reference]:
    """Every place where a table of Glue is named, with the conditions on its partition keys alone."""
    tree = _pushed(found)
    made = []
    for node in tree.find_all(exp.Table):
        key = (node.db, node.name)
        if node.catalog and key in found.tables:
            keys = {column.name for column in found.tables[key].keys}
            alias = node.alias_or_name
            fitting = [c for c in _conditions(node) if _decides(c, alias, keys)]
            made.append(Reference(key, alias, tuple(fitting)))
    return made


def _pushed(found: Analysis) -> exp.Query:
    """The qualified tree with the conditions as near to the tables as they may go.

    With outer joins they stay where they are: what is true of a row before the join may not be after it.
    """
    if any(join.side for join in found.qualified.find_all(exp.Join)):
        return found.qualified
    try:
        return pushdown_predicates(found.qualified.copy(), dialect=grammar.DIALECT)
    except SqlglotError:
        return found.qualified


def _conditions(node: exp.Table) -> Iterator[exp.Expr]:
    """The conditions that every row of this table must pass to be seen."""
    select = node.parent_select
    if not isinstance(select, exp.Select):
        return
    joins = select.args.get("joins") or []
    own = node.parent if isinstance(node.parent, exp.Join) else None
    sides = {str(join.side).upper() for join in joins if join.side}
    where = select.args.get("where")
    # Rows that a LEFT JOIN made up for this table pass WHERE without having been read, and so do RIGHT and FULL ones.
    after = joins[joins.index(own) + 1 :] if own in joins else joins
    made_up = (own is not None and own.side) or any(j.side and j.side.upper() in ("RIGHT", "FULL") for j in after)
    if where is not None and not made_up:
        yield from where.this.flatten() if isinstance(where.this, exp.And) else [where.this]
    if own is not None and own.args.get("on") is not None and not sides & {"FULL"} and own.side != "RIGHT":
        on = own.args["on"]
        yield from on.flatten() if isinstance(on, exp.And) else [on]


def _decides(condition: exp.Expr, alias: str, keys: set[str]) -> bool:
    """Whether a condition looks at nothing but partition keys of this table, and is always the same."""
    columns = list(condition.find_all(exp.Column))
    return (
        bool(columns)
        and all(column.table == alias and column.name.lower() in keys for column in columns)
        and condition.find(*_CHANGING) is None
        and not any(
            isinstance(n, exp.Anonymous) and n.name.lower() in ("random", "uuid", "shuffle") for n in condition.walk()
        )
    )


def question(table: Table, reference: Reference, listed: Sequence[Partition], write: Write) -> str | None:
    """A query for the numbers of the partitions that the conditions leave; None where there is nothing to ask."""
    if not reference.conditions or not listed:
        return None
    rows = ", ".join(
        f"({n}, " + ", ".join("NULL" if v is None else text(v) for v in partition.values) + ")"
        for n, partition in enumerate(listed)
    )
    names = ", ".join(f"k{n}" for n in range(len(table.keys)))
    typed = ", ".join(f"TRY_CAST(k{n} AS {key.duckdb}) AS {name(key.name)}" for n, key in enumerate(table.keys))
    where = " AND ".join(f"({write(condition)})" for condition in reference.conditions)
    return (
        f"SELECT n FROM (SELECT n, {typed} FROM (VALUES {rows}) AS listed(n, {names})) "  # noqa: S608
        f"AS {name(reference.alias)} WHERE {where} ORDER BY n"
    )
