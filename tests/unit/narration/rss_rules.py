"""The rules of RSS 2.0, of Apple Podcasts and of the podcast namespace, as far as our feeds use them.

``broken_rules`` reads the bytes of a feed with a parser and gives a sentence for each rule that is broken. The rules
are written from the specifications and know nothing of ``narration.publishing.feeds``: rssboard.org/rss-specification
("Required channel elements", "Elements of item"), Apple's "A Podcaster's Guide to RSS", podcastindex.org/namespace/1.0.
"""

from __future__ import annotations

import re
import uuid
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from datetime import datetime
from urllib.parse import urlsplit

ATOM = "{http://www.w3.org/2005/Atom}"
ITUNES = "{http://www.itunes.com/dtds/podcast-1.0.dtd}"
PODCAST = "{https://podcastindex.org/namespace/1.0}"

# RFC 822 section 5, as changed by RFC 1123 section 5.2.14: the year has four digits.
RFC_822 = re.compile(
    r"(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d{2} (Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) \d{4} "
    r"\d{2}:\d{2}:\d{2} (GMT|[+-]\d{4})"
)
LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*")
ITEM = {"title", "link", "description", "author", "category", "comments", "enclosure", "guid", "pubDate", "source"}
CHANNEL = {
    *("title", "link", "description", "language", "copyright", "managingEditor", "webMaster", "pubDate"),
    *("lastBuildDate", "category", "generator", "docs", "cloud", "ttl", "image", "rating", "textInput"),
    *("skipHours", "skipDays", "item"),
}
ONCE = {"title", "link", "description", "guid", "enclosure", "pubDate", f"{ITUNES}duration", f"{ITUNES}explicit"}


def broken_rules(feed: bytes) -> list[str]:
    """Nothing for a feed that keeps to them all. Raises ParseError for what is not well-formed XML."""
    rss = ET.fromstring(feed)
    if rss.tag != "rss" or rss.get("version") != "2.0":
        return ["the root must be <rss version='2.0'>"]
    channels = rss.findall("channel")
    if len(rss) != 1 or len(channels) != 1:
        return ["<rss> must hold one <channel> and nothing else"]
    return [*_channel(channels[0]), *_items(channels[0].findall("item"))]


def _channel(channel: ET.Element) -> Iterator[str]:
    yield from _known(channel, CHANNEL)
    for name in ("title", "link", "description"):
        if len(channel.findall(name)) != 1 or not channel.findtext(name):
            yield f"channel needs one {name}"
    yield from _address(channel.findtext("link"), "channel link")
    yield from _dates(channel)
    language = channel.findtext("language")
    if language is not None and not LANGUAGE.fullmatch(language):
        yield f"{language!r} is no language code"
    links = [link for link in channel.findall(f"{ATOM}link") if link.get("rel") == "self"]
    if len(links) != 1 or links[0].get("type") != "application/rss+xml":
        yield "channel needs one atom:link to itself"
    else:
        yield from _address(links[0].get("href"), "atom:link")
    if channel.findtext(f"{ITUNES}explicit") not in {"true", "false"}:
        yield "itunes:explicit must be true or false"
    for image in channel.findall(f"{ITUNES}image"):
        yield from _address(image.get("href"), "itunes:image")
    for image in channel.findall("image"):
        yield from _address(image.findtext("url"), "image url")
        if (image.findtext("title"), image.findtext("link")) != (channel.findtext("title"), channel.findtext("link")):
            yield "an image must have the channel's title and link"
    for owner in channel.findall(f"{ITUNES}owner"):
        if not (owner.findtext(f"{ITUNES}name") and owner.findtext(f"{ITUNES}email")):
            yield "itunes:owner needs name and email"
    guid = channel.findtext(f"{PODCAST}guid")
    if guid is None or uuid.UUID(guid).version != 5:
        yield "podcast:guid must be a UUIDv5"


def _items(items: list[ET.Element]) -> Iterator[str]:
    guids = [item.findtext("guid") for item in items]
    if len(set(guids)) != len(guids) or not all(guids):
        yield "every item needs a guid of its own"
    for item in items:
        yield from _item(item)


def _item(item: ET.Element) -> Iterator[str]:
    yield from _known(item, ITEM)
    for name in ONCE:
        if len(item.findall(name)) > 1:
            yield f"{name} may be there once in an item"
    if not (item.findtext("title") and item.findtext("description")):
        yield "an item of a podcast needs title and description"
    if item.find("link") is not None:
        yield from _address(item.findtext("link"), "item link")
    guid = item.find("guid")
    if guid is not None and guid.get("isPermaLink", "true") != "false":
        yield from _address(guid.text, "a guid that is a permalink")
    yield from _dates(item)
    enclosure = item.find("enclosure")
    if enclosure is None or set(enclosure.attrib) != {"url", "length", "type"}:
        yield "an enclosure has exactly url, length and type"
        return
    yield from _address(enclosure.get("url"), "enclosure")
    if not re.fullmatch("[1-9][0-9]*", enclosure.get("length", "")) or enclosure.get("type") != "audio/mpeg":
        yield "an enclosure has its length in bytes and its media type"
    if not re.fullmatch("[1-9][0-9]*", item.findtext(f"{ITUNES}duration", "")):
        yield "itunes:duration is a number of seconds"
    for name, kind in (("chapters", "application/json+chapters"), ("transcript", "text/vtt")):
        for found in item.findall(f"{PODCAST}{name}"):
            yield from _address(found.get("url"), name)
            if found.get("type") != kind:
                yield f"podcast:{name} has the type {kind}"


def _known(element: ET.Element, names: set[str]) -> Iterator[str]:
    """An element without namespace must be one of the specification's."""
    for child in element:
        if not child.tag.startswith("{") and child.tag not in names:
            yield f"RSS has no {child.tag} in {element.tag}"


def _dates(element: ET.Element) -> Iterator[str]:
    for name in ("pubDate", "lastBuildDate"):
        for found in element.findall(name):
            value = found.text or ""
            if not RFC_822.fullmatch(value):
                yield f"{value!r} is no date of RFC 822"
            elif datetime.strptime(value[5:16], "%d %b %Y").strftime("%a") != value[:3]:
                yield f"{value!r} is another day of the week"


def _address(value: str | None, what: str) -> Iterator[str]:
    parts = urlsplit(value or "")
    if parts.scheme not in {"http", "https"} or not parts.netloc:
        yield f"{what} must be an absolute address, not {value!r}"
    elif not re.fullmatch(r"[!-~]+", value or "") or re.search(r"%(?![0-9A-Fa-f]{2})", value or ""):
        yield f"{what} is not percent-encoded: {value!r}"
