"""How many rows a query gives at most, and which of its columns hold each value once, where that can be seen."""

from __future__ import annotations

from math import prod

from sqlglot import exp

from questions.guard import functions, kinds
from questions.guard.kinds import Kinds
from questions.guard.scopes import Field, Output, Scope, within


def aggregate(node: exp.Expr) -> bool:
    """Whether a node is an aggregate function, not one over a window."""
    name = (
        "listagg" if isinstance(node, exp.GroupConcat) else node.name.lower() if isinstance(node, exp.Anonymous) else ""
    )
    return name in functions.AGGREGATES and not over(node)


def over(node: exp.Expr) -> bool:
    """Whether a function is what a window is over, not one of its arguments or keys."""
    inner = node
    while isinstance(inner.parent, exp.Filter | exp.WithinGroup | exp.IgnoreNulls | exp.RespectNulls):
        if inner.parent.this is not inner:
            return False
        inner = inner.parent
    return isinstance(inner.parent, exp.Window) and inner.parent.this is inner


def aggregates(select: exp.Select) -> bool:
    """Whether a SELECT without GROUP BY gives one row."""
    parts = [*select.expressions, *([select.args["having"]] if select.args.get("having") else [])]
    return any(aggregate(node) for part in parts for node in within(part))


def number(node: exp.Expr | None) -> int | None:
    """A whole number as it is written, with its sign."""
    if isinstance(node, exp.Neg):
        inner = number(node.this)
        return -inner if inner is not None else None
    if isinstance(node, exp.Paren):
        return number(node.this)
    return int(node.name) if isinstance(node, exp.Literal) and not node.is_string and node.name.isdecimal() else None


def limit(node: exp.Expr) -> int | None:
    """The LIMIT or FETCH of a query, where it is a number."""
    found = node.args.get("limit")
    if isinstance(found, exp.Fetch):
        options = found.args.get("limit_options")
        ties = options is not None and options.args.get("with_ties")
        return None if ties else number(found.args["count"]) if found.args.get("count") else 1
    return number(found.expression) if isinstance(found, exp.Limit) else None


def limited(node: exp.Expr, output: Output) -> Output:
    """What a query gives within its LIMIT."""
    most = [each for each in (output.most, limit(node)) if each is not None]
    return Output(output.fields, min(most) if most else None, output.keys)


def both(left: Output, right: Output) -> int | None:
    """The most rows of a set operation."""
    return None if left.most is None or right.most is None else left.most + right.most


def of_select(node: exp.Select, fields: list[Field], scope: Scope) -> Output:
    """What a SELECT gives, before its LIMIT."""
    group = node.args.get("group")
    bounds = [relation.output.most for relation in scope.relations]
    known = [bound for bound in bounds if bound is not None]
    most = prod(known) if len(known) == len(bounds) else None
    if group is None and aggregates(node):
        return Output(fields, 1)
    keys: frozenset[str] = frozenset()
    if node.args.get("distinct"):
        keys = frozenset(each.name for each in fields)
    elif group is not None and not any(group.args.get(more) for more in ("rollup", "cube", "grouping_sets")):
        keys = _grouped(node, group)
    return Output(fields, most, keys if "" not in keys else frozenset())


def _grouped(node: exp.Select, group: exp.Group) -> frozenset[str]:
    """The names of the columns that a SELECT is grouped by; empty unless all of them are among what it gives."""
    names = {item.unalias(): item.alias_or_name.lower() for item in node.expressions}
    keys = []
    for key in group.expressions:
        place = number(key)
        if place is not None and 0 < place <= len(node.expressions):
            keys.append(node.expressions[place - 1].alias_or_name.lower())
        else:
            keys.append(names.get(key, ""))
    return frozenset(keys)


def of_values(node: exp.Values, known: Kinds) -> Output:
    """What VALUES gives."""
    first = node.expressions[0]
    parts = first.expressions if isinstance(first, exp.Tuple) else [first]
    return Output([Field("", known.of(part), node=part) for part in parts], len(node.expressions))


def of_unnest(node: exp.Unnest, known: Kinds) -> Output:
    """What UNNEST gives: a map gives two columns, an array of rows one per field."""
    fields: list[Field] = []
    lengths = []
    for part in node.expressions:
        kind = known.of(part)
        lengths.append(length(part))
        inner = kinds.element(kind)
        if kind is not None and kind.this == exp.DType.MAP and len(kind.expressions) == 2:
            fields += [Field("", each) for each in kind.expressions]
        elif inner is not None and inner.this == exp.DType.STRUCT:
            fields += [
                Field(each.name.lower(), each.kind) for each in inner.expressions if isinstance(each, exp.ColumnDef)
            ]
        else:
            fields.append(Field("", inner, node=part))
    if offset := node.args.get("offset"):  # its name, where the alias has one for it
        fields.append(
            Field(offset.name.lower() if isinstance(offset, exp.Expr) else "ordinality", kinds.read("bigint"))
        )
    bounds = [each for each in lengths if each is not None]
    return Output(fields, max(bounds) if bounds and len(bounds) == len(lengths) else None)


def length(node: exp.Expr) -> int | None:
    """How many elements an array has that is written out; None where that depends on rows."""
    if isinstance(node, exp.Array):
        return len(node.expressions)
    if not isinstance(node, exp.Anonymous) or node.find(exp.Column) is not None:
        return None
    name, given = node.name.lower(), node.expressions
    if name == "repeat" and len(given) == 2:
        return number(given[1])
    if name == "sequence":
        return _sequence(given)
    return None


MOST_SEQUENCE = 10_000
"""Trino's own bound of sequence(): more elements are an error there."""


def _sequence(given: list[exp.Expr]) -> int:
    start, stop = number(given[0]), number(given[1])
    step = number(given[2]) if len(given) == 3 else 1
    if start is None or stop is None or not step:
        return MOST_SEQUENCE
    return max(0, (stop - start) // step + 1)
