"""The nouns of a narration, in the order in which they come to be: article, fragment, item, timeline, pointer.

Plain frozen dataclasses without behaviour that needs AWS or a clock. Positions and lengths are counted in samples of
the edition's sample rate; milliseconds are never stored.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

SCHEMA = 1
EVENT_SOURCE = "millrace.narration"
SAMPLE_BYTES = 2
"""Decoded audio is signed 16-bit mono at ``SAMPLE_RATE`` everywhere."""

SAMPLE_RATE = 24_000
"""Hertz. Neural, long-form and generative voices speak at 24 kHz; standard voices are asked for the same."""

ParagraphKind = Literal["heading", "text", "quote", "sound", "pause"]
ItemKind = Literal["title", "heading", "text", "quote", "sound", "note", "pause"]
SpokenTitle = Literal["none", "title", "byline"]
"""What is said before the text: nothing, the title, or the title and who wrote it."""
Status = Literal["published", "draft", "withdrawn"]
Priority = Literal["high", "normal", "low"]
Engine = Literal["standard", "neural", "long-form", "generative"]


@dataclass(frozen=True, slots=True)
class Say:
    """How a word is said: an SSML element (sub, phoneme, say-as) and its attributes."""

    tag: str
    attributes: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Run:
    """A stretch of text in one language; ``lang`` (BCP 47) only where it differs from the article's. ``say`` only for
    a word that is said otherwise than it is written. A line feed in ``text`` is a line that ends without punctuation:
    a space with a short pause."""

    text: str
    lang: str | None = None
    say: Say | None = None


@dataclass(frozen=True, slots=True)
class Paragraph:
    """One paragraph in reading order: spoken ``runs``, or for ``kind`` sound the key of an object under ``sounds/``;
    kind pause is silence only."""

    kind: ParagraphKind
    runs: tuple[Run, ...] = ()
    sound: str | None = None
    pause: int | None = None
    """Milliseconds of a pause, None for the usual one."""

    @property
    def text(self) -> str:
        return "".join(run.text for run in self.runs)


@dataclass(frozen=True, slots=True)
class Teaser:
    """What a reader without subscription hears after the first text paragraph: a sound, then a spoken note."""

    sound: str | None
    note: str | None


@dataclass(frozen=True, slots=True)
class Article:
    """A validated article message. ``version`` keeps the publisher's own spelling (an integer or an RFC 3339 time)."""

    id: str
    version: int | str
    title: str
    language: str
    status: Status
    paragraphs: tuple[Paragraph, ...]
    published_at: str | None = None
    section: str | None = None
    premium: bool = False
    voice: str | None = None
    engine: Engine | None = None
    url: str | None = None
    teaser: Teaser | None = None
    byline: str | None = None
    """Who wrote it, as it is said: "By Jane Ward"."""
    spoken_title: SpokenTitle | None = None
    """What is said before the text, where this article is not to follow the stack's parameter."""
    priority: Priority = "normal"
    """Who is spoken first where many wait. It changes no sound, so it is in no hash."""
    replays: str | None = None
    """The message, by its key, that this one says once more, otherwise: the same version with another voice."""
    ignored: tuple[str, ...] = ()
    """Names of members that are not part of the contract: ignored and counted."""
    left_out: Mapping[str, int] = field(default_factory=dict)
    """How often each rule of reading left something of the body out, by its name."""
    reading: str = ""
    """The digest of the rules that the body was read by; empty where there is nothing to read."""


@dataclass(frozen=True, slots=True)
class Voice:
    """A Polly voice as it will be asked for."""

    id: str
    engine: Engine
    language: str


@dataclass(frozen=True, slots=True)
class Fragment:
    """One request to Polly. ``hash`` covers everything that changes the sound and nothing else."""

    hash: str
    ssml: str
    characters: int
    """Billed characters: the text without its tags."""
    voice: str
    engine: Engine
    language: str
    format: str = "mp3"
    sample_rate: int = SAMPLE_RATE
    lexicons: tuple[str, ...] = ()
    """Names of the pronunciation lexicons that Polly applies, in this order; a name holds a hash of the content."""


@dataclass(frozen=True, slots=True)
class Item:
    """One thing to be heard, in order: a fragment of speech or a sound. Pauses are made by the timeline."""

    kind: ItemKind
    paragraph: int | None
    """Index in the article's paragraphs; a paragraph that was split has several items; None for a teaser's note."""
    text: str = ""
    fragment: str | None = None
    """Hash of the fragment, None for a sound."""
    sound: str | None = None
    """Key under ``sounds/``, None for speech."""
    pause: int | None = None
    """Milliseconds of silence behind it; None where its kind and that of what follows say how long."""


@dataclass(frozen=True, slots=True)
class Clip:
    """What is known of a decoded piece of audio without decoding it again; lengths in samples."""

    samples: int
    lead_silence: int
    tail_silence: int
    loudness_lufs: float | None = None
    """Integrated, -70 where it is silent; None where it was measured by a release that did not keep it. The same for
    ``peak_dbfs``, the highest sample."""
    peak_dbfs: float | None = None


@dataclass(frozen=True, slots=True)
class Span:
    """A sentence or a word and the stretch ``[start, end)`` of the merged audio in which it is heard, in samples."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class TimelineItem:
    """A stretch ``[start, end)`` of the merged audio, in samples."""

    kind: ItemKind
    paragraph: int | None
    start: int
    end: int
    fragment: str | None = None
    text: str = ""
    sentences: tuple[Span, ...] = ()
    """In order, without overlaps, inside the item; only where speech marks were asked for. The same for ``words``."""
    words: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class Chapter:
    title: str
    start: int


@dataclass(frozen=True, slots=True)
class Timeline:
    """Where everything is in the merged audio. ``items`` cover ``[0, samples)`` without gaps or overlaps."""

    sample_rate: int
    samples: int
    items: tuple[TimelineItem, ...]
    chapters: tuple[Chapter, ...]


@dataclass(frozen=True, slots=True)
class Pointer:
    """``articles/<id>/latest.json``: the commit. What it does not name is not published."""

    article: str
    version: int | str
    status: Literal["published", "withdrawn"]
    edition: str | None
    message: str
    """Key of the message under ``inbox/`` that this state came from."""
    premium: bool = False
    sounds_revision: int = 0
    extra: dict[str, Any] = field(default_factory=dict)
