"""A podcast feed per section: RSS 2.0 with the tags of iTunes and of the podcast namespace. Pure.

Sources: the RSS 2.0 specification (rssboard.org/rss-specification), Apple's "A Podcaster's Guide to RSS", and the
podcast namespace (podcastindex.org/namespace/1.0) with its JSON chapters 1.2.
"""

from __future__ import annotations

import uuid
import xml.etree.ElementTree as ET
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import UTC, date, datetime, timedelta
from email.utils import format_datetime
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

from common.objects import encode
from narration.article import text, versions
from narration.model import SCHEMA
from narration.publishing import keys

LATEST = 100
"""Articles in a feed. Players keep what they have; a longer feed only costs every one of their visits more."""

MOST_DESCRIPTION = 400
"""Characters of an item's description; Apple takes 4,000 bytes and shows a few lines."""

CONTENT_TYPE = "application/rss+xml; charset=utf-8"

_NAMESPACES = {
    "xmlns:atom": "http://www.w3.org/2005/Atom",
    "xmlns:itunes": "http://www.itunes.com/dtds/podcast-1.0.dtd",
    "xmlns:podcast": "https://podcastindex.org/namespace/1.0",
}
_RESERVED = "%/:?#[]@!$&'()*+,;=~"
"""What stays as it is in an address that may hold other scripts (RFC 3987, section 3.1)."""
_PODCAST_GUIDS = uuid.UUID("ead4c236-bf58-58c6-a2c6-a6b28d128cb6")
"""The namespace in which podcast:guid is made from a feed's address (podcast namespace, "guid")."""


@dataclass(frozen=True, slots=True)
class Channel:
    """What is the same for all items of a section's feed; empty members are left out."""

    section: str
    base_url: str
    title: str
    description: str
    link: str = ""
    author: str = ""
    email: str = ""
    image: str = ""
    category: str = ""
    language: str = ""
    copyright: str = ""
    explicit: bool = False

    @property
    def url(self) -> str:
        return address(self.base_url, keys.feed(self.section))


@dataclass(frozen=True, slots=True)
class Entry:
    """An article in a feed, all of it public: of a premium article the teaser, never what members hear."""

    article: str
    edition: str
    title: str
    description: str
    language: str
    published: str
    """RFC 3339."""
    audio: str
    """Key of the MP3. That of the edition, so that its length, chapters and captions always belong to it."""
    bytes: int
    samples: int
    sample_rate: int
    url: str | None = None
    chapters: str | None = None
    captions: str | None = None


def channel(section: str, base_url: str, settings: Mapping[str, Any] | None = None) -> Channel:
    """The channel of a section by ``feeds.toml`` (or by ``settings`` of the same shape)."""
    known = settings if settings is not None else _settings()
    members = {**known["channel"], **known.get("sections", {}).get(section, {})}
    shown = {name: value.replace("{section}", section) for name, value in members.items() if isinstance(value, str)}
    return Channel(section, base_url.rstrip("/"), **{**members, **shown})


def address(base_url: str, key: str) -> str:
    """The address of an object: its key percent-encoded once more, for a key's own "%2F" is three characters."""
    return f"{base_url.rstrip('/')}/{quote(key, safe='/')}"


def order(published: str) -> str:
    """Twelve digits that sort the newest first, as S3 lists keys in ascending order only."""
    return f"{min(max(999_999_999_999 - int(versions.instant(published)), 0), 999_999_999_999):012d}"


def dump(entry: Entry) -> bytes:
    return encode({"schema": SCHEMA, **asdict(entry)})


def load(document: Mapping[str, Any]) -> Entry:
    """An entry read back from S3; members written by a newer release are ignored."""
    known = {field.name for field in fields(Entry)}
    return Entry(**{name: value for name, value in document.items() if name in known})


def describe(timeline: Mapping[str, Any]) -> str:
    """The first text paragraph of a ``timeline.json``, cut at a word; empty where there is none."""
    spoken = [item for item in timeline["items"] if item["kind"] == "text"]
    first = " ".join(item["text"] for item in spoken if item["paragraph"] == spoken[0]["paragraph"])
    if len(first) <= MOST_DESCRIPTION:
        return first
    return f"{first[:MOST_DESCRIPTION].rpartition(' ')[0]} …"


def render(about: Channel, entries: Sequence[Entry]) -> bytes:
    """The feed of ``entries``, newest first, of which at most 100 are shown. The same arguments give the same bytes."""
    shown = entries[:LATEST]
    rss = ET.Element("rss", {"version": "2.0", **_NAMESPACES})
    top = ET.SubElement(rss, "channel")
    _head(top, about, shown)
    for entry in shown:
        _item(ET.SubElement(top, "item"), about, entry)
    ET.indent(rss)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ET.tostring(rss, encoding="unicode")}\n'.encode()


def pub_date(published: str) -> str:
    """An RFC 3339 time in the form of RFC 822 with a year of four digits, in GMT; a leap second is the next one."""
    days, seconds = divmod(int(versions.instant(published)), 86_400)
    day = date.fromordinal(min(max(days, 1), date.max.toordinal()))
    moment = datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(seconds=seconds)
    return format_datetime(moment, usegmt=True)


def guid(url: str) -> str:
    """podcast:guid: the UUIDv5 of a feed's address without its scheme."""
    return str(uuid.uuid5(_PODCAST_GUIDS, url.partition("://")[2].rstrip("/")))


def _head(top: ET.Element, about: Channel, entries: Sequence[Entry]) -> None:
    language = about.language or (entries[0].language if entries else "")
    link = about.link or about.base_url
    _texts(
        top,
        {
            "title": about.title,
            "link": link,
            "description": about.description,
            "language": language,
            "copyright": about.copyright,
            "pubDate": pub_date(entries[0].published) if entries else "",
            "generator": "Millrace",
            "itunes:author": about.author,
            "itunes:type": "episodic",
            "itunes:explicit": str(about.explicit).lower(),
            "podcast:guid": guid(about.url),
        },
    )
    ET.SubElement(top, "atom:link", {"href": about.url, "rel": "self", "type": "application/rss+xml"})
    if about.category:
        ET.SubElement(top, "itunes:category", {"text": _clean(about.category)})
    if about.email:
        owner = {"itunes:name": about.author or about.title, "itunes:email": about.email}
        _texts(ET.SubElement(top, "itunes:owner"), owner)
    if about.image:
        ET.SubElement(top, "itunes:image", {"href": about.image})
        _texts(ET.SubElement(top, "image"), {"url": about.image, "title": about.title, "link": link})


def _item(item: ET.Element, about: Channel, entry: Entry) -> None:
    _texts(
        item,
        {
            "title": entry.title,
            "link": quote(entry.url or "", safe=_RESERVED),
            "description": _clean(entry.description) or entry.title,
            "pubDate": pub_date(entry.published),
            "itunes:duration": str(max(1, round(entry.samples / entry.sample_rate))),
            "itunes:explicit": str(about.explicit).lower(),
        },
    )
    # Encoded, the id is unique and free of anything that XML or a player might change.
    ET.SubElement(item, "guid", {"isPermaLink": "false"}).text = quote(entry.article, safe="")
    audio = {"url": address(about.base_url, entry.audio), "length": str(entry.bytes), "type": "audio/mpeg"}
    ET.SubElement(item, "enclosure", audio)
    if entry.chapters:
        at = address(about.base_url, entry.chapters)
        ET.SubElement(item, "podcast:chapters", {"url": at, "type": "application/json+chapters"})
    if entry.captions:
        at = address(about.base_url, entry.captions)
        captions = {"url": at, "type": "text/vtt", "language": entry.language, "rel": "captions"}
        ET.SubElement(item, "podcast:transcript", captions)


def _texts(parent: ET.Element, texts: Mapping[str, str]) -> None:
    """A child for each text that is not empty."""
    for tag, value in texts.items():
        if cleaned := _clean(value):
            ET.SubElement(parent, tag).text = cleaned


def _clean(value: str) -> str:
    """What XML 1.0 can carry; half a character becomes a question mark."""
    return text.clean(value).encode("utf-8", "replace").decode()


@cache
def _settings() -> dict[str, Any]:
    import tomllib

    with Path(__file__).with_name("feeds.toml").open("rb") as file:
        return tomllib.load(file)
