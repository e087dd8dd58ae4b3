"""EXPLAIN: the plan of a query. Trino's plan is Trino's; this one is told to be another engine's.

EXPLAIN (TYPE VALIDATE) and (TYPE IO) are what programs use: they are as on AWS as far as they can be known.
"""

from __future__ import annotations

import json
from dataclasses import replace

from local.services.athena.answer import Answer
from local.services.athena.errors import unbuilt
from local.services.athena.sql.text import Statement, read
from local.services.athena.statements import select
from local.services.athena.statements.select import Session
from local.services.athena.statements.words import Words


def run(statement: Statement, session: Session) -> Answer:
    """The answer of EXPLAIN [ANALYZE] [(FORMAT ..., TYPE ...)] query."""
    words = Words(statement)
    words.want("explain")
    if words.take("analyze"):
        raise unbuilt("EXPLAIN ANALYZE")
    options = _options(words)
    query = read(words.rest())
    if not query.is_query:
        raise unbuilt("EXPLAIN of a statement that is no query")
    if options.get("type") == "validate":
        select.check(query, session)
        return Answer([("Valid", "boolean")], [["true"]])
    if options.get("format", "text") not in ("text", "json"):
        raise unbuilt(f"EXPLAIN with the format {options['format']}")
    # A plan reads nothing, so no scan limit stops it (user guide, "Using EXPLAIN and EXPLAIN ANALYZE in Athena").
    with select.ready(query, replace(session, limit=None)) as ready:
        plan = ready.engine.explain(ready.sql)
        tables = [table.full_name for table in ready.found.tables.values()]
        read_bytes = ready.scanned
    if options.get("format") == "json":
        text = json.dumps(
            {"engine": "local", "tables": tables, "bytes": read_bytes, "plan": plan.splitlines()}, indent=2
        )
    else:
        text = _text(tables, read_bytes, plan, ", ".join(select.output(ready)))
    return Answer([("Query Plan", "varchar")], [[line] for line in text.splitlines()])


def _options(words: Words) -> dict[str, str]:
    found: dict[str, str] = {}
    if not words.take("("):
        return found
    while True:
        key = words.name()
        found[key] = words.name()
        if words.take(")"):
            return found
        words.want(",")


def _text(tables: list[str], scanned: int, plan: str, columns: str) -> str:
    scans = [f"    - TableScan[table = {table}]" for table in tables]
    head = [
        "Query Plan of the local Athena; its engine is DuckDB, so the operators are not Trino's",
        "Fragment 0 [SINGLE]",
    ]
    body = [f"    Output layout: {columns}", *scans, f"    Bytes to read: {scanned}"]
    return "\n".join([*head, *body, *(f"    {line}" for line in plan.splitlines())])
