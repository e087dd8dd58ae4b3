"""The bench's other side, its sums, and a small run of its timed part."""

from __future__ import annotations

import math

import pytest

from bench.knowledge import substring, table


@pytest.mark.parametrize(
    ("question", "found"),
    [
        ("Why was order KP-1234 returned?", [1]),
        ("Why were ORDERS returned?", [1]),
        ("Is it so?", [0]),  # no word of four letters: all are equal, and the first counts
    ],
)
def test_substrings_are_counted_as_they_stand(question, found):
    passages = ["the order came", "order kp-1234 was returned, and other orders", "the pump"]
    assert substring.nearest(question, passages, 1) == found


def test_a_passage_is_not_better_for_a_word_that_comes_twice():
    assert substring.nearest("pump pump leak", ["pump pump pump", "leak of the pump"], 2) == [1, 0]


def test_the_sums_of_a_side():
    side = table.Side([0, 1, table.TOP, None])
    assert side.recall() == 0.5
    assert side.gain() == pytest.approx((1 + 1 / math.log2(3) + 1 / math.log2(table.TOP + 2)) / 4)


def test_ours_finds_what_is_named_and_substrings_find_less():
    """Thirty documents of the hundred; it is the same at each run, for nothing in it is left to chance or the clock."""
    quality, tokens = table.found(30)
    named, paraphrased = quality["named"], quality["paraphrased"]
    facts = len(named["ours"].ranks)
    assert facts == len(named["substrings"].ranks) == len(paraphrased["ours"].ranks) > 20
    assert named["ours"].recall() >= 0.97
    assert named["ours"].gain() >= 0.9 > named["substrings"].gain()
    assert paraphrased["ours"].recall() >= 0.4  # words alone; the stand-in's vectors know of no others
    assert tokens.passages * 4 < tokens.documents < tokens.everything


def test_the_timed_part_searches_as_a_reader_of_one_set():
    ours, theirs = table.timed(400, searches=3)
    assert ours > 0
    assert theirs > 0


def test_its_passages_are_as_many_as_it_says():
    made = list(table._passages(1_500))
    assert (len(made), all(made)) == (1_500, True)
