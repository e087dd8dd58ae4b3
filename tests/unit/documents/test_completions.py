"""What models say instead of the JSON they were asked for."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from documents.summary.providers import completions

TWO = ("Ann was discharged.", "She is well.")


@pytest.mark.parametrize(
    "value",
    [
        {"sentences": list(TWO)},
        {"sentences": " ".join(TWO)},
        {"sentences": '["Ann was discharged.", "She is well."]'},
        {"sentences": "\n".join(f"- {each}" for each in TWO)},
        {"sentences": [{"sentence": each} for each in TWO]},
        {"summary": list(TWO)},
        {"parameters": list(TWO)},
        {"sentences": [f" {TWO[0]}\n", "", TWO[1]]},
        '{"sentences": ["Ann was discharged.", "She is well."]}',
        list(TWO),
    ],
)
def test_the_input_of_the_tool_in_the_shapes_it_comes_in(value):
    assert completions.from_tool(value) == TWO


@pytest.mark.parametrize(
    "value",
    [None, {}, 3, {"sentences": None}, {"sentences": [1, 2]}, {"sentences": [["a"]]}, "prose.", {"other": "text"}],
)
def test_an_input_without_sentences_is_none(value):
    assert completions.from_tool(value) is None


@pytest.mark.parametrize(
    "text",
    [
        '{"sentences": ["Ann was discharged.", "She is well."]}',
        'Here it is:\n```json\n{"sentences": ["Ann was discharged.", "She is well."]}\n```\nAnything else?',
        'I think {this} is it: {"sentences": ["Ann was discharged.", "She is well."]}',
        '["Ann was discharged.", "She is well."]',
    ],
)
def test_json_is_found_in_prose_and_code_fences(text):
    assert completions.from_text(text) == TWO


@pytest.mark.parametrize(
    "text", ["", "Ann was discharged. She is well.", '{"sentences": ["Ann', "[NAME] was discharged {see}", "[" * 2000]
)
def test_prose_and_broken_json_are_none(text):
    assert completions.from_text(text) is None


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("<think>Hm.</think> Ann is well.", "Ann is well."),
        ('<thinking>\n{"sentences": ["Not this."]}\n</thinking>{"sentences": []}', '{"sentences": []}'),
        ("Hm.\n</think>Ann is well.", "Ann is well."),
        ("<think>It was cut", ""),
        ("Ann is well.", "Ann is well."),
    ],
)
def test_what_a_model_thinks_first_is_no_answer(text, answer):
    assert completions.without_thoughts(text) == answer


def test_prose_is_divided_into_sentences():
    text = "Dr. A. Lee saw Ann at 3.5 mg. She left on May 4. 1. Bed rest.\n- Call Mr. Roe (Reno). “Soon!” he said"
    assert completions.from_prose(text) == (
        "Dr. A. Lee saw Ann at 3.5 mg.",
        "She left on May 4. 1. Bed rest.",
        "Call Mr. Roe (Reno).",
        "“Soon!” he said",
    )


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
    | st.text()
)
def test_any_answer_is_read_without_an_error(value):
    found = completions.from_tool(value)
    assert found is None or all(each and each == each.strip() for each in found)
    completions.from_prose(str(value))
