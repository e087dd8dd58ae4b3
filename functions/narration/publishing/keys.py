"""Where everything lives in the audio bucket: one function per key, its one spelling (the keys: docs/events.md).

What is below ``articles/`` and ``feeds/`` may be reached from outside; below ``articles/*/members/`` only by
subscribers; ``fragments/``, ``sounds/``, ``uses/``, ``listings/``, ``inbox/``, ``plans/``, ``reading/`` and
``rejected/`` never. An article's id is percent-encoded whole, so that no id can step out of its folder.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from types import MappingProxyType
from urllib.parse import quote

FULL, TEASER, TIMELINE = "full.mp3", "teaser.mp3", "timeline.json"
CHAPTERS, CAPTIONS = "chapters.vtt", "captions.vtt"
CHAPTERS_JSON = "chapters.json"
"""The chapters once more, in the form that podcast players read; only in editions, for the feeds point there."""

CONTENT_TYPES: Mapping[str, str] = MappingProxyType(
    {
        FULL: "audio/mpeg",
        TEASER: "audio/mpeg",
        TIMELINE: "application/json",
        CHAPTERS: "text/vtt; charset=utf-8",
        CAPTIONS: "text/vtt; charset=utf-8",
        CHAPTERS_JSON: "application/json+chapters",
    }
)


def article(article_id: str) -> str:
    return f"articles/{quote(article_id, safe='')}/"


def pointer(article_id: str) -> str:
    return article(article_id) + "latest.json"


def wanted(article_id: str) -> str:
    """Which version of an article anybody has asked for last."""
    return f"plans/wanted/{quote(article_id, safe='')}.json"


def editions(article_id: str, *, members: bool = False) -> str:
    """The folder of all editions; a premium article's full audio is kept in the members' one."""
    return article(article_id) + ("members/" if members else "") + "editions/"


def edition(article_id: str, edition_hash: str, *, members: bool = False) -> str:
    return f"{editions(article_id, members=members)}{edition_hash}/"


def fragment_audio(fragment_hash: str) -> str:
    return f"fragments/{fragment_hash}.mp3"


def fragment_sidecar(fragment_hash: str) -> str:
    return f"fragments/{fragment_hash}.json"


def fragment_marks(fragment_hash: str) -> str:
    """An object of its own, complete by itself: marks can be had later, and are then all that is paid for."""
    return f"fragments/{fragment_hash}.marks.json"


PROFILE = "reading/profile.toml"
"""How the publisher wants to be read: his own rules, pauses and words."""


def lexicon(language: str) -> str:
    """The publisher's pronunciations for voices of a language, as Polly writes it (de-DE), in W3C's PLS."""
    return f"reading/lexicons/{language}.pls"


def kept_profile(digest: str) -> str:
    """A profile by which an article was planned."""
    return f"reading/kept/{digest}.json"


def kept_lexicon(name: str) -> str:
    """A lexicon that a plan names, as it was then."""
    return f"reading/kept/{name}.pls"


def message(content_hash: str) -> str:
    return f"inbox/{content_hash}.json"


def plan(edition_hash: str) -> str:
    return f"plans/{edition_hash}.json"


def rejected(content_hash: str) -> str:
    return f"rejected/{content_hash}.json"


def users_of(sound: str) -> str:
    """The folder that names every article that was ever planned with a sound, under the article's encoded id."""
    return f"uses/{hashlib.sha256(sound.encode()).hexdigest()}/"


def use(sound: str, article_id: str) -> str:
    return users_of(sound) + quote(article_id, safe="")


def feed(section: str) -> str:
    return f"feeds/{section}.xml"


def listing(article_id: str) -> str:
    """Which sections' feeds an article was ever in."""
    return f"listings/articles/{quote(article_id, safe='')}.json"


def listed(section: str) -> str:
    """The folder of a section's articles; S3 lists them in the order of their keys, the newest first."""
    return f"listings/sections/{section}/"


def entry(section: str, order: str, article_id: str, edition_hash: str) -> str:
    """What a feed says of an edition; ``order`` sorts the newest first."""
    return f"{listed(section)}{order}/{quote(article_id, safe='')}/{edition_hash}.json"


def stable(article_id: str, edition_hash: str | None, *, premium: bool) -> dict[str, str | None]:
    """Every stable key of an article and the edition's object it must show; None where there must be nothing.

    With no edition (a withdrawn article) every stable key must be gone.
    """
    home = article(article_id)
    texts = (TIMELINE, CHAPTERS, CAPTIONS)
    sources: dict[str, str | None] = {home + name: None for name in (FULL, TEASER, *texts)}
    sources |= {f"{home}members/{name}": None for name in (FULL, *texts)}
    if edition_hash is None:
        return sources
    public = edition(article_id, edition_hash)
    for name in (TEASER if premium else FULL, *texts):
        sources[home + name] = public + name
    if premium:
        members = edition(article_id, edition_hash, members=True)
        for name in (FULL, *texts):
            sources[f"{home}members/{name}"] = members + name
    return sources
