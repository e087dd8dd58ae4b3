"""Excel workbooks: sheets as tables and forms, nothing that a sheet does not show, and no bomb of two cells."""
# ruff: noqa: E501  XML as Excel writes it

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from documents.errors import BrokenDocument, DecompressionBomb, EmptyDocument, RejectedDocument, UnsupportedFormat
from documents.files import inspection, media_types
from documents.model import Table
from documents.reading import own_text
from tests.unit.documents import files
from tests.unit.documents.workbook_files import MAIN, OFFICE, cell, sheet, workbook

LABEL = '<c r="A1" t="inlineStr"><is><t>Total</t></is></c>'


@pytest.fixture
def read(tmp_path):
    def extract(data):
        path = tmp_path / "document"
        path.write_bytes(data)
        kind = inspection.inspect(path, native_text="skip").media_type
        assert kind == media_types.XLSX
        return own_text.extract(path, kind)

    return extract


def pairs_of(extraction):
    return [(form.key, form.value) for form in extraction.forms]


def told(extraction, code):
    return [flag.message for flag in extraction.flags if flag.code == code]


class TestCells:
    def test_sheets_are_pages_and_tables(self, read):
        found = read(workbook({
            "Costs": sheet(["Item", "Price", "Sum"], ["Visit", 85, 85.5], ["X-ray", 20, 1e-7]),
            "Notes": sheet(["Paid in full"]),
        }))  # fmt: skip
        assert found.pages == 2
        assert found.tables == (
            Table(1, (("Item", "Price", "Sum"), ("Visit", "85", "85.5"), ("X-ray", "20", "1e-07")), "Costs"),
            Table(2, (("Paid in full",),), "Notes"),
        )
        assert [(line.page, line.text) for line in found.lines][1] == (1, "Visit  85  85.5")
        assert found.flags == ()

    def test_labels_and_values_are_forms(self, read):
        found = read(workbook({"Invoice": sheet(
            ["Invoice Number", "INV-17"], ["Due Date", "2026-12-01"], ["Customer", "Ann Lee"], [], ["Total due: $12"],
        )}))  # fmt: skip
        assert pairs_of(found) == [
            ("Invoice Number", "INV-17"), ("Due Date", "2026-12-01"), ("Customer", "Ann Lee"), ("Total due", "$12"),
        ]  # fmt: skip

    def test_values_of_every_kind(self, read):
        cells = (
            '<c r="A1" t="b"><v>1</v></c><c r="B1"><v>0.30000000000000004</v></c><c r="C1" s="1"><v>46000</v></c>'
            '<c r="D1" t="e"><v>#N/A</v></c><c r="E1"><f>1+1</f><v>2</v></c><c r="F1" t="str"><v> a  b </v></c>'
            '<c r="G1"><v>12345678901234567890</v></c>'
        )
        found = read(workbook({"S": f'<sheetData><row r="1">{cells}</row></sheetData>'}))
        [row] = found.tables[0].rows
        assert row[:3] == ("TRUE", "0.3", "2025-12-09")
        assert row[-3:] == ("2", "a b", "12345678901234567168")

    @pytest.mark.parametrize(
        ("cell", "number"),
        [
            ("<f>SUM(1,2)</f>", 1),
            ("<f>SUM(1,2)</f><v/>", 1),
            ("<f>SUM(1,2)</f><v></v>", 1),
            ("<f>SUM(1,2)</f><v>3</v>", 0),
            ("<v/>", 0),
        ],
    )
    def test_a_formula_without_its_result_is_told(self, read, cell, number):
        found = read(workbook({"S": f'<sheetData><row r="1">{LABEL}<c r="B1">{cell}</c></row></sheetData>'}))
        assert (
            told(found, "CONTENT_SKIPPED") == [f"Not read: formulas without a result in the file ({number})."] * number
        )

    def test_a_formula_whose_result_is_an_empty_text(self, read):
        empty = '<c r="B1" t="str"><f>""</f><v></v></c>'
        assert read(workbook({"S": f'<sheetData><row r="1">{LABEL}{empty}</row></sheetData>'})).flags == ()

    def test_rows_and_columns_that_are_nearly_nothing(self, read):
        rows = '<row r="1" ht="1" customHeight="1"><c r="A1"><v>1</v></c></row><row r="2"><c r="A2"><v>2</v></c></row>'
        found = read(workbook({"S": f"<sheetData>{rows}</sheetData>"}))
        assert [line.text for line in found.lines] == ["2"]
        assert len(told(found, "TEXT_HIDDEN")) == 1

    def test_merged_cells_repeat_their_text(self, read):
        merged = '<mergeCells><mergeCell ref="A1:B2"/><mergeCell ref="C1:XFD1048576"/></mergeCells>'
        found = read(workbook({"S": sheet(["a", None, "c"], [None, None, "d"], behind=merged)}))
        assert found.tables[0].rows == (("a", "a", "c"), ("a", "a", "d"))

    def test_empty_rows_and_columns_around(self, read):
        found = read(workbook({"S": sheet([], [], [None, None, "x", None, "y"])}))
        assert found.tables[0].rows == (("x", "y"),)

    def test_a_workbook_without_text(self, read):
        with pytest.raises(EmptyDocument):
            read(workbook({"S": sheet()}))


STYLES = (
    '<numFmts><numFmt numFmtId="200" formatCode=";;;"/></numFmts><fonts><font/><font><color rgb="FFFFFFFF"/></font>'
    '<font><color theme="0"/></font><font><sz val="1"/></font><font><color rgb="FFFF0000"/></font></fonts>'
    '<fills><fill/><fill><patternFill patternType="solid"><fgColor rgb="FF003366"/></patternFill></fill>'
    '<fill><patternFill patternType="solid"><fgColor rgb="FFFF0000"/></patternFill></fill></fills>'
    '<cellXfs><xf/><xf fontId="1"/><xf fontId="2"/><xf fontId="3"/><xf numFmtId="200"/>'
    '<xf fontId="4" fillId="2"/><xf fontId="1" fillId="1"/><xf fontId="4"/></cellXfs>'
)
TOTAL = "Total due: $1.00"


class TestHidden:
    @pytest.mark.parametrize("style", [1, 2, 3, 4, 5], ids=["white", "theme", "tiny", "format", "red on red"])
    def test_a_cell_by_its_style(self, read, style):
        rows = f'<row r="1">{cell("A1", "Balance: $9")}</row><row r="2">{cell("A2", TOTAL, style)}</row>'
        found = read(workbook({"S": f"<sheetData>{rows}</sheetData>"}, styles=STYLES))
        assert pairs_of(found) == [("Balance", "$9")]
        assert "$1.00" not in str(found)
        assert told(found, "TEXT_HIDDEN") == ["Words that do not show were left out: 3 by colour, size or format."]

    @pytest.mark.parametrize("style", [0, 6, 7], ids=["plain", "white on blue", "red"])
    def test_a_cell_that_shows(self, read, style):
        found = read(
            workbook({"S": f'<sheetData><row r="1">{cell("A1", TOTAL, style)}</row></sheetData>'}, styles=STYLES)
        )
        assert pairs_of(found) == [("Total due", "$1.00")]
        assert found.flags == ()

    def test_hidden_rows_columns_and_sheets(self, read):
        columns = '<cols><col min="2" max="3" hidden="1"/></cols>'
        found = read(
            workbook(
                {
                    "Shown": sheet(["Balance: $9", TOTAL], [TOTAL], ["end"], before=columns, hidden=[1]),
                    "Kept": sheet([TOTAL]),
                    "Deep": sheet([TOTAL]),
                },
                states={"Kept": "hidden", "Deep": "veryHidden"},
            )
        )
        assert pairs_of(found) == [("Balance", "$9")]
        assert found.pages == 1
        assert "$1.00" not in str(found)
        assert told(found, "TEXT_HIDDEN") == [
            "Words that do not show were left out: 6 by a hidden row or column, 6 by a hidden sheet."
        ]

    def test_pictures_charts_and_comments_are_told(self, read):
        extra = {
            "xl/media/image1.png": b"x", "xl/charts/chart1.xml": b"<c/>",
            "xl/comments1.xml": b'<comments><commentList><comment ref="A1"/></commentList></comments>',
        }  # fmt: skip
        found = read(workbook({"S": sheet(["x"])}, extra=extra))
        assert told(found, "IMAGE_UNREAD")
        assert told(found, "CONTENT_SKIPPED") == ["Not read: charts (1).", "Not read: comments (1)."]


class TestHostile:
    def test_two_sheets_of_one_name(self, read):
        named = b'<sheet name="S" sheetId="1" r:id="s1"/><sheet name="S" sheetId="2" r:id="s2"/>'
        main = b'<workbook xmlns="%b" xmlns:r="%b"><sheets>%b</sheets></workbook>' % (
            MAIN.encode(),
            OFFICE.encode(),
            named,
        )
        with pytest.raises(BrokenDocument, match="one name"):
            read(workbook({"S": sheet(["x"]), "T": sheet(["y"])}, extra={"xl/workbook.xml": main}))

    @pytest.mark.parametrize(
        "cells",
        [
            cell("A1", "x") + cell("XFD1048576", "y"),
            cell("A1", "x") + cell("xfd1048576", "y"),
            cell("A1", "x") + cell("$XFD$1048576", "y"),
            cell("A1", "x") + cell("T100000", "y"),
        ],
        ids=["corner", "small letters", "strange", "tall"],
    )
    def test_two_cells_far_apart_are_not_made_room_for(self, read, cells):
        far = f'<sheetData><row r="1">{cells}</row></sheetData>'
        found = read(workbook({"Far": far, "Near": sheet(["Name: Ann"])}))
        assert pairs_of(found) == [("Name", "Ann")]
        assert told(found, "CONTENT_SKIPPED") == ["Not read: sheets whose cells lie too far apart or are too many (1)."]

    def test_a_far_cell_that_holds_nothing_does_no_harm(self, read):
        far = f'<sheetData><row r="1">{cell("A1", "Name: Ann")}<c r="XFD1048576" s="0"/></row></sheetData>'
        assert pairs_of(read(workbook({"S": far}))) == [("Name", "Ann")]

    def test_a_dimension_that_lies(self, read):
        lie = '<dimension ref="A1:XFD1048576"/>'
        assert pairs_of(read(workbook({"S": sheet(["Name: Ann"], before=lie)}))) == [("Name", "Ann")]

    def test_two_parts_whose_names_differ_in_case_alone(self, read):
        """One reader would measure the one and another open the other."""
        with pytest.raises(BrokenDocument, match="two parts"):
            read(workbook({"S": sheet(["x"])}, extra={"xl/worksheets/SHEET1.xml": b"<worksheet/>"}))

    def test_a_sheet_of_much_of_the_same(self, read):
        with pytest.raises(DecompressionBomb):
            read(workbook({"S": sheet(["x" * (21 << 20)])}))

    def test_xml_that_is_not_whole(self, read):
        with pytest.raises(BrokenDocument):
            read(workbook({"S": "<sheetData><row>"}))

    def test_other_archives_are_named(self, tmp_path):
        path = tmp_path / "x"
        path.write_bytes(files.zipped({"xl/workbook.bin": b"x"}))
        with pytest.raises(UnsupportedFormat, match="XLSB"):
            inspection.inspect(path, native_text="skip")

    @settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
    @given(
        st.lists(
            st.sampled_from([
                cell("A1", "x"), cell("C3", 5), '<c r="B2"/>', "<c><v>1</v></c>", '<c t="s"><v>9</v></c>', "<row>",
                "</row>", '<row r="9" hidden="1">', '<c r="A1" t="d"><v>x</v></c>', '<c s="99"><v>1</v></c>',
                '<mergeCells><mergeCell ref="A1:B"/></mergeCells>', '<c r="ZZZ1"><v>1</v></c>', '<c r="A0"><v>1</v></c>',
            ]),
            max_size=12,
        )
    )  # fmt: skip
    def test_any_order_of_elements_is_read_or_refused(self, read, pieces):
        try:
            read(workbook({"S": f"<sheetData>{''.join(pieces)}</sheetData>"}))
        except RejectedDocument:
            return


LOOKS = (
    '<fonts><font/><font><color rgb="FFFFFFFF"/></font></fonts>'
    '<fills><fill/><fill><patternFill patternType="solid"><fgColor rgb="FF003366"/></patternFill></fill></fills>'
    '<cellXfs><xf/><xf fillId="1"/><xf fontId="1"/></cellXfs>'
    '<dxfs><dxf><font><color rgb="FFFFFFFF"/></font></dxf>'
    '<dxf><font><color rgb="FF9C0006"/></font><fill><patternFill><bgColor rgb="FFFFC7CE"/></patternFill></fill></dxf>'
    '<dxf><numFmt numFmtId="9" formatCode=";;;"/></dxf>'
    '<dxf><fill><patternFill patternType="solid"><bgColor rgb="FF000000"/></patternFill></fill></dxf></dxfs>'
)


def rows_of(extraction):
    return [row for table in extraction.tables for row in table.rows]


def pieces(*runs):
    return "".join(
        f'<r>{looks and f"<rPr>{looks}</rPr>"}<t xml:space="preserve">{text}</t></r>' for text, looks in runs
    )


def inline(place, *runs, style=0):
    return f'<c r="{place}" s="{style}" t="inlineStr"><is>{pieces(*runs)}</is></c>'


WHITE_RUN, BLACK_RUN = '<color rgb="FFFFFFFF"/>', '<color rgb="FF000000"/>'


class TestRuns:
    """A text of more than one look, of which a part does not show."""

    def found(self, read, *cells, extra=None):
        rows = f'<sheetData><row r="1">{LABEL}{"".join(cells)}</row></sheetData>'
        return read(workbook({"A": rows}, styles=LOOKS, extra=extra))

    @pytest.mark.parametrize("looks", [WHITE_RUN, '<color theme="0"/>', '<color rgb="FFFDFDFD"/>', '<sz val="1"/>'])
    def test_a_run_that_does_not_show(self, read, looks):
        found = self.found(read, inline("B1", ("$900.00", ""), (" plus $1.00", looks)))
        assert rows_of(found) == [("Total", "$900.00")]
        assert told(found, "TEXT_HIDDEN") == ["Words that do not show were left out: 2 by colour, size or format."]

    def test_of_the_shared_strings(self, read):
        strings = f'<sst xmlns="{MAIN}"><si><t>x</t></si><si>{pieces(("$900.00", ""), ("1.00", WHITE_RUN))}</si></sst>'
        kind = 'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/sharedStrings"'
        relations = (
            '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
            f'<Relationship Id="s1" Type="{OFFICE}/worksheet" Target="worksheets/sheet1.xml"/>'
            f'<Relationship Id="ss" {kind} Target="sharedStrings.xml"/></Relationships>'
        )
        extra = {"xl/sharedStrings.xml": strings.encode(), "xl/_rels/workbook.xml.rels": relations.encode()}
        found = self.found(read, '<c r="B1" t="s"><v>1</v></c>', extra=extra)
        assert rows_of(found) == [("Total", "$900.00")]
        assert len(told(found, "TEXT_HIDDEN")) == 1

    @pytest.mark.parametrize(
        ("cell", "value"),
        [
            (inline("B1", ("white on ", ""), ("dark", WHITE_RUN), style=1), "white on dark"),
            (inline("B1", ("a ", ""), ("red", '<b/><color rgb="FFFF0000"/>')), "a red"),
            (inline("B1", ("black on", BLACK_RUN), (" white", BLACK_RUN), style=2), "black on white"),
        ],
    )
    def test_runs_that_show(self, read, cell, value):
        found = self.found(read, cell)
        assert (rows_of(found), found.flags) == ([("Total", value)], ())

    def test_a_run_in_no_cell_hides_no_far_cell_from_the_scan(self, read):
        cells = f'{inline("B1", ("x", WHITE_RUN))}<r><c r="XFD1048576"><v>1</v></c></r>'
        found = read(workbook({"A": f'<sheetData><row r="1">{LABEL}{cells}</row></sheetData>', "B": sheet(["b"])}))
        assert told(found, "CONTENT_SKIPPED") == ["Not read: sheets whose cells lie too far apart or are too many (1)."]


def formatted(rule, sqref="B1:B2"):
    return f'<conditionalFormatting sqref="{sqref}">{rule}</conditionalFormatting>'


def rule(kind, *formulas, dxf=0, more="", inner=""):
    made = "".join(f"<formula>{formula}</formula>" for formula in formulas)
    return f'<cfRule type="{kind}" dxfId="{dxf}" priority="1" {more}>{made}{inner}</cfRule>'


class TestConditionalFormats:
    def found(self, read, made, *, sqref="B1:B2", value=1.0):
        return read(
            workbook({"A": sheet(["Total", value], ["Other", "x"], behind=formatted(made, sqref))}, styles=LOOKS)
        )

    @pytest.mark.parametrize(
        "made",
        [
            rule("expression", "TRUE"),
            rule("expression", "1", dxf=2),
            rule("expression", "B1=1"),
            rule("expression", "$A$1=&quot;total&quot;", dxf=3),
            rule("expression", "LEN(TRIM(B1))&gt;0"),
            rule("expression", "NOT(ISERROR(B1))"),
            rule("cellIs", "0", more='operator="greaterThan"'),
            rule("cellIs", "0", "2", more='operator="between"'),
            rule("notContainsBlanks", "LEN(TRIM(B1))&gt;0"),
            rule("containsText", "x", more='text="1"'),
            rule("iconSet", inner='<iconSet showValue="0"/>'),
        ],
    )
    def test_a_cell_that_shows_nothing(self, read, made):
        found = self.found(read, made)
        assert ("Total", "1") not in rows_of(found)
        assert "by a conditional format" in told(found, "TEXT_HIDDEN")[0]

    @pytest.mark.parametrize(
        "made",
        [
            rule("expression", "FALSE"),
            rule("expression", "ISERROR(B1)"),
            rule("cellIs", "0", more='operator="equal"'),
            rule("expression", "TRUE", dxf=1),
            rule("expression", "SUM(B1:B9)=MAX(C1)", dxf=1),
            rule("colorScale", inner="<colorScale/>", dxf=-1),
            rule("iconSet", inner="<iconSet/>"),
            rule("expression", "TRUE", dxf=99),
        ],
    )
    def test_a_cell_that_shows(self, read, made):
        found = self.found(read, made)
        assert (rows_of(found), found.flags) == ([("Total", "1"), ("Other", "x")], ())

    def test_a_formula_that_nobody_can_tell(self, read):
        found = self.found(read, rule("expression", "SUM(B1:B9)=MAX(C1)"))
        assert rows_of(found) == [("Total", "1"), ("Other", "x")]
        assert told(found, "CONTENT_SKIPPED") == ["Not read: conditional formats that may hide cells (1)."]

    def test_an_error_in_white_as_templates_do_it(self, read):
        cells = f'<sheetData><row r="1">{LABEL}<c r="B1" t="e"><v>#N/A</v></c></row></sheetData>'
        found = read(workbook({"A": cells + formatted(rule("expression", "ISERROR(B1)"))}, styles=LOOKS))
        assert told(found, "TEXT_HIDDEN") == ["Words that do not show were left out: 1 by a conditional format."]

    def test_white_on_a_dark_cell(self, read):
        cells = f'<sheetData><row r="1">{LABEL}{cell("B1", "5", 1)}</row></sheetData>'
        found = read(workbook({"A": cells + formatted(rule("expression", "TRUE"))}, styles=LOOKS))
        assert (rows_of(found), found.flags) == ([("Total", "5")], ())


class TestResultsAndMargins:
    def test_errors_are_what_a_sheet_shows(self, read):
        cells = '<c r="B1" t="e"><f>1/0</f><v>#DIV/0!</v></c><c r="C1" t="e"><v>#N/A</v></c>'
        found = read(workbook({"A": f'<sheetData><row r="1">{LABEL}{cells}</row></sheetData>'}))
        assert found.tables[0].rows == (("Total", "#DIV/0!", "#N/A"),)
        assert found.flags == ()

    def margins(self, read, inner, switches=""):
        return read(workbook({"A": sheet(["a", "b"], behind=f"<headerFooter {switches}>{inner}</headerFooter>")}))

    def test_heads_and_feet(self, read):
        found = self.margins(
            read,
            '<oddHeader>&amp;LPolicy: 12-34&amp;C&amp;"Arial,Bold"&amp;14Statement&amp;RAT&amp;&amp;T</oddHeader>'
            "<oddFooter>&amp;CPage &amp;P of &amp;N&amp;R&amp;A</oddFooter>",
        )
        assert [line.text for line in found.lines] == ["Policy: 12-34", "Statement", "AT&T", "a  b", "A"]
        assert ("Policy", "12-34") in pairs_of(found)
        assert found.flags == ()

    def test_those_of_a_first_page_only_where_it_has_one(self, read):
        inner = "<oddHeader>&amp;Cone</oddHeader><firstHeader>&amp;Ctwo</firstHeader>"
        assert [line.text for line in self.margins(read, inner).lines] == ["one", "a  b"]
        shown = self.margins(read, inner, 'differentFirst="1"').lines
        assert [line.text for line in shown] == ["one", "two", "a  b"]

    @pytest.mark.parametrize("code", ["&amp;KFFFFFF", "&amp;1 "])
    def test_one_that_does_not_show(self, read, code):
        found = self.margins(read, f"<oddHeader>&amp;L{code}Total due: 5</oddHeader>")
        assert [line.text for line in found.lines] == ["a  b"]
        assert len(told(found, "TEXT_HIDDEN")) == 1
