"""What is read from FFmpeg's meter, and what is decided from it."""

from __future__ import annotations

import pytest

from narration.audio.levels import loudness
from narration.audio.levels.loudness import CEILING, MAX_GAIN, TARGET_LUFS, UNMEASURABLE, Level, Settings

REPORT = """[Parsed_ebur128_0 @ 0x1] Summary:

  Integrated loudness:
    I:         {} LUFS
    Threshold: -34.9 LUFS

  Loudness range:
    LRA:         3.4 LU

  True peak:
    Peak:       {} dBFS
"""


def test_summary():
    assert loudness.parse(REPORT.format("-24.7", "-3.5")) == Level(-24.7, -3.5)


@pytest.mark.parametrize("value", ["-70.0", "-inf", "nan", "-80.2"])
def test_silence_has_no_loudness(value):
    level = loudness.parse(REPORT.format(value, "-inf"))
    assert (level.lufs, level.measurable) == (UNMEASURABLE, False)


@pytest.mark.parametrize("report", ["", "frame=1", REPORT.format("?", "?")])
def test_a_report_without_summary_is_refused(report):
    with pytest.raises(ValueError, match="report"):
        loudness.parse(report)
    with pytest.raises(ValueError, match="report"):
        loudness.parse_lufs(report)


def test_gain_of_speech_is_bounded_and_none_for_silence():
    assert loudness.first_settings(-24.7).gain == pytest.approx(loudness.SPOOL_LUFS + 24.7)
    assert loudness.first_settings(-69.0).gain == MAX_GAIN
    assert loudness.first_settings(UNMEASURABLE) == Settings(0.0)


def test_rehearsal_raises_what_the_limiter_took():
    assert loudness.rehearsed(Settings(8.0), -17.0, -16.0, 20.0) == Settings(9.0)
    assert loudness.rehearsed(Settings(8.0), -16.1, -16.0, 20.0) is None


def test_rehearsal_ends_at_its_bounds():
    assert loudness.rehearsed(Settings(8.0), -25.0, -16.0, 10.0) == Settings(10.0)
    assert loudness.rehearsed(Settings(10.0), -24.0, -16.0, 10.0) is None
    assert loudness.rehearsed(Settings(MAX_GAIN), -30.0, -16.0, 90.0) is None
    assert loudness.rehearsed(Settings(0.0), UNMEASURABLE, -16.0, 90.0) is None


@pytest.mark.parametrize(
    ("level", "good"),
    [
        (Level(TARGET_LUFS - 0.6, -1.1), True),
        (Level(UNMEASURABLE, float("-inf")), True),
        (Level(TARGET_LUFS - 0.8, -1.1), False),
        (Level(TARGET_LUFS + 0.8, -1.1), False),
        (Level(TARGET_LUFS, -1.0), False),
    ],
)
def test_what_is_good(level, good):
    assert loudness.good(level) is good


def test_the_ceiling_falls_by_more_than_the_excess():
    assert loudness.lowered(Settings(8.0), -1.1) == Settings(8.0)
    lower = loudness.lowered(Settings(8.0), -0.4)
    assert lower.gain == 8.0
    assert lower.ceiling < CEILING - 0.6
    assert loudness.lowered(Settings(0.0, -19.9), 3.0).ceiling == -20.0


def test_sound_gain_never_passes_full_scale():
    assert loudness.sound_gain(Level(-30.0, -20.0), -27.0) == pytest.approx(3.0)
    assert loudness.sound_gain(Level(-30.0, -3.0), -20.0) == pytest.approx(2.9)
    assert loudness.sound_gain(Level(UNMEASURABLE, float("-inf")), -20.0) == 0.0
