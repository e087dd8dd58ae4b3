"""Both merges of 60 fragments against the usual way to join speech with pydub: CPU and peak memory.

All ways get the same fragments: speech of the local Polly, in the byte layout of Polly's MP3. The usual way is one
``AudioSegment`` per fragment, joined with ``+=`` and exported; it trims, pauses, measures and masters nothing.
"""

from __future__ import annotations

import json
import random
import tempfile
from dataclasses import asdict
from pathlib import Path

from bench.narration import texts
from bench.sides.process import cost

FRAGMENTS = 60
VOICE = "Joanna"
"""Its loudness and its silences are those that real neural voices have."""


def run() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        seconds = make_fragments(folder)
        print(f"{FRAGMENTS} fragments, {seconds:.0f} s of speech")
        costs = {
            "pydub, the usual join": cost("merges_side", "join", folder, repeats=2),
            "mastered merge": cost("merges_side", "mastered", folder, repeats=2),
            "express merge": cost("merges_side", "express", folder, repeats=3),
        }
        usual = costs["pydub, the usual join"]
        print(f"{'':<24}{'CPU':>8}{'ratio':>8}{'memory':>10}{'ratio':>8}")
        for way, own in costs.items():
            ratios = own.cpu / usual.cpu, own.memory / usual.memory
            print(f"{way:<24}{own.cpu:>6.2f} s{ratios[0]:>8.3f}{own.memory:>7.0f} MB{ratios[1]:>8.2f}  {own.summary}")
        once = cost("merges_side", "measure", folder)
        print(f"Once in a fragment's life, its silence is measured: {once.cpu / usual.cpu:.3f} of the join's CPU.")


def make_fragments(folder: Path) -> float:
    """Speak the fragments and keep what was measured of them beside them; their length in seconds."""
    from local.services.polly import encode, espeak
    from local.services.polly.engines import engines
    from local.services.polly.voices import voices
    from narration.audio import silence
    from narration.model import SAMPLE_RATE

    source = random.Random(60)
    voice, engine = voices()[VOICE], engines()["neural"]
    clips = {}
    try:
        for number in range(FRAGMENTS):
            ssml = f"<speak>{texts.text([texts.sentence(source) for _ in range(2)])}</speak>"
            spoken = espeak.SERVER.speak([espeak.Wish("gmw/en-US", 50, ssml)])[0]
            lead, tail = (bytes(2 * round(ms * spoken.rate / 1000)) for ms in (engine.lead_of(voice), engine.tail_ms))
            pcm, path = lead + spoken.samples + tail, folder / f"{number:02}.mp3"
            path.write_bytes(encode.encode(pcm, spoken.rate, "mp3", SAMPLE_RATE, engine.gain_db(voice)))
            clips[path.stem] = silence.measure_clip(path)
    finally:
        espeak.SERVER.close()
    (folder / "clips.json").write_text(json.dumps({name: asdict(clip) for name, clip in clips.items()}))
    return sum(clip.samples for clip in clips.values()) / SAMPLE_RATE
