"""What Trino does not compare, add or hand to a function, said before Athena says it a second later.

Only where both types are known for sure; where one is not, nothing is said and Athena decides.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp

from questions.guard import kinds, problems
from questions.guard.kinds import Kinds, family, shown
from questions.guard.problems import wrong
from questions.guard.text import Text

_SIGNS: dict[type[exp.Expr], str] = {
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
_ARITHMETIC = (exp.Add, exp.Sub, exp.Mul, exp.Div, exp.Mod)
_KNOWN = frozenset({"number", "text", "date", "boolean"})
_COMPARED = _KNOWN | {"array", "map", "row"}
# What the first arguments of a function must be.
_WANTED: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("sum", "avg", "stddev", "variance", "abs", "sqrt", "round", "floor", "ceil"), ("number",)),
    **dict.fromkeys(("lower", "upper", "length", "trim", "strpos", "split", "split_part", "date_parse"), ("text",)),
    **dict.fromkeys(("substr", "substring", "regexp_like", "regexp_replace", "starts_with", "replace"), ("text",)),
    **dict.fromkeys(("year", "month", "day", "week", "quarter", "day_of_week", "dow", "day_of_year"), ("date",)),
    **dict.fromkeys(("date_format", "format_datetime"), ("date", "text")),
    "date_trunc": ("text", "date"),
    "date_diff": ("text", "date", "date"),
    "date_add": ("text", "number", "date"),
}
_UNITS = ("millisecond", "second", "minute", "hour", "day", "week", "month", "quarter", "year")


def check(text: Text, tree: exp.Query, known: Kinds) -> None:
    """Raises Wrong for the first operator or function whose operands do not fit."""
    for node in tree.walk():
        if type(node) in _SIGNS:
            _operator(text, node, known)
        elif isinstance(node, exp.Between):
            _alike(text, node, "BETWEEN", [node.this, node.args["low"], node.args["high"]], known)
        elif isinstance(node, exp.In) and node.expressions:
            _alike(text, node, "IN value and list items", [node.this, *node.expressions], known)
        elif isinstance(node, exp.In) and node.args.get("query"):
            _alike(text, node, "IN value and subquery", [node.this, node.args["query"]], known)
        elif isinstance(node, exp.Case | exp.If):
            _alike(text, node, "All CASE results", kinds.branches(node), known)
        elif isinstance(node, exp.Like) and known.family(node.this) in _KNOWN - {"text"}:
            message = f"Left side of LIKE expression must evaluate to a varchar (actual: {shown(known.of(node.this))})"
            raise wrong(problems.TYPE_MISMATCH, message, text.of(node))
        elif isinstance(node, exp.Where | exp.Having) and known.family(node.this) in _KNOWN - {"boolean"}:
            clause = type(node).__name__.upper()
            message = f"{clause} clause must evaluate to a boolean: actual type {shown(known.of(node.this))}"
            raise wrong(problems.TYPE_MISMATCH, message, text.of(node.this))
        elif isinstance(node, exp.DPipe):
            _concatenated(text, node, [node.left, node.right], known)
        elif isinstance(node, exp.Anonymous):
            _function(text, node, known)


def _operator(text: Text, node: exp.Expr, known: Kinds) -> None:
    left, right = known.of(node.args["this"]), known.of(node.args["expression"])
    one, two = family(left), family(right)
    if one not in _COMPARED or two not in _COMPARED:
        return
    fits = one == two
    if isinstance(node, _ARITHMETIC):
        fits = fits and (one == "number" or (one == "date" and isinstance(node, exp.Sub)))
    if not fits:
        message = f"Cannot apply operator: {shown(left)} {_SIGNS[type(node)]} {shown(right)}{_hint(one, two, node)}"
        raise wrong(problems.TYPE_MISMATCH, message, text.of(node))


def _hint(one: str, two: str, node: exp.Expr) -> str:
    pair = {one, two}
    if isinstance(node, _ARITHMETIC):
        if pair == {"date", "number"}:
            return "; write x - INTERVAL '7' DAY, or date_add('day', -7, x)"
        return "; write a || b for texts" if pair == {"text"} else ""
    if pair == {"date", "text"}:
        return "; write DATE '2024-01-31' or TIMESTAMP '2024-01-31 00:00:00', or CAST the text"
    return "; CAST one side, or write the value as the other side's type" if pair == {"number", "text"} else ""


def _alike(text: Text, node: exp.Expr, what: str, parts: Sequence[exp.Expr], known: Kinds) -> None:
    found = [(part, kind) for part in parts if (kind := known.of(part)) is not None and family(kind) in _KNOWN]
    for part, kind in found[1:]:
        if family(kind) != family(found[0][1]):
            hint = _hint(family(found[0][1]), family(kind), node)
            message = f"{what} must be the same type or coercible to a common type: {shown(found[0][1])}, {shown(kind)}"
            raise wrong(problems.TYPE_MISMATCH, message + hint, text.of(part) or text.of(node))


def _concatenated(text: Text, node: exp.Expr, parts: Sequence[exp.Expr], known: Kinds) -> None:
    sides = [known.of(part) for part in parts]
    if any(family(kind) in _KNOWN - {"text"} for kind in sides) and all(
        family(kind) in (*_KNOWN, "") for kind in sides
    ):
        types = ", ".join(shown(kind) for kind in sides)
        message = f"Unexpected parameters ({types}) for function concat: CAST(x AS varchar) makes a text"
        raise wrong(problems.FUNCTION_NOT_FOUND, message, text.of(node))


def _function(text: Text, node: exp.Anonymous, known: Kinds) -> None:
    name = node.name.lower()
    if name == "coalesce":
        _alike(text, node, "All COALESCE operands", node.expressions, known)
    elif name == "concat":
        _concatenated(text, node, node.expressions, known)
    wanted = _WANTED.get(name, ())
    given = [known.of(kinds.bare(part)) for part in node.expressions]
    for kind, want in zip(given, wanted, strict=False):
        if family(kind) in _KNOWN and family(kind) != want:
            types = ", ".join(shown(each) for each in given)
            hint = {"date": ": CAST the text to date or timestamp", "number": ": CAST(x AS double)"}.get(want, "")
            hint = hint if family(kind) == "text" else ": CAST(x AS varchar)" if want == "text" else ""
            message = f"Unexpected parameters ({types}) for function {name}{hint}"
            raise wrong(problems.FUNCTION_NOT_FOUND, message, text.of(node))
    first = node.expressions[0] if name in ("date_diff", "date_add", "date_trunc") else None
    if isinstance(first, exp.Literal) and first.name.lower() not in _UNITS:
        message = f"'{first.name[:20]}' is not a valid unit: write {', '.join(_UNITS)}"
        raise wrong(problems.INVALID_FUNCTION_ARGUMENT, message, text.of(node))
