"""What is asked of a whole page at once has the answer that was asked for letter by letter, pixel by pixel."""

from __future__ import annotations

import pypdfium2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageChops
from pypdfium2 import raw

from documents.files import page_objects
from documents.reading.painting import hidden, letters, pictures
from documents.reading.painting.canvas import Canvas, Clock, without
from documents.reading.painting.ink import INK, Ink
from tests.unit.documents.files import Sheet, pdf, say
from tests.unit.documents.hiding import HIDDEN, HONEST
from tests.unit.documents.scripts import Lettered

SIZE = (21, 13)
PIXELS = SIZE[0] * SIZE[1] * 4

painted = st.binary(min_size=PIXELS, max_size=PIXELS).map(lambda data: Image.frombytes("RGBX", SIZE, data))
shares = st.tuples(*[st.integers(1, 100)] * 4)


def area(share):
    """Left, top, right and bottom of any part of such a painting."""
    left, top = share[0] * (SIZE[0] - 1) // 100, share[1] * (SIZE[1] - 1) // 100
    return left, top, left + max(1, share[2] * (SIZE[0] - left) // 100), top + max(1, share[3] * (SIZE[1] - top) // 100)


def bits(number: int, count: int) -> list[int]:
    assert number < 1 << count
    return [number >> place & 1 for place in range(count)]


def changed(image: Image.Image, data) -> Image.Image:
    """The same painting but for a few pixels, each by a little more or less than can be seen."""
    other = image.copy()
    for _ in range(data.draw(st.integers(0, 6))):
        at = data.draw(st.tuples(st.integers(0, SIZE[0] - 1), st.integers(0, SIZE[1] - 1)))
        step = data.draw(st.tuples(*[st.sampled_from([-INK, 1 - INK, 0, INK - 1, INK])] * 3))
        own = image.getpixel(at)
        other.putpixel(at, (*(min(max(one + more, 0), 255) for one, more in zip(own, step, strict=False)), own[3]))
    return other


class TestMask:
    @given(painted, st.data(), shares)
    def test_columns_and_rows_are_those_of_a_projection(self, one, data, share):
        other, (left, top, right, bottom) = changed(one, data), area(share)
        red, green, blue, _ = ImageChops.difference(one, other).split()
        brightest = ImageChops.lighter(ImageChops.lighter(red, green), blue)
        seen = brightest.point([0] * INK + [255] * (256 - INK)).crop((left, top, right, bottom))
        columns, rows = seen.getprojection()
        ink = Ink(one, other)
        assert bits(ink.all.across(area(share)), right - left) == columns
        assert bits(ink.all.down(area(share)), bottom - top) == rows
        assert ink.is_in(area(share)) is any(columns)

    @given(painted, painted, shares)
    def test_the_green_is_a_part_of_it(self, one, other, share):
        ink, place = Ink(one, other), area(share)
        assert ink.green.across(place) | ink.all.across(place) == ink.all.across(place)
        assert ink.green.down(place) | ink.all.down(place) == ink.all.down(place)


class Exact(Ink):
    """Without the short way over the green."""

    def __init__(self, one, other):
        super().__init__(one, other)
        self.green = Ink(one, other).all


def both_ways(data: bytes):
    with pypdfium2.PdfDocument(data) as document:
        page = document[0]
        words, clock = letters.words(page.get_textpage()), Clock.forever()
        with clock.page():
            canvas = Canvas(page, clock)
            whole = canvas.paint()
            with without(pictures.texts(list(page_objects.walk(page)))):
                plain = canvas.paint()
            return [hidden.judged(words, canvas, kind(whole, plain)) for kind in (Ink, Exact)]


COLORS = st.tuples(*[st.sampled_from([0, 0.5, 0.9, 1])] * 3).map(lambda each: b"%g %g %g" % each)
TEXTS = st.text("Wil.,-1 ", min_size=1, max_size=12)


class TestTheShortWay:
    @settings(max_examples=60)
    @given(st.lists(st.tuples(COLORS, COLORS, TEXTS, st.sampled_from([1, 4, 7, 12])), min_size=1, max_size=6))
    def test_words_of_any_color_on_any_ground(self, rows):
        content = b""
        for number, (ground, color, text, size) in enumerate(rows):
            height = 700 - 20 * number
            content += b"%b rg 60 %d 200 16 re f %b rg " % (ground, height - 4, color) + say(72, height, text, size)
        short, exact = both_ways(pdf(Sheet(content)))
        assert short == exact

    @pytest.mark.parametrize("way", [*HIDDEN.values(), *HONEST.values()], ids=[*HIDDEN, *HONEST])
    def test_every_way_of_hiding(self, way):
        short, exact = both_ways(way.pdf())
        assert short == exact


def one_by_one(textpage) -> list[tuple[str, int, int, tuple, tuple]]:
    """Words by pdfium's questions about single letters: text, first and last place, boxes."""
    found: list[list[tuple[str, int, tuple, tuple]]] = [[]]
    place = 0
    while place < textpage.count_chars():
        first, code = place, raw.FPDFText_GetUnicode(textpage, place)
        if 0xD800 <= code < 0xDC00:
            place += 1
            code = 0x10000 + (code - 0xD800) * 0x400 + raw.FPDFText_GetUnicode(textpage, place) - 0xDC00
        place += 1
        if chr(code).isspace():
            found.append([])
        elif chr(code).isprintable():
            left, bottom, right, top = textpage.get_charbox(first)
            found[-1].append((chr(code), first, textpage.get_charbox(first, loose=True), (left, bottom, right, top)))
    return [
        ("".join(each[0] for each in word), word[0][1], word[-1][1], around(word, 2), around(word, 3))
        for word in found
        if word
    ]


def around(word, member):
    lefts, bottoms, rights, tops = zip(*(each[member] for each in word), strict=True)
    return min(lefts), min(bottoms), max(rights), max(tops)


class TestLetters:
    @pytest.mark.parametrize(
        "data",
        [
            HONEST[next(iter(HONEST))].pdf(),
            pdf(Sheet(say(72, 700, "A letter, to the Clinic: 1,234.50") + say(72, 680, "and more"), turn=90)),
            Lettered().say(72, 700, "a𠮷b 😀 \U0001d400\U0001d401").say(72, 680, "é\u00ad x\u200by").pdf(),
            Lettered().rtl(540, 700, "رسالة من وزارة الصحة اليوم").pdf(),
            pdf(Sheet(b"")),
        ],
        ids=["honest", "turned", "beyond U+FFFF", "right to left", "none"],
    )
    def test_all_at_once_are_those_asked_for_one_by_one(self, data):
        with pypdfium2.PdfDocument(data) as document:
            textpage = document[0].get_textpage()
            at_once = [(w.text, w.place, w.last_place, w.loose, w.tight) for w in letters.words(textpage)]
            assert at_once == one_by_one(textpage)

    def test_letters_far_from_each_other_are_words(self):
        content = b"BT /F1 12 Tf 40 Tc 72 700 Td (one) Tj ET"
        with pypdfium2.PdfDocument(pdf(Sheet(content))) as document:
            assert [word.text for word in letters.words(document[0].get_textpage())] == ["o", "n", "e"]

    def test_a_part_of_a_word_has_its_own_places(self):
        with pypdfium2.PdfDocument(pdf(Sheet(say(72, 700, "Total")))) as document:
            [word] = letters.words(document[0].get_textpage())
            head, tail = word.part(0, 2), word.part(2, 5)
            assert [(head.text, head.ends), (tail.text, tail.ends)] == [("To", False), ("tal", True)]
            assert head.loose[2] == pytest.approx(tail.loose[0], abs=0.5)
            assert (head.place, head.last_place, tail.place, tail.last_place) == (0, 1, 2, 4)
