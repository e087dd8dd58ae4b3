"""One range of a plan's fragments, bought within a worker's turn: in order, a few at a time, none of them twice."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from threading import Lock
from typing import Any

from common.admission import Turn, Work
from common.objects import Bucket
from common.observability import count
from narration.audio import speech_marks
from narration.model import Fragment
from narration.publishing import audio_bucket, fragment_objects
from narration.publishing.plan_documents import Plan
from narration.speech import polly

SIDE_BY_SIDE: Mapping[str, int] = {"standard": 5}
"""Requests of one worker at a time, by engine: eleven workers with one each would reach a fifth of what standard voices
take (80 a second), and sixteen with five stay within its 80 at once."""

ASK_EVERY = 10
"""Fragments after which it is asked again whether the range is still wanted."""

TWIN_SECONDS = 120
"""When a range is looked at again that another worker has, too: after the time that a worker has at most."""


def speak(audio: Bucket, work: Work, turn: Turn) -> dict[str, Any]:
    """``{edition, start, stop}`` as ``work``; characters billed and fragments made out.

    A fragment's audio and its speech marks are bought in two requests and kept in two objects, each of them complete
    by itself: a run that dies in between has lost nothing, and marks that are switched on later cost the marks. What
    exists is left alone, so a repeated range pays only for what is still missing. Raises SpeechRefused (this text will
    never be spoken as it is), SpeechBroken (what was billed did not arrive), EditionGone, MergeFailed.
    """
    plan = audio_bucket.plan(audio, work["edition"])
    fragments = plan.fragments[work["start"] : work["stop"]]
    engine = plan.fragments[0].engine
    width = SIDE_BY_SIDE.get(engine, 1)
    purse = _Purse(audio, plan, turn)
    try:
        for start in range(0, len(fragments), ASK_EVERY):
            if start:
                turn.ask()
            purse.buy(fragments[start : start + ASK_EVERY], width)
    finally:
        count("CharactersSynthesized", purse.characters, engine=engine)
        count("FragmentsSynthesized", purse.fragments)
    return {"characters": purse.characters, "fragments": purse.fragments}


class _Purse:
    """Buys fragments and adds up what was billed, whatever becomes of the rest."""

    def __init__(self, audio: Bucket, plan: Plan, turn: Turn) -> None:
        self._audio, self._plan, self._turn = audio, plan, turn
        self.characters = self.fragments = 0
        self._lock = Lock()

    def buy(self, fragments: tuple[Fragment, ...], width: int) -> None:
        if width == 1:
            for fragment in fragments:
                self._one(fragment)
            return
        polly.client()  # boto3 makes clients in one thread only
        with ThreadPoolExecutor(width) as pool:
            looks = [pool.submit(self._one, fragment) for fragment in fragments]
        for look in looks:
            look.result()

    def _one(self, fragment: Fragment) -> None:
        rivals: list[str] = []
        edition = self._plan.edition
        paid = self._turn.patiently(
            lambda: fragment_objects.buy_speech(self._audio, fragment, edition=edition, lost=rivals.append)
        )
        self._add(paid, fragments=paid > 0)
        if speech_marks.wanted(self._plan.options.marks, fragment):
            self._add(self._turn.patiently(lambda: fragment_objects.buy_marks(self._audio, fragment)))
        if rivals:
            self._meet(rivals[0])

    def _add(self, characters: int, *, fragments: int = 0) -> None:
        with self._lock:
            self.characters += characters
            self.fragments += fragments

    def _meet(self, edition: str) -> None:
        """Another worker has bought the same fragment at the same time.

        For the same edition: this message runs twice at once, and one of the two stops here, so that one fragment is
        bought twice and not all of them. For another edition the text is shared; of one article only one is wanted.
        """
        if edition == self._plan.edition:
            self._turn.leave_it(TWIN_SECONDS)
        self._turn.ask()
