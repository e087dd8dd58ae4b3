"""The completions stream: the same pairs, partial failures, and nothing counted twice that can be told."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.errors import StorageUnavailable
from common.table import Table
from llm import model
from llm.emission import measuring
from llm.handlers import read_stream
from llm.logs import shards, stream_batches, stream_records
from llm.logs.rules import Rules
from llm.logs.shards import Mark, Shards
from llm.model import Pair, Skipped
from llm.modules.ingest import Ingest
from tests.unit.llm import emf, worker
from tests.unit.llm.builders import ANSWERED, ASKED, AT
from tests.unit.llm.worker import kinesis, said

RULES = Rules(apps=frozenset({"shop"}))


@pytest.fixture
def totals(account, monkeypatch, request, capsys):
    ingest = Ingest(lambda: AT.timestamp() + 60)
    with worker.running(monkeypatch, request.node.name, ingest, worker.Counting()):
        yield lambda: emf.totals(capsys.readouterr().out)


def read(event):
    answer = read_stream.handler(event, worker.Context())
    return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]


def one(**changes):
    return stream_records.pair_of(said(**changes), AT, RULES)


# Records


def test_a_record_is_a_pair():
    pair = one(stop_reason="length", input_tokens=5, output_tokens=6, latency_ms=70)
    assert (pair.request_id, pair.timestamp, pair.source, pair.operation) == ("req-1", AT, "stream", "Stream")
    assert (pair.model_id, pair.model_family, pair.app) == ("gpt-4o-2024-08-06", "gpt-4o", "shop")
    assert (pair.prompt, pair.completion, pair.stop_reason) == (ASKED, ANSWERED, "max_tokens")
    assert (pair.input_tokens, pair.output_tokens, pair.latency_ms) == (5, 6, 70)


@pytest.mark.parametrize(
    ("timestamp", "expected"),
    [
        ("2026-11-20T09:30:15Z", AT.timestamp()),
        (1795167015, 1795167015),
        (1795167015.5, 1795167015.5),
        (1795167015500, 1795167015.5),
    ],
)
def test_times_have_three_forms(timestamp, expected):
    assert one(timestamp=timestamp).timestamp.timestamp() == expected


def test_a_record_without_a_time_has_that_of_its_arrival():
    record = json.loads(said())
    del record["timestamp"]
    assert stream_records.pair_of(json.dumps(record).encode(), AT, RULES).timestamp == AT


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", model.MALFORMED),
        (b"\xff", model.MALFORMED),
        (b"[]", model.MALFORMED),
        (said(model_id=""), model.MALFORMED),
        (said(completion=None), model.MALFORMED),
        (said(timestamp="soon"), model.MALFORMED),
        (said(timestamp=1e300), model.MALFORMED),
        (said(completion=" "), model.NO_TEXT),
        (said(completion="", stop_reason="tool_calls"), model.TOOL_USE),
        (said(model_id="text-embedding-3-small"), model.EMBEDDING),
        (said(completion="x" * 1_100_000), model.TOO_LONG),
    ],
)
def test_what_gives_no_pair_has_a_reason(data, reason):
    found = stream_records.pair_of(data, AT, RULES)
    assert isinstance(found, Skipped)
    assert found.reason == reason


@given(
    st.binary(max_size=100)
    | st.dictionaries(
        st.sampled_from(sorted(json.loads(said()))),
        st.none() | st.integers() | st.text() | st.floats() | st.lists(st.none()),
    ).map(lambda found: json.dumps(found).encode())
)
def test_any_record_is_a_pair_or_has_a_reason(data):
    found = stream_records.pair_of(data, AT, RULES)
    assert isinstance(found, Pair) or found.reason in model.REASONS


# Batches


def test_a_batch_is_measured(totals):
    assert read(kinesis(said(1), b"nonsense", said(2))) == []
    found = totals()
    assert (found["Seen"], found["SkippedMalformed"], found["RecordsRead"]) == (2, 1, 3)


def test_a_stream_does_not_say_that_bedrocks_log_speaks(totals):
    assert read(kinesis(said(1))) == []
    found = totals()
    assert found["RecordsRead"] == 1
    assert "RecordsArrived" not in found


def test_base64_that_is_none_is_malformed(totals):
    event = kinesis(said(1))
    event["Records"][0]["kinesis"]["data"] = "!"
    assert read(event) == []
    assert totals()["SkippedMalformed"] == 1


def test_a_batch_that_comes_again_counts_once(totals):
    event = kinesis(*(said(number) for number in range(10)))
    for _ in range(2):
        assert read(event) == []
    found = totals()
    assert (found["Seen"], found["StreamRecordsRepeated"]) == (10, 10)


def test_halves_of_a_batch_count_what_is_new(totals):
    event = kinesis(*(said(number) for number in range(10)))
    read({"Records": event["Records"][:6]})
    read(event)
    assert totals()["Seen"] == 10


def test_a_producer_that_sends_again_counts_once(totals):
    read(kinesis(said(1), said(2), said(1)))
    read(kinesis(said(2), said(3), first=100))
    found = totals()
    assert (found["Seen"], found["SkippedDuplicate"]) == (3, 2)


def test_shards_do_not_know_of_each_other(totals):
    read(kinesis(said(1), shard="shardId-000000000000"))
    read(kinesis(said(2), shard="shardId-000000000001"))
    assert totals()["Seen"] == 2


def test_a_failure_goes_on_where_it_happened(totals, monkeypatch):
    monkeypatch.setattr(stream_batches, "CHUNK", 4)
    event = kinesis(*(said(number) for number in range(10)))
    original, calls = Shards.advance, []

    def advance(self, shard, mark):
        calls.append(mark)
        if len(calls) == 2:
            raise StorageUnavailable("busy")
        return original(self, shard, mark)

    monkeypatch.setattr(Shards, "advance", advance)
    fifth = event["Records"][4]["kinesis"]["sequenceNumber"]
    assert read(event) == [fifth]
    assert totals()["StreamChunksFailed"] == 1
    assert read({"Records": event["Records"][4:]}) == []
    assert totals()["Seen"] == 6, "the chunk that was sent and not written down counts again"


def test_a_table_that_is_busy_brings_the_batch_back(totals, monkeypatch):
    def busy(self, shard):
        raise StorageUnavailable("busy")

    monkeypatch.setattr(Shards, "mark", busy)
    event = kinesis(said(1), said(2))
    assert read(event) == [event["Records"][0]["kinesis"]["sequenceNumber"]]
    assert "Seen" not in totals()


def test_paid_modules_get_the_pairs(totals, monkeypatch):
    handed = []
    monkeypatch.setattr(read_stream.dispatch, "evaluate", handed.extend)
    read(kinesis(said(1), said(2)))
    assert [pair.request_id for pair in handed] == ["req-1", "req-2"]


# Places


def test_sequence_numbers_compare_as_numbers():
    mark = Mark().after("99", [])
    assert mark.is_done("98")
    assert mark.is_done("99")
    assert not mark.is_done("100")


def test_the_last_requests_are_remembered_and_no_more():
    mark = Mark().after("1", [f"r{number}" for number in range(1000)])
    assert len(mark.recent) == shards.RECENT
    assert shards.digest("r999") in mark.recent
    assert shards.digest("r1") not in mark.recent


def test_a_place_never_goes_back(totals):
    place = Shards(Table(worker.TABLE))
    assert place.advance("s", Mark().after("20", ["a"]))
    assert not place.advance("s", Mark().after("19", ["b"]))
    assert place.mark("s") == Mark().after("20", ["a"])
    assert place.mark("other") == Mark()


def test_chunks_are_measured_as_one_module_run(totals, monkeypatch):
    sizes = []
    original = measuring.measure

    def measure(answers):
        sizes.append(len(answers))
        return original(answers)

    monkeypatch.setattr(measuring, "measure", measure)
    read(kinesis(*(said(number) for number in range(600))))
    assert sizes == [250, 250, 100]
