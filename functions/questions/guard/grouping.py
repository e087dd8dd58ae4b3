"""Rules over whole queries: what is grouped, what may stand in WHERE, what DISTINCT and ORDER BY go together with."""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp

from questions.guard import functions, problems
from questions.guard.problems import Wrong, wrong
from questions.guard.rows import aggregate, number, over
from questions.guard.scopes import Found, Scope, within
from questions.guard.text import Text

_Key = tuple[object, ...]


def check(text: Text, found: Found) -> None:
    """Raises Wrong for the first SELECT that breaks one of the rules."""
    for scope in found.scopes:
        select = scope.select
        for clause in ("where", "group"):
            _scalar(text, clause.upper().replace("GROUP", "GROUP BY"), select.args.get(clause))
        for join in select.args.get("joins") or ():
            _scalar(text, "JOIN", join.args.get("on"))
        for part in (*select.expressions, select.args.get("having"), select.args.get("order")):
            _nested(text, part)
        _windows(text, select)
        _grouped(text, scope, found)
        _distinct(text, scope, found)


def _scalar(text: Text, clause: str, part: exp.Expr | None) -> None:
    for node in within(part) if part is not None else ():
        if aggregate(node) or isinstance(node, exp.Window):
            hint = "; conditions on aggregates stand in HAVING" if clause == "WHERE" else ""
            message = f"{clause} clause cannot contain aggregations, window functions or grouping operations{hint}"
            raise wrong(problems.EXPRESSION_NOT_SCALAR, message, text.of(node))


def _nested(text: Text, part: exp.Expr | None) -> None:
    for node in within(part) if part is not None else ():
        if aggregate(node) and any(aggregate(inner) for child in node.iter_expressions() for inner in within(child)):
            message = "Cannot nest aggregations inside aggregation: aggregate in a subquery, and its rows outside"
            raise wrong(problems.NESTED_AGGREGATION, message, text.of(node))


def _windows(text: Text, select: exp.Select) -> None:
    """row_number() and its like have an OVER; HAVING has no windows."""
    for call in select.find_all(exp.Anonymous):
        if call.name.lower() in functions.WINDOWS_ONLY and not over(call):
            message = f"Window function {call.name.lower()} needs OVER (...)"
            raise wrong(problems.MISSING_OVER, message, text.of(call))
    having = select.args.get("having")
    for node in within(having) if having is not None else ():
        if isinstance(node, exp.Window):
            raise wrong(problems.NESTED_WINDOW, "HAVING clause cannot contain window functions", text.of(node))


def _grouped(text: Text, scope: Scope, found: Found) -> None:
    select = scope.select
    group, having, order = (select.args.get(name) for name in ("group", "having", "order"))
    outputs = [*select.expressions, *([having.this] if having is not None else [])]
    aggregated = any(aggregate(node) for output in outputs for node in within(output))
    if group is None and having is None and not aggregated:
        return
    keys = set(_keys(text, scope, found)) if group is not None else set()
    names = {item.alias_or_name.lower() for item in select.expressions if item.alias_or_name}
    for output in outputs:
        if output.is_star and isinstance(output, exp.Star | exp.Column):
            message = "* cannot be used with GROUP BY or aggregates: name the columns"
            raise wrong(problems.EXPRESSION_NOT_AGGREGATE, message, text.of(output) or text.of(select))
        _covered(text, output.unalias(), keys, scope, found)
    for item in order.expressions if order is not None else ():
        if not (isinstance(item.this, exp.Column) and item.this.name.lower() in names):
            _covered(text, item.this, keys, scope, found)


def _keys(text: Text, scope: Scope, found: Found) -> Iterator[_Key]:
    group = scope.select.args["group"]
    lists = [group, *(each for name in ("rollup", "cube", "grouping_sets") for each in group.args.get(name) or ())]
    for key in (key for each in lists for key in each.expressions):
        for part in _flat(key):
            place = number(part)
            if place is None:
                yield same(part, found)
                continue
            if not 0 < place <= len(scope.select.expressions):
                message = f"GROUP BY position {place} is not in select list"
                raise wrong(problems.INVALID_COLUMN_REFERENCE, message, text.of(part) or text.of(scope.select))
            yield same(scope.select.expressions[place - 1].unalias(), found)


def _flat(key: exp.Expr) -> Iterator[exp.Expr]:
    if isinstance(key, exp.Tuple | exp.Rollup | exp.Cube | exp.GroupingSets):
        for part in key.expressions:
            yield from _flat(part)
    else:
        yield key.this if isinstance(key, exp.Paren) else key


def _covered(text: Text, node: exp.Expr, keys: set[_Key], scope: Scope, found: Found) -> None:
    """Every column is a key, or within an aggregate. Queries inside are looked at by themselves."""
    if aggregate(node) or isinstance(node, exp.Query) or same(node, found) in keys:
        return
    if isinstance(node, exp.Column):
        named = found.columns.get(id(node))
        if named and any(named.relation is each for each in scope.relations):
            raise _missing(text, node)
        return
    if isinstance(node, exp.Filter) and aggregate(node.this):
        return
    for child in node.iter_expressions():
        if not isinstance(child, exp.Identifier):
            _covered(text, child, keys, scope, found)


def _missing(text: Text, node: exp.Column) -> Wrong:
    written = ".".join(part.name for part in node.parts)
    message = f"'{written}' must be an aggregate expression or appear in GROUP BY clause"
    return wrong(problems.EXPRESSION_NOT_AGGREGATE, message, text.of(node))


def same(node: exp.Expr, found: Found) -> _Key:
    """A key that is equal for expressions that mean the same: columns by what they are, not by how they are written."""
    if isinstance(node, exp.Paren):
        return same(node.this, found)
    named = found.columns.get(id(node)) if isinstance(node, exp.Column) else None
    if named is not None and named.whole:
        return ("column", id(named.relation), id(named.field))
    children: list[object] = []
    for name, value in sorted(node.args.items()):
        for part in value if isinstance(value, list) else [value]:
            if isinstance(part, exp.Expr):
                children.append((name, same(part, found)))
            elif part not in (None, False):
                children.append((name, part.lower() if isinstance(node, exp.Anonymous | exp.Identifier) else part))
    return (type(node).__name__, *children)


def _distinct(text: Text, scope: Scope, found: Found) -> None:
    """What SELECT DISTINCT is ordered by stands in its list."""
    select = scope.select
    order = select.args.get("order")
    if not select.args.get("distinct") or order is None or scope.stars:
        return
    names = {item.alias_or_name.lower() for item in select.expressions}
    known = {same(item.unalias(), found) for item in select.expressions}
    for item in order.expressions:
        by = item.this
        alias = isinstance(by, exp.Column) and by.name.lower() in names and id(by) not in found.columns
        if number(by) is None and not alias and same(by, found) not in known:
            message = "For SELECT DISTINCT, ORDER BY expressions must appear in select list"
            raise wrong(problems.EXPRESSION_NOT_IN_DISTINCT, message, text.of(by))
