"""The demo's Arabic letter is real: its glyphs join, show, and say in the file what was written."""

from __future__ import annotations

import io

import pypdfium2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.demo.documents import arabic, chapter, maker, texts


@pytest.mark.parametrize(
    ("word", "forms"),
    [
        ("من", "\ufee3\ufee6"),  # initial, final
        ("في", "\ufed3\ufef2"),
        ("حالة", "\ufea3\ufe8e\ufedf\ufe94"),  # alef joins nothing behind it
        ("ولا", "\ufeed\ufefb"),  # waw alone, lam and alef as one
        ("بلا", "\ufe91\ufefc"),
        ("03", "03"),
    ],
)
def test_each_letter_has_the_form_that_its_neighbours_ask_for(word, forms):
    assert arabic.shaped(word) == forms


@given(
    st.lists(st.sampled_from(sorted({sign for line in texts.ARABIC_LETTER for sign in line if arabic.is_arabic(sign)})))
)
def test_glyphs_stand_for_the_letters_of_their_word(letters):
    word = "".join(letters)
    assert "".join(map(arabic.plain, arabic.shaped(word))) == word


def test_a_line_is_set_as_it_is_seen():
    runs = arabic.in_runs("المبلغ: $318.40")
    assert runs == [(False, "$318.40"), (False, " "), (False, ":"), (True, arabic.shaped("المبلغ")[::-1])]


def test_every_glyph_of_the_letter_has_an_outline():
    needed = {sign for line in texts.ARABIC_LETTER for own, run in arabic.in_runs(line) if own for sign in run}
    assert needed == set(arabic.glyphs())


def test_the_letter_shows_on_its_page():
    page = pypdfium2.PdfDocument(io.BytesIO(maker.arabic_letter()))[0].render(scale=1).to_pil().convert("L")
    ink = [any(page.getpixel((x, y)) < 128 for x in range(page.width)) for y in range(page.height)]
    rows = sum(now and not before for before, now in zip([False, *ink], ink, strict=False))
    assert rows >= len(chapter.arabic_lines())
