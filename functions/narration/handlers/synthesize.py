"""Synthesize: ranges of fragments from the two lanes -> speech in the bucket, each paid for once; answers the token."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from common import admission, settings, spending
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
    state_table: str
    daily_characters: int


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
        run=lambda work, turn: _speak(known, audio, work, turn),
        metrics=METRICS,
    )
    return admission.serve(event, context, step)


def _speak(known: Settings, audio: Bucket, work: admission.Work, turn: admission.Turn) -> dict[str, Any]:
    ceiling, block = known.daily_characters, ranges.BLOCK_CHARACTERS
    with spending.open_purse(known.state_table, "narration", "characters", ceiling, block=block) as purse:
        return ranges.speak(audio, work, turn, purse, workers=known.speech_workers)
