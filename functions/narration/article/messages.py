"""From the bytes of a message to an article: the trust boundary of the narration.

Two steps, because a body may lie elsewhere: ``read`` checks the message; where the message has a ``body_s3``, the
caller fetches those bytes; ``build`` makes the article. Any bytes at all give an article or a named error, whose
message is one sentence that names the member to change and shows at most a few of its characters.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import dataclass, replace
from typing import Any, NoReturn

from narration.article import message_form
from narration.article.text import clean, excerpt, speakable
from narration.errors import ArticleTooLong, BodyUnavailable, InvalidArticle, NothingToRead, NotJson
from narration.model import Article, Paragraph, Run, Teaser
from narration.reading import html_body

MAX_PARAGRAPHS = 2_000
MAX_CHARACTERS = 300_000
MAX_MESSAGE_BYTES = 5 * 1024 * 1024
"""SNS ends at 256 KB; this only keeps a message that came another way from filling the function's memory."""
MAX_BODY_BYTES = 5 * 1024 * 1024
MAX_DIGITS = 32
"""A number of more digits than this is nobody's version, and Python would take quadratic time to read it."""

_BODIES = ("paragraphs", "body_html", "body_s3")
_JSON_LIST = re.compile(r"\s*\[\s*[\[{\]]")
_JSON_OBJECT = re.compile(r'\s*\{\s*["}]')


@dataclass(frozen=True, slots=True)
class Message:
    """A message whose form is right. ``body_s3`` is the bucket and key of a body that ``build`` still needs."""

    article: Article
    """The article without its paragraphs."""
    body_s3: tuple[str, str] | None = None
    paragraphs: tuple[Paragraph, ...] | None = None
    body_html: str | None = None


def read(data: bytes) -> Message:
    """Check the bytes of an SNS message.

    A withdrawal needs ``id``, ``version`` and ``status`` and nothing else of it is looked at. A draft's ``body_s3``
    is None, for nobody will read it. Raises NotJson, InvalidArticle or ArticleTooLong (2,000 paragraphs).
    """
    raw = _object(data)
    if raw.get("status") == "withdrawn":
        form = message_form.withdrawal(raw)
        return Message(Article(form.id, form.version, "", "", form.status, (), ignored=_ignored(raw, nested=False)))
    _one_body(raw)
    _few_paragraphs(raw.get("paragraphs"))
    return _message(message_form.article(raw), _ignored(raw))


def build(message: Message, body: bytes | None = None) -> Article:
    """The article of a checked message; ``body`` is what ``message.body_s3`` names: HTML, or a JSON list of paragraphs.

    Paragraph indexes are the publisher's own where ``paragraphs`` came as a list: one without text stays in place and
    is not spoken. Drafts and withdrawals have no paragraphs. Raises InvalidArticle, BodyUnavailable, NothingToRead or
    ArticleTooLong; ValueError if a body is needed and was not given.
    """
    article = message.article
    if article.status != "published":
        return article
    if message.paragraphs is not None:
        paragraphs = message.paragraphs
    elif message.body_html is not None:
        paragraphs = _from_html(message.body_html, article.language)
    elif body is not None:
        paragraphs = _fetched(body, article.language)
    else:
        raise ValueError("build needs the bytes that body_s3 names")
    _check_length(paragraphs)
    return replace(article, paragraphs=paragraphs)


def _object(data: bytes) -> dict[str, Any]:
    if len(data) > MAX_MESSAGE_BYTES:
        raise InvalidArticle(f"The message has {len(data)} bytes: put the body into S3 and name it in body_s3.")
    try:
        content = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise NotJson(f"The message must be JSON in UTF-8; byte {error.start} is not.") from None
    raw = _json(content, "The message")
    if not isinstance(raw, dict):
        raise NotJson("The message must be a JSON object: put the article's members into { }.")
    return raw


def _json(content: str, what: str) -> object:
    try:
        return json.loads(content, object_pairs_hook=_unique, parse_constant=_no_constant, parse_int=_integer)
    except json.JSONDecodeError as error:
        raise NotJson(f"{what} must be JSON; it stops being so at line {error.lineno}, column {error.colno}.") from None
    except RecursionError:
        raise NotJson(f"{what} is nested too deeply: an article needs three levels.") from None


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Two readers of a doubled member may each believe another value; so it is refused, not resolved."""
    members = dict(pairs)
    if len(members) < len(pairs):
        twice = Counter(name for name, _ in pairs).most_common(1)[0][0]
        raise InvalidArticle(f"Member {excerpt(twice)} is given twice in one object: keep one of them.")
    return members


def _no_constant(name: str) -> NoReturn:
    raise NotJson(f"The message must be JSON, which has no {name}: send a number, or leave the member out.")


def _integer(digits: str) -> int:
    if len(digits) > MAX_DIGITS:
        raise InvalidArticle(f"A number of {len(digits)} digits begins {digits[:10]}: use at most {MAX_DIGITS}.")
    return int(digits)


def _one_body(raw: dict[str, Any]) -> None:
    given = [name for name in _BODIES if name in raw]
    if not given:
        raise InvalidArticle("The body is missing: add paragraphs, body_html or body_s3.")
    if len(given) > 1:
        raise InvalidArticle(f"There is more than one body ({', '.join(given)}): keep one of them.")


def _few_paragraphs(raw: object) -> None:
    if isinstance(raw, list | tuple) and len(raw) > MAX_PARAGRAPHS:
        raise ArticleTooLong(
            f"The article has more than {MAX_PARAGRAPHS:,} paragraphs: split it into several articles."
        )


def _from_html(html: str, language: str) -> tuple[Paragraph, ...]:
    # One more than allowed is enough to refuse; reading the rest of a hostile body would only take time.
    return html_body.paragraphs(html, language, most=MAX_PARAGRAPHS + 1)


def _ignored(raw: dict[str, Any], *, nested: bool = True) -> tuple[str, ...]:
    """Names of members that no one asked for, each once; those of paragraphs as ``paragraphs[].name``."""
    names = set(raw) - message_form.MEMBERS
    if nested:
        if isinstance(raw.get("teaser"), dict):
            names |= {f"teaser.{name}" for name in raw["teaser"] if name not in message_form.TeaserForm.model_fields}
        names |= {f"paragraphs[].{name}" for name in _unknown_in(raw.get("paragraphs"))}
    return tuple(sorted({excerpt(name, 80)[1:-1] for name in names}))


def _unknown_in(paragraphs: object) -> set[str]:
    known = {*message_form.SpokenParagraph.model_fields, *message_form.SoundParagraph.model_fields}
    if not isinstance(paragraphs, list):
        return set()
    return {name for paragraph in paragraphs if isinstance(paragraph, dict) for name in paragraph} - known


def _message(form: message_form.ArticleForm, ignored: tuple[str, ...]) -> Message:
    article = Article(
        id=form.id,
        version=form.version,
        title=clean(form.title),
        language=form.language,
        status=form.status,
        paragraphs=(),
        published_at=form.published_at,
        section=form.section,
        premium=form.premium,
        voice=form.voice,
        engine=form.engine,
        url=form.url,
        teaser=_teaser(form.teaser),
        ignored=ignored,
    )
    if form.paragraphs is not None:
        return Message(article, paragraphs=_spoken(form.paragraphs, form.language))
    if form.body_html is not None:
        return Message(article, body_html=form.body_html)
    if form.body_s3 is None or form.status == "draft":
        return Message(article)
    _, _, bucket, key = form.body_s3.split("/", 3)
    return Message(article, body_s3=(bucket, key))


def _teaser(form: message_form.TeaserForm | None) -> Teaser | None:
    if form is None:
        return None
    note = clean(form.note or "")
    teaser = Teaser(form.sound, note if speakable(note) else None)
    return teaser if teaser.sound or teaser.note else None


def _spoken(
    forms: list[message_form.SpokenParagraph | message_form.SoundParagraph], language: str
) -> tuple[Paragraph, ...]:
    def one(form: message_form.SpokenParagraph | message_form.SoundParagraph) -> Paragraph:
        if isinstance(form, message_form.SoundParagraph):
            return Paragraph("sound", sound=form.sound)
        spoken = clean(form.text)
        lang = form.lang if form.lang != language else None
        return Paragraph(form.kind, (Run(spoken, lang),) if spoken else ())

    return tuple(one(form) for form in forms)


def _fetched(body: bytes, language: str) -> tuple[Paragraph, ...]:
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
            raw = _json(content, "The object that body_s3 names")
        except NotJson as error:
            raise InvalidArticle(str(error)) from None
        _few_paragraphs(raw)
        return _spoken(message_form.paragraphs(raw, "body_s3"), language)
    if _JSON_OBJECT.match(content):
        raise InvalidArticle("body_s3 must name HTML or a JSON list of paragraphs, not a JSON object.")
    return _from_html(content, language)


def _check_length(paragraphs: tuple[Paragraph, ...]) -> None:
    _few_paragraphs(paragraphs)
    texts = [paragraph.text for paragraph in paragraphs]
    characters = sum(map(len, texts))
    if characters > MAX_CHARACTERS:
        raise ArticleTooLong(
            f"The article has {characters:,} characters: split it into articles of at most {MAX_CHARACTERS:,}."
        )
    if not any(speakable(text) for text in texts):
        raise NothingToRead("Nothing in the article can be spoken: give it a paragraph with words in it.")
