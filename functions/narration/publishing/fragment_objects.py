"""The objects of one fragment: audio and speech marks, each bought once and kept, and the sidecar that measures it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, fields
from pathlib import Path

from common.objects import Bucket, encode
from common.spending import Purse
from narration.audio import speech_marks
from narration.audio.codecs import mp3
from narration.errors import EditionGone, MergeFailed, SpeechRefused
from narration.model import SCHEMA, Clip, Fragment
from narration.publishing import keys
from narration.speech import polly

BOUGHT_FOR = "bought-for"
"""User metadata of a fragment's audio: the edition for which it was bought first."""


def proofs(fragment: Fragment, marks: str) -> list[str]:
    """Keys that show what was paid for: the sidecar, written after its audio, and the marks if the plan wants them."""
    wanted = [keys.fragment_marks(fragment.hash)] if speech_marks.wanted(marks, fragment) else []
    return [keys.fragment_sidecar(fragment.hash), *wanted]


def buy_speech(
    audio: Bucket,
    fragment: Fragment,
    purse: Purse,
    *,
    edition: str = "",
    lost: Callable[[str], object] = lambda _: None,
) -> int:
    """Audio first, sidecar last; returns the characters that Polly billed: none where they are there.

    ``edition`` is the one it is bought for. Where another worker has bought the same at the same time and was first to
    keep it, ``lost`` is called with the edition that it bought for.

    Where a run died between the two, the audio that was paid for is measured instead of being bought again; where two
    runs bought the same fragment, the first one's audio counts and both measure that.
    """
    if audio.head(keys.fragment_sidecar(fragment.hash)) is not None:
        return 0
    key = keys.fragment_audio(fragment.hash)
    stored = audio.get(key)
    data, billed = (stored.body, 0) if stored else _bought(audio, fragment, purse, key, edition, lost)
    try:
        sidecar = _sidecar(fragment, data)
    except MergeFailed as error:
        # What was paid for is kept before it is looked at, so every redrive would find the damage again.
        raise MergeFailed(
            f"{error} It is kept as s3://{audio.name}/{key}: delete that object, then redrive."
        ) from error
    audio.put_if_absent(keys.fragment_sidecar(fragment.hash), sidecar)
    return billed


def _bought(
    audio: Bucket, fragment: Fragment, purse: Purse, key: str, edition: str, lost: Callable[[str], object]
) -> tuple[bytes, int]:
    data, billed = _paid(purse, fragment, lambda: polly.speech(fragment))
    if audio.put_if_absent(key, data, content_type="audio/mpeg", metadata={BOUGHT_FOR: edition}):
        return data, billed
    stored = audio.get(key)
    if stored is None:
        return data, billed
    lost(stored.metadata.get(BOUGHT_FOR, ""))
    return stored.body, billed


def _paid(purse: Purse, fragment: Fragment, ask: Callable[[], tuple[bytes, int]]) -> tuple[bytes, int]:
    """One request to Polly, paid for in characters, as many as Polly says in the end."""
    return purse.pay(fragment.characters, ask, billed=lambda answer: answer[1])


def buy_marks(audio: Bucket, fragment: Fragment, purse: Purse) -> int:
    """Speech marks, unless they are there; returns the characters that Polly billed."""
    key = keys.fragment_marks(fragment.hash)
    if audio.head(key) is not None:
        return 0
    answer, billed = _paid(purse, fragment, lambda: polly.marks(fragment, speech_marks.TYPES))
    try:
        document = speech_marks.document(answer, fragment)
    except ValueError as error:
        raise SpeechRefused(
            f"Polly's speech marks for fragment {fragment.hash} cannot be read ({error}); "
            f"set SpeechMarks to none and publish the article again."
        ) from error
    audio.put_if_absent(key, encode(document))
    return billed


def fetch(audio: Bucket, name: str, path: Path) -> Clip:
    """Writes the audio of fragment ``name`` to ``path``; what its sidecar says. Raises EditionGone."""
    sidecar = audio.get(keys.fragment_sidecar(name))
    if sidecar is None or audio.download(keys.fragment_audio(name), path) is None:
        raise EditionGone(f"Fragment {name} is gone; the article is planned again.")
    measured = sidecar.json()
    return Clip(**{field.name: measured[field.name] for field in fields(Clip) if field.name in measured})


def marks(audio: Bucket, name: str) -> tuple[speech_marks.Mark, ...]:
    """The speech marks of fragment ``name``. Raises EditionGone."""
    stored = audio.get(keys.fragment_marks(name))
    if stored is None:
        raise EditionGone(f"The speech marks of fragment {name} are gone; the article is planned again.")
    return speech_marks.read(stored.json())


def _sidecar(fragment: Fragment, data: bytes) -> bytes:
    from narration.audio import silence  # decodes, which Plan never does
    from narration.audio.levels.gating import SILENT

    first, last = mp3.audio_range(data)
    if first == last:
        # Polly has no sound for every text. That is its answer, paid for or not, and no damage: nothing is heard here.
        frames, clip = mp3.Frames(0, 0, fragment.sample_rate), Clip(0, 0, 0, SILENT, SILENT)
    else:
        frames, clip = mp3.measure(data), silence.measure_clip(data)
    return encode(
        {
            "schema": SCHEMA,
            "frames": frames.frames,
            **asdict(clip),
            "characters": fragment.characters,
            "voice": fragment.voice,
            "engine": fragment.engine,
            "format": fragment.format,
            "sample_rate": frames.sample_rate,
        }
    )
