from __future__ import annotations

import copy
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from documents.errors import AnalysisIncomplete
from documents.model import Box, Extraction, Form, Query, Signature
from documents.textract import blocks
from tests.unit.documents.builders import Answer, document


def texts(extraction):
    return [line.text for line in extraction.lines]


def without(answer, gone):
    [part] = answer.parts()
    return [{**part, "Blocks": [block for block in part["Blocks"] if not gone(block)]}]


def test_lines_keep_page_confidence_and_place():
    answer = Answer().page()
    answer.line("Discharge note", confidence=91.5)
    answer.page().line("Second page")
    found = blocks.extract(answer.parts())
    assert found.pages == 2
    assert [(line.page, line.text) for line in found.lines] == [(1, "Discharge note"), (2, "Second page")]
    assert found.lines[0].confidence == 91.5
    assert found.lines[0].box == Box(0.1, 0.02, 0.8, 0.012)


def test_forms_keep_order_duplicates_and_empty_values():
    answer = Answer().page()
    for key, value in [("Name", "Ann Lee"), ("Phone", ""), ("Name", "Bo Lee")]:
        answer.form(answer.words(key), answer.words(value), confidences=(95, 60))
    assert blocks.extract(answer.parts()).forms == (
        Form(1, "Name", "Ann Lee", 60),
        Form(1, "Phone", "", 60),
        Form(1, "Name", "Bo Lee", 60),
    )


def test_a_check_box_is_part_of_the_text_in_its_place():
    answer = Answer().page()
    answer.form(
        answer.words("Smoker"), [answer.box(True), *answer.words("yes"), answer.box(False), *answer.words("no")]
    )
    assert blocks.extract(answer.parts()).forms[0].value == "[X] yes [ ] no"


def test_a_signature_is_listed_and_told_where_it_fills_a_value():
    answer = Answer().page()
    answer.form(answer.words("Signed"), [answer.signature(confidence=66.0)])
    found = blocks.extract(answer.parts())
    assert found.forms[0].value == "[SIGNATURE]"
    assert found.signatures == (Signature(1, 66.0, Box(0.6, 0.9, 0.2, 0.05)),)


def test_a_merged_cell_is_read_in_one_go_and_repeats():
    """The case of textractor's issue 220: two lines over three columns."""
    answer = Answer().page()
    three, months, ended, june, day = answer.words("Three Months Ended June 30,")
    table = answer.table(
        [[[three, months, june], [ended, day], []], [answer.words(each) for each in "abc"]],
        title=answer.words("Income"),
    )
    answer.merge(table, 1, 1, 1, 3)
    [found] = blocks.extract(answer.parts()).tables
    assert found.rows == (("Three Months Ended June 30,",) * 3, ("a", "b", "c"))
    assert (found.title, found.page, found.confidence) == ("Income", 1, 96.0)


def test_a_span_of_a_cell_itself_repeats_too():
    answer = Answer().page()
    table = answer.table([[answer.words("wide")]])
    cell = next(block for block in answer.blocks if block["BlockType"] == "CELL")
    cell["RowSpan"], cell["ColumnSpan"] = 2, 2
    [found] = blocks.extract(answer.parts()).tables
    assert found.rows == (("wide", "wide"), ("wide", "wide"))
    assert table["BlockType"] == "TABLE"


def test_queries_with_without_and_with_several_answers():
    answer = Answer().page()
    answer.query("Who is it?", "WHO", "Ann Lee")
    answer.query("When?", None)
    answer.query("Which?", "W", "one", "two")
    assert blocks.extract(answer.parts()).queries == (
        Query(1, "Who is it?", "WHO", "Ann Lee", 80.0),
        Query(1, "When?", None, None, None),
        Query(1, "Which?", "W", "one", 80.0),
        Query(1, "Which?", "W", "two", 81.0),
    )


def test_layout_decides_the_order_of_lines():
    answer = Answer().page()
    left, right, left_too, right_too = (answer.line(text) for text in ("L1", "R1", "L2", "R2"))
    stray = answer.line("stray")
    answer.layout("TEXT", [left, left_too])
    answer.layout("TEXT", [right, right_too])
    found = blocks.extract(answer.parts())
    assert texts(found) == ["L1", "L2", "R1", "R2", "stray"]
    assert stray["Text"] == "stray"


def test_a_list_of_the_layout_holds_layout_blocks_and_no_line_comes_twice():
    answer = Answer().page()
    one, two, three = (answer.line(text) for text in ("one", "two", "three"))
    outer = answer.layout("LIST", [])
    items = [answer.layout("TEXT", [two]), answer.layout("TEXT", [one])]
    outer["Relationships"] = [{"Type": "CHILD", "Ids": [item["Id"] for item in [*items, outer]]}]  # a ring, too
    assert texts(blocks.extract(answer.parts())) == ["two", "three", "one"]
    assert three["Text"] == "three"


def test_layout_gives_the_words_of_the_same_lines():
    answer = document(3, seed=4)
    found = blocks.extract(answer.parts())
    laid = blocks.layout(answer.parts()).lines
    assert [(line.page, line.text) for line in laid] == [(line.page, line.text) for line in found.lines]
    assert [" ".join(word.text for word in line.words) for line in laid] == texts(found)
    assert laid[0].words[0].box.top == pytest.approx(0.02)


@pytest.mark.parametrize("size", [1, 7, 100])
def test_parts_are_one_answer_wherever_they_are_cut(size):
    answer = document(2, seed=1)
    assert blocks.extract(iter(answer.parts(size))) == blocks.extract(answer.parts())


def test_the_parts_are_read_one_at_a_time():
    """Each part can go before the next is asked for; half a gigabyte of JSON never lies in memory as a whole."""
    import weakref

    class Part(dict):
        pass

    last = None

    def parts():
        nonlocal last
        for each in document(2).parts(200):
            assert last is None or last() is None
            part = Part(copy.deepcopy(each))
            last = weakref.ref(part)
            yield part
            del part

    assert blocks.extract(parts()) == blocks.extract(document(2).parts())


def test_pages_come_in_order_whatever_order_they_came_in():
    answer = document(3)
    parts = [
        {"DocumentMetadata": {"Pages": 3}, "Blocks": [block for block in answer.blocks if block["Page"] == page]}
        for page in (3, 1, 2)
    ]
    assert blocks.extract(parts) == blocks.extract(answer.parts())


def test_members_may_be_null_or_missing_as_in_the_files_that_textract_writes():
    answer = document(1)
    members = sorted({name for block in answer.blocks for name in block} | {"Custom", "Hint", "PageClassification"})
    nulls = [{**dict.fromkeys(members), **block} for block in answer.blocks]
    for block in nulls:
        if block["Geometry"]:
            block["Geometry"] = {**block["Geometry"], "RotationAngle": None}
    [part] = answer.parts()
    full = {**part, "Blocks": nulls, "JobStatus": "SUCCEEDED", "NextToken": None, "Warnings": None}
    assert blocks.extract([full]) == blocks.extract([part])


@pytest.mark.parametrize("member", ["Page", "TextType", "Confidence", "Geometry", "EntityTypes", "Text"])
def test_optional_members_are_not_assumed(member):
    answer = document(1)
    for block in answer.blocks:
        block.pop(member, None)
    found = blocks.extract(answer.parts())
    assert len(found.lines) == 66
    assert len(found.tables) == 2
    assert len(found.forms) == (0 if member == "EntityTypes" else 15)


def test_unknown_types_and_relationships_are_passed_over():
    answer = document(1)
    expected = blocks.extract(answer.parts())
    answer.blocks.append({"BlockType": "HOLOGRAM", "Id": "h", "Relationships": [{"Type": "CHILD", "Ids": ["none"]}]})
    answer.blocks[0]["Relationships"].append({"Type": "COMPLEX_FEATURES", "Ids": ["nowhere"]})
    assert blocks.extract(answer.parts()) == expected


def test_an_empty_page_is_a_page():
    answer = Answer().page()
    answer.page().line("only here")
    assert blocks.extract(answer.parts()) == Extraction(2, blocks.extract(answer.parts()).lines)


def test_half_of_the_blocks_missing_is_told_with_numbers():
    answer = document(1)
    half = answer.blocks[: len(answer.blocks) // 2]
    with pytest.raises(AnalysisIncomplete, match=r"^\d+ of the \d+ ids .* are not in it\.$"):
        blocks.extract([{"DocumentMetadata": {"Pages": 1}, "Blocks": half}])


@pytest.mark.parametrize("kind", ["WORD", "LINE", "CELL", "MERGED_CELL", "KEY_VALUE_SET", "TABLE"])
def test_a_missing_block_of_any_type_is_told(kind):
    answer = document(1)
    place = next(number for number, block in enumerate(answer.blocks) if block["BlockType"] == kind)
    del answer.blocks[place]
    with pytest.raises(AnalysisIncomplete, match=r"^1 of the \d+ ids"):
        blocks.extract(answer.parts())


def test_a_missing_page_is_told():
    with pytest.raises(AnalysisIncomplete, match="announced 3 pages, and its answer holds 2"):
        blocks.extract(without(document(3), lambda block: block["Page"] == 2))


def test_parts_that_disagree_are_told():
    parts = document(2).parts(200)
    parts[1]["DocumentMetadata"] = {"Pages": 3}
    with pytest.raises(AnalysisIncomplete, match="announced 2 or 3 pages"):
        blocks.extract(parts)


def test_a_part_twice_is_told():
    first, *rest = document(1).parts(100)
    with pytest.raises(AnalysisIncomplete, match=r"^100 of \d+ blocks of Textract's answer came twice"):
        blocks.extract([first, first, *rest])


@pytest.mark.parametrize("answer", [[], [{"Blocks": None}], [{"DocumentMetadata": {"Pages": 1}, "Blocks": []}]])
def test_no_answer_is_no_document(answer):
    with pytest.raises(AnalysisIncomplete, match="answer holds 0"):
        blocks.extract(answer)


def test_a_partial_success_is_no_success():
    [part] = document(1).parts()
    with pytest.raises(AnalysisIncomplete, match="PARTIAL_SUCCESS"):
        blocks.extract([{**part, "JobStatus": "PARTIAL_SUCCESS"}])


def test_messages_hold_no_text_of_the_document():
    answer = Answer().page()
    answer.line("Secret Person")
    answer.blocks.pop()
    with pytest.raises(AnalysisIncomplete) as told:
        blocks.extract(answer.parts())
    assert "Secret" not in str(told.value)
    assert "Person" not in str(told.value)


graphs = st.builds(
    lambda pages, seed: document(pages, seed, lines=6, tables=[(2, 3)]), st.integers(1, 3), st.integers(0, 1000)
)


@given(graphs, st.randoms(use_true_random=False))
def test_shuffled_blocks_lose_nothing(answer, chance):
    expected = blocks.extract(answer.parts())
    chance.shuffle(answer.blocks)
    found = blocks.extract(answer.parts(50))
    assert sorted(found.forms, key=repr) == sorted(expected.forms, key=repr)
    assert sorted((table.page, len(table.rows)) for table in found.tables) == sorted(
        (table.page, len(table.rows)) for table in expected.tables
    )
    assert sorted(texts(found)) == sorted(texts(expected))
    assert [line.page for line in found.lines] == sorted(line.page for line in found.lines)


@given(graphs, st.data())
def test_a_lost_block_is_never_silent(answer, data):
    expected = blocks.extract(answer.parts())
    gone = set(data.draw(st.lists(st.sampled_from(range(len(answer.blocks))), min_size=1, max_size=40)))
    answer.blocks = [block for number, block in enumerate(answer.blocks) if number not in gone]
    try:
        found = blocks.extract(answer.parts())
    except AnalysisIncomplete:
        return
    assert found == expected, "only what nothing refers to may be missing"


JSON = st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.just([]) | st.just({})


@given(graphs, st.data())
def test_a_member_set_to_null_raises_nothing_but_its_own_name(answer, data):
    for _ in range(data.draw(st.integers(1, 20))):
        block = data.draw(st.sampled_from(answer.blocks))
        block[data.draw(st.sampled_from(sorted(block)))] = None
    try:
        found = blocks.extract(answer.parts())
    except AnalysisIncomplete:
        return
    assert Extraction.from_json(json.loads(json.dumps(found.to_json()))) == found


@given(st.lists(st.text(max_size=30), max_size=8))
def test_any_text_comes_through(lines):
    answer = Answer().page()
    for text in lines:
        answer.line(text)
        answer.form(answer.words(text), answer.words(text))
    found = blocks.extract(answer.parts())
    assert texts(found) == lines
    assert [form.value for form in found.forms] == [" ".join(text.split()) for text in lines]


@given(graphs)
def test_the_input_is_left_as_it_was(answer):
    before = copy.deepcopy(answer.parts())
    blocks.extract(answer.parts())
    blocks.layout(answer.parts())
    assert answer.parts() == before


def test_the_same_input_gives_the_same_output_in_any_process():
    """Sets of strings have another order in each process; nothing here may follow one."""
    import os
    import subprocess
    import sys

    code = (
        "import hashlib; from documents.textract import blocks; from tests.unit.documents.builders import document;"
        "print(hashlib.sha256(repr(blocks.extract(document(2, 3).parts())).encode()).hexdigest())"
    )
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join(["functions", "."])}
    found = {
        subprocess.run(
            [sys.executable, "-c", code], env={**environ, "PYTHONHASHSEED": seed}, capture_output=True, check=True
        ).stdout
        for seed in "012"
    }
    assert len(found) == 1


class TestLoad:
    def test_it_is_json_without_polygons(self):
        [part] = document(1).parts()
        loaded = blocks.load(json.dumps(part).encode())
        assert blocks.extract([loaded]) == blocks.extract([part])
        assert blocks.layout([loaded]) == blocks.layout([part])
        assert all(block["Geometry"]["Polygon"] is None for block in loaded["Blocks"] if "Geometry" in block)

    @given(st.text(), st.booleans())
    def test_texts_that_look_like_a_polygon_stay(self, text, ascii_only):
        hostile = f'{text}"Polygon": [1, 2]{text}'
        body = json.dumps({"Text": hostile, "Polygon ": hostile, "Blocks": []}, ensure_ascii=ascii_only)
        try:
            encoded = body.encode()
        except UnicodeEncodeError:
            return
        assert blocks.load(encoded) == json.loads(body)

    def test_what_the_fast_way_cannot_read_is_read_all_the_same(self):
        body = b'{"Text": "\\ud83d", "Polygon": [[1], [2]], "Blocks": []}'
        assert blocks.load(body) == json.loads(body)

    @pytest.mark.parametrize("body", [b'{"Blocks": []}', b"no json"])
    def test_the_collector_is_left_as_it_was(self, body):
        import contextlib
        import gc

        assert gc.isenabled()
        with contextlib.suppress(ValueError):
            blocks.load(body)
        assert gc.isenabled()

    def test_what_is_no_answer_is_told(self):
        with pytest.raises(AnalysisIncomplete, match="no JSON object"):
            blocks.load(b"[]")
