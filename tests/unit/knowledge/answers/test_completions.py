"""Any answer of a model can be read; what is taken of it is sentences with their own citations."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.answers import completions
from knowledge.model import Sentence
from tests.unit.knowledge.answers.builders import completion, converse

ENDS, RENT = "\u5951\u7ea6\u7ec8\u6b62\u3002", "\u623f\u79df\u3002"


def said(text, **more):
    return [(each.text, each.cited) for each in completion(text, **more).sentences]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("A is B. [1]\nC is D. [2]", [("A is B.", (0,)), ("C is D.", (1,))]),
        ("A is B [1].", [("A is B.", (0,))]),
        ("A is B [1]. C is D [2][3].", [("A is B.", (0,)), ("C is D.", (1, 2))]),
        ("A is B.[1] C is D.[2]", [("A is B.", (0,)), ("C is D.", (1,))]),
        ("A [1] and B [2] are equal.", [("A and B are equal.", (0, 1))]),
        ("A is B. [1, 3]", [("A is B.", (0, 2))]),
        ("A is B. [1-3]", [("A is B.", (0, 1, 2))]),
        ("A is B. [1 and 2]", [("A is B.", (0, 1))]),
        ("A is B. [1][1]", [("A is B.", (0,))]),
        ("A is B. [99-1]", [("A is B.", (98, 0))]),
        ("A is B. [0]", [("A is B.", (-1,))]),
        ("A is B. [passage 2]", [("A is B.", (1,))]),
        ("A is B. [^2]", [("A is B.", (1,))]),
        ("A is B. \u30102\u2020source\u3011", [("A is B.", (1,))]),
        ("A is B. \uff3b\uff12\uff3d", [("A is B.", (1,))]),
        ("A is B.\n[1]", [("A is B.", (0,))]),
        ("A is B.\n\n[1]\n[2]", [("A is B.", (0, 1))]),
        ("[1] A is B.", [("A is B.", (0,))]),
        ("- A is B. [1]\n* C is D. [2]", [("A is B.", (0,)), ("C is D.", (1,))]),
        ("1. A is B. [1]\n2) C is D. [2]", [("A is B.", (0,)), ("C is D.", (1,))]),
        ("**A** is B. [1]", [("A** is B.", (0,))]),
        ("```\nA is B. [1]\n```", [("A is B.", (0,))]),
        ('{"answer": "A is B. [1]"}', [("A is B.", (0,))]),
        ("<think>A is C. [2]</think>A is B. [1]", [("A is B.", (0,))]),
        ("Dr. Smith has it. [1]", [("Dr. Smith has it.", (0,))]),
        ("Smith signed on 3. May. [1]", [("Smith signed on 3. May.", (0,))]),
        ("It costs 1.5 million. [1]", [("It costs 1.5 million.", (0,))]),
        ("It ends in item b. [1] Then more. [2]", [("It ends in item b.", (0,)), ("Then more.", (1,))]),
        (f"{ENDS}[1]{RENT}[2]", [(ENDS, (0,)), (RENT, (1,))]),
        ("A is B, said the clerk (see above).", [("A is B, said the clerk (see above).", ())]),
        ("Sure, here it is! A is B. [1]", [("Sure, here it is!", ()), ("A is B.", (0,))]),
        ("A is B [see the annex].", [("A is B [see the annex].", ())]),
        ("A is B [1", [("A is B [1", ())]),
        ("", []),
        ("[1]", []),
        ("***", []),
    ],
)  # fmt: skip
def test_sentences_have_the_citations_that_stand_in_or_behind_them(text, found):
    assert said(text) == found


def test_a_sentence_without_citation_takes_none_of_its_neighbours():
    assert said("The rent is due. The notice is long. [1]") == [
        ("The rent is due.", ()),
        ("The notice is long.", (0,)),
    ]


@pytest.mark.parametrize(
    ("text", "missing"),
    [
        ("NOT SAID: the price", "the price"),
        ("not said: the price", ""),
        ("**NOT SAID:** the price.", "the price"),
        ("NOT SAID", "more than was said"),
        ("NOT_SAID - the price", "the price"),
        ("> NOT SAID: " + "x" * 900, "x" * completions.MOST_MISSING),
        ("It was NOT SAID by him. [1]", ""),
    ],
)
def test_what_is_missing_is_said_on_a_line_of_its_own(text, missing):
    assert completion(text).missing == missing


def test_what_is_missing_may_stand_beside_what_is_there():
    found = completion("A is B. [1]\nNOT SAID: the price")
    assert (found.sentences, found.missing) == ([Sentence("A is B.", (0,))], "the price")


@pytest.mark.parametrize("text", ["A is B. [1] C is", "A is B. [1] C is 1.", "A is B. [1]\nC is 12 [2"])
def test_of_an_answer_that_was_cut_the_last_sentence_is_not_taken(text):
    found = completion(text, "max_tokens")
    assert found.cut
    assert found.sentences == [Sentence("A is B.", (0,))]


def test_an_answer_that_was_cut_in_its_first_sentence_has_none():
    assert completion("A is B but only", "max_tokens").sentences == []


@pytest.mark.parametrize("reason", ["content_filtered", "guardrail_intervened"])
def test_what_a_filter_left_is_not_the_models(reason):
    found = completion("A is B. [1]", reason)
    assert found.filtered
    assert (found.sentences, found.tokens) == ([], 940)


def test_sentences_without_end_and_without_number_are_left_out_and_counted():
    found = completion("\n".join([f"A is {number}. [1]" for number in range(30)] + ["x" * 2_000 + " [1]"]))
    assert len(found.sentences) == completions.MOST_SENTENCES
    assert found.left_out == 11


SIGNS = """[1] [2 3] [ ]
[1][2] \u30101\u3011 [1-999] [-] [\u0661] A.is B. . Dr. ?! \u3002 \u5951 - 1. ``` { {"answer":" "}
\ue0001\ue001 <think> </think>"""
PIECES = st.sampled_from([*SIGNS.split(), "\n", " ", "NOT SAID:", ". "])


@given(st.lists(PIECES | st.text(max_size=12), max_size=40).map("".join), st.sampled_from(["end_turn", "max_tokens"]))
def test_any_text_is_sentences_that_stand_in_it(text, reason):
    found = completion(text, reason)
    for sentence in found.sentences:
        assert sentence.text.strip() == sentence.text != ""
        assert "\n" not in sentence.text
        assert "\ue000" not in sentence.text
        assert len(set(sentence.cited)) == len(sentence.cited)
    # Every letter of it was the model's, and none is there twice.
    signs = "".join(sentence.text for sentence in found.sentences)
    assert not Counter(filter(str.isalpha, signs)) - Counter(filter(str.isalpha, text))


NAMES = st.sampled_from(["text", "content", "message", "output", "usage", "totalTokens", "stopReason"])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=12,
)


@given(JSON.filter(lambda found: isinstance(found, dict)))
def test_any_answer_of_converse_can_be_read(answer):
    found = completions.read(answer)
    assert isinstance(found.sentences, list)
    assert isinstance(found.tokens, int)


def test_an_answer_of_many_brackets_is_read_at_once():
    """No pattern here looks back and back again: ten thousand brackets are read like ten."""
    long = ["[", "[1", "[1, ", "A.", "- ", "1. ", ".", '"', "[1]", "1", "[1   1", "[1 and ", " ", "A [1] "]
    for text in [*long, "\u3002", "?\"'"]:
        completion(text * (50_000 // len(text)))
        completion(f"[{text * 50}x. ")


def test_tokens_are_what_was_billed():
    assert completions.read(converse("A is B. [1]", tokens=77)).tokens == 77
