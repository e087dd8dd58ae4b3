"""Words of a question in what was found."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.retrieval import lexical


def best(question: str, *texts: str) -> str:
    scores = lexical.scores(question, dict(enumerate(texts)))  # type: ignore[arg-type]
    return texts[max(scores, key=lambda place: scores[place])]  # type: ignore[call-overload, no-any-return]


@pytest.mark.parametrize(
    ("question", "texts"),
    [
        ("the rent of the mill", ("The rent of the mill is due.", "The rent of the house is due.", "The mill.")),
        ("Where is the mill?", ("A mill.", *(f"Where is the house {n}? Where is the barn?" for n in range(9)))),
        ("MÜLLER", ("Herr Mu\u0308ller kam.", "Herr Muller kam.")),
        ("4711", ("It is 4711.", "It is 47.", "It is 11.")),
        ("倉庫の家賃", ("東京の倉庫の家賃は高い。", "東京の会議は五月です。")),
        ("mill", ("A mill.", "A mill, and much else that is said at length of other matters than that.")),
    ],
)
def test_the_text_with_the_questions_words_is_first(question: str, texts: tuple[str, ...]):
    assert best(question, *texts) == texts[0]
    assert best(question, *reversed(texts)) == texts[0]


def test_what_has_no_word_of_the_question_has_no_score():
    assert set(lexical.scores("mill", {"a": "A mill.", "b": "A house.", "c": ""})) == {"a"}
    assert lexical.scores("mill", {}) == lexical.scores("", {"a": "mill"}) == {}


@given(st.text(max_size=30), st.dictionaries(st.text(max_size=2), st.text(max_size=40), max_size=5))
def test_any_text_has_a_score_above_nothing_or_none(question: str, texts: dict[str, str]):
    assert all(score > 0 for score in lexical.scores(question, texts).values())
