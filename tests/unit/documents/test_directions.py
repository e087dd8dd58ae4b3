"""Words from right to left, sideways and upside down; characters of any plane; drawn tables."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from documents.files import inspection, media_types
from documents.model import Box
from documents.reading import own_text
from documents.reading.directions import Frame
from tests.unit.documents.files import Sheet, pdf, say
from tests.unit.documents.scripts import Lettered


@pytest.fixture
def read(tmp_path):
    def extract(data):
        path = tmp_path / "document"
        path.write_bytes(data)
        return own_text.extract(path, media_types.PDF)

    return extract


def texts(found):
    return [line.text for line in found.lines]


def pairs(found):
    return [(form.key, form.value) for form in found.forms]


class TestRightToLeft:
    @pytest.mark.parametrize("text", ["מכתב מאת משרד הבריאות", "رسالة من وزارة الصحة اليوم"], ids=["Hebrew", "Arabic"])
    def test_words_of_a_line_are_in_order(self, read, text):
        found = read(Lettered().rtl(540, 700, text).rtl(540, 680, text).pdf())
        assert texts(found) == [text, text]

    @pytest.mark.parametrize(
        ("glyphs", "text"),
        [
            (["لا", "و"], "ولا"),
            (["م", "لآ"], "لآم"),
            (["لله", "ب"], "بلله"),
            (["\ufefb", "و"], "ولا"),
            (["ال", "و"], "ولا"),  # a map that has the letters backwards
        ],
    )
    def test_letters_of_one_glyph_are_in_order(self, read, glyphs, text):
        assert texts(read(Lettered().say(300, 700, glyphs).pdf())) == [text]

    def test_a_ligature_of_latin_letters_stays_as_it_is(self, read):
        assert texts(read(Lettered().say(300, 700, ["o", "ffi", "c", "e"]).pdf())) == ["office"]

    def test_pairs_have_their_key_on_the_right(self, read):
        page = Lettered().rtl(540, 700, "שם: רות כהן").rtl(540, 680, "סכום:").say(300, 680, "1250")
        assert pairs(read(page.pdf())) == [("שם", "רות כהן"), ("סכום", "1250")]

    def test_a_table_s_first_column_is_on_the_right(self, read):
        page = Lettered()
        for number, row in enumerate(
            [("פריט", "כמות", "מחיר"), ("עט", "12", "30"), ("דף", "45", "78"), ("נר", "9", "61")]
        ):
            for column, text in enumerate(row):
                page.rtl(540 - 150 * column, 700 - 20 * number, text)
        [table] = read(page.pdf()).tables
        assert table.rows[:2] == (("פריט", "כמות", "מחיר"), ("עט", "12", "30"))

    def test_a_page_of_two_scripts_in_equal_parts_follows_its_labels(self, read):
        page = Lettered()
        for number, (key, value) in enumerate([("שם:", "Ada Byron"), ("חברה:", "Acme Ltd"), ("עיר:", "London")]):
            page.rtl(540, 700 - 20 * number, key).say(540 - 12 * (len(key) + len(value)), 700 - 20 * number, value)
        assert pairs(read(page.pdf())) == [("שם", "Ada Byron"), ("חברה", "Acme Ltd"), ("עיר", "London")]

    def test_lines_of_both_directions(self, read):
        page = Lettered().say(72, 700, "The title is").rtl(300, 700, "שלום עולם").say(72, 680, "and it is read on")
        assert texts(read(page.pdf())) == ["The title is", "שלום עולם", "and it is read on"]


class TestSideways:
    ROWS = ("LANDSCAPE REPORT", "Name: Ann Lee", "Total: $5.00")

    @pytest.mark.parametrize("matrix", ["0 1 -1 0 {0} 72", "0 -1 1 0 {1} 720", "-1 0 0 -1 540 {2}"])
    def test_lines_and_pairs(self, read, matrix):
        content = b""
        for number, text in enumerate(self.ROWS):
            place = matrix.format(100 + 20 * number, 500 - 20 * number, 100 + 20 * number)
            content += f"BT /F1 12 Tf {place} Tm ({text}) Tj ET\n".encode()
        found = read(pdf(Sheet(content)))
        assert texts(found) == list(self.ROWS)
        assert pairs(found) == [("Name", "Ann Lee"), ("Total", "$5.00")]

    @pytest.mark.parametrize("turn", [90, 180, 270])
    def test_a_turned_page(self, read, turn):
        content = b"".join(say(72, 700 - 20 * number, text) for number, text in enumerate(self.ROWS))
        found = read(pdf(Sheet(content, turn=turn)))
        assert texts(found) == list(self.ROWS)
        assert pairs(found) == [("Name", "Ann Lee"), ("Total", "$5.00")]

    def test_a_sideways_table(self, read):
        content = b""
        rows = [("Item", "Count", "Price"), ("pen", "2", "3.00"), ("ink", "1", "9.00"), ("pad", "4", "2.50")]
        for number, row in enumerate(rows):
            for column, text in enumerate(row):
                content += b"BT /F1 12 Tf 0 1 -1 0 %d %d Tm (%b) Tj ET\n" % (
                    100 + 20 * number, 72 + 120 * column, text.encode()
                )  # fmt: skip
        [table] = read(pdf(Sheet(content))).tables
        assert table.rows == tuple(rows)

    def test_a_watermark_stands_in_no_row(self, read):
        content = say(72, 700, "Name: Ann Lee") + b"BT /F1 60 Tf .7 .7 -.7 .7 72 200 Tm (DRAFT COPY) Tj ET\n"
        found = read(pdf(Sheet(content)))
        assert pairs(found) == [("Name", "Ann Lee")]
        assert texts(found)[0] == "Name: Ann Lee"
        assert " ".join(texts(found)[1:]) == "DRAFT COPY"

    @given(
        st.integers(0, 3),
        st.booleans(),
        st.tuples(*[st.floats(0, 0.5, allow_nan=False) for _ in range(4)]),
    )
    def test_there_and_back(self, turn, mirrored, sides):
        box, frame = Box(*sides), Frame(turn, mirrored)
        back = frame.back(frame.level(box))
        assert (back.left, back.top, back.width, back.height) == pytest.approx(sides)


class TestCharacters:
    @pytest.mark.parametrize(
        "text", ["\U00020bb7田太郎", "\U0001d431=\U0001d7cf", "ok\U0001f600fine"], ids=["name", "mathematics", "emoji"]
    )
    def test_those_beyond_the_first_plane(self, read, text):
        assert texts(read(Lettered().say(72, 700, text).pdf())) == [text]


def ruled(rows, *, x=72, y=700, width=150, height=24, boxes=False) -> bytes:
    """A table drawn by lines, or by thin boxes as browsers print them."""
    across, down = len(rows[0]), len(rows)
    content = b""
    for number in range(down + 1):
        line = (x, y - height * number, width * across)
        content += b"%g %g %g .5 re f\n" % line if boxes else b"%g %g m %g %g l S\n" % (
            x, line[1], x + width * across, line[1]
        )  # fmt: skip
    for number in range(across + 1):
        place = x + width * number
        bottom = y - height * down
        content += (
            b"%g %g .5 %g re f\n" % (place, bottom, height * down)
            if boxes
            else b"%g %g m %g %g l S\n" % (place, y, place, bottom)
        )
    for number, row in enumerate(rows):
        for column, text in enumerate(row):
            content += say(x + 4 + width * column, y - height * number - 16, text)
    return content


class TestRulings:
    ROWS = (("Drug", "Dose"), ("Aspirin", "5 mg"), ("Ibuprofen", "400 mg"))

    @pytest.mark.parametrize("boxes", [False, True], ids=["lines", "thin boxes"])
    def test_two_columns(self, read, boxes):
        [table] = read(pdf(Sheet(ruled(self.ROWS, boxes=boxes)))).tables
        assert table.rows == self.ROWS

    @pytest.mark.parametrize("turn", [90, 180, 270])
    def test_on_a_turned_page(self, read, turn):
        [table] = read(pdf(Sheet(ruled(self.ROWS), turn=turn))).tables
        assert table.rows == self.ROWS

    def test_empty_cells_and_more_than_one_line_in_a_cell(self, read):
        content = ruled((("Item", "Note", "Sum"), ("A", "", "1"), ("B", "first", "")), height=40)
        content += say(226, 700 - 80 - 30, "second")
        [table] = read(pdf(Sheet(content))).tables
        assert table.rows == (("Item", "Note", "Sum"), ("A", "", "1"), ("B", "first second", ""))

    def test_a_merged_cell_is_in_each_that_it_covers(self, read):
        content = b"72 700 m 372 700 l 372 628 l 72 628 l h S 72 676 m 372 676 l S 72 652 m 372 652 l S "
        content += b"222 676 m 222 628 l S\n" + say(76, 684, "Both") + say(76, 660, "a") + say(226, 660, "b")
        content += say(76, 636, "c") + say(226, 636, "d")
        [table] = read(pdf(Sheet(content))).tables
        assert table.rows == (("Both", "Both"), ("a", "b"), ("c", "d"))

    def test_two_tables_are_two(self, read):
        content = ruled(self.ROWS) + ruled((("x", "y"), ("1", "2")), y=500)
        assert [len(table.rows) for table in read(pdf(Sheet(content))).tables] == [3, 2]

    def test_frames_and_underlines_are_none(self, read):
        frame = b"50 50 500 700 re S 72 690 m 300 690 l S 72 600 m 300 600 l S\n"
        found = read(pdf(Sheet(frame + say(72, 700, "Title") + say(72, 610, "Name: Ann"))))
        assert found.tables == ()

    def test_a_drawn_table_is_told_once(self, read):
        rows = (("Item", "Count", "Price"), ("pen", "2", "3.00"), ("ink", "1", "9.00"), ("pad", "4", "2.50"))
        [table] = read(pdf(Sheet(ruled(rows, width=120)))).tables
        assert table.rows == rows

    def test_words_stay_lines_too(self, read):
        assert texts(read(pdf(Sheet(ruled(self.ROWS))))) == [text for row in self.ROWS for text in row]


class TestBrokenFonts:
    def test_a_map_that_tells_no_letters_goes_to_textract(self, tmp_path):
        (tmp_path / "a").write_bytes(Lettered().say(72, 700, "The patient was seen and is well").pdf())
        assert inspection.inspect(tmp_path / "a", native_text="flag").route == "text"
        data = Lettered().say(72, 700, "The patient was seen and is well").pdf()
        (tmp_path / "b").write_bytes(data.replace(b"/ToUnicode 9 0 R", b"/NoUnicode 9 0 R"))
        found = inspection.inspect(tmp_path / "b", native_text="flag")
        assert (found.route, "letters cannot be told" in found.reason) == ("sync", True)


class TestLabelsAbove:
    def test_small_labels_in_the_cells_of_a_form(self, read):
        content = ruled((("", ""), ("", "")), height=40)
        for number, (label, value) in enumerate(
            [("First name", "Ann"), ("Last name", "Lee"), ("Born", "1980"), ("Ward", "7 B")]
        ):
            x, y = 76 + 150 * (number % 2), 700 - 40 * (number // 2)
            content += say(x, y - 10, label, 7) + say(x, y - 28, value, 12)
        assert pairs(read(pdf(Sheet(content)))) == [
            ("First name", "Ann"), ("Last name", "Lee"), ("Born", "1980"), ("Ward", "7 B")
        ]  # fmt: skip

    def test_labels_with_a_colon_over_their_values(self, read):
        content = say(72, 700, "First name:") + say(300, 700, "Last name:") + say(72, 684, "Ann") + say(300, 684, "Lee")
        assert pairs(read(pdf(Sheet(content)))) == [("First name", "Ann"), ("Last name", "Lee")]

    def test_what_is_left_blank_stays_so(self, read):
        content = say(72, 700, "Name:") + say(72, 684, "Ward: 7") + say(72, 668, "Born:") + say(72, 500, "far below")
        assert pairs(read(pdf(Sheet(content)))) == [("Name", ""), ("Ward", "7"), ("Born", "")]

    def test_a_paragraph_is_no_value(self, read):
        content = say(72, 700, "Notes:") + say(72, 684, "The patient was seen") + say(72, 668, "and is well again")
        assert pairs(read(pdf(Sheet(content)))) == [("Notes", "")]


LEFT = [f"L{number} the quick brown fox jumps over" for number in range(8)]
RIGHT = [f"R{number} a lazy dog that sleeps all day" for number in range(8)]


class TestColumns:
    @pytest.mark.parametrize("lower", [0, 4, 7, 10])
    def test_two_whose_lines_do_not_stand_level(self, read, lower):
        content = b"".join(
            say(60, 640 - 14 * number, left, 10) + say(320, 640 - lower - 14 * number, right, 10)
            for number, (left, right) in enumerate(zip(LEFT, RIGHT, strict=True))
        )
        assert texts(read(pdf(Sheet(content)))) == LEFT + RIGHT

    def test_short_lines_beside_each_other_are_no_columns(self, read):
        content = b"".join(
            say(60, 640 - 14 * number, f"key {number}", 10) + say(320, 633 - 14 * number, f"{number}", 10)
            for number in range(6)
        )
        found = texts(read(pdf(Sheet(content))))
        assert found[:4] == ["key 0", "0", "key 1", "1"]
