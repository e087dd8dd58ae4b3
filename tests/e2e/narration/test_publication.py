"""A first publication: every stable key, a timeline that fits the audio, tags, headers, events."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from tests.e2e import schemas
from tests.e2e.narration import sound
from tests.e2e.narration.newsroom import PUBLIC_KEYS, Bill, Newsroom, home
from tests.e2e.narration.stories import Story
from tests.e2e.waiting import eventually

MILLISECOND = 24  # samples


@dataclass(frozen=True)
class Published:
    """An article that was published once, and what that did."""

    story: Story
    message: dict[str, Any]
    bill: Bill

    @property
    def home(self) -> str:
        return home(self.story.id)


@pytest.fixture(scope="module")
def published(newsroom: Newsroom) -> Published:
    story = Story()
    message = story.says(
        "# News of",
        "On Monday the council decided about",
        {"kind": "quote", "text": "We are glad, said the mayor of Brill."},
        "# What comes next for",
        "Work begins in spring for",
        published_at="2026-11-20T08:30:00Z",
        section="politics",
        url="https://example.com/harbour",
    )
    with newsroom.billed() as bill:
        run = newsroom.narrate(message)
    told = {"article": story.id, "version": 1, "action": "synthesize", "outcome": "advanced"}
    assert told.items() <= run.output.items()
    return Published(story, message, bill)


@pytest.fixture(scope="module")
def timeline(newsroom: Newsroom, published: Published) -> Any:
    return newsroom.read(published.home + "timeline.json").json()


def test_the_stable_keys_are_there_and_no_others(newsroom, published):
    assert newsroom.stable(published.story.id) == PUBLIC_KEYS


def test_the_pointer_names_the_edition_whose_objects_the_stable_keys_show(newsroom, published):
    pointer = newsroom.pointer(published.story.id)
    schemas.check(pointer, "pointer")
    assert (pointer["article"], pointer["version"]) == (published.story.id, 1)
    assert (pointer["status"], pointer["premium"]) == ("published", False)
    edition = f"{published.home}editions/{pointer['edition']}/"
    for name in PUBLIC_KEYS - {"latest.json"}:
        assert newsroom.read(edition + name).body == newsroom.read(published.home + name).body
    schemas.check(newsroom.read(pointer["message"]).json(), "article-message")


def test_the_timeline_keeps_its_schema_and_tells_what_is_heard(newsroom, published, timeline):
    schemas.check(timeline, "timeline")
    assert timeline["edition"] == newsroom.pointer(published.story.id)["edition"]
    assert timeline["language"] == "en-US"
    assert timeline["missing_sounds"] == []
    heard = [item for item in timeline["items"] if item["kind"] != "pause"]
    wanted = published.message["paragraphs"]
    assert [(item["kind"], item["text"]) for item in heard] == [(one["kind"], one["text"]) for one in wanted]
    assert [item["paragraph"] for item in heard] == [0, 1, 2, 3, 4]


def test_the_timeline_covers_the_audio_without_gap_or_overlap(timeline):
    position = 0
    for item in timeline["items"]:
        assert item["start"] == position
        assert item["end"] > position
        position = item["end"]
    assert position == timeline["samples"]


def test_the_audio_decodes_to_exactly_the_samples_of_the_timeline(newsroom, published, timeline):
    assert sound.decoded_samples(newsroom.read(published.home + "full.mp3").body) == timeline["samples"]


def test_players_find_title_date_language_and_chapters(newsroom, published, timeline):
    tag = sound.tag(newsroom.read(published.home + "full.mp3").body)
    assert (tag.title, tag.language, tag.date) == (published.message["title"], "eng", "2026-11-20 08:30:00")
    headings = [one["text"] for one in published.message["paragraphs"] if one["kind"] == "heading"]
    assert [title for title, _ in tag.chapters] == headings
    assert [one["title"] for one in timeline["chapters"]] == headings
    starts = [one["start"] / MILLISECOND for one in timeline["chapters"]]
    assert [start for _, start in tag.chapters] == pytest.approx(starts, abs=1)
    assert starts[1] > 0


def test_web_players_find_the_chapters(newsroom, published):
    chapters = newsroom.read(published.home + "chapters.vtt").body.decode()
    assert chapters.startswith("WEBVTT")
    assert f"What comes next for {published.story.word}." in chapters


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("full.mp3", "audio/mpeg"),
        ("timeline.json", "application/json"),
        ("chapters.vtt", "text/vtt; charset=utf-8"),
    ],
)
def test_headers_let_caches_hold_editions_for_ever_and_stable_keys_for_a_minute(newsroom, published, name, kind):
    edition = newsroom.pointer(published.story.id)["edition"]
    stable = newsroom.read(published.home + name).headers
    kept = newsroom.read(f"{published.home}editions/{edition}/{name}").headers
    assert stable["ContentType"] == kept["ContentType"] == kind
    assert stable["CacheControl"] == "public, max-age=60"
    assert kept["CacheControl"] == "public, max-age=31536000, immutable"
    for found in (stable, kept):
        assert found["Metadata"] == {"version": "1", "sounds-revision": "0", "edition": edition}
        assert found["ServerSideEncryption"] == "AES256"


def test_the_pointer_is_never_cached(newsroom, published):
    assert newsroom.read(published.home + "latest.json").headers["CacheControl"] == "no-cache"


def test_each_paragraph_is_one_fragment_that_was_paid_for_once(newsroom, published, timeline):
    heard = [item["fragment"] for item in timeline["items"] if item["fragment"]]
    assert published.bill.fragments <= set(heard)
    assert len(set(heard)) == len(published.message["paragraphs"])
    for name in heard:
        sidecar = newsroom.read(f"fragments/{name}.json").json()
        schemas.check(sidecar, "fragment-sidecar")
        assert (sidecar["engine"], sidecar["sample_rate"]) == ("neural", 24_000)
    if published.bill.requests is not None:
        assert published.bill.requests == len(published.bill.fragments)
        told = {one["text"] for one in published.message["paragraphs"]}
        assert 0 < published.bill.characters <= sum(map(len, told))


def test_the_event_tells_where_to_listen(newsroom, published, timeline):
    detail = newsroom.events.wait_for("ArticlePublished", article=published.story.id)
    assert detail == {
        "schema": 1,
        "article": published.story.id,
        "version": 1,
        "edition": timeline["edition"],
        "premium": False,
        "title": published.message["title"],
        "section": "politics",
        "url": "https://example.com/harbour",
        "bucket": newsroom.bucket,
        "audio": published.home + "full.mp3",
        "samples": timeline["samples"],
        "sample_rate": 24_000,
        "missing_sounds": [],
        "voice": {"id": "Joanna", "engine": "neural", "language": "en-US", "fallback": None},
    }


@pytest.mark.parametrize(
    ("language", "text", "spoken_as"),
    [
        ("en-GB", "The tide is high in", "en-GB"),
        ("de-DE", "Die Flut steht hoch in", "de-DE"),
        ("de", "Der Hafen wächst: Grüße aus", "de-DE"),
    ],
)
def test_languages_get_a_voice_of_their_own(newsroom, story, language, text, spoken_as):
    newsroom.narrate(story.says(text, language=language))
    timeline = newsroom.read(home(story.id) + "timeline.json").json()
    assert timeline["language"] == spoken_as
    plan = newsroom.plan(timeline["edition"])
    assert {fragment["language"] for fragment in plan["fragments"]} == {spoken_as}
    assert sound.decoded_samples(newsroom.read(home(story.id) + "full.mp3").body) == timeline["samples"]


def test_a_voice_that_is_asked_for_speaks(newsroom, story):
    newsroom.narrate(story.says("Read by somebody else in", voice="Matthew", engine="neural"))
    plan = newsroom.plan(newsroom.pointer(story.id)["edition"])
    assert {(one["voice"], one["engine"]) for one in plan["fragments"]} == {("Matthew", "neural")}


def test_an_engine_that_the_voice_has_not_gives_way_and_is_told(newsroom, story):
    newsroom.narrate(story.says("Read with another engine is", voice="Matthew", engine="long-form"))
    detail = newsroom.events.wait_for("ArticlePublished", article=story.id)
    assert (detail["voice"]["id"], detail["voice"]["engine"]) == ("Matthew", "neural")
    assert "long-form" in detail["voice"]["fallback"]


def test_the_captions_say_what_is_heard(newsroom, published):
    captions = newsroom.read(published.home + "captions.vtt").body.decode()
    assert captions.startswith("WEBVTT")
    spoken = " ".join(line for line in captions.splitlines() if line)
    assert all(one["text"].split()[0] in spoken for one in published.message["paragraphs"])
    assert captions.count("-->") >= len(published.message["paragraphs"])


def test_a_draft_is_counted_and_does_nothing(newsroom, story):
    before = newsroom.counted("ArticlesDrafts")
    with newsroom.billed() as bill:
        run = newsroom.narrate(story.says("Not yet ready:", status="draft"))
    assert run.output["action"] == "draft"
    assert newsroom.objects(home(story.id)) == {}
    assert bill.empty
    eventually(lambda: newsroom.counted("ArticlesDrafts") >= before + 1 or None, "count of the draft", 300)


def test_a_draft_leaves_what_is_published(newsroom, story):
    newsroom.narrate(story.says("Published is", "and stays"))
    before = newsroom.objects(home(story.id))
    newsroom.narrate(story.says("Worked on is", status="draft"))
    assert newsroom.objects(home(story.id)) == before
