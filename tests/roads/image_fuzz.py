"""One share of the fuzzed images: ``python -m tests.roads.image_fuzz SHARE INPUTS``; prints what came of them as JSON.

Bytes are changed, cut out, doubled and cut off, most of them in the first kilobyte, where headers are.
"""

from __future__ import annotations

import json
import random
import resource
import sys
from collections import Counter

from images import profiles
from images.errors import ImageRefused
from images.transform.image import transform
from tests.unit.images import conformance_cases
from tests.unit.images.builders import opened

MEMORY_BYTES = 1024 * 1024 * 1024
PROFILES = ("default", "thumbnail", "tensor")
_FORBIDDEN = ("0x", "_io", "object at", "cannot identify")


def main(share: int, inputs: int) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    conformance_cases.SIZE = (96, 64)
    originals = [case.build() for case in conformance_cases.every()]
    originals = [original for original in originals if 20 < len(original) < 200_000]
    outcomes: Counter[str] = Counter()
    unfair: list[str] = []
    for number in range(inputs):
        dice = random.Random(share * 1_000_003 + number)
        profile = profiles.choose(PROFILES[number % len(PROFILES)], {})
        original = broken(dice.choice(originals), dice)
        try:
            picture = transform(original, profile)
        except ImageRefused as error:
            outcomes[type(error).__name__] += 1
            text = str(error)
            if not text.endswith(".") or any(word in text for word in _FORBIDDEN):
                unfair.append(f"{share}/{number}: {text}")
        else:
            outcomes["image"] += 1
            if profile.format != "npy" and opened(picture.body).size != (profile.width, profile.height):
                unfair.append(f"{share}/{number}: {opened(picture.body).size}")
    print(json.dumps({"outcomes": outcomes, "unfair": unfair}))


def broken(original: bytes, dice: random.Random) -> bytes:
    data = bytearray(original)
    for _ in range(dice.randint(1, 6)):
        reach = min(len(data), dice.choice((40, 1000, len(data))))
        place = dice.randrange(max(1, reach))
        match dice.randrange(6):
            case 0 | 1:
                data[place : place + 1] = bytes([dice.randrange(256)])
            case 2:
                data[place : place + 4] = dice.choice((b"\x00\x00\x00\x00", b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff"))
            case 3:
                del data[place : place + dice.randint(1, 30)]
            case 4:
                data[place:place] = data[place : place + dice.randint(1, 30)]
            case 5:
                del data[max(20, dice.randrange(20, max(21, len(data)))) :]
    return bytes(data)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
