"""TEXT_HIDDEN, TEXT_UNCHECKED and IMAGE_UNREAD: what a look at a page left out, with its place. No text goes into them.

A flag is no verdict: real files carry half-point advertisements and words outside of their crop.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from documents.model import Box, Flag
from documents.reading.painting.hidden import Seen, State

if TYPE_CHECKING:
    from documents.reading.painting.look import Look
    from documents.reading.painting.places import Shown

MOST_PLACES: Final = 5
"""Flags of one kind on one page; the last one counts the rest."""

_WHY: Final[dict[State, str]] = {
    "hidden": "in the file and not on the page",
    "small": "too small to be read",
    "outside": "outside of the page",
    "no glyph": "in a font that cannot be painted here",
}


def flags(page: int, look: Look, fields: Sequence[Box], shown: Shown) -> list[Flag]:
    """``fields``: boxes of form fields that hold a value and do not show it."""
    hidden = [Flag("TEXT_HIDDEN", message, page) for message in _places(look.hidden, shown)]
    hidden += [
        Flag("TEXT_HIDDEN", f"A form field's value is {_WHY['hidden']}, {_place(box)}; it was left out.", page)
        for box in fields
    ]
    pictures = [Flag("IMAGE_UNREAD", _picture(shown(*bounds)), page) for bounds in look.pictures]
    return [*([] if look.checked else [_unchecked(page)]), *_few(hidden), *_few(pictures)]


def _unchecked(page: int) -> Flag:
    message = "The page took too long to paint, so its own text was believed: compare it with what the page shows."
    return Flag("TEXT_UNCHECKED", message, page)


def _places(seen: Sequence[Seen], shown: Shown) -> Iterator[str]:
    """Words after each other in the file that do not show for one reason are one place; those outside always."""
    runs: list[list[Seen]] = []
    outside = [each for each in seen if each.state == "outside"]
    for each in seen:
        if each.state == "outside":
            continue
        if runs and runs[-1][-1].state == each.state and _follows(runs[-1][-1], each):
            runs[-1].append(each)
        else:
            runs.append([each])
    for run in [*runs, outside] if outside else runs:
        why, place = _WHY[run[0].state], _place(shown(*run[0].word.loose))
        if len(run) == 1:
            yield f"A word, or a part of one, is {why}, {place}; it was left out."
        else:
            yield f"{len(run)} words are {why}, the first one {place}; they were left out."


def _follows(one: Seen, other: Seen) -> bool:
    return 0 <= other.word.place - one.word.last_place <= 4


def _picture(box: Box) -> str:
    share = 100 * box.width * box.height
    return f"A picture {_place(box)}, {share:.1f} % of the page, was not read; look at it, or deploy NativeText=skip."


def _place(box: Box) -> str:
    return f"{100 * box.left:.0f} % from the left and {100 * box.top:.0f} % from the top"


def _few(found: list[Flag]) -> list[Flag]:
    if len(found) <= MOST_PLACES:
        return found
    rest = len(found) - MOST_PLACES + 1
    return [*found[: MOST_PLACES - 1], replace(found[0], message=f"{rest} more places of this page are like these.")]
