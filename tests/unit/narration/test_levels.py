"""Loudness without FFmpeg, against FFmpeg's own meter."""

# ruff: noqa: RUF001  (letters of other scripts are meant)

from __future__ import annotations

import array
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.services.polly import encode, espeak
from narration.audio import silence
from narration.audio.codecs import decoding
from narration.audio.levels import gating, weighting
from tests.unit.narration import audio

VOICES = {
    "gmw/en-US": "The council voted on Tuesday for the new line, and trains will run from the spring, said the mayor.",
    "gmw/de+f2": "Der Rat stimmte am Dienstag für die neue Strecke; die Züge fahren vom Frühjahr an, sagte sie.",
    "roa/fr+m3": "Le conseil a voté mardi pour la nouvelle ligne ; les trains circuleront dès le printemps.",
    "zlw/pl+m7": "Rada miasta zagłosowała we wtorek za nową linią; pociągi ruszą wiosną, a bilety będą tańsze.",
    "zle/ru+f5": "Городской совет проголосовал во вторник за новую линию; поезда пойдут с весны, сказала мэр.",
    "sit/cmn+f2": "市议会星期二投票支持新线路。列车将从春天开始运行，市长说，票价比以前便宜。",
}


@pytest.fixture(scope="module")
def spoken():
    """Each voice as Polly would send it, decoded."""
    server = espeak.ForkServer()
    try:
        sounds = server.speak([espeak.Wish(name, 50, f"<speak>{text}</speak>") for name, text in VOICES.items()])
    finally:
        server.close()
    files = [encode.encode(sound.samples, sound.rate, "mp3", 24_000, 0.0) for sound in sounds]
    return dict(zip(VOICES, (b"".join(decoding.samples(file)) for file in files), strict=True))


def ffmpegs(tmp_path, pcm: bytes) -> float:
    return audio.level(audio.write_sound(tmp_path / "level.wav", pcm))[0]


@pytest.mark.parametrize("name", VOICES)
def test_voices_are_as_loud_as_ffmpeg_says(spoken, name, tmp_path):
    assert silence.level(spoken[name])[0] == pytest.approx(ffmpegs(tmp_path, spoken[name]), abs=0.25)


@pytest.mark.parametrize(
    ("hertz", "most"), [(200, 0.35), (500, 0.3), (1_000, 0.2), (2_300, 1.1), (4_000, 0.65), (8_000, 0.3)]
)
def test_tones(hertz, most, tmp_path):
    """The shelf is less steep than that of BS.1770, which nothing but a tone shows."""
    pcm = audio.tone(2, 0.3, hertz)
    assert silence.level(pcm)[0] == pytest.approx(ffmpegs(tmp_path, pcm), abs=most)


@pytest.mark.parametrize("level", [0.9, 0.1, 0.004])
def test_noise(level, tmp_path):
    pcm = audio.noise(3, level)
    assert silence.level(pcm)[0] == pytest.approx(ffmpegs(tmp_path, pcm), abs=0.35)


def test_full_scale_does_not_clip(tmp_path):
    pcm = array.array("h", [32_767, 32_767, -32_768, -32_768] * 12_000).tobytes()
    assert silence.level(pcm) == (pytest.approx(ffmpegs(tmp_path, pcm), abs=0.4), 0.0)


def test_pauses_are_gated_out(tmp_path):
    said = audio.noise(2, 0.3)
    with_pauses = said + audio.quiet(3) + said + audio.noise(2, 0.003)
    assert silence.level(with_pauses)[0] == pytest.approx(ffmpegs(tmp_path, with_pauses), abs=0.35)
    assert silence.level(with_pauses)[0] == pytest.approx(silence.level(said)[0], abs=0.7)


@pytest.mark.parametrize("pcm", [b"", bytes(2), audio.quiet(1), audio.tone(1, 0.00005)])
def test_silence_has_no_loudness(pcm):
    assert silence.level(pcm)[0] == gating.SILENT


def test_what_is_shorter_than_a_block_is_one():
    assert silence.level(audio.tone(0.12, 0.3, 500))[0] == pytest.approx(
        silence.level(audio.tone(2, 0.3, 500))[0], abs=1
    )
    assert silence.level(audio.tone(0.03, 0.3, 500))[0] > -25


def test_the_peak_is_the_highest_sample():
    pcm = audio.quiet(0.5) + array.array("h", [-16_384]).tobytes() + audio.quiet(0.5)
    assert silence.level(pcm)[1] == pytest.approx(20 * math.log10(0.5), abs=0.01)
    assert silence.level(audio.quiet(1))[1] == gating.SILENT


def test_several_together_are_as_loud_as_all_of_it(spoken, tmp_path):
    for gains in ([1.0] * 6, [1.0, 0.4, 1.0, 0.4, 1.0, 0.4], [1.0, 1.0, 1.0, 1.0, 1.0, 0.02]):
        parts = [
            array.array("h", (round(gain * sample) for sample in array.array("h", pcm))).tobytes()
            for gain, pcm in zip(gains, spoken.values(), strict=True)
        ]
        found = gating.together((silence.level(pcm)[0], len(pcm) // 2) for pcm in parts)
        assert found == pytest.approx(ffmpegs(tmp_path, b"".join(parts)), abs=0.5), gains


@given(st.lists(st.tuples(st.floats(-60, 0), st.integers(1, 10**7)), min_size=1, max_size=20))
def test_together_lies_between_its_pieces(parts):
    loudest = max(lufs for lufs, _ in parts)
    assert min(lufs for lufs, _ in parts) - 1e-6 <= gating.together(parts) <= loudest + 1e-6


def test_nothing_is_silent():
    assert gating.together([]) == gating.together([(gating.SILENT, 500), (-20.0, 0)]) == gating.SILENT
    assert gating.integrated([]) == gating.SILENT


def test_a_mean_square_is_one_of_a_hundred_milliseconds():
    assert len(weighting.mean_squares(audio.tone(1.05))) == 10
    assert len(weighting.mean_squares(audio.tone(0.05))) == 1
    assert weighting.mean_squares(b"") == []
