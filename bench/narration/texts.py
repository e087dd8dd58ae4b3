"""Articles and a history of their edits, made by a seeded generator: the same on every machine."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass

Paragraphs = list[list[str]]
"""Paragraphs of sentences."""

_WHO = ("The council", "A spokesman for the port", "The ministry", "One resident", "The operator", "A committee")
_DID = ("said", "confirmed", "denied", "explained", "repeated", "admitted")
_WHAT = (
    "that the new line would open {when}",
    "that {n} million had been set aside for the work",
    "that ferries would leave from the old pier {when}",
    "that repairs at {place} would take {n} weeks",
    "that nobody had expected the river to rise by {n} centimetres",
    "that the storm had closed {n} roads around {place}",
)
_AFTER = (
    "",
    ", after a long debate",
    ", though the figures are disputed",
    "; more is expected {when}",
    ", sources said",
)
_WHEN = ("in the spring", "on Tuesday", "before the end of the year", "next month", "at the weekend")
_PLACE = ("Northgate", "the harbour", "Elm Street", "the central station", "Lower Marsh")

EDITS = {
    "a word mended": 22,
    "a sentence rewritten": 10,
    "a sentence added": 9,
    "a sentence cut": 3,
    "a paragraph added": 6,
    "a paragraph cut": 2,
    "paragraphs moved": 2,
    "only the title": 3,
    "saved unchanged": 3,
}
"""How often each kind of edit comes in the history, which is the order in which they are shuffled."""


@dataclass(frozen=True)
class Version:
    edit: str
    paragraphs: tuple[str, ...]


def sentence(source: random.Random) -> str:
    text = f"{source.choice(_WHO)} {source.choice(_DID)} {source.choice(_WHAT)}{source.choice(_AFTER)}."
    return text.format(n=source.randint(2, 990), when=source.choice(_WHEN), place=source.choice(_PLACE))


def article(source: random.Random, paragraphs: int = 14) -> Paragraphs:
    return [[sentence(source) for _ in range(source.randint(2, 6))] for _ in range(paragraphs)]


def text(paragraph: list[str]) -> str:
    return " ".join(paragraph)


def trace(seed: int = 2026) -> list[Version]:
    """A first version, and one more version per edit: 61 of them."""
    source = random.Random(seed)
    body = article(source)
    versions = [Version("first version", tuple(map(text, body)))]
    edits = list(Counter(EDITS).elements())
    source.shuffle(edits)
    for edit in edits:
        _apply(edit, body, source)
        versions.append(Version(edit, tuple(map(text, body))))
    return versions


def _apply(edit: str, body: Paragraphs, source: random.Random) -> None:
    at = source.randrange(len(body))
    within = source.randrange(len(body[at]))
    if edit == "a word mended":
        words = body[at][within].split(" ")
        words.insert(source.randrange(1, len(words)), source.choice(("also", "still", "largely", "now")))
        body[at][within] = " ".join(words)
    elif edit == "a sentence rewritten":
        body[at][within] = sentence(source)
    elif edit == "a sentence added":
        body[at].insert(within, sentence(source))
    elif edit == "a sentence cut":
        roomy = next(paragraph for paragraph in body if len(paragraph) > 2)
        del roomy[-1]
    elif edit == "a paragraph added":
        body.insert(at, [sentence(source) for _ in range(3)])
    elif edit == "a paragraph cut":
        del body[at]
    elif edit == "paragraphs moved":
        body[0], body[at] = body[at], body[0]
