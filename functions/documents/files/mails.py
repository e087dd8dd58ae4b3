"""E-mails: what makes a text one, and bounds before a parser sees it.

The standard library's parser goes down by recursion and compares each line with every open boundary, so a small mail of
many nested parts would end or hold up the function. Mailboxes hold several mails and are none.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from documents.errors import BrokenDocument, DecompressionBomb, PasswordProtected, UnsupportedFormat

MOST_BYTES: Final = 40 << 20
"""What the large providers send at most (Amazon SES: 40 MB); Outlook's files have no other limit here."""
MOST_BOUNDARIES: Final = 100
"""Boundaries and messages within the message: as deep a parser may have to go down."""
MOST_DIVIDERS: Final = 20_000
"""Lines that begin with two hyphens: each may begin a part, which the parser keeps."""
MOST_COMPARISONS: Final = 30_000_000
"""Lines times boundaries; some five seconds."""
MOST_STREAMS: Final = 10_000

_FIELD = re.compile(rb"([!-9;-~]{1,76}):")
_OF_PEOPLE = frozenset({b"from", b"sender", b"to", b"date", b"subject"})
_OF_MACHINES = frozenset({
    b"mime-version", b"message-id", b"received", b"return-path", b"delivered-to", b"content-transfer-encoding",
    b"x-mailer", b"dkim-signature", b"references", b"in-reply-to", b"thread-index", b"x-originating-ip",
    b"authentication-results", b"x-received", b"arc-seal", b"user-agent",
})  # fmt: skip
_NESTED = re.compile(rb"\bboundary\s*\*?\d*\*?=|^content-type:\s*message/", re.IGNORECASE | re.MULTILINE)
_NEXT_MAIL = re.compile(rb"\n\r?\nFrom \S+.*\r?\n[!-9;-~]{1,76}:")
_OLE_MESSAGE = "__properties_version1.0"
_OLE_CODED = "EncryptedPackage"


def begins(head: bytes) -> bool:
    """Whether a file that begins so is an e-mail: header fields that people see, and one that only programs write.

    A memo with "From:", "To:" and "Subject:" is a text.
    """
    if head.startswith(b"From "):
        head = head.partition(b"\n")[2]
    names: set[bytes] = set()
    lines = head.removeprefix(b"\xef\xbb\xbf").split(b"\n")
    for line in lines[:-1] if len(lines) > 1 else lines:
        if not line.strip():
            break
        if line[:1] in b" \t" and names:
            continue
        field = _FIELD.match(line)
        if field is None:
            return False
        names.add(field[1].lower())
    return not names.isdisjoint(_OF_PEOPLE) and not names.isdisjoint(_OF_MACHINES)


def check(path: Path) -> None:
    """Raises UnsupportedFormat for a mailbox, DecompressionBomb for what would take a parser long."""
    data = path.read_bytes()
    if data.startswith(b"From ") and _NEXT_MAIL.search(data):
        raise UnsupportedFormat("This is a mailbox of several e-mails; save each of them as a file of its own (.eml).")
    boundaries = sum(1 for _ in _NESTED.finditer(data))
    dividers = data.count(b"\n--") if boundaries else 0
    comparisons = boundaries * data.count(b"\n")
    if boundaries > MOST_BOUNDARIES or dividers > MOST_DIVIDERS or comparisons > MOST_COMPARISONS:
        raise DecompressionBomb(
            f"The e-mail has {boundaries:,} nested and {dividers:,} other parts, more than can be taken apart; "
            f"upload its attachments by themselves."
        )


def is_outlook(path: Path) -> bool:
    """Whether an OLE file ([MS-CFB]) is a mail of Outlook ([MS-OXMSG]).

    Raises PasswordProtected for an encrypted Office file, BrokenDocument for a mail that cannot be opened.
    """
    names = _streams(path)
    if _OLE_CODED in names:
        # An encrypted Office file is an OLE file with this stream ([MS-OFFCRYPTO] 2.3.4.4).
        raise PasswordProtected("The Office document is encrypted; save it without a password.")
    return _OLE_MESSAGE in names


def _streams(path: Path) -> set[str]:
    """Streams at the top of an OLE file."""
    import olefile

    try:
        with olefile.OleFileIO(str(path)) as file:
            names = file.listdir(streams=True, storages=False)
    except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError, OverflowError) as error:
        # What olefile raises for a directory or a table that is not what it announces.
        data = path.read_bytes()
        if _OLE_MESSAGE.encode("utf-16-le") in data:
            raise BrokenDocument("The Outlook message cannot be opened; save it again, or as .eml.") from error
        return {_OLE_CODED} if _OLE_CODED.encode("utf-16-le") in data else set()
    if len(names) > MOST_STREAMS:
        raise DecompressionBomb(f"The file has more than {MOST_STREAMS:,} parts; upload its attachments by themselves.")
    return {each[0] for each in names if len(each) == 1}
