"""One side of ``bench.images`` in a process of its own: ``python -m bench.sides.images_side SIDE IMAGE ROUNDS RESULT``.

Writes the image to RESULT. Prints CPU milliseconds for the import, the first image and the best later one, the
peak memory and the installed size in MB, as JSON. Sides: ``reference`` (OpenCV, as it is usually written), ``pyvips``
(the same with it), ``ours`` (images.transform.image), ``layer`` (ours with the layer of libvips),
``boto3`` (nothing but ``import boto3``), ``door`` (nothing but the URL door's module).
Imports nothing of the project before the clock runs.
"""

import importlib
import json
import logging  # as json and traceback, which Lambda's runtime has imported before any handler
import os
import sys
import time
import traceback
from pathlib import Path
from typing import Any

from bench.sides import peak

RUNTIME = (importlib, json, logging, traceback)
SIZE = 256
FUNCTIONS = str(Path(__file__).resolve().parents[2] / "functions")
PACKAGES = {
    "reference": ("opencv-python-headless", "numpy"),
    "pyvips": ("pyvips", "pyvips-binary", "cffi", "pycparser"),
    "ours": ("pillow",),
    "layer": ("pillow", "pyvips", "pyvips-binary", "cffi", "pycparser"),
}


def reference():
    """The transform that people write first: decode in full and in colour, resize by area, then to grey."""
    import cv2
    import numpy as np

    cv2.setNumThreads(1)

    def transform(data):
        image: Any = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
        image = cv2.resize(image, (SIZE, SIZE), interpolation=cv2.INTER_AREA)
        image = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
        return cv2.imencode(".jpg", image)[1].tobytes()

    return transform


def with_pyvips():
    """Its thumbnails decode at a fraction of the size where the format allows."""
    import pyvips

    pyvips.concurrency_set(1)
    pyvips.cache_set_max(0)

    def transform(data):
        image: Any = pyvips.Image.thumbnail_buffer(data, SIZE, height=SIZE, size="force")
        if image.hasalpha():
            image = image.flatten(background=255)
        return image.colourspace("b-w").write_to_buffer(".jpg")

    return transform


def layer():
    os.environ["USE_VIPS"] = "true"
    return ours()


def ours():
    sys.path.insert(0, FUNCTIONS)
    from images import profiles
    from images.transform.image import transform

    profile = profiles.choose(None, {})
    return lambda data: transform(data, profile).body


def only(module):
    sys.path.insert(0, FUNCTIONS)
    return lambda: importlib.import_module(module) and None


def installed_mb(names):
    from importlib.metadata import files

    paths = [path.locate() for name in names for path in files(name) or [] if "__pycache__" not in path.parts]
    return sum(Path(path).stat().st_size for path in paths) / 1e6


SIDES = {
    "reference": reference,
    "pyvips": with_pyvips,
    "ours": ours,
    "layer": layer,
    "boto3": only("boto3"),
    "door": only("images.handlers.url_door"),
}


def main(side: str, image: str, rounds: str, result: str) -> None:
    data = Path(image).read_bytes()
    begun = time.process_time()
    transform = SIDES[side]()
    imported = time.process_time() - begun
    figures = {"import": imported * 1000}
    if transform:
        times = []
        for _ in range(1 + int(rounds)):
            begun = time.process_time()
            body = transform(data)
            times.append((time.process_time() - begun) * 1000)
        Path(result).write_bytes(body)
        figures |= {"first": times[0], "warm": min(times[1:]), "peak": peak.megabytes()}
        figures["installed"] = installed_mb(PACKAGES[side])
    print(json.dumps(figures))


if __name__ == "__main__":
    main(*sys.argv[1:])
