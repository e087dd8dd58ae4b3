# ruff: noqa: RUF001  (quotation marks are meant as they stand)
from __future__ import annotations

import hashlib
import io
import json
from dataclasses import asdict, replace
from itertools import pairwise
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common import aws
from narration.speech import fragments, polly
from narration.speech.fragments import make, plan
from narration.speech.sentences import sentence_ends
from narration.speech.ssml import Piece
from narration.speech.voices import ENGINES
from tests.unit.narration.builders import JOANNA, VICKI, article

PIECE = Piece("<speak>Guten Tag.</speak>", "Guten Tag.")


def sound(name):
    return {"kind": "sound", "sound": f"sounds/{name}.wav"}


def text(content, **more):
    return {"kind": "text", "text": content, **more}


def test_the_hash_is_the_contract():
    # Pinned: were it to change by accident, every publisher would pay for every article again.
    assert make(PIECE, VICKI).hash == "2b5ef107ddaaaab845bd33e7ade9a81b24e6ea0b1b63b2a423c704c0ac92622b"


PARAGRAPHS = [
    {"kind": "heading", "text": "Der Hafen wächst: 3 < 5 & „mehr“"},
    sound("gong"),
    text(
        "Dr. Weber kam z. B. am 3. Oktober. Oh. „Warum?“, fragte er; niemand wusste es … und so blieb es. 终于。好的。"
    ),
    {"kind": "quote", "text": "Nobody knew about it. Nobody asked.", "lang": "en-GB"},
    text("Der Rat tagt heute, " * 200 + "und morgen. " + "Wer zahlt, ist offen. " * 100),
    text("x" * 3_500),
]
PINNED = {1: "3ef14082f16ce91554bc0b09218d192a60ab674f7a27bfa7416b324bf14d3363"}
"""SCHEME -> digest of what is asked of Polly for these paragraphs, and of the hashes under which it is kept."""


def test_what_is_asked_of_polly_changes_with_the_scheme_alone(monkeypatch):
    asked, requests = [], []

    def synthesize(**wish):
        requests.append(wish)
        return {"AudioStream": io.BytesIO(b""), "RequestCharacters": "1"}

    monkeypatch.setattr(aws, "client", lambda _, **_options: SimpleNamespace(synthesize_speech=synthesize))
    for engine in ENGINES:
        for granularity in ("paragraph", "sentence"):
            voice = replace(VICKI, engine=engine)
            items, spoken = plan(article(paragraphs=PARAGRAPHS), voice, granularity=granularity)
            asked += [(item.kind, item.paragraph, item.text, item.fragment) for item in items]
            asked += [asdict(one) for one in spoken.values()]
            polly.speech(next(iter(spoken.values())))
            polly.marks(next(iter(spoken.values())), ("sentence", "word"))
    digest = hashlib.sha256(json.dumps([asked, requests], sort_keys=True).encode()).hexdigest()
    assert PINNED.get(fragments.SCHEME) == digest, (
        "Paragraphs are cut, written as SSML, hashed or asked for otherwise than before: each fragment that this "
        f"concerns is spoken anew, and billed, when its article is next published. If that is meant, pin {digest}. "
        "Count fragments.SCHEME up where the same SSML sounds otherwise, which bills every article again."
    )


@pytest.mark.parametrize(
    ("one", "other"),
    [("it's", "it’s"), ('"no"', "“no”"), ('"nein"', "„nein“"), ('"non"', "«non»"), ("'s Avonds", "‘s Avonds")],
)
def test_quotation_marks_and_apostrophes_of_every_form_are_the_same_sound(one, other):
    (first,), (second,) = (plan(article(paragraphs=[text(words)]), VICKI)[1] for words in (one, other))
    assert first == second


def test_a_mark_more_is_another_sound():
    hashes = {
        make(Piece(f"<speak>{words}</speak>", words), VICKI).hash for words in ("its", "it's", 'it"s', "5′", "5″")
    }
    assert len(hashes) == 5


def test_a_fragment_says_what_polly_is_asked():
    fragment = make(PIECE, VICKI)
    assert (fragment.ssml, fragment.voice, fragment.engine, fragment.language) == (
        PIECE.ssml,
        "Vicki",
        "neural",
        "de-DE",
    )
    assert fragment.characters == 10


@pytest.mark.parametrize(
    "other",
    [
        make(Piece("<speak>Guten Tag!</speak>", "Guten Tag!"), VICKI),
        make(PIECE, replace(VICKI, id="Daniel")),
        make(PIECE, replace(VICKI, engine="standard")),
        make(PIECE, replace(VICKI, language="de-AT")),
        make(PIECE, VICKI, lexicons=["ab" * 32]),
        make(PIECE, VICKI, lexicons=["ab" * 32, "cd" * 32]),
        make(PIECE, VICKI, lexicons=["cd" * 32, "ab" * 32]),
    ],
)
def test_what_changes_the_sound_changes_the_hash(other):
    assert other.hash != make(PIECE, VICKI).hash


def test_the_scheme_changes_the_hash(monkeypatch):
    before = make(PIECE, VICKI).hash
    monkeypatch.setattr(fragments, "SCHEME", fragments.SCHEME + 1)
    assert make(PIECE, VICKI).hash != before


def test_what_does_not_sound_does_not_change_the_hash():
    _, before = plan(article(), VICKI)
    _, after = plan(
        article(id="other", version=99, title="Anders", section="wirtschaft", premium=True, url="https://a.example/"),
        VICKI,
    )
    assert before == after


def test_a_plan_holds_everything_in_order():
    items, spoken = plan(
        article(
            paragraphs=[
                {"kind": "heading", "text": "Titel"},
                sound("gong"),
                text(""),
                text("Eins.", lang="en"),
                {"kind": "quote", "text": "Zwei."},
            ]
        ),
        VICKI,
    )
    assert [(item.kind, item.paragraph, item.text, item.sound) for item in items] == [
        ("heading", 0, "Titel", None),
        ("sound", 1, "", "sounds/gong.wav"),
        ("text", 3, "Eins.", None),
        ("quote", 4, "Zwei.", None),
    ]
    assert {item.fragment for item in items if item.kind != "sound"} == set(spoken)
    assert items[1].fragment is None
    assert spoken[items[2].fragment].ssml == '<speak><lang xml:lang="en-US">Eins.</lang></speak>'


def test_a_paragraph_that_is_too_long_has_several_items():
    items, spoken = plan(article(paragraphs=[text("Der Rat tagt heute. " * 200)]), VICKI)
    assert [item.paragraph for item in items] == [0, 0]
    assert sum(spoken[item.fragment].characters for item in items) == 3998  # one space fell into the cut
    assert len(spoken) == 2


def test_the_same_paragraph_twice_is_one_fragment():
    items, spoken = plan(article(paragraphs=[text("Ja."), text("Nein."), text(" Ja. ")]), VICKI)
    assert len(items) == 3
    assert len(spoken) == 2
    assert items[0].fragment == items[2].fragment


@given(st.integers(0, 2), st.sampled_from(["Etwas anderes.", "Am Montag", "1"]))
def test_one_edited_paragraph_costs_one_paragraph(index, edited):
    paragraphs = [text("Erster."), text("Zweiter."), text("Dritter.")]
    _, before = plan(article(paragraphs=paragraphs), VICKI)
    paragraphs[index] = text(edited)
    _, after = plan(article(paragraphs=paragraphs), VICKI)
    assert sum(after[name].characters for name in after.keys() - before.keys()) == len(edited)


def test_another_voice_is_another_sound_for_every_paragraph():
    _, before = plan(article(), VICKI)
    _, after = plan(article(), JOANNA)
    assert not before.keys() & after.keys()


def spoken_texts(paragraph, granularity="sentence"):
    items, _ = plan(article(paragraphs=[text(paragraph)]), VICKI, granularity=granularity)
    return [item.text for item in items]


def test_each_sentence_is_a_fragment_of_its_own():
    items, spoken = plan(
        article(
            paragraphs=[
                {"kind": "heading", "text": "Der Hafen wächst. Der Rat streitet."},
                text("Der Rat tagt heute. Wer zahlt, ist offen."),
                sound("gong"),
                {"kind": "quote", "text": "Niemand wusste davon! Warum?"},
            ]
        ),
        VICKI,
        granularity="sentence",
    )
    assert [(item.kind, item.paragraph, item.text) for item in items] == [
        ("heading", 0, "Der Hafen wächst. Der Rat streitet."),
        ("text", 1, "Der Rat tagt heute."),
        ("text", 1, "Wer zahlt, ist offen."),
        ("sound", 2, ""),
        ("quote", 3, "Niemand wusste davon!"),
        ("quote", 3, "Warum?"),
    ]
    assert spoken[items[1].fragment].ssml == "<speak>Der Rat tagt heute.</speak>"


def test_a_sentence_alone_is_the_same_fragment_in_both_modes():
    (one,), (other,) = (plan(article(paragraphs=[text("Der Rat tagt.")]), VICKI, granularity=mode)[1]
                        for mode in ("paragraph", "sentence"))  # fmt: skip
    assert one == other


def test_a_foreign_sentence_keeps_its_language():
    html = '<p>Er sagte. <span lang="en">Nobody knew about it. Nobody asked.</span> Das war alles.</p>'
    _, spoken = plan(article(body_html=html), VICKI, granularity="sentence")
    assert [one.ssml for one in spoken.values()] == [
        '<speak>Er sagte. <lang xml:lang="en-US">Nobody knew about it.</lang></speak>',
        '<speak><lang xml:lang="en-US">Nobody asked.</lang></speak>',
        "<speak>Das war alles.</speak>",
    ]


def test_a_sentence_that_is_too_long_is_cut():
    pieces = spoken_texts("Kurz und gut. " + "Der Rat tagt heute, " * 200)
    assert pieces[0] == "Kurz und gut."
    assert len(pieces) == 3


SENTENCES = st.one_of(
    st.sampled_from(["Oh.", "Er kam.", "Warum?", "„Nein!“", "Dr. Weber kam z. B. am 3. Oktober.", "und dann…", "12."]),
    st.text(st.sampled_from("abcdefgh äöü"), min_size=1, max_size=60).map(lambda words: f"Der {words.strip()} tagt."),
)


@given(st.lists(SENTENCES, min_size=1, max_size=12))
def test_sentences_together_say_the_whole_paragraph(sentences):
    paragraph = " ".join(sentences)
    assert "".join(spoken_texts(paragraph)).replace(" ", "") == paragraph.replace(" ", "")


@given(st.lists(SENTENCES, min_size=1, max_size=12), st.data())
def test_an_edited_sentence_costs_itself_and_at_most_its_neighbours(sentences, data):
    """Itself: each sentence that the edit touched. "und dann…" takes the end away from the sentence before it."""
    index = data.draw(st.integers(0, len(sentences) - 1))
    old = " ".join(sentences)
    new = " ".join([*sentences[:index], data.draw(SENTENCES), *sentences[index + 1 :]])
    _, before = plan(article(paragraphs=[text(old)]), VICKI, granularity="sentence")
    items, _ = plan(article(paragraphs=[text(new)]), VICKI, granularity="sentence")
    first, last = touched(cut(old), cut(new))
    near = "".join(cut(new)[max(first - 1, 0) : last + 1])
    bought = [item.text for item in items if item.fragment not in before]
    assert all(text.replace(" ", "") in near.replace(" ", "") for text in bought)


def cut(paragraph: str) -> list[str]:
    return [paragraph[a:b].strip() for a, b in pairwise([0, *sentence_ends(paragraph), len(paragraph)])]


def touched(old: list[str], new: list[str]) -> tuple[int, int]:
    """The slice of ``new`` between what both begin with and what both end with."""
    most = min(len(old), len(new))
    first = next((at for at in range(most) if old[at] != new[at]), most)
    behind = next((at for at in range(most - first) if old[-1 - at] != new[-1 - at]), most - first)
    return first, len(new) - behind
