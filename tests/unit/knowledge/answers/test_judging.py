"""What of a completion may be told, while passages go."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.answers import judging, support
from knowledge.answers.evidence.texts import Texts
from knowledge.answers.work import Composed
from knowledge.errors import AnswerFiltered, NothingSupported, NotInDocuments, RefusedAsk, SourcesGone
from tests.unit.knowledge.answers.builders import LEASE, NOTICE, completion, hit

HITS = [hit(LEASE), hit(NOTICE, n=1)]
RENT = "The rent is EUR 1,200.50 per month. [1]"


def judge(text, *, still=HITS, hits=HITS, ending="end_turn", question="How high is the rent?"):
    return judging.judge(question, Composed(completion(text, ending), list(hits), "m"), still)


def codes(told):
    return [warning["code"] for warning in told.warnings]


def test_what_is_borne_out_is_told():
    told = judge(RENT)
    assert [each.text for each in told.sentences] == ["The rent is EUR 1,200.50 per month."]
    assert (told.unsupported, told.gone, told.warnings) == (0, 0, [])


def test_the_same_sentence_is_told_once():
    told = judge(f"{RENT}\n{RENT}\n{RENT.replace('[1]', '[2]')}")
    assert len(told.sentences) == 1
    assert (told.unsupported, codes(told)) == (1, ["SENTENCES_UNSUPPORTED"])


@pytest.mark.parametrize(
    ("text", "ending", "error"),
    [
        ("", "end_turn", NothingSupported),
        ("The rent is EUR 9. [1]", "end_turn", NothingSupported),
        (RENT, "max_tokens", NothingSupported),
        ("NOT SAID: the rent", "end_turn", NotInDocuments),
        ("NOT SAID: the rent\nThe rent is EUR 9. [1]", "end_turn", NothingSupported),
        (RENT, "content_filtered", AnswerFiltered),
    ],
)
def test_where_nothing_may_be_told_it_is_said_why(text, ending, error):
    with pytest.raises(error):
        judge(text, ending=ending)


def test_a_cut_answer_is_told_as_far_as_it_is_whole():
    told = judge(f"{RENT}\nTermination needs a notice of three", ending="max_tokens")
    assert (len(told.sentences), codes(told)) == (1, ["ANSWER_CUT"])


def test_where_all_is_gone_the_sources_are():
    with pytest.raises(SourcesGone):
        judge(RENT, still=[])
    with pytest.raises(SourcesGone):
        judge("The rent was agreed by both. [2]", still=HITS[1:])


def test_another_version_of_the_same_passage_is_another_passage():
    with pytest.raises(SourcesGone):
        judge(RENT, still=[hit(LEASE, version="f" * 16), HITS[1]])


TEXTS = [LEASE, NOTICE, "Ann Berg pays the deposit of EUR 900.", "The garden belongs to the house in Lindau."]
WORDS = sorted({word.strip(".,") for text in TEXTS for word in text.split()})
SENTENCE = st.tuples(st.lists(st.sampled_from(WORDS), min_size=1, max_size=8), st.lists(st.integers(1, 5), max_size=3))
SENTENCES = st.lists(SENTENCE, max_size=6)


@given(SENTENCES, st.sets(st.integers(0, 3)))
def test_of_a_passage_that_is_gone_nothing_is_told_that_no_other_says(sentences, gone):
    """Whatever a model makes of the words of all passages, under whatever numbers."""
    hits = [hit(text, n=number) for number, text in enumerate(TEXTS)]
    said = "\n".join(f"{' '.join(words)}. {''.join(f'[{number}]' for number in cited)}" for words, cited in sentences)
    still = [each for number, each in enumerate(hits) if number not in gone]
    try:
        told = judge(said, still=still, hits=hits)
    except RefusedAsk:
        return
    for sentence in told.sentences:
        cited = support.cited_by(sentence, hits)
        assert cited
        assert not gone & {each.n for each in cited}
        texts = Texts([each.text for each in cited])
        assert texts.lacks(sentence.text) == []
        assert not gone or texts.far(sentence.text) == []


@pytest.mark.parametrize(("said", "keys"), [(RENT, {0}), ("The rent was agreed by both. [1]", {0, 1})])
def test_what_is_said_in_other_words_rests_on_all_that_was_shown(said, keys):
    told = judge(said, still=HITS)
    assert [hit for hit in HITS if hit in told.rests_on] == [HITS[number] for number in sorted(keys)]


def test_what_is_not_of_the_year_that_was_asked_for_is_not_told():
    hits = [hit("Profit in 2018 was EUR 5,000. Profit in 2019 was EUR 7,000."), hit("Report of 2017.", n=1)]
    told = judge("The profit was EUR 7,000. [1]", hits=hits, still=hits, question="How high was the profit in 2019?")
    assert len(told.sentences) == 1
    for year in (2018, 2017):
        with pytest.raises(NotInDocuments):
            judge("Profit was EUR 7,000. [1]", hits=hits, still=hits, question=f"How high was the profit in {year}?")
    with pytest.raises(SourcesGone):
        judge("Profit was EUR 7,000. [1]", hits=hits, still=hits[:1], question="How high was the profit in 2017?")


def test_what_is_of_another_year_is_left_out_beside_what_is_of_the_right_one():
    hits = [hit("Profit in 2018 was EUR 5,000. Profit in 2019 was EUR 7,000.")]
    both = "Profit was EUR 5,000. [1]\nProfit was EUR 7,000. [1]"
    told = judge(both, hits=hits, still=hits, question="How high was the profit in 2019?")
    assert [each.text for each in told.sentences] == ["Profit was EUR 7,000."]
    assert codes(told) == ["SENTENCES_UNSUPPORTED"]
