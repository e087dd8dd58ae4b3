"""Images: the transform against the usual one with OpenCV, and with pyvips, on the same files, side by side.

Of large PNGs also with the layer of libvips. pyvips is left out where it is not installed.

Needs an environment of its own for OpenCV: ``python -m venv .venv-bench``, then ``.venv-bench/bin/pip install
--require-hashes -r requirements/bench.txt``. MILLRACE_BENCH_PYTHON names another interpreter that has OpenCV.
"""

from __future__ import annotations

import os
import statistics
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.sides import process
from bench.sides.process import Figures

if TYPE_CHECKING:
    from PIL.Image import Image

TURNS, ROUNDS = 3, 4
SIZES = {"12 megapixels": (4000, 3000), "1080p": (1920, 1080), "640 x 480": (640, 480)}
LARGE = "12 megapixels"
FIRST = f"{LARGE} JPEG"
WARM_AIM, MEMORY_AIM, IMPORT_AIM = 2.5, 4.0, 0.7
TIME_AIMS = {"PNG": 1.0, "WebP": 1.6, "smooth WebP": 2.4, "AVIF": 1.3}
LAYER_AIMS = {"PNG": 1.5, "RGBA PNG": 1.3}
"""With the layer of libvips. Multiplying colours by their alpha, which OpenCV leaves out, is a sixth of the time."""
"""Of the large ones. A WebP's time is that of its bits, which both sides have to read: busy photos have many."""
WEBP_MEGABYTES = 40

LAYERED = tuple(f"{LARGE} {kind}" for kind in LAYER_AIMS)
"""Files that the layer is for."""

Sides = dict[str, Figures]
"""Figures of ``ours``, of the ``reference`` and of ``pyvips``; of files that it is for ours with the ``layer``."""


def run() -> None:
    python = process.peers_python("cv2")
    if python is None:
        print(f"There is no OpenCV to compare with. It needs {' '.join((__doc__ or '').split('Needs ')[1].split())}")
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        files = _files(folder)
        measured = {label: _measured(python, path, label in LAYERED) for label, path in files.items()}
        print(f"CPU, medians of {TURNS} fresh processes in turns; ours / OpenCV")
        print(f"{'':<30}{'warm ms':>14}{'':>7}{'cold ms':>14}{'':>7}{'peak MB':>12}{'':>7}   grey levels apart")
        for label, path in files.items():
            print(_row(label, measured[label], _difference(path, "ours")))
            if label in LAYERED:
                print(_row(f"{label}, layer", measured[label], _difference(path, "layer"), side="layer"))
        print("OpenCV's time / pyvips's, warm and cold; ours against pyvips, warm and peak")
        for label, sides in measured.items():
            print(_beside_pyvips(label, sides))
    _verdict(measured)
    _imports()


def _beside_pyvips(label: str, sides: Sides) -> str:
    if "pyvips" not in sides:
        return f"{label:<30} not measured"
    pyvips, usual = sides["pyvips"], sides["reference"]
    pairs = [usual[name] / pyvips[name] for name in ("warm", "cold")]
    pairs += [pyvips[name] / sides.get("layer", sides["ours"])[name] for name in ("warm", "peak")]
    return f"{label:<30}" + "".join(f"{pair:>7.2f} x" for pair in pairs)


def _row(label: str, sides: Sides, apart: str, side: str = "ours") -> str:
    ours, usual = sides[side], sides["reference"]
    row = f"{label:<30}"
    for name in ("warm", "cold", "peak"):
        pair = f"{ours[name]:.1f} / {usual[name]:.0f}"
        row += f"{pair:>{12 if name == 'peak' else 14}}{usual[name] / ours[name]:>5.1f} x"
    return f"{row}   {apart}"


def _verdict(sides: dict[str, Sides]) -> None:
    ours, usual = sides[FIRST]["ours"], sides[FIRST]["reference"]
    _ratio(f"time, {FIRST}", usual["warm"] / ours["warm"], WARM_AIM)
    for kind, aim in TIME_AIMS.items():
        label = f"{LARGE} {kind}"
        _ratio(f"time, {label}", sides[label]["reference"]["warm"] / sides[label]["ours"]["warm"], aim)
    for label, aim in zip(LAYERED, LAYER_AIMS.values(), strict=True):
        _ratio(f"time, {label}, layer", sides[label]["reference"]["warm"] / sides[label]["layer"]["warm"], aim)
    peak = sides[f"{LARGE} WebP"]["ours"]["peak"]
    print(f"memory, {LARGE} WebP: {peak:.0f} MB (at most {WEBP_MEGABYTES}: {_word(peak <= WEBP_MEGABYTES)})")
    _ratio(f"memory, {FIRST}", usual["peak"] / ours["peak"], MEMORY_AIM)
    _ratio(f"cold start, {FIRST}", usual["cold"] / ours["cold"], None)
    _ratio(
        f"installed size, {ours['installed']:.0f} MB against {usual['installed']:.0f}",
        usual["installed"] / ours["installed"],
        None,
    )


def _imports() -> None:
    turns = [
        _side(process.OURS, side, Path(os.devnull), Path(os.devnull))
        for _ in range(TURNS)
        for side in ("door", "boto3")
    ]
    doors, bases = ([turn["import"] for turn in turns[start::2]] for start in (0, 1))
    share = statistics.median(doors) / statistics.median(bases)
    print(f"import of the URL door / import boto3: {share:.2f} (aim {IMPORT_AIM} or less)")


def _ratio(name: str, value: float, aim: float | None) -> None:
    verdict = "" if aim is None else f" (at least {aim:g}: {_word(value >= aim)})"
    print(f"{name}: {value:.2f} x{verdict}")


def _word(is_kept: bool) -> str:
    return "kept" if is_kept else "MISSED"


def _files(folder: Path) -> dict[str, Path]:
    paths = {}
    kinds: tuple[tuple[str, str, dict[str, Any]], ...] = (
        ("JPEG", "jpg", {"quality": 90}),
        ("progressive JPEG", "p.jpg", {"quality": 90, "progressive": True}),
        ("PNG", "png", {}),
    )
    large: tuple[tuple[str, str, dict[str, Any]], ...] = (
        ("WebP", "webp", {"quality": 80}),
        ("AVIF", "avif", {"quality": 70, "speed": 8}),
    )
    for name, (width, height) in SIZES.items():
        image = _photo(width, height)
        for kind, suffix, options in (*kinds, *(large if name == LARGE else ())):
            path = folder / f"{width}.{suffix}"
            image.save(path, **options)
            paths[f"{name} {kind}"] = path
        if name == LARGE:
            paths |= _variants(folder, image)
    return paths


def _variants(folder: Path, image: Image) -> dict[str, Path]:
    smooth, clear = folder / "smooth.webp", folder / "clear.png"
    image.resize((500, 375)).resize(image.size).save(smooth, quality=80)
    image = image.copy()
    image.putalpha(image.getchannel("G"))
    image.save(clear)
    return {f"{LARGE} smooth WebP": smooth, f"{LARGE} RGBA PNG": clear}


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


def _measured(python: Path, image: Path, layered: bool) -> Sides:
    """In turns, so that a busy moment of the machine meets all sides."""
    interpreters = {"reference": python, "ours": process.OURS}
    if process.peers_python("pyvips"):
        interpreters["pyvips"] = python
    if layered:
        interpreters["layer"] = process.OURS
    turns: dict[str, list[Figures]] = {side: [] for side in interpreters}
    for _ in range(TURNS):
        for side, interpreter in interpreters.items():
            turns[side].append(_side(interpreter, side, image, _result(image, side)))
    sides = {side: process.medians(each) for side, each in turns.items()}
    for figures in sides.values():
        figures["cold"] = figures["import"] + figures["first"]
    return sides


def _side(interpreter: Path, side: str, image: Path, result: Path) -> Figures:
    return process.figures(interpreter, "images_side", side, image, ROUNDS, result)


def _result(image: Path, side: str) -> Path:
    return image.with_suffix(f"{image.suffix}.{side}")


def _difference(image: Path, side: str) -> str:
    from PIL import Image, ImageChops, ImageStat

    with Image.open(_result(image, side)) as left, Image.open(_result(image, "reference")) as right:
        apart = ImageStat.Stat(ImageChops.difference(left, right))
    return f"{apart.mean[0]:.2f}, at most {apart.extrema[0][1]}"
