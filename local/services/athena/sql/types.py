"""What Trino does not compare, add or hand to a function, although DuckDB would turn one into the other."""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp

from local.services.athena.errors import Place, QueryError
from local.services.athena.sql import grammar, rewrite_types
from local.services.athena.sql.names import Analysis

_NUMBERS = ("tinyint", "smallint", "integer", "bigint", "decimal", "real", "double")
_SIGNS = {
    exp.EQ: "=",
    exp.NEQ: "<>",
    exp.GT: ">",
    exp.GTE: ">=",
    exp.LT: "<",
    exp.LTE: "<=",
    exp.Add: "+",
    exp.Sub: "-",
    exp.Mul: "*",
    exp.Div: "/",
    exp.Mod: "%",
    exp.NullSafeEQ: "IS NOT DISTINCT FROM",
    exp.NullSafeNEQ: "IS DISTINCT FROM",
}
_COMPARISONS = (exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.NullSafeEQ, exp.NullSafeNEQ)
_ARITHMETIC = (exp.Add, exp.Sub, exp.Mul, exp.Div, exp.Mod)
# What the arguments of a function must be, one letter each: n number, i whole number, t text, d date or timestamp,
# b varbinary, a array, m map, * anything. The last letter holds for the arguments after it.
_WANTED = {
    **dict.fromkeys(["sum", "avg", "stddev", "variance", "geometric_mean", "abs", "sqrt", "ceil", "floor", "ln"], "n"),
    **dict.fromkeys(["round", "truncate", "power", "exp", "log10", "log2", "sign", "mod", "is_nan"], "n"),
    **dict.fromkeys(["lower", "upper", "trim", "ltrim", "rtrim", "regexp_like", "regexp_replace", "strpos"], "t"),
    **dict.fromkeys(["starts_with", "replace", "date_parse", "url_extract_host", "from_iso8601_date"], "t"),
    **dict.fromkeys(["substr", "substring"], "ti"),
    **dict.fromkeys(["lpad", "rpad"], "tit"),
    **dict.fromkeys(["split", "split_part"], "tti"),
    **dict.fromkeys(
        ["year", "month", "quarter", "week", "day_of_week", "dow", "day_of_year", "last_day_of_month"], "d"
    ),
    **dict.fromkeys(["date_format", "format_datetime"], "dt"),
    **dict.fromkeys(["date_add"], "tid"),
    **dict.fromkeys(["date_diff"], "td"),
    **dict.fromkeys(["date_trunc"], "td"),
    **dict.fromkeys(["md5", "sha1", "sha256", "to_hex", "from_utf8", "to_base64"], "b"),
    **dict.fromkeys(["array_distinct", "array_sort", "array_max", "array_min", "flatten", "slice"], "a*"),
    **dict.fromkeys(["map_keys", "map_values", "map_entries"], "m"),
}
_LETTERS = {
    "n": (*_NUMBERS, "interval"),
    "i": ("tinyint", "smallint", "integer", "bigint"),
    "t": ("varchar", "char", "json"),
    "d": ("date", "timestamp", "time", "interval"),
    "b": ("varbinary",),
    "a": ("array",),
    "m": ("map",),
}


def check(found: Analysis) -> None:
    """Raises QueryError for the first operator or function whose operands do not fit."""
    for node in found.tree.walk():
        if isinstance(node, (*_COMPARISONS, *_ARITHMETIC)):
            _operator(found, node)
        elif isinstance(node, exp.Between):
            _between(found, node)
        elif isinstance(node, exp.In) and node.expressions:
            _same(found, "IN value and list items", [node.this, *node.expressions])
        elif isinstance(node, exp.Case):
            _case(found, node)
        elif isinstance(node, exp.Coalesce):
            _same(found, "All COALESCE operands", [node.this, *node.expressions])
        elif isinstance(node, exp.Like):
            _like(found, node)
        elif isinstance(node, (exp.Where, exp.Having)):
            _condition(found, node)
        elif isinstance(node, exp.Func):
            _function(found, node)
        elif isinstance(node, exp.DPipe):
            _concatenation(found, node)


def _kind(found: Analysis, node: exp.Expr) -> exp.DataType | None:
    node = node.unnest() if isinstance(node, exp.Paren) else node
    if isinstance(node, (exp.Null, exp.All, exp.Any)):
        return None
    return found.type_of(node)


def family(kind: exp.DataType) -> str:
    """The types that Trino turns into one another by itself: number, text, date..."""
    base = _base(kind)
    if base in _NUMBERS:
        return "number"
    return {"char": "varchar", "timestamp": "date", "timestamp with time zone": "date"}.get(base, base)


def _base(kind: exp.DataType) -> str:
    text = rewrite_types.shown(kind)
    if text.startswith("timestamp"):
        return "timestamp with time zone" if "zone" in text else "timestamp"
    return text.split("(")[0].split(" ")[0]


def _shown(found: Analysis, node: exp.Expr) -> str:
    kind = _kind(found, node)
    inner = node.unnest() if isinstance(node, exp.Paren) else node
    return rewrite_types.shown(kind, inner) if kind is not None else "unknown"


def _operator(found: Analysis, node: exp.Binary) -> None:
    left, right = _kind(found, node.left), _kind(found, node.right)
    if left is None or right is None or "unknown" in (_base(left), _base(right)):
        return
    one, two = family(left), family(right)
    fits = one == two and not (isinstance(node, _ARITHMETIC) and one in ("varchar", "boolean"))
    if isinstance(node, _ARITHMETIC) and "interval" in (one, two):
        fits = {one, two} <= {"interval", "date", "time", "number"}
    elif isinstance(node, _ARITHMETIC) and one == two == "date":
        fits = isinstance(node, exp.Sub)
    if not fits:
        sides = f"{_shown(found, node.left)} {_SIGNS[type(node)]} {_shown(found, node.right)}"
        raise QueryError("TYPE_MISMATCH", f"Cannot apply operator: {sides}", _sign(found, node))


def _sign(found: Analysis, node: exp.Binary) -> Place | None:
    """Where the sign of an operator stands: Trino names its place."""
    sign = _SIGNS[type(node)].split(" ")[0]
    ends = [n.meta["end"] for n in node.left.walk() if "end" in n.meta]
    signs = (sign, "!=") if sign == "<>" else (sign,)
    for token in found.statement.tokens:
        written = found.statement.text[token.start : token.end + 1]
        if ends and token.start > max(ends) and written in signs:
            return found.statement.place(token.start)
    return grammar.where(found.statement, node)


def _between(found: Analysis, node: exp.Between) -> None:
    parts = [node.this, node.args["low"], node.args["high"]]
    kinds = [_kind(found, part) for part in parts]
    known = [kind for kind in kinds if kind is not None]
    if len(known) == 3 and len({family(kind) for kind in known}) > 1:
        value, low, high = (_shown(found, part) for part in parts)
        raise QueryError(
            "TYPE_MISMATCH",
            f"Cannot check if {value} is BETWEEN {low} and {high}",
            grammar.where(found.statement, node),
        )


def _same(found: Analysis, what: str, parts: list[exp.Expr]) -> None:
    known = [(part, kind) for part in parts if (kind := _kind(found, part)) is not None]
    for part, kind in known[1:]:
        if family(kind) != family(known[0][1]):
            one, two = _shown(found, known[0][0]), _shown(found, part)
            every = ", ".join(dict.fromkeys(_shown(found, p) for p, _ in known))
            raise QueryError(
                "TYPE_MISMATCH",
                f"{what} must be the same type or coercible to a common type. Cannot find common type between {one} "
                f"and {two}, all types (without duplicates): [{every}]",
                grammar.where(found.statement, part),
            )


def _case(found: Analysis, node: exp.Case) -> None:
    results = [branch.args["true"] for branch in node.args["ifs"]]
    default = node.args.get("default")
    _same(found, "All CASE results", [*results, *([default] if default is not None else [])])
    if node.this is not None:
        _same(found, "CASE operand", [node.this, *(branch.this for branch in node.args["ifs"])])


def _like(found: Analysis, node: exp.Like) -> None:
    kind = _kind(found, node.this)
    if kind is not None and family(kind) != "varchar":
        raise QueryError(
            "TYPE_MISMATCH",
            f"Left side of LIKE expression must evaluate to a varchar (actual: {_shown(found, node.this)})",
            grammar.where(found.statement, node),
        )


def _condition(found: Analysis, node: exp.Expr) -> None:
    clause = type(node).__name__.upper()
    kind = _kind(found, node.this)
    if kind is not None and family(kind) not in ("boolean", "unknown"):
        raise QueryError(
            "TYPE_MISMATCH",
            f"{clause} clause must evaluate to a boolean: actual type {_shown(found, node.this)}",
            grammar.where(found.statement, node.this),
        )


def _concatenation(found: Analysis, node: exp.DPipe) -> None:
    known = [(part, kind) for part in (node.left, node.right) if (kind := _kind(found, part)) is not None]
    bad = [part for part, kind in known if family(kind) not in ("varchar", "array", "varbinary", "unknown")]
    if bad and not any(family(kind) == "array" for _, kind in known):
        types = ", ".join(_shown(found, part) for part in (node.left, node.right))
        place = grammar.where(found.statement, node)
        raise QueryError("FUNCTION_NOT_FOUND", f"Unexpected parameters ({types}) for function concat", place)


def _function(found: Analysis, node: exp.Func) -> None:
    name = _name(found, node)
    wanted = _WANTED.get(name)
    if wanted is None:
        return
    arguments = list(_arguments(node))
    for number, argument in enumerate(arguments):
        letter = wanted[min(number, len(wanted) - 1)]
        kind = _kind(found, argument)
        if letter != "*" and kind is not None and _base(kind).split(" ")[0] not in (*_LETTERS[letter], "unknown"):
            types = ", ".join(_shown(found, part) for part in arguments)
            place = grammar.where(found.statement, node)
            raise QueryError("FUNCTION_NOT_FOUND", f"Unexpected parameters ({types}) for function {name}", place)


def _name(found: Analysis, node: exp.Func) -> str:
    """The name as it was written: sqlglot has one class for several."""
    if isinstance(node, exp.Anonymous):
        return node.name.lower()
    if "start" in node.meta:
        return found.statement.text[node.meta["start"] : node.meta["end"] + 1].lower()
    return ""


def _arguments(node: exp.Func) -> Iterator[exp.Expr]:
    for value in node.args.values():
        for part in value if isinstance(value, list) else [value]:
            if isinstance(part, exp.Expr) and not isinstance(part, (exp.Var, exp.DataType)):
                yield part.this if isinstance(part, exp.Distinct) and part.this else part
