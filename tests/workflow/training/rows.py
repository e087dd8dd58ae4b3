"""Rows to learn from, made by rule: whether a rider subscribes follows from age, season and weather, and from chance."""

from __future__ import annotations

import csv
import io
import math
import random
from collections.abc import Iterator

HEADER = ("age", "season", "weather", "minutes", "kind")
SEASONS, WEATHERS = ("spring", "summer", "autumn", "winter"), ("dry", "wet", "")
POSITIVE = "guest"


def table(rows: int, seed: int, *, shuffled: bool = False) -> bytes:
    """CSV with a header; the same seed gives the same rows. ``shuffled``: the labels say nothing of the other cells."""
    draw = random.Random(seed)
    made = [list(_row(draw)) for _ in range(rows)]
    if shuffled:
        labels = [row[-1] for row in made]
        draw.shuffle(labels)
        for row, label in zip(made, labels, strict=True):
            row[-1] = label
    text = io.StringIO()
    csv.writer(text).writerows([HEADER, *made])
    return text.getvalue().encode()


def _row(draw: random.Random) -> Iterator[str]:
    age, season, weather = draw.randint(16, 80), draw.choice(SEASONS), draw.choice(WEATHERS)
    minutes = round(draw.gammavariate(2, 6), 1)
    strength = -1.6 + (minutes - 12) / 6 + 1.4 * (season == "summer") - 0.8 * (weather == "wet") - (age - 45) / 30
    yield str(age)
    yield season
    yield weather
    yield str(minutes)
    yield POSITIVE if draw.random() < 1 / (1 + math.exp(-strength)) else "member"
