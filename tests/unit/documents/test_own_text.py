from __future__ import annotations

import pytest

from documents.errors import BrokenDocument, DecompressionBomb, EmptyDocument
from documents.files import media_types
from documents.model import Box, Extraction, Form, Table, Word
from documents.reading import own_text, plain_text, reading_order
from tests.unit.documents import files
from tests.unit.documents.files import Sheet, docx, grid, paragraph, pdf, prose, say


@pytest.fixture
def read(tmp_path):
    def extract(data, media_type):
        path = tmp_path / "document"
        path.write_bytes(data if isinstance(data, bytes) else data.encode())
        return own_text.extract(path, media_type)

    return extract


@pytest.fixture
def laid(tmp_path):
    def layout(data):
        path = tmp_path / "document"
        path.write_bytes(data)
        return list(own_text.layout(path, media_types.PDF))

    return layout


def texts(extraction):
    return [line.text for line in extraction.lines]


def pairs_of(extraction):
    return [(form.key, form.value) for form in extraction.forms]


class TestPlain:
    def test_lines_and_pairs(self, read):
        found = read("Discharge note\n\n  Name: Ann Lee\r\nAge:   44\n", media_types.PLAIN)
        assert (found.pages, texts(found)) == (1, ["Discharge note", "Name: Ann Lee", "Age:   44"])
        assert found.forms == (
            Form(1, "Name", "Ann Lee", None, "text"),
            Form(1, "Age", "44", None, "text"),
        )

    def test_a_line_without_end_is_broken_at_blanks(self, read):
        found = read("word " * 20_000 + "x" * 50_000, media_types.PLAIN)
        assert max(map(len, texts(found))) <= plain_text.MOST_LINE_LETTERS
        assert "".join(texts(found)).replace(" ", "") == "word" * 20_000 + "x" * 50_000

    def test_nothing_is_empty(self, read):
        with pytest.raises(EmptyDocument):
            read("<script>let a = 'text'</script>", media_types.HTML)


class TestHtml:
    def test_what_does_not_show_is_left_out(self, read):
        found = read(
            "<!DOCTYPE html><head><title>no</title><style>no{}</style></head><body><!-- no --><script>no()</script>"
            "<p hidden>no</p><p style='color:red; display : none'>no</p>"
            "<template>no</template><noscript>no</noscript><input type=hidden value=no><input type=password value=no>"
            "<p>Yes <b>indeed</b></p><svg><text>no</text></svg></body>",
            media_types.HTML,
        )
        assert texts(found) == ["Yes indeed"]

    def test_blocks_are_lines_and_inline_elements_are_not(self, read):
        found = read(
            "<h1>Title</h1>text <i>and</i> more<br>next<ul><li>one<li>two</ul><pre>a  b\n c</pre>", media_types.HTML
        )
        assert texts(found) == ["Title", "text and more", "next", "one", "two", "a  b", " c".strip()]

    def test_a_table_with_spans(self, read):
        found = read(
            "<table><caption>Costs</caption><tr><th colspan=2>Both</th><th>Sum</th></tr>"
            "<tr><td rowspan=2>a</td><td>b</td><td>1</td></tr><tr><td>c</td><td>2</td></tr></table>",
            media_types.HTML,
        )
        assert found.tables == (Table(1, (("Both", "Both", "Sum"), ("a", "b", "1"), ("a", "c", "2")), "Costs"),)
        assert texts(found)[:2] == ["Costs", "Both  Sum"]

    def test_a_table_of_labels_and_values_is_pairs(self, read):
        found = read(
            "<table><tr><td>Name</td><td>Ann</td></tr><tr><td>Born</td><td>1980</td></tr>"
            "<tr><td>Ward</td><td>7</td></tr></table>",
            media_types.HTML,
        )
        assert pairs_of(found) == [("Name", "Ann"), ("Born", "1980"), ("Ward", "7")]

    def test_a_table_with_a_head_is_no_pairs(self, read):
        rows = "".join(f"<tr><td>Item {name}</td><td>{name}</td></tr>" for name in "abcd")
        assert pairs_of(read(f"<table><tr><th>Item</th><th>Name</th></tr>{rows}</table>", media_types.HTML)) == []

    def test_lists_of_terms_and_form_fields(self, read):
        found = read(
            "<dl><dt>Doctor</dt><dd>Dr. Who</dd></dl><label>Age: <input value=44></label><br>"
            "<label>Smoker: <input type=checkbox checked> yes <input type=checkbox> no</label>",
            media_types.HTML,
        )
        assert pairs_of(found) == [("Doctor", "Dr. Who"), ("Age", "44"), ("Smoker", "[X] yes [ ] no")]

    def test_a_table_that_only_lays_out_is_read_as_text(self, read):
        found = read(
            "<table><tr><td><h1>A</h1><p>b</p></td><td><table><tr><td>c</td></tr></table></td></tr></table>",
            media_types.HTML,
        )
        assert texts(found) == ["A", "b", "c"]

    @pytest.mark.parametrize(
        "html",
        [
            "<div>" * 500 + "deep" + "</div>" * 500,
            "<table><tr><td>" * 300 + "deep",
            "<table><tr><td colspan=99999 rowspan=99999>deep</td></tr></table>",
            "<table>" + "<tr><td colspan=100 rowspan=100>deep" * 30 + "</table>",
        ],
        ids=["nested", "tables", "span", "spans"],
    )
    def test_hostile_html_is_read_in_bounds(self, read, html):
        assert "deep" in " ".join(texts(read(html, media_types.HTML)))

    @pytest.mark.parametrize(
        "html",
        ["<div>" * 100_000, "<p><b>" * 100_000, f"<p {' '.join(f'a{n}=1' for n in range(50_000))}>x"],
        ids=["depth", "inline", "attributes"],
    )
    def test_what_would_take_minutes_is_refused(self, read, html):
        with pytest.raises(BrokenDocument):
            read(html + "text", media_types.HTML)

    def test_tables_beyond_what_can_be_written_in_time_are_read_as_text(self, read):
        """Half a million tables of a file of 10 MB would be as many files."""
        found = read("".join(f"<table><tr><td>t{n}</table>" for n in range(10_020)), media_types.HTML)
        assert len(found.tables) == 10_000
        assert texts(found)[-2:] == ["t10018", "t10019"]

    def test_a_long_and_careless_page_is_no_such_thing(self, read):
        html = "".join(f"<p>paragraph {n} <b>bold</b><br><img src=x><li>item" for n in range(5000))
        assert len(read(html, media_types.HTML).lines) == 10_000


class TestMarkdown:
    def test_headings_tables_and_pairs(self, read):
        found = read(
            "# Note\n\nName: Ann  \nAge: 44\n\n| a | b |\n|---|---|\n| 1 | **2** |\n\n<script>no</script>\n",
            media_types.MARKDOWN,
        )
        assert texts(found) == ["Note", "Name: Ann", "Age: 44", "a  b", "1  2"]
        assert pairs_of(found) == [("Name", "Ann"), ("Age", "44")]
        assert found.tables == (Table(1, (("a", "b"), ("1", "2"))),)

    def test_a_paragraph_that_would_take_minutes_is_read_as_text(self, read):
        found = read("# Note\n\n" + "![[](" * 200_000 + "\n\nName: Ann\n", media_types.MARKDOWN)
        assert (found.lines[0].text, pairs_of(found)) == ("# Note", [("Name", "Ann")])


class TestDocx:
    def test_paragraphs_tables_and_pairs(self, read):
        body = paragraph("Discharge note") + paragraph("Name: Ann &amp; Bo") + grid(["Drug", "Dose"], ["A", "5 mg"])
        found = read(docx(body), media_types.DOCX)
        assert texts(found) == ["Discharge note", "Name: Ann & Bo", "Drug  Dose", "A  5 mg"]
        assert pairs_of(found) == [("Name", "Ann & Bo")]
        assert found.tables == (Table(1, (("Drug", "Dose"), ("A", "5 mg"))),)

    def test_a_form_of_two_columns(self, read):
        found = read(docx(grid(["Name:", "Ann"], ["Ward", "7"])), media_types.DOCX)
        assert pairs_of(found) == [("Name", "Ann")]

    @pytest.mark.parametrize("body", ["<w:p>", "<w:tbl><w:tr/>"])
    def test_xml_that_is_not_whole(self, read, body):
        with pytest.raises(BrokenDocument):
            read(docx(body), media_types.DOCX)

    def test_entities_are_refused(self, read):
        bomb = '<!DOCTYPE a [<!ENTITY b "bbbb">]>'
        with pytest.raises(BrokenDocument, match="DTD"):
            read(docx(paragraph("&b;"), prolog=bomb), media_types.DOCX)

    def test_a_bomb_is_refused_here_too(self, read):
        with pytest.raises(DecompressionBomb):
            read(docx(paragraph("x" * (21 << 20))), media_types.DOCX)


class TestPdf:
    def test_lines_with_their_places(self, read):
        found = read(pdf(Sheet(say(72, 720, "Discharge note") + say(72, 700, "Name: Ann Lee"))), media_types.PDF)
        assert texts(found) == ["Discharge note", "Name: Ann Lee"]
        box = found.lines[0].box
        assert box.left == pytest.approx(72 / 612, abs=0.01)
        assert box.top + box.height / 2 == pytest.approx((792 - 724) / 792, abs=0.01)
        assert pairs_of(found) == [("Name", "Ann Lee")]

    def test_pages_are_counted_and_numbered(self, read):
        found = read(pdf(Sheet(say(72, 720, "one")), Sheet(), Sheet(say(72, 720, "three"))), media_types.PDF)
        assert found.pages == 3
        assert [(line.page, line.text) for line in found.lines] == [(1, "one"), (3, "three")]

    def test_the_order_of_the_content_does_not_matter(self, read):
        found = read(
            pdf(Sheet(say(72, 600, "below") + say(72, 720, "above") + say(200, 720, "right"))), media_types.PDF
        )
        assert texts(found) == ["above", "right", "below"]

    def test_columns_of_running_text_are_read_one_after_the_other(self, read):
        left = prose(8, x=60, top=600, text="The left column goes on")
        right = prose(8, x=330, top=600, text="The right column follows")
        found = read(
            pdf(Sheet(say(60, 700, "A title that stands over both of the columns of it") + right + left)),
            media_types.PDF,
        )
        expected = [f"The left column goes on {n}" for n in range(8)] + [
            f"The right column follows {n}" for n in range(8)
        ]
        assert texts(found) == ["A title that stands over both of the columns of it", *expected]

    def test_a_form_s_columns_are_read_row_by_row(self, read):
        rows = [("Invoice Number", "INV-17"), ("Invoice Date", "4 March"), ("Total Due", "$93.50"), ("Tax", "$3")]
        content = b"".join(
            say(60, 700 - 20 * n, key) + say(300, 700 - 20 * n, value) for n, (key, value) in enumerate(rows)
        )
        found = read(pdf(Sheet(content)), media_types.PDF)
        assert texts(found) == [text for row in rows for text in row]
        assert pairs_of(found) == rows

    def test_a_table_beside_and_below_pairs(self, read):
        cells = [
            ("Item", "Service", "Price", "Sum"),
            ("1", "Consultation", "85.00", "85.00"),
            ("2", "X-ray", "20.00", "40.00"),
        ]
        content = b"".join(
            say(60 + 120 * column, 500 - 20 * row, text)
            for row, texts in enumerate(cells)
            for column, text in enumerate(texts)
        )
        for number, (key, value) in enumerate(
            [("Invoice Number", "17"), ("Due Date", "4 March"), ("Total Due", "$125")]
        ):
            content += say(300, 700 - 20 * number, key) + say(420, 700 - 20 * number, value)
        content += say(60, 700, "From Acme Inc") + say(60, 640, "Elm Street 5")
        found = read(pdf(Sheet(content)), media_types.PDF)
        assert found.tables == (Table(1, tuple(cells)),)
        assert pairs_of(found) == [("Invoice Number", "17"), ("Due Date", "4 March"), ("Total Due", "$125")]

    @pytest.mark.parametrize("turn", [0, 90, 180, 270])
    def test_a_turned_page_is_read_as_it_shows(self, laid, turn):
        """The same words at the same places of the page as it shows."""
        places = {
            0: "1 0 0 1 72 700",
            90: "0 1 -1 0 92 72",
            180: "-1 0 0 -1 540 92",
            270: "0 -1 1 0 520 720",
        }
        content = f"BT /F1 12 Tf {places[turn]} Tm (Turned words) Tj ET".encode()
        [line] = laid(pdf(Sheet(content, turn=turn)))
        assert line.text == "Turned words"
        height, width = (612, 792) if turn in (90, 270) else (792, 612)
        box = line.words[0].box
        assert box.left * width == pytest.approx(72, abs=1)
        assert (box.top + box.height / 2) * height == pytest.approx(88, abs=6)
        assert box.width > box.height

    def test_a_cropped_page_counts_from_its_visible_corner(self, laid):
        [line] = laid(pdf(Sheet(say(172, 520, "Cropped"), crop=(100, 100, 500, 600))))
        assert line.words[0].box.left == pytest.approx(72 / 400, abs=0.01)
        assert line.words[0].box.top == pytest.approx(70 / 500, abs=0.02)

    def test_words_that_run_upward_stand_at_the_end(self, read):
        found = read(
            pdf(Sheet(b"BT /F1 12 Tf 0 1 -1 0 40 300 Tm (In the margin) Tj ET\n" + say(72, 400, "Level are most"))),
            media_types.PDF,
        )
        assert texts(found) == ["Level are most", "In the margin"]

    def test_lines_and_layout_agree(self, read, laid):
        sheets = [Sheet(prose(20) + say(40, 40, "Page 1")), Sheet(prose(5), turn=90)]
        sheets[0] = Sheet(sheets[0].content, annotations=[files.text_field("a", "filled in", (300, 20, 500, 40))])
        data = pdf(*sheets, fields=True)
        assert [(line.page, line.text) for line in laid(data)] == [
            (line.page, line.text) for line in read(data, media_types.PDF).lines
        ]

    def test_filled_in_fields(self, read):
        sheet = Sheet(
            say(72, 704, "Full name:") + say(72, 664, "Smoker"),
            annotations=[
                files.text_field("form.name", "Ann Lee", (160, 700, 400, 718), label="Full name"),
                files.text_field("form.note", "", (160, 640, 400, 658)),
                files.text_field("pin", "1234", (160, 600, 400, 618), flags=1 << 13),
                files.check_box("smoker", True, (160, 660, 172, 672)),
                files.check_box("driver", False, (160, 630, 172, 642)),
            ],
        )
        found = read(pdf(sheet, fields=True), media_types.PDF)
        assert found.forms == (
            Form(1, "Full name", "Ann Lee", None, "text"),
            Form(1, "note", "", None, "text"),
            Form(1, "smoker", "[X]", None, "text"),
            Form(1, "driver", "[ ]", None, "text"),
        )
        assert "Ann Lee" in found.text()
        assert "1234" not in found.text()

    def test_a_group_of_buttons_is_one_field(self, read):
        def button(name, checked):
            state = f"/{name}" if checked else "/Off"
            return (
                f"<< /Type /Annot /Subtype /Widget /FT /Btn /Ff 32768 /T (choice) /V /two /AS {state} "
                f"/AP << /N << /{name} 5 0 R >> >> /Rect [10 10 20 20] >>"
            ).encode()

        sheet = Sheet(prose(2), annotations=[button("one", False), button("two", True)])
        assert pairs_of(read(pdf(sheet, fields=True), media_types.PDF))[-1] == ("choice", "two")

    def test_a_signed_field_is_a_signature(self, read):
        field = b"<< /Type /Annot /Subtype /Widget /FT /Sig /T (s) /V << /Type /Sig >> /Rect [306 396 408 436] >>"
        empty = field.replace(b"/V << /Type /Sig >> ", b"").replace(b"(s)", b"(t)")
        found = read(pdf(Sheet(prose(2), annotations=[field, empty]), fields=True), media_types.PDF)
        [signature] = found.signatures
        assert signature.page == 1
        assert (signature.box.left, signature.box.top) == pytest.approx((0.5, 356 / 792))

    def test_what_is_read_can_be_written(self, read):
        found = read(pdf(Sheet(prose(3))), media_types.PDF)
        assert Extraction.from_json(found.to_json()) == found


class TestReading:
    def word(self, text, left, top, width=0.1):
        return Word(text, Box(left, top, width, 0.02))

    def test_rows_bear_a_little_skew(self):
        words = [self.word(str(n), 0.12 * n, 0.1 + 0.001 * n) for n in range(6)]
        found = reading_order.segments(words, shape=1)
        assert [segment.text for segment in found] == ["0 1 2 3 4 5"]

    def test_a_wide_gap_ends_a_line(self):
        found = reading_order.segments([self.word("a", 0.1, 0.1), self.word("b", 0.21, 0.1), self.word("c", 0.5, 0.1)])
        assert [segment.text for segment in found] == ["a b", "c"]
        assert [segment.row for segment in found] == [0, 0]

    def test_nothing_gives_nothing(self):
        assert reading_order.segments([]) == []
        assert reading_order.box_around([]) is None
