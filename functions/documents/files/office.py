"""Whether a ZIP archive is a DOCX or an XLSX that can be opened: its directory, its sizes, no DTD in its XML.

ECMA-376 part 2 (Open Packaging Conventions) forbids DTDs; mammoth's parser (minidom) would expand the entities of one.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from documents.errors import BrokenDocument, DecompressionBomb, PasswordProtected, UnsupportedFormat
from documents.files.media_types import DOCX, READABLE, XLSX

if TYPE_CHECKING:
    from zipfile import ZipFile, ZipInfo

MOST_ENTRIES: Final = 10_000
MOST_XML_BYTES: Final = 20 << 20
"""Of one part; parsed, it takes some thirty times as much memory."""
MOST_XML_TOGETHER: Final = 48 << 20
MOST_BYTES: Final = 512 << 20
_CHUNK: Final = 1 << 20
_DOCUMENT = "word/document.xml"
_WORKBOOK = "xl/workbook.xml"
_OTHERS = {
    "xl/workbook.bin": "an Excel workbook in binary form (XLSB)",
    "ppt/presentation.xml": "a PowerPoint presentation",
    "content.xml": "an OpenDocument file",
    "META-INF/container.xml": "an EPUB book",
    "META-INF/MANIFEST.MF": "a Java archive",
}


def check(path: Path) -> str:
    """The media type, DOCX or XLSX.

    Raises UnsupportedFormat (another ZIP), BrokenDocument, PasswordProtected or DecompressionBomb.
    """
    from zipfile import BadZipFile, ZipFile

    try:
        with ZipFile(path) as archive:
            return _check(archive)
    except (BadZipFile, NotImplementedError, EOFError, OSError, ValueError) as error:
        raise BrokenDocument("The ZIP archive of the Office document cannot be opened; save it again.") from error
    except RuntimeError as error:  # zipfile's word for an entry that needs a password
        raise PasswordProtected("The archive is encrypted; save the document without a password.") from error


def _check(archive: ZipFile) -> str:
    entries = archive.infolist()
    if len(entries) > MOST_ENTRIES or sum(entry.file_size for entry in entries) > MOST_BYTES:
        raise _bomb()
    names = {entry.filename for entry in entries}
    kind = DOCX if _main(archive, names) else XLSX if _WORKBOOK in names else None
    if kind is None:
        what = next((sentence for name, sentence in _OTHERS.items() if name in names), "a ZIP archive")
        raise UnsupportedFormat(f"This is {what}; use {READABLE}.")
    if len({name.casefold() for name in names}) != len(entries):  # readers differ in whether case matters
        raise BrokenDocument("The Office document holds two parts of one name; save it again.")
    room = MOST_XML_TOGETHER
    for entry in entries:
        if entry.filename.lower().endswith((".xml", ".rels")):
            room -= _check_xml(archive, entry)
            if room < 0:
                raise _bomb()
    return kind


def _main(archive: ZipFile, names: set[str]) -> str | None:
    """The main part, by its usual name, or by that which the package's own relations give it."""
    if _DOCUMENT in names:
        return _DOCUMENT
    if "_rels/.rels" in names and "word/" in "".join(names):
        with archive.open("_rels/.rels") as file:
            if b"/officeDocument" in file.read(_CHUNK):
                return next((name for name in sorted(names) if name.startswith("word/document")), None)
    return None


def _check_xml(archive: ZipFile, entry: ZipInfo) -> int:
    """Reads a part to its end: what the directory says about sizes is the sender's word. Its bytes."""
    size, before = 0, b""
    with archive.open(entry) as file:
        while chunk := file.read(_CHUNK):
            size += len(chunk)
            if size > MOST_XML_BYTES:
                raise _bomb()
            window = before + chunk
            # In UTF-16 each letter is followed or led by a zero byte.
            if (
                b"<!DOCTYPE" in window
                or b"<!ENTITY" in window
                or b"<\0!\0D\0O\0C" in window
                or b"\0<\0!\0D\0O" in window
            ):
                raise BrokenDocument("A part of the Office document declares a DTD, which none may; save it again.")
            before = chunk[-32:]
    return size


def _bomb() -> DecompressionBomb:
    return DecompressionBomb(
        f"The Office document would unpack to more than {MOST_XML_BYTES >> 20} MB of text in one part, "
        f"{MOST_XML_TOGETHER >> 20} MB in all, or {MOST_BYTES >> 20} MB with its images; split it."
    )
