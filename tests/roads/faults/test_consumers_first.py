"""Narration and documents: each function dies until its work stands still; a redrive brings it out. The list is the
template's: a new function without a way fails here.
"""

from __future__ import annotations

import pytest

from tests.roads.faults import consumers
from tests.roads.faults.ways import ELSEWHERE, WAYS
from tests.template.resources import of_type
from tests.template.translate import resolved

account = pytest.fixture(scope="module")(consumers.account)


def test_each_function_has_a_way_or_a_reason():
    functions = set(of_type(resolved(**{**consumers.PARAMETERS, "UseImages": "true"}), "AWS::Lambda::Function"))
    assert functions == set(WAYS) | set(ELSEWHERE)
    assert {*consumers.FIRST, *consumers.SECOND} == set(WAYS)


@pytest.mark.parametrize("consumer", consumers.FIRST)
def test_work_whose_worker_dies_waits_and_comes_out_when_it_is_redriven(account, consumer):
    consumers.die_and_come_out(account, consumer)
