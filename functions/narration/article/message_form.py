"""The form of an article message, checked where a stranger's data comes in; the only user of pydantic here.

``events/schemas/narration/article-message.json`` says the same in JSON Schema; a test holds the two together. What
neither can say (how long an article is in all, whether there is anything to read) is decided in
``narration.reading.body``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import cache
from typing import Annotated, Any, Literal, TypeAlias, TypeVar
from urllib.parse import quote

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainValidator,
    TypeAdapter,
    ValidationError,
)
from pydantic_core import ErrorDetails, PydanticCustomError

from narration.article import language_tags, text, versions
from narration.errors import ArticleTooLong, InvalidArticle
from narration.model import Engine, Priority, SpokenTitle

MAX_PARAGRAPHS = 2_000
MAX_CHARACTERS = 300_000
"""The longest article: paragraphs, and characters of all of them together. More is ArticleTooLong."""

MAX_ID = 200
MAX_ENCODED_ID = 1024 - len("articles//members/editions//timeline.json") - 64
"""Bytes that S3's 1,024 for a key leave for the id, percent-encoded, in the longest key made from it."""
MAX_TITLE = 1_000
MAX_NOTE = 1_000
MAX_BYLINE = 1_000
MAX_PAUSE_SECONDS = 10
MAX_URL = 2_048

_SOUND = re.compile(rf"sounds(/(?!\.{{1,2}}(/|$))[^/{text.CONTROL_CLASS}]+)+")
_S3_URI = re.compile(rf"s3://[a-z0-9][a-z0-9.-]{{1,61}}[a-z0-9]/[^{text.CONTROL_CLASS}]+")
_URL = re.compile(rf"https?://[^\s{text.CONTROL_CLASS}]+")

_REPLAYED = re.compile(r"inbox/[0-9a-f]{40}\.json")

_SURROGATE = re.compile("[\ud800-\udfff]")

T = TypeVar("T")


def _wrong(sentence: str) -> PydanticCustomError:
    """A broken rule; ``sentence`` goes on after the member's name. Braces would be read as a template."""
    return PydanticCustomError("rule", "{sentence}", {"sentence": sentence})


def _whole(value: str) -> str:
    """JSON can escape half of a surrogate pair; nothing that writes UTF-8 can carry it on."""
    if _SURROGATE.search(value):
        raise _wrong("holds half of a surrogate pair: send whole characters")
    return value


def _not_null(value: object) -> object:
    """A member that may be left out is still not null; its default is not validated and never comes here."""
    if value is None:
        raise _wrong("must not be null: leave it out instead")
    return value


def _checked(rule: Callable[[str], str]) -> AfterValidator:
    return AfterValidator(lambda value: rule(_whole(value)))


def _id(value: str) -> str:
    if not 1 <= len(value) <= MAX_ID:
        raise _wrong(f"must have 1 to {MAX_ID} characters, not {len(value)}")
    if text.CONTROL.search(value):
        raise _wrong("must not hold control characters")
    if value in {".", ".."}:
        raise _wrong("must not be '.' or '..', which browsers take out of an address")
    if len(quote(value, safe="")) > MAX_ENCODED_ID:
        raise _wrong(f"must not take more than {MAX_ENCODED_ID} bytes when it is percent-encoded")
    return value


def _version(value: object) -> int | str:
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= versions.MAX_INTEGER:
        return value
    if isinstance(value, str) and _is_time(value):
        return value
    raise _wrong("must be an integer from 0 to 2**63-1 or an RFC 3339 time such as '2026-11-20T08:30:00Z'")


def _is_time(value: str) -> bool:
    try:
        versions.instant(value)
    except ValueError:
        return False
    return True


def _time(value: str) -> str:
    if not _is_time(value):
        raise _wrong("must be an RFC 3339 time with offset such as '2026-11-20T08:30:00Z'")
    return value


def _language(value: str) -> str:
    tag = language_tags.canonical(value)
    if tag is None:
        raise _wrong(f"must be a BCP 47 language tag such as 'de-DE', not {text.excerpt(value)}")
    return tag


def _replayed(value: str) -> str:
    if not _REPLAYED.fullmatch(value):
        raise _wrong("must be the key of the message that is published, such as 'inbox/<40 hex>.json'")
    return value


def _title(value: str) -> str:
    if len(value) > MAX_TITLE:
        raise _wrong(f"must have at most {MAX_TITLE} characters, not {len(value)}")
    if not text.clean(value).strip():
        raise _wrong("must not be empty")
    return value


def _note(value: str) -> str:
    if len(value) > MAX_NOTE:
        raise _wrong(f"must have at most {MAX_NOTE} characters, not {len(value)}")
    return value


def _byline(value: str) -> str:
    if len(value) > MAX_BYLINE:
        raise _wrong(f"must have at most {MAX_BYLINE} characters, not {len(value)}")
    return value


def _seconds(value: object) -> float:
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 < value <= MAX_PAUSE_SECONDS:
        return float(value)
    raise _wrong(f"must be a number of seconds above 0 and up to {MAX_PAUSE_SECONDS}")


def _sound(value: str) -> str:
    if not _SOUND.fullmatch(value) or len(value.encode()) > 1024:
        raise _wrong(f"must be the key of an object under 'sounds/' without '..', not {text.excerpt(value)}")
    return value


def _section(value: str) -> str:
    if not re.fullmatch("[a-z0-9-]{1,64}", value):
        raise _wrong(f"must be 1 to 64 characters of a-z, 0-9 and '-', not {text.excerpt(value)}")
    return value


def _voice(value: str) -> str:
    if not re.fullmatch("[A-Za-z]{1,64}", value):
        raise _wrong(f"must be the id of a Polly voice such as 'Vicki', not {text.excerpt(value)}")
    return value


def _s3_uri(value: str) -> str:
    if not _S3_URI.fullmatch(value) or len(value.split("/", 3)[3].encode()) > 1024:
        raise _wrong(f"must have the form 's3://bucket/key', not {text.excerpt(value)}")
    return value


def _url(value: str) -> str:
    if len(value) > MAX_URL or not _URL.fullmatch(value):
        raise _wrong(f"must be an http or https address of at most {MAX_URL} characters")
    return value


Text = Annotated[str, AfterValidator(_whole)]
Given = Annotated[T | None, BeforeValidator(_not_null)]
"""A member that may be left out; if it is there, it has a value."""
Id = Annotated[str, _checked(_id)]
Version = Annotated[int | str, PlainValidator(_version)]
LanguageTag = Annotated[str, _checked(_language)]
SoundKey = Annotated[str, _checked(_sound)]
Time = Annotated[str, _checked(_time)]
Title = Annotated[str, _checked(_title)]
Note = Annotated[str, _checked(_note)]
Byline = Annotated[str, _checked(_byline)]
Seconds = Annotated[float, PlainValidator(_seconds)]
Replayed = Annotated[str, _checked(_replayed)]
Section = Annotated[str, _checked(_section)]
VoiceId = Annotated[str, _checked(_voice)]
S3Uri = Annotated[str, _checked(_s3_uri)]
Url = Annotated[str, _checked(_url)]


class _Form(BaseModel):
    # Strict: "1" is no integer and 1 is no string, for a wrong guess would be spoken or published.
    model_config = ConfigDict(strict=True, extra="ignore", frozen=True)


class SpokenParagraph(_Form):
    kind: Literal["heading", "text", "quote"]
    text: Text
    lang: Given[LanguageTag] = None


class SoundParagraph(_Form):
    kind: Literal["sound"]
    sound: SoundKey


class PauseParagraph(_Form):
    kind: Literal["pause"]
    seconds: Given[Seconds] = None


AnyParagraph: TypeAlias = SpokenParagraph | SoundParagraph | PauseParagraph
ParagraphForm = Annotated[AnyParagraph, Field(discriminator="kind")]


class TeaserForm(_Form):
    sound: Given[SoundKey] = None
    note: Given[Note] = None


class Withdrawal(_Form):
    """All that a withdrawal needs. Nothing else is looked at: audio must go even if the rest is broken."""

    id: Id
    version: Version
    status: Literal["withdrawn"]


class ArticleForm(_Form):
    id: Id
    version: Version
    title: Title
    language: LanguageTag
    status: Literal["published", "draft", "withdrawn"]
    paragraphs: Given[list[ParagraphForm]] = None
    body_html: Given[Text] = None
    body_s3: Given[S3Uri] = None
    published_at: Given[Time] = None
    section: Given[Section] = None
    premium: bool = False
    voice: Given[VoiceId] = None
    engine: Given[Engine] = None
    url: Given[Url] = None
    teaser: Given[TeaserForm] = None
    byline: Given[Byline] = None
    spoken_title: Given[SpokenTitle] = None
    priority: Priority = "normal"
    replays: Given[Replayed] = None


MEMBERS = frozenset(ArticleForm.model_fields)


def article(raw: dict[str, Any]) -> ArticleForm:
    """Check a whole message. Raises InvalidArticle with one sentence about the first member that is wrong."""
    return _validated(lambda: ArticleForm.model_validate(raw), ())


def withdrawal(raw: dict[str, Any]) -> Withdrawal:
    """Check a withdrawal. Raises InvalidArticle."""
    return _validated(lambda: Withdrawal.model_validate(raw), ())


def check_count(paragraphs: object) -> None:
    """Raises ArticleTooLong for more than 2,000 paragraphs; cheap, and so asked before their form is checked."""
    if isinstance(paragraphs, list | tuple) and len(paragraphs) > MAX_PARAGRAPHS:
        raise ArticleTooLong(
            f"The article has more than {MAX_PARAGRAPHS:,} paragraphs: split it into several articles."
        )


def paragraphs(raw: object, where: str) -> list[AnyParagraph]:
    """Check a list of paragraphs that was kept outside of the message, ``where`` naming it in errors."""
    return _validated(lambda: _paragraph_list().validate_python(raw, strict=True), (where,))


@cache
def _paragraph_list() -> TypeAdapter[list[AnyParagraph]]:
    return TypeAdapter(list[ParagraphForm])


def _validated(validate: Callable[[], T], prefix: tuple[str, ...]) -> T:
    try:
        return validate()
    except ValidationError as error:
        problems = error.errors(include_url=False, include_input=False)
        more = f" ({len(problems) - 1} more to mend)" if len(problems) > 1 else ""
        raise InvalidArticle(_sentence(problems[0], prefix) + more + ".") from None


_FRAGMENTS = {
    "missing": "is missing: add it",
    "string_type": "must be a string",
    "bool_type": "must be true or false",
    "list_type": "must be a list",
    "union_tag_not_found": "is missing: make it heading, text, quote, sound or pause",
    "union_tag_invalid": "must be heading, text, quote, sound or pause",
}


def _sentence(problem: ErrorDetails, prefix: tuple[str, ...]) -> str:
    where = _member((*prefix, *problem["loc"]))
    kind, context = problem["type"], problem.get("ctx", {})
    if kind.startswith("union_tag_"):
        where += ".kind"
    if kind == "rule":
        return f"{where} {context['sentence']}"
    if kind == "literal_error":
        return f"{where} must be {context['expected']}"
    if kind in {"model_type", "model_attributes_type", "dict_type"}:
        return f"{where} must be an object"
    return f"{where} {_FRAGMENTS.get(kind) or 'is not valid: ' + problem['msg']}"


def _member(location: Sequence[int | str]) -> str:
    """``('paragraphs', 3, 'text', 'text')`` as ``paragraphs[3].text``: what follows an index is the union's tag."""
    name = ""
    tagged = False
    for part in location:
        if isinstance(part, int):
            name += f"[{part}]"
        elif not tagged:
            name += f".{part}" if name else part
        tagged = isinstance(part, int)
    return name
