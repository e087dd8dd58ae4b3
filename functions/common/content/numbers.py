"""Text -> number, the same wherever a row comes by: the trips' transform, a training job, a model that is asked.

``float()`` alone would take ``1_000``, the digits of other scripts, ``nan`` and ``infinity``, which no two readers of a
file take for the same.
"""

from __future__ import annotations

import math
import re

NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,4})?")


def read(text: str) -> float | None:
    """The number that the whole text is; None where it is none, or too large for 64 bits (IEEE 754)."""
    if not NUMBER.fullmatch(text):
        return None
    value = float(text)
    return value if math.isfinite(value) else None
