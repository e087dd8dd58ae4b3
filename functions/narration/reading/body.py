"""An article's body as paragraphs: of the message itself, of its HTML, or of the object that ``body_s3`` names. Pure.

The rules of reading are laid over each of them. Paragraphs that a publisher wrote as such keep their places: what is
not read there leaves an empty one. The last check of an article stands here, too: whether it is too long in all, and
whether anything in it can be spoken.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from typing import TypeAlias

from narration.article import message_form, messages
from narration.article.text import speakable
from narration.errors import ArticleTooLong, BodyUnavailable, InvalidArticle, NothingToRead, NotJson
from narration.model import Article, Paragraph
from narration.reading import text_rules
from narration.reading.profile import Profile, house
from narration.reading.rules import Rule, Rules

MAX_BODY_BYTES = 5 * 1024 * 1024
"""Of the object that ``body_s3`` names."""

_JSON_LIST = re.compile(r"\s*\[\s*[\[{\]]")
_JSON_OBJECT = re.compile(r'\s*\{\s*["}]')


def build(message: messages.Message, body: bytes | None = None, profile: Profile | None = None) -> Article:
    """The article of a checked message; ``body`` is what ``message.body_s3`` names: HTML, or a JSON list of paragraphs.

    Paragraph indexes are the publisher's own where ``paragraphs`` came as a list: one without text stays in place and
    is not spoken. Drafts and withdrawals have no paragraphs. ``profile``: the house's where none is given.
    Raises InvalidArticle, BodyUnavailable, NothingToRead or ArticleTooLong; ValueError if a body is needed and was not
    given.
    """
    article = message.article
    if article.status != "published":
        return article
    profile = profile or house()
    rules = profile.rules
    if message.paragraphs is not None:
        paragraphs, left_out = _of_paragraphs(message.paragraphs, rules)
    elif message.body_html is not None:
        paragraphs, left_out = _of_html(message.body_html, article.language, rules)
    elif body is not None:
        paragraphs, left_out = _of_object(body, article.language, rules)
    else:
        raise ValueError("build needs the bytes that body_s3 names")
    _check_length(paragraphs)
    return replace(article, paragraphs=paragraphs, left_out=left_out, reading=profile.digest)


_Read: TypeAlias = "tuple[tuple[Paragraph, ...], dict[str, int]]"
"""Paragraphs, and how often each rule left something out."""


def _of_html(html: str, language: str, rules: Rules) -> _Read:
    from narration.reading import html_body  # with its patterns; an article of paragraphs has no need of them

    # One more than allowed is enough to refuse; reading the rest of a hostile body would only take time.
    reading = html_body.read(html, language, most=message_form.MAX_PARAGRAPHS + 1, rules=rules)
    return reading.paragraphs, reading.counts


def _of_paragraphs(paragraphs: Iterable[Paragraph], rules: Rules) -> _Read:
    counts: Counter[str] = Counter()

    def note(rule: Rule, _text: str) -> None:
        counts[rule.name] += 1

    def one(paragraph: Paragraph) -> Paragraph:
        if not paragraph.runs:
            return paragraph
        cut = text_rules.cut(paragraph.runs, rules, note, given=True)
        return Paragraph("pause") if cut.pause else replace(paragraph, runs=cut.runs)

    return tuple(map(one, paragraphs)), dict(sorted(counts.items()))


def _of_object(body: bytes, language: str, rules: Rules) -> _Read:
    if len(body) > MAX_BODY_BYTES:
        raise BodyUnavailable(f"body_s3 names an object of {len(body)} bytes: at most {MAX_BODY_BYTES} are read.")
    try:
        content = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BodyUnavailable(
            f"body_s3 names an object that is not UTF-8 text at byte {error.start}: store it as UTF-8."
        ) from None
    if _JSON_LIST.match(content):
        try:
            raw = messages.parse(content, "The object that body_s3 names")
        except NotJson as error:
            raise InvalidArticle(str(error)) from None
        message_form.check_count(raw)
        return _of_paragraphs(messages.spoken(message_form.paragraphs(raw, "body_s3"), language), rules)
    if _JSON_OBJECT.match(content):
        raise InvalidArticle("body_s3 must name HTML or a JSON list of paragraphs, not a JSON object.")
    return _of_html(content, language, rules)


def _check_length(paragraphs: tuple[Paragraph, ...]) -> None:
    message_form.check_count(paragraphs)
    texts = [paragraph.text for paragraph in paragraphs]
    characters = sum(map(len, texts))
    if characters > message_form.MAX_CHARACTERS:
        raise ArticleTooLong(
            f"The article has {characters:,} characters: "
            f"split it into articles of at most {message_form.MAX_CHARACTERS:,}."
        )
    if not any(speakable(text) for text in texts):
        raise NothingToRead("Nothing in the article can be spoken: give it a paragraph with words in it.")
