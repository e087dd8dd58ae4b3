"""Synthesize: one range of a plan's fragments -> speech in the bucket, each paid for once."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from common import aws
from common.objects import Bucket, encode
from common.observability import count, observed
from narration.audio import mp3, silence, speech_marks
from narration.errors import MergeFailed, SpeechRefused, SpeechThrottled, SpeechUnavailable
from narration.model import SCHEMA, Fragment
from narration.publishing import audio_bucket, keys

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext
    from botocore.exceptions import ClientError


@observed
def handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, int]:
    """``{edition, start, stop}`` in; characters billed and fragments made out.

    A fragment's audio and its speech marks are bought in two requests and kept in two objects, each of them complete
    by itself: a run that dies in between has lost nothing, and marks that are switched on later cost the marks. What
    exists is left alone, so a repeated range pays only for what is still missing. Raises SpeechThrottled and
    SpeechUnavailable (worth another try), SpeechRefused (this text will never be spoken as it is).
    """
    audio = audio_bucket.bucket()
    plan = audio_bucket.plan(audio, event["edition"])
    billed = made = 0
    try:
        for fragment in plan.fragments[event["start"] : event["stop"]]:
            if audio.head(keys.fragment_sidecar(fragment.hash)) is None:
                paid = _make(audio, fragment)
                billed += paid
                made += paid > 0
            if speech_marks.wanted(plan.options.marks, fragment):
                billed += _mark(audio, fragment)
    finally:
        count("CharactersSynthesized", billed, engine=plan.fragments[0].engine)
        count("FragmentsSynthesized", made)
    return {"characters": billed, "fragments": made}


def _make(audio: Bucket, fragment: Fragment) -> int:
    """Audio first, sidecar last; returns the characters that Polly billed.

    Where a run died between the two, the audio that was paid for is measured instead of being bought again; where two
    runs bought the same fragment, the first one's audio counts and both measure that.
    """
    key = keys.fragment_audio(fragment.hash)
    stored = audio.get(key)
    billed = 0
    if stored is None:
        speech, billed = _ask(fragment, OutputFormat=fragment.format, SampleRate=str(fragment.sample_rate))
        if audio.put_if_absent(key, speech, content_type="audio/mpeg"):
            data = speech
        else:
            stored = audio.get(key)
            data = stored.body if stored else speech
    else:
        data = stored.body
    try:
        sidecar = _sidecar(fragment, data)
    except MergeFailed as error:
        # What was paid for is kept before it is looked at, so every redrive would find the damage again.
        raise MergeFailed(
            f"{error} It is kept as s3://{audio.name}/{key}: delete that object, then redrive."
        ) from error
    audio.put_if_absent(keys.fragment_sidecar(fragment.hash), sidecar)
    return billed


def _mark(audio: Bucket, fragment: Fragment) -> int:
    """Speech marks, unless they are there; returns the characters that Polly billed."""
    key = keys.fragment_marks(fragment.hash)
    if audio.head(key) is not None:
        return 0
    answer, billed = _ask(fragment, OutputFormat="json", SpeechMarkTypes=list(speech_marks.TYPES))
    try:
        document = speech_marks.document(answer, fragment)
    except ValueError as error:
        raise SpeechRefused(
            f"Polly's speech marks for fragment {fragment.hash} cannot be read ({error}); "
            f"set SpeechMarks to none and publish the article again."
        ) from error
    audio.put_if_absent(key, encode(document))
    return billed


def _sidecar(fragment: Fragment, data: bytes) -> bytes:
    frames = mp3.measure(data)
    clip = silence.measure_clip(data)
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


def _ask(fragment: Fragment, **wish: Any) -> tuple[bytes, int]:
    """What Polly answers about a fragment, and the characters it bills for that."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        answer = aws.client("polly").synthesize_speech(
            Text=fragment.ssml,
            TextType="ssml",
            VoiceId=fragment.voice,
            Engine=fragment.engine,
            LanguageCode=fragment.language,
            **wish,
        )
        return answer["AudioStream"].read(), int(answer["RequestCharacters"])
    except ClientError as error:
        raise _named(error, fragment) from error
    except BotoCoreError as error:
        raise SpeechUnavailable(f"Polly could not be reached ({type(error).__name__}); trying again.") from error


def _named(error: ClientError, fragment: Fragment) -> Exception:
    code = aws.code_of(error)
    if code in aws.THROTTLING_CODES:
        return SpeechThrottled(f"Polly throttles {fragment.engine} voices; lower SpeechConcurrency if this goes on.")
    if aws.status_of(error) >= 500:
        return SpeechUnavailable(f"Polly answered {code}; trying again.")
    if code in {"AccessDeniedException", "UnrecognizedClientException", "ExpiredTokenException"}:
        return error
    return SpeechRefused(
        f"Polly refused fragment {fragment.hash} ({fragment.voice}, {fragment.engine}) with {code}; "
        f"change the paragraph or its voice and publish the article again."
    )
