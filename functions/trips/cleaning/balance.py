"""Two classes of very different size -> a selection in which they are nearly even.

``ratio`` rows are kept in all for each row of the smaller class: 2.1 keeps all of the smaller class and 1.1 times as
many of the larger. The larger class is sampled without regard to where its rows stand, and the same seed and rows give
the same selection.
"""

from __future__ import annotations

from collections.abc import Sequence


def select(smaller_or_larger: Sequence[bool], ratio: float, seed: str) -> list[int]:
    """Indexes of the rows to keep, in shuffled order; the sequence tells which class each row belongs to.

    Without any row of one class there is nothing to balance against, and nothing is kept.
    """
    from random import Random

    ones = [index for index, is_one in enumerate(smaller_or_larger) if is_one]
    others = [index for index, is_one in enumerate(smaller_or_larger) if not is_one]
    if len(others) < len(ones):
        ones, others = others, ones
    random = Random(seed)  # noqa: S311 - a sample, not a secret
    sample_size = max(0, int(ratio * len(ones)) - len(ones))
    kept = ones + random.sample(others, min(len(others), sample_size))
    random.shuffle(kept)
    return kept
