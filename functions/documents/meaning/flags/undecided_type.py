"""TYPE_BY_RULES: the model was asked for the type and gave none that is configured; rules decided it."""

from __future__ import annotations

from documents.model import Flag


def flag() -> Flag:
    """Of a document whose type was asked of the model (TypesBy) without an answer that can be used."""
    return Flag("TYPE_BY_RULES", "The model named none of the configured types, so rules decided; look at the type.")
