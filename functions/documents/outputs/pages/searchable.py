"""Documents as PDF with an invisible layer of text: images become pages, pages of a PDF stay as they are.

A PDF is added to, not rewritten: its own bytes come first, unchanged, then the layers and the pages that name them. A
page whose own text covers it gets no second one.
"""

from __future__ import annotations

import io
import shutil
from collections.abc import Iterable, Iterator
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from documents.errors import BrokenDocument, PasswordProtected, UnsupportedFormat
from documents.files import media_types
from documents.model import LaidLine
from documents.outputs.pages.page_images import PageImage
from documents.outputs.pages.pdf_objects import Entry, Objects
from documents.outputs.pages.text_layer import Layer, Place

if TYPE_CHECKING:
    from pypdf import PageObject, PdfReader


def pdf(source: Path, media_type: str, lines: Iterable[LaidLine], out: Path) -> None:
    """``lines`` page by page, as ``blocks.layout`` gives them; those of one page are in memory at a time.

    Raises UnsupportedFormat for what has no pages, BrokenDocument, PasswordProtected.
    """
    if media_type in media_types.IMAGES:
        from documents.outputs.pages import page_images

        with out.open("wb") as file:
            write_pages(page_images.read(source, media_type), file, _Pages(lines))
    elif media_type == media_types.PDF:
        _add(source, _Pages(lines), out)
    else:
        raise UnsupportedFormat(f"{media_type} has no pages to lay a text over.")


class _Pages:
    """The lines of one page after the other."""

    def __init__(self, lines: Iterable[LaidLine]) -> None:
        self._groups: Iterator[Any] = iter(groupby(lines, key=lambda line: line.page))
        self._next: tuple[int, list[LaidLine]] | None = None

    def of(self, page: int) -> list[LaidLine]:
        """Pages have to be asked for in rising order."""
        while self._next is None or self._next[0] < page:
            found = next(self._groups, None)
            if found is None:
                return []
            self._next = found[0], list(found[1])
        return self._next[1] if self._next[0] == page else []


def write_pages(images: Iterable[PageImage], file: BinaryIO, lines: _Pages | None = None) -> None:
    """A new PDF, one image per page; with ``lines`` a layer of text over each."""
    objects = Objects.begin(file)
    tree = objects.reserve()
    layer = Layer(objects.reserve()) if lines is not None else None
    kids = []
    for number, image in enumerate(images, 1):
        picture = objects.stream(image.data, image.entries, pack=image.pack)
        content = b"q %.3f 0 0 %.3f 0 0 cm /Page Do Q" % (image.width, image.height)
        fonts = b""
        if lines is not None and layer is not None:
            content += b"\n" + layer.content(lines.of(number), Place(0, 0, image.width, image.height))
            fonts = b" /Font << /%b %d 0 R >>" % (layer.font.encode(), layer.number)
        body = objects.stream(content)
        kids.append(
            objects.put(
                b"<< /Type /Page /Parent %d 0 R /MediaBox [0 0 %.3f %.3f] /Contents %d 0 R "
                b"/Resources << /XObject << /Page %d 0 R >>%b >> >>"
                % (tree, image.width, image.height, body, picture, fonts)
            )
        )
    if layer is not None:
        layer.put(objects)
    references = b" ".join(b"%d 0 R" % kid for kid in kids)
    objects.put(b"<< /Type /Pages /Count %d /Kids [%b] >>" % (len(kids), references), tree)
    objects.finish(b"%d 0 R" % objects.put(b"<< /Type /Catalog /Pages %d 0 R >>" % tree))


def _add(source: Path, lines: _Pages, out: Path) -> None:
    import pypdf
    from pypdf.errors import PyPdfError

    from documents.files import pdfs

    with pdfs.opened(source) as document:
        covered = []
        for index in range(len(document)):
            with pdfs.page_of(document, index) as page:
                covered.append(pdfs.covers(page))
    try:
        with source.open("rb") as file, pypdf.PdfReader(file, strict=False) as reader:
            if reader.is_encrypted:
                raise PasswordProtected("The PDF is encrypted, so nothing can be added; save it without protection.")
            shutil.copyfile(source, out)
            with out.open("r+b") as added:
                added.seek(0, io.SEEK_END)
                _append(reader, covered, lines, added)
    except (PyPdfError, RecursionError, ValueError, TypeError, LookupError, AttributeError) as error:
        # pypdf's own errors, and those of objects that are of another type than they should be.
        raise BrokenDocument("The PDF's structure is damaged; print it to PDF again.") from error


def _append(reader: PdfReader, covered: list[bool], lines: _Pages, file: BinaryIO) -> None:
    entries = _entries(reader)
    size = max([int(reader.trailer.get("/Size", 1)), *(number + 1 for number in entries)])
    file.write(b"\n")
    objects = Objects(file, size, entries)
    layer, before = Layer(objects.reserve()), objects.stream(b"q", pack=False)
    for index, page in enumerate(reader.pages):
        page_lines = lines.of(index + 1)
        if not page_lines or (index < len(covered) and covered[index]):
            continue
        over = objects.stream(b"Q\n" + layer.content(page_lines, _place(page)))
        _put_page(objects, page, [before, over], layer)
    layer.put(objects)
    trailer = reader.trailer
    members = b"".join(
        b" " + name.encode() + b" " + _written(trailer.raw_get(name)) for name in ("/Info", "/ID") if name in trailer
    )
    objects.finish(_written(trailer.raw_get("/Root")), members)


def _entries(reader: PdfReader) -> dict[int, Entry]:
    """Where pypdf found every object, also after it had to rebuild a damaged table."""
    entries: dict[int, Entry] = {}
    for generation in sorted(reader.xref):
        if generation < 65535:
            for number, place in reader.xref[generation].items():
                entries[number] = (1, place, generation) if place else (0, 0, 65535)
    for number, (within, index) in reader.xref_objStm.items():
        entries[number] = (2, within, index)
    return entries


def _put_page(objects: Objects, page: PageObject, around: list[int], layer: Layer) -> None:
    """The page under its own number, its content between ``q`` and ``Q``, whatever state that leaves behind."""
    from pypdf.generic import ArrayObject, DictionaryObject, IndirectObject, NameObject

    def copied(value: Any) -> DictionaryObject:
        value = value.get_object() if value is not None else None
        copy = DictionaryObject()
        if isinstance(value, DictionaryObject):
            copy.update(dict.items(value))
        return copy

    place = page.indirect_reference
    if place is None:
        raise ValueError("a page without a number")
    changed = copied(page)
    resources = copied(page.get("/Resources"))
    fonts = copied(resources.get("/Font"))
    fonts[NameObject(f"/{layer.font}")] = IndirectObject(layer.number, 0, page.pdf)
    resources[NameObject("/Font")] = fonts
    changed[NameObject("/Resources")] = resources
    before, over = (IndirectObject(number, 0, page.pdf) for number in around)
    changed[NameObject("/Contents")] = ArrayObject([before, *_contents(page), over])
    objects.put(_written(changed), place.idnum)


def _contents(page: PageObject) -> list[Any]:
    from pypdf.generic import ArrayObject, IndirectObject

    raw = page.raw_get("/Contents") if "/Contents" in page else None
    value = raw.get_object() if raw is not None else None
    if isinstance(value, ArrayObject):
        return list(value)
    if not isinstance(raw, IndirectObject) or value is None:
        return []
    # Only its type was of interest; pypdf would keep the contents of all pages.
    raw.pdf.resolved_objects.pop((raw.generation, raw.idnum), None)
    return [raw]


def _place(page: PageObject) -> Place:
    box = page.cropbox
    left, bottom, right, top = (float(edge) for edge in (box.left, box.bottom, box.right, box.top))
    return Place(left, bottom, max(right - left, 0.1), max(top - bottom, 0.1), int(page.rotation) % 360 // 90 * 90)


def _written(value: Any) -> bytes:
    out = io.BytesIO()
    value.write_to_stream(out)
    return out.getvalue()
