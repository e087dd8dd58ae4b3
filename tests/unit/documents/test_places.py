"""Places and text that are kept: Textract's boxes, and what a search in a file's own lines finds."""

from __future__ import annotations

import gzip
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from documents.files import media_types
from documents.model import Box, Extraction, Form, Inspection, LaidLine, Layout, Line, Table, Word
from documents.outputs import kept, places, summary_document
from documents.reading import own_text
from documents.textract import blocks
from tests.e2e.schemas import check
from tests.unit.documents.builders import Answer, document
from tests.unit.documents.files import Sheet, pdf, say
from tests.unit.documents.pipeline_builders import source


def plain(*texts):
    return [LaidLine(1, text, ()) for text in texts]


def read(lines, forms=(), tables=()):
    return Extraction(1, tuple(Line(line.page, line.text) for line in lines), tuple(forms), tuple(tables))


def form(key, value):
    return Form(1, key, value, source="text")


def said(lines, found):
    """The texts that some places point at."""
    return [lines[place.line].text[place.start : place.end] for place in found]


def written(extraction, layout, folder, media_type="application/pdf", route="sync"):
    """Both files, as a reader sees them, held against their schemas."""
    about = summary_document.about(source(), Inspection(media_type, extraction.pages, route), extraction)
    found = []
    for name, pieces in (("boxes", kept._boxes(about, extraction, layout)), ("text", kept._text(about, extraction))):
        kept._write(folder / name, pieces)
        found.append(json.loads(gzip.decompress((folder / name).read_bytes())))
        check(found[-1], f"document-{name}")
    return found


class TestOfTextract:
    def test_a_form_has_the_boxes_of_its_key_and_value(self):
        answer = Answer().page()
        answer.form(answer.words("Name"), answer.words("Ann Lee"))
        answer.form(answer.words("Empty"), [])
        first, second = blocks.layout(answer.parts()).forms
        assert [(place.page, place.box.left, place.box.width) for place in first.key] == [(1, 0.1, 0.2)]
        assert [place.box.left for place in first.value] == [0.4]
        assert len(second.value) == 1

    def test_everything_has_the_number_and_order_of_what_was_read(self):
        answer = document(5, seed=2)
        found, layout = blocks.extract(answer.parts()), blocks.layout(answer.parts())
        assert [(line.page, line.text) for line in layout.lines] == [(line.page, line.text) for line in found.lines]
        assert len(layout.forms) == len(found.forms)
        assert len(layout.tables) == len(found.tables)
        assert len(layout.queries) == len(found.queries)
        assert [[place.page for place in each.key] for each in layout.forms] == [[each.page] for each in found.forms]
        for table, cells in zip(found.tables, layout.tables, strict=True):
            ends = {(cell.row + cell.rows - 1, cell.column + cell.columns - 1) for cell in cells}
            assert max(ends) == (len(table.rows), len(table.rows[0]))

    def test_without_geometry_there_are_no_places_and_it_is_counted(self):
        answer = Answer().page()
        answer.form(answer.words("Name"), answer.words("Ann"))
        [part] = answer.parts()
        for block in part["Blocks"]:
            block.pop("Geometry", None)
        found, layout = blocks.extract([part]), blocks.layout([part])
        assert layout.forms[0].key == layout.forms[0].value == ()
        assert kept.unplaced(found, layout) == {"keys": 1, "values": 1, "cells": 0}


class TestOfOwnText:
    def test_a_value_is_the_one_behind_its_key(self):
        lines = plain("Ann is here. Name: Ann", "Name:   Bo  Lee")
        forms = [form("Name", "Ann"), form("Name", "Bo Lee")]
        first, second = places.searched(read(lines, forms), lines).forms
        assert [(place.line, place.start, place.end) for place in (*first.key, *first.value)] == [
            (0, 13, 17), (0, 19, 22)
        ]  # fmt: skip
        assert said(lines, second.key) == ["Name"]
        assert said(lines, second.value) == ["Bo  Lee"]
        assert second.value[0].line == 1

    def test_a_value_over_two_lines_has_two_places(self):
        lines = plain("Address: 1 Main", "Street", "x")
        [found] = places.searched(read(lines, [form("Address", "1 Main Street")]), lines).forms
        assert said(lines, found.value) == ["1 Main", "Street"]

    def test_a_part_of_a_word_is_no_place(self):
        lines = plain("Rename: Annabel", "Name: Ann")
        [found] = places.searched(read(lines, [form("Name", "Ann")]), lines).forms
        assert {place.line for place in (*found.key, *found.value)} == {1}

    def test_what_shows_nowhere_has_no_place_and_is_counted(self):
        lines = plain("Smoker yes")
        extraction = read(lines, [form("Smoker", "[X]"), form("hidden.name", "v")])
        layout = places.searched(extraction, lines)
        assert [bool(each.key) for each in layout.forms] == [True, False]
        assert kept.unplaced(extraction, layout) == {"keys": 1, "values": 2, "cells": 0}

    def test_cells_row_by_row_and_a_merged_cell_twice(self):
        lines = plain("Item is a word", "Item  Price", "Tea  2", "Both", "Tea  3")
        table = Table(1, (("Item", "Price"), ("Tea", "2"), ("Both", "Both"), ("Tea", "3")))
        [cells] = places.searched(read(lines, tables=[table]), lines).tables
        assert [(cell.row, cell.column, cell.place.line) for cell in cells] == [
            (1, 1, 1), (1, 2, 1), (2, 1, 2), (2, 2, 2), (3, 1, 3), (3, 2, 3), (4, 1, 4), (4, 2, 4),
        ]  # fmt: skip

    def test_two_tables_that_say_the_same_are_two_places(self):
        lines = plain("a  b", "text", "a  b")
        table = Table(1, (("a", "b"),))
        first, second = places.searched(read(lines, tables=[table, table]), lines).tables
        assert [cell.place.line for cell in (*first, *second)] == [0, 0, 2, 2]

    @pytest.mark.parametrize("pages", [1, 2])
    def test_a_pdf_has_boxes_where_its_words_are(self, tmp_path, pages):
        sheets = [Sheet(say(72, 700, "Name: Ann Lee")) for _ in range(pages)]
        path = tmp_path / "a.pdf"
        path.write_bytes(pdf(*sheets))
        extraction = own_text.extract(path, media_types.PDF)
        laid = list(own_text.layout(path, media_types.PDF))
        layout = places.searched(extraction, laid)
        boxes, text = written(extraction, layout, tmp_path, route="text")
        value = boxes["forms"][-1]["value"]
        assert [place["page"] for place in value] == [pages]
        words = {text["pages"][0]["lines"][0][start:end]: box for _, start, end, *box in boxes["pages"][0]["words"]}
        assert list(words) == ["Name:", "Ann", "Lee"]
        left, top, width, height = value[0]["box"]
        assert (left, top) == pytest.approx((words["Ann"][0], words["Ann"][1]), abs=1e-4)
        assert left + width == pytest.approx(words["Lee"][0] + words["Lee"][2], abs=1e-4)
        assert height > 0

    @given(
        st.lists(st.text(st.characters(codec="utf-8"), max_size=12), max_size=6),
        st.text(max_size=4),
        st.text(max_size=4),
    )
    def test_places_point_at_the_text_that_was_read(self, texts, key, value):
        lines = plain(*texts)
        [found] = places.searched(read(lines, [form(key, value)]), lines).forms
        for wanted, told in ((key, found.key), (value, found.value)):
            assert not told or " ".join(" ".join(said(lines, told)).split()) == " ".join(wanted.split())


class TestKept:
    def test_a_file_without_pages(self, tmp_path):
        lines = plain("Name: Ann")
        extraction = read(lines, [form("Name", "Ann")], [Table(1, (("Name", "x"),))])
        boxes, text = written(extraction, places.searched(extraction, lines), tmp_path, "text/plain", "text")
        assert boxes["pages"] == [{"page": 1, "words": []}]
        assert boxes["forms"] == [
            {
                "key": [{"page": 1, "line": 0, "start": 0, "end": 4}],
                "value": [{"page": 1, "line": 0, "start": 6, "end": 9}],
            }
        ]
        assert boxes["unplaced"] == {"keys": 0, "values": 0, "cells": 2}
        assert text["pages"] == [{"page": 1, "first": 0, "lines": ["Name: Ann"]}]

    def test_textract_s_answer(self, tmp_path):
        answer = document(3, seed=1)
        extraction, layout = blocks.extract(answer.parts()), blocks.layout(answer.parts())
        boxes, text = written(extraction, layout, tmp_path)
        lines = [line for page in text["pages"] for line in page["lines"]]
        assert lines == [line.text for line in extraction.lines]
        for page, kept_page in zip(boxes["pages"], text["pages"], strict=True):
            numbers = {word[0] for word in page["words"]}
            assert numbers == set(range(kept_page["first"], kept_page["first"] + len(kept_page["lines"])))
        assert boxes["unplaced"]["keys"] == boxes["unplaced"]["values"] == 0

    def test_empty_pages_are_there(self, tmp_path):
        extraction = Extraction(3, (Line(2, "x"),))
        boxes, text = written(extraction, Layout((LaidLine(2, "x", ()),)), tmp_path)
        assert [page["page"] for page in boxes["pages"]] == [1, 2, 3]
        assert [page["lines"] for page in text["pages"]] == [[], ["x"], []]
        assert [page["first"] for page in text["pages"]] == [0, 0, 1]

    def test_words_that_do_not_make_up_their_line_have_a_box_alone(self, tmp_path):
        laid = (LaidLine(1, "Ann Lee", (Word("Other", Box(0.1, 0.2, 1 / 3, 0.1)),)),)
        boxes, _ = written(Extraction(1, (Line(1, "Ann Lee"),)), Layout(laid), tmp_path)
        assert boxes["pages"][0]["words"] == [[0, None, None, 0.1, 0.2, 0.33333, 0.1]]

    def test_the_same_gives_the_same_bytes(self, tmp_path):
        for name in "ab":
            kept._write(tmp_path / name, iter(["{", "}"]))
        assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
