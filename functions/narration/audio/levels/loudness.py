"""What FFmpeg's ``ebur128`` filter reports, and what follows from it: gain and limiter ceiling.

Loudness in LUFS and true peak in dBTP are those of ITU-R BS.1770 and EBU R 128. Targets: -16 LUFS within 1 LU
and a true peak under -1 dBTP, which is what Apple asks of podcasts ("Audio requirements", Apple Podcasts for
Creators).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

TARGET_LUFS = -16.0
SPOOL_LUFS = -15.6
"""What the encoder is given at first: at 64 kb/s it takes up to 0.6 LU away with the highest frequencies."""

SOUND_LUFS = -18.0
"""Music and effects as loud as speech seem louder and cover it, so they are set 2 LU below."""

TRUE_PEAK_LIMIT = -1.0
UNMEASURABLE = -70.0
"""The absolute gate of BS.1770: what is quieter, or shorter than one block of 400 ms, has no loudness."""

PROMISED = 1.0
"""LU off target at most; what is further off is published, counted and alarmed."""

TOLERANCE = 0.7
"""LU off target that is left alone: inside what is promised with room for another meter's rounding."""

REHEARSAL_TOLERANCE = 0.3
LEAST_YIELD = 0.4

MAX_GAIN = 40.0
"""dB. Audio that would need more is no speech, and its noise must not be pulled up."""

MAX_PUSH = 6.0
"""dB into the limiter beyond a linear correction; what is not loud enough then is a few peaks in silence."""

CEILING = -2.5
"""dBFS for the limiter's peaks; those that the encoder adds come on top (under 1 dB on speech)."""

LOWEST_CEILING = -20.0
PEAK_MARGIN = 0.6

_INTEGRATED = re.compile(r"^\s+I:\s+(-?[\d.]+|-?inf|nan) LUFS", re.MULTILINE)
_PEAK = re.compile(r"^\s+Peak:\s+(-?[\d.]+|-?inf|nan) dBFS", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Level:
    """Integrated loudness in LUFS and peak in dBFS (true or sample peak, as the filter was asked)."""

    lufs: float
    peak: float

    @property
    def measurable(self) -> bool:
        return self.lufs > UNMEASURABLE


@dataclass(frozen=True, slots=True)
class Settings:
    """Gain in dB, then a limiter with this ceiling in dBFS."""

    gain: float
    ceiling: float = CEILING


def parse(report: str) -> Level:
    """The summary at the end of a report of ``ebur128`` with ``peak``; digital silence has a peak of -inf.

    Raises:
        ValueError: there is no such summary.
    """
    peaks = _PEAK.findall(report)
    if not peaks:
        raise ValueError("the report holds no peak")
    return Level(parse_lufs(report), float(peaks[-1]))


def parse_lufs(report: str) -> float:
    """Integrated loudness in a report of ``ebur128``, ``UNMEASURABLE`` for silence and what is too short.

    Raises:
        ValueError: there is no summary.
    """
    found = _INTEGRATED.findall(report)
    if not found:
        raise ValueError("the report holds no integrated loudness")
    lufs = float(found[-1])
    return lufs if lufs > UNMEASURABLE else UNMEASURABLE  # also where it is nan


def first_settings(speech_lufs: float) -> Settings:
    """Gain that would bring speech to the target if no peak were limited; none for silence."""
    if speech_lufs <= UNMEASURABLE:
        return Settings(0.0)
    return Settings(min(SPOOL_LUFS - speech_lufs, MAX_GAIN))


def rehearsed(settings: Settings, lufs: float, aim: float, most: float, yielded: float = 1.0) -> Settings | None:
    """Settings that bring what was limited to ``lufs`` nearer to ``aim`` with a gain of ``most`` dB at most.

    ``yielded`` is what the last dB of gain gave in LU. None if it is near enough, cannot be nearer, or is silence.
    """
    gain = min(settings.gain + (aim - lufs) / yielded, most, MAX_GAIN)
    near = abs(aim - lufs) <= REHEARSAL_TOLERANCE
    if lufs <= UNMEASURABLE or near or gain == settings.gain:
        return None
    return Settings(gain, settings.ceiling)


def yielded(gains: tuple[float, float], lufs: tuple[float, float]) -> float:
    """LU per dB of gain between two tries: 1 where nothing is limited, and never so little that a step runs away."""
    if gains[0] == gains[1]:
        return 1.0
    return min(max((lufs[1] - lufs[0]) / (gains[1] - gains[0]), LEAST_YIELD), 1.0)


def good(result: Level) -> bool:
    """Whether the decoded MP3 (loudness, true peak) is inside the bounds; silence is."""
    in_range = not result.measurable or abs(TARGET_LUFS - result.lufs) <= TOLERANCE
    return in_range and result.peak < TRUE_PEAK_LIMIT


def promised(result: Level) -> bool:
    """Whether the result keeps what is promised: within 1 LU of the target and under the true peak's limit."""
    in_range = not result.measurable or abs(TARGET_LUFS - result.lufs) <= PROMISED
    return in_range and result.peak < TRUE_PEAK_LIMIT


def better(result: Level, other: Level) -> bool:
    """Whether ``result`` is the one to keep: a peak inside its bound first, then the nearer loudness."""
    fits, other_fits = result.peak < TRUE_PEAK_LIMIT, other.peak < TRUE_PEAK_LIMIT
    if fits != other_fits:
        return fits
    if not fits and result.peak != other.peak:
        return result.peak < other.peak
    return abs(TARGET_LUFS - result.lufs) < abs(TARGET_LUFS - other.lufs)


def lowered(settings: Settings, true_peak: float) -> Settings:
    """The same gain under a ceiling that is lower by the true peak's excess and a margin, where there is one."""
    if true_peak < TRUE_PEAK_LIMIT:
        return settings
    ceiling = settings.ceiling - (true_peak - TRUE_PEAK_LIMIT + PEAK_MARGIN)
    return Settings(settings.gain, max(ceiling, LOWEST_CEILING))


def quieter(settings: Settings, true_peak: float) -> Settings:
    """All of it lower by the true peak's excess and a margin: what is not limited any harder peaks no further."""
    excess = true_peak - TRUE_PEAK_LIMIT + PEAK_MARGIN
    return Settings(settings.gain - excess, settings.ceiling - excess)


def sound_gain(sound: Level, target: float) -> float:
    """dB that bring a sound to ``target`` LUFS without its sample peak passing full scale; 0 for silence."""
    if not sound.measurable:
        return 0.0
    return min(target - sound.lufs, -0.1 - sound.peak, MAX_GAIN)
