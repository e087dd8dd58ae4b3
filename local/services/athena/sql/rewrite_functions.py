"""Functions in DuckDB's dialect: macros by name, functions with lambdas, patterns of dates, units of time."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sqlglot import exp

from local.services.athena.errors import QueryError, unbuilt
from local.services.athena.sql import formats, rewrite_types
from local.services.athena.sql.dialect import OURS
from local.services.athena.sql.names import Analysis

_UNITS = ("millisecond", "second", "minute", "hour", "day", "week", "month", "quarter", "year")
_DATES = ("day", "week", "month", "quarter", "year")


# Aggregates with another name: no macros, so that FILTER and OVER stay beside them.
_AGGREGATES = {
    "every": "bool_and",
    "bool_or": "bool_or",
    "approx_distinct": "approx_count_distinct",
    "approx_percentile": "quantile_disc",
    "geometric_mean": "geomean",
}
_COUNTS = {"approx_percentile": 2}
# Macros that fail by error(), which DuckDB does not let TRY catch.
_FAILING = ("slice", "split_part")


def function(found: Analysis, node: exp.Func) -> exp.Expr:
    """A function as DuckDB has it."""
    if not isinstance(node, exp.Anonymous):
        make = _TYPED.get(type(node))
        return make(found, node) if make else node
    name = node.name.lower()
    if name in _CALLS:
        return _CALLS[name](found, node)
    if name in _AGGREGATES:
        return _duckdb(_AGGREGATES[name], *node.expressions[: _COUNTS.get(name, 1)])
    if name in _FAILING and node.find_ancestor(exp.Try):
        return _macro(f"try_{name}", *node.expressions)
    return _macro(name, *node.expressions) if name in OURS else node


def _macro(name: str, *arguments: exp.Expr) -> exp.Expr:
    return exp.Anonymous(this=f"athena_{name}", expressions=[a.copy() for a in arguments])


def _duckdb(name: str, *arguments: exp.Expr) -> exp.Expr:
    return exp.Anonymous(this=name, expressions=[a.copy() for a in arguments])


def _arguments(node: exp.Func, *counts: int) -> Sequence[exp.Expr]:
    if len(node.expressions) not in counts:
        raise QueryError("FUNCTION_NOT_FOUND", f"Unexpected parameters for function {node.name.lower()}")
    return node.expressions


# Lambdas


def _lambda(node: exp.Expr, parameters: int) -> exp.Lambda:
    if not isinstance(node, exp.Lambda) or len(node.expressions) != parameters:
        raise QueryError("FUNCTION_NOT_FOUND", f"The function wants a lambda expression with {parameters} parameters")
    return node


def _mapped(items: exp.Expr, body: exp.Lambda) -> exp.Expr:
    return _duckdb("list_transform", items, body)


def _over(value: exp.Expr, test: exp.Expr) -> exp.Expr:
    return _mapped(value, _lambda(test, 1))


def _match(kind: str) -> Callable[[Analysis, exp.Func], exp.Expr]:
    def make(_found: Analysis, node: exp.Func) -> exp.Expr:
        items, test = _arguments(node, 2)
        return _macro(kind, _over(items, test))

    return make


def _transform(_found: Analysis, node: exp.Func) -> exp.Expr:
    items, body = _arguments(node, 2)
    return _over(items, body)


def _filter(_found: Analysis, node: exp.Func) -> exp.Expr:
    items, test = _arguments(node, 2)
    return _duckdb("list_filter", items, _lambda(test, 1))


def _reduce(_found: Analysis, node: exp.Func) -> exp.Expr:
    items, start, step, last = _arguments(node, 4)
    total = _duckdb("list_reduce", items, _lambda(step, 2), start)
    body = _lambda(last, 1)
    if isinstance(body.this, (exp.Identifier, exp.Column)) and body.this.name == body.expressions[0].name:
        return total
    one = exp.Array(expressions=[total])
    return _duckdb("list_extract", _mapped(one, body), exp.Literal.number(1))


def _bound(body: exp.Lambda, values: Sequence[exp.Expr]) -> exp.Expr:
    """The body of a lambda with its parameters replaced."""
    names = {p.name: value for p, value in zip(body.expressions, values, strict=True)}

    def put(node: exp.Expr) -> exp.Expr:
        free = isinstance(node, exp.Column) and not node.table
        loose = isinstance(node, exp.Identifier) and not isinstance(node.parent, (exp.Column, exp.Table, exp.Alias))
        return names[node.name].copy() if (free or loose) and node.name in names else node

    replaced: exp.Expr = body.this.copy().transform(put)
    return replaced


def _pair(first: str | int, second: str | int) -> tuple[exp.Expr, exp.Expr]:
    item = exp.to_identifier("athena_item")

    def part(key: str | int) -> exp.Expr:
        text = exp.Literal.string(key) if isinstance(key, str) else exp.Literal.number(key)
        return exp.Anonymous(this="struct_extract", expressions=[exp.Column(this=item.copy()), text])

    return part(first), part(second)


def _item_lambda(body: exp.Expr) -> exp.Lambda:
    return exp.Lambda(this=body, expressions=[exp.to_identifier("athena_item")])


def _zip_with(_found: Analysis, node: exp.Func) -> exp.Expr:
    left, right, body = _arguments(node, 3)
    return _mapped(_duckdb("list_zip", left, right), _item_lambda(_bound(_lambda(body, 2), _pair(1, 2))))


def _map_filter(_found: Analysis, node: exp.Func) -> exp.Expr:
    entries, test = _arguments(node, 2)
    chosen = _duckdb(
        "list_filter", _duckdb("map_entries", entries), _item_lambda(_bound(_lambda(test, 2), _pair("key", "value")))
    )
    return _duckdb("map_from_entries", chosen)


def _transform_map(part: str) -> Callable[[Analysis, exp.Func], exp.Expr]:
    def make(_found: Analysis, node: exp.Func) -> exp.Expr:
        entries, body = _arguments(node, 2)
        key, value = _pair("key", "value")
        new = _bound(_lambda(body, 2), (key, value))
        row = _duckdb("row", *((new, value) if part == "keys" else (key, new)))
        return _duckdb("map_from_entries", _mapped(_duckdb("map_entries", entries), _item_lambda(row)))

    return make


def _array_sort(_found: Analysis, node: exp.Func) -> exp.Expr:
    if len(node.expressions) != 1:
        raise unbuilt("array_sort with a comparison of one's own")
    return _macro("array_sort", *node.expressions)


# Dates


def _unit(node: exp.Expr) -> str:
    unit = node.name.lower() if isinstance(node, exp.Literal) and node.is_string else ""
    if unit not in _UNITS:
        raise QueryError("INVALID_FUNCTION_ARGUMENT", f"'{unit}' is not a valid TIMESTAMP field")
    return unit


def _is(found: Analysis, node: exp.Expr, *kinds: exp.DType) -> bool:
    known = found.type_of(node)
    return known is not None and known.is_type(*kinds)


def _date_add(found: Analysis, node: exp.Func) -> exp.Expr:
    unit, number, moment = _arguments(node, 3)
    word = _unit(unit)
    step = exp.Anonymous(
        this="to_days" if word == "day" else f"to_{word}s", expressions=[exp.cast(number.copy(), "bigint")]
    )
    made = exp.Add(this=exp.Paren(this=moment.copy()), expression=step)
    if _is(found, moment, exp.DType.DATE) and word in _DATES:
        return exp.cast(made, "date")
    return exp.Paren(this=made)


def _date_diff(_found: Analysis, node: exp.Func) -> exp.Expr:
    unit, first, second = _arguments(node, 3)
    return _macro("date_diff", exp.Literal.string(_unit(unit)), first, second)


def _date_trunc(found: Analysis, node: exp.Func) -> exp.Expr:
    unit, moment = _arguments(node, 2)
    made = _duckdb("date_trunc", exp.Literal.string(_unit(unit)), moment)
    return exp.cast(made, "date") if _is(found, moment, exp.DType.DATE) else made


def _pattern(translate: Callable[[str], str]) -> Callable[[Analysis, exp.Func], exp.Expr]:
    def make(_found: Analysis, node: exp.Func) -> exp.Expr:
        value, pattern = _arguments(node, 2)
        if not isinstance(pattern, exp.Literal):
            raise unbuilt("A pattern of dates that is no literal")
        return _macro(node.name.lower(), value, exp.Literal.string(translate(pattern.this)))

    return make


def _extract(_found: Analysis, node: exp.Extract) -> exp.Expr:
    names = {"dow": "day_of_week", "doy": "day_of_year", "yow": "year_of_week", "day_of_month": "day"}
    field = node.name.lower()
    field = names.get(field, field)
    if field not in OURS:
        raise QueryError("SYNTAX_ERROR", f"Invalid EXTRACT field: {node.name}")
    return _macro(field, node.expression)


# Others


def _cardinality(found: Analysis, node: exp.Func) -> exp.Expr:
    (value,) = _arguments(node, 1)
    return _macro("map_cardinality" if _is(found, value, exp.DType.MAP) else "cardinality", value)


def _reverse(found: Analysis, node: exp.Func) -> exp.Expr:
    (value,) = _arguments(node, 1)
    return _macro("reverse_list" if _is(found, value, exp.DType.ARRAY) else "reverse", value)


def _extreme(_found: Analysis, node: exp.Func) -> exp.Expr:
    first: exp.Expr = node.expressions[0]
    for value in node.expressions[1:]:
        first = _macro(node.name.lower(), first, value)
    return first


def _sequence(found: Analysis, node: exp.Func) -> exp.Expr:
    arguments = list(_arguments(node, 2, 3))
    dates = _is(found, arguments[0], exp.DType.DATE)
    if dates and len(arguments) == 2:
        arguments.append(exp.Interval(this=exp.Literal.string("1"), unit=exp.var("DAY")))
    if not dates and len(arguments) == 2:
        arguments.append(exp.Literal.number(1))
    spaced = "sequence" if _is(found, arguments[0], *exp.DataType.INTEGER_TYPES) else "sequence_of_moments"
    made = _macro(spaced, *arguments)
    return exp.cast(made, exp.DataType.build("DATE[]", dialect="duckdb")) if dates else made


def _typeof(found: Analysis, node: exp.Func) -> exp.Expr:
    (value,) = _arguments(node, 1)
    known = found.type_of(value)
    if known is None:
        return _duckdb("lower", _duckdb("typeof", value))
    return exp.Literal.string(rewrite_types.shown(known, value))


def _format(_found: Analysis, node: exp.Func) -> exp.Expr:
    pattern, *values = node.expressions
    if not isinstance(pattern, exp.Literal):
        raise unbuilt("format with a pattern that is no literal")
    pieces = formats.printf(pattern.this)
    if sum(conversion for conversion, _ in pieces) != len(values):
        raise QueryError("INVALID_FUNCTION_ARGUMENT", f"Invalid format string: {pattern.this}")
    shown, rest = [], iter(values)
    for conversion, piece in pieces:
        text: exp.Expr = exp.Literal.string(piece)
        if conversion:
            kind = "text" if piece.endswith("s") else "double" if piece[-1] in "fe" else "bigint"
            text = _duckdb("printf", text, exp.cast(next(rest).copy(), kind))
        shown.append(text)
    return _duckdb("concat", *shown)


def _concat(_found: Analysis, node: exp.Concat) -> exp.Expr:
    """concat() of Trino is || for texts and lists: NULL if one is NULL."""
    made = node.expressions[0].copy()
    for value in node.expressions[1:]:
        made = exp.DPipe(this=made, expression=value.copy(), safe=True)
    return exp.Paren(this=made)


def _struct(_found: Analysis, node: exp.Struct) -> exp.Expr:
    if any(isinstance(field, exp.PropertyEQ) for field in node.expressions):
        return node
    names = _target_names(node) or [f"field{n}" for n in range(len(node.expressions))]
    if len(names) != len(node.expressions):
        raise QueryError("TYPE_MISMATCH", f"Cannot cast a row of {len(node.expressions)} fields to {len(names)} fields")
    fields = [
        exp.PropertyEQ(this=exp.to_identifier(name), expression=value.copy())
        for name, value in zip(names, node.expressions, strict=True)
    ]
    return exp.Struct(expressions=fields)


def _target_names(node: exp.Expr) -> list[str]:
    """The names of the row that CAST makes of this one, which has none of its own."""
    depth, above = 0, node.parent
    while isinstance(above, (exp.Array, exp.Paren)):
        depth += isinstance(above, exp.Array)
        above = above.parent
    kind = above.args["to"] if isinstance(above, exp.Cast) else None
    for _ in range(depth):
        kind = kind.expressions[0] if kind is not None and kind.is_type(exp.DType.ARRAY) else None
    if kind is None or not kind.is_type(exp.DType.STRUCT):
        return []
    return [field.name for field in kind.expressions]


def _zoned(_found: Analysis, node: exp.Func) -> exp.Expr:
    moment, zone = _arguments(node, 2)
    return _macro("at_timezone", moment, zone)


_CALLS: dict[str, Callable[[Analysis, exp.Func], exp.Expr]] = {
    **{name: _match(name) for name in ("any_match", "all_match", "none_match")},
    "transform": _transform,
    "filter": _filter,
    "reduce": _reduce,
    "zip_with": _zip_with,
    "map_filter": _map_filter,
    "transform_values": _transform_map("values"),
    "transform_keys": _transform_map("keys"),
    "array_sort": _array_sort,
    "date_add": _date_add,
    "date_diff": _date_diff,
    "date_trunc": _date_trunc,
    "sequence": _sequence,
    **{name: _pattern(formats.mysql_to_duckdb) for name in ("date_format", "date_parse")},
    **{name: _pattern(formats.java_to_duckdb) for name in ("format_datetime", "parse_datetime")},
    "cardinality": _cardinality,
    "reverse": _reverse,
    "greatest": _extreme,
    "least": _extreme,
    "typeof": _typeof,
    "format": _format,
    "at_timezone": _zoned,
}
_TYPED: dict[type, Callable[[Analysis, exp.Func], exp.Expr]] = {
    exp.Extract: _extract,  # type: ignore[dict-item]
    exp.Concat: _concat,  # type: ignore[dict-item]
    exp.Struct: _struct,  # type: ignore[dict-item]
    exp.Cast: rewrite_types.cast,
    exp.TryCast: rewrite_types.cast,
}
