from __future__ import annotations

import pypdf
import pypdfium2
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from documents.files import media_types
from documents.model import Box, LaidLine, Secret, Word
from documents.outputs import redaction
from documents.reading import own_text
from tests.unit.documents import files
from tests.unit.documents.files import Sheet, image, pdf, say


def secret(line, start, end):
    return Secret("NAME", line, start, end, 0.99)


def line(text, page=1, top=0.1):
    """Each word two tenths of the page wide."""
    words = tuple(Word(word, Box(0.05 + 0.25 * n, top, 0.2, 0.05)) for n, word in enumerate(text.split()))
    return LaidLine(page, text, words)


@pytest.fixture
def paint(tmp_path):
    def painted(data, media_type, lines, secrets):
        source, out = tmp_path / "source", tmp_path / "out"
        source.write_bytes(data)
        return redaction.paint(source, media_type, lines, secrets, out), out

    return painted


def black(image, box):
    part = image.convert("L").crop(
        (
            int(box.left * image.width) + 1, int(box.top * image.height) + 1,
            int((box.left + box.width) * image.width) - 1, int((box.top + box.height) * image.height) - 1,
        )
    )  # fmt: skip
    return part.getextrema()[1] < 40


class TestBoxes:
    def test_only_the_words_that_are_touched(self):
        laid = [line("Patient Ann Lee")]
        [box] = redaction.boxes_of(laid, [secret(0, 8, 11)])[1]
        assert (box.left, box.width, box.top, box.height) == pytest.approx((0.3, 0.2, 0.1, 0.05))

    def test_in_one_piece(self):
        laid = [line("Patient Ann Lee")]
        [box] = redaction.boxes_of(laid, [secret(0, 8, 15)])[1]
        assert (box.left, box.width) == pytest.approx((0.3, 0.45))

    def test_a_part_of_a_word_takes_the_word(self):
        laid = [line("Ann-Lee here")]
        [box] = redaction.boxes_of(laid, [secret(0, 4, 5)])[1]
        assert (box.left, box.width) == pytest.approx((0.05, 0.2))

    def test_words_that_are_not_the_line_s_take_the_line(self):
        laid = [LaidLine(1, "Ann Lee is here", line("Other words").words)]
        [box] = redaction.boxes_of(laid, [secret(0, 0, 3)])[1]
        assert (box.left, box.width) == pytest.approx((0.05, 0.45))

    def test_a_line_without_words_takes_the_page(self):
        assert redaction.boxes_of([LaidLine(2, "Ann", ())], [secret(0, 0, 3)]) == {2: [redaction.WHOLE_PAGE]}

    def test_a_word_without_a_place_takes_the_line(self):
        whole = line("Patient Ann Lee")
        laid = [LaidLine(1, whole.text, whole.words[:2])]
        [box] = redaction.boxes_of(laid, [secret(0, 12, 15)])[1]
        assert (box.left, box.width) == pytest.approx((0.05, 0.45))

    def test_a_secret_of_another_document(self, paint):
        with pytest.raises(ValueError, match="same extraction"):
            paint(image("PNG"), media_types.PNG, [line("one")], [secret(1, 0, 3)])


class TestImages:
    @pytest.mark.parametrize(
        ("kind", "mode"),
        [("PNG", "RGB"), ("PNG", "P"), ("PNG", "1"), ("PNG", "RGBA"), ("JPEG", "RGB"), ("JPEG", "CMYK"), ("TIFF", "1")],
    )
    def test_the_words_are_black(self, paint, kind, mode):
        media_type = {"PNG": media_types.PNG, "JPEG": media_types.JPEG, "TIFF": media_types.TIFF}[kind]
        laid = [line("Patient Ann Lee", top=0.5)]
        found, out = paint(image(kind, (400, 300), mode=mode), media_type, laid, [secret(0, 8, 11)])
        assert found == media_type
        with Image.open(out) as copy:
            assert (copy.format, copy.size) == (kind, (400, 300))
            assert black(copy, laid[0].words[1].box)
            assert not black(copy, laid[0].words[0].box)
            assert not black(copy, laid[0].words[2].box)

    def test_each_frame_its_own(self, paint):
        laid = [line("one", 1, 0.5), line("three", 3, 0.5)]
        _, out = paint(image("TIFF", (400, 300), frames=3), media_types.TIFF, laid, [secret(1, 0, 5)])
        with Image.open(out) as copy:
            assert copy.n_frames == 3
            found = []
            for number in range(3):
                copy.seek(number)
                found.append(black(copy, laid[0].words[0].box))
        assert found == [False, False, True]

    @pytest.mark.parametrize("kind", ["PNG", "JPEG", "TIFF"])
    def test_no_metadata_goes_along(self, paint, kind):
        exif = Image.Exif()
        exif[0x010E] = "Ann Lee at home"
        options = {"exif": exif}
        if kind == "PNG":
            from PIL.PngImagePlugin import PngInfo

            options["pnginfo"] = PngInfo()
            options["pnginfo"].add_text("Comment", "Ann Lee at home")
        media_type = {"PNG": media_types.PNG, "JPEG": media_types.JPEG, "TIFF": media_types.TIFF}[kind]
        data = image(kind, **options)
        assert b"Ann Lee" in data
        _, out = paint(data, media_type, [line("x")], [])
        assert b"Ann Lee" not in out.read_bytes()

    def test_a_photo_that_exif_turns_is_turned_after_the_painting(self, paint):
        exif = Image.Exif()
        exif[0x0112] = 6  # to be turned by 90 degrees clockwise
        laid = [line("Ann", top=0.8)]
        _, out = paint(image("JPEG", (400, 200), exif=exif), media_types.JPEG, laid, [secret(0, 0, 3)])
        with Image.open(out) as copy:
            assert copy.size == (200, 400)
            assert not copy.getexif()
            box = laid[0].words[0].box
            assert black(copy, Box(1 - box.top - box.height, box.left, box.height, box.width))


class TestPdf:
    def copy_of(self, paint, tmp_path, sheets, text, **options):
        data = pdf(*sheets, **options)
        (tmp_path / "in.pdf").write_bytes(data)
        laid = list(own_text.layout(tmp_path / "in.pdf", media_types.PDF))
        secrets = [
            secret(number, each.text.index(text), each.text.index(text) + len(text))
            for number, each in enumerate(laid)
            if text in each.text
        ]
        assert secrets
        found, out = paint(data, media_types.PDF, laid, secrets)
        assert found == media_types.PDF
        return data, laid, out

    def test_nothing_can_be_extracted(self, paint, tmp_path):
        note = b"<< /Type /Annot /Subtype /Text /Contents (Ann Lee) /Rect [0 0 9 9] >>"
        sheets = [
            Sheet(say(72, 700, "Patient Ann Lee") + say(72, 600, "Ann", mode=3), annotations=[note]),
            Sheet(say(72, 700, "nothing here")),
        ]
        catalog = b"/Metadata 4 0 R /PieceInfo << /A (Ann Lee) >>"
        data, laid, out = self.copy_of(paint, tmp_path, sheets, "Ann Lee", catalog=catalog)
        assert b"Ann Lee" in data
        assert b"Ann" not in out.read_bytes()
        assert [page.extract_text() for page in pypdf.PdfReader(out).pages] == ["", ""]
        document = pypdfium2.PdfDocument(out)
        assert all(not document[number].get_textpage().count_chars() for number in range(2))
        shown = document[0].render(scale=2).to_pil()
        assert black(shown, laid[0].words[1].box)
        assert not black(shown, laid[0].words[0].box)

    @pytest.mark.parametrize("turn", [0, 90, 180, 270])
    def test_turned_pages_keep_their_looks(self, paint, tmp_path, turn):
        sheet = Sheet(say(172, 520, "Patient Ann"), turn=turn, crop=(100, 100, 500, 600))
        data, laid, out = self.copy_of(paint, tmp_path, [sheet], "Ann")
        before, after = pypdfium2.PdfDocument(data)[0], pypdfium2.PdfDocument(out)[0]
        assert after.get_size() == pytest.approx(before.get_size(), abs=0.01)
        box = next(word.box for each in laid for word in each.words if word.text == "Ann")
        assert black(after.render(scale=3).to_pil(), box)

    def test_fields_are_part_of_the_picture(self, paint, tmp_path):
        field = files.text_field("name", "Ann Lee", (72, 500, 300, 520))
        _, laid, out = self.copy_of(
            paint, tmp_path, [Sheet(say(72, 700, "Name"), annotations=[field])], "Ann Lee", fields=True
        )
        assert b"Ann" not in out.read_bytes()
        words = [word.box for each in laid for word in each.words if word.text == "Ann"]
        assert black(pypdfium2.PdfDocument(out)[0].render(scale=2).to_pil(), words[0])

    def test_a_huge_page_is_rendered_more_coarsely(self, paint, tmp_path):
        _, _, out = self.copy_of(paint, tmp_path, [Sheet(say(72, 700, "Ann", 200), size=(9000, 9000))], "Ann")
        picture = pypdf.PdfReader(out).pages[0]["/Resources"]["/XObject"]["/Page"]
        assert picture["/Width"] * picture["/Height"] <= redaction.MOST_PIXELS * 1.01


class TestText:
    def test_blocks_stand_for_characters(self, paint):
        lines = [LaidLine(1, "Patient Ann Lee", ()), LaidLine(1, "Ward 7", ())]
        found, out = paint(b"", media_types.DOCX, lines, [secret(0, 8, 15)])
        assert found == media_types.PLAIN
        assert out.read_text(encoding="utf-8") == "Patient ███████\nWard 7\n"

    @given(st.lists(st.text(max_size=20), min_size=1, max_size=4), st.data())
    def test_no_character_of_a_secret_stays(self, lines, data):
        spots = st.tuples(st.integers(0, len(lines) - 1), st.integers(0, 25), st.integers(0, 25))
        secrets = [secret(*spot) for spot in data.draw(st.lists(spots, max_size=6))]
        found = redaction.masked(lines, secrets)
        for number, text in enumerate(lines):
            hidden = {place for each in secrets if each.line == number for place in range(each.start, each.end)}
            assert found[number] == "".join("█" if place in hidden else letter for place, letter in enumerate(text))
