"""Where everything lives in the audio bucket (DESIGN of the keys: docs/events.md).

What is below ``articles/`` and ``feeds/`` may be reached from outside; below ``articles/*/members/`` only by
subscribers; ``fragments/``, ``sounds/``, ``inbox/``, ``plans/`` and ``rejected/`` never. An article's id is
percent-encoded whole, so that no id can step out of its folder.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from urllib.parse import quote

FULL, TEASER, TIMELINE, CHAPTERS = "full.mp3", "teaser.mp3", "timeline.json", "chapters.vtt"

CONTENT_TYPES: Mapping[str, str] = MappingProxyType(
    {FULL: "audio/mpeg", TEASER: "audio/mpeg", TIMELINE: "application/json", CHAPTERS: "text/vtt; charset=utf-8"}
)


def article(article_id: str) -> str:
    return f"articles/{quote(article_id, safe='')}/"


def pointer(article_id: str) -> str:
    return article(article_id) + "latest.json"


def editions(article_id: str, *, members: bool = False) -> str:
    """The folder of all editions; a premium article's full audio is kept in the members' one."""
    return article(article_id) + ("members/" if members else "") + "editions/"


def edition(article_id: str, edition_hash: str, *, members: bool = False) -> str:
    return f"{editions(article_id, members=members)}{edition_hash}/"


def fragment_audio(fragment_hash: str) -> str:
    return f"fragments/{fragment_hash}.mp3"


def fragment_sidecar(fragment_hash: str) -> str:
    return f"fragments/{fragment_hash}.json"


def message(content_hash: str) -> str:
    return f"inbox/{content_hash}.json"


def plan(edition_hash: str) -> str:
    return f"plans/{edition_hash}.json"


def rejected(content_hash: str) -> str:
    return f"rejected/{content_hash}.json"


def stable(article_id: str, edition_hash: str | None, *, premium: bool) -> dict[str, str | None]:
    """Every stable key of an article and the edition's object it must show; None where there must be nothing.

    With no edition (a withdrawn article) every stable key must be gone.
    """
    home = article(article_id)
    names = (FULL, TEASER, TIMELINE, CHAPTERS)
    wanted: dict[str, str | None] = {home + name: None for name in names}
    wanted |= {f"{home}members/{name}": None for name in (FULL, TIMELINE, CHAPTERS)}
    if edition_hash is None:
        return wanted
    public = edition(article_id, edition_hash)
    for name in (TEASER, TIMELINE, CHAPTERS) if premium else (FULL, TIMELINE, CHAPTERS):
        wanted[home + name] = public + name
    if premium:
        members = edition(article_id, edition_hash, members=True)
        for name in (FULL, TIMELINE, CHAPTERS):
            wanted[f"{home}members/{name}"] = members + name
    return wanted
