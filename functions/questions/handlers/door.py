"""Door: ``POST /questions`` -> 202 with an id; ``GET /questions/{id}`` -> its answer, or that it is on its way."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

from common import settings
from common.doors import answers, errors, identity, kept, rates, requests
from common.doors.answers import Response
from common.doors.served import served
from common.objects import Bucket
from common.observability import Context, count, logger, observed
from common.table import Table
from questions.answers import asked, documents, taken

DAY = 86_400
READS_PER_MINUTE = 300
"""Of one identity: some questions at a time, each looked for every second."""


@dataclass(frozen=True)
class Settings:
    state_table: str
    answers_bucket: str
    databases: str
    answer_question_arn: str
    questions_per_minute: int
    kept_days: int
    token_issuer: str = ""
    """Empty: requests are signed by IAM."""


@observed
def handler(event: dict[str, Any], _context: Context) -> Response:
    """A request in payload format 2.0 in, a response in the same out.

    An error without a name, and one that is a defect, fails: Lambda counts it, and API Gateway answers 500.
    """
    return served(lambda: _serve(settings.read(Settings), event))


def _serve(known: Settings, event: dict[str, Any]) -> Response:
    now = time.time()
    user = identity.of(event, identity.Trust(known.token_issuer), now).id
    request, table = requests.read(event), Table(known.state_table)
    match request.route, request.method:
        case "/questions", "POST":
            rates.admit(table, "questions", user, known.questions_per_minute, now)
            return _take(known, table, user, asked.read(request, known.databases.split(",")), now)
        case "/questions/{id}", "GET":
            rates.admit(table, "answers", user, READS_PER_MINUTE, now)
            question = taken.owned(table, user, request.parameters["id"])
            found = kept.get(Bucket(known.answers_bucket), question.id)
            return answers.answer(200, found or documents.running(question))
        case "/questions", _:
            raise errors.MethodNotAllowed(["POST"])
        case "/questions/{id}", _:
            raise errors.MethodNotAllowed(["GET"])
    raise errors.NotFound("There is nothing at this address; ask at /questions.")


def _take(known: Settings, table: Table, user: str, wanted: asked.Asked, now: float) -> Response:
    found = taken.take(table, user, wanted, now, known.kept_days * DAY)
    taken.start(known.answer_question_arn, found.question)
    count("Asked", int(found.fresh))
    logger().info("question taken", extra={"id": found.question.id, "fresh": found.fresh})
    document = {"schema": answers.SCHEMA, "id": found.question.id, "session_id": found.question.session}
    return answers.answer(202, document, {"Location": f"/questions/{found.question.id}"})
