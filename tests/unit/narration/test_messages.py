from __future__ import annotations

import json
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from narration.article import messages
from narration.errors import (
    InvalidArticle,
    NotJson,
    RejectedArticle,
)
from narration.model import Article, Paragraph, Run, Teaser
from narration.publishing import keys
from narration.reading.body import build
from narration.reading.profile import house
from tests.unit.narration.builders import article, article_message, encoded, withdrawal


def refusal(**changes):
    with pytest.raises(RejectedArticle) as caught:
        article(**changes)
    return str(caught.value)


def with_paragraph(**members):
    return {"paragraphs": [{"kind": "text", "text": "Eins."}, members]}


def test_a_whole_message():
    assert article(
        id="wirtschaft/2026 🚢",
        version="2026-11-20T08:30:00+01:00",
        title=" Der \n Hafen\u0007 ",
        language="de-de",
        published_at="2026-11-20T08:00:00Z",
        section="wirtschaft",
        premium=True,
        voice="Vicki",
        engine="neural",
        url="https://a.example/7",
        teaser={"sound": "sounds/plus.wav", "note": " Weiter mit\tAbo. "},
        paragraphs=[
            {"kind": "heading", "text": "  Der\x00Hafen "},
            {"kind": "sound", "sound": "sounds/gong/a b.wav"},
            {"kind": "text", "text": "The port.", "lang": "EN"},
            {"kind": "quote", "text": "Ja.", "lang": "de-DE"},
            {"kind": "text", "text": " "},
        ],
    ) == Article(
        id="wirtschaft/2026 🚢",
        version="2026-11-20T08:30:00+01:00",
        title="Der Hafen",
        language="de-DE",
        status="published",
        paragraphs=(
            Paragraph("heading", (Run("Der Hafen"),)),
            Paragraph("sound", sound="sounds/gong/a b.wav"),
            Paragraph("text", (Run("The port.", "en"),)),
            Paragraph("quote", (Run("Ja."),)),
            Paragraph("text"),
        ),
        published_at="2026-11-20T08:00:00Z",
        section="wirtschaft",
        premium=True,
        voice="Vicki",
        engine="neural",
        url="https://a.example/7",
        teaser=Teaser("sounds/plus.wav", "Weiter mit Abo."),
        reading=house().digest,
    )


def test_members_nobody_asked_for_are_ignored_and_named():
    found = article(
        author="x",
        **{"": 1, "\ud800": 2, "n" * 500: 3},
        teaser={"note": "Abo.", "colour": "red"},
        paragraphs=[{"kind": "text", "text": "Eins.", "id": 1}, {"kind": "text", "text": "Zwei.", "id": 2}],
    )
    assert found.ignored == ("", "?", "author", "n" * 80 + "...", "paragraphs[].id", "teaser.colour")


def test_a_withdrawal_needs_nothing_else_and_looks_at_nothing_else():
    message = messages.read(encoded(withdrawal(title=5, premium="yes", paragraphs=None, extra=1)))
    assert build(message) == Article("harbour-7", 8, "", "", "withdrawn", (), ignored=("extra",))


@pytest.mark.parametrize("missing", ["id", "version"])
def test_a_withdrawal_needs_id_and_version(missing):
    message = withdrawal()
    del message[missing]
    with pytest.raises(InvalidArticle, match=f"^{missing} is missing: add it"):
        messages.read(encoded(message))


def test_a_draft_is_checked_but_its_body_is_not_read():
    assert article(status="draft", paragraphs=[]).paragraphs == ()
    draft = messages.read(encoded(article_message(status="draft", body_s3="s3://bodies/7.html")))
    assert draft.body_s3 is None
    assert build(draft).status == "draft"
    assert refusal(status="draft", title=None) == "title is missing: add it."


@pytest.mark.parametrize(
    ("data", "error", "sentence"),
    [
        (b"", NotJson, "line 1, column 1"),
        (b"\xff\xfe{}", NotJson, "UTF-8; byte 0 is not"),
        (b"[]", NotJson, "must be a JSON object"),
        (b'"text"', NotJson, "must be a JSON object"),
        (b'{"id": 1,}', NotJson, "must be JSON"),
        (b'{"a": NaN}', NotJson, "no NaN"),
        (b'{"a": -Infinity}', NotJson, "no -Infinity"),
        (b"[" * 1_000_000, NotJson, "nested too deeply"),
        (b'{"a":' * 1_000_000, NotJson, "nested too deeply"),
        (b'{"version": ' + b"9" * 4_000_000 + b"}", InvalidArticle, "A number of 4000000 digits begins 9999999999"),
        (b" " * (5 * 1024 * 1024 + 1), InvalidArticle, "body_s3"),
        (b'{"premium": true, "premium": false}', InvalidArticle, "Member 'premium' is given twice"),
        (b'{"x": [{"\\ud800": 1, "\\ud800": 2}]}', InvalidArticle, "Member '?' is given twice"),
        (b"{}", InvalidArticle, "The body is missing: add paragraphs, body_html or body_s3."),
    ],
)
def test_bytes_that_are_no_article(data, error, sentence):
    with pytest.raises(error) as caught:
        messages.read(data)
    assert sentence in str(caught.value)


def test_a_byte_order_mark_is_no_harm():
    assert messages.read(b"\xef\xbb\xbf" + encoded(article_message())).article.id == "harbour-7"


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"id": ""}, "id must have 1 to 200 characters, not 0."),
        ({"id": "x" * 201}, "id must have 1 to 200 characters, not 201."),
        ({"id": 7}, "id must be a string."),
        ({"id": "a\nb"}, "id must not hold control characters."),
        ({"id": ".."}, "id must not be '.' or '..'"),
        ({"id": "🚢" * 100}, "id must not take more than 919 bytes when it is percent-encoded."),
        ({"id": "a\udc00"}, "id holds half of a surrogate pair: send whole characters."),
        ({"version": True}, "version must be an integer from 0 to 2**63-1 or an RFC 3339 time"),
        ({"version": -1}, "version must be"),
        ({"version": 2**63}, "version must be"),
        ({"version": 1.5}, "version must be"),
        ({"version": "7"}, "version must be"),
        ({"version": "2026-02-30T00:00:00Z"}, "version must be"),
        ({"title": None}, "title is missing: add it."),
        ({"title": " \x07"}, "title must not be empty."),
        ({"title": "x" * 1001}, "title must have at most 1000 characters, not 1001."),
        ({"title": "\ud83d"}, "title holds half of a surrogate pair"),
        ({"language": "german"}, "language must be a BCP 47 language tag such as 'de-DE', not 'german'."),
        ({"status": "Published"}, "status must be 'published', 'draft' or 'withdrawn'."),
        ({"status": None}, "status is missing: add it."),
        ({"paragraphs": None}, "The body is missing: add paragraphs, body_html or body_s3."),
        ({"paragraphs": [], "body_html": ""}, "There is more than one body (paragraphs, body_html): keep one"),
        ({"paragraphs": {}}, "paragraphs must be a list."),
        ({"body_html": 5}, "body_html must be a string."),
        ({"body_html": "\ud800"}, "body_html holds half of a surrogate pair"),
        ({"body_s3": "https://a.example/b"}, "body_s3 must have the form 's3://bucket/key', not 'https://a.ex"),
        ({"body_s3": "s3://bodies/"}, "body_s3 must have the form"),
        ({"published_at": "yesterday"}, "published_at must be an RFC 3339 time with offset"),
        ({"section": "Über uns"}, "section must be 1 to 64 characters of a-z, 0-9 and '-', not 'Über uns'."),
        ({"premium": 1}, "premium must be true or false."),
        ({"voice": "Vicki\n"}, "voice must be the id of a Polly voice such as 'Vicki', not 'Vicki '."),
        ({"engine": "fast"}, "engine must be 'standard', 'neural', 'long-form' or 'generative'."),
        ({"url": "javascript:alert(1)"}, "url must be an http or https address"),
        ({"teaser": "sounds/a.wav"}, "teaser must be an object."),
        ({"teaser": {"sound": "fragments/a.mp3"}}, "teaser.sound must be the key of an object under 'sounds/'"),
        ({"teaser": {"note": "x" * 1001}}, "teaser.note must have at most 1000 characters, not 1001."),
        (with_paragraph(kind="text"), "paragraphs[1].text is missing: add it."),
        (with_paragraph(kind="text", text=3), "paragraphs[1].text must be a string."),
        (with_paragraph(kind="text", text="a\udfffb"), "paragraphs[1].text holds half of a surrogate pair"),
        (with_paragraph(kind="text", text="a", lang="d"), "paragraphs[1].lang must be a BCP 47 language tag"),
        (with_paragraph(kind="code", text="a"), "paragraphs[1].kind must be heading, text, quote, sound or pause."),
        (with_paragraph(kind=["text"], text="a"), "paragraphs[1].kind must be heading, text, quote, sound or pause."),
        (with_paragraph(text="a"), "paragraphs[1].kind is missing: make it heading, text, quote, sound or pause."),
        (with_paragraph(kind="sound"), "paragraphs[1].sound is missing: add it."),
        (with_paragraph(kind="sound", sound="sounds/../inbox/a"), "paragraphs[1].sound must be the key"),
        (with_paragraph(kind="sound", sound="sounds/"), "paragraphs[1].sound must be the key"),
        ({"paragraphs": ["text"]}, "paragraphs[0] must be an object."),
        ({"title": 1, "language": 2, "id": 3}, "id must be a string (2 more to mend)."),
    ],
)
def test_a_refusal_names_the_member_and_says_what_to_change(changes, sentence):
    found = refusal(**changes)
    assert found.startswith(sentence)
    assert found.endswith(".")
    assert len(found) < 200


@pytest.mark.parametrize("member", ["voice", "premium", "section", "teaser", "body_html"])
def test_null_is_no_value(member):
    message = article_message() | {member: None}
    if member == "body_html":
        del message["paragraphs"]
    with pytest.raises(InvalidArticle, match=f"^{member} must"):
        messages.read(encoded(message))


@pytest.mark.parametrize("name", ["../../etc/passwd", "a b", "a/b?c#d", "%2e%2e", "漢字", "x" * 200, "é" * 150])
def test_any_id_stays_inside_its_folder(name):
    found = article(id=name)
    folder = f"articles/{quote(name, safe='')}/"
    longest = keys.edition(found.id, "f" * 64, members=True) + "timeline.json"
    assert longest.startswith(folder)
    assert longest.count("/") == 5
    assert len(longest.encode()) <= 1024


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from(["\ud800", "s3://a", "1"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4),
    max_leaves=8,
)
members = st.sampled_from(sorted({*article_message(), "body_html", "body_s3", "teaser", "url", "voice", "engine", "x"}))


def outcome(data, body):
    try:
        return build(messages.read(data), body)
    except RejectedArticle as error:
        return str(error)


def article_or_named_error(data, body=b""):
    found = outcome(data, body)
    if isinstance(found, str):
        assert found.endswith(".")
        assert len(found) < 300
        found.encode()
    else:
        assert isinstance(found, Article)
        json.dumps([found.id, found.title, [p.text for p in found.paragraphs]], ensure_ascii=False).encode()


@given(st.binary() | st.text(st.characters(exclude_categories=["Cs"])).map(str.encode))
def test_any_bytes_are_an_article_or_a_named_error(data):
    article_or_named_error(data)


@given(st.dictionaries(members, json_values, max_size=4), st.sampled_from(["published", "draft", "withdrawn"]))
def test_any_json_is_an_article_or_a_named_error(changes, status):
    article_or_named_error(json.dumps(article_message(status=status) | changes).encode())


@given(st.lists(st.dictionaries(st.sampled_from(["kind", "text", "lang", "sound", "x"]), json_values), max_size=3))
def test_any_paragraphs_are_an_article_or_a_named_error(paragraphs):
    article_or_named_error(encoded(article_message(paragraphs=paragraphs)))


@given(st.binary() | st.text(st.sampled_from('[]{}"<p>,: \u00e9a')).map(str.encode))
def test_any_body_is_an_article_or_a_named_error(body):
    article_or_named_error(encoded(article_message(body_s3="s3://bodies/7")), body)


@pytest.mark.parametrize(
    ("message", "named"),
    [
        (b'{"id": "harbour-7", "title": 5}', "harbour-7"),
        (b'{"id": "' + b"x" * 300 + b'"}', "x" * 200),
        (b'{"id": "a\\ud83e"}', "a?"),
        (b'{"id": 7}', None),
        (b'{"id": ""}', None),
        (b'{"title": "no id"}', None),
        (b'["harbour-7"]', None),
        (b'{"id": "a", "id": "b"}', None),
        (b"no JSON", None),
        (b"\xff", None),
    ],
)
def test_a_refused_message_still_names_its_article_where_it_can_be_read(message, named):
    assert messages.article_id(message) == named
