"""What the audio of each of Polly's engines is like, from ``engines.toml``: loudness, edges, layout of the MP3."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from local.services.polly.voices import Voice

_CODEC_MS = 46
"""How much later an MP3 at 24 kHz is than its samples: 1,105 samples of LAME and of the decoder, which no tag names."""
_PROSE_OVER_NUMBERS = -0.7
"""dB by which the stand-in is louder in prose than in a row of numbers: -1.3 to -0.2 for its 29 English voices."""
_WITHIN = (0.1, 0.9)
"""The part of a range that voices are dealt over: one text is a little louder or softer than another."""


@dataclass(frozen=True, slots=True)
class Engine:
    """One engine; ranges go from voice to voice. Its attributes are explained in ``engines.toml``."""

    name: str
    loudness: tuple[float, float]
    lead_ms: tuple[float, float]
    tail_ms: int
    sample_rate: int
    kbps: int
    kbps_8khz: int
    reservoir: bool
    id3_encoder: str
    assumed: frozenset[str]
    """Attributes for which no answer of this engine was measured."""

    def loudness_of(self, voice: Voice) -> float:
        """LUFS of prose in this voice: somewhere within the engine's range, always the same for one voice."""
        return self._place("loudness", voice, self.loudness)

    def gain_db(self, voice: Voice) -> float:
        """dB from the stand-in's loudness to the voice's; a constant, so that <prosody volume> keeps its meaning."""
        return self.loudness_of(voice) - voice.lufs - _PROSE_OVER_NUMBERS

    def lead_of(self, voice: Voice) -> int:
        """Milliseconds of silence to put before the first sound, the codec's own left out."""
        return round(self._place("lead", voice, self.lead_ms)) - _CODEC_MS

    def _place(self, what: str, voice: Voice, span: tuple[float, float]) -> float:
        drawn = hashlib.sha256(f"{self.name}/{voice.id}/{what}".encode()).digest()
        share = int.from_bytes(drawn[:4], "big") / 2**32
        low, high = _WITHIN
        return span[0] + (low + share * (high - low)) * (span[1] - span[0])


@cache
def engines() -> Mapping[str, Engine]:
    """Every engine by its name."""
    with Path(__file__).with_name("engines.toml").open("rb") as file:
        table = tomllib.load(file)
    return {
        name: Engine(
            name=name,
            loudness=(row["loudness"][0], row["loudness"][1]),
            lead_ms=(row["lead_ms"][0], row["lead_ms"][1]),
            tail_ms=row["tail_ms"],
            sample_rate=row["sample_rate"],
            kbps=row["kbps"],
            kbps_8khz=row["kbps_8khz"],
            reservoir=row["reservoir"],
            id3_encoder=row["id3_encoder"],
            assumed=frozenset(row["assumed"]),
        )
        for name, row in table.items()
    }
