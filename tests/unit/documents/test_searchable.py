from __future__ import annotations

import io

import pypdf
import pypdfium2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageChops

from documents.errors import BrokenDocument, PasswordProtected, UnsupportedFormat
from documents.files import media_types
from documents.model import Box, LaidLine, Word
from documents.outputs.pages import searchable
from documents.reading import pdf_text
from tests.unit.documents.files import Sheet, image, pdf, picture, prose
from tests.unit.documents.test_inspection import _without_table, encrypted

CHARACTERS = st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Zs", "Cn"))
SCAN = picture(0, 0, 612, 792)
PLACES = {"Discharge": Box(0.1, 0.1, 0.2, 0.02), "note": Box(0.32, 0.1, 0.1, 0.02), "below": Box(0.5, 0.8, 0.3, 0.03)}


def lines(page=1, places=PLACES):
    """One line a row."""
    rows = {}
    for text, box in places.items():
        rows.setdefault(box.top, []).append(Word(text, box))
    return [LaidLine(page, " ".join(word.text for word in words), tuple(words)) for words in rows.values()]


@pytest.fixture
def make(tmp_path):
    def made(data, media_type, laid):
        source, out = tmp_path / "source", tmp_path / "out.pdf"
        source.write_bytes(data)
        searchable.pdf(source, media_type, iter(laid), out)
        return out

    return made


def pdfium_text(path):
    document = pypdfium2.PdfDocument(path)
    return [document[number].get_textpage().get_text_range().split() for number in range(len(document))]


UNPAINTED = range(1, 100)
"""Pages that are read as their file says: an invisible layer does not show."""


def pypdf_text(path):
    return [page.extract_text().split() for page in pypdf.PdfReader(path).pages]


def words(path):
    """Words and boxes as our own reader finds them: pdfium's places, of the page as it shows."""
    lines = [line for page in pdf_text.pages(path, UNPAINTED) for line in page.lines]
    return {word.text: word.box for line in lines for word in line.words}


def shown(data_or_path, number=0, scale=1.0):
    return pypdfium2.PdfDocument(data_or_path)[number].render(scale=scale).to_pil().convert("RGB")


def near(found, expected, tolerance=0.01):
    assert found.left == pytest.approx(expected.left, abs=tolerance)
    assert found.width == pytest.approx(expected.width, abs=tolerance)
    middle = expected.top + expected.height / 2
    assert found.top - tolerance <= middle <= found.top + found.height + tolerance


class TestImages:
    @pytest.mark.parametrize(
        ("kind", "media_type"), [("PNG", media_types.PNG), ("JPEG", media_types.JPEG), ("TIFF", media_types.TIFF)]
    )
    def test_words_stand_where_they_were_found(self, make, kind, media_type):
        path = make(image(kind, (850, 1100)), media_type, lines())
        assert pdfium_text(path) == pypdf_text(path) == [["Discharge", "note", "below"]]
        found = words(path)
        for text, box in PLACES.items():
            near(found[text], box)

    def test_a_jpeg_is_embedded_byte_for_byte(self, make):
        data = image("JPEG", (300, 200))
        assert data in make(data, media_types.JPEG, []).read_bytes()

    def test_a_png_s_own_data_is_embedded(self, make):
        data = image("PNG", (300, 200))
        start = data.index(b"IDAT") + 4
        length = int.from_bytes(data[start - 8 : start - 4], "big")
        assert data[start : start + length] in make(data, media_types.PNG, []).read_bytes()

    @pytest.mark.parametrize(
        ("kind", "mode", "options"),
        [
            ("PNG", "1", {}),
            ("PNG", "L", {}),
            ("PNG", "P", {}),
            ("PNG", "RGB", {}),
            ("PNG", "RGBA", {}),
            ("PNG", "LA", {}),
            ("PNG", "P", {"transparency": 0}),
            ("JPEG", "L", {}),
            ("JPEG", "RGB", {"progressive": True}),
            ("TIFF", "1", {"compression": "group4"}),
            ("TIFF", "L", {"compression": "tiff_lzw"}),
            ("TIFF", "RGB", {"compression": "tiff_adobe_deflate"}),
            ("TIFF", "CMYK", {}),
        ],
    )
    def test_the_picture_shows_as_it_was(self, make, kind, mode, options):
        data = image(kind, (200, 100), mode=mode, dpi=(72, 72), **options)
        with Image.open(io.BytesIO(data)) as opened:
            above = opened.convert("RGBA")
        expected = Image.new("RGBA", above.size, "white")
        expected.alpha_composite(above)
        media_type = {"PNG": media_types.PNG, "JPEG": media_types.JPEG, "TIFF": media_types.TIFF}[kind]
        found = shown(make(data, media_type, []))
        assert found.size == (200, 100)
        worst = max(high for _, high in ImageChops.difference(found, expected.convert("RGB")).getextrema())
        assert worst <= (0 if kind != "JPEG" and mode != "CMYK" else 12)

    def test_frames_are_pages_with_lines_of_their_own(self, make):
        laid = [*lines(1), *lines(3, {"third": Box(0.1, 0.1, 0.2, 0.05)})]
        path = make(image("TIFF", (400, 300), frames=3), media_types.TIFF, laid)
        assert pdfium_text(path) == [["Discharge", "note", "below"], [], ["third"]]

    def test_the_page_is_as_large_as_the_scan_says(self, make):
        path = make(image("PNG", (850, 1100), dpi=(100, 100)), media_types.PNG, [])
        assert pypdfium2.PdfDocument(path)[0].get_size() == pytest.approx((612, 792), abs=1)

    @pytest.mark.parametrize("dpi", [(0, 0), (1, 1), (99_999, 99_999)])
    def test_a_size_that_no_scanner_has_is_not_believed(self, make, dpi):
        path = make(image("PNG", (850, 1100), dpi=dpi), media_types.PNG, [])
        assert pypdfium2.PdfDocument(path)[0].get_size() == pytest.approx((306, 396), abs=1)

    def test_the_text_does_not_show(self, make):
        data = image("PNG", (850, 1100))
        with_text = shown(make(data, media_types.PNG, lines()))
        assert ImageChops.difference(with_text, shown(make(data, media_types.PNG, []))).getbbox() is None

    @pytest.mark.parametrize(
        "text", ["Größe", "Ωμέγα", "日本語", "Ж", "€5", "naïve", "\U0001d4b3yz", "😀ok", "ﬁn", "a(b)\\c", "<&>"]
    )
    def test_any_character(self, make, text):
        path = make(image("PNG"), media_types.PNG, lines(places={text: Box(0.1, 0.1, 0.5, 0.1)}))
        assert pypdf_text(path) == [[text]]
        assert pdfium_text(path) == [["fin"]] if text == "ﬁn" else [[text]]

    @pytest.mark.parametrize("pair", [("שלום", "עולם"), ("مرحبا", "بالعالم")])
    def test_words_from_right_to_left(self, make, pair):
        first, second = pair
        places = {first: Box(0.5, 0.1, 0.2, 0.05), second: Box(0.2, 0.1, 0.2, 0.05)}
        path = make(image("PNG", (850, 1100)), media_types.PNG, lines(places=places))
        assert pdfium_text(path) == pypdf_text(path) == [[first, second]]
        near(words(path)[first], places[first], 0.02)

    @settings(max_examples=40)
    @given(
        st.lists(
            st.tuples(
                st.text(CHARACTERS, min_size=1, max_size=9),
                st.floats(0, 1), st.floats(0, 1), st.floats(0, 1), st.floats(0, 1),
            ),
            max_size=8,
        )
    )  # fmt: skip
    def test_any_words_anywhere_make_a_pdf_that_opens(self, tmp_path_factory, found):
        folder = tmp_path_factory.mktemp("any")
        (folder / "x").write_bytes(image("PNG"))
        laid = [LaidLine(1, text, (Word(text, Box(*box)),)) for text, *box in found]
        searchable.pdf(folder / "x", media_types.PNG, laid, folder / "out")
        document = pypdfium2.PdfDocument(folder / "out")
        document[0].get_textpage().get_text_range()
        assert "".join(pypdf.PdfReader(folder / "out").pages[0].extract_text().split()) or not any(
            text.strip() for text, *_ in found
        )

    def test_a_broken_image(self, make):
        with pytest.raises(BrokenDocument):
            make(image("TIFF")[:100], media_types.TIFF, [])


class TestPdf:
    @pytest.mark.parametrize("packed", [False, True])
    @pytest.mark.parametrize("turn", [0, 90, 180, 270])
    def test_words_stand_where_they_were_found_on_any_page(self, make, turn, packed):
        path = make(pdf(Sheet(SCAN, turn=turn, crop=(50, 60, 550, 700)), packed=packed), media_types.PDF, lines())
        assert pdfium_text(path) == [["Discharge", "note", "below"]]
        assert set(pypdf_text(path)[0]) == set(PLACES)
        found = words(path)
        for text, box in PLACES.items():
            near(found[text], box)

    def test_the_original_comes_first_byte_for_byte(self, make):
        data = pdf(Sheet(SCAN), Sheet(SCAN), catalog=b"/Lang (de)")
        made = make(data, media_types.PDF, lines(2)).read_bytes()
        assert made.startswith(data)
        reader = pypdf.PdfReader(io.BytesIO(made))
        assert reader.root_object["/Lang"] == "de"
        assert len(reader.pages) == 2

    def test_the_pages_show_as_before(self, make):
        # It leaves a state behind in which a text layer of its own would be turned and scaled.
        data = pdf(Sheet(b"q 0 1 -1 0 300 20 cm 0.3 0 0 0.3 0 0 cm\n" + SCAN))
        path = make(data, media_types.PDF, lines())
        assert ImageChops.difference(shown(path), shown(data)).getbbox() is None
        for text, box in PLACES.items():
            near(words(path)[text], box)

    def test_a_page_with_text_of_its_own_gets_no_second_one(self, make):
        path = make(pdf(Sheet(prose(20)), Sheet(SCAN)), media_types.PDF, [*lines(1), *lines(2)])
        first, second = pdfium_text(path)
        assert "Discharge" not in first
        assert second == ["Discharge", "note", "below"]

    def test_a_damaged_table_of_objects_does_not_matter(self, make):
        path = make(_without_table(pdf(Sheet(SCAN))), media_types.PDF, lines())
        assert pdfium_text(path) == [["Discharge", "note", "below"]]

    def test_a_layer_can_be_added_twice(self, make):
        once = make(pdf(Sheet(SCAN)), media_types.PDF, lines()).read_bytes()
        twice = make(once, media_types.PDF, lines(places={"again": Box(0.2, 0.5, 0.2, 0.02)}))
        assert sorted(pypdf_text(twice)[0]) == ["Discharge", "again", "below", "note"]

    def test_many_pages_take_no_more_memory_than_their_places(self, make):
        import tracemalloc

        data = pdf(*[Sheet(SCAN + b"%" + b"x" * 100_000 + b"\n")] * 100)
        tracemalloc.start()
        path = make(data, media_types.PDF, (line for page in range(1, 101) for line in lines(page)))
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert all(text == ["Discharge", "note", "below"] for text in pdfium_text(path))
        assert peak < len(data)

    def test_an_encrypted_one(self, make):
        with pytest.raises(PasswordProtected):
            make(encrypted(pdf(Sheet(SCAN)), "", "owner"), media_types.PDF, lines())

    def test_a_broken_one(self, make):
        with pytest.raises(BrokenDocument):
            make(b"%PDF-1.4 nothing", media_types.PDF, lines())


def test_what_has_no_pages(make):
    with pytest.raises(UnsupportedFormat):
        make(b"text", media_types.PLAIN, [])
