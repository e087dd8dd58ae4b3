"""DOCX -> HTML by mammoth, after what it would leave out was put where it reads it."""

from __future__ import annotations

import io
import re
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final
from xml.etree import ElementTree

from documents.errors import BrokenDocument
from documents.files import office
from documents.model import Flag
from documents.reading import reader_flags
from documents.reading.docx import margins, places, prompts
from documents.reading.docx.hiding import Hiding
from documents.reading.docx.package import Package, is_on, q
from documents.reading.docx.rewriting import Rewriting
from documents.reading.docx.styles import WHITE, Styles

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

_NOTES = ("footnotes", "endnotes")
MOST_CHUNKS: Final = 20
"""Parts in other formats that are put in their places; more are counted as not read."""
_BACK = re.compile(r'<a href="#(?:foot|end)note-ref-\d+">\u2191</a>')
"""mammoth's way back from a note to its mark, which no page shows."""


@dataclass(frozen=True, slots=True)
class Converted:
    html: str
    flags: tuple[Flag, ...]


def convert(path: Path, *, chunks: bool = True) -> Converted:
    """``chunks``: whether parts in other formats are read; not within one of those.

    Raises what ``office.check`` raises, and BrokenDocument.
    """
    import zipfile
    from xml.parsers.expat import ExpatError

    office.check(path)
    try:
        with zipfile.ZipFile(path) as archive:
            return _convert(Package(archive), chunks=chunks)
    except (zipfile.BadZipFile, ExpatError, ElementTree.ParseError, KeyError, ValueError, TypeError, AttributeError,
            LookupError, OSError, RecursionError) as error:  # fmt: skip
        # mammoth takes a well-formed package for granted, and fails by whatever comes first in one that is not.
        raise BrokenDocument("The Office document cannot be read; open it and save it again.") from error


def _convert(package: Package, *, chunks: bool) -> Converted:
    main = package.xml(package.main)
    if main is None:
        raise BrokenDocument("The Office document has no main part; open it and save it again.")
    styles = Styles(package)
    hiding = Hiding(styles, _page(package, main, styles), places.page_of(main))
    work = Rewriting(hiding, mark=f"chunk-{secrets.token_hex(8)}-", known=prompts.known(package))
    parts: dict[str, Element] = {package.main: main}
    work.rewrite(main)
    _put_margins(package, main, work)
    for name in filter(None, map(package.related, _NOTES)):
        notes = package.xml(name)
        if notes is not None:
            work.rewrite(notes)
            parts[name] = notes
    html = _BACK.sub("", _html(package, parts))
    html, flags = _with_chunks(html, package, work, chunks=chunks)
    return Converted(html, (*_flags(work), *flags))


def _page(package: Package, main: Element, styles: Styles) -> tuple[int, int, int]:
    """The page's colour, where the settings say that it shows."""
    settings = package.related("settings")
    root = package.xml(settings) if settings else None
    if root is None or not is_on(root.find(q("w:displayBackgroundShape"))):
        return WHITE
    return styles.colour(main.find(q("w:background")), "w:color") or WHITE


def _put_margins(package: Package, main: Element, work: Rewriting) -> None:
    body = main.find(q("w:body"))
    if body is None:
        return
    headers, footers = margins.parts(package, main)
    seen: set[str] = set()
    before = _paragraphs(package, headers, work, seen)
    body[:] = [*before, *body, *_paragraphs(package, footers, work, seen)]


def _paragraphs(package: Package, names: list[str], work: Rewriting, seen: set[str]) -> list[Element]:
    """What some headers or footers hold; of equal ones the first."""
    made: list[Element] = []
    for name in names:
        root = package.xml(name)
        if root is None:
            continue
        margins.without_page_numbers(root)
        work.rewrite(root, linked=False)
        text = " ".join("".join(root.itertext()).split())
        if text and text not in seen:
            seen.add(text)
            made += list(root)
    return made


def _html(package: Package, parts: dict[str, Element]) -> str:
    """mammoth reads a package of the texts alone: pictures would come along as data URIs."""
    import zipfile

    import mammoth

    rewritten = io.BytesIO()
    with zipfile.ZipFile(rewritten, "w", zipfile.ZIP_STORED) as archive:
        for name in sorted(package.names):
            if name in parts:
                archive.writestr(name, ElementTree.tostring(parts[name], encoding="utf-8", xml_declaration=True))
            elif name.lower().endswith((".xml", ".rels")):
                archive.writestr(name, package.bytes(name) or b"")
    rewritten.seek(0)
    # A style map in the file is its sender's.
    return str(mammoth.convert_to_html(rewritten, include_embedded_style_map=False).value)


def _flags(work: Rewriting) -> list[Flag]:
    return [
        *reader_flags.hidden(work.hiding.ways),
        *reader_flags.pictures(work.pictures),
        *reader_flags.skipped(work.skipped),
    ]


def _with_chunks(html: str, package: Package, work: Rewriting, *, chunks: bool) -> tuple[str, list[Flag]]:
    """Parts in other formats in the places of their marks."""
    from documents.reading.docx import other_formats

    relations, flags = package.relations(package.main), []
    skipped: reader_flags.Counts = reader_flags.Counts()
    for number, name in enumerate(work.chunks):
        relation = relations.get(name)
        data = package.bytes(relation.target) if relation else None
        inner: str | None = None
        if data is not None and chunks and number < MOST_CHUNKS:
            inner, found = other_formats.html_of(data)
            flags += found
        if inner is None:
            skipped["parts in other formats"] += 1
        html = html.replace(f"<p>{work.mark(number)}</p>", inner or "")
    return html, [*reader_flags.skipped(skipped), *flags]
