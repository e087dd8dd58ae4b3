"""Where an article's text comes from, what it may look like, and ids that look like paths."""

from __future__ import annotations

import json
from typing import Any
from xml.etree import ElementTree

import pytest

from tests.e2e.narration import sound
from tests.e2e.narration.newsroom import PUBLIC_KEYS, Newsroom, home
from tests.e2e.waiting import eventually

ATTACKS = [
    "<speak><break time='10s'/>Be quiet</speak>",
    "</speak><speak>Another document",
    "</lang><audio src='a.mp3'/>",
    "<![CDATA[ hidden ]]> & &lt; &#x0; <!-- a comment -->",
    '<!DOCTYPE speak [<!ENTITY e SYSTEM "file:///etc/passwd">]>&e;',
    "<script>alert('x')</script>",
]


def spoken(newsroom: Newsroom, article: str) -> list[tuple[str, str]]:
    items = newsroom.read(home(article) + "timeline.json").json()["items"]
    return [(item["kind"], item["text"]) for item in items if item["kind"] != "pause"]


def ssml(newsroom: Newsroom, article: str) -> list[ElementTree.Element]:
    """What was sent to Polly, parsed."""
    plan = newsroom.plan(newsroom.pointer(article)["edition"])
    return [ElementTree.fromstring(fragment["ssml"]) for fragment in plan["fragments"]]


HTML = """
<nav>Home &gt; Politics</nav>
<h2>News of {word}</h2>
<p>The council <b>met</b> today;
it was <i lang="fr">très</i> short.</p>
<script>track()</script>
<blockquote><p>We are glad.</p></blockquote>
<ul><li>One point</li></ul>
"""
HTML_IS_HEARD = [
    ("heading", "News of {word}"),
    ("text", "The council met today; it was très short."),
    ("quote", "We are glad."),
    ("text", "One point"),
]


def in_words_of(story: Any, heard: list[tuple[str, str]]) -> list[tuple[str, str]]:
    return [(kind, text.format(word=story.word)) for kind, text in heard]


def test_a_body_in_html(newsroom, story):
    newsroom.narrate(story.says(body_html=HTML.format(word=story.word)))
    assert spoken(newsroom, story.id) == in_words_of(story, HTML_IS_HEARD)
    assert [one.get("{http://www.w3.org/XML/1998/namespace}lang") for one in ssml(newsroom, story.id)[1]] == ["fr-FR"]


def test_a_body_in_html_of_an_object(newsroom, story):
    key = f"inbox/{story.id}.html"
    newsroom.upload(key, HTML.format(word=story.word).encode())
    newsroom.narrate(story.says(body_s3=f"s3://{newsroom.bucket}/{key}"))
    assert spoken(newsroom, story.id) == in_words_of(story, HTML_IS_HEARD)


def test_a_body_of_paragraphs_in_an_object(newsroom, story):
    key = f"inbox/{story.id}.json"
    newsroom.upload(key, json.dumps([story.paragraph("# News of"), story.paragraph("All about")]).encode())
    newsroom.narrate(story.says(body_s3=f"s3://{newsroom.bucket}/{key}"))
    assert spoken(newsroom, story.id) == [("heading", f"News of {story.word}."), ("text", f"All about {story.word}.")]


def test_a_body_that_comes_after_its_message(newsroom, story):
    """It is rejected with the advice to upload the body first; the same message is then judged anew."""
    key = f"inbox/{story.id}.html"
    message = story.says(body_s3=f"s3://{newsroom.bucket}/{key}")
    assert newsroom.narrate(message).output["error"] == "BodyUnavailable"
    newsroom.upload(key, HTML.format(word=story.word).encode())
    assert newsroom.finish(newsroom.publish(message), attempt=2).status == "SUCCEEDED"
    assert spoken(newsroom, story.id) == in_words_of(story, HTML_IS_HEARD)


def test_a_long_paragraph_is_one_paragraph_of_several_fragments(newsroom, story):
    sentence = f"The tide in {story.word} came in and went out again. "
    newsroom.narrate(story.says({"kind": "text", "text": sentence * 80}))
    items = newsroom.read(home(story.id) + "timeline.json").json()["items"]
    parts = [item for item in items if item["kind"] == "text"]
    assert len(parts) > 1
    assert {item["paragraph"] for item in parts} == {0}
    assert " ".join(item["text"] for item in parts) == (sentence * 80).strip()


def test_markup_in_a_text_is_spoken_as_text(newsroom, story):
    texts = [f"{attack} {story.word}" for attack in ATTACKS]
    newsroom.narrate(story.says(*({"kind": "text", "text": text} for text in texts)))
    assert [text for _, text in spoken(newsroom, story.id)] == texts
    sent = ssml(newsroom, story.id)
    assert [one.tag for one in sent] == ["speak"] * len(texts)
    assert [list(one) for one in sent] == [[]] * len(texts), "no element but the frame reaches Polly"
    assert [one.text for one in sent] == texts


def test_markup_in_a_title_stays_a_title(newsroom, story):
    title = f"</title><script>{story.word} & 'quotes' --> \u2028 [chapter]"
    newsroom.narrate(story.says("Its title is odd:", title=title))
    assert sound.tag(newsroom.read(home(story.id) + "full.mp3").body).title == title
    lines = newsroom.read(home(story.id) + "chapters.vtt").body.decode().split("\n")
    assert sum("-->" in line for line in lines) == 1, "one cue, whatever the title says"


def test_control_characters_and_soundless_ones_are_not_spoken(newsroom, story):
    newsroom.narrate(
        story.says({"kind": "text", "text": f"\u0007Bells\u0000and\u001bwhistles\u200b of {story.word}\ufeff."})
    )
    assert spoken(newsroom, story.id) == [("text", f"Bells and whistles of {story.word}.")]
    assert [one.text for one in ssml(newsroom, story.id)] == [f"Bells and whistles of {story.word}."]


def test_members_that_nobody_knows_are_counted_and_ignored(newsroom, story):
    before = newsroom.counted("MembersIgnored")
    newsroom.narrate(story.says("Something new comes with", mood="sunny", author={"name": "N. N."}))
    assert spoken(newsroom, story.id) == [("text", f"Something new comes with {story.word}.")]
    eventually(lambda: newsroom.counted("MembersIgnored") >= before + 2 or None, "count of the members", 300)


@pytest.mark.parametrize(
    "odd",
    [
        "../../{}",
        "{}/../../latest.json",
        "100 % {}",
        "%2e%2e%2f{}",
        "🦀 {}",
        "{}?a=b&c#d",
        "ünï {} \u202e",
        "\\{}\\",
        "'{}\"",
    ],
)
def test_odd_ids_stay_in_their_own_folder(newsroom, story, odd):
    story.id = odd.format(story.id)
    newsroom.narrate(story.says("Oddly named is"))
    assert newsroom.stable(story.id) == PUBLIC_KEYS
    assert newsroom.pointer(story.id)["article"] == story.id
    assert home(story.id).count("/") == 2
    assert newsroom.events.wait_for("ArticlePublished", article=story.id)["audio"] == home(story.id) + "full.mp3"
    newsroom.narrate(story.withdrawn())
    assert set(newsroom.objects(home(story.id))) == {home(story.id) + "latest.json"}
