"""Where the colour of the paper changes: the level edges of shaded rows, which part a table as rulings do."""

from __future__ import annotations

from local.services.textract.page.model import Box, Pixels

_LEAST_STEP = 5
"""Grey levels of 256 between two shades; the grain of a scan and of JPEG stays below once it is smoothed."""


def edges(image: Pixels, height: float) -> list[Box]:
    """Level edges between two shades of paper as thin boxes, eight heights of print long at least.

    Args:
        image: the page, RGB.
        height: of its print, in pixels.
    """
    import cv2
    import numpy as np

    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    # Print and rulings vanish when every pixel takes the brightest shade near it, and the darkest of those.
    side = max(3, round(0.6 * height)) | 1
    paper = cv2.morphologyEx(grey, cv2.MORPH_CLOSE, cv2.getStructuringElement(cv2.MORPH_RECT, (side, side)))
    level = cv2.blur(paper, (side, 3)).astype(np.int16)
    reach = 3
    step = np.zeros(level.shape, np.uint8)
    step[reach:-reach] = np.where(np.abs(level[2 * reach :] - level[: -2 * reach]) >= _LEAST_STEP, 255, 0)
    length = max(40, round(8 * height))
    lines = cv2.morphologyEx(step, cv2.MORPH_OPEN, cv2.getStructuringElement(cv2.MORPH_RECT, (length, 1)))
    count, _, stats, _ = cv2.connectedComponentsWithStats(lines)
    found = []
    for left, top, wide, high, _ in stats[1:count]:
        if high <= 0.8 * height:  # a slow change of light is no edge
            middle = float(top) + float(high) / 2
            found.append(Box(float(left), middle - 1, float(left + wide), middle + 1))
    return found
