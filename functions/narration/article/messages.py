"""From the bytes of a message to a checked message: the trust boundary of the narration.

Any bytes give a message or a named error, whose text is one sentence that names the member to change and shows
at most a few of its characters. ``narration.reading.body`` makes the article of a checked message, because its body may
lie elsewhere.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

from narration.article import message_form
from narration.article.text import clean, excerpt, speakable
from narration.errors import InvalidArticle, NotJson, RejectedArticle
from narration.model import Article, Paragraph, Run, Teaser

MAX_MESSAGE_BYTES = 5 * 1024 * 1024
"""SNS ends at 256 KB; this only keeps a message that came another way from filling the function's memory."""
MAX_DIGITS = 32
"""No version has more digits than this, and Python would take quadratic time to read the number."""

_BODIES = ("paragraphs", "body_html", "body_s3")


@dataclass(frozen=True, slots=True)
class Message:
    """A message whose form is right. ``body_s3`` is the bucket and key of a body that is still to be read."""

    article: Article
    """The article without its paragraphs."""
    body_s3: tuple[str, str] | None = None
    paragraphs: tuple[Paragraph, ...] | None = None
    body_html: str | None = None


def read(data: bytes) -> Message:
    """Check the bytes of an SNS message.

    A withdrawal needs ``id``, ``version`` and ``status`` and nothing else of it is looked at. A draft's ``body_s3``
    is None, because a draft is not read aloud. Raises NotJson, InvalidArticle or ArticleTooLong (paragraphs).
    """
    raw = _object(data)
    if raw.get("status") == "withdrawn":
        form = message_form.withdrawal(raw)
        return Message(Article(form.id, form.version, "", "", form.status, (), ignored=_ignored(raw, nested=False)))
    _one_body(raw)
    message_form.check_count(raw.get("paragraphs"))
    return _message(message_form.article(raw), _ignored(raw))


def article_id(data: bytes) -> str | None:
    """The article that a message is about, also of one that is refused; None where it does not say."""
    try:
        found = _object(data).get("id")
    except RejectedArticle:
        return None
    if not isinstance(found, str) or not found:
        return None
    return found[: message_form.MAX_ID].encode("utf-8", "replace").decode()  # half a character is no text


def parse(content: str, what: str) -> object:
    """``content`` as JSON, read more strictly than Python does. ``what`` begins the sentence of NotJson."""
    try:
        return json.loads(content, object_pairs_hook=_unique, parse_constant=_no_constant, parse_int=_integer)
    except json.JSONDecodeError as error:
        raise NotJson(f"{what} must be JSON; it stops being so at line {error.lineno}, column {error.colno}.") from None
    except RecursionError:
        raise NotJson(f"{what} is nested too deeply: an article needs three levels.") from None


def spoken(forms: Sequence[message_form.AnyParagraph], language: str) -> tuple[Paragraph, ...]:
    """Checked paragraphs as they will be spoken; ``language`` is the article's."""

    def one(form: message_form.AnyParagraph) -> Paragraph:
        if isinstance(form, message_form.SoundParagraph):
            return Paragraph("sound", sound=form.sound)
        if isinstance(form, message_form.PauseParagraph):
            return Paragraph("pause", pause=round(form.seconds * 1000) if form.seconds else None)
        words = clean(form.text)
        lang = form.lang if form.lang != language else None
        return Paragraph(form.kind, (Run(words, lang),) if words else ())

    return tuple(one(form) for form in forms)


def _object(data: bytes) -> dict[str, Any]:
    if len(data) > MAX_MESSAGE_BYTES:
        raise InvalidArticle(f"The message has {len(data)} bytes: put the body into S3 and name it in body_s3.")
    try:
        content = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise NotJson(f"The message must be JSON in UTF-8; byte {error.start} is not.") from None
    raw = parse(content, "The message")
    if not isinstance(raw, dict):
        raise NotJson("The message must be a JSON object: put the article's members into { }.")
    return raw


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


def _ignored(raw: dict[str, Any], *, nested: bool = True) -> tuple[str, ...]:
    """Names of members that are not part of the contract, each once; those of paragraphs as ``paragraphs[].name``."""
    names = set(raw) - message_form.MEMBERS
    if nested:
        if isinstance(raw.get("teaser"), dict):
            names |= {f"teaser.{name}" for name in raw["teaser"] if name not in message_form.TeaserForm.model_fields}
        names |= {f"paragraphs[].{name}" for name in _unknown_in(raw.get("paragraphs"))}
    return tuple(sorted({excerpt(name, 80)[1:-1] for name in names}))


def _unknown_in(paragraphs: object) -> set[str]:
    kinds = (message_form.SpokenParagraph, message_form.SoundParagraph, message_form.PauseParagraph)
    known = {name for kind in kinds for name in kind.model_fields}
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
        byline=_said(form.byline),
        spoken_title=form.spoken_title,
        priority=form.priority,
        replays=form.replays,
        ignored=ignored,
    )
    if form.paragraphs is not None:
        return Message(article, paragraphs=spoken(form.paragraphs, form.language))
    if form.body_html is not None:
        return Message(article, body_html=form.body_html)
    if form.body_s3 is None or form.status == "draft":
        return Message(article)
    _, _, bucket, key = form.body_s3.split("/", 3)
    return Message(article, body_s3=(bucket, key))


def _teaser(form: message_form.TeaserForm | None) -> Teaser | None:
    if form is None:
        return None
    teaser = Teaser(form.sound, _said(form.note))
    return teaser if teaser.sound or teaser.note else None


def _said(text: str | None) -> str | None:
    """A short text as it will be spoken, None where there is nothing to say."""
    words = clean(text or "")
    return words if speakable(words) else None
