"""What a person should look at, found by rules; the codes are those of docs/documents.md. No text goes into a message.

Flags about single values come from ``fields``, those about packets from ``packets``, those about summaries from
``checks``.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence

from documents.meaning import keywords
from documents.meaning.document_types import Type
from documents.model import Extraction, Field, Flag, Line, Table

MOST_PAGES = 3000
"""Of a document; a footer that counts more was misread."""
_MARK = re.compile(
    r"\b(?:page|pg\.?|p\.|sheet|seite|s\.|blatt|página|pagina|pág\.?|hoja|feuille)\s*[:#]?\s*(\d{1,4})\s*"
    r"(?:of|von|de|sur|/)\s*(\d{1,4})\b(?!\s*[\d/.,]\d)",
    re.IGNORECASE,
)
_LONGEST_FOOTER = 120
_LONGEST_KEY = 500
"""Characters; no name of a field comes near, remark included."""
_POINTING = re.compile(r"\b(?:see|on|at|from|siehe|auf|vgl|voir|à|véase|en)\s*$", re.IGNORECASE)


def low_confidence(fields: Sequence[Field], threshold: float) -> list[Flag]:
    """LOW_CONFIDENCE for each field that Textract was less sure of than ``threshold``, 0 to 100."""
    return [
        Flag(
            "LOW_CONFIDENCE", f"Textract was only {field.confidence:.0f} % sure of this field.", field.page, field.form
        )
        for field in fields
        if field.confidence is not None and field.confidence < threshold
    ]


def missing_fields(extraction: Extraction, kind: Type | None) -> list[Flag]:
    """FIELD_MISSING for each field that the type requires and that is absent or empty.

    It counts as there in a form, in lines, in a table, as the answer to a query about it, or signed where a signature
    is asked for.
    """
    if kind is None:
        return []
    flags = []
    for names in kind.required:
        at = _state(extraction, names, kind)
        if at != "there":
            form = next((i for i, f in enumerate(extraction.forms) if _is_key(f.key, names)), None)
            page = extraction.forms[form].page if form is not None else None
            flags.append(
                Flag("FIELD_MISSING", f"The field '{names[0]}' is {at}; this type of document needs it.", page, form)
            )
    return flags


def missing_pages(extraction: Extraction) -> list[Flag]:
    """PAGE_MISSING where footers count pages ("Page 2 of 3") and one of them is not there.

    A page whose own footer could not be read is not missing: where the numbers around it place it on a page of the
    file that has no number, it is that page.
    """
    flags = []
    sequences = _sequences(extraction.lines)
    numbered = {page for pages in sequences.values() for page in pages.values()}
    for total, seen in sorted(sequences.items()):
        absent = [n for n in range(1, total + 1) if n not in seen and not _unread(n, seen, numbered, extraction.pages)]
        if absent:
            flags.append(Flag("PAGE_MISSING", f"{_listed(absent)} of {total} not found."))
    return flags


def _state(extraction: Extraction, names: tuple[str, ...], kind: Type) -> str:
    found = [form for form in extraction.forms if _is_key(form.key, names)]
    if any(_filled(form.value) for form in found):
        return "there"
    if _in_lines(extraction.lines, names, kind) or _in_tables(extraction.tables, names) or _answered(extraction, names):
        return "there"
    if extraction.signatures and keywords.has(keywords.plain(names[0]), ("signature", "signed")):
        return "there"
    return "empty" if found else "absent"


def _in_lines(lines: Sequence[Line], names: tuple[str, ...], kind: Type) -> bool:
    """``Net pay: 5``, or ``Net pay`` with a line below that is not the next label."""
    labels = (*kind.keys, *(name for field in kind.required for name in field))
    for line, below in zip(lines, [*lines[1:], None], strict=False):
        key, _, value = line.text.partition(":")
        if not _is_key(key, names):
            continue
        follows = below is not None and below.page == line.page and not value.strip() and ":" not in below.text
        if _filled(value) or (follows and below and _filled(below.text) and not _is_key(below.text, labels)):
            return True
    return False


def _in_tables(tables: Sequence[Table], names: tuple[str, ...]) -> bool:
    """A column with that head and something below it, or a row that begins with it and goes on."""
    for table in tables:
        for number, row in enumerate(table.rows):
            for column, cell in enumerate(row):
                below = (other[column] for other in table.rows[1:]) if number == 0 else ()
                beside = (other for other in row[1:] if other != cell) if column == 0 else ()
                if _is_key(cell, names) and any(_filled(value) for value in (*below, *beside)):
                    return True
    return False


def _answered(extraction: Extraction, names: tuple[str, ...]) -> bool:
    said = [keywords.plain(f"{query.question} {query.alias or ''}") for query in extraction.queries if query.answer]
    return any(keywords.has(question, names) for question in said)


def _is_key(key: str, names: tuple[str, ...]) -> bool:
    """Whether a key is one of the names, its own number and a remark in brackets aside: ``2. Name (last)``."""
    if len(key) > _LONGEST_KEY:
        return False
    said = keywords.plain(re.sub(r"\(.*?\)", " ", key)).strip()
    said = re.sub(r"^(?:\d+[a-z]?|[a-z]) (?=\D)", "", said)
    return said in {keywords.cue(name).strip() for name in names}


def _filled(value: str) -> bool:
    return re.search(r"[^\W_]|\[X\]", value) is not None


def _sequences(lines: Sequence[Line]) -> Mapping[int, dict[int, int]]:
    """For each total, the page of the file on which each number of a page was first read."""
    found: dict[int, dict[int, int]] = defaultdict(dict)
    for line in lines:
        if len(line.text) > _LONGEST_FOOTER:
            continue
        for mark in _MARK.finditer(line.text):
            number, total = int(mark[1]), int(mark[2])
            at_edge = mark.start() == 0 or mark.end() == len(line.text.rstrip(" .)|-"))
            if at_edge and not _POINTING.search(line.text[: mark.start()]) and 1 <= number <= total <= MOST_PAGES:
                found[total].setdefault(number, line.page)
    return found


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
