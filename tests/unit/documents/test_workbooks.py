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
