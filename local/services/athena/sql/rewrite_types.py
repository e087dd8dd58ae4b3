"""Operators and casts in DuckDB's dialect, where the types decide what they mean."""

from __future__ import annotations

import re

from sqlglot import exp
from sqlglot.expressions.builders import apply_index_offset

from local.services.athena.sql.dialect import Athena
from local.services.athena.sql.names import Analysis

_TEXTS = (exp.DType.VARCHAR, exp.DType.CHAR, exp.DType.TEXT)
_WHOLE = (exp.DType.TINYINT, exp.DType.SMALLINT, exp.DType.INT, exp.DType.BIGINT)
_FLOATS = (exp.DType.DOUBLE, exp.DType.FLOAT)
_MOMENTS = (exp.DType.TIMESTAMP, exp.DType.TIMESTAMPNTZ)
_ZONED = (exp.DType.TIMESTAMPTZ, exp.DType.TIMESTAMPLTZ)
_DIGITS = {exp.DType.TINYINT: 3, exp.DType.SMALLINT: 5, exp.DType.INT: 10, exp.DType.BIGINT: 19}
_ZONE = re.compile(r"\d\s+[A-Z][\w/+:-]*$|\d[+-]\d\d:\d\d$|Z$")


def shown(kind: exp.DataType, node: exp.Expr | None = None) -> str:
    """A type as Trino names it; a text's length where it is a literal's."""
    if isinstance(node, exp.Literal) and node.is_string:
        return f"varchar({len(node.this)})"
    return re.sub(r"(\(\d+), (\d+\))", r"\1,\2", kind.sql("trino").lower())


def operator(found: Analysis, node: exp.Expr) -> exp.Expr:
    """An operator as DuckDB has it."""
    if isinstance(node, exp.Div):
        return _division(found, node)
    if isinstance(node, (exp.Add, exp.Sub)) and _date_and_interval(found, node):
        return exp.cast(node.copy(), "date")
    if isinstance(node, exp.Bracket):
        return _subscript(found, node)
    if isinstance(node, exp.AtTimeZone):
        zone = node.args["zone"]
        return exp.Anonymous(this="athena_at_timezone", expressions=[node.this.copy(), zone.copy()])
    return node


def _kind(found: Analysis, node: exp.Expr) -> exp.DataType | None:
    return found.type_of(node.unnest() if isinstance(node, exp.Paren) else node)


def _division(found: Analysis, node: exp.Div) -> exp.Expr:
    left, right = _kind(found, node.left), _kind(found, node.right)
    if left is None or right is None:
        return node
    if left.is_type(*_FLOATS) or right.is_type(*_FLOATS):
        return exp.Anonymous(this="athena_fdiv", expressions=[node.left.copy(), node.right.copy()])
    one, two = _decimal(left), _decimal(right)
    if one is None or two is None or (left.is_type(*_WHOLE) and right.is_type(*_WHOLE)):
        return node
    digits = min(38, one[0] + two[1] + max(0, two[1] - one[1]))
    scale = max(one[1], two[1])
    exact = exp.Div(this=exp.cast(node.left.copy(), "double"), expression=node.right.copy())
    rounded = exp.Anonymous(this="round", expressions=[exact, exp.Literal.number(scale)])
    return exp.cast(rounded, exp.DataType.build(f"decimal({max(digits, scale)}, {scale})"))


def _decimal(kind: exp.DataType) -> tuple[int, int] | None:
    """Precision and scale of a number that is exact."""
    for whole, digits in _DIGITS.items():
        if kind.is_type(whole):
            return digits, 0
    if not kind.is_type(exp.DType.DECIMAL):
        return None
    given = [int(parameter.name) for parameter in kind.expressions]
    return (given[0], given[1]) if len(given) == 2 else None


def _date_and_interval(found: Analysis, node: exp.Binary) -> bool:
    left, right = _kind(found, node.left), node.right
    return (
        left is not None
        and left.is_type(exp.DType.DATE)
        and isinstance(right, exp.Interval)
        and str(right.args.get("unit") or "").upper() in ("DAY", "MONTH", "YEAR", "WEEK")
    )


def _subscript(found: Analysis, node: exp.Bracket) -> exp.Expr:
    if len(node.expressions) != 1:
        return node
    known = _kind(found, node.this)
    if known is None or not known.is_type(exp.DType.ARRAY, exp.DType.MAP) or node.find_ancestor(exp.Try):
        return node  # TRY does not catch the errors of macros
    # sqlglot counts from 0 inside the tree where it knows the index to be a number.
    (index,) = apply_index_offset(node.this, [node.expressions[0].copy()], 1, dialect=Athena)
    name = "athena_item" if known.is_type(exp.DType.ARRAY) else "athena_entry"
    return exp.Anonymous(this=name, expressions=[node.this.copy(), index])


def cast(found: Analysis, node: exp.Func) -> exp.Expr:
    """CAST and TRY_CAST: what DuckDB would round or accept and Trino does not."""
    target: exp.DataType = node.args["to"]
    source = _kind(found, node.this)
    if target.is_type(*_MOMENTS, *_ZONED):
        return _moment(node, target)
    if isinstance(node.this, exp.Literal) and node.this.is_string and not target.is_type(*_WHOLE, *_TEXTS):
        return node
    if target.is_type(*_WHOLE) and source is not None:
        return _whole(node, target, source)
    if target.is_type(*_TEXTS):
        return _text(node, target, source)
    return node


def _moment(node: exp.Func, target: exp.DataType) -> exp.Expr:
    text = node.this.this if isinstance(node.this, exp.Literal) and node.this.is_string else ""
    zoned = target.is_type(*_ZONED) or bool(_ZONE.search(text))
    value = node.this.copy()
    if zoned and re.search(r"\d [A-Z]", text):
        moment, _, zone = text.rpartition(" ")
        stamp = exp.cast(exp.Literal.string(moment), "timestamp")
        return exp.Anonymous(this="timezone", expressions=[exp.Literal.string(zone), stamp])
    return type(node)(this=value, to=exp.DataType.build("timestamptz" if zoned else "timestamp"))


def _whole(node: exp.Func, target: exp.DataType, source: exp.DataType) -> exp.Expr:
    value = node.this.copy()
    if source.is_type(*_TEXTS):
        lenient = isinstance(node, exp.TryCast) or node.find_ancestor(exp.Try)
        digits = "athena_try_digits" if lenient else "athena_digits"
        more = [] if lenient else [exp.Literal.string(shown(target).upper())]
        value = exp.Anonymous(this=digits, expressions=[value, *more])
    elif source.is_type(*_FLOATS):
        value = exp.Anonymous(this="round", expressions=[value])
    return type(node)(this=value, to=target.copy())


def _text(node: exp.Func, target: exp.DataType, source: exp.DataType | None) -> exp.Expr:
    value = node.this.copy()
    if source is not None and source.is_type(*_MOMENTS) and not source.expressions:
        return exp.Anonymous(this="strftime", expressions=[value, exp.Literal.string("%Y-%m-%d %H:%M:%S.%g")])
    made: exp.Expr = type(node)(this=value, to=exp.DataType.build("text"))
    if target.expressions:
        made = exp.Anonymous(this="left", expressions=[made, exp.Literal.number(target.expressions[0].name)])
    return made
