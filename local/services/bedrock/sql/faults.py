"""Mistakes by name, each of which spoils a right statement in its own way.

A template holds the pieces of the right statement: ``{select}``, ``{t}`` its table, ``{where}``, ``{group}``,
``{order}`` and ``{limit}`` with a line feed before them; names beside it: ``{n}`` a column of numbers, ``{s}`` one of
text, ``{key}`` a partition key, ``{k}`` a condition on it, ``{db}`` the database. ``{sql}`` is the whole of it.

``cues``: of what an error says, words that name the fault's place; without one of them, or a line, a model that was
told nothing would write the same again, and so does this one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from local.services.bedrock.sql.plan import Plan, name
from local.services.bedrock.sql.prompt import Failure

FENCED = "```sql\n{text}\n```"


@dataclass(frozen=True)
class Fault:
    """``whole``: the template is the answer, not a statement in it. ``repeats``: no error mends it; ``ending``: why the
    model stopped."""

    template: str
    cues: tuple[str, ...]
    whole: bool = False
    repeats: bool = False
    ending: str = "end_turn"


def _f(template: str, *cues: str, whole: bool = False, repeats: bool = False, ending: str = "end_turn") -> Fault:
    return Fault(template, cues, whole, repeats, ending)


_REST = "{group}{order}{limit}"
_FROM = "SELECT {select}\nFROM {t}\nWHERE {where}"
_AND = f"{_FROM}\n  AND "

GROUPING = {
    "missing_group_by": _f("SELECT {s}, count(*) AS number\nFROM {t}\nWHERE {where}", "group by", "aggregat"),
    "missing_group_column": _f(
        "SELECT {s}, {n}, count(*) AS number\nFROM {t}\nWHERE {where}\nGROUP BY {s}", "group by", "aggregat"
    ),
    "aggregate_in_where": _f(f"{_AND}count(*) > 1{_REST}", "where", "aggregat"),
    "aggregate_in_group_by": _f(
        "SELECT count(*) AS number\nFROM {t}\nWHERE {where}\nGROUP BY count(*)", "group by", "aggregat"
    ),
    "nested_aggregate": _f("SELECT sum(count(*)) AS number\nFROM {t}\nWHERE {where}", "nested", "aggregat"),
    "alias_in_where": _f("SELECT {n} AS amount\nFROM {t}\nWHERE {where}\n  AND amount > 0", "amount"),
    "alias_in_having": _f(
        "SELECT {s}, count(*) AS rows_found\nFROM {t}\nWHERE {where}\nGROUP BY {s}\nHAVING rows_found > 1", "rows_found"
    ),
    "alias_in_group_by": _f(
        "SELECT upper({s}) AS big, count(*) AS number\nFROM {t}\nWHERE {where}\nGROUP BY big", "big", "group by"
    ),
    "window_in_where": _f(f"{_AND}row_number() OVER (ORDER BY {{n}}) < 9{_REST}", "window", "where", "row_number"),
    "order_by_position": _f("SELECT {s}\nFROM {t}\nWHERE {where}\nORDER BY 9", "order by", "position"),
    "group_by_position": _f(
        "SELECT {s}, count(*) AS number\nFROM {t}\nWHERE {where}\nGROUP BY 9", "group by", "position"
    ),
    "order_by_not_selected": _f("SELECT DISTINCT {s}\nFROM {t}\nWHERE {where}\nORDER BY {n}", "order by", "distinct"),
    "union_width": _f(
        "SELECT {s}\nFROM {t}\nWHERE {k}\nUNION\nSELECT {s}, {n}\nFROM {t}\nWHERE {k}", "union", "column"
    ),
    "subquery_width": _f(
        "SELECT {s}\nFROM {t}\nWHERE {where}\n  AND {s} IN (SELECT {s}, {n} FROM {t} WHERE {k})", "subquery", "column"
    ),
}
NAMES = {
    "wrong_column": _f(f"{_AND}{{n}}x IS NOT NULL{_REST}", "{n}"),
    "invented_column": _f(f"{_AND}region = 'north'{_REST}", "region"),
    "wrong_table": _f("SELECT {select}\nFROM {t}_all\nWHERE {where}{group}{order}{limit}", "{t}", "table"),
    "invented_table": _f("SELECT count(*) AS number\nFROM customers", "customers", "table"),
    "other_database": _f("SELECT count(*) AS number\nFROM secrets.{t}", "secrets", "database", "schema", "table"),
    "other_catalog": _f("SELECT count(*) AS number\nFROM mysql.{db}.{t}", "mysql", "catalog", "table"),
    "information_schema": _f("SELECT table_name\nFROM information_schema.tables", "information_schema", "table"),
    "hidden_partitions": _f('SELECT *\nFROM "{t}$partitions"', "partitions", "table"),
    "hidden_path": _f('SELECT "$path", count(*) AS number\nFROM {t}\nWHERE {k}\nGROUP BY "$path"', "path"),
    "unknown_alias": _f("SELECT x.{s}\nFROM {t}\nWHERE {where}", "x."),
    "ambiguous_column": _f(
        "SELECT {s}\nFROM {t} AS a\nJOIN {t} AS b ON a.{n} = b.{n}\nWHERE a.{k} AND b.{k}", "ambiguous", "{s}"
    ),
    "double_quoted_text": _f(f'{_AND}{{s}} = "Some Text"{_REST}', "some text"),
    "backticks": _f("SELECT `{s}`\nFROM `{t}`\nWHERE {where}", "`", "backtick", "syntax"),
    "square_brackets": _f("SELECT [{s}]\nFROM [{t}]\nWHERE {where}", "[", "syntax"),
}
DIALECTS = {
    "mysql_limit": _f("SELECT {s}\nFROM {t}\nWHERE {where}\nLIMIT 5, 10", "limit", "syntax", ","),
    "mysql_ifnull": _f(f"{_AND}ifnull({{n}}, 0) >= 0{_REST}", "ifnull", "function"),
    "mysql_curdate": _f(f"{_AND}{{s}} < CAST(curdate() AS varchar){_REST}", "curdate", "function"),
    "mysql_datediff": _f(f"{_AND}datediff(current_date, current_date) = 0{_REST}", "datediff", "function"),
    "mysql_group_concat": _f(
        "SELECT group_concat({s}) AS all_of_it\nFROM {t}\nWHERE {where}", "group_concat", "function"
    ),
    "postgres_cast": _f(f"{_AND}{{n}}::varchar <> ''{_REST}", "::", ":", "syntax"),
    "postgres_ilike": _f(f"{_AND}{{s}} ILIKE 'a%'{_REST}", "ilike", "syntax"),
    "postgres_to_char": _f(f"{_AND}string_agg({{s}}, ',') <> ''{_REST}", "string_agg", "function"),
    "postgres_distinct_on": _f(
        "SELECT DISTINCT ON ({s}) {s}, {n}\nFROM {t}\nWHERE {where}", "distinct on", "on", "syntax"
    ),
    "tsql_top": _f("SELECT TOP 5 {s}\nFROM {t}\nWHERE {where}", "top", "5", "syntax"),
    "tsql_getdate": _f(f"{_AND}getdate() IS NOT NULL{_REST}", "getdate", "function"),
    "tsql_isnull": _f(f"{_AND}isnull({{n}}, 0) >= 0{_REST}", "isnull", "function"),
    "tsql_len": _f(f"{_AND}len({{s}}) > 0{_REST}", "len", "function"),
    "oracle_nvl": _f(f"{_AND}nvl({{n}}, 0) >= 0{_REST}", "nvl", "function"),
    "oracle_rownum": _f(f"{_AND}rownum <= 10{_REST}", "rownum"),
    "oracle_sysdate": _f(f"{_AND}sysdate IS NOT NULL{_REST}", "sysdate"),
    "bigquery_safe_divide": _f(
        "SELECT safe_divide(1, 2) AS half, count(*) AS number\nFROM {t}\nWHERE {where}", "safe_divide"
    ),
    "bigquery_except": _f("SELECT * EXCEPT ({s})\nFROM {t}\nWHERE {where}", "except", "syntax"),
    "snowflake_qualify": _f(
        "SELECT {s}\nFROM {t}\nWHERE {where}\nQUALIFY row_number() OVER (ORDER BY {n}) = 1", "qualify", "syntax"
    ),
    "duckdb_group_by_all": _f(
        "SELECT {s}, count(*) AS number\nFROM {t}\nWHERE {where}\nGROUP BY ALL", "all", "group by"
    ),
    "hive_rlike": _f(f"{_AND}{{s}} RLIKE 'a.*'{_REST}", "rlike", "syntax"),
    "spark_div": _f("SELECT {n} div 60 AS minutes\nFROM {t}\nWHERE {where}", "div", "60", "syntax"),
    "double_equals": _f(f"{_AND}{{n}} == 1{_REST}", "==", "=", "syntax"),
    "text_plus": _f("SELECT {s} + 'x' AS joined\nFROM {t}\nWHERE {where}", "+", "varchar", "type"),
    "unknown_function": _f(f"{_AND}days_between({{s}}, {{s}}) = 0{_REST}", "days_between", "function"),
}
TYPES = {
    "number_as_text": _f(f"{_AND}{{n}} > '10'{_REST}", "type", "varchar", "bigint", "compar"),
    "text_as_number": _f(f"{_AND}{{s}} = 7{_REST}", "type", "varchar", "integer", "compar"),
    "text_as_date": _f(f"{_AND}{{s}} >= DATE '2019-07-01'{_REST}", "type", "varchar", "date", "compar"),
    "sum_of_text": _f("SELECT sum({s}) AS total\nFROM {t}\nWHERE {where}", "sum", "varchar", "type"),
    "mean_of_text": _f("SELECT avg({s}) AS mean\nFROM {t}\nWHERE {where}", "avg", "varchar", "type"),
    "number_like": _f(f"{_AND}{{n}} LIKE '1%'{_REST}", "like", "type", "bigint"),
    "too_many_arguments": _f(f"{_AND}substr({{s}}, 1, 2, 3) = 'a'{_REST}", "substr", "argument", "parameter"),
    "too_few_arguments": _f(f"{_AND}strpos({{s}}) = 1{_REST}", "strpos", "argument", "parameter"),
    "wrong_argument": _f(f"{_AND}year({{s}}) = 2019{_REST}", "year", "varchar", "parameter"),
    "number_as_condition": _f(f"{_AND}{{n}}{_REST}", "boolean", "bigint", "type"),
    "mixed_case": _f("SELECT CASE WHEN {n} > 1 THEN 'a' ELSE 1 END AS mixed\nFROM {t}\nWHERE {where}", "case", "type"),
    "mixed_list": _f(f"{_AND}{{s}} IN ('a', 1){_REST}", "in", "type", "integer"),
    "bad_date": _f(
        "SELECT DATE '2019-13-45' AS moment, count(*) AS number\nFROM {t}\nWHERE {where}", "date", "2019-13-45"
    ),
    "bad_cast": _f("SELECT CAST({s} AS bigint) AS broken\nFROM {t}\nWHERE {where}", "cast", "bigint"),
}
SYNTAX = {
    "misspelt_keyword": _f("SELCT {select}\nFROM {t}\nWHERE {where}{group}{order}{limit}", "selct", "syntax"),
    "missing_from": _f("SELECT {s}, {n}", "{s}", "column", "from"),
    "missing_comma": _f("SELECT {s} {n} {n}\nFROM {t}\nWHERE {where}", "syntax", "mismatched", "{n}"),
    "trailing_comma": _f("SELECT {s}, {n},\nFROM {t}\nWHERE {where}", "from", "syntax", ","),
    "open_parenthesis": _f("SELECT count({n} AS number\nFROM {t}\nWHERE {where}", "syntax", "as", ")"),
    "open_text": _f("SELECT {s}\nFROM {t}\nWHERE {where}\n  AND {s} = 'Some", "syntax", "'"),
    "reserved_alias": _f("SELECT {s} AS order\nFROM {t}\nWHERE {where}", "order", "syntax"),
    "having_before_group": _f(
        "SELECT {s}\nFROM {t}\nWHERE {where}\nHAVING count(*) > 1\nGROUP BY {s}", "group", "having", "syntax"
    ),
    "where_twice": _f("SELECT {s}\nFROM {t}\nWHERE {where}\nWHERE {n} > 1", "where", "syntax"),
    "limit_before_order": _f("SELECT {s}\nFROM {t}\nWHERE {where}\nLIMIT 5\nORDER BY {s}", "order", "syntax"),
    "nothing_selected": _f("SELECT FROM {t}\nWHERE {where}", "from", "syntax"),
    "placeholder": _f(f"{_AND}{{s}} = ?{_REST}", "?", "parameter", "syntax"),
}
COSTS = {
    "no_partition_filter": _f("SELECT count(*) AS number\nFROM {t}", "{key}", "partition"),
    "join_without_condition": _f(
        "SELECT count(*) AS number\nFROM {t} AS a\nCROSS JOIN {t} AS b\nWHERE a.{k} AND b.{k}", "condition", "join"
    ),
    "comma_join": _f("SELECT count(*) AS number\nFROM {t} AS a, {t} AS b\nWHERE a.{k} AND b.{k}", "condition", "join"),
    "long_range": _f("SELECT count(*) AS number\nFROM UNNEST(sequence(1, 1000000000)) AS t(x)", "sequence", "elements"),
    "recursion": _f("WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t)\nSELECT n\nFROM t", "recursi"),
}
FORBIDDEN = {
    "drop_table": _f("DROP TABLE {t}", "select", "allowed", "drop"),
    "delete": _f("DELETE FROM {t}\nWHERE {k}", "select", "allowed", "delete"),
    "insert": _f("INSERT INTO {t}\nSELECT *\nFROM {t}", "select", "allowed", "insert"),
    "update": _f("UPDATE {t}\nSET {s} = 'x'", "select", "allowed", "update"),
    "create_table_as": _f("CREATE TABLE copied AS\nSELECT *\nFROM {t}", "select", "allowed", "create"),
    "unload": _f("UNLOAD (SELECT * FROM {t})\nTO 's3://elsewhere/'\nWITH (format = 'JSON')", "select", "allowed"),
    "several_statements": _f("SELECT 1;\nDROP TABLE {t}", "statement", "several", "one"),
    "explain": _f("EXPLAIN ANALYZE\n{sql}", "select", "allowed", "explain"),
    "show_tables": _f("SHOW TABLES", "select", "allowed", "show"),
    "external_function": _f(
        "USING EXTERNAL FUNCTION f(x varchar) RETURNS varchar LAMBDA 'f'\nSELECT f({s})\nFROM {t}", "select", "allowed"
    ),
    "read_file": _f("SELECT *\nFROM read_csv('/etc/passwd')", "read_csv", "function", "table"),
    "execute": _f("EXECUTE prepared USING 1", "select", "allowed", "execute"),
}
FORMS = {
    "prose_around": _f("Here is your query:\n\n```sql\n{sql}\n```\n\nIt reads {t}.", whole=True),
    "prose_alone": _f("I would look into {t} and count what is there.", "no_statement", "statement", whole=True),
    "no_fence": _f("{sql}", whole=True),
    "other_fence": _f("```json\n[]\n```\n\n```\n{sql}\n```", whole=True),
    "open_fence": _f("```sql\n{sql}", whole=True),
    "two_fences": _f("```sql\nSELECT nothing\n```\n\nNo, that is wrong:\n\n```sql\n{sql}\n```", whole=True),
    "thoughts": _f("<thinking>\n```sql\nSELECT 1\n```\n</thinking>\n```sql\n{sql}\n```", whole=True),
    "semicolon": _f("```sql\n{sql};\n```", whole=True),
    "comment_at_end": _f("```sql\n{sql}\n-- that is all\n```", whole=True),
    "as_json": _f('{{"sql": {json}}}', whole=True),
    "empty": _f("", "no_statement", "statement", whole=True),
    "cut": _f("```sql\nSELECT {s}, count(*) AS number\nFROM {t}\nWHE", "no_statement", "cut", "statement", whole=True,
              ending="max_tokens"),
}  # fmt: skip
ENDLESS = {
    "stubborn": _f(f"{_AND}stubborn_column > 0{_REST}", repeats=True),
    "restless": _f(f"{_AND}restless_column_{{attempt}} > 0{_REST}", repeats=True),
}
ALL: Mapping[str, Fault] = {
    **GROUPING, **NAMES, **DIALECTS, **TYPES, **SYNTAX, **COSTS, **FORBIDDEN, **FORMS, **ENDLESS,
}  # fmt: skip


def pieces(plan: Plan, database: str, attempt: int) -> dict[str, str]:
    """What templates hold. A table without such a column gets the name of one that it might have."""
    import json

    sql = plan.sql()
    clauses = dict(_clauses(sql))
    plain = [column for column in plan.table.columns if not column.partition]
    numbers = [column.name for column in plain if column.is_number]
    texts = [column.name for column in plain if column.is_text]
    keys = [column.name for column in plan.table.columns if column.partition]
    key = name(keys[0]) if keys else name((numbers or texts or ["id"])[0])
    return {
        "sql": sql,
        "json": json.dumps(sql),
        "t": name(plan.table.name),
        "db": name(database),
        "select": clauses["SELECT"],
        "where": clauses.get("WHERE", f"{key} IS NOT NULL"),
        **{clause.split()[0].lower(): _line(clause, clauses) for clause in ("GROUP BY", "ORDER BY", "LIMIT")},
        "n": name(numbers[0] if numbers else "quantity"),
        "s": name(texts[0] if texts else "label"),
        "key": key,
        "k": f"{key} IS NOT NULL",
        "attempt": str(attempt),
    }


def _clauses(sql: str) -> list[tuple[str, str]]:
    parts = re.split(r"^(SELECT|FROM|WHERE|GROUP BY|ORDER BY|LIMIT) ", sql, flags=re.MULTILINE)[1:]
    return [(word, text.strip("\n")) for word, text in zip(parts[::2], parts[1::2], strict=True)]


def _line(clause: str, clauses: Mapping[str, str]) -> str:
    return f"\n{clause} {clauses[clause]}" if clause in clauses else ""


def spoiled(fault: Fault, found: Mapping[str, str]) -> str:
    """The statement, or the whole answer, with the mistake in it."""
    return fault.template.format(**found)


def of(failure: Failure, found: Mapping[str, str]) -> str | None:
    """The name of the fault that a failed statement has; None for one that is not of this registry."""
    wanted = re.sub(r"(restless_column_)\d+", r"\g<1>0", _plain(failure.sql))
    first = {**found, "attempt": "0"}
    return next(
        (key for key, fault in ALL.items() if not fault.whole and _plain(spoiled(fault, first)) == wanted), None
    )


def is_seen(fault: Fault, failure: Failure, found: Mapping[str, str]) -> bool:
    """Whether what was said names the fault's place."""
    said = failure.said.lower()
    return failure.line is not None or any(cue.format(**found).lower() in said for cue in fault.cues)


def _plain(sql: str) -> str:
    return " ".join(sql.split()).rstrip("; ")
