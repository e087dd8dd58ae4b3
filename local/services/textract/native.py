"""A PDF page as image and words: its own text where it has one, and where that text stands.

What stands in pictures on such a page is read by OCR, and added. Call with pages.PDFIUM held.
"""

from __future__ import annotations

import ctypes
import math
import re
from typing import Any

from local.services.textract.errors import DocumentTooLarge
from local.services.textract.page.model import Box, Page, Pixels, Word

MOST_PIXELS = 10_000
"""On either side of an image, a rendered page included ("Set Quotas in Amazon Textract")."""
MOST_POINTS = 9000
"""On either side of a PDF's page; 9,000 points are 125 inches, and the guide names 40 inches as well."""
DPI = 200
_LEAST_CHARACTERS = 8
_PICTURE_SHARE = 0.5  # of the page: it is a scan, and what text there is was put on it by a machine
_SCAN_CHARACTERS = 200
_CONFIDENCE = 99.5
_NO_BLANK = re.compile(r"(?:[^_]|(?<!_)_(?!_))+")


def page(pdf: Any, index: int) -> Page:
    """Page ``index`` of an opened PDF.

    Raises:
        DocumentTooLarge: the page is larger than 9,000 points on one side.
    """
    import pypdfium2
    from pypdfium2 import raw

    opened = pdf[index]
    try:
        width, height = opened.get_size()
        if max(width, height) > MOST_POINTS:
            raise DocumentTooLarge(f"Page {index + 1} is larger than {MOST_POINTS} points on one side")
        scale = min(DPI / 72, MOST_PIXELS / max(width, height, 1.0))
        # Filled-in fields become part of the page, and so of its text.
        raw.FPDFPage_Flatten(opened, raw.FLAT_NORMALDISPLAY)
        opened.close()
        opened = pdf[index]
        image = opened.render(scale=scale, rev_byteorder=True).to_numpy()
        image = image[:, :, :3].copy() if image.ndim == 3 else _grey(image)
        words = _words(opened, image.shape[1], image.shape[0])
        pictures = _pictures(opened, image.shape[1], image.shape[0])
    except pypdfium2.PdfiumError:
        opened.close()
        raise
    opened.close()
    return Page(image, _native(words, pictures, image), tuple(pictures))


def _grey(image: Pixels) -> Pixels:
    import numpy as np

    return np.repeat(image[:, :, None], 3, axis=2)


def _native(words: list[Word], pictures: list[Box], image: Pixels) -> tuple[Word, ...] | None:
    count = sum(len(word.text) for word in words)
    covered = sum(box.width * box.height for box in pictures) / (image.shape[0] * image.shape[1])
    if count < _LEAST_CHARACTERS or (covered > _PICTURE_SHARE and count < _SCAN_CHARACTERS):
        return None
    return tuple(words)


def _words(opened: Any, width: int, height: int) -> list[Word]:
    """The page's text in words, in pixels of the rendered page."""
    import pypdfium2.raw as pdfium

    text = opened.get_textpage()
    page_words: list[Word] = []
    letters: list[str] = []
    boxes: list[Box] = []

    def finish() -> None:
        # Underscores in a row are a blank to write on, where they touch a word too.
        for part in _NO_BLANK.finditer("".join(letters)):
            page_words.append(_word(letters[slice(*part.span())], boxes[slice(*part.span())]))
        letters.clear()
        boxes.clear()

    for index in range(text.count_chars()):
        code = pdfium.FPDFText_GetUnicode(text, index)
        letter = chr(code) if code and not 0xD800 <= code <= 0xDFFF else ""
        angle = pdfium.FPDFText_GetCharAngle(text, index)
        if (
            not letter
            or letter.isspace()
            or letter in "\ufffe\u00ad\x00"
            or not letter.isprintable()
            or _slanted(angle)
        ):
            finish()
            continue
        box = _character(opened, text, index, width, height)
        if boxes and _apart(boxes[-1], box):
            finish()
        letters.append(letter)
        boxes.append(box)
    finish()
    text.close()
    return [word for word in page_words if word.text.strip("_") and word.box.height >= 2]


def _slanted(angle: float) -> bool:
    """Whether a character runs across the page, as a watermark does: Textract's words are those of the page."""
    degrees = math.degrees(angle) % 360
    return min(abs(degrees - right) for right in (0, 90, 180, 270, 360)) > 20


def _apart(last: Box, box: Box) -> bool:
    size = max(last.height, box.height)
    gap = box.left - last.right
    return gap > 0.22 * size or gap < -1.5 * size or box.shared_height(last) < 0.3 * min(last.height, box.height)


def _character(opened: Any, text: Any, index: int, width: int, height: int) -> Box:
    import pypdfium2.raw as pdfium

    rectangle = pdfium.FS_RECTF()
    pdfium.FPDFText_GetLooseCharBox(text, index, rectangle)
    corners = [
        _device(opened, x, y, width, height)
        for x in (rectangle.left, rectangle.right)
        for y in (rectangle.top, rectangle.bottom)
    ]
    xs, ys = [x for x, _ in corners], [y for _, y in corners]
    return Box(min(xs), min(ys), max(xs), max(ys))


def _device(opened: Any, x: float, y: float, width: int, height: int) -> tuple[float, float]:
    import pypdfium2.raw as pdfium

    # In sixteenths of a pixel: the call answers whole numbers.
    at_x, at_y = ctypes.c_int(), ctypes.c_int()
    pdfium.FPDF_PageToDevice(opened, 0, 0, width * 16, height * 16, 0, x, y, at_x, at_y)
    return at_x.value / 16, at_y.value / 16


def _word(letters: list[str], boxes: list[Box]) -> Word:
    left, right = min(box.left for box in boxes), max(box.right for box in boxes)
    top, bottom = min(box.top for box in boxes), max(box.bottom for box in boxes)
    return Word("".join(letters), Box(left, top, right, bottom), _CONFIDENCE)


def _pictures(opened: Any, width: int, height: int) -> list[Box]:
    import pypdfium2.raw as pdfium

    found = []
    for item in opened.get_objects(filter=[pdfium.FPDF_PAGEOBJ_IMAGE], max_depth=4):
        left, bottom, right, top = item.get_bounds()
        corners = [_device(opened, x, y, width, height) for x, y in ((left, top), (right, bottom))]
        xs, ys = sorted(x for x, _ in corners), sorted(y for _, y in corners)
        box = Box(max(0.0, xs[0]), max(0.0, ys[0]), min(float(width), xs[1]), min(float(height), ys[1]))
        if box.width > 8 and box.height > 8:
            found.append(box)
    return found
