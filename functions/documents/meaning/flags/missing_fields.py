"""FIELD_MISSING: a field that the document's type requires (``required`` in types.toml), such as an invoice's total."""

from __future__ import annotations

import re
from collections.abc import Sequence

from documents.meaning.vocabulary import keywords
from documents.meaning.vocabulary.document_types import Type
from documents.model import Extraction, Flag, Line, Table

_LONGEST_KEY = 500
"""Characters; no name of a field comes near, remark included."""


def flags(extraction: Extraction, kind: Type | None) -> list[Flag]:
    """FIELD_MISSING for each field that the type requires and that is absent or empty.

    It counts as there in a form, in lines, in a table, as the answer to a query about it, or signed where a signature
    is asked for.
    """
    if kind is None:
        return []
    raised = []
    for names in kind.required:
        at = _state(extraction, names, kind)
        if at != "there":
            form = next((i for i, f in enumerate(extraction.forms) if _is_key(f.key, names)), None)
            page = extraction.forms[form].page if form is not None else None
            raised.append(
                Flag("FIELD_MISSING", f"The field '{names[0]}' is {at}; this type of document needs it.", page, form)
            )
    return raised


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
    return keywords.bare(key) in {keywords.cue(name).strip() for name in names}


def _filled(value: str) -> bool:
    return re.search(r"[^\W_]|\[X\]", value) is not None
