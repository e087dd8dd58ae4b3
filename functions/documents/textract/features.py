"""What Textract is asked for, as FeatureTypes and Queries say: it sets the price, and what a kept answer answers."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from common import executions, settings
from documents.errors import AnalysisRefused

MOST_QUERIES = 15
"""Per page in a synchronous call (developer guide, "Quotas in Amazon Textract")."""


@dataclass(frozen=True)
class Settings:
    feature_types: str
    queries: str = ""


def features() -> dict[str, Any]:
    """FeatureTypes and QueriesConfig as the template's parameters say. Raises AnalysisRefused for what cannot be."""
    return of(settings.read(Settings))


def of(known: Settings) -> dict[str, Any]:
    """The same for settings that are no environment's."""
    wanted = [name.strip() for name in known.feature_types.split(",") if name.strip()]
    if "QUERIES" not in wanted:
        return {"FeatureTypes": wanted}
    questions = [_question(text) for text in known.queries.split(";") if text.strip()]
    if not 1 <= len(questions) <= MOST_QUERIES:
        raise AnalysisRefused(
            f"FeatureTypes has QUERIES, and Queries has {len(questions)} questions; give it 1 to {MOST_QUERIES}."
        )
    return {"FeatureTypes": wanted, "QueriesConfig": {"Queries": questions}}


def _question(text: str) -> dict[str, Any]:
    """``ALIAS: question`` or ``question``. Without Pages only the first page would be asked (API reference, Query)."""
    pages = {"Pages": ["*"]}
    named = re.fullmatch(r"\s*([A-Za-z0-9_.\-]+):\s(.*)", text, re.DOTALL)
    return {"Text": named[2].strip(), "Alias": named[1], **pages} if named else {"Text": text.strip(), **pages}


def priced(asked: Mapping[str, Any]) -> str:
    """The features in one order: pages are billed by the set of them (aws.amazon.com/textract/pricing)."""
    return ",".join(sorted(asked["FeatureTypes"]))


def fingerprint(asked: Mapping[str, Any]) -> str:
    """What is asked for, in 8 hex: an answer to other questions is no answer."""
    return executions.digest(json.dumps(asked, sort_keys=True).encode())[:8]
