"""What a call cost by the list prices in ``prices.toml``."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from llm import model_families
from llm.model import Pair

FILE = Path(__file__).with_name("prices.toml")
MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class Price:
    """US dollars for a million tokens, valid from ``since``. Where a model has no price for cached tokens, they cost
    what others do."""

    since: date
    input: float
    output: float
    cache_read: float
    cache_write: float

    def cost(self, pair: Pair) -> float:
        """Of one call. Bedrock counts cached tokens apart from input tokens, so nothing is counted twice."""
        return (
            (pair.input_tokens or 0) * self.input
            + (pair.output_tokens or 0) * self.output
            + (pair.cache_read_tokens or 0) * self.cache_read
            + (pair.cache_write_tokens or 0) * self.cache_write
        ) / MILLION


class Prices:
    """Prices by model, the newest first."""

    def __init__(self, prices: Mapping[str, tuple[Price, ...]]) -> None:
        self._prices = prices

    def of(self, model_id: str, family: str, day: date) -> Price | None:
        """That of the model on ``day``; by its id without Region and version, then by its family. None if unknown."""
        for name in (model_families.bare(model_id), family):
            for price in self._prices.get(name, ()):
                if price.since <= day:
                    return price
        return None


@cache
def load(path: Path = FILE) -> Prices:
    """Reads the table. Raises ValueError where an entry is not one."""
    by_model: dict[str, list[Price]] = {}
    for entry in tomllib.loads(path.read_text())["price"]:
        for model in entry["models"]:
            by_model.setdefault(model, []).append(_price(entry))
    return Prices(
        {model: tuple(sorted(of, key=lambda price: price.since, reverse=True)) for model, of in by_model.items()}
    )


def _price(entry: Mapping[str, Any]) -> Price:
    given, written = float(entry["input"]), float(entry["output"])
    if min(given, written) < 0:
        raise ValueError(f"A price of {entry['models']} in prices.toml is below zero.")
    cache_read, cache_write = float(entry.get("cache_read", given)), float(entry.get("cache_write", given))
    return Price(entry["since"], given, written, cache_read, cache_write)
