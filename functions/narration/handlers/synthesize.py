"""Synthesize: one range of a plan's fragments -> speech in the bucket, each paid for once."""

from __future__ import annotations

from typing import Any

from common.observability import Context, count, observed
from narration.audio import speech_marks
from narration.publishing import audio_bucket, fragment_objects
from narration.reading import lexicon_objects
from narration.speech import polly


@observed
def handler(event: dict[str, Any], _context: Context) -> dict[str, int]:
    """``{edition, start, stop}`` in; characters billed and fragments made out.

    A fragment's audio and its speech marks are bought in two requests and kept in two objects, each of them complete
    by itself: a run that dies in between has lost nothing, and marks that are switched on later cost the marks. What
    exists is left alone, so a repeated range pays only for what is still missing. Raises SpeechThrottled and
    SpeechUnavailable (worth another try), SpeechRefused (this text will never be spoken as it is).
    """
    audio = audio_bucket.bucket()
    plan = audio_bucket.plan(audio, event["edition"])
    billed = fragments = 0
    for name in dict.fromkeys(name for one in plan.fragments[event["start"] : event["stop"]] for name in one.lexicons):
        polly.put_lexicon(name, lexicon_objects.content(audio, name))
    try:
        for fragment in plan.fragments[event["start"] : event["stop"]]:
            paid = fragment_objects.buy_speech(audio, fragment)
            billed += paid
            fragments += paid > 0
            if speech_marks.wanted(plan.options.marks, fragment):
                billed += fragment_objects.buy_marks(audio, fragment)
    finally:
        count("CharactersSynthesized", billed, engine=plan.fragments[0].engine)
        count("FragmentsSynthesized", fragments)
    return {"characters": billed, "fragments": fragments}
