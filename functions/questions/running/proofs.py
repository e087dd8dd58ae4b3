"""Whether a statement may run: the guard first, in a millisecond, then Athena's plan of it, in a second."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

from common import aws
from questions.errors import LakeForbidden
from questions.model import Problem, Proved, Table
from questions.running import plans

_PLACED = re.compile(r"line \d+:\d+")
"""With which Athena begins what it says of a statement that it does not take at all (StartQueryExecution)."""


class Unproved(Exception):
    """``problem``: what is wrong with the statement."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.name)
        self.problem = problem


def prove(sql: str, tables: Sequence[Table], database: str, seconds_left: Callable[[], float]) -> Proved:
    """The statement as it will run. Raises Unproved, QueryUnavailable, LakeForbidden, LakeUnreadable."""
    from questions.guard import statement

    try:
        proved = statement.prove(sql, tables, database)
    except statement.Wrong as wrong:
        raise Unproved(wrong.problem) from wrong
    problem = _planned(proved.sql, tables, database, seconds_left)
    if problem is not None:
        raise Unproved(problem)
    return proved


def _planned(sql: str, tables: Sequence[Table], database: str, seconds_left: Callable[[], float]) -> Problem | None:
    from botocore.exceptions import ClientError

    from questions.guard import athena_errors

    try:
        ended = plans.explain(sql, database, seconds_left)
    except ClientError as error:
        return athena_errors.read(_said(error), None, tables, prefix=plans.PREFIX)
    if ended.state == "SUCCEEDED":
        return None
    return athena_errors.read(ended.reason, ended.error, tables, prefix=plans.PREFIX)


def _said(error: Any) -> str:
    """Of a statement that Athena does not take at all, with its place; anything else is the workgroup's or a role's."""
    said = str(error.response["Error"].get("Message", ""))
    if aws.code_of(error) == "InvalidRequestException" and _PLACED.search(said):
        return said
    raise LakeForbidden(
        f"Athena refuses the workgroup of questions ({aws.code_of(error)}): {said} Compare it and the roles of "
        f"questions with the template's, then redrive."
    ) from error
