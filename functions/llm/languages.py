"""Which language a text is in, by Comprehend's BatchDetectDominantLanguage.

The first 300 characters decide: they cost as much as one character does (three units a request at least), and more of
a text costs more without saying more.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from common import aws
from llm.model import Pair
from llm.segments import DOCUMENT_BYTES, clean, head
from llm.spending import Bill

LEAST_CHARACTERS = 20
"""What DetectDominantLanguage asks for (service model)."""
MOST_CHARACTERS = 300
MOST_DOCUMENTS = 25
LEAST_SCORE = 0.5
UNKNOWN = ""


def known(pair: Pair, text: str) -> str:
    """The language of a pair's text that need not be asked for: what its producer said."""
    return pair.language.partition("-")[0].lower() if pair.language and text else UNKNOWN


def askable(text: str) -> bool:
    """Whether there is enough of a text to tell its language."""
    return len(text.strip()[:MOST_CHARACTERS]) >= LEAST_CHARACTERS


def detect(texts: Sequence[str], bill: Bill, client: Any = None) -> list[str]:
    """A language code a text ("en", "zh-TW"), UNKNOWN where it is short or the answer unsure.

    Raises ServiceUnavailable while Comprehend is busy or out of reach.
    """
    found = [UNKNOWN] * len(texts)
    asked = [index for index, text in enumerate(texts) if askable(text)]
    for start in range(0, len(asked), MOST_DOCUMENTS):
        places = asked[start : start + MOST_DOCUMENTS]
        documents = [_start(texts[place]) for place in places]
        with aws.patient("Comprehend"):
            answer = (client or aws.client("comprehend")).batch_detect_dominant_language(TextList=documents)
        bill.comprehend(*(len(document) for document in documents))
        for result in answer["ResultList"]:
            best = max(result["Languages"], key=lambda one: one["Score"], default=None)
            if best is not None and best["Score"] >= LEAST_SCORE:
                found[places[result["Index"]]] = best["LanguageCode"]
    return found


def _start(text: str) -> str:
    return head(clean(text.strip()[:MOST_CHARACTERS]), DOCUMENT_BYTES)
