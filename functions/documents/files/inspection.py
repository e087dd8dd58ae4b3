"""Which way a document goes, judged by its content, and the refusal of everything that would only fail later.

The limits are Textract's ("Set Quotas in Amazon Textract": 10 MB and one page synchronous, 500 MB and 3,000 pages
asynchronous, 10 MB for an image, 10,000 pixels per side, 9,000 points), and where a file needs no Textract, this
application's own.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

from common.content import jpeg_markers
from documents.errors import BrokenDocument, TooLarge, TooManyPages, UnsupportedFormat
from documents.files import mails, media_types
from documents.intake.originals import MOST_BYTES
from documents.model import MOST_PAGES, Inspection, Route

if TYPE_CHECKING:
    from PIL.Image import Image

MOST_SYNC_BYTES: Final = 10 << 20
MOST_IMAGE_BYTES: Final = 10 << 20
MOST_TEXT_BYTES: Final = 10 << 20
MOST_MARKDOWN_BYTES: Final = 2 << 20
"""Some five seconds of the parser's."""
MOST_DOCX_BYTES: Final = 100 << 20
MOST_PIXELS: Final = 10_000
MOST_POINTS: Final = 9000

_OWN_LIMITS = {
    media_types.PNG: MOST_IMAGE_BYTES,
    media_types.JPEG: MOST_IMAGE_BYTES,
    media_types.DOCX: MOST_DOCX_BYTES,  # and XLSX, which begins alike
    media_types.EML: mails.MOST_BYTES,
    media_types.MSG: mails.MOST_BYTES,
    media_types.HTML: MOST_TEXT_BYTES,
    media_types.MARKDOWN: MOST_MARKDOWN_BYTES,
    media_types.PLAIN: MOST_TEXT_BYTES,
}


NativeText = Literal["skip", "flag", "analyze"]


def inspect(path: Path, *, native_text: NativeText) -> Inspection:
    """``native_text``: where a PDF goes whose own text covers it. ``skip``: no Textract where nothing is unread;
    ``flag``: none, and what is unread is flagged; ``analyze``: there all the same.

    Raises the RejectedDocument that fits.
    """
    size = path.stat().st_size
    _refuse_bytes(size, MOST_BYTES)
    if size > MOST_TEXT_BYTES:
        _refuse_long_text(path, size)
    media_type = media_types.media_type(path)
    _refuse_bytes(size, _OWN_LIMITS.get(media_type, MOST_BYTES))
    if media_type == media_types.PDF:
        return _inspect_pdf(path, size, native_text)
    if media_type in media_types.IMAGES:
        pages = _inspect_image(path, media_type)
        return Inspection(media_type, pages, *_analysis(pages, size, "an image"))
    if media_type == media_types.DOCX:
        from documents.files import office

        media_type = office.check(path)
    elif media_type == media_types.EML:
        mails.check(path)
    return Inspection(media_type, 1, "text", "its text needs no recognition")


def _refuse_bytes(size: int, most: int) -> None:
    if size > most:
        raise TooLarge(
            f"The document has {size:,} bytes, and at most {most:,} of its kind are read; split or shrink it."
        )


def _refuse_long_text(path: Path, size: int) -> None:
    """Before it is decoded: a text of 500 MB would take the memory of everything else."""
    with path.open("rb") as file:
        head = file.read(1024)
    if not media_types.is_binary(head):
        _refuse_bytes(size, MOST_TEXT_BYTES)


def _inspect_pdf(path: Path, size: int, native_text: NativeText) -> Inspection:
    from documents.files import pdfs
    from documents.reading.painting import doubts

    with pdfs.opened(path) as document:
        pages = len(document)
        if pages > MOST_PAGES:
            raise TooManyPages(f"The PDF has {pages:,} pages, and at most {MOST_PAGES:,} are read; split it.")
        reason = "native text is analyzed too"
        if native_text != "analyze":
            if document.get_formtype():
                document.init_forms()  # else what fields show is not painted
            reason = pdfs.why_not_native(document) or doubts.garbled(document) or ""
            if not reason:
                reason = (doubts.unread(document) if native_text == "skip" else None) or ""
                if not reason:
                    return Inspection(media_types.PDF, pages, "text", "its own text covers every page")
                if not pdfs.is_for_textract(document, MOST_POINTS):
                    return Inspection(media_types.PDF, pages, "text", f"{reason}, which Textract would not read either")
        pdfs.refuse_unreadable_by_textract(document, MOST_POINTS)
        locked = pdfs.is_locked(document)
    return Inspection(media_types.PDF, pages, *_analysis(pages, size, reason), unlocked=locked)


def _analysis(pages: int, size: int, reason: str) -> tuple[Route, str]:
    if pages == 1 and size <= MOST_SYNC_BYTES:
        return "sync", f"{reason}; one page of at most 10 MB"
    return "async", f"{reason}; {'several pages' if pages > 1 else 'over 10 MB'}"


def _inspect_image(path: Path, media_type: str) -> int:
    """Frames. Nothing is decoded that could be as large as the limits allow: Pillow holds a pixel in up to 4 bytes."""
    import struct
    import warnings

    from PIL import Image

    name = {media_types.PNG: "PNG", media_types.JPEG: "JPEG", media_types.TIFF: "TIFF"}[media_type]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of odd metadata, and of sizes that are looked at below
            with Image.open(path, formats=[name]) as image:
                return _CHECKS[name](image, path)
    except Image.DecompressionBombError as error:
        raise TooLarge(_pixels(name)) from error
    except (OSError, SyntaxError, ValueError, TypeError, LookupError, OverflowError, struct.error) as error:
        # What Pillow's readers raise for bytes that are not what they announce.
        raise BrokenDocument(f"The {name} breaks off or cannot be read; save or scan it again.") from error


def _check_png(image: Image, _path: Path) -> int:
    if getattr(image, "n_frames", 1) > 1:
        raise UnsupportedFormat("This is an animated PNG; use one image per page.")
    _refuse_pixels(image, "PNG")
    image.verify()  # every chunk and its checksum, to the end
    return 1


def _check_jpeg(image: Image, path: Path) -> int:
    """A phone's JPEG may hold a second picture (MPO); only the first is the document, for Textract too."""
    _refuse_pixels(image, "JPEG")
    frame = jpeg_markers.read_frame(path.read_bytes())
    if frame is None or not frame.is_scaled or frame.precision != 8:
        # A lossless one cannot be decoded at a fraction, and asking for it once ended the process.
        raise UnsupportedFormat("This is a lossless or otherwise unusual JPEG; save it as an ordinary one, or as PNG.")
    image.draft("L", (image.width // 8, image.height // 8))  # an eighth of each side is enough to reach the end
    image.load()
    return 1


def _check_tiff(image: Image, path: Path) -> int:
    size = path.stat().st_size
    frames = 0
    while True:
        try:
            image.seek(frames)
        except EOFError:
            return frames
        if frames >= MOST_PAGES:
            raise TooManyPages(f"The TIFF has more than {MOST_PAGES:,} frames; split it.")
        _refuse_pixels(image, "TIFF")
        if _last_byte(image) > size:
            raise BrokenDocument("The TIFF breaks off within a frame; save or scan it again.")
        frames += 1


def _last_byte(image: Image) -> int:
    """Where the frame's strips or tiles end (TIFF 6.0: StripOffsets 273, StripByteCounts 279; tiles 324, 325)."""
    tags = getattr(image, "tag_v2", {})
    offsets = tags.get(273) or tags.get(324) or ()
    counts = tags.get(279) or tags.get(325) or ()
    if not offsets:
        raise BrokenDocument("A frame of the TIFF holds no image; save or scan it again.")
    return max((offset + count for offset, count in zip(offsets, counts, strict=False)), default=0)


_CHECKS: dict[str, Callable[[Image, Path], int]] = {"PNG": _check_png, "JPEG": _check_jpeg, "TIFF": _check_tiff}


def _refuse_pixels(image: Image, name: str) -> None:
    if max(image.size) > MOST_PIXELS:
        raise TooLarge(_pixels(name))


def _pixels(name: str) -> str:
    return f"A side of the {name} has more than {MOST_PIXELS:,} pixels; scale it down."
