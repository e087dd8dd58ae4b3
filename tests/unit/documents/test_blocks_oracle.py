"""The walk against amazon-textract-response-parser (``trp``, version 1), which knows nothing of it.

The two differ, and may differ, in three things: trp tells check boxes as SELECTED and NOT_SELECTED and drops those
beside words in a form's value, it leaves out pairs whose key has no words, and it joins merged cells cell by cell.
Layout, which trp does not know, orders our lines; theirs come as they are in the answer.

MILLRACE_TEXTRACT_ANSWERS names a folder of recorded answers (``*.json``) that are compared as well.
"""

from __future__ import annotations

import json
import os
import re
from collections import Counter
from pathlib import Path

import pytest
import trp

from documents.textract import blocks
from tests.unit.documents.builders import Answer, document

FOLDER = os.environ.get("MILLRACE_TEXTRACT_ANSWERS")
RECORDED = sorted(Path(FOLDER).glob("*.json")) if FOLDER else []
OURS = re.compile(r"\[(?:X| |SIGNATURE)\]")
THEIRS = re.compile(r"\b(?:NOT_)?SELECTED\b,?")


def read(body):
    answer = json.loads(body)
    return answer if isinstance(answer, list) else [answer]


def bodies():
    """Answers as they lie in a file, by name: one of our own, and those recorded."""
    yield "built", json.dumps(document(2).parts(10_000)[0]).encode()
    yield from ((path.name, path.read_bytes()) for path in RECORDED)


def without_nulls(value):
    """What trp can read: it takes a member that is there for one that is set."""
    if isinstance(value, dict):
        return {name: without_nulls(member) for name, member in value.items() if member is not None}
    return [without_nulls(member) for member in value] if isinstance(value, list) else value


def plain(text, boxes):
    return " ".join(boxes.sub(" ", text or "").split())


def compare(parts):
    ours, theirs = blocks.extract(parts), trp.Document(without_nulls(parts)).pages
    assert ours.pages == len(theirs)
    laid = any(block["BlockType"].startswith("LAYOUT_") for part in parts for block in part["Blocks"])
    compare_lines(ours, theirs, laid)
    for number, page in enumerate(theirs, 1):
        compare_forms([form for form in ours.forms if form.page == number], page)
        compare_tables([table for table in ours.tables if table.page == number], page)


def compare_lines(ours, theirs, laid):
    found = [(line.page, line.text) for line in ours.lines]
    expected = [(number, line.text) for number, page in enumerate(theirs, 1) for line in page.lines]
    assert Counter(found) == Counter(expected)
    assert laid or found == expected


def compare_forms(ours, page):
    found = [(plain(form.key, OURS), plain(form.value, OURS)) for form in ours if plain(form.key, OURS)]
    expected = [
        (key, plain(field.value and field.value.text, THEIRS))
        for field in page.form.fields
        if (key := plain(field.key.text, THEIRS))
    ]
    assert found == expected


def compare_tables(ours, page):
    assert [[len(row) for row in table.rows] for table in ours] == [
        [len(row.cells) for row in table.rows] for table in page.tables
    ]
    for table, other in zip(ours, page.tables, strict=True):
        for row, cells in zip(table.rows, other.rows, strict=True):
            for text, cell in zip(row, cells.cells, strict=True):
                found, expected = plain(text, OURS), plain(cell.mergedText, THEIRS)
                if cell._isChildOfMergedCell:
                    found, expected = sorted(found.split()), sorted(expected.split())
                assert found == expected


@pytest.mark.parametrize("seed", range(12))
def test_built_answers_read_alike(seed):
    compare(document(1 + seed % 3, seed).parts(300))


def test_boxes_signatures_and_keys_without_words_read_alike():
    answer = Answer().page()
    answer.form(answer.words("Smoker"), [answer.box(True)])
    answer.form([], answer.words("no key"))
    answer.form(answer.words("Name"), [])
    table = answer.table([[[answer.box(True)], [answer.box(False), *answer.words("no")]], [[], answer.words("x")]])
    answer.merge(table, 1, 1, 2, 1)
    compare(answer.parts())


def test_a_difference_would_be_seen():
    answer = document(1)
    ours = blocks.extract(answer.parts())
    page = trp.Document(answer.parts()).pages[0]
    with pytest.raises(AssertionError):
        compare_forms(list(ours.forms[1:]), page)
    with pytest.raises(AssertionError):
        compare_tables(list(ours.tables[1:]), page)
    with pytest.raises(AssertionError):
        compare_lines(ours, [page, page], laid=False)


@pytest.mark.parametrize(("name", "body"), list(bodies()), ids=lambda value: value if isinstance(value, str) else "")
class TestFiles:
    def test_it_reads_alike(self, name, body):
        compare(read(body))

    def test_it_reads_the_same_twice_and_from_its_bytes(self, name, body):
        parts = read(body)
        found = blocks.extract(parts)
        assert found.lines
        assert blocks.extract(parts) == found
        if len(parts) == 1:
            assert blocks.extract([blocks.load(body)]) == found
        assert [line.text for line in blocks.layout(parts).lines] == [line.text for line in found.lines]
