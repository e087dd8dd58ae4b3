"""What Athena said of a statement, as a problem that a model can mend, that ends the question, or that is nobody's SQL.

Sources: Athena user guide, "Understanding error messages" and "Error catalog" (categories 1 system, 2 user, 3 other;
types 0 to 8 are exhausted resources); Trino's error names, which the reason begins with. AthenaError is botocore's.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from questions.errors import LakeForbidden, LakeUnreadable, QueryUnavailable
from questions.guard import functions, problems
from questions.guard.problems import WORD, nearest
from questions.model import Problem, Table

SCAN_LIMIT: Final = "SCAN_LIMIT"
EXHAUSTED_RESOURCES: Final = "EXHAUSTED_RESOURCES"
EXCEEDED_TIME_LIMIT: Final = "EXCEEDED_TIME_LIMIT"
QUERY_CANCELLED: Final = "QUERY_CANCELLED"
QUERY_FAILED: Final = "QUERY_FAILED"
"""A reason that begins with no name."""
TOO_LARGE: Final = frozenset({SCAN_LIMIT, EXHAUSTED_RESOURCES, EXCEEDED_TIME_LIMIT, QUERY_CANCELLED})

_SYSTEM = 1
_EXHAUSTED = range(9)
_MOST_MESSAGE = 500
_REASON = re.compile(
    r"(?:(?P<name>[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+):?\s*)?(?:line (?P<line>\d+):(?P<column>\d+):?\s*)?(?P<message>.*)",
    re.DOTALL,
)
_SCANNED = re.compile(r"bytes scanned limit|scan(?:ned)? limit|exceeded limit: \d+ bytes", re.IGNORECASE)
_RESOURCES = re.compile(
    r"exhausted resources|EXCEEDED_(?:LOCAL_|GLOBAL_)?MEMORY_LIMIT|CLUSTER_OUT_OF_MEMORY|EXCEEDED_SPILL_LIMIT"
    r"|EXCEEDED_CPU_LIMIT",
    re.IGNORECASE,
)
_TIME = re.compile(r"EXCEEDED_TIME_LIMIT|query timeout|timed out", re.IGNORECASE)
_CANCELLED = re.compile(r"cancell?ed|USER_CANCELED", re.IGNORECASE)
# Not "or requester is not authorized", which Athena adds to each column that it does not find.
_DENIED = re.compile(
    r"access ?denied|PERMISSION_DENIED|insufficient (?:permissions|lake formation)|not authorized to perform",
    re.IGNORECASE,
)
_BUSY = re.compile(
    r"reduce your request rate|slow ?down|internal error|TOO_MANY_REQUESTS|throttl|SERVER_|NO_NODES_AVAILABLE"
    r"|REMOTE_(?:TASK|HOST)|PAGE_TRANSPORT|GENERIC_INTERNAL_ERROR|service unavailable",
    re.IGNORECASE,
)
_DATA = re.compile(r"(?:HIVE|ICEBERG|DELTA_LAKE|HUDI)_")
# What of these a statement can avoid.
_MENDED = ("HIVE_EXCEEDED_PARTITION_LIMIT", "HIVE_TOO_MANY_OPEN_PARTITIONS")
_TAIL = re.compile(
    r"\s*(?:This query ran against the|You may need to manually clean|If a data manifest file).*", re.DOTALL
)
_FILE = re.compile(r"s3[an]?://\S+")
_QUOTED = re.compile(r"'([^']{1,200})'")


def read(reason: str, error: Mapping[str, Any] | None, tables: Sequence[Table], *, prefix: str = "") -> Problem:
    """The problem of a StateChangeReason and an AthenaError, or of what StartQueryExecution said in refusing.

    ``prefix`` is what stood in front of the statement in the text that Athena read ("EXPLAIN "): places count without.
    The place is one in the SQL that ran; ``placed`` finds it in what the model wrote.

    Raises:
        QueryUnavailable: Athena failed or was busy; the same statement may run later.
        LakeForbidden: the role may not read what may be asked.
        LakeUnreadable: a table's files or its description are broken.
    """
    error = error or {}
    said = reason or str(error.get("ErrorMessage") or "")
    if (ended := _ended(said, error)) is not None:
        return ended
    if _DENIED.search(said):
        raise LakeForbidden(f"Athena may not read: {_plain(said)}")
    found = _REASON.match(said)
    name = (found["name"] if found else None) or ""
    if _DATA.match(name) and name not in _MENDED:
        raise LakeUnreadable(f"A table cannot be read: {_plain(said)}")
    if error.get("ErrorCategory") == _SYSTEM or error.get("Retryable") or _BUSY.search(said):
        raise QueryUnavailable(f"Athena failed: {_plain(said) or 'it gave no reason'}")
    message = _plain(found["message"] if found else said) or "Athena gave no reason."
    line, column = (int(found[part]) if found and found[part] else None for part in ("line", "column"))
    if column is not None and line == 1:
        column = max(1, column - len(prefix))
    return Problem(name or QUERY_FAILED, message, line, column, _meant(name, message, tables))


def placed(problem: Problem, ran: str, written: str) -> Problem:
    """A problem of the statement that ran, with its place in the one that the model wrote.

    The word at the place is looked for in the other text, as the same one of its like. Where that cannot be told, the
    problem has no place: a wrong one would lead the model astray.
    """
    at = _offset(ran, problem.line, problem.column)
    words = _found(ran)
    here = next((word[0].lower() for word in words if word.start() == at), None)
    like = [word.start() for word in words if word[0].lower() == here]
    others = [word.start() for word in _found(written) if word[0].lower() == here]
    if here is None or len(like) != len(others):
        return replace(problem, line=None, column=None)
    before = written[: others[like.index(at)]]
    return replace(problem, line=before.count("\n") + 1, column=len(before) - before.rfind("\n"))


def _found(sql: str) -> list[re.Match[str]]:
    return [word for word in WORD.finditer(sql) if not word[0].startswith(("--", "/*"))]


def _offset(sql: str, line: int | None, column: int | None) -> int:
    lines = sql.split("\n")
    if line is None or column is None or line > len(lines):
        return -1
    return sum(len(each) + 1 for each in lines[: line - 1]) + column - 1


def _ended(said: str, error: Mapping[str, Any]) -> Problem | None:
    """A query that was stopped: another one like it would be stopped too."""
    kind = error.get("ErrorType")
    if _SCANNED.search(said):
        return Problem(SCAN_LIMIT, "The query would read more than the workgroup allows.", final=True)
    if _RESOURCES.search(said) or (isinstance(kind, int) and kind in _EXHAUSTED):
        return Problem(EXHAUSTED_RESOURCES, "The query needs more memory than Athena gives one.", final=True)
    if _TIME.search(said):
        return Problem(EXCEEDED_TIME_LIMIT, "The query took longer than Athena allows.", final=True)
    if _CANCELLED.search(said):
        return Problem(QUERY_CANCELLED, "The query was cancelled in Athena.", final=True)
    return None


def _plain(message: str) -> str:
    """Without what is added for people at a console, and without places of files."""
    return _FILE.sub("a file", _TAIL.sub("", message)).strip()[:_MOST_MESSAGE]


def _meant(name: str, message: str, tables: Sequence[Table]) -> tuple[str, ...]:
    """The names that may have been meant by the first one that stands in quotes."""
    quoted = _QUOTED.search(message)
    if quoted is None:
        return ()
    word = quoted[1].lower().rpartition(".")[2]
    if name in (problems.TABLE_NOT_FOUND, "SCHEMA_NOT_FOUND", "CATALOG_NOT_FOUND"):
        return nearest(word, (table.name for table in tables))
    if name == problems.FUNCTION_NOT_FOUND:
        instead = functions.ELSEWHERE.get(word)
        known = word in functions.ALLOWED
        return (instead.partition("(")[0],) if instead else () if known else nearest(word, functions.ALLOWED)
    if name == problems.COLUMN_NOT_FOUND or "cannot be resolved" in message:
        return nearest(word, {column.name for table in tables for column in table.columns})
    return ()
