"""Rows that somebody sent -> predictions of the version that serves, and what of it is counted."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from common.doors import errors, requests
from common.doors.requests import Request
from common.observability import count, logger
from training.errors import FormUnknown, NoSuchModel, RowsTooMany, RowsUnreadable
from training.model import Json, Prediction
from training.serving import answering, walker
from training.serving.models import Models
from training.serving.walker import Model
from training.transform import rows
from training.transform.fitted import Notes

MOST_ANSWER: Final = 5_500_000
"""Characters; Lambda answers with 6 MB, all quotation marks escaped once more."""
_NAME: Final = re.compile(r"[a-z0-9](-*[a-z0-9]){0,23}")


def predict(models: Models, name: str, request: Request, left: Callable[[], float]) -> Json:
    """``left``: seconds that this request still has.

    Raises what ``common.doors.errors`` has for it, ModelUnusable, StorageUnavailable, ServiceUnavailable.
    """
    try:
        return _answered(models, name, request, left)
    except NoSuchModel as error:
        logger().info("no model", extra={"reason": str(error)})
        raise _refused(errors.NotFound("No model of this name serves; look at the name, or deploy it.")) from error
    except FormUnknown as error:
        raise _refused(errors.UnsupportedMediaType(str(error))) from error
    except RowsTooMany as error:
        raise _refused(errors.TooLarge(str(error))) from error
    except RowsUnreadable as error:
        raise _refused(errors.InvalidRequest(str(error))) from error
    except errors.DoorRefusal as error:
        raise _refused(error) from error


def smoked(models: Models, wanted: Mapping[str, Any]) -> Json:
    """Answers of a version that may not serve yet, to rows as ``smoke.json`` has them: objects, or ``{"row": {...}}``.

    Raises NoSuchModel, ModelUnusable, RowsUnreadable, StorageUnavailable.
    """
    model = models.version(wanted["name"], wanted["version"])
    given = [each["row"] if isinstance(each.get("row"), dict) else each for each in wanted["rows"]]
    names = [column.name for column in model.columns]
    predictions, notes = answering.predicted(model, [[row.get(name) for name in names] for row in given])
    return answering.answer(model, predictions, notes)


def _answered(models: Models, name: str, request: Request, left: Callable[[], float]) -> Json:
    if not _NAME.fullmatch(name):
        raise NoSuchModel(f"{name[:40]!a} is no name of a model.")
    pointer = models.pointer(name)
    body = requests.body(request, rows.MOST_BYTES)
    content_type = request.headers.get("content-type", "")
    if pointer.kind == "serverless":
        from training.serving import endpoints

        model = models.described(name, str(pointer.version))
        given = rows.parse(body, content_type, model.columns)
        found = endpoints.ask(pointer.endpoint, [column.name for column in model.columns], given, left)
        predictions = [walker.named(each, model.positive, model.negative, model.threshold) for each in found]
        notes = [model.fitted.notes(row) for row in given]
    else:
        model = models.version(name, str(pointer.version))
        predictions, notes = answering.predicted(model, rows.parse(body, content_type, model.columns))
    return _counted(model, predictions, notes)


def _counted(model: Model, predictions: list[Prediction], notes: list[Notes]) -> Json:
    document = answering.answer(model, predictions, notes)
    if len(json.dumps(document)) > MOST_ANSWER:
        raise RowsTooMany("The answer would be longer than is sent at once; send fewer rows.")
    count("PredictionsGiven", len(predictions))
    count("UnseenCategories", sum(len(each.unseen) for each in notes))
    count("MissingCells", sum(len(each.missing) + len(each.unreadable) for each in notes))
    return document


def _refused(error: errors.DoorRefusal) -> errors.DoorRefusal:
    count("PredictionsRefused")
    return error
