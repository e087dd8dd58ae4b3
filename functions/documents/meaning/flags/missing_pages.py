"""PAGE_MISSING: footers count pages ("Page 2 of 3", "Seite 2 von 3"), and one of them is not there."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from documents.model import MOST_PAGES, Extraction, Flag, Line

_MARK = re.compile(
    r"\b(?:page|pg\.?|p\.|sheet|seite|s\.|blatt|página|pagina|pág\.?|hoja|feuille)\s*[:#]?\s*(\d{1,4})\s*"
    r"(?:of|von|de|sur|/)\s*(\d{1,4})\b(?!\s*[\d/.,]\d)",
    re.IGNORECASE,
)
_LONGEST_FOOTER = 120
_POINTING = re.compile(r"\b(?:see|on|at|from|siehe|auf|vgl|voir|à|véase|en)\s*$", re.IGNORECASE)


def flags(extraction: Extraction) -> list[Flag]:
    """PAGE_MISSING where footers count pages ("Page 2 of 3") and one of them is not there.

    A page whose own footer could not be read is not missing: where the numbers around it place it on a page of the
    file that has no number, it is that page.
    """
    raised = []
    sequences = _sequences(extraction.lines)
    numbered = {page for pages in sequences.values() for page in pages.values()}
    for total, seen in sorted(sequences.items()):
        absent = [n for n in range(1, total + 1) if n not in seen and not _unread(n, seen, numbered, extraction.pages)]
        if absent:
            raised.append(Flag("PAGE_MISSING", f"{_listed(absent)} of {total} not found."))
    return raised


def _sequences(lines: Sequence[Line]) -> Mapping[int, dict[int, int]]:
    """For each total, the page of the file on which each number of a page was first read."""
    sequences: dict[int, dict[int, int]] = defaultdict(dict)
    for line in lines:
        for number, total in marks(line.text):
            sequences[total].setdefault(number, line.page)
    return sequences


def marks(text: str) -> Iterator[tuple[int, int]]:
    """What a line says of its page: ``(2, 3)`` for "Page 2 of 3"; nothing where it points to a page elsewhere."""
    if len(text) > _LONGEST_FOOTER:
        return
    for mark in _MARK.finditer(text):
        number, total = int(mark[1]), int(mark[2])
        at_edge = mark.start() == 0 or mark.end() == len(text.rstrip(" .)|-"))
        if at_edge and not _POINTING.search(text[: mark.start()]) and 1 <= number <= total <= MOST_PAGES:
            yield number, total


def _unread(number: int, seen: Mapping[int, int], numbered: set[int], pages: int) -> bool:
    """Whether page ``number`` is a page of the file whose footer was not read, judged by each neighbour's place."""
    nearest = min(seen, key=lambda other: abs(other - number))
    place = seen[nearest] + number - nearest
    return 1 <= place <= pages and place not in numbered


def _listed(numbers: Sequence[int]) -> str:
    """``Page 2``, ``Pages 2, 3 and 5``; many are counted."""
    if len(numbers) > 10:
        return f"{len(numbers)} pages"
    if len(numbers) == 1:
        return f"Page {numbers[0]}"
    return f"Pages {', '.join(map(str, numbers[:-1]))} and {numbers[-1]}"
