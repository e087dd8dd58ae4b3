"""``model.json`` walked: what it answers, and that no file makes the loader fail under another name than its own."""

from __future__ import annotations

import json
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.training import builders
from training.errors import ModelUnusable
from training.serving import features, walker
from training.serving.features import Shape


@pytest.mark.parametrize(
    ("row", "leaf"),
    [
        (["30", "5", "yes"], 0.5),
        (["30.000000000000004", "5", "yes"], -1.0),
        ([" 31 ", " 007 ", None], -1.0),
        (["31", "7", "yes"], 2.0),  # not met in training: no value
        (["31", None, "yes"], 2.0),
        (["31", "21", "yes"], 2.0),
        ([None, "5", "yes"], 0.5),
        (["1e999", "5", "yes"], 0.5),
        (["thirty", "5", ""], 0.5),
    ],
)
def test_trees_go_left_and_right_as_their_nodes_say(row, leaf):
    model = walker.load(builders.again(builders.trees()))
    assert model.probability(row) == 1 / (1 + math.exp(-(0.25 + leaf + leaf)))


def test_a_row_counts_as_positive_from_the_threshold_on():
    model = walker.load(builders.trees(trees=[], base=0.0))
    assert model.predict([None, None, None]).label == "Customer"
    above = walker.load(builders.trees(trees=[], base=0.0) | {"threshold": 0.6})
    assert (above.predict([None, None, None]).label, above.predict([None] * 3).probability) == ("Subscriber", 0.5)


@pytest.mark.parametrize(("score", "probability"), [(-800.0, 0.0), (800.0, 1.0), (0.0, 0.5), (-700.0, 9.8e-305)])
def test_no_score_is_too_large(score, probability):
    assert walker.sigmoid(score) == pytest.approx(probability, rel=0.01)


def test_a_text_has_the_same_buckets_in_every_process():
    columns = (builders.COLUMNS[1],)
    text = features.buckets(["Grüße, WELT"], (builders.Column("t", "text"),), Shape(10, 3, 3))
    assert sorted(text) == [16, 287, 403, 561, 578, 582, 583, 688, 902, 931, 1001]
    assert features.buckets(["5"], columns, Shape(16)) != features.buckets(["6"], columns, Shape(16))
    assert features.buckets([None], columns, Shape(16)) == set()


def test_words_alone_and_the_order_of_words_and_case_do_not_matter():
    text = (builders.Column("t", "text"),)
    assert features.buckets(["b A a"], text, Shape(16, 0, 0)) == features.buckets(["A B"], text, Shape(16, 0, 0))
    assert len(features.buckets(["b A a"], text, Shape(16, 0, 0))) == 2


def test_a_text_without_a_word_has_the_bias():
    model = walker.load(builders.texts())
    assert model.probability(["..."]) == model.probability([None]) == walker.sigmoid(-0.25)


BROKEN = [
    {"schema": 2},
    {"kind": "forest"},
    {"kind": ["trees"]},
    {"threshold": 1.5},
    {"threshold": None},
    {"threshold": float("nan")},
    {"name": 7},
    {"transform": None},
    {"transform": {"columns": [], "hash": ""}},
    {"base": None},
    {"base": float("inf")},
    {"base": True},
    {"base": 10**400},
    {"trees": {}},
    {"trees": [None]},
    {"trees": [builders.tree(feature=[])]},
    {"trees": [builders.tree(feature=[9, -1, 1, -1, -1])]},
    {"trees": [builders.tree(feature=[0.0, -1, 1, -1, -1])]},
    {"trees": [builders.tree(feature=[-2, -1, 1, -1, -1])]},
    {"trees": [builders.tree(left=[0, 0, 3, 0, 0])]},  # its own child
    {"trees": [builders.tree(right=[99, 0, 4, 0, 0])]},
    {"trees": [builders.tree(value=[30.0, 0.5, 0.0, "x", 2.0])]},
    {"trees": [builders.tree(value=[30.0, 0.5, 0.0, float("nan"), 2.0])]},
    {"trees": [builders.tree(set=[-1, -1, 1, -1, -1])]},
    {"trees": [builders.tree(sets=[["5"]])]},
]


@pytest.mark.parametrize("change", BROKEN, ids=lambda change: json.dumps(change, default=str)[:60])
def test_a_broken_file_is_named(change):
    with pytest.raises(ModelUnusable):
        walker.load(builders.trees() | change)


@pytest.mark.parametrize(
    "change",
    [{"bits": 11}, {"bits": 40}, {"bits": True}, {"shortest": 5}, {"longest": 99}, {"weights": "%%"}, {"weights": None},
     {"weights": "é"}, {"bias": "0"}, {"scale": 10**310}, {"scale": float("inf")}],
)  # fmt: skip
def test_a_broken_file_of_texts_is_named(change):
    with pytest.raises(ModelUnusable):
        walker.load(builders.texts() | change)


def test_a_kind_of_model_wants_columns_that_it_reads():
    with pytest.raises(ModelUnusable):
        walker.load(builders.texts() | {"transform": builders.fit().to_json()})
    with pytest.raises(ModelUnusable):
        walker.load(builders.trees() | {"transform": builders.texts()["transform"]})


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=8,
)


@settings(max_examples=400)
@given(document=st.sampled_from([builders.trees(), builders.texts()]), value=_JSON, data=st.data())
def test_whatever_stands_anywhere_in_a_file_is_a_model_or_named(document, value, data):
    """One place of a good file exchanged: the loader refuses it by name, or the model answers a probability."""
    document = builders.again(document)
    holder, place = document, data.draw(st.sampled_from(sorted(document)))
    while isinstance(holder[place], dict | list) and holder[place] and data.draw(st.booleans()):
        holder = holder[place]
        place = data.draw(st.sampled_from(sorted(holder) if isinstance(holder, dict) else range(len(holder))))
    holder[place] = value
    try:
        model = walker.load(document)
    except ModelUnusable:
        return
    for text in ("31", None, "5", "x y z"):
        assert 0 <= model.probability([text] * len(model.columns)) <= 1


@given(_JSON)
def test_what_is_no_file_at_all_is_named(document):
    with pytest.raises(ModelUnusable):
        walker.load(document)
