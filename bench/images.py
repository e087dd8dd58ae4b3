"""Images: the transform against the usual one with OpenCV, on the same files, side by side.

Needs an environment of its own for OpenCV: ``python -m venv .venv-bench``, then ``.venv-bench/bin/pip install
--require-hashes -r requirements/bench.txt``. MILLRACE_BENCH_PYTHON names another interpreter that has OpenCV.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.Image import Image

ROOT = Path(__file__).resolve().parent.parent
SIDE = Path(__file__).with_name("images_side.py")
TURNS, ROUNDS = 3, 4
SIZES = {"12 megapixels": (4000, 3000), "1080p": (1920, 1080), "640 x 480": (640, 480)}
FIRST = "12 megapixels JPEG"
WARM_AIM, MEMORY_AIM, IMPORT_AIM = 2.5, 4.0, 0.7

Found = dict[str, dict[str, float]]


def run() -> None:
    python = _interpreter()
    if python is None:
        print(f"There is no OpenCV to compare with. It needs {' '.join((__doc__ or '').split('Needs ')[1].split())}")
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        files = _files(folder)
        found = {label: _measured(python, path) for label, path in files.items()}
        print(f"CPU, medians of {TURNS} fresh processes in turns; ours / OpenCV")
        print(f"{'':<22}{'warm ms':>14}{'':>7}{'cold ms':>14}{'':>7}{'peak MB':>12}{'':>7}   grey levels apart")
        for label, path in files.items():
            print(_row(label, found[label], _difference(path)))
    _verdict(found)
    _imports()


def _row(label: str, found: Found, apart: str) -> str:
    ours, usual = found["ours"], found["reference"]
    row = f"{label:<22}"
    for name in ("warm", "cold", "peak"):
        pair = f"{ours[name]:.1f} / {usual[name]:.0f}"
        row += f"{pair:>{12 if name == 'peak' else 14}}{usual[name] / ours[name]:>5.1f} x"
    return f"{row}   {apart}"


def _verdict(found: dict[str, Found]) -> None:
    ours, usual = found[FIRST]["ours"], found[FIRST]["reference"]
    _ratio(f"time, {FIRST}", usual["warm"] / ours["warm"], WARM_AIM)
    _ratio(f"memory, {FIRST}", usual["peak"] / ours["peak"], MEMORY_AIM)
    _ratio(f"cold start, {FIRST}", usual["cold"] / ours["cold"], None)
    _ratio(
        f"installed size, {ours['installed']:.0f} MB against {usual['installed']:.0f}",
        usual["installed"] / ours["installed"],
        None,
    )


def _imports() -> None:
    turns = [_side(sys.executable, side, SIDE, Path(os.devnull)) for _ in range(TURNS) for side in ("door", "boto3")]
    doors, bases = ([turn["import"] for turn in turns[start::2]] for start in (0, 1))
    share = statistics.median(doors) / statistics.median(bases)
    print(f"import of the URL door / import boto3: {share:.2f} (aim {IMPORT_AIM} or less)")


def _ratio(name: str, value: float, aim: float | None) -> None:
    told = "" if aim is None else f" (at least {aim:g}: {'kept' if value >= aim else 'MISSED'})"
    print(f"{name}: {value:.1f} x{told}")


def _files(folder: Path) -> dict[str, Path]:
    made = {}
    for name, (width, height) in SIZES.items():
        image = _photo(width, height)
        for kind, suffix, options in (
            ("JPEG", "jpg", {"quality": 90}),
            ("progressive JPEG", "p.jpg", {"quality": 90, "progressive": True}),
            ("PNG", "png", {}),
        ):
            path = folder / f"{width}.{suffix}"
            image.save(path, **options)
            made[f"{name} {kind}"] = path
    return made


def _photo(width: int, height: int) -> Image:
    """As busy as a photo: gradients, with noise of several grains, the same every time but for the noise."""
    from PIL import Image, ImageChops

    def grain(share: int) -> Image.Image:
        noise = Image.effect_noise((max(1, width // share), max(1, height // share)), 40)
        return noise.resize((width, height), Image.Resampling.BICUBIC)

    base = [Image.linear_gradient("L"), Image.linear_gradient("L").rotate(90), Image.radial_gradient("L")]
    noises = [ImageChops.add(grain(40), grain(share), 2) for share in (3, 4, 5)]
    bands = [
        ImageChops.overlay(gradient.resize((width, height)), noise)
        for gradient, noise in zip(base, noises, strict=True)
    ]
    return Image.merge("RGB", bands)


def _measured(python: Path, image: Path) -> Found:
    """In turns, so that a busy moment of the machine meets both sides."""
    sides = {"reference": str(python), "ours": sys.executable}
    turns: dict[str, list[dict[str, float]]] = {side: [] for side in sides}
    for _ in range(TURNS):
        for side, interpreter in sides.items():
            turns[side].append(_side(interpreter, side, image, _result(image, side)))
    found = {
        side: {name: statistics.median(turn[name] for turn in told) for name in told[0]} for side, told in turns.items()
    }
    for told in found.values():
        told["cold"] = told["import"] + told["first"]
    return found


def _side(interpreter: str, side: str, image: Path, result: Path) -> dict[str, float]:
    environ = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    command = [interpreter, "-W", "ignore", str(SIDE), side, str(image), str(ROUNDS), str(result)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environ)
    told: dict[str, float] = json.loads(done.stdout)
    return told


def _result(image: Path, side: str) -> Path:
    return image.with_suffix(f"{image.suffix}.{side}")


def _difference(image: Path) -> str:
    from PIL import Image, ImageChops, ImageStat

    with Image.open(_result(image, "ours")) as left, Image.open(_result(image, "reference")) as right:
        apart = ImageStat.Stat(ImageChops.difference(left, right))
    return f"{apart.mean[0]:.2f}, at most {apart.extrema[0][1]}"


def _interpreter() -> Path | None:
    python = Path(os.environ.get("MILLRACE_BENCH_PYTHON", ROOT / ".venv-bench" / "bin" / "python"))
    if not python.exists():
        return None
    probe = subprocess.run([str(python), "-c", "import cv2"], capture_output=True, check=False)
    return python if probe.returncode == 0 else None
