"""Radio buttons: rings of about the size of print that stand alone, two of one size at least."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from local.services.textract.page.model import Box, Mark, Pixels

_ANGLES = 48


def rings(black: Pixels) -> list[Mark]:
    """The radio buttons on a page's ``ink``; a dot in the middle is a chosen one.

    The letter O is a ring too, but stands in a word; and one alone may be anything.
    """
    import cv2

    height, width = black.shape
    least, most = max(10.0, 0.0095 * min(height, width)), 0.03 * max(height, width)
    count, _, stats, _ = cv2.connectedComponentsWithStats(black, connectivity=8)
    found: list[Mark] = []
    for index in range(1, count):
        left, top, wide, high = (int(value) for value in stats[index][:4])
        if not (least <= wide <= most and 0.88 <= wide / high <= 1.14):
            continue
        selected = _ring(black[top : top + high, left : left + wide] > 0)
        if selected is not None and _alone(black, left, top, wide, high):
            found.append(Mark(Box(left, top, left + wide, top + high), selected, 88.0))
    return [mark for mark in found if _has_twin(mark, found)]


def _has_twin(mark: Mark, found: Sequence[Mark]) -> bool:
    return any(other is not mark and 0.85 < other.box.width / mark.box.width < 1.18 for other in found)


def _ring(part: Any) -> bool | None:
    """Whether the ring that ``part`` is has a dot in it; None where it is no ring."""
    import numpy as np

    high, wide = part.shape
    ys, xs = np.mgrid[0:high, 0:wide]
    # 0 in the middle, 1 at the outer edge.
    away = np.hypot((xs + 0.5 - wide / 2) / (wide / 2), (ys + 0.5 - high / 2) / (high / 2))
    turn = np.arctan2(ys + 0.5 - high / 2, xs + 0.5 - wide / 2)
    sector = ((turn + np.pi) / (2 * np.pi) * _ANGLES).astype(int) % _ANGLES
    edge = part & (away > 0.72) & (away <= 1.08)
    if len(np.unique(sector[edge])) < 0.95 * _ANGLES or part[away > 1.12].any():
        return None
    between, middle = part[(away > 0.5) & (away < 0.72)], part[away < 0.4]
    if between.size == 0 or middle.size == 0 or float(between.mean()) > 0.4:
        return None
    dot = float(middle.mean())
    if dot > 0.6:
        return True
    return False if dot < 0.05 and float(between.mean()) < 0.25 else None


def _alone(black: Pixels, left: int, top: int, wide: int, high: int) -> bool:
    """Whether nothing stands as near as the next letter of a word does: above and below too, as pages lie sideways."""
    beside, over = max(4, round(0.5 * wide)), max(3, round(0.3 * high))
    right, bottom = left + wide, top + high
    near = (
        black[top:bottom, max(0, left - beside) : left],
        black[top:bottom, right : right + beside],
        black[max(0, top - over) : top, left:right],
        black[bottom : bottom + over, left:right],
    )
    return not any(part.any() for part in near)
