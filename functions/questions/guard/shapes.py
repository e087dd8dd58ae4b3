"""What kinds of nodes may be in a tree at all, and with which parts: everything else is refused, known or not."""

from __future__ import annotations

from typing import Final

from sqlglot import exp
from sqlglot.errors import ParseError, SqlglotError

from questions.guard import functions, problems
from questions.guard.problems import Wrong, nearest, wrong
from questions.guard.text import Queries, Text

_BINARY = frozenset({"this", "expression"})
_ONE = frozenset({"this"})
_LIST = frozenset({"expressions"})
_QUERY = frozenset({"with_", "order", "limit", "offset"})

#: Node -> the parts that it may have.
_NODES: Final[dict[type[exp.Expr], frozenset[str]]] = {
    exp.Select: _QUERY | {"expressions", "from_", "joins", "where", "group", "having", "distinct", "windows"},
    **dict.fromkeys((exp.Union, exp.Except, exp.Intersect), _QUERY | _BINARY | {"distinct"}),
    exp.Subquery: _QUERY | {"this", "alias"},
    exp.With: _LIST,
    exp.CTE: frozenset({"this", "alias"}),
    exp.Values: frozenset({"expressions", "alias"}),
    **dict.fromkeys((exp.Tuple, exp.Array, exp.Rollup, exp.Cube, exp.GroupingSets, exp.Distinct), _LIST),
    **dict.fromkeys((exp.From, exp.Where, exp.Having, exp.Paren, exp.Neg, exp.Not, exp.Exists, exp.Any, exp.All), _ONE),
    exp.Join: frozenset({"this", "on", "using", "kind", "side", "expressions"}),
    exp.Group: frozenset({"expressions", "rollup", "cube", "grouping_sets"}),
    exp.Order: frozenset({"this", "expressions"}),
    exp.Ordered: frozenset({"this", "desc", "nulls_first"}),
    exp.Limit: frozenset({"expression"}),
    exp.Offset: frozenset({"expression"}),
    exp.Fetch: frozenset({"direction", "count", "limit_options"}),
    exp.LimitOptions: frozenset({"rows"}),
    exp.Window: frozenset({"this", "partition_by", "order", "spec", "alias", "over", "first"}),
    exp.WindowSpec: frozenset({"kind", "start", "start_side", "end", "end_side"}),
    exp.TableAlias: frozenset({"this", "columns"}),
    exp.Alias: frozenset({"this", "alias"}),
    exp.Table: frozenset({"this", "db", "catalog", "alias"}),
    exp.Unnest: frozenset({"expressions", "alias", "offset"}),
    exp.Lateral: frozenset({"this", "alias"}),
    exp.Column: frozenset({"this", "table", "db", "catalog"}),
    exp.Identifier: frozenset({"this", "quoted"}),
    exp.Star: frozenset(),
    exp.Literal: frozenset({"this", "is_string"}),
    **dict.fromkeys((exp.Boolean, exp.Var, exp.HexString), _ONE),
    exp.UnicodeString: frozenset({"this", "escape"}),
    exp.Null: frozenset(),
    exp.Dot: _BINARY,
    exp.Bracket: frozenset({"this", "expressions", "offset", "safe"}),
    exp.Lambda: frozenset({"this", "expressions"}),
    exp.DataType: frozenset({"this", "expressions", "nested"}),
    exp.DataTypeParam: _ONE,
    exp.ColumnDef: frozenset({"this", "kind"}),
    exp.Interval: frozenset({"this", "unit"}),
    exp.IntervalSpan: _BINARY,
    exp.Filter: _BINARY,
    exp.WithinGroup: _BINARY,
    **dict.fromkeys((exp.IgnoreNulls, exp.RespectNulls), _ONE),
    exp.In: frozenset({"this", "expressions", "query"}),
    exp.Between: frozenset({"this", "low", "high"}),
    exp.Escape: _BINARY,
    **dict.fromkeys((exp.And, exp.Or, exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.Is), _BINARY),
    exp.Like: _BINARY | {"negate"},
    **dict.fromkeys((exp.Add, exp.Sub, exp.Mul, exp.Div, exp.Mod, exp.NullSafeEQ, exp.NullSafeNEQ), _BINARY),
    exp.DPipe: _BINARY | {"safe"},
    # Functions with words of the grammar in them.
    exp.Anonymous: frozenset({"this", "expressions"}),
    **dict.fromkeys((exp.Cast, exp.TryCast), frozenset({"this", "to", "safe", "requires_string"})),
    exp.Case: frozenset({"this", "ifs", "default"}),
    exp.If: frozenset({"this", "true", "false"}),
    exp.Extract: _BINARY,
    exp.Trim: _BINARY | {"position"},
    exp.StrPosition: frozenset({"this", "substr"}),
    exp.Substring: frozenset({"this", "start", "length"}),
    exp.Normalize: frozenset({"this", "form"}),
    exp.GroupConcat: frozenset({"this", "separator", "on_overflow"}),
    exp.ParseJSON: _ONE,
    exp.AtTimeZone: frozenset({"this", "zone"}),
    **dict.fromkeys((exp.CurrentDate, exp.CurrentTimestamp, exp.CurrentTime), _ONE),
    **dict.fromkeys((exp.Localtime, exp.Localtimestamp), _ONE),
}
# Of divisions and casts sqlglot notes how its own dialect means them.
_NOTES = frozenset({"typed", "safe"})
_WRITING = (exp.DML, exp.Create, exp.Drop, exp.Alter, exp.Command, exp.Copy, exp.Set, exp.Into, exp.Merge, exp.Use)
_HINTS = {
    "ILike": "write lower(x) LIKE 'text'",
    "RegexpLike": "write regexp_like(text, pattern)",
    "SimilarTo": "write regexp_like(text, pattern)",
    "Glob": "write x LIKE 'text%'",
    "JSONExtract": "write json_extract_scalar(json, path)",
    "IntDiv": "write a / b",
    "DistinctOn": "write row_number() OVER (PARTITION BY ...) and take 1",
    "qualify": "put the window function in a subquery and filter outside",
    "laterals": "write CROSS JOIN UNNEST(array) AS t(x)",
    "pivots": "write count_if(...) or sum(if(...)) per column",
    "distinct": "write SELECT DISTINCT without ON",
    "hint": "there are no hints",
    "all": "name the columns",
    "joins": "write joins without brackets around them",
}
# The same for words at which the parser gives up.
_WORDS = {
    "top": "write LIMIT n at the end",
    "pivot": _HINTS["pivots"],
    "qualify": _HINTS["qualify"],
}
_CHANGES = ("alter", "call", "create", "delete", "drop", "grant", "insert", "merge", "truncate", "unload", "update")
_JOINS = ("", "INNER", "CROSS", "OUTER")
_REFUSED_NODES: Final[dict[type[exp.Expr], str]] = {
    exp.CurrentUser: "current_user",
    exp.CurrentRole: "current_role",
    exp.CurrentCatalog: "current_catalog",
}


def parse(text: Text) -> exp.Query:
    """The tree of a query of allowed shapes. Raises Wrong where it is none."""
    tree = _parsed(text)
    for node in tree.walk():
        _node(text, node)
    return tree


def _parsed(text: Text) -> exp.Query:
    from sqlglot import parse as read

    try:
        found = [tree for tree in read(text.sql, read=Queries) if tree is not None]
    except ParseError as error:
        raise _unreadable(text, error) from error
    except (SqlglotError, ValueError, TypeError, AttributeError, KeyError, IndexError) as error:
        # sqlglot's parser meets texts that it was not written for with errors of Python.
        message = f"The statement cannot be read ({type(error).__name__}). Write one SELECT in Athena's SQL."
        raise wrong(problems.SYNTAX_ERROR, message) from error
    if len(found) != 1 or not isinstance(found[0], exp.Select | exp.SetOperation | exp.Subquery):
        final = any(isinstance(tree, _WRITING) for tree in found)
        raise wrong(problems.STATEMENT_NOT_ALLOWED, "The statement is no query. Write one SELECT.", final=final)
    return found[0]


def _unreadable(text: Text, error: ParseError) -> Wrong:
    if at := _write_within(text):
        return at
    known = error.errors[0] if error.errors else {}
    word = str(known.get("highlight") or "")[:40]
    column = max(1, int(known.get("col") or 1) - max(0, len(word) - 1))
    said = str(known.get("description") or "the statement ends too early").rstrip(".")
    foreign = [each for token in text.tokens if (each := text.written(token).lower()) in _WORDS]
    if foreign:
        said = f"{foreign[0].upper()} is no part of Athena's SQL: {_WORDS[foreign[0]]}"
    message = f"mismatched input {word!r}: {said}." if word else f"{said}."
    return wrong(problems.SYNTAX_ERROR, message, (int(known.get("line") or 1), column))


def _write_within(text: Text) -> Wrong | None:
    """A statement that writes, in brackets or behind a WITH."""
    after = [*(token.token_type.name for token in text.tokens[2:]), ""]
    for before, token, behind in zip(text.tokens, text.tokens[1:], after, strict=False):
        word = text.written(token).lower()
        begins = before.token_type.name in ("L_PAREN", "R_PAREN") and behind != "L_PAREN"
        if word in _CHANGES and begins:
            message = f"{word.upper()} is not allowed: questions only read. Write one SELECT."
            return wrong(problems.STATEMENT_NOT_ALLOWED, message, text.place(token.start), final=True)
    return None


def _node(text: Text, node: exp.Expr) -> None:
    if isinstance(node, exp.Table):
        _table(text, node)
    elif isinstance(node, exp.With) and node.args.get("recursive"):
        message = "WITH RECURSIVE is not allowed: nothing bounds its cost."
        raise wrong(problems.RECURSION_NOT_ALLOWED, message, text.of(node))
    elif isinstance(node, exp.Placeholder | exp.Parameter):
        raise wrong(problems.PARAMETER_NOT_ALLOWED, "There are no parameters. Write the value.", text.of(node.parent))
    _parts(text, node)
    if isinstance(node, exp.Anonymous):
        _function(text, node)
    elif isinstance(node, exp.Identifier):
        _identifier(text, node)
    elif isinstance(node, exp.Join):
        _join(text, node)
    elif isinstance(node, exp.Dot):
        _dot(text, node)
    elif isinstance(node, exp.Lateral) and not isinstance(node.this, exp.Subquery):
        raise _foreign(text, node, "laterals")
    elif isinstance(node, exp.Select) and not node.expressions:
        raise wrong(problems.SYNTAX_ERROR, "SELECT has no columns. Name them, or write *.", text.of(node))


def _parts(text: Text, node: exp.Expr) -> None:
    if refused := _REFUSED_NODES.get(type(node)):
        raise _not_allowed(text, node, refused)
    allowed = _NODES.get(type(node))
    if allowed is None:
        raise _foreign(text, node, type(node).__name__)
    for name, value in node.args.items():
        if value and name not in allowed and name not in _NOTES:
            raise _foreign(text, node, name)
    if isinstance(node, exp.Distinct) and not isinstance(node.parent, exp.Select) and len(node.expressions) != 1:
        message = "DISTINCT in a function takes one expression: write DISTINCT (a, b) for pairs."
        raise wrong(problems.SYNTAX_ERROR, message, text.of(node.parent))
    if isinstance(node, exp.Is) and not isinstance(node.expression, exp.Null):
        message = "IS takes NULL alone: write x, NOT x, or coalesce(x, false)."
        raise wrong(problems.SYNTAX_ERROR, message, text.of(node))
    if isinstance(node, exp.In) and not node.expressions and not node.args.get("query"):
        raise wrong(problems.SYNTAX_ERROR, "IN has an empty list.", text.of(node))


def _foreign(text: Text, node: exp.Expr, what: str) -> Wrong:
    place = text.of(node) or (text.of(node.parent) if node.parent else None)
    hint = f": {_HINTS[what]}" if what in _HINTS else ""
    final = isinstance(node, _WRITING) or what == "into"
    message = f"{what.strip('_').upper()} is no part of the SQL that may run{hint}."
    return wrong(problems.STATEMENT_NOT_ALLOWED if final else problems.NOT_SUPPORTED, message, place, final=final)


def _table(text: Text, node: exp.Table) -> None:
    place = text.of(node)
    if not isinstance(node.this, exp.Identifier):
        name = node.this.name.lower() if isinstance(node.this, exp.Expr) else ""
        if name in functions.ELSEWHERE:
            raise _elsewhere(name, place)
        message = f"{name or 'A table function'}: rows come from tables with names, never from functions or files."
        raise wrong(problems.TABLE_NOT_ALLOWED, message, place, final=True)
    if node.args.get("version") or node.args.get("when"):
        raise wrong(problems.TABLE_NOT_ALLOWED, "A table is read as it is now: write no FOR ... AS OF.", place)
    if node.args.get("sample"):
        message = "TABLESAMPLE is not allowed: its rows cannot be had again. Read all rows."
        raise wrong(problems.SAMPLE_NOT_ALLOWED, message, place)


def _join(text: Text, node: exp.Join) -> None:
    if str(node.args.get("method") or "").upper() == "NATURAL":
        message = "NATURAL JOIN is not allowed: it takes whatever columns are called alike. Write ON."
        raise wrong(problems.NOT_SUPPORTED, message, text.of(node))
    if str(node.args.get("kind") or "").upper() not in _JOINS:
        raise _foreign(text, node, f"{node.args['kind']} JOIN")


def _dot(text: Text, node: exp.Dot) -> None:
    if not isinstance(node.expression, exp.Identifier):
        message = "Functions have no database or catalogue in front of them."
        raise wrong(problems.FUNCTION_NOT_ALLOWED, message, text.of(node), final=True)


def _identifier(text: Text, node: exp.Identifier) -> None:
    if "start" not in node.meta:
        return
    written = text.written(node)
    if written.startswith("'") or (not node.quoted and written.lower() in functions.RESERVED):
        message = (
            f"mismatched input {written[:40]!r}: a name that is a word of SQL, or a text, stands in double quotes."
        )
        raise wrong(problems.SYNTAX_ERROR, message, text.of(node))


def _function(text: Text, node: exp.Anonymous) -> None:
    name = node.name.lower()
    place = text.of(node)
    if name in functions.OUTSIDE:
        message = f"{name} reaches outside the tables and is not allowed."
        raise wrong(problems.FUNCTION_NOT_ALLOWED, message, place, final=True)
    if name in functions.REFUSED:
        raise _not_allowed(text, node, name)
    if name in functions.ELSEWHERE:
        raise _elsewhere(name, place)
    if name not in functions.ALLOWED:
        message = f"Function '{name}' not registered"
        raise wrong(problems.FUNCTION_NOT_FOUND, message, place, nearest(name, functions.ALLOWED))
    _, least, most = functions.ALLOWED[name]
    given = len(node.expressions)
    if given < least or (most is not None and given > most):
        wanted = str(least) if most == least else f"{least} to {most}" if most is not None else f"at least {least}"
        message = f"Unexpected parameters for function {name}: it takes {wanted}, not {given}"
        raise wrong(problems.FUNCTION_NOT_FOUND, message, place)


def _not_allowed(text: Text, node: exp.Expr, name: str) -> Wrong:
    place = text.of(node) or (text.of(node.parent) if node.parent else None)
    return wrong(problems.FUNCTION_NOT_ALLOWED, f"{name} is not allowed: {functions.REFUSED[name]}.", place)


def _elsewhere(name: str, place: tuple[int, int] | None) -> Wrong:
    instead = functions.ELSEWHERE[name]
    message = f"Function '{name}' not registered; Athena has {instead}"
    return wrong(problems.FUNCTION_NOT_FOUND, message, place, (instead.partition("(")[0],))
