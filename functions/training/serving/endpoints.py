"""A model behind an endpoint asked for probabilities: CSV out, one number per row back, whoever wrote its program."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from services import sagemaker_runtime
from training.errors import ModelUnusable, RowsUnreadable
from training.serving import answering
from training.transform import rows as forms

MOST_ROWS, MOST_BYTES = 1_000, 3_000_000
"""Of one request; a serverless endpoint takes 4 MB each way and 60 s (developer guide, "Serverless Inference")."""


def ask(endpoint: str, names: Sequence[str], rows: Sequence[Sequence[str | None]]) -> list[float]:
    """Probabilities of the positive class, in order. Raises RowsUnreadable, ModelUnusable, ServiceUnavailable."""
    from botocore.exceptions import ClientError

    found: list[float] = []
    for part, body in _parts(names, rows):
        try:
            with sagemaker_runtime.patient(endpoint):
                answer = sagemaker_runtime.invoke(endpoint, body, forms.CSV)
        except ClientError as error:
            if sagemaker_runtime.refused_request(error) is not None:
                said = str(error.response.get("OriginalMessage", ""))[:200]
                raise RowsUnreadable(f"The model's program refused the rows: {said}") from error
            if error.response["Error"]["Code"] != "ModelError":
                raise
            raise ModelUnusable(f"The program behind {endpoint} failed; read its log.") from error
        found += answering.probabilities(answer, part)
    return found


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
