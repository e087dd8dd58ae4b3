"""Modules beside each other: each gets what it needs, and none spoils another."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llm import model, modules
from llm.emission import measuring
from llm.model import Module, Pair, Skipped, sample
from llm.modules.ingest import Ingest
from local.cloud.testing import ROOT
from tests.unit.llm import emf, worker
from tests.unit.llm.builders import AT, pair, pairs


@pytest.fixture(autouse=True)
def _worker(account, monkeypatch, request):
    with worker.running(monkeypatch, request.node.name):
        yield


class Seeing(Module):
    """Remembers what it is given."""

    def __init__(self, needs, every_call=False):
        self.name, self.needs, self.every_call = "seeing", needs, every_call
        self.seen = []

    def compute(self, given):
        self.seen += given
        return [sample(one, "Seen", 1) for one in given]


WHOLE = pair(request_id="whole")
NO_PROMPT = pair(request_id="no prompt", prompt=" ")
TAKEN = pair(request_id="taken", completion="", stop_reason="guardrail_intervened")


@pytest.mark.parametrize(
    ("needs", "expected"),
    [
        ("nothing", ["whole", "no prompt", "taken"]),
        ("prompt", ["whole", "taken"]),
        ("completion", ["whole", "no prompt", "taken"]),
        ("both", ["whole"]),
    ],
)
def test_a_module_sees_what_it_needs(needs, expected):
    module = Seeing(needs)
    measuring.samples([WHOLE, NO_PROMPT, TAKEN], [], [module])
    assert [one.request_id for one in module.seen] == expected


def test_calls_without_text_go_to_whoever_counts_calls():
    call = pair(request_id="tools", prompt="", completion="")
    counting, judging = Seeing("nothing", every_call=True), Seeing("completion")
    measuring.samples([WHOLE], [Skipped(model.TOOL_USE, AT, call=call)], [counting, judging])
    assert [one.request_id for one in counting.seen] == ["whole", "tools"]
    assert [one.request_id for one in judging.seen] == ["whole"]


def test_a_module_is_not_asked_about_nothing():
    class Never(worker.Failing):
        needs = "both"

    assert measuring.samples([NO_PROMPT], [], [Never()]) == []


def test_a_failure_is_counted_and_not_spread(capsys):
    found = measuring.samples([WHOLE], [], [worker.Failing(), Seeing("both"), worker.Failing()])
    assert [one.metric for one in found] == ["Seen"]
    from common import observability

    observability.metrics().flush_metrics()
    assert emf.totals(capsys.readouterr().out)["ModuleErrors"] == 2


def test_what_is_left_out_is_told_even_where_there_is_no_pair():
    found = measuring.samples([], [Skipped(model.ERROR, AT)], [Ingest(AT.timestamp)])
    assert {one.metric for one in found} == {"SkippedError", "RecordsRead", "IngestLagSeconds"}


def test_every_module_hears_of_what_is_left_out():
    class Listening(Seeing):
        def left_out(self, skipped):
            return [sample(WHOLE, one.reason, 1) for one in skipped]

    found = measuring.samples([WHOLE], [Skipped(model.ERROR, AT)], [Seeing("both"), Listening("prompt")])
    assert [one.metric for one in found] == ["Seen", "Seen", "SkippedError"]


def test_a_failure_over_what_is_left_out_is_not_spread():
    class Deaf(Seeing):
        def left_out(self, skipped):
            raise ValueError("cannot count")

    found = measuring.samples([WHOLE], [Skipped(model.ERROR, AT)], [Deaf("both"), Seeing("both")])
    assert [one.metric for one in found] == ["Seen", "Seen"]


def test_nothing_knows_a_module_by_its_class():
    """A room that imports one module, or asks for its class, would have to change with the list."""
    for path in (ROOT / "functions" / "llm").rglob("*.py"):
        text = path.read_text()
        assert not re.search(r"isinstance\(module\b|getattr\(module\b", text), path
        assert path.parent.name == "modules" or "from llm.modules." not in text, path


def test_a_module_that_cannot_be_made_is_counted(monkeypatch, capsys):
    monkeypatch.undo()
    monkeypatch.setenv("POWERTOOLS_METRICS_NAMESPACE", "Millrace/LLM")
    monkeypatch.setattr(modules, "FREE", ("ingest", "no_such_module"))
    measuring.free.cache_clear()
    assert [module.name for module in measuring.free()] == ["ingest"]
    measuring.free.cache_clear()


def test_the_window_of_known_requests_is_bounded():
    answers = [*pairs(10), pair(request_id="req-9"), pair(request_id="req-0")]
    found = list(measuring.unique(answers, window=5))
    assert [getattr(one, "reason", "pair") for one in found[10:]] == [model.DUPLICATE, "pair"]


def test_requests_without_an_id_are_all_different():
    assert all(isinstance(one, Pair) for one in measuring.unique([pair(request_id="")] * 3))


@given(st.lists(st.integers(0, 5)))
def test_each_request_comes_out_once(numbers):
    answers = [pair(request_id=f"r{number}") for number in numbers]
    found = [one for one in measuring.unique(answers) if isinstance(one, Pair)]
    assert sorted(one.request_id for one in found) == sorted({f"r{number}" for number in numbers})


def test_chunks_end_by_number_or_by_size():
    assert [len(chunk) for chunk in measuring.chunks(pairs(1200))] == [500, 500, 200]
    large = pairs(600, completion="x" * 32_000)
    sizes = [len(chunk) for chunk in measuring.chunks(large)]
    assert sum(sizes) == 600
    assert max(sizes) <= measuring.CHUNK_CHARACTERS // 32_000 + 1
