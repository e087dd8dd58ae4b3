"""Arabic on a page of a PDF, as text programs write it: glyphs that join, set from the left as they are seen.

The file has no font of this machine: its own one (Type 3) is drawn from outlines that are kept beside this module, and
a map says which letters each glyph stands for (ISO 32000-1, 9.6.5 and 9.10.3).
"""

from __future__ import annotations

import tomllib
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from pathlib import Path

GLYPHS = Path(__file__).with_name("arabic_glyphs.toml")
FIRST_CODE = 33
"""Of the font's glyphs; 32 is a blank in every reader."""
_FORMS = range(0xFE70, 0xFEFD)
"""Unicode's Arabic Presentation Forms-B: one sign for each form of a letter."""
_LAM = "\u0644"


@dataclass(frozen=True, slots=True)
class Glyph:
    """``width`` in thousandths of an em; ``path`` are operators of a page."""

    width: int
    path: str


@cache
def glyphs() -> dict[str, Glyph]:
    """By presentation form, in their order."""
    table = tomllib.loads(GLYPHS.read_text(encoding="utf-8"))
    return {chr(int(code, 16)): Glyph(**row) for code, row in table.items()}


def is_arabic(sign: str) -> bool:
    return unicodedata.bidirectional(sign) == "AL"


def shaped(word: str) -> str:
    """The glyphs of a word in reading order: each letter in the form that its neighbours ask for."""
    letters = _with_ligatures(word)
    found = []
    for place, letter in enumerate(letters):
        before = letters[place - 1] if place else ""
        after = letters[place + 1] if place + 1 < len(letters) else ""
        left = _joins(letter, "initial") and _joins(after, "final")
        right = _joins(before, "initial") and _joins(letter, "final")
        form = "medial" if left and right else "initial" if left else "final" if right else "isolated"
        found.append(_forms().get((letter, form), letter))
    return "".join(found)


def plain(glyph: str) -> str:
    """The letters that a glyph stands for."""
    return unicodedata.normalize("NFKC", glyph)


def in_runs(line: str) -> list[tuple[bool, str]]:
    """The parts of a line from the left as they are seen; True and glyphs for Arabic, False and text for the rest.

    As far as the samples need it: figures and Latin words that follow each other keep their order, and a sign behind an
    Arabic word stands on its left (Unicode Bidirectional Algorithm).
    """
    runs: list[tuple[bool, str]] = []
    for right_to_left, group in groupby(line.split(), lambda word: is_arabic(word[0])):
        words = list(group)
        runs += [(True, word) for word in words] if right_to_left else [(False, " ".join(words))]
    parts: list[tuple[bool, str]] = []
    for number, (right_to_left, run) in enumerate(reversed(runs)):
        parts += [(False, " ")] if number else []
        parts += _seen(run) if right_to_left else [(False, run)]
    return parts


def codes(run: str) -> bytes:
    """A run of glyphs as the font has them."""
    table = list(glyphs())
    return bytes(FIRST_CODE + table.index(glyph) for glyph in run)


def width(run: str) -> int:
    """Of a run of glyphs, in thousandths of an em."""
    return sum(glyphs()[glyph].width for glyph in run)


def to_unicode() -> bytes:
    """The map from the font's codes to letters."""
    rows = [
        f"<{FIRST_CODE + number:02x}> <{plain(glyph).encode('utf-16-be').hex()}>"
        for number, glyph in enumerate(glyphs())
    ]
    lines = [
        "/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /Letters def /CMapType 2 def",
        "1 begincodespacerange <00> <ff> endcodespacerange",
        f"{len(rows)} beginbfchar",
        *rows,
        "endbfchar endcmap end end",
    ]
    return "\n".join(lines).encode()


def _seen(word: str) -> Sequence[tuple[bool, str]]:
    letters = word.rstrip(":.")
    signs = word[len(letters) :][::-1]
    return [*([(False, signs)] if signs else []), (True, shaped(letters)[::-1])]


def _with_ligatures(word: str) -> list[str]:
    """Its letters; lam and the alef behind it are one, as every Arabic font has it."""
    letters: list[str] = []
    for letter in word:
        if letters and letters[-1] == _LAM and (_LAM + letter, "isolated") in _forms():
            letters[-1] = _LAM + letter
        else:
            letters.append(letter)
    return letters


def _joins(letter: str, form: str) -> bool:
    return (letter, form) in _forms()


@cache
def _forms() -> dict[tuple[str, str], str]:
    """Presentation forms by letters and the name of the form, from the Unicode database."""
    found = {}
    for code in _FORMS:
        kind, _, letters = unicodedata.decomposition(chr(code)).partition(" ")
        if kind:
            found["".join(chr(int(letter, 16)) for letter in letters.split()), kind.strip("<>")] = chr(code)
    return found
