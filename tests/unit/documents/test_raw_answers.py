"""Textract's raw answer in S3."""

from __future__ import annotations

import pytest

from documents.errors import WorkGone
from documents.textract import raw_answers

WORK = "w" * 40


def test_parts_are_read_in_order_and_none_is_missed(account):
    for number in range(3):
        raw_answers.keep(WORK, number, {"Blocks": [number]})
    assert [part["Blocks"] for part in raw_answers.parts(WORK)] == [[0], [1], [2]]
    assert len(list(raw_answers.parts(WORK, 2))) == 2
    with pytest.raises(WorkGone):
        list(raw_answers.parts(WORK, 4))
    with pytest.raises(WorkGone):
        list(raw_answers.parts("x" * 40))
