"""Refusals, similarity and toxicity of a day as one picture: what the dashboard shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from local.demo.drawing import INK, PAPER, SIZE, Box, grid

REFUSALS_BOX, SIMILARITY_BOX = (90, 110, 1230, 310), (90, 390, 1230, 580)
REFUSED, LIMIT, TOXIC = "#d9683c", "#b02a2a", "#6b2fa0"
LINES = {"answered, p50": "#34456b", "answered, p10": "#7f9bd1", "refused, p50": "#e3a33b"}

Series = Mapping[datetime, float]
"""The begin of a period (UTC) -> its value; what had no data is absent."""


def draw(
    periods: Sequence[datetime],
    refusals: Series,
    limit: float,
    toxic: Series,
    similarity: Mapping[str, Series],
    path: Path,
) -> None:
    """``refusals`` in percent, ``limit`` the alarm's, ``similarity`` by the names in ``LINES``. Writes a PNG."""
    image = Image.new("RGB", SIZE, PAPER)
    pen = ImageDraw.Draw(image)
    pen.text((90, 24), "Quality of three models in a day", INK, ImageFont.load_default(28))
    _refusals(pen, periods, refusals, limit, toxic)
    _similarity(pen, periods, similarity)
    image.save(path)


def _refusals(
    pen: ImageDraw.ImageDraw, periods: Sequence[datetime], refusals: Series, limit: float, toxic: Series
) -> None:
    left, top, right, bottom = REFUSALS_BOX
    pen.text((left, top - 34), "refusals, percent of completions", INK, ImageFont.load_default(18))
    height = grid(pen, REFUSALS_BOX, max(limit, *refusals.values(), 1))
    width = (right - left) / len(periods)
    for number, period in enumerate(periods):
        x = left + number * width
        if value := refusals.get(period):
            pen.rectangle([x + width * 0.12, bottom - value * height, x + width * 0.88, bottom], REFUSED)
        if toxic.get(period):
            middle = x + width / 2
            pen.polygon([(middle, top - 14), (middle - 8, top), (middle + 8, top)], TOXIC)
            pen.text((middle - 12, top - 8), "toxic completion", TOXIC, ImageFont.load_default(16), anchor="rm")
    pen.line([(left, bottom - limit * height), (right, bottom - limit * height)], LIMIT, 2)
    pen.text((left + 6, bottom - limit * height - 4), "alarm", LIMIT, ImageFont.load_default(16), anchor="ls")
    pen.line([(left, bottom), (right, bottom)], INK)
    _hours(pen, REFUSALS_BOX, periods)


def _similarity(pen: ImageDraw.ImageDraw, periods: Sequence[datetime], similarity: Mapping[str, Series]) -> None:
    left, top, right, bottom = SIMILARITY_BOX
    pen.text((left, top - 34), "similarity of prompt and completion, percent", INK, ImageFont.load_default(18))
    height = grid(pen, SIMILARITY_BOX, 100)
    width = (right - left) / len(periods)
    for place, (name, colour) in enumerate(LINES.items()):
        found = similarity.get(name, {})
        points = [
            (left + (number + 0.5) * width, bottom - max(0.0, 100 * found[period]) * height)
            for number, period in enumerate(periods)
            if period in found
        ]
        if len(points) > 1:
            pen.line(points, colour, 3)
        for x, y in points:
            pen.ellipse([x - 3, y - 3, x + 3, y + 3], colour)
        pen.text((right - 420 + 150 * place, top - 24), name, colour, ImageFont.load_default(16))
    pen.line([(left, bottom), (right, bottom)], INK)
    _hours(pen, SIMILARITY_BOX, periods)


def _hours(pen: ImageDraw.ImageDraw, box: Box, periods: Sequence[datetime]) -> None:
    left, _, right, bottom = box
    width = (right - left) / len(periods)
    for number, period in enumerate(periods):
        if period.minute == 0 and period.hour % 3 == 0:
            x = left + number * width
            pen.text((x, bottom + 6), f"{period:%H:%M}", INK, ImageFont.load_default(16), anchor="mt")
