"""What the local Textract finds on drawn pages: words, keys with their values, tables, check boxes, layout."""

from __future__ import annotations

import io
from collections import Counter

import numpy as np
import pytest
from PIL import Image, ImageFilter

from local.services.textract.page.wording import ends_key, is_amount, is_label, is_value
from tests.local.textract.builders import Answer, analysed, analyze, answer, drawn, pdf_of
from tests.local.textract.pages import PAGES, SCALE, WIDTH, Drawn


def normal(text: str) -> str:
    return " ".join(text.split()).rstrip(": ").casefold()


def share(found: list[str], real: list[str]) -> float:
    mine, theirs = Counter(map(normal, found)), Counter(map(normal, real))
    return (mine & theirs).total() / theirs.total()


def checked(page: Drawn, found: Answer, words: float = 0.97) -> None:
    """The page's words, all its keys with their values, all its cells."""
    assert share(found.words(), page.words) >= words
    pairs = {normal(key): value for key, value in found.pairs().items()}
    marks = {"X": "[X]", "": "[ ]"}
    for key, value in page.keys.items():
        assert normal(key) in pairs, f"no key {key!r} in {sorted(pairs)}"
        got = pairs[normal(key)]
        assert normal(got) in (normal(value), normal(marks.get(value, value))), key
    if page.cells:
        real = [text for row in page.cells for text in row if text]
        assert share([text for table in found.tables() for row in table for text in row], real) >= 0.95


@pytest.mark.parametrize("name", sorted(PAGES))
def test_a_drawn_page_is_read_whole(name: str) -> None:
    checked(drawn(name), analysed(name))


def scanned(page: Drawn, angle: float) -> bytes:
    """The page as a poor scanner gives it: askew, blurred, grainy, JPEG."""
    image = page.image.rotate(angle, fillcolor="white", resample=Image.Resampling.BICUBIC)
    grain = np.random.default_rng(0).normal(0, 12, (image.height, image.width, 1))
    pixels = np.asarray(image.filter(ImageFilter.GaussianBlur(0.7)), dtype=float) + grain
    data = io.BytesIO()
    Image.fromarray(pixels.clip(0, 255).astype(np.uint8)).save(data, "JPEG", quality=80)
    return data.getvalue()


@pytest.mark.parametrize(("name", "angle"), [("application", 1.5), ("invoice", -2.0)])
def test_a_skewed_and_noisy_scan_is_read_as_well(name: str, angle: float) -> None:
    found = answer(analyze(scanned(drawn(name), angle)))
    checked(drawn(name), found, words=0.93)
    line = found.of("LINE")[0]["Geometry"]
    assert abs(line["RotationAngle"]) == pytest.approx(abs(angle), abs=0.3)
    (left, right) = line["Polygon"][0], line["Polygon"][1]
    assert (right["Y"] < left["Y"]) == (angle > 0), "the corners follow the print of the page as it was given"


@pytest.mark.parametrize("quarter", [1, 2, 3])
def test_a_page_on_its_side_or_head_is_read(quarter: int) -> None:
    page = drawn("receipt")
    data = io.BytesIO()
    page.image.rotate(90 * quarter, expand=True).save(data, "PNG")
    assert share(answer(analyze(data.getvalue())).words(), page.words) > 0.9


def test_words_lie_where_they_were_drawn() -> None:
    page, found = drawn("receipt"), analysed("receipt")
    (total,) = [block for block in found.of("WORD") if block["Text"] == "SUBTOTAL"]
    box = total["Geometry"]["BoundingBox"]
    assert box["Left"] * page.image.width == pytest.approx(220 * SCALE, abs=5)
    assert (box["Top"] + box["Height"] / 2) * page.image.height == pytest.approx(478 * SCALE, abs=10)


# --- tables ----------------------------------------------------------------------------------------------------


def test_a_tables_grid_is_as_drawn() -> None:
    page = drawn("invoice")
    assert page.cells in analysed("invoice").tables()


def test_a_table_without_rulings_has_the_same_grid() -> None:
    page = drawn("invoice-plain")
    assert page.cells in analysed("invoice-plain").tables()


def test_a_currency_sign_belongs_to_its_amount() -> None:
    (grid,) = analysed("statement").tables()
    assert {len(row) for row in grid} == {3}, "no column of signs alone"
    assert ["Net product sales", "$ 58,004", "$ 59,032"] in grid


def test_headings_are_named() -> None:
    found = analysed("invoice")
    table = next(t for t in found.of("TABLE") if len(found.related(t)) == 16)
    assert table["EntityTypes"] == ["STRUCTURED_TABLE"]
    headings = [cell for cell in found.related(table) if cell.get("EntityTypes") == ["COLUMN_HEADER"]]
    assert [found.text(cell) for cell in headings] == ["Description", "Quantity", "Unit Price", "Amount"]


def test_a_cell_over_two_columns_is_merged() -> None:
    found = analysed("merged")
    (merged,) = found.of("MERGED_CELL")
    place = (merged["RowIndex"], merged["ColumnIndex"], merged["RowSpan"], merged["ColumnSpan"])
    assert place == (1, 2, 1, 2)
    assert [(c["RowIndex"], c["ColumnIndex"]) for c in found.related(merged)] == [(1, 2), (1, 3)]
    (table,) = found.of("TABLE")
    assert found.related(table, "MERGED_CELL") == [merged]


def test_prose_in_two_columns_is_no_table() -> None:
    assert analysed("headed").of("TABLE") == []


# --- forms -----------------------------------------------------------------------------------------------------


def test_check_boxes_are_selection_elements() -> None:
    found = analysed("application")
    status = [block["SelectionStatus"] for block in found.of("SELECTION_ELEMENT")]
    assert Counter(status) == {"SELECTED": 3, "NOT_SELECTED": 1}


def test_an_empty_field_has_a_value_without_words() -> None:
    found = analysed("application")
    key = next(b for b in found.of("KEY_VALUE_SET") if b["EntityTypes"] == ["KEY"] and found.text(b) == "Occupation")
    (value,) = found.related(key, "VALUE")
    assert "Relationships" not in value
    assert value["Geometry"]["BoundingBox"]["Width"] > 0.1, "the blank that was left"


def test_handwriting_beside_the_word_signature_is_one() -> None:
    (signature,) = analysed("application").of("SIGNATURE")
    assert signature["Geometry"]["BoundingBox"]["Left"] * WIDTH == pytest.approx(330, abs=20)
    assert analysed("invoice").of("SIGNATURE") == []


# --- layout ----------------------------------------------------------------------------------------------------


def layout(name: str) -> list[tuple[str, str]]:
    found = analysed(name)
    return [(b["BlockType"], found.text(b)) for b in found.blocks if b["BlockType"].startswith("LAYOUT_")]


def test_every_line_is_in_one_region() -> None:
    found = analysed("headed")
    regions = [b for b in found.blocks if b["BlockType"].startswith("LAYOUT_")]
    listed = [child["Id"] for region in regions for child in found.related(region) if child["BlockType"] == "LINE"]
    assert Counter(listed) == Counter(line["Id"] for line in found.of("LINE"))


def test_titles_lists_and_tables_are_told_apart() -> None:
    assert ("LAYOUT_TITLE", "Employee Record") in layout("headed")
    found = analysed("headed")
    (listing,) = found.of("LAYOUT_LIST")
    assert [found.text(item) for item in found.related(listing)] == [
        "1. Opens the shop in the morning.",
        "2. Orders goods from suppliers.",
        "3. Trains new staff.",
    ]
    assert "LAYOUT_TABLE" in [kind for kind, _ in layout("invoice")]


# --- native text -----------------------------------------------------------------------------------------------


def test_the_text_of_a_pdf_is_taken_as_it_is() -> None:
    found = answer(analyze(pdf_of("Registration No: 0O1Il-8B", "Name: rn m vv w")))
    assert found.pairs() == {"Registration No:": "0O1Il-8B", "Name:": "rn m vv w"}


def test_a_scan_in_a_pdf_is_read_by_ocr() -> None:
    page = drawn("receipt")
    found = answer(analyze(page.file("PDF", resolution=150.0)))
    assert share(found.words(), page.words) > 0.9


def test_filled_in_fields_of_a_pdf_are_text() -> None:
    assert answer(analyze(form_pdf("Ada Lovelace"))).pairs() == {"Name:": "Ada Lovelace"}


def form_pdf(value: str) -> bytes:
    """A PDF with one text field beside the word "Name:"; the field's appearance holds its value."""
    from pypdf import PdfReader, PdfWriter
    from pypdf.generic import (
        ArrayObject,
        DecodedStreamObject,
        DictionaryObject,
        FloatObject,
        NameObject,
        TextStringObject,
    )

    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(pdf_of("Name:"))))
    page = writer.pages[0]
    look = DecodedStreamObject()
    look.set_data(f"/Tx BMC q BT /F1 12 Tf 2 5 Td ({value}) Tj ET Q EMC".encode())
    look.update(
        {
            NameObject("/Type"): NameObject("/XObject"),
            NameObject("/Subtype"): NameObject("/Form"),
            NameObject("/BBox"): ArrayObject([FloatObject(n) for n in (0, 0, 200, 20)]),
            NameObject("/Resources"): page["/Resources"],
        }
    )
    field = DictionaryObject(
        {
            NameObject("/Type"): NameObject("/Annot"),
            NameObject("/Subtype"): NameObject("/Widget"),
            NameObject("/FT"): NameObject("/Tx"),
            NameObject("/T"): TextStringObject("name"),
            NameObject("/V"): TextStringObject(value),
            NameObject("/F"): FloatObject(4),
            NameObject("/Rect"): ArrayObject([FloatObject(n) for n in (110, 775, 310, 795)]),
            NameObject("/AP"): DictionaryObject({NameObject("/N"): writer._add_object(look)}),
        }
    )
    reference = writer._add_object(field)
    page[NameObject("/Annots")] = ArrayObject([reference])
    writer._root_object[NameObject("/AcroForm")] = DictionaryObject({NameObject("/Fields"): ArrayObject([reference])})
    data = io.BytesIO()
    writer.write(data)
    return data.getvalue()


# --- what text looks like --------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["1,284.50", "$85.00", "$899.99 S", "0.00%", "(12.50)", "EUR 3.50"[4:], "-4.20"])
def test_amounts(text: str) -> None:
    assert is_amount(text)


@pytest.mark.parametrize("text", ["12/07/2019", "12:22 PM", "4711", "C95778D3", "1477", "555-0142", "15 %"[:2]])
def test_values(text: str) -> None:
    assert is_value(text)


@pytest.mark.parametrize("text", ["Total", "Harbor Road", "A", "", "SONY VIAO I7"])
def test_no_values(text: str) -> None:
    assert not is_value(text)


@pytest.mark.parametrize("text", ["Date:", "No.:", "ST#", "E-mail:", ":", "#"])
def test_words_that_end_a_key(text: str) -> None:
    assert ends_key(text)


@pytest.mark.parametrize("text", ["12:30", "https://a.example", "Date", "10:", "#5"])
def test_words_that_do_not(text: str) -> None:
    assert not ends_key(text)


@pytest.mark.parametrize("text", ["First Name", "Home Address (include apartment)", "Date of Birth", "# ITEMS SOLD"])
def test_labels(text: str) -> None:
    assert is_label(text)


@pytest.mark.parametrize("text", ["12 Harbor Road", "The address is wrong.", "lower address", "Maria Keller", ""])
def test_no_labels(text: str) -> None:
    assert not is_label(text)
