"""Door: ``POST /models/{name}/predictions`` -> predictions of the version that serves.

The machine's smoke step asks it directly, ``{"smoke": {name, version, rows}}``, for a version that does not serve yet.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import cache
from typing import Any

from common import settings
from common.doors import answers, errors, identity, rates, requests
from common.doors.served import served
from common.objects import Bucket
from common.observability import Context, observed
from common.table import Table
from training.serving import asked
from training.serving.models import Models

MARGIN_SECONDS = 2
"""Kept for the answer, and for making a client."""


@dataclass(frozen=True)
class Settings:
    models_bucket: str
    state_table: str
    predictions_per_minute: int
    token_issuer: str = ""
    """Empty: requests are signed by IAM."""
    groups_claim: str = ""


@observed
def handler(event: dict[str, Any], context: Context) -> dict[str, Any]:
    """A request in payload format 2.0 in, a response in the same out; or a smoke test in, its predictions out.

    An error without a name, and one that is a defect, fails: Lambda counts it, and API Gateway answers 500. A smoke
    test raises NoSuchModel, ModelUnusable, RowsUnreadable, StorageUnavailable.
    """
    known = settings.read(Settings)
    if "requestContext" not in event:  # API Gateway always has it: no caller of the door comes by here
        return asked.smoked(_models(known.models_bucket), event["smoke"])
    return served(lambda: _serve(known, event, context))


def _serve(known: Settings, event: dict[str, Any], context: Context) -> answers.Response:
    now = time.time()
    user = identity.of(event, identity.Trust(known.token_issuer, known.groups_claim), now).id
    request = requests.read(event)
    if request.route != "/models/{name}/predictions":
        raise errors.NotFound("There is nothing at this address; ask at /models/{name}/predictions.")
    if request.method != "POST":
        raise errors.MethodNotAllowed(["POST"])
    rates.admit(Table(known.state_table), "predictions", user, known.predictions_per_minute, now)
    name = request.parameters.get("name", "")
    found = asked.predict(_models(known.models_bucket), name, request, lambda: _left(context))
    return answers.answer(200, found)


def _left(context: Context) -> float:
    return context.get_remaining_time_in_millis() / 1000 - MARGIN_SECONDS


@cache
def _models(bucket: str) -> Models:
    """For the life of the worker: versions never change, and pointers are looked at again."""
    return Models(Bucket(bucket))
