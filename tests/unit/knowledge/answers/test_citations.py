"""Each citation says which part of the answer it bears, and where that stands."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from knowledge.answers import citations
from knowledge.model import Sentence
from tests.unit.knowledge.answers.builders import LEASE, NOTICE, VERSION, hit

HITS = [hit(LEASE, score=0.123456), hit(NOTICE, key="rules.txt", page=3, n=7)]
BOX = [0.1, 0.2, 0.3, 0.04]


def test_a_citation_opens_the_page_at_its_box():
    (found,) = citations.of([Sentence("The rent is high.", (1,))], HITS, lambda given: [BOX] * given.page)
    assert found == {
        "text": "The rent is high.",
        "span": {"start": 0, "end": 17},
        "references": [
            {"key": "rules.txt", "version": VERSION, "page": 3, "boxes": [BOX] * 3, "score": 0.5, "text": NOTICE}
        ],
    }


def test_scores_have_four_places():
    (found,) = citations.of([Sentence("A.", (0,))], HITS, lambda _: [])
    assert found["references"][0]["score"] == 0.1235


@given(st.lists(st.text(min_size=1, max_size=30), max_size=9))
def test_spans_are_of_the_text(texts):
    sentences = [Sentence(text, (0, 1, 0)) for text in texts]
    whole = citations.text_of(sentences)
    for sentence, found in zip(sentences, citations.of(sentences, HITS, lambda _: []), strict=True):
        assert whole[found["span"]["start"] : found["span"]["end"]] == found["text"] == sentence.text
        assert [each["key"] for each in found["references"]] == ["leases/north.pdf", "rules.txt"]
