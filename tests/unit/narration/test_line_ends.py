# ruff: noqa: RUF001
"""The end of a line, a single <br>: a short pause where no punctuation makes one, and never a character billed."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from narration.model import Paragraph, ParagraphKind, Run
from narration.reading import html_body
from narration.speech import ssml
from tests.unit.narration.builders import VICKI

ENGINES = ["standard", "neural", "long-form", "generative"]
PAUSE = '<break strength="medium"/>'


def read(html: str) -> list[Paragraph]:
    return list(html_body.paragraphs(html, "en-GB"))


def texts(html: str) -> list[str]:
    return [paragraph.text for paragraph in read(html)]


def spoken(html: str, *, by_sentence: bool = False) -> list[str]:
    pieces = [piece for one in read(html) for piece in ssml.pieces(one, VICKI, by_sentence=by_sentence)]
    assert all("".join(ET.fromstring(piece.ssml).itertext()) == piece.text for piece in pieces)
    return [piece.ssml.removeprefix("<speak>").removesuffix("</speak>") for piece in pieces]


@pytest.mark.parametrize(
    ("html", "said"),
    [
        ("Town Hall<br>12 Harbour Road<br />Norwick", [f"Town Hall{PAUSE} 12 Harbour Road{PAUSE} Norwick"]),
        ("<p>Town Hall<br>Norwick</p>", [f"Town Hall{PAUSE} Norwick"]),
        ("<h2>The bridge<br>An answer</h2>", [f"The bridge{PAUSE} An answer"]),
        (
            "<blockquote>Rain again<br>\n and the ferry is late</blockquote>",
            [f"Rain again{PAUSE} and the ferry is late"],
        ),
        ("Rain <b>again <br> </b> <i>and</i> wind", [f"Rain again{PAUSE} and wind"]),
        ("It rained.<br>Nobody came", ["It rained. Nobody came"]),
        ("It rained,<br>and nobody came", ["It rained, and nobody came"]),
        ("„Es regnet.“<br>Keiner kam", ["„Es regnet.“ Keiner kam"]),
        ("« Il pleut ! »<br>Personne", ["« Il pleut ! » Personne"]),
        ("<b>It rained.</b><br>Nobody came", ["It rained. Nobody came"]),
        ("東京。<br>大阪<br>京都", [f"東京。 大阪{PAUSE} 京都"]),
        ("<br>One<br>", ["One"]),
        ("One<br><br>Two", ["One", "Two"]),
        ("One<br>[gallery ids=1]<br>Two", [f"One{PAUSE} Two"]),
        ("One<wbr>two", ["Onetwo"]),
    ],
)
def test_a_line_that_ends_without_punctuation_is_heard(html: str, said: list[str]) -> None:
    assert spoken(html) == said


def test_a_pause_stands_between_languages_where_the_line_ends() -> None:
    html = '<p>He said <em lang="fr">bon voyage </em><br>and left <em lang="fr"><br>sans bruit</em></p>'
    (one,) = spoken(html)
    french = '<lang xml:lang="fr-FR">'
    assert one == (f"He said {french}bon voyage</lang>{PAUSE} and left{french}{PAUSE} sans bruit</lang>")


def test_the_rules_of_reading_see_a_space_in_a_lines_end() -> None:
    assert texts("<p>One.</p><p>Read<br>more: another story</p>") == texts("<p>One.</p><p>Read more: another story</p>")
    assert texts("<p>See https://a.example/b<br>and c</p>") == ["See a.example\nand c"]


def test_a_character_of_no_html_is_no_line_end() -> None:
    assert texts("<p>a\x00b &#0; c</p><svg><title>x\x00</title></svg>") == ["ab \ufffd c"]


lines = st.lists(
    # A no-break space at the end of a line is dropped with the line's other spaces.
    st.text(st.sampled_from("ab Zé.,!?…»“)–1&<漢。\u00a0"), max_size=12).map(
        lambda one: one.strip("\u00a0 ").replace("<", "&lt;")
    ),
    min_size=1,
    max_size=6,
)


@given(lines, st.booleans())
def test_a_line_end_changes_neither_a_word_nor_a_cut_nor_what_is_billed(parts: list[str], by_sentence: bool) -> None:
    broken, joined = (html_body.paragraphs(f"<p>{glue.join(parts)}</p>", "en-GB") for glue in ("<br>x", " x"))
    assert [one.text.replace("\n", " ") for one in broken] == [one.text for one in joined]
    pieces, usual = (
        [piece for one in read for piece in ssml.pieces(one, VICKI, by_sentence=by_sentence)]
        for read in (broken, joined)
    )
    assert [(piece.text, piece.characters) for piece in pieces] == [(piece.text, piece.characters) for piece in usual]
    assert [piece.ssml.replace(PAUSE, "") for piece in pieces] == [piece.ssml for piece in usual]


@given(st.text(st.sampled_from("ab Z.,\n\t\r\u00a0\u2028\x0b"), max_size=40))
def test_text_without_br_has_no_line_ends(text: str) -> None:
    assert not any("\n" in one for one in texts(f"<p>{text}</p>"))
    assert not any("<break" in one for one in spoken(f"<p>{text}</p>"))


@given(
    st.lists(st.sampled_from(["wort", "Satz.", "R&D", "\n", "𠜎 "]), min_size=1, max_size=9),
    st.integers(1, 400),
    st.sampled_from(ENGINES),
    st.sampled_from([None, "en"]),
)
def test_pauses_count_against_the_whole_and_are_never_billed(words: list[str], times: int, engine, lang) -> None:
    whole = Paragraph("text", (Run(" ".join(words * times).replace(" \n ", "\n"), lang),))
    made = ssml.pieces(whole, replace(VICKI, engine=engine))
    assert all(len(piece.ssml) <= ssml.MAX_TOTAL and piece.characters <= ssml.MAX_BILLED for piece in made)
    assert all("\n" not in piece.ssml and piece.text == piece.text.strip() for piece in made)
    assert "".join("".join(piece.text for piece in made).split()) == "".join(whole.text.split())


def test_a_long_poem_is_cut_where_a_line_ends() -> None:
    verse = "the river went on and on and nobody knew where"
    made = ssml.pieces(Paragraph("quote", (Run("\n".join([verse] * 200)),)), VICKI)
    assert len(made) > 1
    assert all(piece.text.startswith("the river") and piece.text.endswith("knew where") for piece in made)


@pytest.mark.parametrize("kind", ["text", "heading"])
def test_a_line_end_is_in_no_text_that_is_shown(kind: ParagraphKind) -> None:
    (piece,) = ssml.pieces(Paragraph(kind, (Run("The bridge\nAn answer"),)), VICKI)
    assert piece.text == "The bridge An answer"


def test_very_many_lines_take_linear_time() -> None:
    """A look back over all lines for each of them would not end within the suite's patience."""
    (text,) = texts(f"<p>{'a line that ends<br>' * 200_000}</p>")
    assert text.count("\n") == 199_999
