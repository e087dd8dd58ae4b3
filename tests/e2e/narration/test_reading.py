"""What of a body is heard and what is not, how a publisher changes that, and what a change bills."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.e2e.narration.newsroom import Newsroom, home
from tests.e2e.narration.stories import Story
from tests.e2e.waiting import eventually

PROFILE = "reading/profile.toml"
HTML = """
<p>The mayor of {word} <del>was arrested</del> <ins>resigned</ins> on Monday<sup><a href="#fn1">1</a></sup>.</p>
<p>🎉🎉</p>
<p>The report is at https://www.{word}.example/report?year=2026#top and 40 m<sup>2</sup> long.</p>
<div class="newsletter-signup"><p>Every morning in your inbox!</p></div>
<ol class="footnotes"><li id="fn1">Or was it Tuesday in {word}?</li></ol>
"""
HEARD = ["The mayor of {word} resigned on Monday.", "The report is at {host}.example and 40 m2 long."]
PLS = """<lexicon version="1.0" xmlns="http://www.w3.org/2005/01/pronunciation-lexicon" alphabet="ipa" xml:lang="en-US">
<lexeme><grapheme>{word}</grapheme><alias>somebody whose name takes much longer to say</alias></lexeme></lexicon>"""


@contextmanager
def there(newsroom: Newsroom, key: str, text: str) -> Iterator[None]:
    newsroom.upload(key, text.encode())
    try:
        yield
    finally:
        newsroom.delete(key)


def heard(newsroom: Newsroom, story: Story) -> list[str]:
    items = newsroom.read(home(story.id) + "timeline.json").json()["items"]
    return [item["text"] for item in items if item["kind"] != "pause"]


def test_what_is_not_read_is_counted_by_rule(newsroom: Newsroom, story: Story):
    newsroom.narrate(story.says(body_html=HTML.format(word=story.word)))
    assert heard(newsroom, story) == [text.format(word=story.word, host=story.word.lower()) for text in HEARD]
    plan = newsroom.plan(newsroom.pointer(story.id)["edition"])
    assert plan["left_out"] == {"address": 1, "deleted": 1, "footnotes": 2, "ornament": 1, "subscribe": 1}
    items = newsroom.read(home(story.id) + "timeline.json").json()["items"]
    (pause,) = [item for item in items[:3] if item["kind"] == "pause"]
    assert pause["end"] - pause["start"] == pytest.approx(1.2 * 24_000, abs=600)
    cloudwatch = newsroom.stack.client("cloudwatch")

    def rules() -> set[str]:
        found = cloudwatch.list_metrics(Namespace="Millrace/Narration", MetricName="PartsLeftOut")["Metrics"]
        return {one["Value"] for metric in found for one in metric["Dimensions"] if one["Name"] == "rule"}

    eventually(lambda: plan["left_out"].keys() <= rules() or None, "the rules' own counts", 300)


def test_a_publishers_rules_hold_from_the_next_version_on(newsroom: Newsroom, story: Story):
    body = HTML.format(word=story.word)
    newsroom.narrate(story.says(body_html=body))
    first = story.version
    with there(newsroom, PROFILE, "[rule.deleted]\noff = true\n[pauses]\nornament = 3000\n"):
        with newsroom.billed() as bill:
            newsroom.narrate({**story.says(body_html=body), "version": first})
        assert bill.empty, "what is published stays as it was read"
        story.version = first
        with newsroom.billed() as bill:
            newsroom.narrate(story.says(body_html=body))
        assert len(bill.fragments) == 1, "one paragraph sounds otherwise"
    assert "was arrested" in heard(newsroom, story)[0]


def test_a_lexicon_is_heard_and_a_changed_one_is_spoken_anew(newsroom: Newsroom, story: Story):
    def seconds() -> float:
        timeline = newsroom.read(home(story.id) + "timeline.json").json()
        return timeline["samples"] / timeline["sample_rate"]

    newsroom.narrate(story.says("Here comes"))
    before = seconds()
    with there(newsroom, "reading/lexicons/en-US.pls", PLS.format(word=story.word)):
        with newsroom.billed() as bill:
            newsroom.narrate(story.says("Here comes"))
        assert len(bill.fragments) == 1
        assert seconds() > before + 0.5
        with newsroom.billed() as bill:
            newsroom.narrate(story.says("Here comes"))
        assert bill.empty
    with newsroom.billed() as bill:
        newsroom.narrate(story.says("Here comes"))
    assert bill.empty, "the first fragment is still there"
    assert seconds() == before


def test_a_title_is_said_first_where_the_message_asks(newsroom: Newsroom, story: Story):
    asks = {"spoken_title": "byline", "byline": f"By {story.word}'s sister"}
    newsroom.narrate(story.says("All about", **asks))
    assert heard(newsroom, story) == [f"About {story.word}", asks["byline"], f"All about {story.word}."]
    items = newsroom.read(home(story.id) + "timeline.json").json()["items"]
    assert [item["kind"] for item in items if item["kind"] != "pause"] == ["title", "title", "text"]
    assert [item["paragraph"] for item in items if item["kind"] == "text"] == [0]


def test_a_pause_that_a_publisher_asks_for(newsroom: Newsroom, story: Story):
    newsroom.narrate(story.says("First of", {"kind": "pause", "seconds": 4}, "Last of"))
    items = newsroom.read(home(story.id) + "timeline.json").json()["items"]
    assert max(one["end"] - one["start"] for one in items if one["kind"] == "pause") == 4 * 24_000
    assert [one["paragraph"] for one in items if one["kind"] == "text"] == [0, 2]
