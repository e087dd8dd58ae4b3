"""Where one document ends and the next begins, in a file that may hold several: a scanner's stack, an export.

A page begins a document only where that is sure, by one of three signs; every other page goes with the one before it.

- Its footer counts anew: "Page 1 of 2" after a page whose own count was at its end, or after one without a count where
  the page is evidently the first one of its type.
- It is evidently the first page of another type than the document before it (``document_types.evident``).
- It is evidently a first page of the same type, and has another number: the invoices 1001 and 1002.

A page that goes on with the count of the one before it ("Page 2 of 3") never begins a document, whatever its title. Nor
does a type's first page after pages of no evident type: those may be its cover. So what is in doubt stays together.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from documents.meaning.flags import missing_pages
from documents.meaning.vocabulary import document_types, keywords
from documents.meaning.vocabulary.document_types import Type
from documents.model import Extraction, Form, Line

_LOOKALIKES = str.maketrans("oilsbz", "011582")
"""Letters that recognition takes for digits, and the other way round."""


@dataclass(frozen=True, slots=True)
class Span:
    """The pages ``first`` to ``last`` are one document of this type, told by the rules from all of them."""

    type: str
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class _Page:
    """``type``: of which it is evidently a first page; ``marks``: what footers count; ``numbers``: of the document."""

    type: str | None = None
    marks: frozenset[tuple[int, int]] = frozenset()
    numbers: Mapping[str, str] = field(default_factory=dict)


def spans(extraction: Extraction, types: Mapping[str, Type] | None = None) -> list[Span]:
    """The documents of a file in their order; together they have each page once. A single one where none is sure."""
    types = document_types.shipped() if types is None else types
    lines: dict[int, list[Line]] = defaultdict(list)
    forms: dict[int, list[Form]] = defaultdict(list)
    for line in extraction.lines:
        lines[line.page].append(line)
    for form in extraction.forms:
        forms[form.page].append(form)
    pages = [_look(lines[number], forms[number], types) for number in range(1, extraction.pages + 1)]
    firsts = _firsts(pages)
    lasts = [first - 1 for first in firsts[1:]] + [extraction.pages]
    return [_span(first, last, lines, forms, types) for first, last in zip(firsts, lasts, strict=True)]


def _span(
    first: int,
    last: int,
    lines: Mapping[int, Sequence[Line]],
    forms: Mapping[int, Sequence[Form]],
    types: Mapping[str, Type],
) -> Span:
    within = range(first, last + 1)
    text = tuple(line for page in within for line in lines[page])
    asked = tuple(form for page in within for form in forms[page])
    return Span(document_types.classify(Extraction(len(within), text, asked), types).name, first, last)


def _look(lines: Sequence[Line], forms: Sequence[Form], types: Mapping[str, Type]) -> _Page:
    kind = document_types.evident(Extraction(1, tuple(lines), tuple(forms)), types)
    marks = frozenset(mark for line in lines for mark in missing_pages.marks(line.text))
    return _Page(kind, marks, _numbers(forms, types[kind]) if kind else {})


def _numbers(forms: Sequence[Form], kind: Type) -> dict[str, str]:
    """What tells one document of the type from another, by the template's names; the first of each."""
    found: dict[str, str] = {}
    for form in forms:
        name = kind.names.get(keywords.gist(form.key), "")
        value = keywords.plain(form.value).replace(" ", "").translate(_LOOKALIKES)
        if name.endswith(("_number", "_id")) and value:
            found.setdefault(name, value)
    return found


def _firsts(pages: Sequence[_Page]) -> list[int]:
    """Numbers of the pages that begin a document; the first page does."""
    firsts, kind, numbers = [1], pages[0].type, pages[0].numbers
    for number, (before, page) in enumerate(pairwise(pages), 2):
        if _begins(page, before, kind, numbers):
            firsts.append(number)
            kind, numbers = page.type, page.numbers
        elif kind is None:
            kind, numbers = page.type, page.numbers
    return firsts


def _begins(page: _Page, before: _Page, kind: str | None, numbers: Mapping[str, str]) -> bool:
    if any((number - 1, total) in before.marks for number, total in page.marks):
        return False
    if any(number == 1 for number, _ in page.marks):
        at_end = any(number == total for number, total in before.marks)
        return at_end or (not before.marks and page.type is not None)
    if page.type is None or kind is None:
        return False
    return page.type != kind or _differ(page.numbers, numbers)


def _differ(some: Mapping[str, str], others: Mapping[str, str]) -> bool:
    """Whether both have such a number, and none of those that both have is the same."""
    common = some.keys() & others.keys()
    return bool(common) and all(some[name] != others[name] for name in common)
