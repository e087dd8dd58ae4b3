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
GLOBAL = "global."
"""What the id of a global inference profile begins with; its tokens cost less than a geography's."""

BATCH = "Batch"
BATCH_SHARE = 0.5
"""Batch inference costs half (aws.amazon.com/bedrock/pricing)."""


@dataclass(frozen=True, slots=True)
class Rates:
    """US dollars for a million tokens."""

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


@dataclass(frozen=True, slots=True)
class Price:
    """Rates that hold from ``since`` on, and that somebody last compared with their source on ``checked``. A prompt of
    more than ``long_above`` tokens, cached ones included, pays ``long`` for all its tokens."""

    since: date
    rates: Rates
    checked: date
    long_above: int = 0
    long: Rates | None = None

    def cost(self, pair: Pair) -> float:
        prompt = (pair.input_tokens or 0) + (pair.cache_read_tokens or 0) + (pair.cache_write_tokens or 0)
        rates = self.long if self.long is not None and prompt > self.long_above else self.rates
        return rates.cost(pair) * (BATCH_SHARE if pair.operation == BATCH else 1)


class Prices:
    """Prices by model, the newest first."""

    def __init__(self, prices: Mapping[str, tuple[Price, ...]]) -> None:
        self._prices = prices

    def of(self, model_id: str, family: str, day: date) -> Price | None:
        """That of the model on ``day``: of the global profile where the id is one and it has a price of its own, then
        by the id without Region and version, then by its family. None if unknown."""
        names = [model_families.bare(model_id), family]
        if is_global(model_id):
            names = [*(GLOBAL + name for name in names), *names]
        for name in names:
            for price in self._prices.get(name, ()):
                if price.since <= day:
                    return price
        return None


def is_global(model_id: str) -> bool:
    """Whether the id, or the last part of the ARN, is a global inference profile's."""
    return model_id.rpartition("/")[2].lower().startswith(GLOBAL)


@cache
def load(path: Path = FILE) -> Prices:
    """Reads the table. Raises ValueError where an entry is not one."""
    table = tomllib.loads(path.read_text())
    by_model: dict[str, list[Price]] = {}
    for entry in table["price"]:
        for model in entry["models"]:
            by_model.setdefault(model, []).append(_price(entry, table["checked"]))
    return Prices(
        {model: tuple(sorted(of, key=lambda price: price.since, reverse=True)) for model, of in by_model.items()}
    )


def _price(entry: Mapping[str, Any], checked: date) -> Price:
    long = entry.get("long_prompt")
    return Price(
        entry["since"],
        rates(entry),
        entry.get("checked", checked),
        int(long["above"]) if long else 0,
        rates(long) if long else None,
    )


def rates(entry: Mapping[str, Any]) -> Rates:
    """Of an entry, or of its ``long_prompt``. Where it has no price for cached tokens, they cost what others do.
    Raises ValueError for one below zero."""
    given, written = float(entry["input"]), float(entry["output"])
    found = Rates(given, written, float(entry.get("cache_read", given)), float(entry.get("cache_write", given)))
    if min(found.input, found.output, found.cache_read, found.cache_write) < 0:
        raise ValueError(f"A price of {entry.get('models', 'a long prompt')} in prices.toml is below zero.")
    return found
