"""Door: ``POST /search`` -> hits; ``POST /ask`` -> 202 with an id; ``GET /ask/{id}`` -> its answer; ``POST /votes``."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

from common import settings
from common.doors import answers, errors, identity, rates, requests
from common.doors.answers import Response
from common.doors.served import served
from common.observability import Context, observed
from common.table import Table
from knowledge.answers import asked, serving

READS_PER_MINUTE = 300
"""Of one identity: some asks at a time, each looked for every second."""
VOTES_PER_MINUTE = 60


@dataclass(frozen=True)
class Settings:
    state_table: str
    asks_per_minute: int
    searches_per_minute: int
    token_issuer: str = ""
    """Empty: requests are signed by IAM."""
    groups_claim: str = ""


@observed
def handler(event: dict[str, Any], _context: Context) -> Response:
    """A request in payload format 2.0 in, a response in the same out.

    An error without a name, and one that is a defect, fails: Lambda counts it, and API Gateway answers 500.
    """
    return served(lambda: _serve(settings.read(Settings), event))


def _serve(known: Settings, event: dict[str, Any]) -> Response:
    now = time.time()
    reader = asked.reader_of(identity.of(event, identity.Trust(known.token_issuer, known.groups_claim), now))
    request, table = requests.read(event), Table(known.state_table)

    def admit(door: str, most: int) -> None:
        rates.admit(table, door, reader.id, most, now)

    match request.route, request.method:
        case "/search", "POST":
            admit("searches", known.searches_per_minute)
            return answers.answer(200, serving.search(reader, request))
        case "/ask", "POST":
            admit("asks", known.asks_per_minute)
            taken = serving.take(table, reader, request, now)
            return answers.answer(202, taken, {"Location": f"/ask/{taken['id']}"})
        case "/ask/{id}", "GET":
            admit("asks-read", READS_PER_MINUTE)
            return answers.answer(200, serving.read(table, reader, request.parameters["id"]))
        case "/votes", "POST":
            admit("votes", VOTES_PER_MINUTE)
            return answers.answer(200, serving.vote(table, reader, request))
        case "/search" | "/ask" | "/votes", _:
            raise errors.MethodNotAllowed(["POST"])
        case "/ask/{id}", _:
            raise errors.MethodNotAllowed(["GET"])
    raise errors.NotFound("There is nothing at this address; search at /search, ask at /ask.")
