"""The rules of cutting have a number: who changes what they give raises it, and the index follows."""

from __future__ import annotations

import hashlib

from common.objects import encode
from knowledge.model import plain
from knowledge.passages import versions
from knowledge.passages.cutting import cut

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
    assert GIVEN.get(versions.RULES) == digest, f"raise versions.RULES and add its line here: {digest}"


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
