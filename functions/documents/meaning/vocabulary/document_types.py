"""Which of the configured types a document has, by the words it uses: no model, the same answer each time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from documents.meaning.vocabulary import keywords
from documents.model import DocumentType, Extraction

OTHER = "other"
TITLE, KEY, WORD = 5, 2, 1
"""What a cue counts for in the first lines, in a form's key, and anywhere."""
ENOUGH = 4
"""Points below which nothing fits: less than a title, or than two keys."""
EVIDENT = TITLE + 2
"""Points for which a title needs a key, or two words of its type, beside it."""
_TITLE_LINES = 6
_TITLE_LENGTH = 80
"""Characters: a longer line is prose, not a title."""
_BESIDE_A_TITLE = 4
"""Words: a house's name, a month."""


@dataclass(frozen=True, slots=True)
class Type:
    """One type of ``types.toml``; ``required`` holds, for each field, the names that it goes by.

    ``names``: a template's name by what a key that means it says (``keywords.gist``). ``prompt``: what a summary of it
    is to say, empty for the general words. ``description``: for a model that is asked for the type.
    """

    name: str
    title: tuple[str, ...]
    words: tuple[str, ...]
    keys: tuple[str, ...]
    required: tuple[tuple[str, ...], ...]
    names: Mapping[frozenset[str], str] = field(default_factory=dict)
    prompt: str = ""
    description: str = ""


@cache
def shipped() -> Mapping[str, Type]:
    """Every type of ``types.toml`` by name."""
    return {name: _type(name, table) for name, table in keywords.table("types.toml").items()}


def classify(extraction: Extraction, types: Mapping[str, Type] | None = None) -> DocumentType:
    """The type with the most points. Its confidence is how far ahead it is: (first - second) / first.

    ``other`` where no type has enough points; its confidence is then how far the best one stayed below that.
    Equal points go to the type that stands first in the file, with confidence 0.
    """
    ranked = _ranked(extraction, shipped() if types is None else types)
    if not ranked or ranked[0][0] < ENOUGH:
        best = ranked[0][0] if ranked else 0
        return DocumentType(OTHER, round(1 - best / ENOUGH, 3))
    second = ranked[1][0] if len(ranked) > 1 else 0
    return DocumentType(ranked[0][1], round((ranked[0][0] - second) / ranked[0][0], 3))


def evident(extraction: Extraction, types: Mapping[str, Type] | None = None) -> str | None:
    """The type of which the text is beyond doubt, and shows its beginning; None where it is of none.

    A line at the top is its title and little more, its other cues speak for it too, and no other type is near.
    """
    types = shipped() if types is None else types
    ranked = _ranked(extraction, types)
    points, name = ranked[0] if ranked else (0, OTHER)
    second = ranked[1][0] if len(ranked) > 1 else 0
    if points < EVIDENT or 2 * second > points:
        return None
    cues = [keywords.cue(cue) for cue in types[name].title]
    tops = [keywords.plain(line.text) for line in extraction.lines[:_TITLE_LINES]]
    return name if any(cue in top and _beside(top, cue) <= _BESIDE_A_TITLE for cue in cues for top in tops) else None


def _beside(line: str, cue: str) -> int:
    """Words of the line that are not the cue's."""
    return len(line.split()) - len(cue.split())


def _ranked(extraction: Extraction, types: Mapping[str, Type]) -> list[tuple[int, str]]:
    """Points and names, the most points first."""
    title, text, keys = _plain(extraction)
    return sorted(((_points(each, title, text, keys), name) for name, each in types.items()), key=lambda p: -p[0])


def _points(kind: Type, title: str, text: str, keys: str) -> int:
    points = sum(TITLE if keywords.cue(cue) in title else WORD for cue in kind.title if keywords.cue(cue) in text)
    points += sum(WORD for cue in kind.words if keywords.cue(cue) in text)
    found = [keywords.cue(cue) for cue in kind.keys if keywords.cue(cue) in keys]
    # "patient" beside "patient name" is the same key of the form once more.
    return points + sum(KEY for cue in found if not any(cue != other and cue in other for other in found))


def _plain(extraction: Extraction) -> tuple[str, str, str]:
    first = [line.text for line in extraction.lines[:_TITLE_LINES] if len(line.text) <= _TITLE_LENGTH]
    title = keywords.plain(" | ".join(first))
    keys = " ".join(keywords.plain(form.key) for form in extraction.forms)
    return title, keywords.plain(extraction.text()), keys


def _type(name: str, table: Mapping[str, Any]) -> Type:
    return Type(
        name,
        tuple(table["title"]),
        tuple(table["words"]),
        tuple(table["keys"]),
        tuple(tuple(names) for names in table["required"]),
        {keywords.gist(key): name for name, keys in table.get("names", {}).items() for key in keys},
        table.get("prompt", ""),
        table["description"],
    )
