"""Which part of a picture is looked at: the one with the most edges, on a copy of at most 96 pixels a side.

Sky, walls and blurred backgrounds have few. It is no face detector, and costs a millisecond.
"""

from __future__ import annotations

from images.decoding.decoded import Decoded
from images.transform import pixels
from images.transform.geometry import Placement, Point

_SIDE = 96


def middle(decoded: Decoded, across: float, down: float) -> Point:
    """The middle of the window with the most edges, ``across`` and ``down`` of the picture in size, as shares of it.

    Of windows with equally many the one nearest to the centre.
    """
    from PIL import ImageFilter

    width, height = decoded.image.size
    scale = min(1.0, _SIDE / max(width, height))
    size = max(3, round(width * scale)), max(3, round(height * scale))
    small, _ = pixels.resized(decoded, Placement(size, (0.0, 0.0, float(width), float(height)), size), "L")
    # The filter leaves the outermost pixels as they are.
    edges = small.filter(ImageFilter.FIND_EDGES).crop((1, 1, size[0] - 1, size[1] - 1))
    columns, rows = edges.size
    found = edges.tobytes()
    sums_of_columns = [sum(found[column::columns]) for column in range(columns)]
    sums_of_rows = [sum(found[row * columns : (row + 1) * columns]) for row in range(rows)]
    return _best(sums_of_columns, across), _best(sums_of_rows, down)


def _best(sums: list[int], share: float) -> float:
    length = min(len(sums), max(1, round(len(sums) * share)))
    total, totals = sum(sums[:length]), []
    for start in range(len(sums) - length + 1):
        totals.append(total)
        if start + length < len(sums):
            total += sums[start + length] - sums[start]
    centre = (len(sums) - length) / 2
    start = max(range(len(totals)), key=lambda number: (totals[number], -abs(number - centre)))
    return (start + length / 2) / len(sums)
