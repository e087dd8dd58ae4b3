"""How toxic prompts and completions are, apart from each other, by Comprehend's DetectToxicContent.

Texts of any length are cut at its limits and sent in requests of ten segments, of several texts if they are short; a
text is as toxic as its worst segment. The operation knows English only, so languages are detected first.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from common.errors import PermanentError
from llm import languages
from llm.model import Needs, PaidModule, Pair, Sample, sample
from services import comprehend

DEFAULT_THRESHOLD = 0.5
LABELS: Mapping[str, str] = {
    "GRAPHIC": "ToxicGraphicCount",
    "HARASSMENT_OR_ABUSE": "ToxicHarassmentOrAbuseCount",
    "HATE_SPEECH": "ToxicHateSpeechCount",
    "INSULT": "ToxicInsultCount",
    "PROFANITY": "ToxicProfanityCount",
    "SEXUAL": "ToxicSexualCount",
    "VIOLENCE_OR_THREAT": "ToxicViolenceOrThreatCount",
}
"""ToxicContentType in the service model, and the metric that counts completions with it."""


class InvalidThreshold(PermanentError):
    """TOXICITY_THRESHOLD is no number above 0 and up to 1."""


@dataclass(slots=True)
class _Text:
    """A prompt or a completion on its way: its segments, and the worst that was found in them."""

    pair: Pair
    of_model: bool
    text: str
    segments: list[str] = field(default_factory=list)
    worst: float = 0.0
    labels: dict[str, float] = field(default_factory=dict)


class Toxicity(PaidModule):
    """ToxicityPrompt, ToxicityCompletion (None, 0 to 1, the worst segment); ToxicCount of completions and
    ToxicPromptCount (Count, 1 at or over the threshold, else 0), Toxic<Label>Count of completions; ToxicitySegments;
    UnsupportedLanguage (Count)."""

    name = "toxicity"
    needs: Needs = "nothing"

    def __init__(self, client: Any = None, threshold: float | None = None) -> None:
        super().__init__()
        self._client = client
        self._threshold = threshold

    def calls(self, pairs: Sequence[Pair]) -> int:
        """Paid calls at most: the language of each text, and the requests if all of them are English."""
        texts = list(_texts(pairs))
        return sum(not languages.named(one.pair, one.text) for one in texts) + len(_requests(texts))

    def compute(self, pairs: Sequence[Pair]) -> list[Sample]:
        """Raises ServiceUnavailable while Comprehend is busy, InvalidThreshold."""
        threshold = self._threshold if self._threshold is not None else _threshold()
        texts = list(_texts(pairs))
        english = []
        samples: list[Sample] = []
        for one, language in zip(texts, self._languages(texts), strict=True):
            if language.partition("-")[0] == comprehend.TOXICITY_LANGUAGE:
                english.append(one)
            else:
                samples.append(sample(one.pair, "UnsupportedLanguage", 1))
        for request in _requests(english):
            self._ask(request)
        for one in english:
            samples.extend(_measured(one, threshold))
            if one.of_model and one.worst >= threshold:
                self.striking.append(one.pair.request_id)
        return samples

    def _languages(self, texts: Sequence[_Text]) -> list[str]:
        """Of texts that are too short to tell, the language of what stands across; both short: of both together."""
        spoken = [(one.pair, one.text, f"{one.pair.prompt}\n{one.pair.completion}") for one in texts]
        return languages.detect(spoken, self.bill, self._client)

    def _ask(self, request: Sequence[tuple[_Text, str]]) -> None:
        results = comprehend.toxicity([segment for _, segment in request], self._client)
        self.bill.comprehend(sum(len(segment) for _, segment in request))
        for (one, _), result in zip(request, results, strict=True):
            one.worst = max(one.worst, result["Toxicity"])
            for label in result["Labels"]:
                one.labels[label["Name"]] = max(one.labels.get(label["Name"], 0.0), label["Score"])


def _texts(pairs: Sequence[Pair]) -> Iterator[_Text]:
    for pair in pairs:
        for of_model, text in ((False, pair.prompt), (True, pair.completion)):
            if text.strip():
                yield _Text(pair, of_model, text, comprehend.segments(text))


def _requests(texts: Sequence[_Text]) -> list[Sequence[tuple[_Text, str]]]:
    pieces = [(one, segment) for one in texts for segment in one.segments]
    return list(comprehend.segment_requests(pieces, [len(segment.encode()) for _, segment in pieces]))


def _measured(one: _Text, threshold: float) -> Iterator[Sample]:
    toxic = one.worst >= threshold
    yield sample(one.pair, "ToxicityCompletion" if one.of_model else "ToxicityPrompt", one.worst, "None")
    yield sample(one.pair, "ToxicCount" if one.of_model else "ToxicPromptCount", float(toxic))
    yield sample(one.pair, "ToxicitySegments", len(one.segments))
    if one.of_model:
        for label, score in one.labels.items():
            if score >= threshold and label in LABELS:
                yield sample(one.pair, LABELS[label], 1)


def _threshold() -> float:
    text = os.environ.get("TOXICITY_THRESHOLD") or str(DEFAULT_THRESHOLD)
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value <= 1:
        raise InvalidThreshold(f"TOXICITY_THRESHOLD is {text!r}; set it to a number above 0, up to 1.")
    return value
