"""The merge against the usual way to join speech with pydub, side by side: CPU, memory, disk.

    PYTHONPATH=functions .venv/bin/python bench/merge.py [--minutes 10] [--no-reference]

Both sides get the same fragments: noise in the rhythm of speech, in the byte layout of Polly's MP3. The usual way is
one ``AudioSegment`` a fragment, joined with ``+=`` and exported; it trims, pauses, measures and masters nothing.
Look at the ratio: absolute times belong to the machine.
"""

from __future__ import annotations

import argparse
import array
import os
import random
import resource
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

from narration import ffmpeg_tool, mastering, silence
from narration.model import SAMPLE_RATE, Item

FRAGMENT_SECONDS = 12.0
DIFFERENT = 24


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--no-reference", action="store_true", help="only the merge (pydub's join is quadratic)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        fragments = make_fragments(folder)
        count = max(1, round(options.minutes * 60 / FRAGMENT_SECONDS))
        order = [f"fragment-{n % DIFFERENT}" for n in range(count)]
        ours = measured("merge", lambda: merge(fragments, order, folder), folder)
        if not options.no_reference:
            usual = measured("pydub", lambda: join(fragments, order, folder), folder)
            print(f"CPU of the merge / CPU of the usual join: {ours / usual:.2f}")


def make_fragments(folder: Path) -> dict[str, Path]:
    made = {}
    for number in range(DIFFERENT):
        path = folder / f"fragment-{number}.mp3"
        raw = ("-f", "s16le", "-ar", str(SAMPLE_RATE), "-ac", "1", "-i", "-")
        encode = ("-c:a", "libmp3lame", "-b:a", "48k", "-f", "mp3", "-")
        command = [ffmpeg_tool.find(), "-v", "error", *raw, *encode]
        path.write_bytes(subprocess.run(command, input=speechlike(number), capture_output=True, check=True).stdout)
        made[path.stem] = path
    return made


def speechlike(seed: int) -> bytes:
    """Noise whose level changes ten times a second, with silence at both ends, about as loud as Polly."""
    source = random.Random(seed)
    samples = array.array("h", bytes(2 * SAMPLE_RATE // 16))
    step = SAMPLE_RATE // 10
    value = 0.0
    for _ in range(round(FRAGMENT_SECONDS * SAMPLE_RATE) // step):
        loud = source.choice((200.0, 2500.0, 5000.0, 9000.0))
        for _ in range(step):
            value += 0.2 * (source.uniform(-loud, loud) - value)
            samples.append(round(value))
    samples.extend(array.array("h", bytes(2 * SAMPLE_RATE // 4)))
    return samples.tobytes()


def merge(fragments: dict[str, Path], order: list[str], folder: Path) -> str:
    clips = {name: silence.measure_clip(path) for name, path in fragments.items()}
    items = [Item("heading" if n % 20 == 0 else "text", n, "", name) for n, name in enumerate(order)]
    made = mastering.merge(items, fragments, clips, {}, folder, folder / "merged.mp3", title="Bench")
    minutes = made.timeline.samples / SAMPLE_RATE / 60
    return f"{minutes:.1f} min, {made.loudness_lufs} LUFS, {made.true_peak_dbtp} dBTP, {made.passes} encode(s)"


def join(fragments: dict[str, Path], order: list[str], folder: Path) -> str:
    from pydub import AudioSegment

    AudioSegment.converter = ffmpeg_tool.find()
    whole = AudioSegment.empty()
    for name in order:
        with fragments[name].open("rb") as file:
            # codec: pydub would call ffprobe otherwise, once more for each fragment.
            whole += AudioSegment.from_file(file, format="mp3", codec="mp3")
    whole.export(folder / "joined.mp3", format="mp3", bitrate="64k").close()
    return f"{len(whole) / 60_000:.1f} min, {whole.dBFS:.1f} dBFS"


def measured(name: str, work: Callable[[], str], folder: Path) -> float:
    """Run ``work`` in a process of its own; print and return its CPU seconds with those of its children."""
    sys.stdout.flush()
    most, stop = [0], threading.Event()
    watcher = threading.Thread(target=watch_disk, args=(folder, most, stop))
    begun = time.perf_counter()
    child = os.fork()
    if not child:
        result = work()
        mine, theirs = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
        print(f"{name}: {result}")
        print(f"  memory: python {mine.ru_maxrss // 1024} MB, largest child {theirs.ru_maxrss // 1024} MB")
        sys.stdout.flush()
        os._exit(0)
    watcher.start()
    _, status, usage = os.wait4(child, 0)
    stop.set()
    watcher.join()
    if status:
        raise SystemExit(f"{name} failed")
    cpu = usage.ru_utime + usage.ru_stime
    print(f"  CPU {cpu:.1f} s, wall {time.perf_counter() - begun:.1f} s, disk {most[0] / 1e6:.0f} MB at most")
    return cpu


def watch_disk(folder: Path, most: list[int], stop: threading.Event) -> None:
    while not stop.wait(0.2):
        total = 0
        for path in folder.rglob("*"):
            try:
                total += path.stat().st_blocks * 512
            except FileNotFoundError:
                continue  # gone between listing and asking
        most[0] = max(most[0], total)


if __name__ == "__main__":
    main()
