"""Trips by hour and by part of the day as one picture."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from local.demo.drawing import INK, PAPER, SIZE, Box, grid

COLOURS = {"night": "#34456b", "morning": "#e3a33b", "afternoon": "#d9683c", "evening": "#8a5a9e"}
HOURS_BOX, PARTS_BOX = (90, 110, 850, 540), (960, 110, 1230, 540)


def draw(hours: Sequence[tuple[str, int, int]], path: Path) -> None:
    """``hours``: part of the day, hour, trips. Writes a PNG."""
    image = Image.new("RGB", SIZE, PAPER)
    pen = ImageDraw.Draw(image)
    total = sum(trips for _, _, trips in hours)
    pen.text((90, 30), f"{total:,} trips, by the hour at which they began", INK, ImageFont.load_default(28))
    by_hour = {hour: (trips, COLOURS.get(part, INK)) for part, hour, trips in hours}
    _bars(pen, HOURS_BOX, [(str(hour), *by_hour.get(hour, (0, COLOURS["night"]))) for hour in range(24)])
    pen.text((HOURS_BOX[0], 580), "hour of the day", INK, ImageFont.load_default(18))
    parts = [(part, sum(trips for other, _, trips in hours if other == part), COLOURS[part]) for part in COLOURS]
    _bars(pen, PARTS_BOX, parts)
    pen.text((PARTS_BOX[0], 580), "part of the day", INK, ImageFont.load_default(18))
    image.save(path)


def _bars(pen: ImageDraw.ImageDraw, box: Box, bars: Sequence[tuple[str, int, str]]) -> None:
    left, _, right, bottom = box
    font = ImageFont.load_default(16)
    height = grid(pen, box, max(value for _, value, _ in bars))
    width = (right - left) / len(bars)
    for number, (label, value, colour) in enumerate(bars):
        x = left + number * width
        pen.rectangle([x + width * 0.12, bottom - value * height, x + width * 0.88, bottom], colour)
        pen.text((x + width / 2, bottom + 6), label, INK, font, anchor="mt")
    pen.line([(left, bottom), (right, bottom)], INK)
