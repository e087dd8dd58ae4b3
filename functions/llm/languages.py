"""The language of a pair's texts: what its producer said, else what Comprehend detects in batches of 25."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from llm.model import Pair
from llm.spending import Bill
from services import comprehend


def named(pair: Pair, text: str) -> str:
    """The language of a pair's text that need not be asked for; "" where its producer named none."""
    return pair.language.partition("-")[0].lower() if pair.language and text else comprehend.UNKNOWN


def detect(texts: Sequence[tuple[Pair, str, str]], bill: Bill, client: Any = None) -> list[str]:
    """A language code per text ("en", "zh-TW"), comprehend.UNKNOWN where the answer is unsure.

    Each text comes with its pair, and with a longer one that speaks for it where it is too short to tell. Raises
    ServiceUnavailable while Comprehend is busy or out of reach.
    """
    codes = [named(pair, text) for pair, text, _ in texts]
    samples = [longer if not comprehend.tells_language(text) else text for _, text, longer in texts]
    unnamed = [place for place, code in enumerate(codes) if not code and comprehend.tells_language(samples[place])]
    for start in range(0, len(unnamed), comprehend.MOST_DOCUMENTS):
        places = unnamed[start : start + comprehend.MOST_DOCUMENTS]
        answers, characters = comprehend.languages([samples[place] for place in places], client)
        bill.comprehend(*characters)
        for place, code in zip(places, answers, strict=True):
            codes[place] = code
    return codes
