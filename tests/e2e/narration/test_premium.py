"""Premium articles: what is public ends with the teaser; the rest lies below members/ and nowhere else."""

from __future__ import annotations

from typing import Any

import pytest

from tests.e2e import schemas
from tests.e2e.narration import sound
from tests.e2e.narration.newsroom import PREMIUM_KEYS, PUBLIC_KEYS, Newsroom, home
from tests.e2e.narration.stories import Story
from tests.e2e.waiting import eventually

OPEN, SECRET = "Everybody may hear about", "Only members may hear about"
NOTE = "The rest is for members."


MORE = [f"{SECRET} matter {n} of" for n in range(4)]
"""So much that the open paragraph is less than a quarter of it."""


def premium(story: Story, **changes: Any) -> dict[str, Any]:
    members = {"premium": True, "teaser": {"note": NOTE}, **changes}
    return story.says("# News of", OPEN, "# Behind the wall of", *MORE, SECRET, **members)


def public(newsroom: Newsroom, article: str) -> dict[str, bytes]:
    """Everything of an article that may be reached without being a member."""
    keys = newsroom.objects(home(article))
    return {key: newsroom.read(key).body for key in keys if not key.startswith(f"{home(article)}members/")}


def tells_the_secret(newsroom: Newsroom, story: Story) -> list[str]:
    """Public objects that say, or let hear, what only members may."""
    secret = newsroom.read(home(story.id) + "members/timeline.json").json()
    longest = secret["samples"]
    found = []
    for key, body in public(newsroom, story.id).items():
        told = SECRET.encode() in body or b"Behind the wall" in body
        if told or (key.endswith(".mp3") and sound.decoded_samples(body) >= longest):
            found.append(key)
    return found


@pytest.fixture(scope="module")
def published(newsroom: Newsroom) -> Story:
    story = Story()
    newsroom.narrate(premium(story))
    return story


def test_the_stable_keys_of_a_premium_article(newsroom, published):
    assert newsroom.stable(published.id) == PREMIUM_KEYS


def test_nothing_public_tells_what_only_members_may_hear(newsroom, published):
    assert tells_the_secret(newsroom, published) == []


def test_the_public_timeline_ends_with_the_teaser(newsroom, published):
    timeline = newsroom.read(home(published.id) + "timeline.json").json()
    schemas.check(timeline, "timeline")
    heard = [(item["kind"], item["text"]) for item in timeline["items"] if item["kind"] != "pause"]
    word = published.word
    assert heard == [("heading", f"News of {word}."), ("text", f"{OPEN} {word}."), ("note", NOTE)]
    assert sound.decoded_samples(newsroom.read(home(published.id) + "teaser.mp3").body) == timeline["samples"]


def test_members_hear_all_of_it_without_the_note(newsroom, published):
    timeline = newsroom.read(home(published.id) + "members/timeline.json").json()
    schemas.check(timeline, "timeline")
    texts = [item["text"] for item in timeline["items"] if item["kind"] != "pause"]
    assert texts[-1] == f"{SECRET} {published.word}."
    assert NOTE not in texts
    assert sound.decoded_samples(newsroom.read(home(published.id) + "members/full.mp3").body) == timeline["samples"]
    assert [one["title"] for one in timeline["chapters"]] == [
        f"News of {published.word}.",
        f"Behind the wall of {published.word}.",
    ]


def test_the_event_of_a_premium_article_names_the_members_audio(newsroom, published):
    detail = newsroom.events.wait_for("ArticlePublished", article=published.id, version=1)
    timeline = newsroom.read(home(published.id) + "members/timeline.json").json()
    assert detail["premium"] is True
    assert detail["audio"] == f"{home(published.id)}members/full.mp3"
    assert detail["samples"] == timeline["samples"]


def test_going_premium_removes_what_was_public(newsroom, published, story):
    newsroom.narrate(premium(story, premium=False))
    newsroom.narrate(premium(story, premium=False, title="Still open"))
    assert newsroom.stable(story.id) == PUBLIC_KEYS
    with newsroom.billed() as bill:
        newsroom.narrate(premium(story))
    assert newsroom.stable(story.id) == PREMIUM_KEYS
    edition = newsroom.pointer(story.id)["edition"]
    editions = [key for key in newsroom.objects(f"{home(story.id)}editions/") if edition not in key]
    assert editions == [], "older public editions hold the whole audio"
    assert tells_the_secret(newsroom, story) == []
    assert bill.empty, "every fragment was there, the note too"


def test_an_article_of_one_paragraph_is_not_given_away(newsroom, story):
    sentence = f"{OPEN} {story.word}. "
    one = {"kind": "text", "text": f"{sentence}{SECRET}. {sentence * 4}"}
    newsroom.narrate(story.says(one, premium=True))
    timeline = newsroom.read(home(story.id) + "timeline.json").json()
    heard = [(item["kind"], item["text"]) for item in timeline["items"] if item["kind"] != "pause"]
    assert heard == [("text", sentence.strip()), ("note", "The whole article is for subscribers.")]
    assert tells_the_secret(newsroom, story) == []


def test_an_article_that_is_too_short_for_a_teaser_gives_its_note_alone(newsroom, story):
    before = newsroom.counted("TeaserWithheld")
    newsroom.narrate(story.says(SECRET, premium=True, teaser={"note": NOTE}))
    timeline = newsroom.read(home(story.id) + "timeline.json").json()
    assert [item["text"] for item in timeline["items"] if item["kind"] != "pause"] == [NOTE]
    assert tells_the_secret(newsroom, story) == []
    eventually(lambda: newsroom.counted("TeaserWithheld") >= before + 1 or None, "count of the short article", 300)


def test_opening_a_premium_article_makes_it_public(newsroom, story):
    newsroom.narrate(premium(story))
    newsroom.narrate(premium(story, premium=False))
    assert newsroom.stable(story.id) == PUBLIC_KEYS
    assert SECRET in newsroom.read(home(story.id) + "timeline.json").body.decode()


def test_a_new_title_of_a_premium_article_keeps_the_frames_of_both(newsroom, story):
    newsroom.narrate(premium(story))
    names = ("teaser.mp3", "members/full.mp3")
    before = [newsroom.read(home(story.id) + name).body for name in names]
    with newsroom.billed() as bill:
        newsroom.narrate(premium(story, title="For members"))
    after = [newsroom.read(home(story.id) + name).body for name in names]
    assert [sound.tag(one).title for one in after] == ["For members"] * 2
    assert [sound.frames(one) for one in after] == [sound.frames(one) for one in before]
    assert bill.empty


def test_a_withdrawn_premium_article_is_gone_for_members_too(newsroom, story):
    newsroom.narrate(premium(story))
    newsroom.narrate(story.withdrawn())
    assert set(newsroom.objects(home(story.id))) == {home(story.id) + "latest.json"}


def test_the_teaser_plays_its_sound_before_the_note(newsroom, story):
    key = f"sounds/{story.id}/jingle.wav"
    newsroom.upload(key, sound.beep(0.4))
    newsroom.narrate(premium(story, teaser={"sound": key, "note": NOTE}))
    timeline = newsroom.read(home(story.id) + "timeline.json").json()
    kinds = [item["kind"] for item in timeline["items"] if item["kind"] != "pause"]
    assert kinds == ["heading", "text", "sound", "note"]
    jingle = next(item for item in timeline["items"] if item["kind"] == "sound")
    assert jingle["end"] - jingle["start"] == int(0.4 * 24_000)
    assert sound.decoded_samples(newsroom.read(home(story.id) + "teaser.mp3").body) == timeline["samples"]


def test_a_missing_sound_is_left_out_and_named(newsroom, story):
    key = f"sounds/{story.id}/never-uploaded.wav"
    before = newsroom.counted("SoundsMissing")
    newsroom.narrate(story.says("Before it", {"kind": "sound", "sound": key}, "after it"))
    timeline = newsroom.read(home(story.id) + "timeline.json").json()
    schemas.check(timeline, "timeline")
    assert [one["sound"] for one in timeline["missing_sounds"]] == [key]
    assert "upload it" in timeline["missing_sounds"][0]["reason"]
    assert [item["kind"] for item in timeline["items"] if item["kind"] != "pause"] == ["text", "text"]
    assert (
        newsroom.events.wait_for("ArticlePublished", article=story.id)["missing_sounds"] == timeline["missing_sounds"]
    )
    eventually(lambda: newsroom.counted("SoundsMissing") >= before + 1 or None, "count of the missing sound", 300)


def test_a_replaced_sound_is_heard_without_a_new_version_and_at_no_cost(newsroom, story):
    key = f"sounds/{story.id}/jingle.wav"
    newsroom.upload(key, sound.beep(0.3))
    newsroom.narrate(story.says("Before it", {"kind": "sound", "sound": key}, "after it"))
    assert jingle_seconds(newsroom, story) == 0.3
    with newsroom.billed() as bill:
        newsroom.upload(key, sound.beep(0.6))
        eventually(lambda: jingle_seconds(newsroom, story) == 0.6 or None, "the new sound")
    pointer = newsroom.pointer(story.id)
    assert (pointer["version"], pointer["sounds_revision"]) == (1, 1)
    assert bill.empty


def test_a_sound_that_comes_late_is_heard(newsroom, story):
    key = f"sounds/{story.id}/jingle.wav"
    newsroom.narrate(story.says("Before it", {"kind": "sound", "sound": key}, "after it"))
    assert jingle_seconds(newsroom, story) is None
    newsroom.upload(key, sound.beep(0.3))
    eventually(lambda: jingle_seconds(newsroom, story) == 0.3 or None, "the sound")
    assert newsroom.read(home(story.id) + "timeline.json").json()["missing_sounds"] == []


def jingle_seconds(newsroom: Newsroom, story: Story) -> float | None:
    items = newsroom.read(home(story.id) + "timeline.json").json()["items"]
    return next((round((i["end"] - i["start"]) / 24_000, 3) for i in items if i["kind"] == "sound"), None)
