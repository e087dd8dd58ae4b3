"""What Athena's grammar does not have, although sqlglot reads it and DuckDB would run it.

Three nets: words of the text (functions by name, orders of clauses), kinds of nodes that may be in a tree at all, and
a few shapes. What passes is a query in Trino's grammar over named tables.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from sqlglot import exp
from sqlglot.errors import ParseError, SqlglotError

from local.services.athena.errors import Place, QueryError, Refused, syntax, unbuilt
from local.services.athena.sql import functions
from local.services.athena.sql.dialect import Athena
from local.services.athena.sql.text import Statement

DIALECT = Athena
_DEEPEST = 200
_MANY_VALUES = 10_000

# Nodes that a query of Trino can have, beside functions, literals, types and operators.
_CLAUSES = (
    *(exp.Select, exp.SetOperation, exp.Subquery, exp.CTE, exp.With, exp.Values, exp.Tuple, exp.From, exp.Join),
    *(
        exp.Where,
        exp.Group,
        exp.Having,
        exp.Order,
        exp.Ordered,
        exp.Limit,
        exp.Offset,
        exp.Fetch,
        exp.Distinct,
        exp.Window,
    ),
    *(
        exp.WindowSpec,
        exp.TableAlias,
        exp.Alias,
        exp.Table,
        exp.Unnest,
        exp.Lateral,
        exp.Column,
        exp.Identifier,
        exp.Star,
    ),
    *(exp.Literal, exp.Boolean, exp.Null, exp.Paren, exp.Dot, exp.Bracket, exp.Lambda, exp.Cube, exp.Rollup, exp.Var),
    *(exp.GroupingSets, exp.DataType, exp.DataTypeParam, exp.ColumnDef, exp.Interval, exp.IntervalSpan, exp.Filter),
    *(exp.WithinGroup, exp.IgnoreNulls, exp.RespectNulls, exp.AtTimeZone, exp.Aliases, exp.JSONPath, exp.JSONPathPart),
    *(exp.HavingMax, exp.Any, exp.All, exp.In, exp.Between, exp.Exists, exp.Escape, exp.Neg, exp.Not, exp.TableSample),
    *(exp.HexString, exp.UnicodeString, exp.LimitOptions),
)
_OPERATORS = (
    *(exp.And, exp.Or, exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.Is, exp.Like, exp.Add, exp.Sub, exp.Mul),
    *(exp.Div, exp.Mod, exp.DPipe, exp.NullSafeEQ, exp.NullSafeNEQ, exp.IntDiv),
)
_FOREIGN_NODES = (exp.Table, exp.Select, exp.SetOperation, exp.Join, exp.Lateral, exp.Star, exp.Limit, exp.TableSample)
_LATERAL_VIEW = "view"
_LIMITS = ("limit", "fetch")
# Words whose place in the text makes a syntax that only others have.
_FOREIGN = {
    "exclude": "EXCLUDE",
    "qualify": "QUALIFY",
    "pivot": "PIVOT",
    "unpivot": "UNPIVOT",
    "ilike": "ILIKE",
    "rlike": "RLIKE",
    "regexp": "REGEXP",
    "glob": "GLOB",
    "asof": "ASOF",
    "positional": "POSITIONAL",
    "anti": "ANTI",
    "semi": "SEMI",
    "similar": "SIMILAR",
}
_BEFORE_FOREIGN = frozenset({".", ",", "(", "select", "by", "and", "or", "on", "where", "as", "="})
_NO_ARRAY = frozenset(
    ["(", ",", "[", "=", "<", ">", "||", "+", "select", "where", "and", "or", "in", "then", "else", "when", "by", "on"]
)
_SYMBOLS = frozenset(
    [
        "::",
        "//",
        "==",
        "&",
        "|",
        "^",
        "~",
        "<<",
        ">>",
        "@",
        "#",
        "$",
        "{",
        "}",
        ":=",
        "->>",
        "&&",
        "?",
        ":",
        "`",
        "^@",
        "**",
    ]
)


def parse(statement: Statement) -> exp.Query:
    """The tree of a query that can run here.

    Raises:
        Refused: Athena's grammar does not have it.
        QueryError: a function that is none, or what Athena has and this stand-in does not.
    """
    tree = read_tree(statement)
    _nodes(statement, tree)
    _functions(statement, tree)
    return tree


def read_tree(statement: Statement) -> exp.Query:
    """The tree of a query. Raises Refused where the grammar does not have it."""
    from sqlglot import parse as read

    _symbols(statement)
    _words(statement)
    try:
        found = [tree for tree in read(statement.text, read=DIALECT) if tree is not None]
    except ParseError as error:
        raise _unreadable(error) from error
    except (SqlglotError, RecursionError, ValueError, TypeError, AttributeError) as error:
        # sqlglot's parser meets texts that it was not written for with errors of Python.
        raise Refused(f"line 1:1: the query cannot be read: {type(error).__name__}") from error
    if len(found) == 1 and isinstance(found[0], exp.Values):
        found = [_selected(found[0])]
    if len(found) != 1 or not isinstance(found[0], exp.Query):
        raise Refused("Queries of this type are not supported")
    for node in found[0].walk():
        if isinstance(node, _FOREIGN_NODES):
            _shape(statement, node)
        elif isinstance(node, exp.Identifier) and "start" in node.meta:
            _identifier(statement, node)
    return found[0]


def _selected(values: exp.Values) -> exp.Query:
    """VALUES alone, as the table that it is."""
    row = values.expressions[0]
    width = len(row.expressions) if isinstance(row, exp.Tuple) else 1
    names = [exp.to_identifier(f"_col{number}", quoted=True) for number in range(width)]
    values.set("alias", exp.TableAlias(this=exp.to_identifier("answer"), columns=names))
    return exp.select("*").from_(values)


def _unreadable(error: ParseError) -> Refused:
    known = error.errors[0] if error.errors else {}
    word, line = known.get("highlight") or "<EOF>", known.get("line") or 1
    column = max(1, (known.get("col") or len(word)) - len(word) + 1)
    return Refused(f"line {line}:{column}: mismatched input '{word}'. {known.get('description', '')}".rstrip())


def _symbols(statement: Statement) -> None:
    for token in statement.tokens:
        written = statement.text[token.start : token.end + 1]
        kind = token.token_type.name
        quoted = kind in ("STRING", "IDENTIFIER") and written[:1] in ("'", '"')
        if written[:1] == "`":
            raise syntax(
                "backquoted identifiers are not supported; use double quotes to quote identifiers",
                statement.place(token.start),
            )
        if kind.endswith("STRING") and kind not in ("STRING", "HEX_STRING", "UNICODE_STRING"):
            raise syntax(f"mismatched input '{written[:20]}'", statement.place(token.start))
        if not quoted and written in _SYMBOLS:
            raise syntax(f"mismatched input '{written}'", statement.place(token.start))


def _words(statement: Statement) -> None:
    words = ["", *statement.words, ""]
    for at, token in enumerate(statement.tokens, 1):
        word, before, after = words[at], words[at - 1], words[at + 1]
        if token.token_type.name in ("STRING", "IDENTIFIER"):
            continue
        foreign = word in _FOREIGN and before not in _BEFORE_FOREIGN and after not in (",", ")", ".", "")
        limit = before in _LIMITS and after == ","
        late = word == "offset" and "limit" in words[:at] and _same_level(words[:at])
        everything = (before.endswith("by") and word == "all") or (
            before == "distinct" and word == "on" and after == "("
        )
        if foreign or late or everything:
            raise syntax(f"mismatched input '{token.text}'", statement.place(token.start))
        if word == "[" and before in _NO_ARRAY:
            raise syntax("mismatched input '['", statement.place(token.start))
        if limit:
            raise syntax("mismatched input ','. Expecting: <EOF>", statement.place(token.end + 1))


def _same_level(before: list[str]) -> bool:
    """Whether the nearest LIMIT before this word stands in the same query, not in another's parentheses."""
    depth = 0
    for word in reversed(before):
        depth += (word == ")") - (word == "(")
        if word == "limit" and depth == 0:
            return True
        if depth < 0:
            return False
    return False


def _nodes(statement: Statement, tree: exp.Query) -> None:
    for count, node in enumerate(tree.walk()):
        place = where(statement, node)
        if count > _MANY_VALUES * 20:
            raise QueryError("EXCEEDED_LIMIT", "The query has too many parts.")
        if isinstance(node, (exp.Func, *_OPERATORS, *_CLAUSES)):
            _shape(statement, node)
            continue
        raise syntax(f"mismatched input: {type(node).__name__} is no part of Athena's queries", place)


def _identifier(statement: Statement, node: exp.Identifier) -> None:
    """No name is a word of the grammar, and none stands in single quotes."""
    start = node.meta["start"]
    written = statement.text[start : node.meta["end"] + 1]
    if written[:1] == "'" or (not node.quoted and written.lower() in functions.RESERVED):
        raise syntax(f"mismatched input '{written}'. Expecting: <identifier>", statement.place(start))


def _shape(statement: Statement, node: exp.Expr) -> None:
    place = where(statement, node)
    args = {name for name, value in node.args.items() if value}
    if isinstance(node, exp.JSONExtract) and node.args.get("only_json_types") is not None:
        raise syntax("mismatched input '->'", place)
    if isinstance(node, exp.Table):
        if not isinstance(node.this, exp.Identifier) or args & {"pivots", "hints", "joins", "only", "rows_from"}:
            raise syntax("mismatched input '('. Expecting: <EOF>, <query>: tables have names", place)
        if args & {"version", "when", "changes", "partition"}:
            raise unbuilt("Time travel")
    elif isinstance(node, exp.Select):
        _select(node, args, place)
    elif isinstance(node, exp.SetOperation) and (args & {"by_name", "side", "kind", "on"}):
        raise syntax("mismatched input 'BY'", place)
    elif isinstance(node, exp.Join) and str(node.args.get("kind") or "").upper() in (
        "SEMI",
        "ANTI",
        "ASOF",
        "STRAIGHT",
    ):
        raise syntax(f"mismatched input '{node.args['kind']}'", place)
    elif isinstance(node, exp.Lateral) and (node.args.get(_LATERAL_VIEW) or not isinstance(node.this, exp.Subquery)):
        raise syntax("mismatched input 'LATERAL'", place)
    elif isinstance(node, exp.Star) and (args & {"except_", "except", "replace", "rename", "ilike"}):
        raise syntax("mismatched input '*'", place)
    elif isinstance(node, exp.With) and node.args.get("recursive"):
        raise unbuilt("WITH RECURSIVE")
    elif isinstance(node, exp.Limit) and (args & {"expressions", "limit_options"}):
        raise syntax("mismatched input ','. Expecting: <EOF>", place)
    elif isinstance(node, exp.TableSample) and args & {"seed", "size", "bucket_numerator"}:
        raise syntax("mismatched input 'TABLESAMPLE'", place)


def _select(node: exp.Select, args: set[str], place: object) -> None:
    foreign = args & {
        *("into", "hint", "kind", "laterals", "qualify", "locks", "cluster", "sort", "distribute", "sample", "pivots"),
        *("settings", "format", "options", "prewhere", "match", "connect", "operation_modifiers", "for_"),
    }
    if foreign or not node.expressions:
        name = sorted(foreign)[0].upper() if foreign else "FROM"
        raise Refused(f"{place or 'line 1:1'}: mismatched input '{name}'")
    if node.args.get("distinct") and node.args["distinct"].args.get("on"):
        raise Refused(f"{place or 'line 1:1'}: mismatched input 'ON'")


def _functions(statement: Statement, tree: exp.Query) -> None:
    """Every word before a parenthesis is a function of Athena, an alias with columns, or syntax."""
    aliases = set(_aliases(tree))
    found = statement.tokens
    for token, after in pairwise(found):
        if after.token_type.name != "L_PAREN" or token.start in aliases:
            continue
        written = statement.text[token.start : token.end + 1]
        if not (token.token_type.name == "IDENTIFIER" or written.isidentifier()):
            continue
        name = token.text.lower()
        if name in functions.UNBUILT:
            raise unbuilt(f"The function {name}")
        if name in functions.NAMES or (name in functions.SYNTAX and token.token_type.name != "IDENTIFIER"):
            continue
        raise QueryError("FUNCTION_NOT_FOUND", f"Function '{name}' not registered", statement.place(token.start))


def _aliases(tree: exp.Query) -> Iterator[int]:
    for node in tree.find_all(exp.TableAlias):
        name = node.this
        if isinstance(name, exp.Identifier) and "start" in name.meta:
            yield name.meta["start"]


def where(statement: Statement, node: exp.Expr | None) -> Place | None:
    """The place of a node: its own, or that of the first word below it that has one."""
    if node is None:
        return None
    starts = [found.meta["start"] for found in node.walk() if "start" in found.meta]
    return statement.place(min(starts)) if starts else None
