"""The rules of cutting have a number: who changes what they give raises it, and the index follows."""

from __future__ import annotations

import hashlib

import pytest

from common.objects import encode
from knowledge import model
from knowledge.model import plain
from knowledge.passages import versions
from knowledge.passages.cutting import cut
from local.cloud.deploying.template import read_template
from local.cloud.testing import ROOT

PAGES = [
    (1, ["Terms of payment", *["The sum of 1.234,50 EUR is due on 12 March 2024 to Acme Corp. of Springfield."] * 12]),
    (
        2,
        [
            "Order INV-2041/7: Jean-Luc O'Brien, DE89 3704 0044 0532 0130 00",
            "x" * 900,
            "\u8ba2\u5355\u53f7ABC-123\u3002",
        ],
    ),
]
GIVEN = {1: "43055968d9fde224"}


def test_what_the_rules_give_has_their_number():
    found = [plain(passage) for passage in cut(PAGES)]
    digest = hashlib.sha256(encode({"passages": found})).hexdigest()[:16]
    assert GIVEN.get(versions.CUTTING) == digest, f"raise versions.CUTTING and add its line here: {digest}"


def test_a_version_is_of_all_that_it_is_made_of():
    one = {"document": {"etag": "a", "sequencer": "01"}}
    first = versions.of(one, [(1, ["text"])], type="letter")
    assert len(first) == versions.LENGTH
    assert versions.of({"document": {"etag": "a", "sequencer": "02"}}, [(1, ["text"])], type="letter") == first
    others = [
        versions.of({"document": {"etag": "b"}}, [(1, ["text"])], type="letter"),
        versions.of(one, [(1, ["text "])], type="letter"),
        versions.of(one, [(1, ["text"])], type="bill"),
    ]
    assert len({first, *others}) == 4


@pytest.mark.parametrize("rules", [(2, *versions.RULES[1:]), (1, "another", 512), (1, versions.EMBEDDING_MODEL, 256)])
def test_other_rules_another_model_and_other_dimensions_are_other_versions(monkeypatch, rules):
    one = {"document": {"etag": "a", "sequencer": "01"}}
    before = versions.of(one, [(1, ["text"])])
    assert versions.RULES == (versions.CUTTING, model.EMBEDDING_MODEL, model.DIMENSIONS)
    monkeypatch.setattr(versions, "RULES", rules)
    assert versions.of(one, [(1, ["text"])]) != before


def test_the_functions_embed_by_the_model_and_the_index_holds_the_dimensions_of_the_version():
    """Who changes the model in the template alone would mix vectors of two models in silence."""
    resources = read_template(ROOT / "pipelines" / "knowledge.yaml")["Resources"]
    named = [
        variables["EMBEDDING_MODEL"]
        for each in resources.values()
        for variables in [each["Properties"].get("Environment", {}).get("Variables", {})]
        if "EMBEDDING_MODEL" in variables
    ]
    assert named == [model.EMBEDDING_MODEL] * 3
    assert resources["VectorIndex"]["Properties"]["Dimension"] == model.DIMENSIONS
