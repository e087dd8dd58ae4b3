"""Pronunciation lexicons: stored per account and Region, checked and applied as Polly does (developer guide, "Managing
lexicons"; quotas in "Quotas in Amazon Polly"; the form is W3C's Pronunciation Lexicon Specification 1.0).

An alias is spoken in the place of its word. A phoneme is marked and spoken as it is written: eSpeak NG is given none.
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any
from xml.etree import ElementTree

from local.services.errors import ServiceError
from local.services.polly.ssml import Piece
from local.services.polly.voices import languages

MAX_LEXICONS = 100
MAX_CHARACTERS = 40_000
"""Of one lexicon. Stored copies of the quotas page say 4,000, the current one 40,000."""
MAX_REPLACEMENT = 100
ALPHABETS = frozenset({"ipa", "x-sampa"})

_PLS = "{http://www.w3.org/2005/01/pronunciation-lexicon}"
_LANG = "{http://www.w3.org/XML/1998/namespace}lang"


@dataclass(frozen=True, slots=True)
class Lexicon:
    """``words``: SSML tag and attribute by which each is said."""

    name: str
    content: str
    language: str
    alphabet: str
    words: dict[str, tuple[str, dict[str, str]]]
    modified: float

    def attributes(self) -> dict[str, Any]:
        return {
            "Alphabet": self.alphabet,
            "LanguageCode": self.language,
            "LastModified": self.modified,
            "LexemesCount": len(self.words),
            "Size": len(self.content),
        }


def parse(name: str, content: str) -> Lexicon:
    """Raises ServiceError for what Polly refuses, by Polly's names."""
    if len(content) > MAX_CHARACTERS:
        raise ServiceError("LexiconSizeExceededException", "The maximum size of the lexicon would be exceeded.")
    if "<!DOCTYPE" in content:
        raise _invalid("a document type declaration is not allowed")
    try:
        root = ElementTree.fromstring(content)  # noqa: S314 - no document type, so no entity is ever expanded
    except ElementTree.ParseError as error:
        raise _invalid(str(error)) from error
    if root.tag != _PLS + "lexicon":
        raise _invalid("the root element must be <lexicon> of the PLS namespace")
    alphabet, language = root.get("alphabet", ""), root.get(_LANG, "")
    if alphabet not in ALPHABETS:
        raise ServiceError("UnsupportedPlsAlphabetException", f"The alphabet {alphabet!r} is not supported.")
    if language not in languages():
        raise ServiceError("UnsupportedPlsLanguageException", f"The language {language!r} is not supported.")
    words = dict(_words(root, alphabet))
    return Lexicon(name, content, language, alphabet, words, time.time())


def _words(root: ElementTree.Element, alphabet: str) -> Iterator[tuple[str, tuple[str, dict[str, str]]]]:
    for lexeme in root.iter(_PLS + "lexeme"):
        said = {tag: (lexeme.findtext(_PLS + tag) or "").strip() for tag in ("alias", "phoneme")}
        graphemes = [(one.text or "").strip() for one in lexeme.iter(_PLS + "grapheme")]
        if not graphemes or not all(graphemes) or not any(said.values()):
            raise _invalid("each <lexeme> needs a <grapheme> and an <alias> or a <phoneme>")
        if max(map(len, said.values())) > MAX_REPLACEMENT:
            raise ServiceError("MaxLexemeLengthExceededException", "The maximum size of the lexeme would be exceeded.")
        for grapheme in graphemes:
            if said["alias"]:
                yield grapheme, ("sub", {"alias": said["alias"]})
            else:
                yield grapheme, ("phoneme", {"alphabet": alphabet, "ph": said["phoneme"]})


@dataclass(slots=True)
class Share:
    """The lexicons of one account in one Region."""

    _lexicons: dict[str, Lexicon] = field(default_factory=dict)

    def put(self, name: str, content: str) -> None:
        if name not in self._lexicons and len(self._lexicons) >= MAX_LEXICONS:
            raise ServiceError(
                "MaxLexiconsNumberExceededException", "The maximum number of lexicons would be exceeded."
            )
        self._lexicons[name] = parse(name, content)

    def get(self, name: str) -> dict[str, Any]:
        found = self._named(name)
        return {"Lexicon": {"Name": name, "Content": found.content}, "LexiconAttributes": found.attributes()}

    def delete(self, name: str) -> None:
        self._named(name)
        del self._lexicons[name]

    def described(self) -> list[dict[str, Any]]:
        return [{"Name": name, "Attributes": one.attributes()} for name, one in sorted(self._lexicons.items())]

    def applied(self, pieces: Sequence[Piece], names: Sequence[str], language: str) -> list[Piece]:
        """``pieces`` with each word of the lexicons ``names`` in an element that says how it is spoken; the first
        lexicon that has a word counts, and one of another language than the voice's has none."""
        chosen = [self._named(name) for name in names]
        words: dict[str, tuple[str, dict[str, str]]] = {}
        for lexicon in reversed([one for one in chosen if one.language == language]):
            words |= lexicon.words
        if not words:
            return list(pieces)
        either = "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))
        pattern = re.compile(rf"(?<!\w)(?:{either})(?!\w)")
        return [part for piece in pieces for part in _parts(piece, pattern, words)]

    def _named(self, name: str) -> Lexicon:
        if name not in self._lexicons:
            raise ServiceError("LexiconNotFoundException", f"Lexicon not found: {name}", 404)
        return self._lexicons[name]


def _parts(piece: Piece, pattern: re.Pattern[str], words: dict[str, tuple[str, dict[str, str]]]) -> Iterator[Piece]:
    whole = len(piece.text.encode()) == piece.end - piece.start  # an entity is one character, and no word
    at = 0
    for match in pattern.finditer(piece.text) if piece.kind == "text" and whole else ():
        yield from _text(piece, at, match.start())
        tag, attributes = words[match[0]]
        (inner,) = _text(piece, match.start(), match.end())
        yield Piece("open", inner.start, inner.start, tag=tag, attributes=attributes)
        yield inner
        yield Piece("close", inner.end, inner.end, tag=tag)
        at = match.end()
    if at == 0:
        yield piece
    else:
        yield from _text(piece, at, len(piece.text))


def _text(piece: Piece, first: int, last: int) -> Iterator[Piece]:
    if first < last:
        start = piece.start + len(piece.text[:first].encode())
        text = piece.text[first:last]
        yield Piece("text", start, start + len(text.encode()), text)


class Store:
    """A share for each account and Region."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._shares: dict[tuple[str, str], Share] = {}

    def of(self, account: str, region: str) -> Share:
        with self._lock:
            return self._shares.setdefault((account, region), Share())


STORE = Store()


def _invalid(why: str) -> ServiceError:
    return ServiceError("InvalidLexiconException", f"The lexicon is not valid: {why}.")
