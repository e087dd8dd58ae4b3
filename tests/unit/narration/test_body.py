"""A checked message becomes an article: where its body comes from, and what is too long or says nothing."""

from __future__ import annotations

import pytest

from narration.article import messages
from narration.errors import ArticleTooLong, BodyUnavailable, InvalidArticle, NothingToRead
from narration.model import Paragraph, Run
from narration.reading import body_object
from narration.reading.body import build
from tests.unit.narration.builders import article, article_message, encoded


def test_an_html_body():
    assert article(body_html="<h1>Titel</h1><p>Ein <i lang=en>deal</i>.</p>").paragraphs == (
        Paragraph("heading", (Run("Titel"),)),
        Paragraph("text", (Run("Ein "), Run("deal", "en"), Run("."))),
    )


def test_a_body_in_s3_is_fetched_between_the_two_steps():
    message = messages.read(encoded(article_message(body_s3="s3://bodies/2026/a b.html")))
    assert message.body_s3 == ("bodies", "2026/a b.html")
    assert build(message, "\ufeff<p>Größe".encode()).paragraphs == (Paragraph("text", (Run("Größe"),)),)
    with pytest.raises(ValueError, match="body_s3"):
        build(message)


@pytest.mark.parametrize(
    "body",
    [b'[{"kind": "text", "text": "Eins."}]', b'\xef\xbb\xbf \n[ {"text": "Eins.", "kind": "text", "x": 1} ]', b"Eins."],
)
def test_a_body_in_s3_may_be_a_json_list_or_html(body):
    assert article(body, body_s3="s3://bodies/7").paragraphs == (Paragraph("text", (Run("Eins."),)),)


def test_html_that_begins_with_a_bracket_is_html():
    assert article(b"[Aktualisiert] Text", body_s3="s3://bodies/7").paragraphs[0].text == "[Aktualisiert] Text"


@pytest.mark.parametrize(
    ("body", "error", "sentence"),
    [
        (b"x" * (5 * 1024 * 1024 + 1), BodyUnavailable, "body_s3 names an object of 5242881 bytes"),
        ("Größe".encode("latin-1"), BodyUnavailable, "body_s3 names an object that is not UTF-8 text at byte 2"),
        (b'[{"kind": "text"}]', InvalidArticle, "body_s3[0].text is missing: add it."),
        (b'[{"kind": "text", "text": "a"', InvalidArticle, "The object that body_s3 names must be JSON"),
        (b'{"paragraphs": []}', InvalidArticle, "body_s3 must name HTML or a JSON list of paragraphs"),
        (b"[]", NothingToRead, "Nothing in the article can be spoken"),
        (b"", NothingToRead, "Nothing in the article can be spoken"),
        (b"[" * 200_000, InvalidArticle, "is nested too deeply"),
        (b'[{"kind": "text", "text": NaN}]', InvalidArticle, "no NaN"),
    ],
)
def test_bodies_that_cannot_be_read(body, error, sentence):
    with pytest.raises(error) as caught:
        article(body, body_s3="s3://bodies/7")
    assert sentence in str(caught.value)


@pytest.mark.parametrize(
    "paragraphs",
    [
        [],
        [{"kind": "text", "text": " \n "}],
        [{"kind": "sound", "sound": "sounds/a.wav"}],
        [{"kind": "text", "text": "***"}],
    ],
)
def test_nothing_to_read(paragraphs):
    with pytest.raises(NothingToRead):
        article(paragraphs=paragraphs)


@pytest.mark.parametrize(
    "changes",
    [
        {"paragraphs": [{"kind": "text", "text": "x"}] * 2001},
        {"paragraphs": [{"kind": "text", "text": "x" * 150_001}] * 2},
        {"paragraphs": [{"kind": "text", "text": "Satz. " * 350_000}]},
        {"body_html": "<p>x</p>" * 5000},
        {"body_html": "x" * 300_001},
    ],
)
def test_too_long(changes):
    with pytest.raises(ArticleTooLong, match=r"split it into"):
        article(**changes)


def test_the_longest_article():
    assert len(article(paragraphs=[{"kind": "text", "text": "x" * 150}] * 2000).paragraphs) == 2000


@pytest.mark.parametrize("key", ["plans/0a.json", "reading/profile.toml", "articles/7/latest.json", "xinbox/a.html"])
def test_only_bodies_of_the_audio_bucket_are_bodies(key: str):
    """Whoever publishes could otherwise have another article's plan read aloud. Nothing is asked of S3."""
    with pytest.raises(BodyUnavailable, match="put bodies under inbox/"):
        body_object.read("audio", key, audio="audio")
