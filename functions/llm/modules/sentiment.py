"""The sentiment of completions, by Comprehend's BatchDetectSentiment: one language per call, 5 KB of each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from llm import languages
from llm.model import Needs, PaidModule, Pair, Sample, sample
from services import comprehend

SCORES = {
    "Positive": "SentimentPositive",
    "Negative": "SentimentNegative",
    "Neutral": "SentimentNeutral",
    "Mixed": "SentimentMixed",
}
"""Member of Comprehend's SentimentScore -> metric."""


class Sentiment(PaidModule):
    """SentimentPositive, SentimentNegative, SentimentNeutral, SentimentMixed (None, 0 to 1: their average is the mean),
    SentimentNegativeCount (Count, 0 or 1 per pair); SentimentUnsupportedLanguage, SentimentTruncated, SentimentErrors
    (Count, only where there are some)."""

    name = "sentiment"
    needs: Needs = "completion"

    def __init__(self, client: Any = None) -> None:
        super().__init__()
        self._client = client

    def calls(self, pairs: Sequence[Pair]) -> int:
        """Paid calls at most: one for the language and one for the sentiment of each completion."""
        spoken = [pair for pair in pairs if pair.completion.strip()]
        return len(spoken) + sum(not languages.named(pair, pair.completion) for pair in spoken)

    def compute(self, pairs: Sequence[Pair]) -> list[Sample]:
        """Raises ServiceUnavailable while Comprehend is busy."""
        spoken = [pair for pair in pairs if pair.completion.strip()]
        samples: list[Sample] = []
        groups: dict[str, list[Pair]] = {}
        for pair, language in zip(spoken, self._languages(spoken), strict=True):
            if language in comprehend.LANGUAGES:
                groups.setdefault(language, []).append(pair)
            else:
                samples.append(sample(pair, "SentimentUnsupportedLanguage", 1))
        for language, group in groups.items():
            for start in range(0, len(group), comprehend.MOST_DOCUMENTS):
                samples.extend(self._measured(group[start : start + comprehend.MOST_DOCUMENTS], language))
        return samples

    def _languages(self, pairs: Sequence[Pair]) -> list[str]:
        """A completion that is too short to tell speaks its prompt's language, if that can be told."""
        texts = [(pair, pair.completion, f"{pair.completion}\n{pair.prompt}") for pair in pairs]
        return [_supported(code) for code in languages.detect(texts, self.bill, self._client)]

    def _measured(self, pairs: Sequence[Pair], language: str) -> list[Sample]:
        answers = comprehend.sentiments([pair.completion for pair in pairs], language, self._client)
        self.bill.comprehend(*answers.characters)
        samples: list[Sample] = []
        for pair, result, characters in zip(pairs, answers.results, answers.characters, strict=True):
            if characters < len(pair.completion):
                samples.append(sample(pair, "SentimentTruncated", 1))
            if result is None:
                samples.append(sample(pair, "SentimentErrors", 1))
                continue
            scores = result["SentimentScore"]
            samples += [sample(pair, metric, scores[name], "None") for name, metric in SCORES.items()]
            negative = result["Sentiment"] == "NEGATIVE"
            samples.append(sample(pair, "SentimentNegativeCount", float(negative)))
            if negative:
                self.striking.append(pair.request_id)
        return samples


def _supported(code: str) -> str:
    """ "zh-TW" is a language of its own to Comprehend; of others only the first part counts."""
    return code if code in comprehend.LANGUAGES else code.partition("-")[0]
