"""Words and their boxes in a page image: Tesseract where it is installed, else RapidOCR.

``MILLRACE_OCR=rapidocr`` (or ``tesseract``) chooses; it is read once, with the first page.
"""

from __future__ import annotations

import csv
import io
import os
import re
import shutil
import subprocess
import threading
from collections.abc import Sequence
from functools import cache
from importlib import metadata
from typing import Any

from local.services.textract.page.model import Box, Pixels, Word

SETTING = "MILLRACE_OCR"
_TESSERACT_SECONDS = 120.0
# Detection shrinks what is larger, and then loses small print; 10,000 pixels per side are Textract's own limit.
_LONGEST_SIDE = 3600
# Where lines are looked for; they are read from the whole image. Half the time of 2,339 pixels (A4 at 200 dpi), and no
# word less on the pages of the tests.
_DETECTION_SIDE = 1800
_SHORTEST_SIDE = 736
_LEAST_SCORE = 0.5
_LOCK = threading.Lock()

# What recognisers make of boxes, bullets' frames and rulings; none of it is a word for Textract.
_NO_WORD = re.compile(r"[\s_\u2500-\u259f\u25a0-\u25ff\u2610-\u2612\u2713-\u2718\ue000-\uf8ff|\u00a6\u2013\u2014]+")
_GLYPHS = re.compile(r"[\u2500-\u257f\u25a0-\u25ff\u2610-\u2612\ue000-\uf8ff]+")
_BLANK = re.compile(r"_{2,}")  # to write on: a ruling for Textract
_ZERO_IN_LETTERS = re.compile(r"(?<=[A-Z])0(?=[A-Z])|^0(?=[A-Z]{1,}[#.:]?$)")
# Textract writes typewriter quotes; models trained on Chinese write wide punctuation.
_QUOTES = str.maketrans("\u201c\u201d\u201e\u2018\u2019\uff0c\uff1a\uff08\uff09", '"""\'\',:()')


class OcrUnavailableError(RuntimeError):
    """The OCR that MILLRACE_OCR names is not installed; the message says what is missing."""


@cache
def engine() -> str:
    """``"tesseract"`` or ``"rapidocr"``.

    Raises:
        OcrUnavailableError: the setting names another, or one that is not installed.
    """
    wanted = os.environ.get(SETTING, "")
    if wanted not in ("", "tesseract", "rapidocr"):
        raise OcrUnavailableError(f"{SETTING}={wanted!r}: set it to tesseract or rapidocr, or unset it.")
    found = shutil.which("tesseract")
    if wanted == "tesseract" and not found:
        raise OcrUnavailableError(f"{SETTING}=tesseract, but there is no tesseract on PATH.")
    return "tesseract" if found and wanted != "rapidocr" else "rapidocr"


@cache
def name() -> str:
    """The engine with its version, as answers carry it."""
    if engine() == "rapidocr":
        return f"rapidocr {metadata.version('rapidocr')}"
    told = subprocess.run([_tesseract(), "--version"], capture_output=True, text=True, timeout=20, check=True)
    return (told.stdout or told.stderr).splitlines()[0]


def read(image: Pixels) -> list[Word]:
    """The words of ``image`` (RGB), in no particular order, in its own pixels.

    Raises:
        OcrUnavailableError: see engine().
    """
    found = _tesseract_words(image) if engine() == "tesseract" else _rapid_words(image)
    return [word for word in found if not _NO_WORD.fullmatch(word.text)]


def _tesseract() -> str:
    return shutil.which("tesseract") or "tesseract"


def _tesseract_words(image: Pixels) -> list[Word]:
    from PIL import Image

    data = io.BytesIO()
    Image.fromarray(image).save(data, "PNG", compress_level=1)
    # One thread: with more, Tesseract's threads wait for one another (measured: 0.6 s instead of 2.9 s per page).
    process = subprocess.run(
        [_tesseract(), "stdin", "stdout", "--dpi", "200", "--psm", "11", "tsv"],
        input=data.getvalue(),
        capture_output=True,
        timeout=_TESSERACT_SECONDS,
        check=True,
        env={**os.environ, "OMP_THREAD_LIMIT": "1"},
    )
    rows = csv.DictReader(io.StringIO(process.stdout.decode()), delimiter="\t", quoting=csv.QUOTE_NONE)
    words = []
    for row in rows:
        text, score = (row["text"] or "").strip(), float(row["conf"])
        if text and score >= 0:
            left, top = float(row["left"]), float(row["top"])
            box = Box(left, top, left + float(row["width"]), top + float(row["height"]))
            words += [Word(_GLYPHS.sub("", part) or part, at, score) for part, at in _without_blanks(text, box)]
    return words


@cache
def _rapid() -> Any:
    """The one instance: its models take 30 MB on disk and about 200 MB in memory."""
    import logging

    from rapidocr import RapidOCR

    # Two cores are enough for a page in a second or two, and leave the functions some.
    engine = RapidOCR(
        params={
            "Global.log_level": "critical",
            "Global.max_side_len": _LONGEST_SIDE,
            "Global.text_score": _LEAST_SCORE,
            "EngineConfig.onnxruntime.intra_op_num_threads": min(4, os.cpu_count() or 2),
            "EngineConfig.onnxruntime.inter_op_num_threads": 1,
            "Det.limit_type": "max",
            "Det.limit_side_len": _DETECTION_SIDE,
        }
    )
    logging.getLogger("RapidOCR").setLevel(logging.CRITICAL)
    return engine


def _rapid_words(image: Pixels) -> list[Word]:
    import cv2

    # Small pictures are enlarged: the detector was made for print of twelve pixels and more.
    scale = min(3.0, _SHORTEST_SIDE / min(image.shape[:2]), _DETECTION_SIDE / max(image.shape[:2]))
    if scale > 1.05:
        image = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
    else:
        scale = 1.0
    with _LOCK:  # the session is shared, and two pages at once only take turns on the same cores
        result = _rapid()(image[:, :, ::-1], return_word_box=True, use_cls=False)
    if result.txts is None:
        return []
    words: list[Word] = []
    for parts in result.word_results:
        for text, score, corners in parts:
            for part, box in _without_blanks(text, _box(corners, scale)):
                words += _pieces(part, float(score) * 100, box)
    return words


def _box(corners: Sequence[Sequence[float]], scale: float) -> Box:
    xs, ys = [float(x) / scale for x, _ in corners], [float(y) / scale for _, y in corners]
    return Box(min(xs), min(ys), max(xs), max(ys))


def _without_blanks(text: str, box: Box) -> list[tuple[str, Box]]:
    """``Name:______`` as ``Name:``, with its share of the box; all pieces of ``text`` between such blanks."""
    found = []
    at = 0
    for blank in [*_BLANK.finditer(text), None]:
        end = blank.start() if blank else len(text)
        if end > at:
            left, right = (box.left + box.width * place / len(text) for place in (at, end))
            found.append((text[at:end], Box(left, box.top, right, box.bottom)))
        at = blank.end() if blank else end
    return found


def _pieces(text: str, score: float, box: Box) -> list[Word]:
    """A recognised word without frames, and in two where a colon or a bracket was glued to what follows."""
    clean = _GLYPHS.sub(" ", text).strip()
    pieces: list[Word] = []
    parts = [part for part in re.split(r"\s+|(?<=[A-Za-z.]:)(?=[A-Z][a-z])|(?<=^\))(?=\w)", clean) if part]
    whole, at = sum(len(part) for part in parts), 0
    for part in parts:
        left = box.left + box.width * at / whole
        at += len(part)
        right = box.left + box.width * at / whole
        pieces.append(
            Word(_ZERO_IN_LETTERS.sub("O", part.translate(_QUOTES)), Box(left, box.top, right, box.bottom), score)
        )
    return pieces
