"""The bill, and the share of the traffic."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llm import spending
from llm.spending import Bill


@given(st.text(max_size=60), st.floats(0, 1))
def test_a_repetition_chooses_the_same(request_id: str, share: float):
    assert spending.chosen(request_id, share) == spending.chosen(request_id, share)
    assert spending.chosen(request_id, 1)
    assert not spending.chosen(request_id, 0)


@given(st.text(max_size=60), st.floats(0, 1), st.floats(0, 1))
def test_smaller_shares_are_parts_of_larger_ones(request_id: str, one: float, other: float):
    if spending.chosen(request_id, min(one, other)):
        assert spending.chosen(request_id, max(one, other))


def test_a_share_is_about_that_share():
    found = sum(spending.chosen(f"request-{number}", 0.1) for number in range(10_000))
    assert 850 < found < 1150


def test_rates_come_from_the_environment(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("SAMPLE_TOXICITY", raising=False)
    assert spending.rate("toxicity") == 1
    monkeypatch.setenv("SAMPLE_TOXICITY", "0.05")
    assert spending.rate("toxicity") == 0.05


@pytest.mark.parametrize("text", ["1.1", "-0.1", "half", "nan", "10%"])
def test_a_rate_that_is_none_says_what_to_set(text: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("SAMPLE_TOXICITY", text)
    with pytest.raises(spending.InvalidRate, match="SampleToxicity to a number from 0 to 1"):
        spending.rate("toxicity")


@pytest.mark.parametrize(("characters", "units"), [(1, 3), (300, 3), (301, 4), (5000, 50)])
def test_comprehends_units(characters: int, units: int):
    bill = Bill()
    bill.comprehend(characters)
    assert (bill.calls, bill.units) == (1, units)


def test_a_batch_is_billed_by_the_document():
    bill = Bill()
    bill.comprehend(10, 10, 1000)
    assert (bill.calls, bill.units) == (3, 3 + 3 + 10)
