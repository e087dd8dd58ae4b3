"""A model behind an endpoint asked for probabilities: CSV out, one number per row back, whoever wrote its program."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from common.errors import ServiceUnavailable
from services import sagemaker_runtime
from training.errors import ModelUnusable, RowsTooMany, RowsUnreadable
from training.serving import answering
from training.transform import rows as forms

MOST_ROWS, MOST_BYTES = 1_000, 3_000_000
"""Of one request; a serverless endpoint takes 4 MB each way and 60 s (developer guide, "Serverless Inference")."""


Left = Callable[[], float]
"""Seconds that a caller has from now on."""


def ask(
    endpoint: str, names: Sequence[str], rows: Sequence[Sequence[str | None]], left: Left | None = None
) -> list[float]:
    """Probabilities of the positive class, in order. ``left``: for a caller that has not as long as a model may take.

    Raises RowsUnreadable, ModelUnusable, ServiceUnavailable; RowsTooMany where only some were answered in time.
    """
    found: list[float] = []
    for part, body in _parts(names, rows):
        try:
            answer = _asked(endpoint, body, left)
        except ServiceUnavailable as error:
            if found and left is not None and left() < sagemaker_runtime.LEAST_SECONDS:
                raise RowsTooMany(
                    f"The model answered {len(found):,} of {len(rows):,} rows in the time that a request has: send at "
                    "most so many at once."
                ) from error
            raise
        found += answering.probabilities(answer, part)
    return found


def _asked(endpoint: str, body: bytes, left: Left | None) -> bytes:
    from botocore.exceptions import ClientError

    try:
        with sagemaker_runtime.patient(endpoint):
            return sagemaker_runtime.invoke(endpoint, body, forms.CSV, left=left() if left else None)
    except ClientError as error:
        if sagemaker_runtime.refused_request(error) is not None:
            said = str(error.response.get("OriginalMessage", ""))[:200]
            raise RowsUnreadable(f"The model's program refused the rows: {said}") from error
        if error.response["Error"]["Code"] != "ModelError":
            raise
        raise ModelUnusable(f"The program behind {endpoint} failed; read its log.") from error


def _parts(names: Sequence[str], rows: Sequence[Sequence[str | None]]) -> Iterator[tuple[int, bytes]]:
    """Requests within bounds: so many rows, and their body."""
    pending = [rows[start : start + MOST_ROWS] for start in range(0, len(rows), MOST_ROWS)]
    while pending:
        part = pending.pop(0)
        body = forms.to_csv(part, names)
        if len(body) <= MOST_BYTES or len(part) == 1:
            yield len(part), body
        else:
            half = len(part) // 2
            pending[:0] = [part[:half], part[half:]]
