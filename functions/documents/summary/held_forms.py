"""Which forms a part of a long document may show beside its text: those whose lines it holds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from documents.meaning.chunks import Chunk
from documents.meaning.vocabulary import keywords
from documents.model import NOT_SELECTED, SELECTED, Form, Line


def held(part: Chunk, lines: Sequence[Line], forms: Sequence[Form]) -> list[Form]:
    """The forms of every page that ``part`` holds whole, and of others those whose key and value stand in its lines.

    A form knows its page, not its lines; so on a page that two parts share it counts where its words stand in one row.
    One that is cut in two is shown with neither: its text stands in both.
    """
    whole, said = _pages(part, lines)
    return [form for form in forms if form.page in whole or _stands(form, said.get(form.page, ""))]


def _pages(part: Chunk, lines: Sequence[Line]) -> tuple[set[int], dict[int, str]]:
    """The pages of which no line is missing, and the words of each page's lines that are there."""
    there: Counter[int] = Counter()
    texts: dict[int, list[str]] = {}
    for piece in part.pieces:
        page = lines[piece.line].page
        there[page] += piece.length
        texts.setdefault(page, []).append(part.text[piece.at : piece.at + piece.length])
    wanted: Counter[int] = Counter()
    for line in lines:
        if line.page in texts and line.text.strip():
            wanted[line.page] += len(line.text)
    whole = {page for page, length in there.items() if length >= wanted[page]}
    return whole, {page: keywords.plain(" ".join(each)) for page, each in texts.items() if page not in whole}


def _stands(form: Form, said: str) -> bool:
    value = form.value.replace(SELECTED, " ").replace(NOT_SELECTED, " ")
    return bool(said) and all(keywords.plain(text) in said for text in (form.key, value) if text.strip())
