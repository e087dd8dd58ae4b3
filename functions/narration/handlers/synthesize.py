"""Synthesize: ranges of fragments from the two lanes -> speech in the bucket, each paid for once; answers the token."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from common import admission, settings
from common.objects import Bucket
from common.observability import Context, observed
from narration.admission import ranges, wanted
from narration.errors import SpeechThrottled, SpeechUnavailable

THROTTLED, UNAVAILABLE = (SpeechThrottled,), (SpeechUnavailable,)
"""What a worker waits for; neither ever reaches the state machine."""
METRICS = admission.Metrics("SpeechWaitSeconds", "RangesHandedBack", "RangesSuperseded", "TokensGone")


@dataclass(frozen=True)
class Settings:
    audio_bucket: str
    speech_first_queue: str
    speech_next_queue: str
    speech_workers: int


@observed
def handler(event: dict[str, Any], context: Context) -> dict[str, Any]:
    """SQS batch of asks in (``common.admission.Ask``, ``work`` = ``{edition, start, stop, article, version}``).

    The state gets ``{characters, fragments}``, or ``{superseded: true}`` where something newer is wanted.
    """
    known = settings.read(Settings)
    audio = Bucket(known.audio_bucket)
    step = admission.Step(
        queues={"first": known.speech_first_queue, "next": known.speech_next_queue},
        throttled=THROTTLED,
        unavailable=UNAVAILABLE,
        stale=lambda work: wanted.is_stale(audio, work["article"], work["version"]),
        run=lambda work, turn: ranges.speak(audio, work, turn, workers=known.speech_workers),
        metrics=METRICS,
    )
    return admission.serve(event, context, step)
