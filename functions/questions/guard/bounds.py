"""What a statement may cost, as far as its text shows: joins have conditions, ranges are short, partitions are chosen.

The workgroup's scan limit bounds the bytes that are read, not what is made of them: a product of two tables reads each
of them once.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import prod
from typing import Final

from sqlglot import exp

from questions.guard import problems, rows
from questions.guard.problems import wrong
from questions.guard.scopes import Found, Relation, Scope, conjuncts, disjuncts
from questions.guard.text import Text
from questions.model import MOST_ROWS

MOST_RANGE: Final = 10_000
"""Elements of a range that is written out; Trino's sequence() has the same bound."""
MOST_LIST: Final = 1_000
"""Values of an IN list, an ARRAY or a VALUES."""
MOST_CROSSED: Final = 1_000
"""By how many rows without a condition a table may be multiplied: a mean beside every row, a list of days."""

_RELATING = (exp.EQ, exp.NullSafeEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.Between, exp.In, exp.Like, exp.Anonymous)

_SIDED = (exp.EQ, exp.NullSafeEQ, exp.GT, exp.GTE, exp.LT, exp.LTE)


def check(text: Text, tree: exp.Query, found: Found) -> None:
    """Raises Wrong for the first part whose cost is not bounded."""
    for node in tree.walk():
        _list(text, node)
        if isinstance(node, exp.Limit | exp.Fetch | exp.Offset):
            _counted(text, node)
    crossed = 1
    for scope in found.scopes:
        crossed = _joined(text, scope, found, crossed)
    for scope in found.scopes:
        _partitions(text, scope, found)


def limited(tree: exp.Query) -> exp.Query:
    """The tree with a LIMIT of at most MOST_ROWS; the tree itself is changed."""
    most = rows.limit(tree)
    if most is None or most > MOST_ROWS:
        tree.set("limit", exp.Limit(expression=exp.Literal.number(MOST_ROWS)))
    return tree


def _list(text: Text, node: exp.Expr) -> None:
    if isinstance(node, exp.In | exp.Values | exp.Array | exp.Tuple) and len(node.expressions) > MOST_LIST:
        message = f"A list has {len(node.expressions):,} values; at most {MOST_LIST:,} are allowed."
        raise wrong(problems.LIST_TOO_LONG, message, text.of(node))
    if not isinstance(node, exp.Anonymous):
        return
    name, given = node.name.lower(), node.expressions
    size = rows.length(node) if name in ("sequence", "repeat") else None
    if name in ("lpad", "rpad") and len(given) > 1:
        size = rows.number(given[1])
    if (size or 0) > MOST_RANGE or (name in ("repeat", "lpad", "rpad") and size is None):
        said = f"{size:,} elements" if size else "as many elements as a row says"
        message = f"{name} makes {said}; at most {MOST_RANGE:,} are allowed, written as a number."
        raise wrong(problems.RANGE_TOO_LONG, message, text.of(node))


def _counted(text: Text, node: exp.Expr) -> None:
    count = node.args.get("count") if isinstance(node, exp.Fetch) else node.expression
    everything = isinstance(count, exp.Var) and count.name.upper() == "ALL"
    if count is not None and not everything and (rows.number(count) is None or isinstance(count, exp.Neg)):
        name = type(node).__name__.upper()
        raise wrong(problems.SYNTAX_ERROR, f"{name} takes a whole number.", text.of(node) or text.of(node.parent))


def _joined(text: Text, scope: Scope, found: Found, crossed: int) -> int:
    """Every relation of a SELECT is tied to the others by a condition, or has few rows.

    ``crossed``: by how many the SELECTs before multiply tables, since one may read what another gives. Returned with
    this one's. SELECTs beside each other count too: a bound for all is one that no nesting passes.
    """
    if len(scope.relations) < 2:
        return crossed
    groups = {id(relation): {id(relation)} for relation in scope.relations}
    for tied in _ties(scope, found):
        merged = set().union(*(groups[id(relation)] for relation in tied))
        for member in merged:
            groups[member] = merged
    bounds: list[tuple[Relation, int | None]] = []
    for members in {id(group): group for group in groups.values()}.values():
        inside = [relation for relation in scope.relations if id(relation) in members]
        counts = [relation.output.most for relation in inside]
        known = [count for count in counts if count is not None]
        bounds.append((inside[0], prod(known) if len(known) == len(counts) else None))
    unbound = [relation for relation, bound in bounds if bound is None]
    few = prod(bound for _, bound in bounds if bound is not None)
    crossed *= few if unbound else 1
    if len(unbound) > 1 or (max(few, crossed) > MOST_CROSSED and len(bounds) > 1):
        late = unbound[1] if len(unbound) > 1 else bounds[-1][0]
        message = (
            f"'{late.name or 'a subquery'}' is joined without a condition that ties it to the others: every row would "
            "meet every row. Write JOIN ... ON a.x = b.x."
        )
        raise wrong(problems.JOIN_WITHOUT_CONDITION, message, text.of(late.node))
    return crossed


def _ties(scope: Scope, found: Found) -> Iterator[list[Relation]]:
    """Relations that a condition, USING, or their own making ties together."""
    for relation in scope.relations:
        for needed in relation.needs:
            yield [relation, needed]
    conditions = list(conjuncts(scope.select.args.get("where")))
    seen = 1
    for join in scope.select.args.get("joins") or ():
        seen += 1
        conditions += conjuncts(join.args.get("on"))
        for name in join.args.get("using") or ():
            having = [each for each in scope.relations[:seen] if each.fields(name.name.lower())]
            if len(having) > 1:
                yield having
    for condition in conditions:
        ties = [_tied(part, scope, found) for part in disjuncts(condition)]
        common = [each for each in scope.relations if all(any(each is one for one in tie) for tie in ties)]
        if len(common) > 1:
            yield common


def _tied(condition: exp.Expr, scope: Scope, found: Found) -> list[Relation]:
    """The relations that one condition compares with each other."""
    parts = list(conjuncts(condition))
    if len(parts) > 1:
        return max((_tied(part, scope, found) for part in parts), key=len)
    if not isinstance(condition, _RELATING) or condition.find(exp.Query):
        return []
    related = found.relations(condition, scope)
    if isinstance(condition, _SIDED) and not _apart(condition, scope, found):
        return []
    return related if len(related) > 1 else []


def _apart(condition: exp.Expr, scope: Scope, found: Found) -> bool:
    """Whether a comparison has one relation's columns here and another's there, each once.

    What stands on both sides, or twice on one (``a.id - a.id``), may be true of every pair.
    """
    left, right = (found.relations(side, scope) for side in (condition.this, condition.expression))
    if not left or not right or any(one is other for one in left for other in right):
        return False
    for side in (condition.this, condition.expression):
        columns = [(id(named.relation), named.field.name) for named in found.named(side)]
        if len(set(columns)) < len(columns):
            return False
    return True


def _partitions(text: Text, scope: Scope, found: Found) -> None:
    """A table with partitions is read with a condition on one of them, in the SELECT that names the table.

    A condition that admits every partition counts: whoever wants all of them says so (``day IS NOT NULL``).
    """
    for relation in scope.relations:
        keys = [column.name for column in relation.table.columns if column.partition] if relation.table else []
        if not keys or any(_chosen(condition, relation, found) for condition in _filters(scope, relation)):
            continue
        if any(key.lower() in scope.merged for key in keys):
            continue
        front = f"{relation.name}." if len(scope.relations) > 1 else ""
        message = (
            f"'{relation.name}' is divided by {', '.join(keys)} and would be read whole. Add a condition on {front}"
            f"{keys[0]} to WHERE; {front}{keys[0]} IS NOT NULL where everything is meant."
        )
        raise wrong(problems.PARTITION_FILTER_MISSING, message, text.of(relation.node), tuple(keys[:3]))


def _filters(scope: Scope, relation: Relation) -> Iterator[exp.Expr]:
    """The conditions on what is read of a relation: those of an outer join do not bind the side that it keeps."""
    yield from conjuncts(scope.select.args.get("where"))
    for join in scope.select.args.get("joins") or ():
        side = str(join.args.get("side") or "").upper()
        joined = relation.node is join.this or relation.node is join.this.this
        if not side or (side == "LEFT" and joined) or (side == "RIGHT" and not joined):
            yield from conjuncts(join.args.get("on"))


def _chosen(condition: exp.Expr, relation: Relation, found: Found) -> bool:
    """Whether every branch of a condition speaks of a partition of the table."""

    def speaks(part: exp.Expr) -> bool:
        inner = list(conjuncts(part))
        if len(inner) > 1:
            return any(speaks(each) for each in inner)
        return any(
            named.relation is relation and named.field.column is not None and named.field.column.partition
            for named in found.named(part)
        )

    return all(speaks(part) for part in disjuncts(condition))
