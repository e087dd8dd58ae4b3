"""The sound of each engine, measured on its answers: loudness by voice, silent edges, the layout of the MP3."""

from __future__ import annotations

import array
from dataclasses import fields, replace

import pytest
from botocore.loaders import Loader

from local.services.polly import encode, espeak, speech, ssml
from local.services.polly.engines import Engine, engines
from local.services.polly.lower import lower
from local.services.polly.voices import Voice, voices
from tests.local.polly.builders import SENTENCE, Hearing, frames, hear, speak
from tests.local.polly.builders import ssml as ssml_speech

ENGINES = sorted(engines())
PROSE = f"{SENTENCE} It is half past nine, and nobody has seen the train. We wait on the platform, and it rains."
OFF = 1.3
"""LU by which one text is louder or softer than another in the same voice of the stand-in."""


def english(engine: str, most: int = 6) -> list[Voice]:
    return [voice for voice in voices().values() if engine in voice.engines and voice.language.startswith("en-")][:most]


def heard(engine: str, voice: Voice, **members: object) -> Hearing:
    return hear(speak(PROSE, VoiceId=voice.id, Engine=engine, **members).body)


def test_the_table_has_every_engine_of_the_service_model_and_says_what_is_assumed() -> None:
    model = Loader().load_service_model("polly", "service-2")
    assert set(engines()) == set(model["shapes"]["Engine"]["enum"])
    known = {field.name for field in fields(Engine)}
    assert all(engine.assumed <= known for engine in engines().values())
    assert "loudness" not in engines()["standard"].assumed


@pytest.mark.parametrize("engine", ENGINES)
def test_a_voice_keeps_its_loudness_within_its_engines_range(engine: str) -> None:
    quietest, loudest = engines()[engine].loudness
    wanted = {voice.id: engines()[engine].loudness_of(voice) for voice in voices().values() if engine in voice.engines}
    assert all(quietest <= loudness <= loudest for loudness in wanted.values())
    assert len(set(wanted.values())) == len(wanted)
    found = {voice.id: heard(engine, voice).loudness for voice in english(engine, most=9)}
    assert found == {name: pytest.approx(wanted[name], abs=OFF) for name in found}


def test_standard_voices_are_apart_and_neural_ones_are_not() -> None:
    """An episode of two voices is a jump in loudness on AWS, so it must be one here."""
    ours = english("standard", most=99)
    loud, soft = (pick(ours, key=engines()["standard"].loudness_of) for pick in (max, min))
    assert heard("standard", loud).loudness - heard("standard", soft).loudness > 2
    both = [voice for voice in ours if "neural" in voice.engines]
    assert heard("standard", both[0]).loudness > heard("neural", both[0]).loudness + 0.5


@pytest.mark.parametrize("engine", ENGINES)
def test_edges_are_as_silent_as_the_engines(engine: str) -> None:
    profile = engines()[engine]
    shortest, longest = profile.lead_ms
    for voice in english(engine, most=4):
        found = heard(engine, voice)
        assert shortest / 1000 - 0.003 <= found.lead <= longest / 1000 + 0.003
        assert found.tail == pytest.approx(profile.tail_ms / 1000, abs=0.03)


@pytest.mark.parametrize("engine", ENGINES)
def test_an_mp3_has_the_layout_of_its_engine(engine: str) -> None:
    profile = engines()[engine]
    body = speak(Engine=engine, VoiceId=english(engine)[0].id).body
    assert body[:10] == b"ID3\x04\x00\x00\x00\x00\x00\x23"
    assert body[10:45] == b"TSSE\x00\x00\x00\x0f\x00\x00\x03" + profile.id3_encoder.encode() + b"\x00" + bytes(10)
    found = frames(body[45:])
    assert {(f.sample_rate, f.channels, f.bitrate) for f in found} == {(profile.sample_rate, 1, profile.kbps)}
    assert found[0].back == 0
    reaching = sum(f.back > 0 for f in found) / len(found)
    assert (reaching > 0.9) if profile.reservoir else (reaching == 0)
    assert not any(tag in f.body[:40] for f in found for tag in (b"Xing", b"Info", b"VBRI"))


@pytest.mark.parametrize("reservoir", [True, False])
def test_the_reservoir_is_used_or_not_as_the_table_says(reservoir: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    table = {"neural": replace(engines()["neural"], reservoir=reservoir, kbps=32)}
    monkeypatch.setattr(encode, "engines", lambda: table)
    found = frames(speak().body[45:])
    assert any(f.back for f in found) == reservoir
    assert {f.bitrate for f in found} == {32}


def test_nothing_is_cut_off_at_full_scale() -> None:
    """The loudest voice, at the loudest that SSML can ask for: a limiter holds it, as clipped speech would crackle."""
    loudest = max(english("standard", most=99), key=engines()["standard"].gain_db)
    body = ssml_speech(
        f'<prosody volume="+6dB">{PROSE}</prosody>', VoiceId=loudest.id, Engine="standard", OutputFormat="pcm"
    )
    peak = max(map(abs, array.array("h", body.body)))
    assert 0.8 * 32768 < peak < 0.95 * 32768


@pytest.mark.parametrize("engine", ENGINES)
def test_the_same_request_gives_the_same_bytes(engine: str) -> None:
    voice = english(engine)[0]
    assert speak(VoiceId=voice.id, Engine=engine).body == speak(VoiceId=voice.id, Engine=engine).body


@pytest.mark.parametrize("name", sorted(voices())[::9])
def test_the_own_loudness_in_the_table_is_the_stand_ins(name: str) -> None:
    voice = voices()[name]
    text = "1749, 28365, 913427, 86054, 2271, 490618."
    sound = speech.speak(lower(ssml.plain(text), voice.language), voice, engines()[voice.engines[0]], espeak.SERVER)
    assert hear(encode.encode(sound.samples, sound.rate, "ogg_vorbis", 24000, 0.0)).loudness == pytest.approx(
        voice.lufs, abs=0.4
    )
