"""CloudWatch metric math: a small, safe evaluator of its expressions.

Written after the User Guide, "Using math expressions with CloudWatch metrics". A time series is a mapping
from the start of a period (epoch seconds) to a value; a period without a value is missing, and so is the
result of every operation that would need it, of a division by zero and of any other undefined result. SEARCH and
anomaly bands are refused by name; Metrics Insights queries are ``_insights``', beside expressions and not in them.
"""

from __future__ import annotations

import ast
import math
import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from threading import Lock
from typing import TypeAlias

Series: TypeAlias = dict[int, float]
Value: TypeAlias = float | Series | list[Series]


class MathError(ValueError):
    """The expression is not one that CloudWatch, or this evaluator, understands."""


@dataclass(frozen=True)
class Frame:
    """What an expression is evaluated over: the series by id, the periods of the range and their length in
    seconds.
    """

    series: Mapping[str, Value]
    stamps: tuple[int, ...]
    period: int


def _divide(a: float, b: float) -> float:
    return a / b if b else math.nan


_BINARY: dict[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: _divide,
    ast.Pow: operator.pow,
}
_COMPARE: dict[type[ast.cmpop], Callable[[float, float], bool]] = {
    ast.Gt: operator.gt,
    ast.Lt: operator.lt,
    ast.GtE: operator.ge,
    ast.LtE: operator.le,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}
_PLAIN: dict[str, Callable[[float], float]] = {
    "ABS": abs,
    "CEIL": math.ceil,
    "FLOOR": math.floor,
    "LOG": math.log,
    "LOG10": math.log10,
}
_REFUSED = ("SEARCH", "ANOMALY_DETECTION_BAND", "INSIGHT_RULE_METRIC", "SELECT", "DB_PERF_INSIGHTS", "LAMBDA")


_one_at_a_time = Lock()
"""Of CPython 3.11 ``ast.parse`` fails now and then where several threads are in it, as SystemError: "AST constructor
recursion depth mismatch". So it is done rarely, and by one thread."""


@lru_cache(maxsize=1024)
def parse(expression: str) -> ast.expr:
    """The syntax tree of ``expression``. Raises MathError when it is not metric math."""
    for name in _REFUSED:
        if re.search(rf"\b{name}\b", expression, re.IGNORECASE):
            raise MathError(f"{name} is not supported in metric math here: {expression}")
    text = expression.replace("&&", " and ").replace("||", " or ").replace("^", "**")
    text = re.sub(r"\bAND\b", "and", re.sub(r"\bOR\b", "or", text))
    try:
        with _one_at_a_time:
            return ast.parse(text.strip(), mode="eval").body
    except SyntaxError as error:
        raise MathError(f"Error in expression: {expression}") from error


def names(expression: str) -> set[str]:
    """The ids of metrics and expressions that ``expression`` uses."""
    tree = parse(expression)
    called = {node.func.id for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)}
    found = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)} - called
    return {name for name in found if name not in ("REPEAT", "LINEAR")}


def evaluate(expression: str, frame: Frame) -> Value:
    """The value of ``expression``: a number, a series, or an array of series. Raises MathError."""
    return _eval(parse(expression), frame)


def _eval(node: ast.expr, frame: Frame) -> Value:  # noqa: PLR0911 - one return for each kind of node
    match node:
        case ast.Constant(value=int() | float() as number) if not isinstance(number, bool):
            return float(number)
        case ast.Name(id=name):
            if name not in frame.series:
                raise MathError(f"The expression uses the id '{name}', which no metric has.")
            return frame.series[name]
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return _zip(operator.mul, _eval(operand, frame), -1.0)
        case ast.BinOp(op=op, left=left, right=right) if type(op) in _BINARY:
            return _zip(_BINARY[type(op)], _eval(left, frame), _eval(right, frame))
        case ast.Compare(ops=[op], left=left, comparators=[right]) if type(op) in _COMPARE:
            return _zip(_COMPARE[type(op)], _eval(left, frame), _eval(right, frame))
        case ast.BoolOp(op=op, values=values):
            join = _both if isinstance(op, ast.And) else _either
            result = _eval(values[0], frame)
            for value in values[1:]:
                result = _zip(join, result, _eval(value, frame))
            return result
        case ast.List(elts=items):
            return [_series(_eval(item, frame)) for item in items]
        case ast.Call(func=ast.Name(id=name), args=args, keywords=[]):
            return _call(name.upper(), args, frame)
    raise MathError(f"Not metric math: {ast.unparse(node)}")


def _both(a: float, b: float) -> float:
    return float(bool(a) and bool(b))


def _either(a: float, b: float) -> float:
    return float(bool(a) or bool(b))


def _number(call: Callable[..., float], *values: float) -> float | None:
    """``call(*values)``; None where it is undefined, not a number or not finite."""
    try:
        result = float(call(*values))
    except (ArithmeticError, ValueError, TypeError):
        return None
    return result if math.isfinite(result) else None


def _zip(call: Callable[[float, float], float], a: Value, b: Value) -> Value:
    """``call`` of two values, period by period; a number stands for itself in every period."""
    if isinstance(a, list) and isinstance(b, list):
        raise MathError("Two arrays of time series cannot be combined.")
    if isinstance(a, list):
        return [_series(_zip(call, one, b)) for one in a]
    if isinstance(b, list):
        return [_series(_zip(call, a, one)) for one in b]
    if isinstance(a, dict) and isinstance(b, dict):
        stamps = set(a.keys() & b.keys())
    elif isinstance(a, dict):
        stamps = set(a)
    elif isinstance(b, dict):
        stamps = set(b)
    else:
        number = _number(call, a, b)
        if number is None:
            raise MathError("The expression has no finite value.")
        return number
    results = {stamp: _number(call, _at(a, stamp), _at(b, stamp)) for stamp in stamps}
    return {stamp: result for stamp, result in results.items() if result is not None}


def _at(value: Value, stamp: int) -> float:
    if isinstance(value, list):
        raise MathError("An array of time series cannot stand here.")
    return value[stamp] if isinstance(value, dict) else value


def _series(value: Value) -> Series:
    if isinstance(value, dict):
        return value
    raise MathError("A time series is needed here.")


def _members(value: Value) -> list[Series]:
    return value if isinstance(value, list) else [_series(value)]


def _call(name: str, args: list[ast.expr], frame: Frame) -> Value:  # noqa: PLR0911 - one for each function
    if name in _PLAIN and len(args) == 1:
        call = _PLAIN[name]
        return _zip(lambda a, _b: call(a), _eval(args[0], frame), 0.0)
    if name in _REDUCE and len(args) == 1:
        return _reduce(_REDUCE[name], _eval(args[0], frame))
    match name, args:
        case "FILL", [series, filling]:
            return _fill(_series(_eval(series, frame)), filling, frame)
        case "IF", [condition, *outcomes] if len(outcomes) in (1, 2):
            values = [_eval(outcome, frame) for outcome in outcomes]
            return _if(_eval(condition, frame), values, frame)
        case "METRICS", []:
            return [value for value in frame.series.values() if isinstance(value, dict)]
        case "PERIOD", [_]:
            return float(frame.period)
        case "TIME_SERIES", [scalar]:
            number = _eval(scalar, frame)
            return dict.fromkeys(frame.stamps, _at(number, 0))
        case ("DIFF" | "RATE") as kind, [series]:
            return _difference(_series(_eval(series, frame)), per_second=kind == "RATE")
        case "RUNNING_SUM", [series]:
            return _running_sum(_series(_eval(series, frame)))
    raise MathError(f"The function {name} with {len(args)} arguments is not supported here.")


def _average(values: list[float]) -> float:
    return sum(values) / len(values)


_REDUCE: dict[str, Callable[[list[float]], float]] = {"AVG": _average, "MAX": max, "MIN": min, "SUM": sum}


def _reduce(call: Callable[[list[float]], float], value: Value) -> Value:
    """Over an array: a series, period by period. Over one series: its value over the whole range."""
    if isinstance(value, list):
        stamps = sorted({stamp for series in value for stamp in series})
        return {stamp: call([series[stamp] for series in value if stamp in series]) for stamp in stamps}
    values = list(_series(value).values())
    return call(values) if values else 0.0


def _fill(series: Series, filling: ast.expr, frame: Frame) -> Series:
    kind = filling.id if isinstance(filling, ast.Name) else ""
    if kind not in ("REPEAT", "LINEAR"):
        default = _eval(filling, frame)
        return {
            stamp: series[stamp] if stamp in series else _at(default, stamp)
            for stamp in frame.stamps
            if stamp in series or not isinstance(default, dict) or stamp in default
        }
    known = sorted(series)
    filled: Series = {}
    for stamp in frame.stamps:
        before = [k for k in known if k <= stamp]
        after = [k for k in known if k >= stamp]
        if before and (kind == "REPEAT" or not after):
            filled[stamp] = series[before[-1]]
        elif before and after:
            low, high = before[-1], after[0]
            share = (stamp - low) / (high - low) if high > low else 0.0
            filled[stamp] = series[low] + share * (series[high] - series[low])
    return filled


def _if(condition: Value, outcomes: list[Value], frame: Frame) -> Series:
    found: Series = {}
    for stamp in condition if isinstance(condition, dict) else frame.stamps:
        index = 0 if _at(condition, stamp) else 1
        if index >= len(outcomes):
            continue
        outcome = outcomes[index]
        if not isinstance(outcome, dict) or stamp in outcome:
            found[stamp] = _at(outcome, stamp)
    return found


def _difference(series: Series, per_second: bool) -> Series:
    stamps = sorted(series)
    return {b: (series[b] - series[a]) / ((b - a) if per_second else 1) for a, b in pairwise(stamps)}


def _running_sum(series: Series) -> Series:
    total, found = 0.0, {}
    for stamp in sorted(series):
        total += series[stamp]
        found[stamp] = total
    return found
