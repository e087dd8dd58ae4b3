"""Members of a stranger's JSON object, read one by one; every mistake becomes one sentence, and none ends the reading.

What is wrong gives the default, so that the rest is looked at, too.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

Value = str | int | float | bool

MOST_TEXT = 256


@dataclass
class Told:
    """``mistakes``: sentences. ``ignored``: members that nobody reads, by their places."""

    mistakes: list[str] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)

    def wrong(self, sentence: str) -> None:
        if sentence not in self.mistakes:
            self.mistakes.append(sentence)


class Fields:
    """One object at ``place`` (empty: the manifest itself)."""

    def __init__(self, said: Any, place: str, told: Told) -> None:
        self.place, self.told = place, told
        self._said: Mapping[str, Any] = said if isinstance(said, Mapping) else {}
        self._left = set(self._said)
        if not isinstance(said, Mapping):
            told.wrong(f"{place or 'The manifest'} must be an object.")

    def _at(self, name: str) -> str:
        return f"{self.place}.{name}" if self.place else name

    def has(self, name: str) -> bool:
        return self._said.get(name) is not None

    def raw(self, name: str) -> Any:
        """The member as it is; None where there is none."""
        self._left.discard(name)
        return self._said.get(name)

    def inner(self, name: str) -> Fields:
        """The object in a member; an empty one where there is none."""
        value = self.raw(name)
        return Fields({} if value is None else value, self._at(name), self.told)

    def text(self, name: str, default: str | None = None, *, form: str = "", says: str = "") -> str:
        """``default`` None: it has to be there. ``form``: what all of it must match; ``says``: the same for people."""
        value = self.raw(name)
        if value is None and default is not None:
            return default
        if value is None:
            self.told.wrong(f"{self._at(name)} is missing.")
        elif not isinstance(value, str) or not value or len(value) > MOST_TEXT or not value.isprintable():
            self.told.wrong(f"{self._at(name)} must be a text of 1 to {MOST_TEXT} characters in one line.")
        elif form and not re.fullmatch(form, value, re.ASCII):
            self.told.wrong(f"{self._at(name)} must be {says}.")
        else:
            return value
        return default or ""

    def choice(self, name: str, options: Collection[str], default: str | None = None) -> str:
        value = self.raw(name)
        if value is None and default is not None:
            return default
        if not isinstance(value, str) or value not in options:
            self.told.wrong(f"{self._at(name)} must be one of {', '.join(options)}.")
            return default or ""
        return value

    def whole(self, name: str, default: int, low: int, high: int) -> int:
        value = self.raw(name)
        if value is None:
            return default
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            self.told.wrong(f"{self._at(name)} must be a whole number from {low:,} to {high:,}.")
            return default
        return value

    def number(self, name: str, low: float, high: float) -> float | None:
        value = self.raw(name)
        if value is None:
            return None
        if not isinstance(value, int | float) or isinstance(value, bool) or not low <= value <= high:
            self.told.wrong(f"{self._at(name)} must be a number from {low:g} to {high:g}.")
            return None
        return float(value)

    def flag(self, name: str, *, default: bool) -> bool:
        value = self.raw(name)
        if value is not None and not isinstance(value, bool):
            self.told.wrong(f"{self._at(name)} must be true or false.")
        return value if isinstance(value, bool) else default

    def listed(self, name: str, most: int) -> list[Any]:
        value = self.raw(name)
        if value is None:
            return []
        if not isinstance(value, list) or len(value) > most:
            self.told.wrong(f"{self._at(name)} must be a list of at most {most:,}.")
            return []
        return value

    def names(self, name: str, most: int) -> tuple[str, ...]:
        """A list of names of columns, each once."""
        found = self.listed(name, most)
        if not all(isinstance(each, str) and 0 < len(each) <= MOST_TEXT for each in found):
            self.told.wrong(f"{self._at(name)} must hold names of columns.")
            return ()
        if len(set(found)) != len(found):
            self.told.wrong(f"{self._at(name)} names a column twice.")
        return tuple(dict.fromkeys(found))

    def end(self) -> None:
        """What nobody has asked for is ignored, and told."""
        self.told.ignored += sorted(self._at(name) for name in self._left)


def is_value(value: Any) -> bool:
    """Whether it may be a hyperparameter's value."""
    if isinstance(value, str):
        return 0 < len(value) <= MOST_TEXT and value.isprintable()
    return isinstance(value, int | float) and abs(value) <= 1e15
