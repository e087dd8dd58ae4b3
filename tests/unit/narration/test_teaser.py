"""Where the teaser of a premium article ends, and what closes it."""

from __future__ import annotations

import pytest

from narration.publishing import teaser
from narration.speech import fragments
from tests.unit.narration.builders import VICKI, article


def text(content):
    return {"kind": "text", "text": content}


PREMIUM = [
    {"kind": "heading", "text": "Titel"},
    {"kind": "sound", "sound": "sounds/gong.wav"},
    {"kind": "quote", "text": "Zitat."},
    text("Der Rat tagt heute. " * 200),
    text("Bezahlt."),
]


def test_a_teaser_ends_with_the_first_text_paragraph_its_sound_and_its_note():
    premium = article(premium=True, paragraphs=PREMIUM, teaser={"sound": "sounds/plus.wav", "note": "Weiter mit Abo."})
    items, spoken = fragments.plan(premium, VICKI)
    heard, noted = teaser.plan(premium, items, VICKI)
    assert [(item.kind, item.paragraph) for item in heard] == [
        ("heading", 0),
        ("sound", 1),
        ("quote", 2),
        ("text", 3),
        ("text", 3),
        ("sound", None),
        ("note", None),
    ]
    assert heard[-2].sound == "sounds/plus.wav"
    (note,) = noted.values()
    assert (heard[-1].fragment, heard[-1].text) == (note.hash, "Weiter mit Abo.")
    assert note.ssml == "<speak>Weiter mit Abo.</speak>"
    assert not noted.keys() & spoken.keys()


def test_a_teaser_without_sound_and_note():
    premium = article(premium=True, paragraphs=PREMIUM)
    items, _ = fragments.plan(premium, VICKI)
    assert teaser.plan(premium, items, VICKI) == (items[:5], {})


@pytest.mark.parametrize(
    ("kinds", "heard"),
    [
        (["heading", "quote", "quote"], 2),
        (["quote", "heading", "text", "text"], 3),
        (["heading", "heading", "heading"], 1),
    ],
)
def test_a_teaser_never_gives_a_longer_article_away(kinds, heard):
    premium = article(premium=True, paragraphs=[{"kind": kind, "text": f"Satz {n}."} for n, kind in enumerate(kinds)])
    items, _ = fragments.plan(premium, VICKI)
    assert len(teaser.plan(premium, items, VICKI)[0]) == heard


def test_a_premium_teaser_ends_with_its_paragraph_in_both_modes():
    premium = article(premium=True, paragraphs=[text("Der Rat tagt heute. Wer zahlt, ist offen."), text("Bezahlt.")])
    items, _ = fragments.plan(premium, VICKI, granularity="sentence")
    heard, _ = teaser.plan(premium, items, VICKI)
    assert [item.text for item in heard] == ["Der Rat tagt heute.", "Wer zahlt, ist offen."]
