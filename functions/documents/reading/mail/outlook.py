"""Outlook's .msg files ([MS-OXMSG]): properties in streams named by their numbers, in the code page they tell."""

from __future__ import annotations

import struct
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from documents.errors import BrokenDocument, PasswordProtected
from documents.files import charsets
from documents.reading import reader_flags
from documents.reading.mail.letters import Attachment, Body, Mail, says

if TYPE_CHECKING:
    from olefile import OleFileIO

MOST_DEPTH: Final = 3
"""Mails within a mail; they are all in one file."""

_TEXT, _OLD_TEXT, _BINARY = "001F", "001E", "0102"
_SUBJECT, _BODY, _HTML, _RTF, _CLASS = "0037", "1000", "1013", "1009", "001A"
_SENDER, _SENDER_ADDRESS, _SENDER_SMTP = "0C1A", "0C1F", "5D01"
_TO, _CC, _BCC = "0E04", "0E03", "0E02"
_DATA, _NAME, _SHORT_NAME, _MIME, _CONTENT_ID = "3701", "3707", "3704", "370E", "3712"
_SENT, _DELIVERED, _PAGE, _HTML_PAGE = 0x0039, 0x0E06, 0x3FFD, 0x3FDE
"""[MS-OXPROPS]: PidTagSubject and so on."""
_UNICODE_PAGES = {
    65001: "utf-8",
    1200: "utf-16-le",
    20127: "ascii",
    28591: "cp1252",
    20866: "koi8_r",
    28592: "iso8859_2",
}
_EPOCH = datetime(1601, 1, 1, tzinfo=UTC)

Folder = tuple[str, ...]
"""Names of storages from the top."""


def read(path: Path) -> Mail:
    """Raises PasswordProtected for an encrypted mail, BrokenDocument for what is not as [MS-OXMSG] has it."""
    import olefile

    try:
        with olefile.OleFileIO(str(path)) as file:
            return _Message(file, ()).mail(0)
    except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError, OverflowError,
            struct.error) as error:  # fmt: skip
        # What olefile raises for a directory or a table that is not what it announces.
        raise BrokenDocument("The Outlook message cannot be opened; save it again, or as .eml.") from error


class _Message:
    """One message, at the top or attached. Names of streams are compared without regard to case, as OLE does."""

    def __init__(self, file: OleFileIO, folder: Folder) -> None:
        self._file = file
        self._folder = folder
        self._numbers = self._properties(24 if folder else 32)
        self._pages = [self._numbers.get(_PAGE, 0) & 0xFFFF, self._numbers.get(_HTML_PAGE, 0) & 0xFFFF]
        self._guesses: list[charsets.Decoded] = []

    def mail(self, depth: int) -> Mail:
        if self._text(self._folder, _CLASS).lower().startswith("ipm.note.smime") and not self._text(
            self._folder, _BODY
        ):
            raise PasswordProtected("The e-mail is encrypted or sealed (S/MIME); save it decrypted.")
        found = Mail(headers=self._headers())
        self._read_body(found)
        for storage in self._storages("__attach_version1.0_"):
            self._read_attachment(found, storage, depth)
        found.flags += [flag for each in self._guesses[:1] for flag in reader_flags.charset(each, "The e-mail")]
        return found

    def _headers(self) -> list[tuple[str, str]]:
        address = self._text(self._folder, _SENDER_SMTP) or self._text(self._folder, _SENDER_ADDRESS)
        sender = _person(self._text(self._folder, _SENDER), address)
        sent = self._numbers.get(_SENT) or self._numbers.get(_DELIVERED)
        told = [
            ("From", sender),
            ("To", self._text(self._folder, _TO)),
            ("Cc", self._text(self._folder, _CC)),
            ("Bcc", self._text(self._folder, _BCC)),
            ("Date", _date(sent)),
            ("Subject", self._text(self._folder, _SUBJECT)),
        ]
        return [(name, " ".join(value.split())) for name, value in told if value.strip("\0 ")]

    def _read_body(self, mail: Mail) -> None:
        html = self._html()
        plain = self._text(self._folder, _BODY)
        if html.strip() and (says(html) or not plain.strip("\0 \r\n")):
            mail.bodies.append(Body(html, html=True))
        elif plain.strip():
            mail.bodies.append(Body(plain.replace("\r\n", "\n").replace("\r", "\n")))
        elif self._stream(self._folder, _RTF + _BINARY):
            mail.skipped["text in Rich Text alone"] += 1

    def _html(self) -> str:
        data = self._stream(self._folder, _HTML + _BINARY)
        if data is None:
            return self._text(self._folder, _HTML)
        return self._decoded(data, self._pages[1] or self._pages[0])

    def _read_attachment(self, mail: Mail, folder: Folder, depth: int) -> None:
        name = self._text(folder, _NAME) or self._text(folder, _SHORT_NAME)
        kind = self._text(folder, _MIME) or "application/octet-stream"
        inner = (*folder, f"__substg1.0_{_DATA}000D")
        data = self._stream(folder, _DATA + _BINARY)
        if data is not None:
            inline = kind.startswith("image/") and bool(self._text(folder, _CONTENT_ID))
            mail.attach(Attachment(name or "part", kind, data, inline))
        elif not self._file.exists("/".join(inner)):
            mail.skipped["attachments that lie elsewhere"] += 1
        elif not self._file.exists("/".join((*inner, "__properties_version1.0"))):
            mail.skipped["embedded objects"] += 1
        elif depth >= MOST_DEPTH:
            mail.skipped["mails within mails"] += 1
        else:
            attached = _Message(self._file, inner).mail(depth + 1)
            subject = next((value for header, value in attached.headers if header == "Subject"), "")
            mail.attach(Attachment(f"{subject or name or 'message'}.eml", "message/rfc822", _as_sent(attached)))

    def _storages(self, beginning: str) -> list[Folder]:
        found = set()
        for names in self._file.listdir(streams=True, storages=True):
            inside = len(names) > len(self._folder) and tuple(names[: len(self._folder)]) == self._folder
            if inside and names[len(self._folder)].startswith(beginning):
                found.add((*self._folder, names[len(self._folder)]))
        return sorted(found)

    def _properties(self, header: int) -> dict[int, int]:
        """Numbers and times of fixed length ([MS-OXMSG] 2.4): sixteen bytes each behind a header."""
        data = self._bytes((*self._folder, "__properties_version1.0")) or b""
        found = {}
        for place in range(header, len(data) - 15, 16):
            tag, _, value = struct.unpack_from("<IIQ", data, place)
            found[tag >> 16] = value
        return found

    def _text(self, folder: Folder, number: str) -> str:
        data = self._stream(folder, number + _TEXT)
        if data is not None:
            return data.decode("utf-16-le", errors="replace").rstrip("\0")
        data = self._stream(folder, number + _OLD_TEXT)
        return "" if data is None else self._decoded(data.rstrip(b"\0"), self._pages[0] or self._pages[1])

    def _decoded(self, data: bytes, page: int) -> str:
        """By the message's code page; where it has none or that does not fit, a guess that is told."""
        decoded = charsets.decode(data, _UNICODE_PAGES.get(page, f"cp{page}") if page else None)
        if decoded.guessed:
            self._guesses.append(decoded)
        return decoded.text

    def _stream(self, folder: Folder, tag: str) -> bytes | None:
        return self._bytes((*folder, f"__substg1.0_{tag}"))

    def _bytes(self, names: Folder) -> bytes | None:
        place = "/".join(names)
        if not self._file.exists(place) or self._file.get_type(place) != 2:
            return None
        with self._file.openstream(place) as stream:
            return bytes(stream.read())


def _person(name: str, address: str) -> str:
    if not address or address == name or address.startswith("/"):  # "/O=..." is a place in a directory
        return name
    return f"{name} <{address}>" if name else address


def _date(ticks: int | None) -> str:
    """Tenths of a microsecond since 1601, as Windows counts."""
    if not ticks:
        return ""
    try:
        return format_datetime(_EPOCH + timedelta(microseconds=ticks // 10))
    except OverflowError:
        return ""


def _as_sent(mail: Mail) -> bytes:
    """A mail that has no bytes of its own, since it lies in pieces within another's file."""
    made = EmailMessage()
    for name, value in mail.headers:
        if name.lower() not in made:
            made[name] = value.replace("\r", " ").replace("\n", " ") if name != "Date" else value
    made["Message-ID"] = "<attached@outlook.invalid>"
    bodies = mail.bodies or [Body("")]
    made.set_content(bodies[0].text, subtype="html" if bodies[0].html else "plain")
    for each in mail.attachments:
        kind, _, subtype = each.media_type.partition("/")
        plain = kind in {"application", "image", "audio", "video"} and subtype.isascii() and subtype
        made.add_attachment(
            each.data, maintype=kind if plain else "application", subtype=subtype if plain else "octet-stream",
            filename=each.name,
        )  # fmt: skip
    return made.as_bytes()
