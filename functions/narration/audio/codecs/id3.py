"""Writes the ID3v2.3 tag of an edition: title, dates, language and chapters; and takes old tags off.

FFmpeg's own writer is not used because a change of title must not run FFmpeg, and mutagen is GPL. Layout:
id3.org, "ID3 tag version 2.3.0" and "ID3v2 Chapter Frame Addendum". Version 2.3 is what players read most
widely.
"""

from __future__ import annotations

import io
import os
import re
import struct
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO
from urllib.parse import quote

from narration.audio.codecs import mp3
from narration.model import SAMPLE_RATE, Chapter

MAX_TAG_BYTES = (1 << 28) - 1
"""The size field holds 28 bits."""

_TOC_ENTRIES = 255
"""A table of contents counts its entries in one byte; longer ones are tables of tables."""

_TOP_LEVEL, _ORDERED = 0b10, 0b01
_NO_OFFSET = 0xFFFFFFFF
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]+")
_DATE = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2})(?:[T ](\d{2}):(\d{2}))?)?)?")

_ISO_639_2 = {
    "ar": "ara", "ca": "cat", "cs": "cze", "cy": "wel", "da": "dan", "de": "ger", "el": "gre", "en": "eng",
    "es": "spa", "fi": "fin", "fr": "fre", "he": "heb", "hi": "hin", "hu": "hun", "is": "ice", "it": "ita",
    "ja": "jpn", "ko": "kor", "nb": "nob", "nl": "dut", "nn": "nno", "no": "nor", "pl": "pol", "pt": "por",
    "ro": "rum", "ru": "rus", "sv": "swe", "th": "tha", "tr": "tur", "uk": "ukr", "vi": "vie", "zh": "chi",
    "arb": "ara", "cmn": "chi", "yue": "chi",
}  # fmt: skip
"""BCP 47 primary subtags to the three letters that TLAN wants (bibliographic codes)."""


@dataclass(frozen=True, slots=True)
class Tag:
    """What a tag says; members that are None or empty are left out."""

    title: str
    """Of the article, any length and script."""
    samples: int
    """Length of the audio, where the last chapter ends."""
    sample_rate: int = SAMPLE_RATE
    chapters: Sequence[Chapter] = ()
    """In order of their start, in samples."""
    artist: str | None = None
    album: str | None = None
    language: str | None = None
    """BCP 47; written where ID3 has a code for it."""
    date: str | None = None
    """RFC 3339 date or time of publication; anything else is left out."""
    url: str | None = None
    """Of the article."""


def write(mp3_file: Path | bytes, out: Path, tag: Tag) -> None:
    """Write ``mp3_file`` with a new tag to ``out``, which may be the same file; audio frames stay byte-equal.

    ID3v2 tags in front and an ID3v1 tag behind are dropped. Raises ValueError where the tag would be larger than ID3
    allows (256 MB).
    """
    head = header(tag)
    handle, name = tempfile.mkstemp(dir=out.parent, prefix=f".{out.name}-")
    part = Path(name)
    try:
        with os.fdopen(handle, "wb") as target, _opened(mp3_file) as source:
            target.write(head)
            _copy_audio(source, target)
        part.replace(out)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def strip(data: bytes) -> bytes:
    """``data`` without ID3v2 tags in front and an ID3v1 tag behind."""
    start, end = mp3.audio_range(data)
    return data[start:end]


def header(tag: Tag) -> bytes:
    """The whole tag as bytes. Raises ValueError as ``write``."""
    body = b"".join(
        [
            text_frame("TIT2", tag.title),
            text_frame("TPE1", tag.artist or ""),
            text_frame("TALB", tag.album or ""),
            text_frame("TLAN", language_code(tag.language or "") or ""),
            *date_frames(tag.date or ""),
            url_frame(tag.url or ""),
            text_frame("TLEN", str(tag.samples * 1000 // tag.sample_rate)),
            *chapter_frames(tag.chapters, tag.samples, tag.sample_rate),
        ]
    )
    if len(body) > MAX_TAG_BYTES:
        raise ValueError(f"A tag of {len(body)} bytes is larger than ID3 allows; shorten the title or headings.")
    return b"ID3\x03\x00\x00" + bytes(len(body) >> shift & 0x7F for shift in (21, 14, 7, 0)) + body


def frame(name: str, payload: bytes) -> bytes:
    """A frame of version 2.3: its size is a plain 32-bit number, unlike the tag's."""
    return name.encode("ascii") + struct.pack(">IH", len(payload), 0) + payload


def text_frame(name: str, text: str) -> bytes:
    """A text frame: Latin-1 where that holds the text, else UTF-16 with a byte order mark.

    Control characters become spaces (a NUL would end the text), lone surrogates question marks. No frame at all
    where no text remains.
    """
    line = _CONTROL.sub(" ", text).strip()
    if not line:
        return b""
    try:
        return frame(name, b"\x00" + line.encode("latin-1"))
    except UnicodeEncodeError:
        return frame(name, b"\x01\xff\xfe" + line.encode("utf-16-le", "replace"))


def url_frame(url: str) -> bytes:
    """The official web page of the audio; what is not ASCII is percent-encoded, since the frame holds Latin-1."""
    escaped = quote(_CONTROL.sub("", url), safe="%/:=&?~#+!$,;'@()*[]", errors="replace").encode("ascii")
    return frame("WOAF", escaped) if escaped else b""


def language_code(language: str) -> str | None:
    """The ISO 639-2 code of a BCP 47 tag, None where none is known."""
    return _ISO_639_2.get(re.split("[-_]", language.strip().lower())[0])


def date_frames(date: str) -> list[bytes]:
    """TYER, and TDAT (DDMM) and TIME (HHMM) as far as an RFC 3339 ``date`` goes; none if it is no date."""
    found = _DATE.match(date.strip())
    if not found:
        return []
    year, month, day, hour, minute = found.groups()
    frames = [text_frame("TYER", year)]
    if day:
        frames.append(text_frame("TDAT", day + month))
    if minute:
        frames.append(text_frame("TIME", hour + minute))
    return frames


def chapter_frames(chapters: Sequence[Chapter], samples: int, sample_rate: int) -> list[bytes]:
    """A table of contents and one CHAP frame per chapter, each until the next; nothing without chapters."""
    if not chapters:
        return []
    names = [f"chp{number}".encode("ascii") for number in range(len(chapters))]
    ends = [chapter.start for chapter in chapters[1:]] + [samples]
    frames = contents_frames(names)
    for name, chapter, end in zip(names, chapters, ends, strict=True):
        times = (position * 1000 // sample_rate for position in (chapter.start, end))
        # Byte offsets are left open: they would be wrong as soon as the tag in front changes its size.
        position = struct.pack(">IIII", *times, _NO_OFFSET, _NO_OFFSET)
        frames.append(frame("CHAP", name + b"\0" + position + text_frame("TIT2", chapter.title)))
    return frames


def contents_frames(names: Sequence[bytes]) -> list[bytes]:
    """CTOC frames over the chapters ``names``: one, or beyond 255 chapters one over as many as it takes."""
    if len(names) <= _TOC_ENTRIES:
        return [_contents(b"toc", names, _TOP_LEVEL | _ORDERED)]
    groups = [names[first : first + _TOC_ENTRIES] for first in range(0, len(names), _TOC_ENTRIES)]
    group_names = [f"toc{number}".encode("ascii") for number in range(len(groups))]
    top = _contents(b"toc", group_names, _TOP_LEVEL | _ORDERED)
    return [top, *(_contents(name, group, _ORDERED) for name, group in zip(group_names, groups, strict=True))]


def _contents(name: bytes, entries: Sequence[bytes], flags: int) -> bytes:
    return frame("CTOC", name + b"\0" + bytes((flags, len(entries))) + b"".join(one + b"\0" for one in entries))


def _opened(mp3_file: Path | bytes) -> IO[bytes]:
    return io.BytesIO(mp3_file) if isinstance(mp3_file, bytes) else mp3_file.open("rb")


def _copy_audio(source: IO[bytes], target: IO[bytes]) -> None:
    """Copy what lies between the tags, in blocks."""
    end = source.seek(0, os.SEEK_END)
    if end >= 128:
        source.seek(end - 128)
        end -= 128 if source.read(3) == b"TAG" else 0
    start = 0
    while True:
        source.seek(start)
        length = mp3.id3v2_length(source.read(10))
        if not length:
            break
        start += length
    source.seek(start)
    left = max(0, end - start)
    while left and (block := source.read(min(left, 1 << 20))):
        target.write(block)
        left -= len(block)
