from __future__ import annotations

import random
import xml.etree.ElementTree as ET
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from narration.article import text
from narration.model import Paragraph, Run
from narration.speech import ssml
from narration.speech.ssml import Node, lower, pieces, text_of, to_xml
from tests.unit.narration.builders import VICKI, paragraph

ENGINES = ["standard", "neural", "long-form", "generative"]
LANG = "{http://www.w3.org/XML/1998/namespace}lang"

cleaned = st.text(st.characters(exclude_categories=["Cs"]), max_size=80).map(text.clean)
runs = st.lists(st.builds(Run, cleaned, st.sampled_from([None, "en", "fr-CA", "de-AT", "tlh"])), max_size=5)


def spoken(piece):
    return "".join(ET.fromstring(piece.ssml).itertext())


def tags(piece):
    return [element.tag for element in ET.fromstring(piece.ssml).iter()]


@given(runs, st.sampled_from(ENGINES))
def test_any_text_is_well_formed_and_spoken_exactly(found, engine):
    whole = Paragraph("text", tuple(found))
    made = pieces(whole, replace(VICKI, engine=engine))
    if not text.speakable(whole.text):
        assert made == []
        return
    (piece,) = made
    assert spoken(piece) == piece.text == whole.text.strip()
    assert piece.characters == len(piece.text)
    assert set(tags(piece)) <= {"speak", "lang"}


def test_the_simplest_paragraph():
    assert [piece.ssml for piece in pieces(paragraph("Guten Tag."), VICKI)] == ["<speak>Guten Tag.</speak>"]


@pytest.mark.parametrize(
    "attack",
    [
        '<break time="10s"/>Hallo',
        "</speak><speak>zwei",
        "<script>alert(1)</script>",
        '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]>&b;',
        "<![CDATA[x]]>",
        "<amazon:effect name='whispered'>x</amazon:effect>",
        "&lt;b&gt; &amp;amp; &#0;",
    ],
)
def test_markup_in_text_is_spoken_as_text(attack):
    (piece,) = pieces(paragraph(attack), VICKI)
    assert spoken(piece) == attack
    assert tags(piece) == ["speak"]
    assert "<!" not in piece.ssml


def test_text_is_escaped_once():
    (piece,) = pieces(paragraph('AT&T < "Müller" &amp; it\'s'), VICKI)
    assert piece.ssml == '<speak>AT&amp;T &lt; "Müller" &amp;amp; it\'s</speak>'
    assert piece.characters == len('AT&T < "Müller" &amp; it\'s')


def test_other_languages_are_marked_in_pollys_own_codes():
    found = Paragraph("text", (Run("Das "), Run("Know-how", "en"), Run(" von "), Run("Zürich", "de-CH"), Run(".")))
    (piece,) = pieces(found, VICKI)
    assert piece.ssml == '<speak>Das <lang xml:lang="en-US">Know-how</lang> von Zürich.</speak>'


def test_a_language_polly_does_not_speak_is_left_to_the_voice():
    (piece,) = pieces(Paragraph("text", (Run("Er rief "), Run("nuqneH", "tlh"), Run("."))), VICKI)
    assert piece.ssml == "<speak>Er rief nuqneH.</speak>"


def within_limits(piece):
    return text.utf16_length(piece.ssml) <= ssml.MAX_TOTAL and text.utf16_length(piece.text) <= ssml.MAX_BILLED


def without_spaces(content):
    return "".join(content.split())


long_runs = st.lists(
    st.tuples(
        st.sampled_from(["Ein Satz. ", "wort ", "Donau", "R&D & <b>. ", "你好。", "𠜎", "e\u0301", "Dr. X, "]),
        st.integers(1, 900),
        st.sampled_from([None, "en", "fr"]),
    ),
    min_size=1,
    max_size=4,
)


@settings(max_examples=40)
@given(long_runs)
def test_long_paragraphs_keep_both_limits_and_lose_nothing(parts):
    whole = Paragraph("text", tuple(Run(text.collapse(word * times), lang) for word, times, lang in parts))
    made = pieces(whole, VICKI)
    assert all(within_limits(piece) for piece in made)
    assert all(spoken(piece) == piece.text == piece.text.strip() for piece in made)
    assert without_spaces("".join(piece.text for piece in made)) == without_spaces(whole.text)
    assert languages(made) == languages(pieces_of_any_length(whole))


def languages(made):
    """The language of each sounding character, in order."""
    found = []
    for piece in made:
        root = ET.fromstring(piece.ssml)
        found += [None] * len(without_spaces(root.text or ""))
        for element in root:
            found += [element.get(LANG)] * len(without_spaces(element.text or ""))
            found += [None] * len(without_spaces(element.tail or ""))
    return found


def pieces_of_any_length(whole):
    unlimited = pytest.MonkeyPatch()
    with unlimited.context() as patch:
        patch.setattr(ssml, "MAX_TOTAL", 10**9)
        patch.setattr(ssml, "MAX_BILLED", 10**9)
        return pieces(whole, VICKI)


def test_a_paragraph_of_exactly_the_limit_is_one_piece():
    assert len(pieces(paragraph("a" * 3000), VICKI)) == 1
    assert [piece.characters for piece in pieces(paragraph("a" * 3001), VICKI)] == [3000, 1]


def test_escapes_count_against_the_total_only():
    made = pieces(paragraph("&" * 2400 + "a"), VICKI)
    assert [piece.characters for piece in made] == [1197, 1197, 7]
    assert all(len(piece.ssml) <= 6000 for piece in made)


def test_a_long_paragraph_is_cut_at_a_sentence_end():
    sentence = "Der Rat hat den Ausbau des Hafens nach Dr. Weber beschlossen. "
    made = pieces(paragraph((sentence * 100).strip()), VICKI)
    assert len(made) == 3
    assert all(piece.text.endswith("beschlossen.") for piece in made)


def test_a_cut_does_not_depend_on_what_follows():
    sentence = "Der Rat hat den Ausbau beschlossen. "
    before = pieces(paragraph(sentence * 120), VICKI)
    after = pieces(paragraph(sentence * 120 + "Ein Nachtrag."), VICKI)
    assert after[0] == before[0]


tree_text = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff"), max_size=10)
tree = st.recursive(
    tree_text,
    lambda children: st.builds(
        Node,
        st.sampled_from(["lang", "emphasis", "prosody", "whatever", "p", "say-as"]),
        st.lists(children, max_size=3).map(tuple),
        st.dictionaries(st.sampled_from(["rate", "pitch", "level"]), tree_text, max_size=2),
    ),
    max_leaves=12,
)


@given(st.lists(tree, max_size=3), st.sampled_from(ENGINES))
def test_lowering_keeps_the_text_and_no_unsupported_tag(children, engine):
    root = Node("speak", tuple(children))
    lowered = lower(root, engine)
    assert text_of(lowered) == text_of(root)
    parsed = ET.fromstring(to_xml(lowered))
    assert "".join(parsed.itertext()) == text_of(root).replace("\r", "\n")
    used = {element.tag for element in parsed.iter()}
    assert "whatever" not in used
    if engine != "standard":
        assert "emphasis" not in used


@pytest.mark.parametrize(
    ("engine", "xml"),
    [
        ("standard", '<speak><prosody pitch="low" rate="slow"><emphasis>a</emphasis></prosody></speak>'),
        ("neural", '<speak><prosody rate="slow">a</prosody></speak>'),
        ("generative", "<speak>a</speak>"),
    ],
)
def test_lowering_by_engine(engine, xml):
    prosody = Node("prosody", (Node("emphasis", ("a",)),), {"rate": "slow", "pitch": "low"})
    assert to_xml(lower(Node("speak", (prosody,)), engine)) == xml


def test_many_small_runs_keep_the_limits():
    picker = random.Random(7)
    found = tuple(Run(picker.choice("ab "), picker.choice(["en", "fr", None])) for _ in range(2000))
    whole = Paragraph("text", (Run("x"), *found))
    made = pieces(whole, VICKI)
    assert all(within_limits(piece) for piece in made)
    assert without_spaces("".join(piece.text for piece in made)) == without_spaces(whole.text)
