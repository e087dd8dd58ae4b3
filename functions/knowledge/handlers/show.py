"""Show: ``GET /documents?key=...&page=...`` -> an address at which who may read the document sees the page."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from common import aws, settings
from common.doors import answers, identity, rates, requests
from common.doors.answers import Response
from common.doors.served import served
from common.objects import Bucket
from common.observability import Context, observed
from common.table import Table
from knowledge.answers import asked as callers
from knowledge.opening import asked, pages
from knowledge.retrieval import world

OPENS_PER_MINUTE = 120
"""Of one identity: somebody who leafs through what an answer cites."""


@dataclass(frozen=True)
class Settings:
    state_table: str
    summaries_bucket: str
    token_issuer: str = ""
    """Empty: requests are signed by IAM."""
    groups_claim: str = ""


@observed
def handler(event: dict[str, Any], _context: Context) -> Response:
    """A request in payload format 2.0 in, a response in the same out.

    A function of its own, since the addresses are signed by its role: it alone may read documents, and it reads nothing
    of a request but three parameters.
    """
    return served(lambda: _serve(settings.read(Settings), event))


def _serve(known: Settings, event: dict[str, Any]) -> Response:
    now = time.time()
    trust = identity.Trust(known.token_issuer, known.groups_claim)
    reader = callers.reader_of(identity.of(event, trust, now))
    rates.admit(Table(known.state_table), "documents", reader.id, OPENS_PER_MINUTE, now)
    wanted = asked.read(requests.read(event))
    sees = pages.World(world.to_check(), Bucket(known.summaries_bucket), _sign)
    return answers.answer(200, pages.opened(sees, reader, wanted, now))


def _sign(place: pages.Place, headers: Mapping[str, str]) -> str:
    """By Signature Version 4, which objects under a key of KMS ask for; nothing is sent."""
    which = {"Bucket": place.bucket, "Key": place.key, **headers}
    which |= {"VersionId": place.version} if place.version else {}
    client = aws.client("s3", signature="s3v4")
    return str(client.generate_presigned_url("get_object", Params=which, ExpiresIn=pages.SECONDS))
