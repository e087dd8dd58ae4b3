"""One share of the fuzzed PNGs: ``python -m tests.roads.png_fuzz SHARE INPUTS``; prints what came of them as JSON.

Each is decoded by libvips and by Pillow: both must give the same picture, or the same refusal. Half of them are bytes
changed anywhere, as ``image_fuzz`` does it. A check sum gives those away at once, so the others are taken apart: chunks
change, move and come twice, rows are filtered by what is no filter, and all check sums are right again.
"""

from __future__ import annotations

import json
import os
import random
import resource
import sys
import zlib
from collections import Counter

from images import profiles
from images.decoding import plan
from images.errors import ImageRefused
from images.model import Picture, Profile
from tests.roads.image_fuzz import MEMORY_BYTES, broken
from tests.unit.images import png_files
from tests.unit.images.builders import opened, outcome
from tests.unit.images.test_libvips import PLAIN

_CHUNKS = (
    (b"tRNS", b"\0\1\0\2\0\3"), (b"tRNS", b"\0\5"), (b"gAMA", b"\0\0\xb1\x8f"), (b"sRGB", b"\0"), (b"sBIT", b"\5\5\5"),
    (b"bKGD", b"\0\1\0\1\0\1"), (b"eXIf", png_files.EXIF_ON_ITS_SIDE), (b"tEXt", b"k\0v"), (b"zTXt", b"k\0\0junk"),
    (b"iCCP", b"x\0\0" + zlib.compress(b"junk" * 50)), (b"acTL", b"\0\0\0\2\0\0\0\0"), (b"PLTE", bytes(range(60))),
    (b"cICP", b"\x0c\x0d\0\1"), (b"ABCD", b"zz"), (b"abcd", b"zz"), (b"IEND", b""), (b"IDAT", b""),
    (b"fdAT", bytes(30)),
)  # fmt: skip
_ROWS = 217
_MEAN, _MOST = 3.0, 20
"""Grey levels apart: on noise, as some of the files are, blocks that begin elsewhere have other averages."""


def main(share: int, inputs: int) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    plan.PIXELS_FOR_LIBVIPS = 1
    originals = [build() for build in PLAIN.values()]
    outcomes: Counter[str] = Counter()
    unfair: list[str] = []
    for number in range(inputs):
        dice = random.Random(share * 1_000_003 + number)
        original = dice.choice(originals)
        original = (broken if number % 2 else rebuilt)(original, dice)
        profile = _profile(number // 2)
        ours, theirs = (_decoded(original, profile, use_vips) for use_vips in ("true", "false"))
        fell_back = isinstance(ours, Picture) and "PngFallbacks" in ours.counts
        outcomes["by Pillow" if fell_back else "image" if isinstance(ours, Picture) else type(ours).__name__] += 1
        if not _same(ours, theirs):
            unfair.append(f"{share}/{number}: {type(ours).__name__} {ours}, {type(theirs).__name__} {theirs}"[:300])
    print(json.dumps({"outcomes": outcomes, "unfair": unfair}))


def _profile(number: int) -> Profile:
    more = ({}, {"mode": "rgb"}, {"mode": "rgb", "w": "20", "h": "30"}, {"fit": "pad"})[number % 4]
    return profiles.choose("free", {"w": "64", "h": "50", "format": "png", **more})


def _decoded(original: bytes, profile: Profile, use_vips: str) -> Picture | ImageRefused:
    os.environ["USE_VIPS"] = use_vips
    return outcome(original, profile)


def _same(ours: Picture | ImageRefused, theirs: Picture | ImageRefused) -> bool:
    if not isinstance(ours, Picture) or not isinstance(theirs, Picture):
        return type(ours) is type(theirs) and str(ours) == str(theirs)
    one, other = opened(ours.body), opened(theirs.body)
    apart = [abs(a - b) for a, b in zip(one.tobytes(), other.tobytes(), strict=True)]
    return (one.size, one.mode) == (other.size, other.mode) and sum(apart) / len(apart) < _MEAN and max(apart) <= _MOST


def rebuilt(original: bytes, dice: random.Random) -> bytes:
    parts = png_files.chunks(original)
    for _ in range(dice.randint(1, 2)):
        place = dice.randrange(len(parts))
        match dice.randrange(8):
            case 0 if parts[place][1]:
                name, body = parts[place]
                at = dice.randrange(len(body))
                parts[place] = name, body[:at] + bytes([dice.randrange(256)]) + body[at + 1 :]
            case 1 | 2:
                parts.insert(dice.randrange(1, len(parts) + 1), dice.choice(_CHUNKS))
            case 3 if place:
                del parts[place]
            case 4:
                parts.append(parts.pop(place))
            case _:
                parts = _with_other_rows(parts, dice)
        if not parts:
            break
    made = png_files.rejoined(parts)
    return made[: -dice.choice((1, 4, 11, 12, 13, 20))] if dice.random() < 0.05 else made


def _with_other_rows(parts: list[png_files.Chunk], dice: random.Random) -> list[png_files.Chunk]:
    places = [place for place, (name, _) in enumerate(parts) if name == b"IDAT"]
    try:
        rows = bytearray(zlib.decompress(b"".join(parts[place][1] for place in places)))
    except zlib.error:
        return parts
    length = max(1, len(rows) // _ROWS)
    match dice.randrange(4) if rows else 3:
        case 0:
            rows[dice.randrange(0, len(rows), length)] = dice.randrange(8)
        case 1:
            del rows[-dice.choice((1, length // 2 + 1, length, len(rows) // 2 + 1)) :]
        case 2:
            rows += bytes(dice.choice((1, length, 5000)))
        case 3:
            for _ in range(5 if rows else 0):
                rows[dice.randrange(len(rows))] = 255
    pixels = zlib.compress(rows, 1)
    if dice.random() < 0.1:
        pixels = pixels[: -dice.choice((1, 4, 20))]
    if dice.random() < 0.1:
        pixels = pixels[:-1] + bytes([pixels[-1] ^ 1]) + bytes(dice.choice((0, 4)))
    step = len(pixels) // dice.choice((1, 2, 5)) + 1
    made = [(b"IDAT", pixels[start : start + step]) for start in range(0, len(pixels), step)]
    return [*parts[: places[0]], *made, *parts[places[-1] + 1 :]]


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
