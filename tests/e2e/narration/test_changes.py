"""What a change costs, and what it leaves: nothing changed, titles, paragraphs, late versions, withdrawals."""

from __future__ import annotations

import json

import pytest

from tests.e2e.narration import sound
from tests.e2e.narration.newsroom import Newsroom, home
from tests.e2e.narration.stories import Story
from tests.e2e.waiting import eventually


def heard(newsroom: Newsroom, article: str) -> list[str]:
    """Hashes of the fragments that an article's public audio is made of, in order."""
    items = newsroom.read(home(article) + "timeline.json").json()["items"]
    return [item["fragment"] for item in items if item["fragment"]]


def audio(newsroom: Newsroom, article: str) -> bytes:
    return newsroom.read(home(article) + "full.mp3").body


def test_the_same_message_again_does_nothing(newsroom, story):
    message = story.says("It was said once about")
    newsroom.narrate(message)
    before = newsroom.objects(home(story.id))
    with newsroom.billed() as bill:
        again = newsroom.publish(message)
        assert eventually(lambda: newsroom.taken_as_duplicate(again), "word that this was done before")
    assert newsroom.describe(newsroom.execution_arn(again, attempt=2)) is None
    assert newsroom.objects(home(story.id)) == before
    assert bill.empty


def test_the_same_version_in_other_bytes_does_nothing(newsroom, story):
    """Publishers repeat a version with its members in another order, or with other white space."""
    message = story.says("It was said once about")
    newsroom.narrate(message)
    before = newsroom.objects(home(story.id))
    with newsroom.billed() as bill:
        run = newsroom.narrate(json.dumps(dict(reversed(message.items())), indent=1))
    assert run.output["outcome"] == "nothing"
    assert newsroom.objects(home(story.id)) == before
    assert bill.empty


def test_a_newer_version_with_the_same_content_moves_only_the_pointer(newsroom, story):
    newsroom.narrate(story.says("Nothing changes for"))
    before = newsroom.objects(home(story.id))
    edition = newsroom.pointer(story.id)["edition"]
    with newsroom.billed() as bill:
        run = newsroom.narrate(story.says("Nothing changes for"))
    assert run.output["action"] == "advance"
    pointer = newsroom.pointer(story.id)
    assert (pointer["version"], pointer["edition"]) == (2, edition)
    after = newsroom.objects(home(story.id))
    assert {key for key in after if after[key] != before.get(key)} == {home(story.id) + "latest.json"}
    assert bill.empty


def test_a_new_title_is_a_new_tag_on_the_same_frames(newsroom, story):
    newsroom.narrate(story.says("Under another name goes"))
    old = audio(newsroom, story.id)
    with newsroom.billed() as bill:
        run = newsroom.narrate(story.says("Under another name goes", title="A better title"))
    new = audio(newsroom, story.id)
    assert run.output["action"] == "retag"
    assert new != old
    assert sound.frames(new) == sound.frames(old)
    assert sound.tag(new).title == "A better title"
    assert newsroom.read(home(story.id) + "timeline.json").json()["chapters"] == [
        {"title": "A better title", "start": 0}
    ]
    assert newsroom.events.wait_for("ArticlePublished", article=story.id, version=2)["title"] == "A better title"
    assert bill.empty


def test_new_dates_and_section_keep_the_frames_too(newsroom, story):
    newsroom.narrate(story.says("Dated anew is"))
    old = audio(newsroom, story.id)
    with newsroom.billed() as bill:
        newsroom.narrate(story.says("Dated anew is", published_at="2027-01-02T03:04:00Z", section="sports"))
    new = audio(newsroom, story.id)
    assert sound.frames(new) == sound.frames(old)
    assert sound.tag(new).date == "2027-01-02 03:04:00"
    assert bill.empty


def test_one_paragraph_edited_is_one_paragraph_billed(newsroom, story):
    texts = ["# News of", "First of all about", "Then about", "At last about"]
    newsroom.narrate(story.says(*texts))
    before = heard(newsroom, story.id)
    texts[2] = "Then, as was found later, about"
    with newsroom.billed() as bill:
        newsroom.narrate(story.says(*texts))
    after = heard(newsroom, story.id)
    assert bill.fragments == {after[2]}
    assert after[:2] + after[3:] == before[:2] + before[3:]
    if bill.requests is not None:
        assert (bill.requests, bill.characters) == (1, len(story.paragraph(texts[2])["text"]))


def test_a_paragraph_added_is_one_paragraph_billed(newsroom, story):
    newsroom.narrate(story.says("First of all about", "At last about"))
    with newsroom.billed() as bill:
        newsroom.narrate(story.says("First of all about", "Meanwhile about", "At last about"))
    assert bill.fragments == {heard(newsroom, story.id)[1]}


def test_moved_and_removed_paragraphs_cost_nothing(newsroom, story):
    newsroom.narrate(story.says("One about", "Two about", "Three about"))
    one, two, _ = heard(newsroom, story.id)
    with newsroom.billed() as bill:
        newsroom.narrate(story.says("Two about", "One about"))
    assert heard(newsroom, story.id) == [two, one]
    assert bill.empty


def test_back_to_what_it_was_costs_nothing(newsroom, story):
    newsroom.narrate(story.says("The first text of"))
    first = heard(newsroom, story.id)
    newsroom.narrate(story.says("The second text of"))
    with newsroom.billed() as bill:
        newsroom.narrate(story.says("The first text of"))
    assert heard(newsroom, story.id) == first
    assert newsroom.pointer(story.id)["version"] == 3
    assert bill.empty


def test_the_same_words_in_another_article_cost_nothing(newsroom, story):
    newsroom.narrate(story.says("Everybody writes about"))
    with newsroom.billed() as bill:
        newsroom.narrate(Story(word=story.word).says("Everybody writes about"))
    assert bill.empty


def test_a_late_old_version_changes_nothing(newsroom, story):
    late = story.says("What was true yesterday about")
    newsroom.narrate(story.says("What is true today about"))
    before = newsroom.objects(home(story.id))
    with newsroom.billed() as bill:
        run = newsroom.narrate(late)
    assert run.output["outcome"] == "superseded"
    assert newsroom.objects(home(story.id)) == before
    assert bill.empty


def test_times_order_versions_as_instants(newsroom, story):
    """08:00 at +02:00 is two hours before 08:00 UTC, though it reads later."""
    newsroom.narrate(story.says("At eight in London", version="2026-11-20T08:00:00Z"))
    run = newsroom.narrate(story.says("At nine in Athens", version="2026-11-20T09:00:00+02:00"))
    assert run.output["outcome"] == "superseded"
    assert newsroom.pointer(story.id)["version"] == "2026-11-20T08:00:00Z"


def test_a_withdrawal_takes_the_audio_away_and_leaves_a_tombstone(newsroom, story):
    newsroom.narrate(story.says("Never should have been said about"))
    newsroom.narrate(story.withdrawn())
    assert set(newsroom.objects(home(story.id))) == {home(story.id) + "latest.json"}
    pointer = newsroom.pointer(story.id)
    assert (pointer["status"], pointer["version"], pointer["edition"]) == ("withdrawn", 2, None)
    detail = newsroom.events.wait_for("ArticleWithdrawn", article=story.id)
    assert detail == {"schema": 1, "article": story.id, "version": 2}


def test_a_late_version_does_not_bring_a_withdrawn_article_back(newsroom, story):
    newsroom.narrate(story.says("First about"))
    late = story.says("Then about")
    newsroom.narrate(story.withdrawn())
    run = newsroom.narrate(late)
    assert run.output["outcome"] == "superseded"
    assert set(newsroom.objects(home(story.id))) == {home(story.id) + "latest.json"}


def test_a_higher_version_publishes_a_withdrawn_article_again(newsroom, story):
    newsroom.narrate(story.says("It was right after all about"))
    newsroom.narrate(story.withdrawn())
    with newsroom.billed() as bill:
        newsroom.narrate(story.says("It was right after all about"))
    assert newsroom.pointer(story.id)["version"] == 3
    timeline = newsroom.read(home(story.id) + "timeline.json").json()
    assert sound.decoded_samples(audio(newsroom, story.id)) == timeline["samples"]
    assert bill.empty, "fragments outlive a withdrawal"


def test_a_withdrawal_of_what_never_was_keeps_older_versions_out(newsroom, story):
    late = story.says("Overtaken by its own withdrawal:")
    newsroom.narrate(story.withdrawn())
    run = newsroom.narrate(late)
    assert run.output["outcome"] == "superseded"
    assert set(newsroom.objects(home(story.id))) == {home(story.id) + "latest.json"}


@pytest.mark.parametrize("together", [3, 7])
def test_versions_that_race_end_with_the_highest(newsroom, story, together):
    messages = [story.says(f"Version {number} of") for number in range(together)]
    sent = newsroom.publish_together(messages[::-1])
    assert {newsroom.finish(one).status for one in sent} == {"SUCCEEDED"}
    assert newsroom.pointer(story.id)["version"] == together
    timeline = newsroom.read(home(story.id) + "timeline.json").json()
    assert timeline["version"] == together
    assert sound.decoded_samples(audio(newsroom, story.id)) == timeline["samples"]
