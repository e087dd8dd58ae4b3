"""The type of an expression, as far as it can be told; None where it cannot, and then nothing is said about it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING

from sqlglot import exp
from sqlglot.errors import SqlglotError

from questions.guard import functions
from questions.guard.text import Queries

if TYPE_CHECKING:
    from questions.guard.scopes import Named, Output

Kind = exp.DataType | None

_T = exp.DType
INTEGERS = (_T.TINYINT, _T.SMALLINT, _T.INT, _T.BIGINT)
DECIMALS = (_T.DECIMAL,)
FLOATS = (_T.FLOAT, _T.DOUBLE)
TEXTS = (_T.VARCHAR, _T.CHAR, _T.TEXT)
DATES = (_T.DATE, _T.TIMESTAMP, _T.TIMESTAMPTZ)
_FAMILIES = {
    **dict.fromkeys((*INTEGERS, *DECIMALS, *FLOATS), "number"),
    **dict.fromkeys(TEXTS, "text"),
    **dict.fromkeys(DATES, "date"),
    _T.BOOLEAN: "boolean",
    _T.INTERVAL: "interval",
    _T.ARRAY: "array",
    _T.MAP: "map",
    _T.STRUCT: "row",
}
_TRUTHS = (
    *(exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.NullSafeEQ, exp.NullSafeNEQ, exp.Is, exp.Like, exp.In),
    *(exp.Between, exp.And, exp.Or, exp.Not, exp.Exists, exp.Boolean, exp.Escape),
)
_SAME = (exp.Paren, exp.Neg, exp.Alias, exp.Window, exp.Filter, exp.IgnoreNulls, exp.RespectNulls, exp.WithinGroup)
_MADE = {
    exp.CurrentDate: "date",
    exp.CurrentTimestamp: "timestamp with time zone",
    exp.AtTimeZone: "timestamp with time zone",
    exp.Localtimestamp: "timestamp",
    exp.Extract: "bigint",
    exp.StrPosition: "bigint",
    exp.Trim: "varchar",
    exp.Substring: "varchar",
    exp.GroupConcat: "varchar",
    exp.Normalize: "varchar",
}
_NAMED = {"texts": "array(varchar)", "zoned": "timestamp with time zone"}
_LARGEST_INTEGER = 2_147_483_647


@lru_cache(maxsize=2_000)
def read(written: str) -> Kind:
    """A type as Athena or Glue writes it: ``decimal(10,2)``, ``array(varchar)``, ``struct<a:int>``."""
    try:
        return exp.DataType.build(written, dialect="hive" if "<" in written else Queries)
    except (SqlglotError, ValueError, TypeError, AttributeError):
        return None  # a type of Glue that no SQL writes, "uniontype" for one


def family(kind: Kind) -> str:
    """What Trino turns into one another by itself: number, text, date (timestamps too), ...; empty where unknown."""
    return _FAMILIES.get(kind.this, "") if kind is not None else ""


def shown(kind: Kind) -> str:
    """A type as Athena writes it."""
    return kind.sql(Queries).lower() if kind is not None else "unknown"


class Kinds:
    """Types of expressions over names that are known; each is looked at once."""

    def __init__(self, columns: Mapping[int, Named], queries: Mapping[int, Output]) -> None:
        self._columns, self._queries = columns, queries
        self._known: dict[int, Kind] = {}

    def of(self, node: exp.Expr | None) -> Kind:
        """The type of an expression."""
        if node is None:
            return None
        if id(node) not in self._known:
            self._known[id(node)] = self._of(node)
        return self._known[id(node)]

    def family(self, node: exp.Expr | None) -> str:
        return family(self.of(node))

    def _of(self, node: exp.Expr) -> Kind:
        found: Kind = None
        if isinstance(node, exp.Column):
            named = self._columns.get(id(node))
            found = named.kind if named else None
        elif isinstance(node, exp.Literal):
            found = _literal(node)
        elif isinstance(node, exp.Cast):  # TryCast too
            found = node.to
        elif isinstance(node, _TRUTHS):
            found = read("boolean")
        elif isinstance(node, _SAME):
            found = self.of(node.this)
        elif type(node) in _MADE:
            found = read(_MADE[type(node)])
        elif isinstance(node, exp.Anonymous):
            found = self._function(node)
        else:
            found = self._compound(node)
        return found

    def _compound(self, node: exp.Expr) -> Kind:
        found: Kind = None
        if isinstance(node, exp.Add | exp.Sub | exp.Mul | exp.Div | exp.Mod):
            found = self._arithmetic(node)
        elif isinstance(node, exp.DPipe):
            found = self.of(node.left)
        elif isinstance(node, exp.Case | exp.If):
            found = next((kind for branch in branches(node) if (kind := self.of(branch)) is not None), None)
        elif isinstance(node, exp.Interval):
            found = read("interval day to second")
        elif isinstance(node, exp.Bracket):
            found = element(self.of(node.this))
        elif isinstance(node, exp.Dot):
            found = field(self.of(node.this), node.expression.name)
        elif isinstance(node, exp.Subquery | exp.Select | exp.SetOperation):
            output = self._queries.get(id(node.unnest()))
            found = output.fields[0].kind if output and len(output.fields) == 1 else None
        return found

    def _arithmetic(self, node: exp.Binary) -> Kind:
        left, right = self.of(node.left), self.of(node.right)
        if left is None or right is None:
            return None
        families = (family(left), family(right))
        if families == ("number", "number"):
            for kinds in ((_T.DOUBLE,), (_T.FLOAT,), DECIMALS):
                for side in (left, right):
                    if side.this in kinds:
                        return side
            return read("bigint")
        if families == ("date", "interval"):
            return left
        if families == ("interval", "date"):
            return right
        return read("interval day to second") if families == ("date", "date") else None

    def _function(self, node: exp.Anonymous) -> Kind:
        rule = functions.ALLOWED.get(node.name.lower(), ("", 0, None))[0]
        given = [part for part in node.expressions if not isinstance(part, exp.Lambda)]
        first = self.of(bare(given[0])) if given else None
        if rule == "first":
            return first
        if rule == "last":
            return self.of(given[-1]) if given else None
        if rule == "element":
            return element(first)
        if rule in ("sum", "average"):
            whole = "bigint" if rule == "sum" else "double"
            return read(whole) if first is not None and first.this in INTEGERS else first
        return read(_NAMED.get(rule, rule)) if rule else None


def bare(node: exp.Expr) -> exp.Expr:
    """An argument without its DISTINCT and ORDER BY."""
    if isinstance(node, exp.Order):
        node = node.this
    return node.expressions[0] if isinstance(node, exp.Distinct) and node.expressions else node


def _literal(node: exp.Literal) -> Kind:
    if node.is_string:
        return read("varchar")
    if "e" in node.name.lower():
        return read("double")
    if "." in node.name:
        return read("decimal")
    return read("integer" if node.name.isdecimal() and int(node.name) <= _LARGEST_INTEGER else "bigint")


def element(kind: Kind) -> Kind:
    """The type of an array's elements, or of a map's values."""
    if kind is None or kind.this not in (_T.ARRAY, _T.MAP) or not kind.expressions:
        return None
    last = kind.expressions[-1]
    return last if isinstance(last, exp.DataType) else None


def field(kind: Kind, name: str) -> Kind:
    """The type of a row's field; None where the row has none of that name."""
    for part in kind.expressions if kind is not None and kind.this == _T.STRUCT else ():
        if isinstance(part, exp.ColumnDef) and part.name.lower() == name.lower():
            return part.kind
    return None


def branches(node: exp.Case | exp.If) -> list[exp.Expr]:
    """What a CASE or an IF may give."""
    if isinstance(node, exp.If):
        found = [node.args["true"], node.args.get("false")]
    else:
        found = [*(branch.args["true"] for branch in node.args["ifs"]), node.args.get("default")]
    return [part for part in found if part is not None]
