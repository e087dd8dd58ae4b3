"""What a model answered: sentences with what each cites, or what is missing. Any answer can be read; none is an error.

A sentence is taken with the citations that stand in it or directly behind it. What has none keeps none, and is taken
out later (``support``): nothing is guessed here.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from knowledge.model import Sentence
from services import completions

MOST_MISSING: Final = 300
MOST_SENTENCES: Final = 20
MOST_CHARACTERS: Final = 1_200
"""Of a sentence; what is longer is no sentence, and is left out with its citations."""
_NOT_SAID = re.compile(r"^[^\w\n]{0,20}_{0,3}NOT[ _]SAID\b[ \t*_`]*[:\u2013\u2014-]?[ \t*_`]*(.*)$", re.MULTILINE)
_GAP = r"(?:\s{0,3}(?:[,;&\u2013-]|and|und)\s{0,3}|\s{1,3})"
_NUMBERS = rf"\d{{1,3}}(?:{_GAP}(?:passages?\s{{1,3}}|[#^])?\d{{1,3}}){{0,30}}"
"""Between two numbers is a gap that can be read in one way only: else a row of digits could be cut in millions."""
_CITED = re.compile(
    rf"[\[\u3010\uff3b]\s{{0,3}}(?:\^|\#|passages?|sources?|documents?|quellen?|see|p\.?|no\.?){{0,2}}[\s:]{{0,3}}"
    rf"(?:\^|\#)?({_NUMBERS})(?:\u2020[^\]\u3011\uff3d\n]{{0,40}})?\s{{0,3}}[\]\u3011\uff3d]",
    re.IGNORECASE,
)
_RANGE = re.compile(r"(\d{1,3})\s*[-\u2013]\s*(\d{1,3})|(\d{1,3})")
_MOST_RANGE = 20
_OPEN, _CLOSE = "\ue000", "\ue001"
"""Private signs that hold a citation's place while sentences are cut; none is left in what the model wrote."""
_MARK = re.compile(rf"{_OPEN}(\d+){_CLOSE}")
_BULLET = re.compile(r"^\s*(?:[-*\u2022\u2013>#]+\s+|\(?\d{1,2}[.)]\s+(?=[^\W\d_]))*")
_QUOTES = "\"'\u201d\u2019\u00bb)*_`"
_END = re.compile(
    rf"[.!?\u2026]{{1,5}}[{re.escape(_QUOTES)}]{{0,4}}(?:\s{{0,3}}{_OPEN}\d+{_CLOSE})*(?=\s|$)"
    rf"|[\u3002\uff01\uff1f][{re.escape(_QUOTES)}\u300d]{{0,4}}(?:\s{{0,3}}{_OPEN}\d+{_CLOSE})*"
    rf"|(?<=[.!?\u2026])(?:{_OPEN}\d+{_CLOSE})+(?=\s|$)"
)
_ABBREVIATION = re.compile(
    r"(?:^|[\s(])(?:[^\W\d_]|dr|mr|mrs|ms|prof|st|no|nr|inc|ltd|co|corp|vs|approx|ca|bzw|vgl|abs|art|str|tel|e\.g|i\.e"
    r"|z\.\s?b|d\.\s?h|u\.\s?a|fig|sec|vol|pp?|\d{1,2})\.$",
    re.IGNORECASE,
)
_LOOK_BACK = 24
"""Characters in which an abbreviation is looked for: more than any of them has."""


@dataclass(frozen=True, slots=True)
class Completion:
    """``missing``: what the passages do not say, in the model's words; empty where it did not say so. ``tokens``: in
    and out together. ``left_out``: sentences that were too many or too long."""

    sentences: list[Sentence]
    missing: str
    stop_reason: str
    tokens: int
    left_out: int = 0

    @property
    def cut(self) -> bool:
        return self.stop_reason == completions.CUT

    @property
    def filtered(self) -> bool:
        return self.stop_reason in completions.FILTERED


def read(answer: Mapping[str, Any]) -> Completion:
    """Reads a Converse answer of any form; of one that was cut its last sentence is not taken."""
    said = completions.read(answer)
    text = _unpacked(said.text).replace(_OPEN, "").replace(_CLOSE, "")
    found = _NOT_SAID.search(text)
    missing = (" ".join(found[1].split())[:MOST_MISSING].strip(" .*`[]") or "more than was said") if found else ""
    sentences = list(_sentences(_NOT_SAID.sub("", text)))
    if said.cut:
        sentences = sentences[:-1]
    kept = [each for each in sentences if len(each.text) <= MOST_CHARACTERS][:MOST_SENTENCES]
    return Completion(kept, missing, said.stop_reason, said.tokens, len(sentences) - len(kept))


def _unpacked(text: str) -> str:
    """Without a fence around all of it, and out of ``{"answer": "..."}``, which some models write whatever they are
    asked for."""
    bare = re.sub(r"^\s*(?:```|~~~)[\w-]*[ \t]*$", "", text, flags=re.MULTILINE).strip()
    if bare.startswith("{"):
        try:
            found = json.loads(bare)
        except (ValueError, RecursionError):
            return bare
        for name in ("answer", "text", "response"):
            if isinstance(found, dict) and isinstance(found.get(name), str):
                return str(found[name])
    return bare


def _sentences(text: str) -> Iterator[Sentence]:
    held: Sentence | None = None
    for line in text.splitlines():
        for piece in _pieces(line):
            if piece.text:
                if held is not None:
                    yield held
                held = piece
            elif held is not None:
                # Citations on a line of their own are those of what stands before them.
                held = Sentence(held.text, tuple(dict.fromkeys((*held.cited, *piece.cited))))
    if held is not None:
        yield held


def _pieces(line: str) -> Iterator[Sentence]:
    """The sentences of a line; one without text holds citations alone."""
    groups: list[tuple[int, ...]] = []

    def hold(found: re.Match[str]) -> str:
        groups.append(tuple(_numbers(found[1])))
        return f"{_OPEN}{len(groups) - 1}{_CLOSE}"

    marked = _CITED.sub(hold, _BULLET.sub("", line, count=1))
    for piece in _cut(marked):
        cited = [number for mark in _MARK.findall(piece) for number in groups[int(mark)]]
        text = re.sub(r"\s+([.,;:!?])", r"\1", " ".join(_MARK.sub(" ", piece).split()))
        text = text.strip(" *_`|") if re.search(r"\w", text) else ""
        if text or cited:
            yield Sentence(text, tuple(dict.fromkeys(cited)))


def _cut(line: str) -> Iterator[str]:
    """A line after each end of a sentence; not after an abbreviation that no citation stands behind."""
    begin, last = 0, len(line.rstrip())
    for found in _END.finditer(line):
        before = line[max(begin, found.end() - _LOOK_BACK) : found.end()]
        if _OPEN not in found[0] and found.end() < last and _ABBREVIATION.search(before.rstrip(_QUOTES)):
            continue
        yield line[begin : found.end()]
        begin = found.end()
    if line[begin:].strip():
        yield line[begin:]


def _numbers(text: str) -> Iterator[int]:
    """Places from 0. ``1-3`` is three passages; a range that is none, or is too long, is its two ends."""
    for found in _RANGE.finditer(text):
        if found[3]:
            yield int(found[3]) - 1
            continue
        first, last = int(found[1]), int(found[2])
        yield from range(first - 1, last) if first <= last < first + _MOST_RANGE else (first - 1, last - 1)
