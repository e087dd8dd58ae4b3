"""What the chapters' pictures share: paper, ink, and axes with round numbers."""

from __future__ import annotations

from PIL import ImageDraw, ImageFont

SIZE = (1280, 640)
PAPER, INK, GRID = "#ffffff", "#222222", "#dddddd"
STEPS = (1, 2, 2.5, 5, 10)

Box = tuple[int, int, int, int]
"""Left, top, right, bottom."""


def step(highest: int) -> float:
    """About five lines, at round numbers."""
    power: int = 10 ** max(0, len(str(max(1, highest // 5))) - 1)
    return next(size * power for size in STEPS if highest <= 5 * size * power or size == STEPS[-1])


def grid(pen: ImageDraw.ImageDraw, box: Box, highest: float) -> float:
    """Lines and numbers from 0 to a round number not below ``highest``; the pixels of one unit."""
    left, top, right, bottom = box
    font = ImageFont.load_default(16)
    gap = step(int(highest))
    height = (bottom - top) / max(1, gap * -(-highest // gap))
    for mark in range(0, int(gap * -(-highest // gap)) + 1, max(1, int(gap))):
        y = bottom - mark * height
        pen.line([(left, y), (right, y)], GRID)
        pen.text((left - 8, y), f"{mark:,}", INK, font, anchor="rm")
    return height
