"""What models say when they were asked for ``{"sentences": [...]}`` or for a name, and what they say instead."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

_LONGEST = 2000
"""Characters of a sentence; what is longer is not one."""
_MOST = 200
_ABBREVIATION = re.compile(
    r"(?:\b(?:Mr|Mrs|Ms|Dr|Prof|Sr|Jr|St|Nr|No|Inc|Ltd|Co|Corp|vs|etc|approx|Str|bzw|ca|Fr|Hr|Sra|z\.B|d\.h|e\.g|i\.e)"
    r"|\b[A-Z]|\d)\.$"
)
_BULLET = re.compile(r"^\s*(?:[-*•·]|\(?\d{1,2}[.)])\s+")


_THOUGHTS = re.compile(r"\A.*</think(?:ing)?>|\A\s*<think(?:ing)?>.*", re.DOTALL | re.IGNORECASE)
"""What a model that reasons writes before its answer; the opening mark is often the prompt's, and a limit may come
before the closing one."""


def without_thoughts(text: str) -> str:
    """The answer of a model that says its reasoning first, empty where it got no further."""
    return _THOUGHTS.sub("", text, count=1).lstrip()


def from_tool(value: Any) -> tuple[str, ...] | None:
    """The sentences in a tool's input, None where there are none: JSON in a text and a text for the list included."""
    if isinstance(value, str):
        return from_text(value)
    return _sentences(value)


def from_text(text: str) -> tuple[str, ...] | None:
    """The sentences of the first JSON in a text that has any, prose and code fences around it; None for prose alone."""
    for value in _values(text):
        found = _sentences(value)
        if found is not None:
            return found
    return None


def from_prose(text: str) -> tuple[str, ...]:
    """Prose as sentences; lines are sentences of their own, bullets and numbers before them are left out."""
    text = re.sub(r"```\w*", "", text)
    return tuple(sentence for line in text.splitlines() for sentence in _split(_BULLET.sub("", line)))


def choice(value: Any, names: Sequence[str]) -> tuple[str, float] | None:
    """The name and the confidence in a tool's input or in text: JSON in it, or one of the names alone.

    A confidence over 1 is taken for percent; 0 where there is none. None where no name of ``names`` is given.
    """
    known = {_plain(name): name for name in names}
    candidates = [value] if isinstance(value, Mapping) else [*_values(value), value] if isinstance(value, str) else []
    for each in (inner for given in candidates for inner in (given if isinstance(given, list) else [given])):
        said = each.get("type") if isinstance(each, Mapping) else each
        name = known.get(_plain(said)) if isinstance(said, str) else None
        if name is not None:
            return name, _share(each.get("confidence")) if isinstance(each, Mapping) else 0.0
    return None


def _plain(name: str) -> str:
    return re.sub(r"[\W_]+", "_", name.casefold()).strip("_")


def _share(value: Any) -> float:
    try:
        number = float(value.replace("%", "").replace(",", ".") if isinstance(value, str) else value)
    except (TypeError, ValueError, OverflowError):
        return 0.0
    return round(min(1.0, max(0.0, number / 100 if number > 1 else number)), 3) if math.isfinite(number) else 0.0


def _values(text: str) -> Iterator[Any]:
    decoder = json.JSONDecoder()
    at = 0
    tries = 0
    while (found := re.search(r"[{\[]", text[at:])) and tries < 50:
        tries += 1
        begin = at + found.start()
        try:
            value, at = decoder.raw_decode(text, begin)
        except (ValueError, RecursionError):
            at = begin + 1
            continue
        yield value


def _sentences(value: Any) -> tuple[str, ...] | None:
    """Sentences in an object, in whatever member they are, or in a list; None where the value has another form."""
    if isinstance(value, Mapping):
        wanted = [value[name] for name in ("sentences", "summary") if name in value]
        lists = [member for member in value.values() if isinstance(member, list)]
        return next((found for each in [*wanted, *lists] if (found := _listed(each)) is not None), None)
    return _listed(value) if isinstance(value, list) else None


def _listed(value: Any) -> tuple[str, ...] | None:
    if isinstance(value, str):
        # Some models write the list as text, JSON or not.
        return from_text(value) or from_prose(value)
    if not isinstance(value, list):
        return None
    texts = [_text(each) for each in value[:_MOST]]
    if any(text is None for text in texts):
        return None
    return tuple(clean for text in texts if text is not None and (clean := " ".join(text.split())[:_LONGEST]))


def _text(value: Any) -> str | None:
    if isinstance(value, Mapping) and len(value) == 1:
        value = next(iter(value.values()))
    return value if isinstance(value, str) else None


def _split(line: str) -> Iterator[str]:
    begin = 0
    for mark in re.finditer(r"[.!?…][\"'”»)\]]*(?=\s+[\"'“«(\[]?[^\W_a-zà-öø-ÿ])|[\u3002\uff01\uff1f]", line):
        part = line[begin : mark.end()]
        if _ABBREVIATION.search(part):
            continue
        if part.strip():
            yield " ".join(part.split())[:_LONGEST]
        begin = mark.end()
    if line[begin:].strip():
        yield " ".join(line[begin:].split())[:_LONGEST]
