from __future__ import annotations

import json
import re
import tomllib
import xml.etree.ElementTree as ET
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import feedparser
import pytest
from hypothesis import given
from hypothesis import strategies as st

from narration.audio.captions import chapters_json
from narration.model import Chapter, Timeline
from narration.publishing import feeds, keys
from tests.unit.narration.builders import timeline_members
from tests.unit.narration.rss_rules import ITUNES, PODCAST, broken_rules

BASE = "https://audio.example.com/news/"
SETTINGS = {
    "channel": {"title": "{section}, read aloud", "description": "All of {section}.", "category": "News"},
    "sections": {"travel": {"title": "On the road", "author": "The Post", "email": "audio@example.com"}},
}
ABOUT = feeds.channel("travel", BASE, SETTINGS)


def entry(article="harbour-7", **changes):
    home = keys.edition(article, "ab" * 32)
    valid = feeds.Entry(
        article=article,
        edition="ab" * 32,
        title="Der Hafen wächst",
        description="Am Montag hat der Rat den Ausbau beschlossen.",
        language="de-DE",
        published="2026-03-02T07:00:00+01:00",
        audio=home + "full.mp3",
        bytes=123_456,
        samples=24_000 * 61,
        sample_rate=24_000,
    )
    return replace(valid, **changes)


def items(body):
    return ET.fromstring(body).findall("channel/item")


def test_a_feed_holds_what_players_read():
    home = keys.edition("harbour-7", "ab" * 32)
    one = entry(url="https://example.com/hafen", chapters=home + "chapters.json", captions=home + "captions.vtt")
    body = feeds.render(ABOUT, [one])
    assert broken_rules(body) == []
    (item,) = items(body)
    assert item.findtext("title") == "Der Hafen wächst"
    assert item.findtext("pubDate") == "Mon, 02 Mar 2026 06:00:00 GMT"
    assert item.findtext("guid") == "harbour-7"
    assert item.find("guid").attrib == {"isPermaLink": "false"}
    assert item.findtext(f"{ITUNES}duration") == "61"
    at = f"https://audio.example.com/news/articles/harbour-7/editions/{'ab' * 32}"
    assert item.find("enclosure").attrib == {"url": f"{at}/full.mp3", "length": "123456", "type": "audio/mpeg"}
    assert item.find(f"{PODCAST}chapters").attrib == {"url": f"{at}/chapters.json", "type": "application/json+chapters"}
    assert item.find(f"{PODCAST}transcript").attrib == {
        "url": f"{at}/captions.vtt",
        "type": "text/vtt",
        "language": "de-DE",
        "rel": "captions",
    }


def test_feedparser_opens_it():
    parsed = feedparser.parse(feeds.render(ABOUT, [entry("b", title="Zwei & <drei>"), entry("a", url="https://e.x/a")]))
    assert not parsed.bozo
    assert parsed.version == "rss20"
    assert (parsed.feed.title, parsed.feed.author, parsed.feed.language) == ("On the road", "The Post", "de-DE")
    assert [one.title for one in parsed.entries] == ["Zwei & <drei>", "Der Hafen wächst"]
    assert [one.id for one in parsed.entries] == ["b", "a"]
    assert not parsed.entries[0].guidislink
    assert parsed.entries[0].published_parsed[:6] == (2026, 3, 2, 6, 0, 0)
    assert parsed.entries[0].itunes_duration == "61"
    assert parsed.entries[0].enclosures[0].length == "123456"
    assert parsed.entries[1].link == "https://e.x/a"


def test_the_channel_comes_from_the_settings():
    channel = ET.fromstring(feeds.render(ABOUT, [])).find("channel")
    assert channel.findtext(f"{ITUNES}owner/{ITUNES}email") == "audio@example.com"
    assert channel.find(f"{ITUNES}category").attrib == {"text": "News"}
    assert channel.find("pubDate") is None
    assert channel.findtext("link") == "https://audio.example.com/news"
    other = feeds.channel("city", BASE, SETTINGS)
    assert (other.title, other.author, other.url) == (
        "city, read aloud",
        "",
        "https://audio.example.com/news/feeds/city.xml",
    )
    assert "<itunes:owner" not in feeds.render(other, [entry()]).decode()


def test_an_image_is_named_twice():
    about = replace(ABOUT, image="https://example.com/cover.jpg")
    body = feeds.render(about, [])
    assert broken_rules(body) == []
    assert body.count(b"https://example.com/cover.jpg") == 2


def test_the_settings_that_ship_give_a_valid_feed():
    known = tomllib.loads((Path(feeds.__file__).parent / "feeds.toml").read_text())
    about = feeds.channel("local-news", BASE)
    assert about.title == known["channel"]["title"].replace("{section}", "local-news")
    for section in ("local-news", *known["sections"]):
        assert broken_rules(feeds.render(feeds.channel(section, BASE), [entry()])) == []


def test_the_feeds_guid_is_that_of_its_address():
    # The example of the podcast namespace's own description of the tag.
    assert feeds.guid("https://podnews.net/rss/") == "9b024349-ccf0-5f69-a609-6b82873eab3c"


def test_only_the_newest_hundred_are_shown():
    many = [entry(str(n)) for n in range(120)]
    assert [item.findtext("guid") for item in items(feeds.render(ABOUT, many))] == [str(n) for n in range(100)]


def test_an_id_is_encoded_in_its_key_and_the_key_in_its_address():
    strange = entry("../a b&ü")
    body = feeds.render(ABOUT, [strange])
    assert broken_rules(body) == []
    (item,) = items(body)
    assert item.find("enclosure").get("url").startswith(f"{ABOUT.base_url}/articles/..%252Fa%2520b%2526%25C3%25BC/")
    assert item.findtext("guid") == "..%2Fa%20b%26%C3%BC"


HARD = ["]]>", "<![CDATA[x]]>", "&amp;", "\U0001f469\u200d\U0001f467 wächst", "\x00\x0b\ufffe", "\ud83d"]
TEXTS = st.text(max_size=60) | st.sampled_from(HARD)
DAYS = st.datetimes(datetime(1, 1, 1), datetime(9999, 12, 31)).map(lambda day: day.isoformat(timespec="seconds"))
ZONES = st.sampled_from(["Z", "+00:00", "-11:30", "+14:00", "-23:59", "+23:59"])
TIMES = st.tuples(DAYS, ZONES).map("".join) | st.sampled_from(["2016-12-31T23:59:60Z", "1999-01-01T00:00:00.5Z"])
ENTRIES = st.builds(
    entry,
    st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=20),
    title=TEXTS.map(lambda title: title if feeds._clean(title) else "Titel"),
    description=TEXTS,
    published=TIMES,
    bytes=st.integers(1, 10**9),
    samples=st.integers(1, 10**9),
    url=st.none() | st.sampled_from(["https://example.com/ä?a=1&b=%20#x", "http://h\u0301.example/"]),
)


@given(st.lists(ENTRIES, max_size=6, unique_by=lambda one: one.article))
def test_whatever_is_in_it_a_feed_keeps_the_rules(entries):
    body = feeds.render(ABOUT, entries)
    assert broken_rules(body) == []
    assert feeds.render(ABOUT, entries) == body
    parsed = feedparser.parse(body)
    assert not parsed.bozo
    assert len(parsed.entries) == len(entries)
    for item, one in zip(items(body), entries, strict=True):
        assert item.findtext("title") == feeds._clean(one.title)


@given(TIMES, TIMES)
def test_the_order_is_that_of_the_times_newest_first(one, other):
    def moment(time):
        return datetime.strptime(feeds.pub_date(time)[5:], "%d %b %Y %H:%M:%S GMT")

    assert re.fullmatch("[0-9]{12}", feeds.order(one))
    if feeds.order(one) < feeds.order(other):
        assert moment(one) >= moment(other)


@given(ENTRIES)
def test_an_entry_can_be_read_back(one):
    document = json.loads(feeds.dump(replace(one, title="x", description="y")))
    assert feeds.load({**document, "newer": 1}) == replace(one, title="x", description="y")


def test_the_description_is_the_first_text_paragraph():
    def item(kind, paragraph, text):
        return {"kind": kind, "paragraph": paragraph, "text": text}

    spoken = [item("heading", 0, "Titel"), item("text", 1, "Eins."), item("pause", None, ""), item("text", 1, "Zwei.")]
    assert feeds.describe(timeline_members(items=[*spoken, item("text", 2, "Drei.")])) == "Eins. Zwei."
    assert feeds.describe(timeline_members(items=spoken[:1])) == ""
    long = feeds.describe(timeline_members(items=[item("text", 1, "Wörter " * 100)]))
    assert long.endswith("Wörter …")
    assert len(long) <= feeds.MOST_DESCRIPTION + 2


def test_chapters_for_players():
    made = Timeline(24_000, 48_000, (), (Chapter("Anfang", 0), Chapter("</Ende>", 36_001)))
    assert json.loads(chapters_json(made)) == {
        "version": "1.2.0",
        "chapters": [{"startTime": 0, "title": "Anfang"}, {"startTime": 1.5, "title": "</Ende>"}],
    }


@pytest.mark.parametrize(
    ("feed", "sentence"),
    [
        (b"<rss version='2.0'><channel><title>t</title></channel></rss>", "channel needs one link"),
        (b"<feed/>", "the root must be"),
    ],
)
def test_the_rules_notice(feed, sentence):
    assert any(sentence in rule for rule in broken_rules(feed))


@pytest.mark.parametrize(
    ("before", "after", "sentence"),
    [
        (b"06:00:00 GMT", b"06:00:00", "no date of RFC 822"),
        (b"Mon, 02 Mar", b"Tue, 02 Mar", "another day of the week"),
        (b'length="123456"', b'length="12 kB"', "its length in bytes"),
        (b'isPermaLink="false"', b"", "a guid that is a permalink must be an absolute address"),
        (b'<enclosure url="https:', b'<enclosure url="', "enclosure must be an absolute address"),
        (b"<itunes:duration>61", b"<itunes:duration>61.5", "a number of seconds"),
        (b"<guid", b"<author>x</author><guide>x</guide><guid", "RSS has no guide in item"),
        (b"harbour-7</guid>", b"</guid>", "a guid of its own"),
    ],
)
def test_the_rules_notice_a_broken_item(before, after, sentence):
    body = feeds.render(ABOUT, [entry()])
    assert body.count(before) >= 1
    assert any(sentence in rule for rule in broken_rules(body.replace(before, after)))
