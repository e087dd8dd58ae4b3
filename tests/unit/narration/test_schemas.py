"""The schemas are the public contract: they agree with the code that checks, and hold for what the code writes."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import asdict
from pathlib import Path

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema.validators import Draft202012Validator, extend

from common import aws as common_aws
from common.objects import Bucket
from narration.article import messages as articles
from narration.audio import speech_marks, timeline
from narration.errors import RejectedArticle
from narration.model import SCHEMA, Clip, Pointer
from narration.publishing import editions, feed_commits, feeds, fragment_objects, keys, plan_documents, pointers
from narration.speech import fragments
from tests.unit.narration import audio, builders
from tests.unit.narration.builders import VICKI, article_message, encoded, withdrawal
from tests.unit.narration.fake_aws import FakeAws

SCHEMAS = Path(__file__).parents[3] / "events" / "schemas"


def ecma_pattern(validator, pattern, instance, schema):
    """Patterns are ECMA 262 by the standard, where $ is the very end; Python's also matches before a last newline."""
    if isinstance(instance, str) and not re.search(pattern.replace("$", r"\Z"), instance):
        yield jsonschema.ValidationError(f"{instance!r} does not match {pattern!r}")


def validator(name):
    (path,) = SCHEMAS.rglob(f"{name}.json")
    schema = json.loads(path.read_text())
    Draft202012Validator.check_schema(schema)
    return extend(Draft202012Validator, {"pattern": ecma_pattern})(schema)


ARTICLE = validator("article-message")
SHAPES = {1: "ec2cba5f88c46281d1f476f4fe5753c7407adf4bd878d6ef622ecce29d4bdb7f"}
"""model.SCHEMA -> digest of the members and types of every document that the application writes and reads again."""

WRITTEN = {
    "timeline": builders.timeline_members,
    "pointer": builders.pointer_members,
    "rejected": builders.rejected_members,
    "fragment-sidecar": builders.sidecar_members,
    "fragment-marks": builders.marks_members,
}


@pytest.mark.parametrize("name", WRITTEN)
def test_what_the_application_writes_is_valid(name):
    validator(name).validate(WRITTEN[name]())


def test_a_sidecar_with_its_loudness_is_valid_and_the_bounds_hold():
    sidecar = validator("fragment-sidecar")
    sidecar.validate(builders.sidecar_members(loudness_lufs=-23.71, peak_dbfs=-5.2))
    assert not sidecar.is_valid(builders.sidecar_members(loudness_lufs=-80.0, peak_dbfs=-5.2))
    assert not sidecar.is_valid(builders.sidecar_members(loudness_lufs=-23.71, peak_dbfs=1.0))


@pytest.mark.parametrize("article", ["harbour-7", None])
def test_a_rejection_names_its_article_where_that_is_known(article):
    validator("rejected").validate(builders.rejected_members(article=article))
    assert not validator("rejected").is_valid(builders.rejected_members(article=7))


@pytest.mark.parametrize("name", WRITTEN)
def test_every_member_of_what_is_written_is_required(name):
    for member in WRITTEN[name]():
        document = WRITTEN[name]()
        del document[member]
        assert not validator(name).is_valid(document), member


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("timeline", {"schema": 2}),
        ("timeline", {"items": [{"kind": "text", "start": 0, "end": 1}]}),
        ("timeline", {"edition": "AB" * 32}),
        ("pointer", {"edition": None}),
        ("pointer", {"status": "draft"}),
        ("pointer", {"sounds_revision": -1}),
        ("rejected", {"error": "not a class"}),
        ("rejected", {"at": "yesterday"}),
        ("fragment-sidecar", {"frames": -1}),
        ("fragment-marks", {"marks": [{"time": -1, "type": "word", "value": "x"}]}),
        ("fragment-sidecar", {"engine": "fast"}),
    ],
)
def test_what_would_be_wrong_is_refused(name, changes):
    assert not validator(name).is_valid(WRITTEN[name](**changes))


def test_a_tombstone_has_no_edition():
    validator("pointer").validate(builders.pointer_members(status="withdrawn", edition=None))


def test_the_timeline_as_it_is_written():
    article = builders.article(
        paragraphs=[*article_message()["paragraphs"], {"kind": "sound", "sound": "sounds/a.wav"}]
    )
    items, spoken = fragments.plan(article, VICKI)
    plan = plan_documents.make(article, VICKI, items, (), spoken, {"sounds/a.wav": ""}, "inbox/x.json")
    made = timeline.build(items, dict.fromkeys(spoken, Clip(48_000, 1_800, 6_900)), article.title)
    written = json.loads(
        json.dumps(editions.document(plan, made, {"sounds/a.wav": "it is not there"}, {"ffmpeg": "7.0.2"}))
    )
    validator("timeline").validate(written)
    assert [item["text"] for item in written["items"] if item["fragment"]] == [item.text for item in items[:3]]


@pytest.mark.parametrize("status", ["published", "withdrawn"])
def test_the_pointer_as_it_is_written(status):
    edition = "ab" * 32 if status == "published" else None
    pointer = Pointer("harbour-7", 7, status, edition, "inbox/x.json", premium=True)
    written = json.loads(pointers.dump(pointer))
    validator("pointer").validate(written)
    assert {name: written[name] for name in asdict(pointer) if name in written} == {
        name: value for name, value in asdict(pointer).items() if name in written
    }


def shape(value):
    if isinstance(value, dict):
        return {name: shape(one) for name, one in value.items()}
    if isinstance(value, list):
        return [shape(one) for one in value[:1]]
    return type(value).__name__


def test_a_document_of_another_shape_has_another_schema_number(monkeypatch):
    fake = FakeAws()
    monkeypatch.setattr(common_aws, "client", fake.client)
    plan = builders.plan_of(builders.article(premium=True), {"sounds/a.wav": ""})
    spoken = plan.fragments[0]
    made = timeline.build(plan.items, {one.hash: Clip(48_000, 1_800, 6_900) for one in plan.fragments}, "Title")
    feed_commits._add(Bucket("audio"), "a", "city", "2026-11-20T08:00:00Z")
    documents = {
        "plan": json.loads(plan_documents.dump(plan)),
        "timeline": editions.document(plan, made, {"sounds/a.wav": "why"}, {"ffmpeg": "7.0.2"}),
        "pointer": json.loads(pointers.dump(Pointer("a", 7, "published", plan.edition, "inbox/x.json"))),
        "sidecar": json.loads(fragment_objects._sidecar(spoken, audio.fragment(audio.tone(0.5)))),
        "marks": speech_marks.document(b'{"time":0,"type":"word","start":1,"end":2,"value":"a"}', spoken),
        "entry": json.loads(feeds.dump(feeds.Entry("a", "e", "t", "d", "de-DE", "p", "k", 1, 2, 3, "u", "c", "s"))),
        "listing": json.loads(fake.objects[keys.listing("a")].body),
    }
    described = json.dumps({name: shape(document) for name, document in documents.items()}, sort_keys=True)
    digest = hashlib.sha256(described.encode()).hexdigest()
    assert {document["schema"] for document in documents.values()} == {SCHEMA}
    assert SHAPES.get(SCHEMA) == digest, (
        "A document has other members or types than under this SCHEMA. If members were only added, and documents "
        "without them can still be read (plans, pointers, timelines and sidecars live as long as the audio), pin "
        f"{digest} here. If one has gone, or means something else, count model.SCHEMA up, let the readers take both, "
        "and change events/schemas/ and docs/events.md."
    )


@pytest.mark.parametrize(
    "message",
    [
        article_message(),
        article_message(body_html="<p>x"),
        article_message(body_s3="s3://bodies/7.html", teaser={"sound": "sounds/a.wav"}, premium=True),
        article_message(version="2026-11-20T08:30:00Z", published_at="2026-11-20T08:30:00.5+01:00"),
        article_message(id="../..", url="https://a.example/ü", section="a-1", x=None),
        withdrawal(),
        withdrawal(title=5),
    ],
)
def test_messages_that_both_accept(message):
    ARTICLE.validate(message)
    articles.read(encoded(message))


INTERESTING = {
    "id": ["", ".", "..", "...", "a", "a/b", "a\nb", "a\n", "x" * 200, "x" * 201, "\x85", "\ufffe", 5, None],
    "version": [0, -1, 2**63 - 1, 2**63, True, 1.5, "1", "2026-11-20T08:30:00Z", "2026-11-20T08:30:00Z\n",
                "2026-11-20t08:30:60.123456789-23:59", "2026-11-20T08:30:00.1234567890Z", "2026-11-20 08:30:00Z",
                "2026-11-20T08:30:00", "2026-13-20T08:30:00Z", "2026-11-20T24:30:00Z", None, []],
    "title": ["", " ", "a", "\x07", "\u00a0", "\u200b", "\u00ad a", "x" * 1000, "x" * 1001, 1, None],
    "language": ["de", "de-DE", "de_DE", "d", "zh-Hant-HK", "en-a-b", "en-a-bc", "x-a", "en-x-a", "de\n", "german",
                 "de-1996", "sl-rozaj-biske-1994", "abc-def-ghi-jkl-Latn-DE-1996-a-abcdefgh", 1, None],
    "status": ["published", "draft", "withdrawn", "Published", "", None, 1],
    "paragraphs": [[], None, {}, "x", [1], [[]], [{}]],
    "body_html": ["", "<p>x", 1, None],
    "body_s3": ["s3://bodies/a", "s3://bodies/", "s3://b/a", "S3://bodies/a", "s3://bodies/a\n", "s3://bodies//",
                "s3://-bodies/a", "s3://bodies/\u2028", 1, None],
    "published_at": ["2026-11-20T08:30:00Z", "2026-11-20", 1, None],
    "section": ["a", "a-1", "A", "", "x" * 64, "x" * 65, "a\n", "ä", 1, None],
    "premium": [True, False, 1, "true", None],
    "voice": ["Vicki", "", "Vicki\n", "Vi cki", "Jürgen", 1, None],
    "engine": ["neural", "long-form", "Neural", "", 1, None],
    "url": ["https://a.example/", "http://a", "https://", "ftp://a", "https://a b", "https://a\n", "https://ä/\u2003",
            "https://a/" + "x" * 2038, "https://a/" + "x" * 2039, 1, None],
    "teaser": [{}, {"sound": "sounds/a"}, {"sound": "a"}, {"note": ""}, {"note": "x" * 1001}, {"note": None},
               {"x": 1}, [], "x", None],
    "byline": ["By Jane Ward", "", "x" * 1000, "x" * 1001, 1, None],
    "spoken_title": ["none", "title", "byline", "", "Title", 1, None],
    "replays": ["inbox/" + "0a" * 20 + ".json", "inbox/x.json", "inbox/" + "0a" * 20 + ".json\n", "", 1, None],
    "unknown": [None, {"deep": []}],
}  # fmt: skip

SOUNDS = ["sounds/a.wav", "sounds/", "sounds//a", "sounds/../a", "sounds/./a", "sounds/...", "sounds/a/..", "Sounds/a",
          "sounds/a\n", "sounds/a/", "sounds/ä b", "x/sounds/a", "sounds/a/../b", "sounds/..a", 1, None]  # fmt: skip
paragraph = st.fixed_dictionaries(
    {},
    optional={
        "kind": st.sampled_from(["heading", "text", "quote", "sound", "pause", "Text", "", None, 1, []]),
        "text": st.sampled_from(["", "a", "\x00", 1, None]) | st.text(st.characters(exclude_categories=["Cs"])),
        "lang": st.sampled_from(INTERESTING["language"]),
        "sound": st.sampled_from(SOUNDS),
        "seconds": st.sampled_from([1, 0.5, 10, 10.5, 0, -1, True, "1", None]),
        "x": st.none(),
    },
)
changes = st.fixed_dictionaries({}, optional={name: st.sampled_from(values) for name, values in INTERESTING.items()})
messages = st.builds(
    lambda change, dropped: {n: v for n, v in (article_message() | change).items() if n not in dropped},
    changes | st.lists(paragraph, max_size=3).map(lambda found: {"paragraphs": found}),
    st.sets(st.sampled_from(["id", "version", "title", "language", "status", "paragraphs"]), max_size=1),
)
alone = st.sampled_from([(name, value) for name, values in INTERESTING.items() for value in values])


def accepted(message):
    try:
        articles.read(encoded(message))
    except RejectedArticle:
        return False
    return True


@settings(max_examples=400)
@given(messages)
def test_schema_and_code_accept_the_same_messages(message):
    assert accepted(message) == ARTICLE.is_valid(message)


@given(alone)
def test_schema_and_code_agree_on_each_single_value(change):
    name, value = change
    message = article_message() | {name: value}
    if name in {"body_html", "body_s3"}:
        del message["paragraphs"]
    assert accepted(message) == ARTICLE.is_valid(message)


@pytest.mark.parametrize("sound", SOUNDS)
def test_schema_and_code_agree_on_sounds(sound):
    message = article_message(paragraphs=[{"kind": "sound", "sound": sound}])
    assert accepted(message) == ARTICLE.is_valid(message)


@pytest.mark.parametrize(
    "message",
    [
        article_message(version="2026-02-30T00:00:00Z"),
        article_message(id="🚢" * 100),
        article_message(body_s3="s3://bodies/" + "ü" * 600),
        article_message(title="\ud800"),
    ],
)
def test_what_only_the_code_can_refuse(message):
    ARTICLE.validate(message)
    assert not accepted(message)
