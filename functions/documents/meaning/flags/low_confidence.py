"""LOW_CONFIDENCE: a field that Textract was not sure of."""

from __future__ import annotations

from collections.abc import Sequence

from documents.model import Field, Flag


def flags(fields: Sequence[Field], threshold: float) -> list[Flag]:
    """LOW_CONFIDENCE for each field that Textract was less sure of than ``threshold``, 0 to 100."""
    return [
        Flag(
            "LOW_CONFIDENCE", f"Textract was only {field.confidence:.0f} % sure of this field.", field.page, field.form
        )
        for field in fields
        if field.confidence is not None and field.confidence < threshold
    ]
