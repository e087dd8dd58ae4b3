"""A document's pages as images, with the text that a PDF carries itself; and the limits that Textract sets.

Limits: "Set Quotas in Amazon Textract" (developer guide, limits-document), as stored 2026-03.
"""

from __future__ import annotations

import io
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from local.services.textract import native
from local.services.textract.errors import BadDocument, DocumentTooLarge, UnsupportedDocument
from local.services.textract.native import MOST_PIXELS
from local.services.textract.page.model import Page

MOST_SYNC_BYTES = 10 * 1024 * 1024
MOST_IMAGE_BYTES = 10 * 1024 * 1024
MOST_BYTES = 500 * 1024 * 1024
MOST_PAGES = 3000

# PDFium is not safe to use from several threads.
PDFIUM = threading.Lock()


@contextmanager
def _quiet() -> Iterator[None]:
    """Without Pillow's warnings: what they say of a broken file ends in an error or does no harm."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def kind(data: bytes) -> str:
    """``pdf``, ``png``, ``jpeg`` or ``tiff``, by the first bytes.

    Raises:
        UnsupportedDocument: something else.
    """
    if data[:1024].lstrip()[:5] == b"%PDF-" or b"%PDF-" in data[:1024]:
        return "pdf"
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "png"
    if data.startswith(b"\xff\xd8\xff"):
        return "jpeg"
    if data[:4] in (b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+"):
        return "tiff"
    raise UnsupportedDocument


class Document:
    """An opened document. Close it after use, or use it as a context manager.

    Raises (when made):
        UnsupportedDocument: not one of the four formats, or a PDF that is locked or an XFA form.
        BadDocument: of a known format, but broken.
        DocumentTooLarge: more bytes, pages or pixels than a synchronous or asynchronous call takes.
    """

    def __init__(self, data: bytes, *, synchronous: bool) -> None:
        self.kind = kind(data)
        self._data = data
        images = self.kind in ("png", "jpeg")
        limit = MOST_SYNC_BYTES if synchronous else MOST_IMAGE_BYTES if images else MOST_BYTES
        self.refuse_size(len(data), limit)
        self._pdf: Any = None
        self._image: Any = None
        if self.kind == "pdf":
            self._open_pdf()
        else:
            self._open_image()
        try:
            self._check_pages(synchronous)
        except BaseException:
            self.close()
            raise

    @staticmethod
    def refuse_size(size: int, limit: int = MOST_SYNC_BYTES) -> None:
        """Raise DocumentTooLarge where ``size`` bytes are more than ``limit``."""
        if size > limit:
            raise DocumentTooLarge(f"Document size exceeds the limit of {limit} bytes")

    def __enter__(self) -> Document:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Free what the file took; a second time does nothing."""
        if self._pdf is not None:
            with PDFIUM:
                self._pdf.close()
            self._pdf = None
        if self._image is not None:
            self._image.close()
            self._image = None

    @property
    def pages(self) -> int:
        """How many pages or frames there are."""
        return self._count

    def _open_pdf(self) -> None:
        import pypdfium2

        try:
            with PDFIUM:
                self._pdf = pypdfium2.PdfDocument(self._data)
                self._count = len(self._pdf)
                form = self._pdf.get_formtype()
        except pypdfium2.PdfiumError as error:
            if "password" in str(error).lower() or "security" in str(error).lower():
                raise UnsupportedDocument("Request has a PDF that is protected by a password") from error
            raise BadDocument from error
        if self._count == 0:
            raise BadDocument
        if form in (2, 3):  # FORMTYPE_XFA_FULL, FORMTYPE_XFA_FOREGROUND
            self.close()
            raise UnsupportedDocument("Request has an XFA based PDF")

    def _open_image(self) -> None:
        from PIL import Image, UnidentifiedImageError

        try:
            with _quiet():
                self._image = Image.open(io.BytesIO(self._data), formats=(self.kind.upper(),))
                self._count = getattr(self._image, "n_frames", 1) if self.kind == "tiff" else 1
        except Image.DecompressionBombError as error:
            raise DocumentTooLarge(f"Image is larger than {MOST_PIXELS} pixels on one side") from error
        except (UnidentifiedImageError, OSError, SyntaxError, ValueError, TypeError, KeyError) as error:
            raise BadDocument from error

    def _check_pages(self, synchronous: bool) -> None:
        if synchronous and self._count > 1:
            raise UnsupportedDocument  # a document of several pages is for the asynchronous operations
        if self._count > MOST_PAGES:
            raise DocumentTooLarge(f"Document has {self._count} pages; the limit is {MOST_PAGES}")
        if self._image is not None and max(self._image.size) > MOST_PIXELS:
            raise DocumentTooLarge(f"Image is larger than {MOST_PIXELS} pixels on one side")

    def page(self, number: int) -> Page:
        """Page ``number``, which counts from 1.

        Raises:
            BadDocument: it cannot be decoded.
            DocumentTooLarge: it is larger than a page may be.
        """
        return self._pdf_page(number - 1) if self._pdf is not None else self._frame(number - 1)

    def _frame(self, index: int) -> Page:
        import numpy as np
        from PIL import Image

        try:
            with _quiet():
                self._image.seek(index)
                frame = self._image
                if max(frame.size) > MOST_PIXELS:
                    raise DocumentTooLarge(f"Image is larger than {MOST_PIXELS} pixels on one side")
                if frame.mode in ("I", "I;16", "I;16B", "I;16L", "F"):
                    grey = np.asarray(frame, dtype=np.float64) / 257
                    frame = Image.fromarray(grey.clip(0, 255).astype(np.uint8))
                if frame.mode in ("RGBA", "LA", "PA") or "transparency" in frame.info:
                    shown = frame.convert("RGBA")
                    frame = Image.new("RGBA", shown.size, "white")
                    frame.alpha_composite(shown)
                return Page(np.array(frame.convert("RGB")))
        except (OSError, SyntaxError, ValueError, TypeError, KeyError, EOFError, MemoryError) as error:
            raise BadDocument from error

    def _pdf_page(self, index: int) -> Page:
        import pypdfium2

        try:
            with PDFIUM:
                return native.page(self._pdf, index)
        except pypdfium2.PdfiumError as error:
            raise BadDocument from error
