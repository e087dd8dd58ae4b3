"""What is said besides the text, how words are said, and how long the silences are."""
# ruff: noqa: RUF001 - phonemes

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from common import aws as common_aws
from common.objects import Bucket
from narration.audio import pauses, timeline
from narration.model import SAMPLE_RATE, Clip, Item, Paragraph, Run, Voice
from narration.publishing import drafting, plan_documents
from narration.speech import opening, pronunciation, ssml
from narration.speech.pronunciation import Word
from tests.unit.narration.builders import JOANNA, OFFERED, article, paragraph
from tests.unit.narration.fake_aws import FakeAws

SQL = Word("SQL", "en", alias="sequel")
WHO = Word("WHO", say_as="characters")
NORWICK = Word("Norwick", phoneme="nɒrɪk")


def said(text: str, *words: Word, voice: Voice = JOANNA, language: str = "en-US") -> list[str]:
    return [piece.ssml for piece in ssml.pieces(pronunciation.paragraph(paragraph(text), language, words), voice)]


def test_a_word_is_said_as_the_list_says_and_billed_as_it_is_written():
    (piece,) = ssml.pieces(pronunciation.paragraph(paragraph("In SQL, MySQL & SQL."), "en-US", [SQL]), JOANNA)
    sub = '<sub alias="sequel">SQL</sub>'
    assert piece.ssml == f"<speak>In {sub}, MySQL &amp; {sub}.</speak>"
    assert piece.characters == len("In SQL, MySQL & SQL.")


def test_tags_go_by_engine():
    standard, generative = Voice("Joanna", "standard", "en-US"), Voice("Joanna", "generative", "en-US")
    assert said("The WHO", WHO, voice=standard) == ['<speak>The <say-as interpret-as="characters">WHO</say-as></speak>']
    assert said("The WHO", WHO) == ["<speak>The WHO</speak>"]
    assert said("In Norwick", NORWICK) == ['<speak>In <phoneme alphabet="ipa" ph="nɒrɪk">Norwick</phoneme></speak>']
    assert said("In Norwick", NORWICK, voice=generative) == ["<speak>In Norwick</speak>"]


def test_a_word_belongs_to_its_language():
    assert said("SQL", SQL, language="de-DE") == ["<speak>SQL</speak>"]
    told = pronunciation.paragraph(Paragraph("text", (Run("Auf "), Run("SQL", "en"))), "de-DE", [SQL])
    assert told.runs[-1].say == SQL.say()


def test_the_longest_word_counts_and_the_first_entry():
    words = (Word("New York", alias="a"), Word("New York Times", alias="b"), Word("New York", alias="c"))
    assert said("New York Times, New York", *words) == [
        '<speak><sub alias="b">New York Times</sub>, <sub alias="a">New York</sub></speak>'
    ]


def test_a_word_that_a_limit_cuts_is_said_as_it_is_written():
    long = Word("x" * 4_000, alias="never twice")
    made = ssml.pieces(pronunciation.paragraph(paragraph("x" * 4_000), "en-US", [long]), JOANNA)
    assert "".join(piece.text for piece in made) == "x" * 4_000
    assert not any("alias" in piece.ssml for piece in made)


def test_tags_of_words_count_against_polly_s_limit():
    text = "SQL " * 700
    made = ssml.pieces(pronunciation.paragraph(paragraph(text), "en-US", [SQL]), JOANNA)
    assert all(len(piece.ssml) <= ssml.MAX_TOTAL for piece in made)
    assert sum(piece.ssml.count("alias") for piece in made) == 700


def planned(**changes):
    wanted = changes.pop("wanted", "none")
    made = article(byline="Von Jana Weber", **changes)
    items, spoken = opening.plan(made, items_of(made), JOANNA, wanted)
    return [(item.kind, item.text) for item in items if item.kind == "title" or item.paragraph == 0], spoken


def items_of(made):
    return [Item(one.kind, index, one.text, "f") for index, one in enumerate(made.paragraphs) if one.runs]


TEXT = [{"kind": "text", "text": "Am Montag."}]


@pytest.mark.parametrize(
    ("wanted", "own", "titles"),
    [
        ("none", None, []),
        ("title", None, ["Der Hafen wächst"]),
        ("byline", None, ["Der Hafen wächst", "Von Jana Weber"]),
        ("none", "title", ["Der Hafen wächst"]),
        ("byline", "none", []),
    ],
)
def test_the_title_comes_first(wanted, own, titles):
    found, spoken = planned(paragraphs=TEXT, wanted=wanted, spoken_title=own)
    assert found == [*[("title", one) for one in titles], ("text", "Am Montag.")]
    assert len(spoken) == len(titles)


def test_a_title_that_the_text_begins_with_is_said_once():
    paragraphs = [{"kind": "heading", "text": "„Der Hafen wächst“"}, *TEXT]
    found, _ = planned(paragraphs=paragraphs, wanted="byline")
    assert found == [("heading", "„Der Hafen wächst“"), ("title", "Von Jana Weber")]


ITEMS = [Item("heading", 0, "a", "a"), Item("text", 1, "b", "b"), Item("text", 1, "c", "c"), Item("quote", 3, "d", "d")]
PARAGRAPHS = [paragraph("a", "heading"), paragraph("b c"), Paragraph("pause"), paragraph("d", "quote")]


def test_without_a_wish_nothing_about_the_audio_changes():
    plain = [replace(item, paragraph=min(item.paragraph, 2)) for item in ITEMS]
    assert pauses.asked_for(plain, [*PARAGRAPHS[:2], PARAGRAPHS[3]], {}) == tuple(plain)


@pytest.mark.parametrize(
    ("own", "behind"),
    [
        ({}, [None, None, pauses.ORNAMENT, None]),
        ({"ornament": 100}, [None, None, 100, None]),
        ({"heading": 900}, [900, None, pauses.ORNAMENT, None]),
        ({"within": 10, "text": 50}, [700, 10, pauses.ORNAMENT, None]),
        ({"text": 5_000}, [5_000, None, 5_000, None]),
    ],
)
def test_pauses_by_kind_and_of_ornaments(own, behind):
    assert [item.pause for item in pauses.asked_for(ITEMS, PARAGRAPHS, own)] == behind


def test_a_pause_that_is_asked_for_is_in_the_audio():
    clips = {name: Clip(24_000, 0, 0) for name in "abcd"}
    items = pauses.asked_for(ITEMS, [*PARAGRAPHS[:2], Paragraph("pause", pause=3_000), PARAGRAPHS[3]], {})
    placed = timeline.place(items, clips)
    assert placed[3].start - placed[2].end == 3 * SAMPLE_RATE
    assert timeline.place(ITEMS, clips)[3].start - placed[2].end < SAMPLE_RATE


def test_a_publisher_s_pause_paragraph():
    made = article(paragraphs=[*TEXT, {"kind": "pause", "seconds": 1.5}, {"kind": "pause"}, *TEXT])
    assert [one.pause for one in made.paragraphs] == [None, 1_500, None, None]
    assert [one.kind for one in made.paragraphs] == ["text", "pause", "pause", "text"]


def test_a_plan_knows_its_words_lexicons_and_pauses(monkeypatch):
    monkeypatch.setattr(common_aws, "client", FakeAws().client)

    def plan(**manner):
        made = article(paragraphs=[*TEXT, {"kind": "pause"}, {"kind": "text", "text": "Mit SQL."}], premium=True)
        return drafting.plan(
            Bucket("audio"),
            made,
            "inbox/m.json",
            plan_documents.Options(title="title"),
            OFFERED,
            drafting.Manner(**manner),
        )

    plain = plan()
    words = plan(words=[Word("SQL", alias="Sequel")])
    lexicons = plan(lexicons=lambda language: (f"Millrace{language[:2]}",))
    assert [item.kind for item in plain.items] == ["title", "text", "text"]
    assert plain.items[1].pause == pauses.ORNAMENT
    assert len({one.content for one in (plain, words, lexicons)}) == 3
    assert len({item.fragment for one in (plain, words) for item in one.items}) == 4, "one word costs its paragraph"
    assert not {one.hash for one in plain.fragments} & {one.hash for one in lexicons.fragments}
    assert {one.lexicons for one in lexicons.fragments} == {("Millracede",)}
    assert plan_documents.load(json.loads(plan_documents.dump(lexicons))) == lexicons
