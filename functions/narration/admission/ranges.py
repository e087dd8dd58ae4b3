"""One range of a plan's fragments, bought within a worker's turn: in order, a few at a time, none of them twice."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from threading import Lock
from typing import Any

from common.admission import Turn, Work
from common.objects import Bucket
from common.observability import count
from common.spending import Purse
from narration.audio import speech_marks
from narration.model import Fragment
from narration.publishing import audio_bucket, fragment_objects
from narration.publishing.plan_documents import Plan
from narration.reading import lexicon_objects
from narration.speech import polly

AT_ONCE: Mapping[str, int] = {"standard": 80, "neural": 18, "long-form": 26, "generative": 26}
"""Requests that Polly works on at the same time, by engine (Polly developer guide, "Quotas in Amazon Polly")."""

MOST_SIDE_BY_SIDE = 8
"""Requests of one worker at a time; what comes back is decoded, and it has less than half of a processor."""

ASK_EVERY = 10
"""Fragments after which it is asked again whether the range is still wanted."""

BLOCK_CHARACTERS = 5_000
"""Taken from the day's account at a time: most ranges with one write."""

TWIN_SECONDS = 120
"""When a range is looked at again that another worker has, too: after the time that a worker has at most."""


def side_by_side(engine: str, workers: int) -> int:
    """Requests of one worker at a time: ``workers`` together give Polly as many as it takes at once.

    A quarter more of them are under way, because a fragment is with Polly for four fifths of its time.

    Twelve workers with one each would reach a fifth of what standard voices take (80 a second); two of an account that
    runs ten functions would reach a third of neural ones.
    """
    return max(1, min(MOST_SIDE_BY_SIDE, AT_ONCE[engine] * 5 // 4 // workers))


def speak(audio: Bucket, work: Work, turn: Turn, purse: Purse, *, workers: int) -> dict[str, Any]:
    """``{edition, start, stop}`` as ``work``; characters billed and fragments made out.

    ``workers``: of the lane that can wait. ``purse``: of characters; each request that is made is paid from it.

    A fragment's audio and its speech marks are bought in two requests and kept in two objects, each of them complete
    by itself: a run that dies in between has lost nothing, and marks that are switched on later cost the marks. What
    exists is left alone, so a repeated range pays only for what is still missing. Raises SpeechRefused (this text will
    never be spoken as it is), SpeechBroken (what was billed did not arrive), EditionGone, MergeFailed, and where
    nothing may be bought CeilingReached or PipelinePaused.
    """
    plan = audio_bucket.plan(audio, work["edition"])
    fragments = plan.fragments[work["start"] : work["stop"]]
    engine = plan.fragments[0].engine
    buyer = _Buyer(audio, plan, turn, purse)
    try:
        buyer.buy(fragments, side_by_side(engine, workers))
    finally:
        count("CharactersSynthesized", buyer.characters, engine=engine)
        count("FragmentsSynthesized", buyer.fragments)
    return {"characters": buyer.characters, "fragments": buyer.fragments}


class _Buyer:
    """Buys fragments and adds up what was billed, whatever becomes of the rest."""

    def __init__(self, audio: Bucket, plan: Plan, turn: Turn, purse: Purse) -> None:
        self._audio, self._plan, self._turn, self._purse = audio, plan, turn, purse
        self.characters = self.fragments = 0
        self._lock = Lock()

    def buy(self, fragments: tuple[Fragment, ...], width: int) -> None:
        if width == 1:
            for number, fragment in enumerate(fragments):
                self._one(number, fragment)
            return
        polly.client()  # boto3 makes clients in one thread only
        with ThreadPoolExecutor(width) as pool:
            looks = [pool.submit(self._one, number, fragment) for number, fragment in enumerate(fragments)]
            wait(looks, return_when=FIRST_EXCEPTION)
            pool.shutdown(cancel_futures=True)
        for look in looks:
            if not look.cancelled():
                look.result()

    def _one(self, number: int, fragment: Fragment) -> None:
        if number and number % ASK_EVERY == 0:
            self._turn.ask()
        rivals: list[str] = []
        paid = self._turn.patiently(lambda: self._speech(fragment, rivals))
        self._add(paid, fragments=paid > 0)
        if speech_marks.wanted(self._plan.options.marks, fragment):
            self._add(self._turn.patiently(lambda: fragment_objects.buy_marks(self._audio, fragment, self._purse)))
        if rivals:
            self._meet(rivals[0])

    def _speech(self, fragment: Fragment, rivals: list[str]) -> int:
        for name in fragment.lexicons:  # asked of Polly once in a worker's life, and again where Polly has lost it
            polly.put_lexicon(name, lexicon_objects.content(self._audio, name))
        edition = self._plan.edition
        return fragment_objects.buy_speech(self._audio, fragment, self._purse, edition=edition, lost=rivals.append)

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
