"""What AWS bills in US dollars, from ``operate/prices.toml``: list prices without the free tier."""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Iterator
from functools import cache
from pathlib import Path
from typing import Any

FILE = Path(__file__).resolve().parent.parent / "prices.toml"
_ABOUT = frozenset({"source", "as_of"})


def polly() -> dict[str, float]:
    """Per million characters, by engine."""
    return table("polly_usd_per_million_characters")


def documents() -> dict[str, float]:
    """What documents buy: per page of each feature, per million tokens."""
    return table("documents_usd")


def comprehend_unit() -> float:
    """A hundred characters of Comprehend."""
    return table("monitoring_usd")["comprehend_unit"]


def textract_page(features: Collection[str]) -> float:
    """A page for which this set of features is asked."""
    usd = documents()
    asked = {name.upper() for name in features}
    main = asked & {"FORMS", "TABLES"}
    total = sum(usd[f"textract_{name.lower()}_page"] for name in main)
    if "QUERIES" in asked:
        total += usd["textract_queries_beside_page" if main else "textract_queries_page"]
    alone = next((name for name in ("LAYOUT", "SIGNATURES") if name in asked), None)
    return total if total or alone is None else usd[f"textract_{alone.lower()}_page"]


def table(name: str) -> dict[str, float]:
    """The prices of one table of the file."""
    return {key: float(value) for key, value in _settings()[name].items() if key not in _ABOUT}


def as_of(name: str) -> str:
    """The month of the prices of one table."""
    return str(_settings()[name]["as_of"])


def models_as_of() -> str:
    """The day by which the prices of models were compared with their source, but for those with days of their own."""
    from llm import prices as models

    return str(tomllib.loads(models.FILE.read_text(encoding="utf-8"))["checked"])


def sources(names: Collection[str]) -> Iterator[str]:
    """A line for each table: as of when its prices are, and where they come from."""
    for name in names:
        about = _settings()[name]
        yield f"{name}: {about['as_of']}, {about['source']}"


@cache
def _settings() -> dict[str, Any]:
    with FILE.open("rb") as file:
        return tomllib.load(file)
