"""What is drawn on a page and is no text: rulings, the rectangles between them, check boxes, handwriting, skew.

Lengths are in relation to the height of the page's print, or to the page, so that resolution does not matter.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from local.services.textract.page.model import Box, Mark, Pixels, Rules, Word, around

_MOST_SKEW = 8.0  # degrees that are searched on either side
_LEAST_SKEW = 0.25
SOLID = 91.0
"""The confidence of a solid square: it may be a bullet, which only its surroundings tell."""


def ink(image: Pixels) -> Pixels:
    """255 where a pixel of ``image`` (RGB) is darker than what surrounds it, 0 elsewhere.

    Against the neighbourhood, not one threshold: grey rulings are found, and shaded rows are not.
    """
    import cv2

    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    return cv2.adaptiveThreshold(grey, 255, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY_INV, 41, 14)


def skew(image: Pixels) -> float:
    """Degrees, counter-clockwise, to turn ``image`` by so that its rows of text lie level; 0 where none is surer.

    The turn whose rows hold the most uneven amounts of ink: text in level rows leaves the gaps between them white.
    """
    import cv2
    import numpy as np

    black = ink(image)
    scale = 900 / max(black.shape)
    if scale < 1:
        black = cv2.resize(black, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    black = np.where(black > 60, 255, 0).astype(np.uint8)

    def sharpness(angle: float) -> float:
        rows = turned(black, angle, 0).sum(axis=1, dtype=np.float64)
        return float(((rows[1:] - rows[:-1]) ** 2).sum())

    level = sharpness(0.0)
    rough = max(np.arange(-_MOST_SKEW, _MOST_SKEW + 0.5, 0.5), key=sharpness)
    best = max(np.arange(rough - 0.4, rough + 0.5, 0.1), key=sharpness)
    # Any picture has a sharpest turn; only one that is clearly better than none is skew.
    return float(best) if abs(best) >= _LEAST_SKEW and sharpness(best) > 1.15 * level else 0.0


def turned(image: Pixels, angle: float, fill: int = 255) -> Pixels:
    """``image`` turned counter-clockwise by ``angle`` degrees around its middle, in the same size."""
    import cv2

    height, width = image.shape[:2]
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), angle, 1.0)
    border = (fill,) * (3 if image.ndim == 3 else 1)
    return cv2.warpAffine(image, matrix, (width, height), flags=cv2.INTER_LINEAR, borderValue=border)


def marks(black: Pixels) -> list[Mark]:
    """Check boxes and solid squares on a page's ``ink``, before anything is known of its text.

    A box is a square of about the size of print with straight ink along all four sides. Letters are round, open or
    slanted on one side at least.
    """
    import cv2

    height, width = black.shape
    least, most = max(8.0, 0.0095 * min(height, width)), 0.045 * max(height, width)
    count, _, stats, _ = cv2.connectedComponentsWithStats(black, connectivity=8)
    candidates: list[Mark] = []
    for index in range(1, count):
        left, top, wide, high, area = (int(value) for value in stats[index])
        if not (0.75 * least <= min(wide, high) and max(wide, high) <= most * 1.6 and 0.6 <= wide / high <= 1.8):
            continue
        part = black[top : top + high, left : left + wide]
        mark = _solid(part, area) or (_frame(part) if min(wide, high) >= least else None)
        # Print may touch a drawn square, but no letter is a perfect one.
        if mark is not None and (_square(part > 0, 0.97, 4) or _stands_alone(black, (left, top, wide, high))):
            (x0, y0, x1, y1), selected, confidence = mark
            candidates.append(Mark(Box(left + x0, top + y0, left + x1, top + y1), selected, confidence))
    return _outermost(candidates)


def _stands_alone(black: Pixels, place: tuple[int, int, int, int]) -> bool:
    """Whether the square keeps the distance from its neighbours that letters in a word do not keep."""
    left, top, wide, high = place
    gap = max(2, min(4, round(0.2 * min(wide, high))))
    rows = slice(top + high // 4, top + high - high // 4)
    before = black[rows, max(0, left - gap) : left]
    after = black[rows, left + wide : left + wide + gap]
    return not before.any() and not after.any()


def _solid(part: Pixels, area: int) -> tuple[tuple[int, int, int, int], bool, float] | None:
    high, wide = part.shape
    if area >= 0.88 * high * wide and 0.85 <= wide / high <= 1.18:
        return (0, 0, wide, high), True, SOLID
    return None


def _frame(part: Pixels) -> tuple[tuple[int, int, int, int], bool, float] | None:
    """The square that ``part`` is, or the one in it that a tick sticks out of."""
    filled = part > 0
    place: tuple[int, int, int, int] | None = (0, 0, part.shape[1], part.shape[0])
    # Small frames often lose a corner to the raster.
    whole = _square(filled, 0.86, 3 if min(part.shape) < 18 else 4)
    if not whole:
        place = _within(filled)
    if place is None:
        return None
    x0, y0, x1, y1 = place
    square = filled[y0:y1, x0:x1]
    edge = _stroke(square)
    inside = square[edge:-edge, edge:-edge]
    if inside.size == 0 or min(inside.shape) < 3:
        return None
    share = float(inside.mean())
    if not whole and share <= 0.07:
        return None  # nothing inside that could stick out: the round sides of a letter o
    return place, share > 0.07, 92.0 if share < 0.03 or share > 0.12 else 75.0


def _square(filled: Any, least: float, corners: int) -> bool:
    """Whether ink runs along all four edges, ``least`` of each, and fills so many of the corners."""
    high, wide = filled.shape
    if min(wide, high) < 9 or not 0.8 <= wide / high <= 1.25:
        return False
    # Letters as small as this are nearly square blots: only a perfect frame counts.
    tiny = min(wide, high) < 13
    least, corners = (max(least, 0.95), 4) if tiny else (least, corners)
    # A side is a row or column of pixels near the edge that is ink nearly all along: a letter has at most three. Three
    # rows together where there is room for it: a scan is never quite level.
    band = max(2, round(0.15 * min(wide, high)))
    sides = (filled[:band], filled[-band:], filled[:, :band].T, filled[:, -band:].T)
    if min(_coverage(side, 1 if tiny else 3) for side in sides) < least:
        return False
    end = 2 if tiny else band
    ends = (filled[:end, :end], filled[:end, -end:], filled[-end:, :end], filled[-end:, -end:])
    return sum(float(part.mean()) >= 0.45 for part in ends) >= corners  # D and O have none on one side


def _coverage(side: Any, rows: int) -> float:
    """The share of columns that hold ink in the best ``rows`` neighbouring rows of ``side``."""
    starts = range(max(1, len(side) - rows + 1))
    return max(float(side[start : start + rows].any(axis=0).mean()) for start in starts)


def _within(filled: Any) -> tuple[int, int, int, int] | None:
    """Left, top, right, bottom of a square that something sticks out of by a tenth at least."""
    import numpy as np

    # A side covers only a part of the row or column where a tick makes the whole larger: 55 % of it will do.
    xs, ys = np.flatnonzero(filled.mean(axis=0) >= 0.55), np.flatnonzero(filled.mean(axis=1) >= 0.55)
    if len(xs) < 2 or len(ys) < 2:
        return None
    x0, x1, y0, y1 = int(xs[0]), int(xs[-1]) + 1, int(ys[0]), int(ys[-1]) + 1
    high, wide = filled.shape
    if min(x1 - x0, y1 - y0) < 14:
        return None
    if max(wide / (x1 - x0), high / (y1 - y0)) < 1.1 or (x1 - x0) * (y1 - y0) < 0.4 * filled.size:
        return None
    return (x0, y0, x1, y1) if _square(filled[y0:y1, x0:x1], 0.93, 4) else None


def _stroke(square: Any) -> int:
    """How many pixels the frame itself takes, from the outside: up to where a quarter of its sides is ink, plus one."""
    most = int(max(2, round(0.3 * min(square.shape))))
    for depth in range(1, most):
        ring = (
            *(square[depth, depth:-depth], square[-1 - depth, depth:-depth]),
            *(square[depth:-depth, depth], square[depth:-depth, -1 - depth]),
        )
        if min(float(side.mean()) for side in ring) < 0.5:
            return depth + 1
    return most


def _outermost(found: Sequence[Mark]) -> list[Mark]:
    """Without the marks that lie inside another: what fills a box is one with it."""
    kept: list[Mark] = []
    for mark in sorted(found, key=lambda mark: -mark.box.width * mark.box.height):
        outer = next((other for other in kept if other.box.grown(2).holds(mark.box)), None)
        if outer is None:
            kept.append(mark)
        elif mark.selected and not outer.selected:
            kept[kept.index(outer)] = Mark(outer.box, True, mark.confidence)
    return sorted(kept, key=lambda mark: (mark.box.top, mark.box.left))


def erased(image: Pixels, boxes: Iterable[Box], by: float = 2.0) -> Pixels:
    """A copy of ``image`` (RGB) with ``boxes`` painted in the colour that is commonest around each."""
    import numpy as np

    clean = image.copy()
    height, width = image.shape[:2]
    for box in boxes:
        left, top = max(0, int(box.left - by)), max(0, int(box.top - by))
        right, bottom = min(width, int(box.right + by) + 1), min(height, int(box.bottom + by) + 1)
        rim = np.concatenate([image[top, left:right], image[bottom - 1, left:right]])
        clean[top:bottom, left:right] = np.median(rim, axis=0)
    return clean


def trimmed(words: Sequence[Word], black: Pixels, without: Iterable[Box]) -> list[Word]:
    """``words`` as wide as their ink: an OCR's boxes reach into the white space, and over boxes painted out."""
    import numpy as np

    clean = black.copy()
    height, width = black.shape
    for box in without:
        clean[int(box.top) : int(box.bottom) + 1, int(box.left) : int(box.right) + 1] = 0
    found = []
    for word in words:
        top, bottom = max(0, round(word.box.top)), max(0, min(height, round(word.box.bottom)))
        left, right = max(0, round(word.box.left)), max(0, min(width, round(word.box.right)))
        columns = np.flatnonzero((clean[top:bottom, left:right] > 0).sum(axis=0))
        if len(columns) < 2:
            found.append(word)
            continue
        tight = Box(left + float(columns[0]), word.box.top, left + float(columns[-1]) + 1, word.box.bottom)
        found.append(replace(word, box=tight))
    return found


def rules(black: Pixels, print_height: float) -> Rules:
    """The straight lines on a page's ``ink`` that no letter can be, and the smallest rectangles they enclose."""
    import cv2

    across = _bars(black, (max(20, round(2.2 * print_height)), 1))
    down = _bars(black, (1, max(14, round(1.35 * print_height))))
    return Rules(
        across=tuple(_joined([_rectangle(row) for row in cv2.connectedComponentsWithStats(across)[2][1:]])),
        down=tuple(_rectangle(row) for row in cv2.connectedComponentsWithStats(down)[2][1:]),
        cells=tuple(_enclosed(across, down, print_height)),
    )


def without_letters(rules: Rules, words: Sequence[Word]) -> Rules:
    """``rules`` without the strokes of large letters."""
    down = tuple(
        bar
        for bar in rules.down
        if not any(word.box.grown(2).holds(bar) and bar.height <= 1.3 * word.box.height for word in words)
    )
    across = tuple(
        bar
        for bar in rules.across
        if not any(
            word.box.holds(bar)
            and bar.width < word.box.width
            and bar.middle[1] < word.box.bottom - 0.2 * word.box.height
            for word in words
        )
    )
    return Rules(across, down, rules.cells)


def _bars(black: Pixels, size: tuple[int, int]) -> Pixels:
    import cv2

    bars = cv2.morphologyEx(black, cv2.MORPH_OPEN, cv2.getStructuringElement(cv2.MORPH_RECT, size))
    # Small breaks of a scan; before the opening, this would make lines of rows of letters.
    close = cv2.getStructuringElement(cv2.MORPH_RECT, (7, 1) if size[1] == 1 else (1, 7))
    bars = cv2.morphologyEx(bars, cv2.MORPH_CLOSE, close)
    # Solid areas (logos, bars of a diagram) are no lines: keep what is thin.
    thick = cv2.morphologyEx(bars, cv2.MORPH_OPEN, cv2.getStructuringElement(cv2.MORPH_RECT, (9, 9)))
    return cv2.subtract(bars, cv2.dilate(thick, cv2.getStructuringElement(cv2.MORPH_RECT, (3, 3))))


def _rectangle(stats: Any) -> Box:
    left, top, wide, high = (float(value) for value in stats[:4])
    return Box(left, top, left + wide, top + high)


def _joined(bars: Sequence[Box]) -> list[Box]:
    """Pieces of one level line as one."""
    found: list[Box] = []
    for bar in sorted(bars, key=lambda bar: (round(bar.top / 4), bar.left)):
        last = found[-1] if found else None
        if last and abs(last.middle[1] - bar.middle[1]) <= 3 and -3 <= bar.left - last.right <= 4:
            found[-1] = around((last, bar))
        else:
            found.append(bar)
    return found


def _enclosed(across: Pixels, down: Pixels, print_height: float) -> list[Box]:
    """The white rectangles between the lines: what a filler of the form would call a box."""
    import cv2

    grid = cv2.bitwise_or(across, down)
    # Corners that do not quite meet.
    grid = cv2.morphologyEx(grid, cv2.MORPH_CLOSE, cv2.getStructuringElement(cv2.MORPH_RECT, (5, 5)))
    grid = cv2.dilate(grid, cv2.getStructuringElement(cv2.MORPH_RECT, (3, 3)))
    height, width = grid.shape
    grid[0, :] = grid[-1, :] = 0
    count, _, stats, _ = cv2.connectedComponentsWithStats(cv2.bitwise_not(grid), connectivity=4)
    found = []
    for index in range(1, count):
        left, top, wide, high, area = (int(value) for value in stats[index])
        outer = left <= 1 and top <= 1 and wide >= width - 2 and high >= height - 2
        if outer or wide < 0.8 * print_height or high < 0.7 * print_height or area < 0.75 * wide * high:
            continue
        found.append(Box(left - 1.0, top - 1.0, left + wide + 1.0, top + high + 1.0))
    return found


def print_height(words: Sequence[Word]) -> float:
    """The middle height of the words of a page; 16 pixels for a page without any."""
    heights = sorted(word.box.height for word in words if len(word.text) > 1)
    return heights[len(heights) // 2] if heights else 16.0


@dataclass(frozen=True, slots=True)
class Scrawl:
    """Ink in a part of the page that is neither a word nor a ruling."""

    box: Box
    share: float
    """Of the part's area, 0 to 1."""


def scrawl(black: Pixels, part: Box, without: Iterable[Box]) -> Scrawl | None:
    """The ink in ``part``, ``without`` the boxes given; None where there is none to speak of."""
    import numpy as np

    height, width = black.shape
    left, top = max(0, int(part.left)), max(0, int(part.top))
    right, bottom = min(width, int(part.right)), min(height, int(part.bottom))
    if right - left < 4 or bottom - top < 4:
        return None
    view = black[top:bottom, left:right].copy()
    for box in without:
        view[
            max(0, int(box.top - 2) - top) : max(0, int(box.bottom + 3) - top),
            max(0, int(box.left - 2) - left) : max(0, int(box.right + 3) - left),
        ] = 0
    ys, xs = np.nonzero(view)
    if len(xs) < 20:
        return None
    found = Box(left + float(xs.min()), top + float(ys.min()), left + float(xs.max()) + 1, top + float(ys.max()) + 1)
    return Scrawl(found, len(xs) / view.size)
