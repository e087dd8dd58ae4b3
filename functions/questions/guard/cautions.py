"""Valid SQL whose answer may be wrong: said with the answer, never a reason to refuse. Only what the tree shows."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from sqlglot import exp

from questions.guard import kinds
from questions.guard.rows import aggregate, limit, number, over
from questions.guard.scopes import Found, Named, Relation, Scope, conjuncts, within
from questions.guard.text import write
from questions.model import MOST_ROWS, Warned

NUMBER_AS_TEXT: Final = "NUMBER_AS_TEXT"
DATE_AS_TEXT: Final = "DATE_AS_TEXT"
INTEGER_DIVISION: Final = "INTEGER_DIVISION"
AVERAGE_OF_AVERAGES: Final = "AVERAGE_OF_AVERAGES"
NOT_IN_NULLABLE: Final = "NOT_IN_NULLABLE"
NULL_COMPARED: Final = "NULL_COMPARED"
EMPTY_RANGE: Final = "EMPTY_RANGE"
OUTER_JOIN_UNDONE: Final = "OUTER_JOIN_UNDONE"
ROWS_MULTIPLIED: Final = "ROWS_MULTIPLIED"
FORMAT_OF_OTHERS: Final = "FORMAT_OF_OTHERS"
LAST_VALUE_SO_FAR: Final = "LAST_VALUE_SO_FAR"
LIMIT_LOWERED: Final = "LIMIT_LOWERED"

_ORDERING = (exp.GT, exp.GTE, exp.LT, exp.LTE)
_COMPARING = (exp.EQ, exp.NEQ, *_ORDERING)
_NUMBER = re.compile(r"[-+]?\d+(\.\d+)?")
_DATE = re.compile(r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}|\d{8}")
_ISO = re.compile(r"\d{4}-\d{2}(-\d{2}([ T].*)?)?")
_SUMMED = ("sum", "avg", "count", "count_if")
_MYSQL_FORMATS, _JAVA_FORMATS = ("date_format", "date_parse"), ("format_datetime", "parse_datetime")


def of(tree: exp.Query, found: Found) -> tuple[Warned, ...]:
    """The warnings of a statement that may run, each code once."""
    warned: dict[str, Warned] = {}
    for code, message in _all(tree, found):
        warned.setdefault(code, Warned(code, message))
    return tuple(warned.values())


def _all(tree: exp.Query, found: Found) -> Iterator[tuple[str, str]]:
    asked = limit(tree)
    if asked is not None and asked > MOST_ROWS:
        yield LIMIT_LOWERED, f"LIMIT {asked:,} was lowered to {MOST_ROWS:,}: the answer may have fewer rows than asked."
    for node in tree.walk():
        yield from _compared(node, found)
        yield from _formats(node)
        if isinstance(node, exp.Div) and all(_whole(side, found) for side in (node.left, node.right)):
            yield INTEGER_DIVISION, f"{_short(node)} divides whole numbers: the rest is cut off, 7 / 2 is 3."
        elif isinstance(node, exp.Not) and isinstance(node.this, exp.In):
            yield from _not_in(node.this, found)
        elif isinstance(node, exp.Anonymous) and node.name.lower() == "avg":
            yield from _averaged(node, found)
        elif isinstance(node, exp.Window):
            yield from _last_value(node)
    for scope in found.scopes:
        yield from _undone(scope, found)
        yield from _multiplied(scope, found)


def _short(node: exp.Expr) -> str:
    written = write(node)
    return written if len(written) <= 60 else f"{written[:57]}..."


def _whole(node: exp.Expr, found: Found) -> bool:
    kind = found.kinds.of(node)
    return kind is not None and kind.this in kinds.INTEGERS


def _compared(node: exp.Expr, found: Found) -> Iterator[tuple[str, str]]:
    if isinstance(node, exp.Between):
        low, high = node.args["low"], node.args["high"]
        if _reversed(low, high):
            yield EMPTY_RANGE, f"{_short(node)} is never true: the lower bound comes first."
        yield from _ordered(node, node.this, [low, high], found)
    elif isinstance(node, _COMPARING):
        if isinstance(node.left, exp.Null) or isinstance(node.right, exp.Null):
            yield NULL_COMPARED, f"{_short(node)} is never true: write IS NULL or IS NOT NULL."
        if isinstance(node, _ORDERING):
            yield from _ordered(node, node.left, [node.right], found)
            yield from _ordered(node, node.right, [node.left], found)
    elif isinstance(node, exp.Ordered) or (isinstance(node, exp.Anonymous) and node.name.lower() in ("min", "max")):
        by = node.this if isinstance(node, exp.Ordered) else kinds.bare(node.expressions[0])
        if _number_as_text(by, found):
            yield NUMBER_AS_TEXT, f"{_short(node)} orders numbers as text: '10' comes before '9'."


def _reversed(low: exp.Expr, high: exp.Expr) -> bool:
    one, two = number(low), number(high)
    if one is not None and two is not None:
        return one > two
    texts = [side.this if isinstance(side, exp.Cast) else side for side in (low, high)]
    plain = [side.name for side in texts if isinstance(side, exp.Literal) and side.is_string]
    return len(plain) == 2 and all(_ISO.fullmatch(text) for text in plain) and plain[0] > plain[1]


def _ordered(node: exp.Expr, side: exp.Expr, others: list[exp.Expr], found: Found) -> Iterator[tuple[str, str]]:
    """A text that stands for a number or a date, and is ordered by its letters."""
    if found.kinds.family(side) != "text":
        return
    literals = [other.name for other in others if isinstance(other, exp.Literal) and other.is_string]
    named = found.columns.get(id(side))
    samples = named.field.column.samples if named and named.whole and named.field.column else ()
    if _number_as_text(side, found) or (named and any(_NUMBER.fullmatch(text) for text in literals)):
        # 20240131 against '20240101', 07 against '10': as long as each other, digits are in order as text too.
        alike = samples and all(
            sample.isdigit() and len(sample) == len(text) for sample in samples for text in literals
        )
        if not alike:
            message = f"{_short(node)} compares numbers as text: '10' is less than '9'. CAST the text to a number."
            yield NUMBER_AS_TEXT, message
    for text in literals if named else ():
        if _DATE.match(text) and not _sortable(text, samples):
            message = f"{_short(node)} compares dates as text: right only where both are written year, month, day."
            yield DATE_AS_TEXT, message
    if _date_as_text(side):
        yield DATE_AS_TEXT, f"{_short(node)} compares a date that was made a text: compare the date itself."


def _sortable(text: str, samples: tuple[str, ...]) -> bool:
    """Whether text order is the order of time: both sides are written alike, the year first, with all its digits."""
    if not (_ISO.fullmatch(text) or re.fullmatch(r"\d{8}", text)):
        return False
    shape = re.sub(r"\d", "9", text)
    return all(re.sub(r"\d", "9", sample)[: len(shape)] == shape[: len(sample)] for sample in samples if sample)


def _number_as_text(node: exp.Expr, found: Found) -> bool:
    return isinstance(node, exp.Cast) and kinds.family(node.to) == "text" and found.kinds.family(node.this) == "number"


def _date_as_text(node: exp.Expr) -> bool:
    """A date written in a form whose order is another: %d/%m/%Y."""
    if not (isinstance(node, exp.Anonymous) and node.name.lower() in ("date_format", "format_datetime")):
        return False
    written = node.expressions[1]
    first = written.name.lstrip("%").lower()[:1] if isinstance(written, exp.Literal) else "y"
    return first != "y"


def _formats(node: exp.Expr) -> Iterator[tuple[str, str]]:
    name = node.name.lower() if isinstance(node, exp.Anonymous) else ""
    if name not in (*_MYSQL_FORMATS, *_JAVA_FORMATS):
        return
    pattern = node.expressions[1]
    if not isinstance(pattern, exp.Literal) or not pattern.is_string:
        return
    if name in _MYSQL_FORMATS and "%" not in pattern.name:
        yield (
            FORMAT_OF_OTHERS,
            f"{name} writes years as %Y and days as %d: '{pattern.name[:40]}' is taken as it stands.",
        )
    if name in _JAVA_FORMATS and "%" in pattern.name:
        yield FORMAT_OF_OTHERS, f"{name} writes years as yyyy and days as dd: '{pattern.name[:40]}' has % signs."


def _not_in(node: exp.In, found: Found) -> Iterator[tuple[str, str]]:
    query = node.args.get("query")
    if query is None:
        if any(isinstance(value, exp.Null) for value in node.expressions):
            yield NOT_IN_NULLABLE, "NOT IN with a NULL in its list is never true."
        return
    select = query.unnest() if isinstance(query, exp.Subquery) else query
    if not isinstance(select, exp.Select) or len(select.expressions) != 1:
        return
    item = select.expressions[0].unalias()
    wanted = found.columns.get(id(item))
    filtered = wanted is not None and any(
        _keeps_nulls_out(condition, wanted, found) for condition in conjuncts(select.args.get("where"))
    )
    if not filtered and (wanted is not None or isinstance(item, exp.Null)):
        yield NOT_IN_NULLABLE, "NOT IN is never true where its subquery gives a NULL: add WHERE ... IS NOT NULL there."


def _keeps_nulls_out(condition: exp.Expr, wanted: Named, found: Found) -> bool:
    if isinstance(condition, exp.Not) and isinstance(condition.this, exp.Is):
        side: exp.Expr = condition.this.this
    elif isinstance(condition, (*_COMPARING, exp.Like, exp.In, exp.Between)):
        side = condition.this
    else:
        return False
    named = found.columns.get(id(side))
    return named is not None and named.field is wanted.field and named.relation is wanted.relation


def _averaged(node: exp.Anonymous, found: Found) -> Iterator[tuple[str, str]]:
    for named in found.named(node):
        made = named.field.node
        if made is not None and any(
            isinstance(each, exp.Anonymous) and each.name.lower() == "avg" for each in within(made)
        ):
            yield (
                AVERAGE_OF_AVERAGES,
                f"{_short(node)} averages averages: groups of few rows weigh as much as large ones.",
            )


def _last_value(node: exp.Window) -> Iterator[tuple[str, str]]:
    name = node.this.name.lower() if isinstance(node.this, exp.Anonymous) else ""
    if name in ("last_value", "nth_value") and node.args.get("order") and not node.args.get("spec"):
        frame = "ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING"
        yield LAST_VALUE_SO_FAR, f"{name} sees rows up to the current one only: add {frame}."


def _undone(scope: Scope, found: Found) -> Iterator[tuple[str, str]]:
    """A condition in WHERE on the side that an outer join filled with nulls."""
    for condition in conjuncts(scope.select.args.get("where")):
        if not isinstance(condition, (*_COMPARING, exp.Like, exp.In, exp.Between)) or condition.find(exp.Anonymous):
            continue
        for relation in found.relations(condition, scope):
            if relation.optional:
                yield (
                    OUTER_JOIN_UNDONE,
                    f"{_short(condition)} leaves out the rows for which '{relation.name}' has nothing: put it into ON.",
                )


def _multiplied(scope: Scope, found: Found) -> Iterator[tuple[str, str]]:
    """Sums over a table whose rows a join or an UNNEST repeats, as far as that can be seen."""
    if len(scope.relations) < 2:
        return
    summed: dict[int, Relation] = {}
    for part in (*scope.select.expressions, scope.select.args.get("having")):
        for node in within(part) if part is not None else ():
            if not _adds(node):
                continue
            read = found.relations(node, scope)
            if len(read) == 1:  # a price times a quantity is of both tables, and means each pair of rows
                summed[id(read[0])] = read[0]
    for relation in summed.values():
        others = [each for each in scope.relations if each is not relation]
        repeats = [each for each in others if each.unnest and any(needed is relation for needed in each.needs)]
        also = [each for each in others if id(each) in summed and not _once(each, relation, scope, found)]
        if repeats or also:
            other = (repeats or also)[0].name or "an array"
            repeated = f"Rows of '{relation.name}' are repeated by '{other}' before they are added up"
            yield ROWS_MULTIPLIED, f"{repeated}: add up first, then join."


def _adds(node: exp.Expr) -> bool:
    """An aggregate, over a window too, that repeated rows change."""
    if not isinstance(node, exp.Anonymous) or node.name.lower() not in _SUMMED:
        return False
    distinct = bool(node.expressions) and isinstance(node.expressions[0], exp.Distinct)
    return not distinct and (aggregate(node) or over(node))


def _once(other: Relation, relation: Relation, scope: Scope, found: Found) -> bool:
    """Whether at most one row of ``other`` meets a row of ``relation``: it is joined by all that it is grouped by."""
    if other.output.most == 1:
        return True
    if not other.output.keys:
        return False
    joined = {name for name in scope.merged if other.fields(name)}
    conditions = list(conjuncts(scope.select.args.get("where")))
    for join in scope.select.args.get("joins") or ():
        conditions += conjuncts(join.args.get("on"))
    for condition in conditions:
        sides = (
            [found.columns.get(id(side)) for side in (condition.left, condition.right)]
            if isinstance(condition, exp.EQ)
            else []
        )
        if all(sides) and {id(side.relation) for side in sides if side} == {id(other), id(relation)}:
            joined |= {side.field.name for side in sides if side and side.relation is other}
    return other.output.keys <= joined
