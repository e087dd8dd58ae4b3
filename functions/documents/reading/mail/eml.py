"""Mails as they are sent (RFC 5322, MIME), taken apart by the standard library within the bounds of ``files.mails``."""

from __future__ import annotations

from email.errors import MessageError
from email.message import Message
from email.parser import BytesParser
from pathlib import Path
from typing import Any, Final

from documents.errors import BrokenDocument, PasswordProtected
from documents.files import charsets, inspection, mails
from documents.reading import reader_flags
from documents.reading.mail import headers, letters
from documents.reading.mail.letters import HEADERS, Attachment, Body, Mail

MOST_PARTS: Final = 500
MOST_SAME: Final = 20
"""Fields of one name."""
_SIGNATURES = frozenset(
    {
        "application/pkcs7-signature",
        "application/x-pkcs7-signature",
        "application/pgp-signature",
        "application/pgp-keys",
    }
)
_CODED = frozenset({"application/pkcs7-mime", "application/x-pkcs7-mime"})
_NO_BODY = frozenset({"text/calendar", "text/rtf", "text/vcard", "text/x-vcard", "text/directory"})
"""Written for programs: attached, where a format that is not read is refused by its name."""
_ELSEWHERE = frozenset({"message/partial", "message/external-body"})


def read(path: Path) -> Mail:
    """Raises what ``mails.check`` raises, PasswordProtected for an encrypted mail, BrokenDocument."""
    mails.check(path)
    policy = headers.Policy(max_line_length=None)
    try:
        with path.open("rb") as file:
            message = BytesParser(policy=policy).parse(file)
        reader = _Reader(message)
        reader.walk(message)
    except (MessageError, RecursionError, LookupError, ValueError, TypeError, AttributeError) as error:
        # The parser of headers fails by whatever comes first in one that is not well formed.
        raise BrokenDocument("The e-mail cannot be taken apart; save it again, or print it as a PDF.") from error
    reader.mail.skipped["ends of long headers"] += policy.cut[0]  # type: ignore[attr-defined]
    return reader.mail


class _Reader:
    def __init__(self, message: Message) -> None:
        self.mail = Mail()
        self._parts = 0
        for name in HEADERS:
            values = headers.text(message, name)
            self.mail.headers += [(name, value) for value in values[:MOST_SAME]]
            self.mail.skipped["headers that repeat"] += max(0, len(values) - MOST_SAME)

    def walk(self, part: Message) -> None:
        """Bodies and attachments in their order; of alternatives the one that a mail program shows."""
        self._parts += 1
        if self._parts > MOST_PARTS:
            self.mail.skipped["parts of a mail"] += 1
            return
        kind = part.get_content_type()
        if kind == "multipart/encrypted":
            raise PasswordProtected("The e-mail is encrypted; save it decrypted.")
        if kind == "multipart/alternative":
            self._alternatives(_children(part))
        elif part.is_multipart() and kind.startswith("multipart/"):
            for child in _children(part):
                self.walk(child)
        else:
            self._leaf(part, kind)

    def _alternatives(self, children: list[Message]) -> None:
        """The richest comes last (RFC 2046, 5.1.4); one that is no text, such as an invitation, is attached.

        Of those that are empty, as some programs send them behind the text, the one before counts.
        """
        readable = [child for child in children if _text_kind(child)]
        chosen = next((child for child in reversed(readable) if _says(child)), readable[-1] if readable else None)
        for child in children:
            if child not in readable or child is chosen:
                self.walk(child)

    def _leaf(self, part: Message, kind: str) -> None:
        if kind in _SIGNATURES:
            return
        if kind in _CODED and part.get_param("smime-type") != "signed-data" and part.get_param("name") != "smime.p7s":
            raise PasswordProtected("The e-mail is encrypted (S/MIME); save it decrypted.")
        if kind in _ELSEWHERE:
            self.mail.skipped["parts that lie elsewhere"] += 1
        elif kind == "application/ms-tnef":
            self.mail.skipped["parts in Outlook's own format (winmail.dat)"] += 1
        elif kind == "message/rfc822":
            self._message(part)
        elif _is_body(part, kind):
            self._body(part, kind)
        else:
            self._attachment(part, kind)

    def _body(self, part: Message, kind: str) -> None:
        data = _bytes(part)
        if not data.strip():
            return
        self.mail.skipped["ends of long texts"] += len(data) > inspection.MOST_TEXT_BYTES
        data = data[: inspection.MOST_TEXT_BYTES]
        try:
            decoded = charsets.decode(data, part.get_content_charset())
        except UnicodeDecodeError:
            self.mail.skipped["texts in another encoding than they say"] += 1
            return
        self.mail.flags += reader_flags.charset(decoded, "A text of the e-mail")
        text = decoded.text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")
        if kind == "text/plain" and str(part.get_param("format", "")).lower() == "flowed":
            text = _unfolded(text, spaced=str(part.get_param("delsp", "")).lower() != "yes")
        self.mail.bodies.append(Body(text, html=kind == "text/html"))

    def _message(self, part: Message) -> None:
        """A mail that was sent on as a whole: a document of its own, whose subject is its name."""
        inner = _children(part)
        if not inner:
            self.mail.skipped["empty attachments"] += 1
            return
        subject = next(iter(headers.text(inner[0], "subject")), "")
        self.mail.attach(Attachment(f"{subject or 'message'}.eml", "message/rfc822", inner[0].as_bytes()))

    def _attachment(self, part: Message, kind: str) -> None:
        name = headers.charsets_free(part.get_filename() or "")
        inline = kind.startswith("image/") and part.get_content_disposition() != "attachment" and "content-id" in part
        self.mail.attach(Attachment(name or f"part.{kind.rpartition('/')[2]}", kind, _bytes(part), inline))


def _children(part: Message) -> list[Message]:
    found: Any = part.get_payload()
    return [each for each in found if isinstance(each, Message)] if isinstance(found, list) else []


def _text_kind(part: Message) -> bool:
    """Whether a mail program can show it as the text: text itself, or a frame around one."""
    kind = part.get_content_type()
    return kind in {"text/plain", "text/html", "text/enriched"} or kind in {"multipart/related", "multipart/mixed"}


def _says(part: Message) -> bool:
    """Whether an alternative shows anything: letters, or a picture."""
    if part.is_multipart():
        return any(map(_says, _children(part)))
    data = _bytes(part)
    if part.get_content_type() != "text/html":
        return bool(data.strip())
    return letters.says(data.decode(charsets.known(part.get_content_charset()) or "utf-8", "ignore"))


def _is_body(part: Message, kind: str) -> bool:
    if part.get_content_disposition() == "attachment" or part.get_filename():
        return False
    return kind.startswith(("text/", "message/")) and kind not in _NO_BODY


def _bytes(part: Message) -> bytes:
    if part.is_multipart():  # a status report: its fields are the text
        return "\n\n".join(each.as_string() for each in _children(part)).encode("utf-8", "replace")
    found = part.get_payload(decode=True)
    return found if isinstance(found, bytes) else b""


def _unfolded(text: str, *, spaced: bool) -> str:
    """Paragraphs as they were before lines were made of them (RFC 3676): a blank at a line's end means that it goes on.

    ``spaced``: whether that blank belongs to the text. Quoted lines go on in lines that are quoted as deep.
    """
    made: list[str] = []
    open_at = -1
    for line in text.split("\n"):
        bare = line.lstrip(">")
        depth = len(line) - len(bare)
        bare = bare.removeprefix(" ")
        ends = bare == "-- " or not bare.endswith(" ")
        if made and open_at == depth and bare != "-- ":
            made[-1] = (made[-1] if spaced else made[-1][:-1]) + bare
        else:
            made.append(f"{'>' * depth} {bare}" if depth else bare)
        open_at = -1 if ends else depth
    return "\n".join(made)
