"""The form of a publisher's ``reading/profile.toml``, checked before anything of it is used."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic_core import PydanticCustomError

from narration.article import language_tags
from narration.errors import BrokenProfile
from narration.reading.rules import Guard, Logic

MAX_RULES = 100
"""Of a publisher's own: each that leaves something out is a metric of its own."""
MAX_WORDS = 2_000
MAX_PATTERN = 4_000
MAX_PAUSE = 10_000
"""Milliseconds."""


def _wrong(sentence: str) -> PydanticCustomError:
    return PydanticCustomError("rule", "{sentence}", {"sentence": sentence})


def _pattern(value: str) -> str:
    try:
        re.compile(value, re.IGNORECASE)
    except (re.error, OverflowError, RecursionError) as error:
        raise _wrong(f"is no pattern that Python can read ({error})") from None
    return value


def _phrase(value: str) -> str:
    if not re.fullmatch(r"[a-z0-9]+( [a-z0-9]+){0,5}\$?", value):
        raise _wrong("must be up to six words of a-z and 0-9 with a space between them, such as 'read more'")
    return value


def _language(value: str) -> str:
    tag = language_tags.canonical(value)
    if tag is None:
        raise _wrong("must be a BCP 47 language tag such as 'de' or 'de-DE'")
    return tag


Pattern = Annotated[str, Field(max_length=MAX_PATTERN), AfterValidator(_pattern)]
Phrase = Annotated[str, AfterValidator(_phrase)]
Name = Annotated[str, Field(pattern=r"^[a-z0-9-]{1,40}$")]
Few = Annotated[list[str], Field(max_length=500)]
Pause = Annotated[int, Field(ge=0, le=MAX_PAUSE)]
SayAs = Literal["characters", "spell-out", "digits", "cardinal", "ordinal", "fraction", "unit", "telephone"]
Short = Annotated[str, Field(min_length=1, max_length=200)]


class _Form(BaseModel):
    # A member that nobody knows is most likely a slip of the pen, and would be ignored in silence.
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class RuleForm(_Form):
    why: str = ""
    off: bool = False
    elements: Few = []
    roles: Few = []
    epub_types: Few = []
    attributes: Few = []
    classes: Annotated[list[Phrase], Field(max_length=500)] = []
    style: Pattern = ""
    except_classes: Annotated[list[Phrase], Field(max_length=500)] = []
    except_attributes: Few = []
    logic: Logic = ""
    guards: list[Guard] = []
    pattern: Pattern = ""
    needs: Few = []
    scope: Literal["text", "paragraph"] = "text"
    say: Literal["", "host"] = ""
    most: Annotated[int, Field(ge=0)] = 0
    links: bool = False
    whole: bool = False
    pause: bool = False
    paragraphs: bool = False


class PausesForm(_Form):
    heading: Pause | None = None
    text: Pause | None = None
    quote: Pause | None = None
    note: Pause | None = None
    title: Pause | None = None
    sound: Pause | None = None
    within: Pause | None = None
    ornament: Pause | None = None


class WordForm(_Form):
    text: Short
    language: Annotated[str, AfterValidator(_language)] | None = None
    alias: Short | None = None
    phoneme: Short | None = None
    alphabet: Literal["ipa", "x-sampa"] | None = None
    say_as: SayAs | None = None

    @model_validator(mode="after")
    def _one_way(self) -> WordForm:
        if sum(one is not None for one in (self.alias, self.phoneme, self.say_as)) != 1:
            raise _wrong("needs one of alias, phoneme and say_as")
        if self.alphabet is not None and self.phoneme is None:
            raise _wrong("has an alphabet but no phoneme")
        return self


class ProfileForm(_Form):
    rule: Annotated[dict[Name, RuleForm], Field(max_length=MAX_RULES)] = {}
    pauses: PausesForm = PausesForm()
    word: Annotated[list[WordForm], Field(max_length=MAX_WORDS)] = []


def checked(document: object) -> ProfileForm:
    """A profile's document. Raises BrokenProfile with one sentence about the first member that is wrong."""
    try:
        return ProfileForm.model_validate(document)
    except ValidationError as error:
        problems = error.errors(include_url=False, include_input=False)
        first = problems[0]
        where = ".".join(str(part) for part in first["loc"] if part != "[key]")
        said = first["ctx"]["sentence"] if first["type"] == "rule" else first["msg"]
        if first["type"] == "extra_forbidden":
            said = "is not known here: correct its name or take it out"
        more = f" ({len(problems) - 1} more to mend)" if len(problems) > 1 else ""
        raise BrokenProfile(f"reading/profile.toml: {where} {said}{more}.") from None
