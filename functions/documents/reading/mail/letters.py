"""A mail as plain data, and what is read of it: its headers as forms, then its text."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from html import unescape
from typing import Final

from documents.files import media_types
from documents.model import Extraction, Flag, Form, Line
from documents.reading import invisible, reader_flags, written

HEADERS: Final = ("From", "Sender", "Reply-To", "To", "Cc", "Bcc", "Date", "Subject")
"""Those that a mail program shows; of a header that stands there twice each is a form."""
ATTACHMENT: Final = "Attachment"
SMALL_PICTURE: Final = 50_000
"""Bytes of a picture within the text up to which it is taken for an ornament: told, and not read."""
_ASIDE = re.compile(r"<!--.*?-->|<(style|script|title)\b.*?</\1\s*>", re.IGNORECASE | re.DOTALL)
_TAG = re.compile(r"<[^<>]*>")
_PICTURE = re.compile(r"<(?:img|svg|input|object|video)\b|background", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Attachment:
    """``inline``: a picture that stands in the text."""

    name: str
    media_type: str
    data: bytes
    inline: bool = False


@dataclass(frozen=True, slots=True)
class Body:
    """A piece of the text; ``html`` or plain."""

    text: str
    html: bool = False


@dataclass(slots=True)
class Mail:
    """``headers`` are pairs of name and value in the mail's order; ``skipped`` what is not read, by kind."""

    headers: list[tuple[str, str]] = field(default_factory=list)
    bodies: list[Body] = field(default_factory=list)
    attachments: list[Attachment] = field(default_factory=list)
    skipped: Counter[str] = field(default_factory=Counter)
    flags: list[Flag] = field(default_factory=list)
    ornaments: int = 0

    def attach(self, attachment: Attachment) -> None:
        """Keeps it, unless it is nothing or an ornament of the text."""
        if attachment.inline and len(attachment.data) < SMALL_PICTURE:
            self.ornaments += 1
        elif attachment.data:
            self.attachments.append(attachment)
        else:
            self.skipped["empty attachments"] += 1


def says(html: str) -> bool:
    """Whether a text in HTML holds any letter, or a picture: some programs send an empty one behind the plain text."""
    bare = _ASIDE.sub(" ", html)
    return _PICTURE.search(bare) is not None or any(map(str.isalnum, unescape(_TAG.sub(" ", bare))))


def extraction(mail: Mail) -> Extraction:
    """One page. An attachment is there by its name; what it says is its own document's."""
    shown = [(name, value) for wanted in HEADERS for name, value in mail.headers if name.lower() == wanted.lower()]
    shown += [(ATTACHMENT, each.name) for each in mail.attachments]
    whole = Extraction(
        pages=1,
        lines=tuple(Line(1, f"{name}: {value}") for name, value in shown if value),
        forms=tuple(Form(1, name, value, source="text") for name, value in shown),
    )
    flags = [*mail.flags, *reader_flags.pictures(mail.ornaments), *reader_flags.skipped(mail.skipped)]
    return invisible.left_out(_joined([whole, *map(_read, mail.bodies)], flags))


def _read(body: Body) -> Extraction:
    return written.of_text(body.text.replace("\f", "\n"), media_types.HTML if body.html else media_types.PLAIN)


def _joined(pieces: Sequence[Extraction], flags: Sequence[Flag]) -> Extraction:
    return replace(
        pieces[0],
        lines=tuple(line for each in pieces for line in each.lines),
        forms=tuple(form for each in pieces for form in each.forms),
        tables=tuple(table for each in pieces for table in each.tables),
        flags=(*flags, *(flag for each in pieces for flag in each.flags)),
    )
