"""Words that are said otherwise than they are written: a publisher's list, laid over the text before SSML is built.

A word is found whole and with its own capitals, the longest first. What an engine has no tag for is said as it is
written (``narration.speech.ssml``).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from narration.article.language_tags import primary
from narration.model import Article, Paragraph, Run, Say


@dataclass(frozen=True, slots=True)
class Word:
    """How ``text`` is said in ``language`` (a BCP 47 tag, all languages where it is empty): by an ``alias``, by a
    ``phoneme`` in an alphabet of Polly's, or as what ``say_as`` names (Polly's ``interpret-as``)."""

    text: str
    language: str = ""
    alias: str = ""
    phoneme: str = ""
    alphabet: str = "ipa"
    say_as: str = ""

    def say(self) -> Say:
        if self.alias:
            return Say("sub", (("alias", self.alias),))
        if self.phoneme:
            return Say("phoneme", (("alphabet", self.alphabet), ("ph", self.phoneme)))
        return Say("say-as", (("interpret-as", self.say_as),))


def told(article: Article, words: Sequence[Word]) -> Article:
    """``article`` with each of ``words`` as a run of its own that knows how it is said."""
    return replace(article, paragraphs=tuple(paragraph(one, article.language, words) for one in article.paragraphs))


def paragraph(one: Paragraph, language: str, words: Sequence[Word]) -> Paragraph:
    """One paragraph of an article in ``language``."""
    if not words or not one.runs:
        return one
    return replace(one, runs=tuple(part for run in one.runs for part in _parts(run, language, words)))


def _parts(run: Run, language: str, words: Sequence[Word]) -> Iterator[Run]:
    spoken = run.lang or language
    by_text = {one.text: one for one in reversed(words) if one.text in run.text and _speaks(one, spoken)}
    if not by_text:
        yield run
        return
    pattern = re.compile(rf"(?<!\w)(?:{_either(by_text)})(?!\w)")
    at = 0
    for match in pattern.finditer(run.text):
        if match.start() > at:
            yield Run(run.text[at : match.start()], run.lang)
        yield Run(match[0], run.lang, by_text[match[0]].say())
        at = match.end()
    if at < len(run.text):
        yield Run(run.text[at:], run.lang)


def _speaks(word: Word, language: str) -> bool:
    return word.language in {"", language, primary(language)}


def _either(texts: Iterable[str]) -> str:
    return "|".join(re.escape(text) for text in sorted(texts, key=len, reverse=True))
