"""The merge against the usual way to join speech with pydub, side by side: CPU, memory, disk.

    PYTHONPATH=functions:. .venv/bin/python bench/narration_merge.py [--minutes 10] [--no-reference]

Both sides get the same fragments: speech of the local Polly, in the byte layout of Polly's MP3. The usual way is one
``AudioSegment`` a fragment, joined with ``+=`` and exported; it trims, pauses, measures and masters nothing. Look at
the ratio: absolute times belong to the machine.
"""

from __future__ import annotations

import argparse
import os
import resource
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

from local.engines import encode, espeak
from narration import ffmpeg_tool, mastering, mp3, silence
from narration.model import SAMPLE_RATE, Item

DIFFERENT = 24
EDGE_SECONDS = 0.15
SENTENCES = (
    "The committee said on Tuesday that the new rules would take effect in the spring, after a long debate.",
    "Nobody had expected the river to rise so quickly.",
    "Prices fell by three percent; shares of smaller firms were hit hardest, and more losses may follow.",
    "What happens next is unclear.",
    "The harbour has been closed since the storm, and ferries now leave from the old pier.",
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--no-reference", action="store_true", help="only the merge (pydub's join is quadratic)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        fragments = make_fragments(folder)
        seconds = sum(mp3.measure(path.read_bytes()).samples for path in fragments.values()) / SAMPLE_RATE
        count = max(1, round(options.minutes * 60 * DIFFERENT / seconds))
        order = [f"fragment-{n % DIFFERENT}" for n in range(count)]
        ours = measured("merge", lambda: merge(fragments, order, folder), folder)
        if not options.no_reference:
            usual = measured("pydub", lambda: join(fragments, order, folder), folder)
            print(f"CPU of the merge / CPU of the usual join: {ours / usual:.2f}")


def make_fragments(folder: Path) -> dict[str, Path]:
    try:
        made = {}
        for number in range(DIFFERENT):
            spoken = espeak.SERVER.speak([espeak.Wish("gmw/en-US", 50, ssml(number))])[0]
            edge = bytes(2 * round(EDGE_SECONDS * spoken.rate))
            path = folder / f"fragment-{number}.mp3"
            path.write_bytes(encode.encode(edge + spoken.samples + edge, spoken.rate, "mp3", SAMPLE_RATE, -2.0))
            made[path.stem] = path
        return made
    finally:
        espeak.SERVER.close()


def ssml(number: int) -> str:
    chosen = [SENTENCES[(number + step) % len(SENTENCES)] for step in range(3)]
    return f"<speak>{' '.join(chosen)} That was paragraph {number}.</speak>"


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
