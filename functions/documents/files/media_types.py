"""What a file is, by its first bytes, never by its name: one of ``MEDIA_TYPES``, or a refusal that names what it is."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from common.content import image_kinds
from documents.errors import BrokenDocument, EmptyDocument, UnsupportedFormat
from documents.files import mails

if TYPE_CHECKING:
    from documents.files.charsets import Decoded

PDF: Final = "application/pdf"
PNG: Final = "image/png"
JPEG: Final = "image/jpeg"
TIFF: Final = "image/tiff"
XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
EML: Final = "message/rfc822"
MSG: Final = "application/vnd.ms-outlook"
DOCX: Final = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
HTML: Final = "text/html"
MARKDOWN: Final = "text/markdown"
PLAIN: Final = "text/plain"

IMAGES = frozenset({PNG, JPEG, TIFF})
TEXTS = frozenset({HTML, MARKDOWN, PLAIN})
MAILS = frozenset({EML, MSG})
READABLE = "PDF, PNG, JPEG, TIFF, DOCX, XLSX, e-mail (EML, MSG), HTML, Markdown or plain text"

_HEAD = 4096
"""Bytes looked at first. Acrobat finds "%PDF-" anywhere in the first 1,024 (PDF 1.7 reference, note 13)."""

_ZIP = b"PK\x03\x04"
_KINDS = {"PNG": PNG, "JPEG": JPEG, "TIFF": TIFF}
_OTHER_KINDS = {
    "BigTIFF": "a BigTIFF",
    "GIF": "a GIF",
    "WEBP": "a WebP image",
    "AVIF": "an AVIF image",
    "HEIC": "a HEIC image",
    "JPEG 2000": "a JPEG 2000 image",
}
_NAMED = (
    (b"{\\rtf", "an RTF document"),
    (b"%!PS", "a PostScript file"),
    (b"\x1f\x8b", "a gzip file"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"),
    (b"Rar!", "a RAR archive"),
    (b"PK\x05\x06", "an empty ZIP archive"),
    (b"SQLite format 3", "an SQLite database"),
    (b"\x7fELF", "a program"),
)
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")
# Each of these takes time in proportion to the text, whatever its sender made of it: nothing is tried in two ways.
_HTML = re.compile(
    r"\s*(?:<\?xml[^>]*>\s*)?(?><!--.*?-->\s*)*+"
    r"<(?:!doctype\s+html|(?:html|head|body|title|meta|table|div|section|article|main|p|h[1-6]|ul|ol|form|span)[\s/>])",
    re.IGNORECASE | re.DOTALL,
)
_XML = re.compile(r"\s*<(?:\?xml|svg)[\s>]", re.IGNORECASE)
_MARKDOWN = (
    re.compile(r"^#{1,6} +\S", re.MULTILINE),
    re.compile(r"^ {0,3}(?:```|~~~)", re.MULTILINE),
    re.compile(r"\[[^\[\]\n]+\]\([^()\s]+[()]"),
    re.compile(r"(?<!\*)\*\*[^*\n]+\*\*(?!\*)"),
    re.compile(r"^ {0,3}[-*+] +\S.*\n {0,3}[-*+] +\S", re.MULTILINE),
    re.compile(r"^> +\S", re.MULTILINE),
)
_MARKDOWN_TABLE = re.compile(r"^[^|\n]*\|.*\n {0,3}\|? *+:?-{2,}+:? *+(?:\| *+:?-{2,}+:? *+)++\|? *+$", re.MULTILINE)
_MARKDOWN_MATTER = re.compile(
    r"\ufeff?(---|\+\+\+)[ \t]*\n(?:[ \t#\[-].*\n|\n|[\w.\"'][^\n:=]*[:=].*\n)+\1[ \t]*(?:\n|\Z)"
)
_MARKDOWN_TITLE = re.compile(r"\s*#{1,6} +\S[^\n]*\n\s*\n")


def media_type(path: Path) -> str:
    """Raises EmptyDocument, UnsupportedFormat (an encrypted Office file) or BrokenDocument."""
    with path.open("rb") as file:
        head = file.read(_HEAD)
    if not head:
        raise EmptyDocument("The object has no bytes; upload the document again.")
    if _is_pdf(head):
        return PDF
    if head.startswith(_ZIP):
        return DOCX  # or another ZIP: documents.files.office looks inside
    if head.startswith(_OLE):
        if mails.is_outlook(path):
            return MSG
        raise UnsupportedFormat(f"This is an Office document of before 2007; use {READABLE}.")
    if mails.begins(head):
        return EML
    kind = _KINDS.get(image_kinds.kind_of(head) or "")
    if kind:
        return kind
    _refuse_known(head)
    return _text_type(decode(path.read_bytes()).text)


def _is_pdf(head: bytes) -> bool:
    """Whatever stands before the mark, but a text may mention it."""
    place = head[:1024].find(b"%PDF-")
    if place <= 0:
        return place == 0
    from documents.files import charsets

    binary = b"\0" in head or not head.isascii()
    other = _is_known(head) or mails.begins(head) or head.startswith(charsets.MARKS)
    return not head[:place].strip() or (binary and not other)


def _is_known(head: bytes) -> bool:
    """Whether the first bytes are those of some other kind of file; two letters ("BM") do not tell enough."""
    kind = image_kinds.kind_of(head)
    return kind in {*_KINDS, *_OTHER_KINDS} or head.startswith((_ZIP, _OLE, *(beginning for beginning, _ in _NAMED)))


def decode(data: bytes) -> Decoded:
    """Text with line feeds only, and whether its encoding was guessed (``documents.files.charsets``).

    Raises EmptyDocument for nothing but blanks, UnsupportedFormat for bytes that are no text, and BrokenDocument for
    bytes that are not what their byte order mark announces.
    """
    from documents.files import charsets

    try:
        decoded = charsets.decode(data)
    except UnicodeDecodeError as error:
        raise BrokenDocument(
            "The text breaks off or is not in the encoding that its first bytes announce; save it as UTF-8."
        ) from error
    if _CONTROLS.search(decoded.text):
        raise UnsupportedFormat(f"This is a binary file; use {READABLE}.")
    text = decoded.text.replace("\r\n", "\n").replace("\r", "\n").replace("\x1b", "")
    if not text.strip().strip("\ufeff\u200b"):
        raise EmptyDocument("There is nothing but blanks in the document; upload it again.")
    return replace(decoded, text=text)


def _text_type(text: str) -> str:
    if _HTML.match(text[:_HEAD]):
        return HTML
    if _XML.match(text[:_HEAD]):
        raise UnsupportedFormat(f"This is an XML file; use {READABLE}.")
    signs = sum(sign.search(text) is not None for sign in _MARKDOWN)
    if signs > 1 or _MARKDOWN_TABLE.search(text) or _MARKDOWN_TITLE.match(text) or _MARKDOWN_MATTER.match(text):
        return MARKDOWN
    return PLAIN


def _refuse_known(head: bytes) -> None:
    what = next((name for beginning, name in _NAMED if head.startswith(beginning)), None)
    if head.startswith(b"BM") and head[6:10] == bytes(4):  # a text may well begin with these two letters
        what = "a bitmap (BMP)"
    if head.startswith(b"RIFF"):
        what = "a sound or a film"
    if head[4:8] == b"ftyp":
        what = "a film"
    if kind := _OTHER_KINDS.get(image_kinds.kind_of(head) or ""):
        what = kind
    if what:
        raise UnsupportedFormat(f"This is {what}; use {READABLE}.")


def is_binary(head: bytes) -> bool:
    """Whether a file that begins so can be anything but a text of one encoding."""
    return (
        mails.begins(head)
        or _is_known(head)
        or head.startswith((_OLE, b"RIFF"))
        or _is_pdf(head)
        or head[4:8] == b"ftyp"
    )
