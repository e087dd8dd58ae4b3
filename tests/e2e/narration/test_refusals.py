"""Bad messages: each is refused once, under a name, with a sentence, a count and an event; good ones go on."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from narration import errors
from narration.article import messages
from tests.e2e import schemas
from tests.e2e.narration.newsroom import TOGETHER, Newsroom, Run, Sent, home
from tests.e2e.narration.stories import Story
from tests.e2e.waiting import eventually

Message = Mapping[str, Any] | str


@dataclass(frozen=True)
class Bad:
    """A message that must be refused under ``error``; the sentence must speak of ``names``, what is to be changed.

    ``body`` is what a message with body_s3 finds under inbox/.
    """

    error: str
    names: str
    make: Callable[[Story], Message]
    body: bytes | None = None


def changed(*paragraphs: str | dict[str, Any], **changes: Any) -> Callable[[Story], Message]:
    return lambda story: story.says(*(paragraphs or ("Something is wrong with",)), **changes)


def from_body(story: Story) -> Message:
    """The object lies where the fixture puts it; the bucket's name is filled in there."""
    return story.says(body_s3=f"s3://BUCKET/{body_key(story)}")


def body_key(story: Story) -> str:
    return f"inbox/{story.id}.txt"


BAD: dict[str, Bad] = {
    "text": Bad("NotJson", "JSON", lambda story: f"Dear editors, please read {story.word} aloud."),
    "cut off": Bad("NotJson", "column", lambda story: json.dumps(story.says("Cut off is"))[:-3]),
    "a list": Bad("NotJson", "object", lambda story: json.dumps([story.says("Listed is")])),
    "not a number": Bad("NotJson", "NaN", lambda story: json.dumps(story.says("NaN is", version=float("nan")))),
    "a raw line break in a text": Bad(
        "NotJson", "line 1", lambda story: json.dumps(story.says("Two lines of")).replace("Two lines", "Two\nlines")
    ),
    "deeply nested": Bad("NotJson", "nested", lambda story: f'{{"id": "{story.id}", "x": {"[" * 9000}{"]" * 9000}}}'),
    "no id": Bad("InvalidArticle", "id", changed(id=None)),
    "an empty id": Bad("InvalidArticle", "id", changed(id="")),
    "a long id": Bad("InvalidArticle", "id", changed(id="x" * 201)),
    "an id of two dots": Bad("InvalidArticle", "id", changed(id="..")),
    "an id with a line break": Bad("InvalidArticle", "id", changed(id="a\nb")),
    "half a character in an id": Bad("InvalidArticle", "id", changed(id="\ud83e")),
    "no version": Bad("InvalidArticle", "version", changed(version=None)),
    "a version in words": Bad("InvalidArticle", "version", changed(version="second")),
    "a negative version": Bad("InvalidArticle", "version", changed(version=-1)),
    "a day that does not exist": Bad("InvalidArticle", "version", changed(version="2026-02-30T00:00:00Z")),
    "no title": Bad("InvalidArticle", "title", changed(title=None)),
    "no language": Bad("InvalidArticle", "language", changed(language=None)),
    "a language in words": Bad("InvalidArticle", "language", changed(language="plain English")),
    "an unknown status": Bad("InvalidArticle", "status", changed(status="deleted")),
    "no body": Bad("InvalidArticle", "paragraphs, body_html or body_s3", changed(paragraphs=None)),
    "two bodies": Bad(
        "InvalidArticle", "more than one body", lambda story: {**story.says("Twice"), "body_html": "<p>Twice</p>"}
    ),
    "a member twice": Bad(
        "InvalidArticle", "title", lambda story: json.dumps(story.says("Twice is")).replace("{", '{"title": "One", ', 1)
    ),
    "an unknown kind of paragraph": Bad(
        "InvalidArticle", "paragraphs[1].kind", changed("First", {"kind": "poem", "text": "Roses are red"})
    ),
    "a paragraph without text": Bad("InvalidArticle", "paragraphs[0].text", changed({"kind": "text"})),
    "half a character in a text": Bad(
        "InvalidArticle", "paragraphs[0].text", changed({"kind": "text", "text": "A lobster: \ud83e"})
    ),
    "a sound outside of sounds/": Bad(
        "InvalidArticle", "paragraphs[0].sound", changed({"kind": "sound", "sound": "sounds/../plans/x.json"})
    ),
    "a section with a slash": Bad("InvalidArticle", "section", changed(section="../feeds")),
    "an address that runs code": Bad("InvalidArticle", "url", changed(url="javascript:alert(1)")),
    "a body in a file": Bad("InvalidArticle", "body_s3", changed(body_s3="file:///etc/passwd")),
    "a body of an object in JSON": Bad("InvalidArticle", "body_s3", from_body, b'{"paragraphs": []}'),
    "a body that nobody uploaded": Bad("BodyUnavailable", "body_s3", from_body),
    "a body where nobody may put one": Bad(
        "BodyUnavailable", "BodiesBucketName", changed(body_s3="s3://BUCKET/feeds/article.html")
    ),
    "a body that is a plan of another article": Bad(
        "BodyUnavailable", "inbox/", changed(body_s3="s3://BUCKET/plans/0a.json")
    ),
    "a body that is no text": Bad("BodyUnavailable", "UTF-8", from_body, b"\xff\xfe\x00P"),
    "a body over 5 MB": Bad("BodyUnavailable", "5242880", from_body, b"x" * (5 * 1024 * 1024 + 1)),
    "no paragraphs": Bad("NothingToRead", "paragraph", changed(paragraphs=[])),
    "nothing but signs": Bad("NothingToRead", "paragraph", changed({"kind": "text", "text": "* * * \u200b"})),
    "5,000 paragraphs": Bad("ArticleTooLong", "2,000", changed(*({"kind": "text", "text": "a"} for _ in range(5000)))),
    "a paragraph of 2 MB": Bad("ArticleTooLong", "300,000", from_body, b"<p>" + b"a word " * 300_000),
    "an unknown voice": Bad("UnknownVoice", "Karlheinz", changed(voice="Karlheinz")),
    "a voice of another language": Bad("UnknownVoice", "Vicki", changed(voice="Vicki")),
    "a language that Polly does not speak": Bad("UnknownVoice", "language", changed(language="gsw-CH")),
}


@dataclass(frozen=True)
class Refused:
    story: Story
    sent: Sent
    run: Run


@pytest.fixture(scope="module")
def refusals(newsroom: Newsroom) -> dict[str, Refused]:
    """All bad messages, sent at once, as a publisher with a broken export does."""
    stories = {name: Story() for name in BAD}
    messages = {}
    for name, bad in BAD.items():
        if bad.body is not None:
            newsroom.upload(body_key(stories[name]), bad.body)
        message = bad.make(stories[name])
        text = message if isinstance(message, str) else json.dumps(message)
        messages[name] = text.replace("s3://BUCKET/", f"s3://{newsroom.bucket}/")
    sent: dict[str, Sent] = {}
    for name, text in messages.items():
        sent[name] = newsroom.publish(text)
    return {name: Refused(stories[name], one, newsroom.finish(one)) for name, one in sent.items()}


def test_every_refusal_has_an_example():
    names = {error.__name__ for error in errors.RejectedArticle.__subclasses__()}
    assert {bad.error for bad in BAD.values()} | {"VersionConflict"} == names


@pytest.mark.parametrize("name", BAD)
def test_a_bad_message_is_refused_under_its_name_with_a_sentence(newsroom, refusals, name):
    bad, refused = BAD[name], refusals[name]
    assert refused.run.status == "SUCCEEDED", refused.run.error
    document = newsroom.read(f"rejected/{refused.sent.work}.json").json()
    schemas.check(document, "rejected")
    assert document["error"] == bad.error
    if bad.error != "NotJson":
        assert document["article"] == messages.article_id(newsroom.read(refused.sent.kept_as).body)
    assert document["source"] == f"s3://{newsroom.bucket}/{refused.sent.kept_as}"
    assert document == refused.run.output
    sentence = document["message"]
    assert bad.names in sentence
    assert sentence.endswith(".")
    assert 20 <= len(sentence) <= 400
    assert not any(word in sentence for word in ("Traceback", "pydantic", "Error:", "\n")), "for people, not developers"


@pytest.mark.parametrize("name", BAD)
def test_a_bad_message_is_an_event_and_is_tried_once(newsroom, refusals, name):
    refused = refusals[name]
    document = newsroom.read(f"rejected/{refused.sent.work}.json").json()
    assert newsroom.events.wait_for("ArticleRejected", source=document["source"]) == document
    assert newsroom.states(refused.run.arn) == ["Plan", "Reject"]
    tried = [event["type"] for event in newsroom.history(refused.run.arn) if event["type"] == "TaskScheduled"]
    assert len(tried) == 2, "one try of Plan, one of Reject"
    assert newsroom.describe(newsroom.execution_arn(refused.sent, attempt=2)) is None


def test_a_bad_message_makes_nothing_else(newsroom, refusals):
    for refused in refusals.values():
        assert newsroom.objects(home(refused.story.id)) == {}
    ours = {refused.story.id for refused in refusals.values()}
    made = [
        event for event in newsroom.events.seen() if event[0] != "ArticleRejected" and event[1].get("article") in ours
    ]
    assert made == []


def test_what_was_sent_is_kept_as_it_came(newsroom, refusals):
    for refused in refusals.values():
        assert newsroom.read(refused.sent.kept_as).body.decode() == refused.sent.body


def test_refusals_are_counted_one_by_one(newsroom):
    before = newsroom.counted("ArticlesRejected")
    bad = [f"not JSON: {Story().id}" for _ in range(3)]
    for one in newsroom.publish_together(bad):
        newsroom.finish(one)
    eventually(lambda: newsroom.counted("ArticlesRejected") >= before + 3 or None, "count of the refusals", 300)
    assert newsroom.counted("ArticlesRejected") == before + 3


def test_a_good_article_among_bad_ones_goes_on(newsroom, story):
    bad = [f"not JSON: {Story().id}" for _ in range(TOGETHER - 1)]
    sent = newsroom.publish_together([*bad[:4], story.says("In bad company is"), *bad[4:]])
    assert {newsroom.finish(one).status for one in sent} == {"SUCCEEDED"}
    assert newsroom.pointer(story.id)["status"] == "published"


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"title": "Another title"}, id="other content"),
        pytest.param({"status": "withdrawn"}, id="a withdrawal"),
        pytest.param({"version": "2026-11-20T08:30:00Z"}, id="another kind of version"),
    ],
)
def test_what_cannot_be_ordered_is_refused_and_what_is_published_stays(newsroom, story, change):
    message = story.says("Settled once and for all is")
    newsroom.narrate(message)
    before = newsroom.objects(home(story.id))
    with newsroom.billed() as bill:
        run = newsroom.narrate({**message, **change})
    assert run.output["error"] == "VersionConflict"
    assert "version" in run.output["message"].lower()
    assert newsroom.objects(home(story.id)) == before
    assert newsroom.events.wait_for("ArticleRejected", source=run.output["source"])["error"] == "VersionConflict"
    assert bill.empty


def test_a_refused_version_leaves_what_is_published(newsroom, story):
    newsroom.narrate(story.says("Good was the first version of"))
    before = newsroom.objects(home(story.id))
    run = newsroom.narrate(story.says("Bad is the second version of", voice="Karlheinz"))
    assert run.output["error"] == "UnknownVoice"
    assert newsroom.objects(home(story.id)) == before


def test_a_withdrawal_goes_through_whatever_else_is_wrong_with_it(newsroom, story):
    newsroom.narrate(story.says("It has to go away:"))
    run = newsroom.narrate({**story.withdrawn(), "title": 7, "language": None, "paragraphs": "none"})
    assert run.output["outcome"] == "advanced"
    assert set(newsroom.objects(home(story.id))) == {home(story.id) + "latest.json"}
