"""Where the teaser of a premium article ends, and what closes it."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from narration import speech
from narration.article.language_tags import primary
from narration.publishing import teaser
from narration.speech import fragments
from narration.speech.sentences import sentence_ends
from tests.unit.narration.builders import VICKI, article

WIDE = teaser.Bound(3_000, 100)
USUAL = teaser.Bound(400, 25)


def text(content, kind="text"):
    return {"kind": kind, "text": content}


def excerpt(premium, bound=USUAL, granularity="paragraph"):
    items, spoken = fragments.plan(premium, VICKI, granularity=granularity)
    return teaser.plan(premium, items, VICKI, bound=bound, granularity=granularity), items, spoken


def said(found):
    """What of the article itself is in the teaser."""
    return [item.text for item in found.items if item.fragment and item.paragraph is not None]


PREMIUM = [
    text("Titel", "heading"),
    {"kind": "sound", "sound": "sounds/gong.wav"},
    text("Zitat.", "quote"),
    text("Der Rat tagt heute. " * 100),
    text("Bezahlt."),
]


def test_a_teaser_ends_with_the_first_text_paragraph_its_sound_and_its_note():
    premium = article(premium=True, paragraphs=PREMIUM, teaser={"sound": "sounds/plus.wav", "note": "Weiter mit Abo."})
    found, _, spoken = excerpt(premium, WIDE)
    assert [(item.kind, item.paragraph) for item in found.items] == [
        ("heading", 0),
        ("sound", 1),
        ("quote", 2),
        ("text", 3),
        ("sound", None),
        ("note", None),
    ]
    assert found.items[-2].sound == "sounds/plus.wav"
    (note,) = found.fragments.values()
    assert (found.items[-1].fragment, found.items[-1].text) == (note.hash, "Weiter mit Abo.")
    assert note.ssml == "<speak>Weiter mit Abo.</speak>"
    assert not found.fragments.keys() & spoken.keys()
    assert not found.withheld


def test_it_is_cut_at_the_last_sentence_end_within_the_bound():
    found, items, _ = excerpt(article(premium=True, paragraphs=PREMIUM))
    heard = said(found)
    assert heard[:2] == ["Titel", "Zitat."]
    assert heard[2] == ("Der Rat tagt heute. " * 19).strip()  # 5 + 6 + 379 of 400 characters; another would be 410
    assert found.items[3].fragment not in {item.fragment for item in items}
    assert found.items[3].fragment in found.fragments


def test_what_is_cut_by_sentences_is_bought_once():
    found, _, spoken = excerpt(article(premium=True, paragraphs=PREMIUM), granularity="sentence")
    cut = [item for item in found.items if item.paragraph == 3]
    assert len(cut) == 19
    assert {item.fragment for item in cut} <= spoken.keys()


def test_a_share_of_a_short_article():
    sentences = "Der Rat tagt heute. Die Stadt wartet. Niemand weiß etwas. Es bleibt offen. "
    found, _, _ = excerpt(article(premium=True, paragraphs=[text(sentences)]))
    assert (said(found), found.withheld) == ([], True)  # a quarter of 75 characters is less than the first sentence
    found, _, _ = excerpt(article(premium=True, paragraphs=[text(sentences), text("Und so weiter. " * 4)]))
    assert (said(found), found.withheld) == (["Der Rat tagt heute."], False)


def test_a_cut_keeps_the_language_of_each_word():
    html = (
        '<p>Er rief: <span lang="en">Nobody knew. Nobody asked.</span> Dann ging er. ' + "Es war still. " * 40 + "</p>"
    )
    found, _, _ = excerpt(article(premium=True, body_html=html), teaser.Bound(22, 100))
    (one, note) = (found.fragments[item.fragment].ssml for item in found.items)
    assert one == '<speak>Er rief: <lang xml:lang="en-US">Nobody knew.</lang></speak>'
    assert "Abonnement" in note


def test_a_sound_that_leads_to_nothing_is_not_heard():
    paragraphs = [text("Titel", "heading"), {"kind": "sound", "sound": "sounds/gong.wav"}, text("x" * 900)]
    found, _, _ = excerpt(article(premium=True, paragraphs=paragraphs))
    assert [item.kind for item in found.items] == ["heading", "note"]


def test_a_teaser_that_is_a_sound_needs_no_note_unless_nothing_else_is_heard():
    premium = article(premium=True, paragraphs=PREMIUM, teaser={"sound": "sounds/plus.wav"})
    assert [item.kind for item in excerpt(premium)[0].items][-1] == "sound"
    assert [item.kind for item in excerpt(premium, teaser.Bound(0, 0))[0].items] == ["sound", "note"]


@pytest.mark.parametrize(
    ("kinds", "heard"),
    [
        (["heading", "quote", "quote"], 2),
        (["quote", "heading", "text", "text"], 3),
        (["heading", "heading", "heading"], 1),
    ],
)
def test_a_teaser_never_gives_a_longer_article_away(kinds, heard):
    premium = article(premium=True, paragraphs=[text(f"Satz {n}.", kind) for n, kind in enumerate(kinds)])
    assert len(said(excerpt(premium, WIDE)[0])) == heard


def test_every_language_of_polly_has_a_note():
    voices = tomllib.loads((Path(speech.__file__).parent / "voices.toml").read_text(encoding="utf-8"))
    english = teaser.default_note("en-US")
    for code in voices["defaults"]:
        language = "ar" if code == "arb" else primary(code)
        assert language == "en" or teaser.default_note(language) != english, code
    assert teaser.default_note("tlh") == english


WORDS = st.sampled_from(
    ["Rat", "Stadt", "tagt", "heute.", "Wer?", "„Nein!“", "z. B.", "…", "今日は晴れです。", "x" * 90]
)
PARAGRAPHS = st.one_of(
    st.builds(
        text, st.lists(WORDS, min_size=1, max_size=60).map(" ".join), st.sampled_from(["text", "quote", "heading"])
    ),
    st.just({"kind": "sound", "sound": "sounds/gong.wav"}),
)


def has_words(paragraph: dict[str, str]) -> bool:
    return re.search(r"\w", paragraph.get("text", "")) is not None


@given(
    st.lists(PARAGRAPHS, min_size=1, max_size=6).filter(
        lambda body: any(re.search(r"\w", one.get("text", "")) for one in body)
    ),
    st.builds(teaser.Bound, st.integers(0, 600), st.integers(0, 100)),
    st.sampled_from(["paragraph", "sentence"]),
)
def test_whatever_the_body_the_bound_holds(paragraphs, bound, granularity):
    premium = article(premium=True, paragraphs=paragraphs)
    found, items, _ = excerpt(premium, bound, granularity)
    heard = said(found)
    whole = sum(len(item.text) for item in items)
    assert sum(map(len, heard)) <= min(bound.characters, whole * bound.share / 100)
    assert found.items[-1].kind == "note"
    assert found.withheld == (not heard)
    for index in {item.paragraph for item in found.items if item.fragment and item.paragraph is not None}:
        paragraph = premium.paragraphs[index].text
        stops = {bare(paragraph[:stop]) for stop in (*sentence_ends(paragraph), len(paragraph))}
        assert bare("".join(item.text for item in found.items if item.paragraph == index)) in stops


def bare(words: str) -> str:
    """Without what has no sound of its own: "… " is not spoken."""
    return re.sub(r"\W", "", words)
