"""One way to join fragments in a process of its own: ``python -m bench.sides.merges_side WAY FOLDER``.

Ways: ``mastered`` and ``express`` (ours), ``join`` (pydub, as it is usually written), ``measure`` (the silence of every
fragment, once in its life). Prints a sentence about what came out, and the peak memory in MB, as JSON.
"""

from __future__ import annotations

import json
import resource
import sys
from pathlib import Path
from typing import Any

from bench.sides import peak


def mastered(folder: Path) -> str:
    from narration.audio import mastering

    return _merge(mastering, folder)


def express(folder: Path) -> str:
    from narration.audio import express as lossless

    return _merge(lossless, folder)


def _merge(how: Any, folder: Path) -> str:
    from narration.audio.merging import Material
    from narration.model import SAMPLE_RATE, Clip, Item

    clips = {name: Clip(**clip) for name, clip in json.loads((folder / "clips.json").read_text()).items()}
    items = [Item("heading" if n % 20 == 0 else "text", n, "", name) for n, name in enumerate(sorted(clips))]
    files = {name: folder / f"{name}.mp3" for name in clips}
    merged = how.merge(items, Material(files, clips, {}), folder, folder / "merged.mp3", title="Bench")
    lufs = "loudness as it came" if merged.loudness_lufs is None else f"{merged.loudness_lufs} LUFS"
    megabytes = (folder / "merged.mp3").stat().st_size / 1e6
    return f"{merged.timeline.samples / SAMPLE_RATE:.0f} s, {lufs}, {megabytes:.1f} MB"


def join(folder: Path) -> str:
    from pydub import AudioSegment

    from narration.audio.codecs import ffmpeg_tool

    AudioSegment.converter = ffmpeg_tool.find()
    whole = AudioSegment.empty()
    for path in sorted(folder.glob("[0-9][0-9].mp3")):
        with path.open("rb") as file:
            # codec: pydub would call ffprobe otherwise, one more process per fragment.
            whole += AudioSegment.from_file(file, format="mp3", codec="mp3")
    whole.export(folder / "joined.mp3", format="mp3", bitrate="64k").close()
    return f"{len(whole) / 1000:.0f} s, loudness as it came, {(folder / 'joined.mp3').stat().st_size / 1e6:.1f} MB"


def measure(folder: Path) -> str:
    from narration.audio import silence

    for path in sorted(folder.glob("[0-9][0-9].mp3")):
        silence.measure_clip(path)
    return ""


WAYS = {"mastered": mastered, "express": express, "join": join, "measure": measure}


def main(way: str, folder: str) -> None:
    summary = WAYS[way](Path(folder))
    largest = resource.getrusage(resource.RUSAGE_CHILDREN)
    print(json.dumps({"summary": summary, "memory": peak.megabytes() + largest.ru_maxrss / 1024}))


if __name__ == "__main__":
    main(*sys.argv[1:])
