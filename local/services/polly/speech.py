"""From runs to one stretch of sound with its timed events, shaped at the edges as Polly's is."""

from __future__ import annotations

import array
from collections.abc import Sequence
from dataclasses import dataclass

from local.services.polly import espeak
from local.services.polly.engines import Engine
from local.services.polly.lower import Run
from local.services.polly.voices import Voice, languages

_JOINT_MS = 40  # between two languages inside a sentence
_SENTENCE_MS = 300  # between two sentences; eSpeak NG's own
_QUIET = 33  # -60 dBFS


@dataclass(frozen=True, slots=True)
class Moment:
    """An event at ``ms`` from the start of the audio; ``run`` and ``position`` say where in the text."""

    ms: int
    type: int
    run: int
    position: int
    length: int
    name: str


@dataclass(frozen=True, slots=True)
class Sound:
    """Mono 16-bit samples in this machine's order, and what happens in them."""

    rate: int
    samples: bytes
    moments: tuple[Moment, ...]


def speak(runs: Sequence[Run], voice: Voice, engine: Engine, server: espeak.ForkServer = espeak.SERVER) -> Sound:
    """Say the runs with the stand-in for ``voice``, with the silence before and after that ``engine`` has.

    Raises:
        ServiceFailure: the speech engine failed.
    """
    wishes = [espeak.Wish(f"{_file(run)}+{voice.variant}", voice.pitch, run.ssml) for run in runs]
    spoken = server.speak(wishes) if wishes else []
    rate = spoken[0].rate if spoken else 22050
    sound = bytearray(_silence(engine.lead_of(voice), rate))
    moments: list[Moment] = []
    for index, (run, speech) in enumerate(zip(runs, spoken, strict=True)):
        if index == 0:
            sound += _silence(run.pause_before, rate)
        first, last = _audible(speech.samples) if run.spoken else (0, 0)
        shift = _ms(len(sound), rate) - first * 1000 // rate
        end = _ms(len(sound) + (last - first) * 2, rate)
        moments += [_moment(event, index, shift, end) for event in speech.events]
        sound += speech.samples[first * 2 : last * 2]
        following = runs[index + 1] if index + 1 < len(runs) else None
        sound += _silence(_gap(run, following), rate)
    sound += _silence(engine.tail_ms, rate)
    return Sound(rate, bytes(sound), tuple(moments))


def _file(run: Run) -> str:
    return languages()[run.language].espeak


def _gap(run: Run, following: Run | None) -> int:
    """Milliseconds of silence from a run to the next one's first sound, or to the end."""
    if following is None:
        return run.pause_after
    wished = run.pause_after + following.pause_before
    if not run.spoken:
        return wished
    return max(wished, _SENTENCE_MS if run.ends_sentence else _JOINT_MS)


def _moment(event: espeak.Event, run: int, shift: int, end: int) -> Moment:
    ms = min(max(0, event.ms + shift), end)
    return Moment(ms, event.type, run, event.position, event.length, event.name)


def _audible(samples: bytes) -> tuple[int, int]:
    """First and one past the last sample over -60 dBFS; everything where all is quiet (a silent prosody)."""
    values = array.array("h", samples)
    first = next((i for i, value in enumerate(values) if abs(value) > _QUIET), None)
    if first is None:
        return 0, len(values)
    last = next(i for i in range(len(values) - 1, -1, -1) if abs(values[i]) > _QUIET)
    return first, last + 1


def _silence(ms: int, rate: int) -> bytes:
    return bytes(2 * (ms * rate // 1000))


def _ms(byte_count: int, rate: int) -> int:
    return byte_count // 2 * 1000 // rate
