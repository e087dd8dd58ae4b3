"""A question asked, waited for, and told."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from operate.clients import Target
from operate.errors import OperateError
from operate.questions.calls import Answered, Door

PAUSE_SECONDS = 1.0
API = "QuestionsApiId"
MOST_VALUE = 40
"""Characters of a value in the table of rows."""


@dataclass(frozen=True)
class Wish:
    """``seconds``: how long the answer is waited for. ``as_json``: the answer as it is kept. ``documents``: it is asked
    of what the documents say, not of the lake."""

    question: str
    database: str = ""
    session: str = ""
    token: str = ""
    seconds: int = 120
    as_json: bool = False
    documents: bool = False


def command(target: Target, wish: Wish) -> Iterator[str]:
    """Lines. Raises OperateError where the question is not taken, or not answered in time."""
    door = door_of(target, wish.token)
    body = {"question": wish.question, "database": wish.database, "session_id": wish.session}
    taken = door.post({name: value for name, value in body.items() if value})
    if taken.status != 202:
        raise OperateError(refused(taken, wish.token, API))
    answer = waited(door, f"/questions/{taken.document['id']}", wish, API)
    return iter([json.dumps(answer, indent=2, ensure_ascii=False)]) if wish.as_json else _lines(answer)


def door_of(target: Target, token: str = "") -> Door:
    """The address of the stack's questions, with the caller's own credentials or the local cloud's root user."""
    return door_at(target, target.output("QuestionsUrl", "deploy it with UseQuestions=true"), token)


def door_at(target: Target, url: str, token: str = "") -> Door:
    """An address of the stack's, likewise."""
    import boto3
    from botocore.credentials import Credentials

    if target.port is not None:
        region = target.region or os.environ.get("AWS_DEFAULT_REGION") or "us-east-1"
        return Door(url, region, Credentials("test", "test"), token, target.port)
    session: Any = boto3.session.Session(profile_name=target.profile, region_name=target.region)
    return Door(url, str(session.region_name), session.get_credentials(), token)


def refused(answer: Answered, token: str, api: str) -> str:
    """A sentence for whoever asked. ``api``: the output with the id of the API.

    The door says what to change; API Gateway, which stands before it, says Forbidden and Unauthorized.
    """
    said = answer.document
    sentence = f"{answer.status} {said.get('error', 'refused')}: {said.get('message', 'no reason was given')}"
    if "error" in said or answer.status not in (401, 403):
        return sentence
    if token:
        return f"{sentence}. Ask the stack's TokenIssuer for a new token, for the audience of TokenAudience."
    if answer.status == 401:
        return f"{sentence}. This stack takes tokens of its TokenIssuer: give one with --token."
    return f"{sentence}. Give these credentials the right execute-api:Invoke on the stack's API (output {api})."


def waited(door: Door, path: str, wish: Wish, api: str) -> Mapping[str, Any]:
    """The answer that comes at ``path``. Raises OperateError where it does not come in time, or is refused."""
    until = time.monotonic() + wish.seconds
    while True:
        found = door.send("GET", path)
        if found.status != 200:
            raise OperateError(refused(found, wish.token, api))
        if found.document["state"] != "running":
            return found.document
        if time.monotonic() > until:
            raise OperateError(
                f"No answer in {wish.seconds} s; the question goes on. Read GET {path} later, and give "
                "more --seconds next time."
            )
        time.sleep(PAUSE_SECONDS)


def _lines(answer: Mapping[str, Any]) -> Iterator[str]:
    for number, attempt in enumerate(answer["attempts"], 1):
        if attempt["error"]:
            at = f" at {attempt['line']}:{attempt['column']}" if attempt["line"] else ""
            yield f"Statement {number} was wrong: {attempt['error']}{at}"
    if answer["state"] == "refused":
        yield f"Refused: {answer['reason']['error']}: {answer['reason']['message']}"
        return
    yield str(answer["text"])
    yield ""
    yield from str(answer["sql"]).splitlines()
    yield ""
    yield from _table([column["name"] for column in answer["columns"]], answer["preview"])
    yield ""
    place = answer["rows"]
    yield f"All rows: s3://{place['bucket']}/{place['key']}; {answer['bytes_scanned']:,} bytes scanned"
    yield from (f"Careful: {warning['message']}" for warning in answer["warnings"])
    yield f"Ask on with --session {answer['session_id']}"


def _table(names: Sequence[str], rows: Sequence[Sequence[str | None]]) -> Iterator[str]:
    cells = [[_short(name) for name in names], *([_short(value) for value in row] for row in rows)]
    widths = [max(len(row[at]) for row in cells) for at in range(len(names))]
    for row in cells:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


def _short(value: str | None) -> str:
    text = "" if value is None else " ".join(value.split())
    return text if len(text) <= MOST_VALUE else f"{text[: MOST_VALUE - 3]}..."
