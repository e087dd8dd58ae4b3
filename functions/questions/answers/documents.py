"""An answer in its three states, with the same members in each (events/schemas/questions/answer.json), and its events.

Events hold codes, counts and the place of the answer: nothing that anybody asked, and nothing out of the lake.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from common.doors import kept
from questions.answers import attempts as tried
from questions.answers import sentences
from questions.answers.asked import Question
from questions.answers.results import Result
from questions.model import MOST_ROWS, SCHEMA, Warned, plain

Document = dict[str, Any]

_CUT = Warned("PREVIEW_CUT", "Values or rows of the preview were too long for it; the file in rows has them whole.")
_FULL = Warned(
    "ROWS_CUT",
    f"There are {MOST_ROWS:,} rows, as many as an answer may have, and there may be others. Ask for sums, or for less.",
)


def running(question: Question) -> Document:
    """What is told until there is an answer: also while its execution has failed and waits for a redrive."""
    return {
        "schema": SCHEMA,
        "id": question.id,
        "state": "running",
        "question": question.question,
        "database": question.database,
        "session_id": question.session,
        "asked_at": question.asked_at,
        "answered_at": None,
        "sql": None,
        "columns": [],
        "rows": None,
        "preview": [],
        "attempts": [],
        "warnings": [],
        "bytes_scanned": 0,
        "text": None,
        "reason": None,
    }


def answered(
    question: Question,
    sql: str,
    warnings: Sequence[Mapping[str, Any]],
    attempts: Sequence[tried.Found],
    result: Result,
    at: str,
) -> Document:
    """``sql``: the statement that ran; ``warnings``: ``{code, message}`` of it; ``at``: RFC 3339."""
    return {
        **running(question),
        "state": "answered",
        "answered_at": at,
        "sql": sql,
        "columns": result.columns,
        "rows": {"bucket": result.bucket, "key": result.key},
        "preview": result.rows,
        "attempts": tried.told(attempts),
        "warnings": [*warnings, *([plain(_CUT)] if result.cut else []), *([plain(_FULL)] if result.full else [])],
        "bytes_scanned": result.bytes_scanned,
        "text": sentences.text(result.columns, result.rows, more=result.more),
    }


def refused(question: Question, error: str, message: str, attempts: Sequence[tried.Found], at: str) -> Document:
    """``error``: name of a RefusedQuestion; ``message``: its sentence."""
    return {
        **running(question),
        "state": "refused",
        "answered_at": at,
        "attempts": tried.told(attempts),
        "reason": {"error": error, "message": message},
    }


def event(bucket: str, question: Question, answer: Mapping[str, Any]) -> tuple[str, Document]:
    """Detail type and detail for the answer that is kept."""
    detail = {
        "schema": SCHEMA,
        "id": question.id,
        "user": question.user,
        "bucket": bucket,
        "answer": kept.key(question.id),
        "attempts": len(answer["attempts"]),
        "at": answer["answered_at"],
    }
    if answer["state"] == "refused":
        return "QuestionRefused", {**detail, "error": answer["reason"]["error"]}
    codes = [warning["code"] for warning in answer["warnings"]]
    return "QuestionAnswered", {**detail, "warnings": codes, "bytes_scanned": answer["bytes_scanned"]}
