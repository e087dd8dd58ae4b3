# ruff: noqa: RUF001 - sentences end in other scripts too
"""SSML as Polly reads it: parsed without trusting it, checked against the table of what an engine takes.

The result is a flat list of pieces, each with the bytes of the request's text it came from: speech marks are
given in bytes of the input (not characters), markup included.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from xml.parsers import expat

from local.services.polly.errors import InvalidSsml
from local.services.polly.voices import languages

LONGEST_BREAK = 10.0
"""Seconds; developer guide, "Adding a pause"."""

# Polly's own wording; what is wrong follows after a colon.
_INVALID = "Invalid SSML request"
_UNSUPPORTED = {
    "standard": "Unsupported Standard feature",
    "neural": "Unsupported Neural feature",
    "long-form": "Unsupported Long-form feature",
    "generative": "Unsupported Generative feature",
}
_SENTENCE_END = re.compile(r"[.!?…。！？؟।][\"'”’»)\]]*\s*$")
# Characters that XML 1.0 does not know; plain text may hold them, and no engine can say them.
_UNSPEAKABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffe\uffff]")


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of text, or one edge of an element, with its place (bytes) in the request's ``Text``."""

    kind: str
    """``text``, ``open`` or ``close``."""
    start: int
    end: int
    text: str = ""
    tag: str = ""
    attributes: Mapping[str, str] | None = None


@cache
def rules() -> dict[str, Any]:
    """The table of tags, from ``ssml_rules.toml``."""
    with Path(__file__).with_name("ssml_rules.toml").open("rb") as file:
        return tomllib.load(file)


def plain(text: str) -> list[Piece]:
    """Plain text as pieces; what cannot be spoken becomes a space of the same length in characters."""
    return [Piece("text", 0, len(text.encode()), _UNSPEAKABLE.sub(" ", text))]


def parse(text: str, engine: str, voice: str) -> list[Piece]:
    """Read SSML and refuse what Polly's ``engine`` would refuse for ``voice``.

    Raises:
        InvalidSsml: not well-formed, no ``<speak>`` around it, a document type (so no entity is ever expanded),
            or a tag, attribute or value that ``ssml_rules.toml`` does not give this engine.
    """
    pieces = _Reader(text.encode(), engine, voice).read()
    if engine == "generative":
        _check_whole_sentences(pieces)
    return pieces


def billed_characters(pieces: Sequence[Piece]) -> int:
    """Characters that are billed: the text, white space included, without the markup."""
    return sum(len(piece.text) for piece in pieces)


class _Reader:
    """One pass of expat over one document."""

    def __init__(self, data: bytes, engine: str, voice: str) -> None:
        self.data = data
        self.engine = engine
        self.voice = voice
        self.pieces: list[Piece] = []
        self.stack: list[str] = []
        self.pending: list[tuple[int, str]] = []
        self.parser = expat.ParserCreate("utf-8")
        self.parser.buffer_text = False
        self.parser.StartElementHandler = self._open
        self.parser.EndElementHandler = self._close
        self.parser.CharacterDataHandler = self._text
        self.parser.StartDoctypeDeclHandler = self._doctype
        self.parser.ProcessingInstructionHandler = self._instruction
        self.parser.CommentHandler = lambda _text: self._flush()

    def read(self) -> list[Piece]:
        if not self.data.strip():
            raise InvalidSsml(f"{_INVALID}: the text is empty; it must be enclosed in <speak>")
        try:
            self.parser.Parse(self.data, True)
        except expat.ExpatError as error:
            raise InvalidSsml(
                f"{_INVALID}: {expat.ErrorString(error.code)} (line {error.lineno}, column {error.offset})"
            ) from error
        return self.pieces

    def _doctype(self, *_: object) -> None:
        raise InvalidSsml(f"{_INVALID}: a document type declaration is not allowed")

    def _instruction(self, target: str, _data: str) -> None:
        raise InvalidSsml(f"{_INVALID}: the processing instruction <?{target}?> is not allowed")

    def _text(self, text: str) -> None:
        # expat reports each entity, line break and plain run by itself: every piece begins at its own byte.
        self._flush()
        if text.strip() and rules()["tags"][self.stack[-1]].get("empty"):
            raise InvalidSsml(f"{_INVALID}: <{self.stack[-1]}> must be empty, it holds text")
        self.pending.append((self.parser.CurrentByteIndex, text))

    def _flush(self) -> None:
        for start, text in self.pending:
            self.pieces.append(Piece("text", start, self.parser.CurrentByteIndex, text))
        self.pending.clear()

    def _open(self, tag: str, attributes: dict[str, str]) -> None:
        self._flush()
        start = self.parser.CurrentByteIndex
        _check_place(tag, self.stack)
        _check_tag(tag, attributes, self.engine, self.voice)
        self.stack.append(tag)
        self.pieces.append(Piece("open", start, self._tag_end(start), tag=tag, attributes=attributes))

    def _close(self, tag: str) -> None:
        self._flush()
        self.stack.pop()
        start = self.parser.CurrentByteIndex
        self.pieces.append(Piece("close", start, self._tag_end(start), tag=tag))

    def _tag_end(self, start: int) -> int:
        """The byte after the ``>`` of the tag at ``start``; a ``>`` inside quotes does not end it."""
        quote = 0
        for index in range(start, len(self.data)):
            byte = self.data[index]
            if quote:
                quote = 0 if byte == quote else quote
            elif byte in b"\"'":
                quote = byte
            elif byte == ord(">"):
                return index + 1
        return len(self.data)


def _check_place(tag: str, stack: Sequence[str]) -> None:
    if not stack and tag != "speak":
        raise InvalidSsml(f"{_INVALID}: the text must be enclosed in <speak>, not <{tag}>")
    if stack and tag == "speak":
        raise InvalidSsml(f"{_INVALID}: <speak> may stand only around the whole text")
    rule = rules()["tags"].get(tag)
    if rule is None:
        raise InvalidSsml(f"{_INVALID}: <{tag}> is not a tag that Polly knows")
    if stack and rules()["tags"][stack[-1]].get("empty"):
        raise InvalidSsml(f"{_INVALID}: <{stack[-1]}> must be empty, it holds <{tag}>")
    if stack and "within" in rule and stack[-1] not in rule["within"]:
        raise InvalidSsml(f"{_INVALID}: <{tag}> may not stand inside <{stack[-1]}>")
    if tag in ("p", "s") and tag in stack:
        raise InvalidSsml(f"{_INVALID}: <{tag}> may not stand inside another <{tag}>")
    if tag == "p" and "s" in stack:
        raise InvalidSsml(f"{_INVALID}: <p> may not stand inside <s>")


def _check_tag(tag: str, attributes: Mapping[str, str], engine: str, voice: str) -> None:
    rule = rules()["tags"][tag]
    if engine not in rule["engines"]:
        raise InvalidSsml(f"{_UNSUPPORTED[engine]}: <{tag}> is not available with the {engine} engine")
    if voice not in rule.get("voices", [voice]):
        raise InvalidSsml(f"{_UNSUPPORTED[engine]}: <{tag}> is not available with the voice {voice}")
    for name, value in attributes.items():
        _check_attribute(tag, name, value, engine)
    missing = [name for name in rule.get("required", []) if name not in attributes]
    if missing:
        raise InvalidSsml(f"{_INVALID}: <{tag}> needs the attribute {missing[0]}")
    if "any_of" in rule and not any(name in attributes for name in rule["any_of"]):
        raise InvalidSsml(f"{_INVALID}: <{tag}> needs one of the attributes {', '.join(rule['any_of'])}")


def _check_attribute(tag: str, name: str, value: str, engine: str) -> None:
    rule = rules()["tags"][tag]
    pattern = rule["attributes"].get(name)
    if pattern is None:
        raise InvalidSsml(f"{_INVALID}: <{tag}> does not take the attribute {name}")
    if not re.fullmatch(pattern, value, re.DOTALL):
        raise InvalidSsml(f"{_INVALID}: {name}={value[:60]!r} is not a value that <{tag}> takes")
    only = rule.get("only", {})
    if engine not in only.get(name, [engine]) or engine not in only.get(f"{name}={value}", [engine]):
        raise InvalidSsml(f"{_UNSUPPORTED[engine]}: {name}={value[:60]!r} of <{tag}> is not available")
    if tag == "break" and name == "time" and seconds(value) > LONGEST_BREAK:
        raise InvalidSsml(f"{_INVALID}: a break of {value} is longer than {LONGEST_BREAK:.0f}s")
    if tag == "lang" and name == "xml:lang" and value not in languages():
        raise InvalidSsml(f"{_INVALID}: xml:lang={value[:60]!r} is not a language that Polly speaks")


def seconds(value: str) -> float:
    """``"300ms"`` or ``"1.5s"`` in seconds."""
    return float(value[:-2]) / 1000 if value.endswith("ms") else float(value[:-1])


def _check_whole_sentences(pieces: Sequence[Piece]) -> None:
    """Generative voices take ``<prosody>`` around full sentences only (developer guide, "prosody")."""
    text = ""
    """Text since the last edge of a paragraph or sentence."""
    cut = False
    """A ``</prosody>`` stood where no sentence ended: right only where nothing follows in this block."""
    for piece in pieces:
        if piece.tag in ("p", "s", "speak"):
            text, cut = "", False
        elif piece.tag == "prosody":
            unfinished = bool(text.strip()) and not _SENTENCE_END.search(text)
            if unfinished and piece.kind == "open":
                raise _cut_sentence()
            cut = cut or unfinished
        elif piece.text.strip() and cut:
            raise _cut_sentence()
        text += piece.text


def _cut_sentence() -> InvalidSsml:
    return InvalidSsml(f"{_UNSUPPORTED['generative']}: <prosody> must enclose whole sentences")
