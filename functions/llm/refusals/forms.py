"""The forms of ``forms.toml``: what a prompt asks for, and how the beginning of a completion takes it up."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any, Final, Literal

from llm.refusals.cues import groups_of, searching
from llm.refusals.text import Sentence, plain, words_of

Scope = Literal["prompt", "first", "text"]

PROMPT: Final = 400
"""Characters of a prompt that are looked at: it says at its start what it wants."""


@dataclass(frozen=True)
class Form:
    """One form, or one of the ways to put it. ``words``: without one of them in the text no search; ``also``: nor
    without one of each of these. ``opens``: only where the text begins."""

    name: str
    words: frozenset[str]
    also: tuple[frozenset[str], ...]
    pattern: str
    opens: bool

    def holds(self, sentence: Sentence) -> bool:
        """Whether a sentence with one of ``words`` has the form."""
        for group in self.also:
            if group.isdisjoint(sentence.words):
                return False
        return self._search(sentence.text) is not None

    @cached_property
    def _search(self) -> Callable[..., re.Match[str] | None]:
        return searching(self.pattern, self.opens)


@dataclass(frozen=True, slots=True)
class Asked:
    """A prompt, read: its beginning as one plain sentence, and the names of its forms."""

    sentence: Sentence
    forms: frozenset[str]


NOTHING: Final = Asked(Sentence(0, "", frozenset()), frozenset())
"""No prompt."""


@cache
def tables() -> dict[str, Any]:
    """``forms.toml``, examples and all."""
    import tomllib  # late: importing a handler need not pay for it

    return tomllib.loads(Path(__file__).with_name("forms.toml").read_text(encoding="utf-8"))


@cache
def forms(scope: Scope) -> tuple[Form, ...]:
    """The forms of one scope, in the file's order. One with ways is several of its name, each with words of its own: a
    search for all ways at once takes longest where there is none."""
    parts: dict[str, str] = tables()["parts"]
    groups = {name: frozenset(words.split()) for name, words in tables()["groups"].items()}
    made = []
    for form in tables()["form"]:
        if form["scope"] == scope:
            for way in form.get("way", [form]):
                pattern = way["pattern"]
                for name, part in parts.items():
                    pattern = pattern.replace("{" + name + "}", part)
                also = groups_of(way, groups)
                made.append(Form(form["name"], frozenset(way["words"]), also, pattern, way.get("opens", False)))
    return tuple(made)


@cache
def _by_word(scope: Scope) -> tuple[frozenset[str], Mapping[str, tuple[int, ...]]]:
    """The words that may set off a form of one scope, and the places in ``forms`` of those that each does."""
    found: dict[str, tuple[int, ...]] = {}
    for place, form in enumerate(forms(scope)):
        for word in form.words:
            found[word] = (*found.get(word, ()), place)
    return frozenset(found), found


def found(scope: Scope, sentence: Sentence) -> set[str]:
    """Names of the forms of ``scope`` that a sentence has."""
    known, by_word = _by_word(scope)
    hits = known & sentence.words
    if not hits:
        return set()
    known_forms, names = forms(scope), set()
    for place in {place for word in hits for place in by_word[word]}:
        form = known_forms[place]
        if form.name not in names and form.holds(sentence):
            names.add(form.name)
    return names


@cache
def _asking(names: frozenset[str]) -> tuple[tuple[Form, ...], frozenset[str]]:
    """The forms of prompts with these names, and the words of which each has one."""
    wanted = tuple(form for form in forms("prompt") if form.name in names)
    return wanted, frozenset().union(*(form.words for form in wanted))


def asks(prompt: str, names: frozenset[str]) -> bool:
    """Whether a prompt has one of the forms with these names; cheaper than all that it asks for."""
    text = plain(prompt[:PROMPT])
    wanted, gate = _asking(names)
    words = frozenset(words_of(text))
    if gate.isdisjoint(words):
        return False
    sentence = Sentence(0, text, words)
    return any(not form.words.isdisjoint(words) and form.holds(sentence) for form in wanted)


def ask(prompt: str) -> Asked:
    """What a prompt asks for."""
    text = plain(prompt[:PROMPT])
    if not text:
        return NOTHING
    sentence = Sentence(0, text, frozenset(words_of(text)))
    return Asked(sentence, frozenset(found("prompt", sentence)))
