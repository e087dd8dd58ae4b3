"""Copies of documents without the personal data that was found in them: painted over in pixels, with nothing below.

Of a PDF every page is rendered and becomes an image, also those without a find: hidden text, annotations, attachments,
layers and metadata would hold the same data again, and a copy that can be searched is a copy that can leak. Images are
made anew from their pixels: no EXIF, comments, thumbnails or profiles go along.
"""

from __future__ import annotations

import io
import math
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from documents.files import media_types
from documents.model import Box, LaidLine, Secret
from documents.outputs.places import word_spans
from documents.reading.reading_order import box_around

if TYPE_CHECKING:
    from PIL.Image import Image
    from pypdfium2 import PdfDocument, PdfPage

    from documents.outputs.pages.page_images import PageImage

BLOCK: Final = "█"
DPI: Final = 150
MOST_PIXELS: Final = 25_000_000
"""Of a rendered page; larger ones are rendered more coarsely."""
QUALITY: Final = 85
MARGIN: Final = 0.15
"""Of a word's height around it: letters reach over the boxes that recognition draws."""
FEW_EDGES: Final = 4
"""Pixels where light and dark meet: rather a ground painted over than a letter left."""
WHOLE_PAGE: Final = Box(0.0, 0.0, 1.0, 1.0)

Boxes = dict[int, list[Box]]


def paint(
    source: Path,
    media_type: str,
    lines: Sequence[LaidLine],
    secrets: Sequence[Secret],
    out: Path,
    *,
    unread: bool = False,
) -> str:
    """Writes the copy and returns its media type: that of the source, or plain text for what has no pages.

    ``lines`` in the order of ``Extraction.lines``, to which the secrets refer; without words for a text format.
    ``unread``: nobody has looked for secrets in the pictures on a PDF's pages, so that each is painted over whole.
    Raises ValueError for a secret of a line that is not there, BrokenDocument.
    """
    if any(not 0 <= secret.line < len(lines) for secret in secrets):
        raise ValueError("Lines and secrets are not of the same extraction.")
    if media_type == media_types.PDF:
        _paint_pdf(source, boxes_of(lines, secrets), out, unread)
    elif media_type in media_types.IMAGES:
        _paint_image(source, media_type, boxes_of(lines, secrets), out)
    else:
        out.write_text("\n".join(masked([line.text for line in lines], secrets)) + "\n", encoding="utf-8")
        return media_types.PLAIN
    return media_type


def masked(lines: Sequence[str], secrets: Iterable[Secret]) -> list[str]:
    """Each character of a secret as a block, blanks as well: their places would tell names from numbers."""
    texts = [list(line) for line in lines]
    for secret in secrets:
        for place in range(max(secret.start, 0), min(secret.end, len(texts[secret.line]))):
            texts[secret.line][place] = BLOCK
    return ["".join(text) for text in texts]


def boxes_of(lines: Sequence[LaidLine], secrets: Iterable[Secret]) -> Boxes:
    """What to paint on which page: from the first to the last word that a secret touches, in one piece.

    Where a line's words do not add up to its text, all of them; where it has none, the whole page.
    """
    found: Boxes = {}
    for secret in secrets:
        line = lines[secret.line]
        spans = word_spans(line)
        if spans is None:
            boxes = [word.box for word in line.words]
        else:
            boxes = [word.box for start, end, word in spans if start < secret.end and secret.start < end]
        found.setdefault(line.page, []).append(box_around(boxes) or WHOLE_PAGE)
    return found


def _paint_pdf(source: Path, boxes: Boxes, out: Path, unread: bool) -> None:
    from documents.files import pdfs
    from documents.outputs.pages import searchable

    with pdfs.opened(source) as document, out.open("wb") as file:
        if document.get_formtype():
            document.init_forms()
        searchable.write_pages(_rendered(document, boxes, unread), file)


def _rendered(document: PdfDocument, boxes: Boxes, unread: bool) -> Iterator[PageImage]:
    from documents.files import pdfs
    from documents.outputs.pages import page_images

    for index in range(len(document)):
        with pdfs.page_of(document, index) as page:
            width, height = page.get_size()
            scale = min(DPI / 72, math.sqrt(MOST_PIXELS / max(width * height, 1.0)))
            bitmap = page.render(scale=scale)
            image = bitmap.to_pil().convert("RGB")
            bitmap.close()
            covers = _pictures(page) if unread else []
        blacken(image, [*boxes.get(index + 1, ()), *covers])
        data = io.BytesIO()
        image.save(data, "JPEG", quality=QUALITY)
        yield page_images.of_jpeg(data.getvalue(), image.size, 3, width, height)


def _pictures(page: PdfPage) -> list[Box]:
    """Also small ones: a strip of a page's hundredth part may hold a name. The whole page where they cannot be told."""
    from documents.files import page_objects
    from documents.reading.painting import canvas, look, pictures, places

    clock = canvas.Clock(look.PAGE_SECONDS, look.PAGE_SECONDS)
    try:
        found = pictures.unread(page, clock, share=0, edges=FEW_EDGES)
    except canvas.OutOfTime:
        found = pictures.regions(page, list(page_objects.walk(page)))
    except page_objects.TooManyObjects:
        return [WHOLE_PAGE]
    return [places.shown(page)(*bounds) for bounds in found]


def _paint_image(source: Path, media_type: str, boxes: Boxes, out: Path) -> None:
    import warnings

    from PIL import Image

    name = media_type.removeprefix("image/").upper()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with Image.open(source, formats=[name]) as image:
            frames = _frames(image, boxes)
            first = next(frames)
            if name == "TIFF":
                first.save(out, name, save_all=True, append_images=frames, compression="tiff_deflate")
            elif name == "JPEG":
                first.save(out, name, quality=QUALITY)
            else:
                first.save(out, name)


def _frames(image: Image, boxes: Boxes) -> Iterator[Image]:
    """Each frame anew, painted. A photo that its EXIF turns is turned, since the copy has none to say so."""
    from PIL import Image as Images
    from PIL import ImageOps

    from documents.outputs.pages.page_images import flat, frames

    for number, frame in enumerate(frames(image), 1):
        pixels = flat(frame)
        copy = Images.new(pixels.mode, pixels.size)
        copy.paste(pixels)
        blacken(copy, boxes.get(number, ()))
        turn = image.getexif().get(0x0112)
        if turn:
            copy.getexif()[0x0112] = turn
            copy = ImageOps.exif_transpose(copy)
            copy.info.pop("exif", None)
        yield copy


def blacken(image: Image, boxes: Iterable[Box]) -> None:
    from PIL import ImageDraw

    draw = ImageDraw.Draw(image)
    for box in boxes:
        margin = MARGIN * box.height * image.height
        left, top = box.left * image.width - margin, box.top * image.height - margin
        right, bottom = (box.left + box.width) * image.width + margin, (box.top + box.height) * image.height + margin
        draw.rectangle((math.floor(left), math.floor(top), math.ceil(right), math.ceil(bottom)), fill=0)
