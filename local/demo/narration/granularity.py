"""What an edit costs by paragraph and by sentence: ten edits of one article, played in both modes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local.demo.account import DemoError, Tell
from local.demo.newsroom import Newsroom

PARAMETER = "Granularity"
PARAGRAPHS = 4
VOICES = {"paragraph": "Emma", "sentence": "Brian"}
"""Another voice for each mode: a fragment that one of them has paid for must not be found by the other."""
HEAD = f"{'ten edits, characters billed':<46}{'whole text':>18}{'paragraph':>12}{'sentence':>12}"


@dataclass(frozen=True)
class Edit:
    """One replacement in one paragraph; a paragraph behind the last one is added."""

    what: str
    paragraph: int
    old: str
    new: str


EDITS = (
    Edit("a word mended", 0, "that people remembered", "that old people remembered"),
    Edit("a word mended", 1, "reaches the stairs", "reaches the street"),
    Edit("a figure corrected", 0, "eleven passengers", "nine passengers"),
    Edit("a sentence added", 2, "story about beds.", "story about beds. Nobody had asked for it."),
    Edit("a word mended", 3, "accountants awake", "many accountants awake"),
    Edit("a sentence rewritten", 3, "A bed can be sold once.", "A bed can be sold only once a night."),
    Edit("the added sentence taken back", 2, " Nobody had asked for it.", ""),
    Edit("a sentence rewritten", 1, "Now the platforms are full again.", "Today the platforms are crowded again."),
    Edit("a paragraph added", 4, "", "The next departure is on Friday. It is sold out, and so is the one after it."),
    Edit("a word mended", 0, "a wet Tuesday", "a cold Tuesday"),
)


def play(newsroom: Newsroom, text: Path, tell: Tell) -> int:
    """Plays the edits twice and prints a row for each; 1 if a sentence did not cost less than its paragraph."""
    versions = list(_versions(_texts(text)))
    tell("\nTen edits of a short article, played with Granularity=paragraph and again with sentence ...")
    billed = {mode: _billed(newsroom, mode, versions) for mode in VOICES}
    tell("")
    tell(HEAD)
    tell("-" * len(HEAD))
    names = ["the first version", *(edit.what for edit in EDITS)]
    whole = [sum(map(len, version)) for version in versions]
    for row in zip(names, whole, billed["paragraph"], billed["sentence"], strict=True):
        tell(_row(*row))
    edits = [sum(costs[1:]) for costs in (whole, billed["paragraph"], billed["sentence"])]
    tell(_row("ten edits together", *edits))
    tell(f"{'of the whole text each time':<46}" + "".join(f"{cost / edits[0]:>{w}.3f}" for cost, w in _wide(edits)))
    return int(not edits[2] < edits[1] < edits[0])


def _texts(text: Path) -> list[str]:
    blocks = (block.strip() for block in text.read_text(encoding="utf-8").split("\n\n"))
    return [block for block in blocks if block and block[0] not in "#>"][:PARAGRAPHS]


def _versions(paragraphs: list[str]) -> Iterator[list[str]]:
    yield paragraphs
    for edit in EDITS:
        paragraphs = [*paragraphs, *[""][: edit.paragraph == len(paragraphs)]]
        old = paragraphs[edit.paragraph]
        if edit.old not in old:
            raise DemoError(f"The text has no {edit.old!r} in paragraph {edit.paragraph}; correct the demo's edits.")
        paragraphs[edit.paragraph] = old.replace(edit.old, edit.new, 1) if edit.old else edit.new
        yield paragraphs


def _billed(newsroom: Newsroom, mode: str, versions: list[list[str]]) -> list[int]:
    """Characters that Polly billed for each version, with the stack's parameter set to ``mode``."""
    before = newsroom.configure({PARAMETER: mode})[PARAMETER]
    try:
        return [newsroom.publish(_message(mode, number, version)).billed for number, version in enumerate(versions, 1)]
    finally:
        newsroom.configure({PARAMETER: before})


def _message(mode: str, version: int, paragraphs: list[str]) -> dict[str, Any]:
    return {
        "id": f"ten-edits-by-{mode}",
        "version": version,
        "title": "Ten edits",
        "language": "en-GB",
        "status": "published",
        "voice": VOICES[mode],
        "paragraphs": [{"kind": "text", "text": text} for text in paragraphs],
    }


def _wide(costs: list[int]) -> Iterator[tuple[int, int]]:
    return zip(costs, (18, 12, 12), strict=True)


def _row(what: str, *costs: int) -> str:
    return f"{what:<46}" + "".join(f"{cost:>{width},}" for cost, width in _wide(list(costs)))
