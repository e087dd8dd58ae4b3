"""Both merges of 60 fragments against the usual way to join speech with pydub: CPU and peak memory.

All sides get the same fragments: speech of the local Polly, in the byte layout of Polly's MP3. The usual way is one
``AudioSegment`` a fragment, joined with ``+=`` and exported; it trims, pauses, measures and masters nothing.
"""

from __future__ import annotations

import json
import random
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Any

from bench import job, texts

FRAGMENTS = 60


def run() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        seconds = make_fragments(folder)
        print(f"{FRAGMENTS} fragments, {seconds:.0f} s of speech")
        costs = {
            "pydub, the usual join": job.run("join", folder, 2),
            "mastered merge": job.run("mastered", folder, 2),
            "express merge": job.run("express", folder, 3),
        }
        usual = costs["pydub, the usual join"]
        print(f"{'':<24}{'CPU':>8}{'ratio':>8}{'memory':>10}{'ratio':>8}")
        for what, cost in costs.items():
            ratios = cost.cpu / usual.cpu, cost.memory / usual.memory
            print(f"{what:<24}{cost.cpu:>6.2f} s{ratios[0]:>8.3f}{cost.memory:>7.0f} MB{ratios[1]:>8.2f}  {cost.said}")
        once = job.run("measure", folder)
        print(f"Once in a fragment's life, its silence is measured: {once.cpu / usual.cpu:.3f} of the join's CPU.")


def make_fragments(folder: Path) -> float:
    """Speak them, keep what is known of them beside them; their seconds."""
    from local.services.polly import encode, espeak
    from narration.audio import silence
    from narration.model import SAMPLE_RATE

    source = random.Random(60)
    clips = {}
    try:
        for number in range(FRAGMENTS):
            ssml = f"<speak>{texts.text([texts.sentence(source) for _ in range(2)])}</speak>"
            spoken = espeak.SERVER.speak([espeak.Wish("gmw/en-US", 50, ssml)])[0]
            edge = bytes(2 * round(0.15 * spoken.rate))
            path = folder / f"{number:02}.mp3"
            path.write_bytes(encode.encode(edge + spoken.samples + edge, spoken.rate, "mp3", SAMPLE_RATE, -2.0))
            clips[path.stem] = silence.measure_clip(path)
    finally:
        espeak.SERVER.close()
    (folder / "clips.json").write_text(json.dumps({name: asdict(clip) for name, clip in clips.items()}))
    return sum(clip.samples for clip in clips.values()) / SAMPLE_RATE


def mastered(folder: Path) -> str:
    from narration.audio import mastering

    return _merge(mastering, folder)


def express(folder: Path) -> str:
    from narration.audio import express as lossless

    return _merge(lossless, folder)


def _merge(how: Any, folder: Path) -> str:
    from narration.model import SAMPLE_RATE, Clip, Item

    clips = {name: Clip(**clip) for name, clip in json.loads((folder / "clips.json").read_text()).items()}
    items = [Item("heading" if n % 20 == 0 else "text", n, "", name) for n, name in enumerate(sorted(clips))]
    files = {name: folder / f"{name}.mp3" for name in clips}
    made = how.merge(items, files, clips, {}, folder, folder / "merged.mp3", title="Bench")
    lufs = "loudness as it came" if made.loudness_lufs is None else f"{made.loudness_lufs} LUFS"
    return f"{made.timeline.samples / SAMPLE_RATE:.0f} s, {lufs}, {(folder / 'merged.mp3').stat().st_size / 1e6:.1f} MB"


def join(folder: Path) -> str:
    from pydub import AudioSegment

    from narration.audio import ffmpeg_tool

    AudioSegment.converter = ffmpeg_tool.find()
    whole = AudioSegment.empty()
    for path in sorted(folder.glob("[0-9][0-9].mp3")):
        with path.open("rb") as file:
            # codec: pydub would call ffprobe otherwise, one more process a fragment.
            whole += AudioSegment.from_file(file, format="mp3", codec="mp3")
    whole.export(folder / "joined.mp3", format="mp3", bitrate="64k").close()
    return f"{len(whole) / 1000:.0f} s, loudness as it came, {(folder / 'joined.mp3').stat().st_size / 1e6:.1f} MB"


def measure(folder: Path) -> str:
    from narration.audio import silence

    for path in sorted(folder.glob("[0-9][0-9].mp3")):
        silence.measure_clip(path)
    return ""
