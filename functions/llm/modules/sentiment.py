"""The sentiment of completions, by Comprehend's BatchDetectSentiment: 25 documents of 5 KB, one language a call."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from common import aws
from llm import languages
from llm.model import Needs, Pair, Sample, sample
from llm.segments import DOCUMENT_BYTES, clean, head
from llm.spending import Bill

LANGUAGES = frozenset({"en", "es", "fr", "de", "it", "pt", "ar", "hi", "ja", "ko", "zh", "zh-TW"})
"""LanguageCode in the service model."""
MOST_DOCUMENTS = 25
SCORES = {
    "Positive": "SentimentPositive",
    "Negative": "SentimentNegative",
    "Neutral": "SentimentNeutral",
    "Mixed": "SentimentMixed",
}
"""Member of Comprehend's SentimentScore -> metric."""


class Sentiment:
    """SentimentPositive, SentimentNegative, SentimentNeutral, SentimentMixed (None, 0 to 1: their average is the mean),
    SentimentNegativeCount (Count, 0 or 1 a pair); SentimentUnsupportedLanguage, SentimentTruncated, SentimentErrors
    (Count, only where there are some)."""

    name = "sentiment"
    needs: Needs = "completion"

    def __init__(self, client: Any = None) -> None:
        self._client = client
        self.bill = Bill()

    def calls(self, pairs: Sequence[Pair]) -> int:
        """Paid calls at most: one for the language and one for the sentiment of each completion."""
        spoken = [pair for pair in pairs if pair.completion.strip()]
        return len(spoken) + sum(not languages.known(pair, pair.completion) for pair in spoken)

    def compute(self, pairs: Sequence[Pair]) -> list[Sample]:
        """Raises ServiceUnavailable while Comprehend is busy."""
        spoken = [pair for pair in pairs if pair.completion.strip()]
        samples: list[Sample] = []
        groups: dict[str, list[Pair]] = {}
        for pair, language in zip(spoken, self._languages(spoken), strict=True):
            if language in LANGUAGES:
                groups.setdefault(language, []).append(pair)
            else:
                samples.append(sample(pair, "SentimentUnsupportedLanguage", 1))
        for language, group in groups.items():
            for start in range(0, len(group), MOST_DOCUMENTS):
                samples.extend(self._measured(group[start : start + MOST_DOCUMENTS], language))
        return samples

    def _languages(self, pairs: Sequence[Pair]) -> list[str]:
        """A completion that is too short to tell speaks its prompt's language, if that can be told."""
        given = [languages.known(pair, pair.completion) for pair in pairs]
        texts = ["" if known else _telling(pair) for known, pair in zip(given, pairs, strict=True)]
        found = languages.detect(texts, self.bill, self._client)
        return [known or _supported(code) for known, code in zip(given, found, strict=True)]

    def _measured(self, pairs: Sequence[Pair], language: str) -> list[Sample]:
        whole = [clean(pair.completion) for pair in pairs]
        documents = [head(text, DOCUMENT_BYTES) for text in whole]
        with aws.patient("Comprehend"):
            client = self._client or aws.client("comprehend")
            answer = client.batch_detect_sentiment(TextList=documents, LanguageCode=language)
        self.bill.comprehend(*(len(document) for document in documents))
        samples = [
            sample(pair, "SentimentTruncated", 1)
            for pair, text, document in zip(pairs, whole, documents, strict=True)
            if len(document) < len(text)
        ]
        for result in answer["ResultList"]:
            pair = pairs[result["Index"]]
            scores = result["SentimentScore"]
            samples += [sample(pair, metric, scores[name], "None") for name, metric in SCORES.items()]
            samples.append(sample(pair, "SentimentNegativeCount", float(result["Sentiment"] == "NEGATIVE")))
        samples += [sample(pairs[error["Index"]], "SentimentErrors", 1) for error in answer["ErrorList"]]
        return samples


def _telling(pair: Pair) -> str:
    return pair.completion if languages.askable(pair.completion) else f"{pair.completion}\n{pair.prompt}"


def _supported(code: str) -> str:
    """ "zh-TW" is a language of its own to Comprehend; of others only the first part counts."""
    return code if code in LANGUAGES else code.partition("-")[0]
