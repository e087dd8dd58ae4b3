"""Pairs for the modules that cost: pointers only, once, and never at the price of the free metrics."""

from __future__ import annotations

import json
import threading

import boto3
import pytest

from common import aws
from llm import modules, spending
from llm.paid import dispatch, pair_batches
from tests.unit.llm import worker
from tests.unit.llm.builders import pair, pairs

ARN = "arn:aws:states:us-east-1:123456789012:stateMachine:EvaluatePairs"


class States:
    def __init__(self):
        self.inputs, self.down = [], False
        self.lost: list[bool] = []
        """For each of the next calls that fail: whether it came through all the same."""

    def start_execution(self, stateMachineArn, input):  # noqa: N803
        if self.down:
            raise RuntimeError("cannot start: prompt was 'secret'")
        assert stateMachineArn == ARN
        came_through = self.lost.pop() if self.lost else None
        if came_through is not False:
            self.inputs.append(input)
        if came_through is not None:
            raise RuntimeError("no answer")


@pytest.fixture
def states(account, monkeypatch, request):
    made, original = States(), aws.client
    monkeypatch.setattr(aws, "client", lambda name, **more: made if name == "stepfunctions" else original(name, **more))
    with worker.running(monkeypatch, request.node.name, EVALUATE_PAIRS_ARN=ARN):
        yield made


def stored(states):
    found = []
    for text in states.inputs:
        pointer = json.loads(text)
        body = boto3.client("s3").get_object(Bucket=pointer["bucket"], Key=pointer["key"])["Body"].read()
        found.append(pair_batches.load(body))
    return found


def test_pairs_travel_in_batches_of_25_by_pointer(states):
    given = pairs(60, prompt="secret")
    dispatch.evaluate(given)
    assert {one.request_id: one for batch in stored(states) for one in batch} == {one.request_id: one for one in given}
    assert sorted(json.loads(text)["pairs"] for text in states.inputs) == [10, 25, 25]
    assert "secret" not in "".join(states.inputs)
    assert all(json.loads(text)["key"].startswith("pairs/2026/11/20/") for text in states.inputs)


def test_pairs_go_to_the_stacks_own_bucket(states):
    """Wherever the logs are: nothing is ever written into a bucket that somebody else made."""
    dispatch.evaluate(pairs(3))
    (pointer,) = map(json.loads, states.inputs)
    assert (pointer["bucket"], worker.PAIRS != worker.BUCKET) == (worker.PAIRS, True)
    assert "Contents" not in boto3.client("s3").list_objects_v2(Bucket=worker.BUCKET)


@pytest.mark.parametrize(
    ("shares", "named"),
    [
        ({}, ["similarity", "sentiment", "toxicity"]),
        ({"SIMILARITY": "0.1", "SENTIMENT": "0", "TOXICITY": "1"}, ["similarity", "toxicity"]),
        ({"SIMILARITY": "0", "TOXICITY": "0"}, ["sentiment"]),
    ],
)
def test_the_modules_that_have_a_share_are_named(states, monkeypatch, shares, named):
    for module, share in shares.items():
        monkeypatch.setenv(f"SAMPLE_{module}", share)
    dispatch.evaluate(pairs(30))
    assert [json.loads(text)["modules"] for text in states.inputs] == [named, named]


def test_a_module_is_named_by_its_entry_in_the_list(states, monkeypatch):
    monkeypatch.setattr(modules, "PAID", (*modules.PAID, "length"))
    dispatch.evaluate(pairs(1))
    monkeypatch.setenv("SAMPLE_LENGTH", "0")
    dispatch.evaluate(pairs(1))
    assert [json.loads(text)["modules"][3:] for text in states.inputs] == [["length"], []]


def test_the_same_batch_has_the_same_key(states):
    for _ in range(2):
        dispatch.evaluate(pairs(3))
    first, second = states.inputs
    assert first == second


def test_pairs_without_any_text_do_not_travel(states):
    dispatch.evaluate([pair(prompt="", completion=""), pair(request_id="b", completion="")])
    assert [[one.request_id for one in batch] for batch in stored(states)] == [["b"]]


def test_only_a_sample_travels(states, monkeypatch):
    for module, share in (("SIMILARITY", "0.1"), ("SENTIMENT", "0.3"), ("TOXICITY", "0")):
        monkeypatch.setenv(f"SAMPLE_{module}", share)
    given = pairs(1000)
    dispatch.evaluate(given)
    travelled = [one.request_id for batch in stored(states) for one in batch]
    assert sorted(travelled) == sorted(one.request_id for one in given if spending.chosen(one.request_id, 0.3))
    assert 230 < len(travelled) < 370


def test_nothing_travels_where_nothing_is_measured(states, monkeypatch):
    for module in ("SIMILARITY", "SENTIMENT", "TOXICITY"):
        monkeypatch.setenv(f"SAMPLE_{module}", "0")
    dispatch.evaluate(pairs(10))
    monkeypatch.setenv("SAMPLE_SENTIMENT", "1")
    monkeypatch.setenv("EVALUATE_PAIRS_ARN", "")
    dispatch.evaluate(pairs(10))
    assert states.inputs == []


def test_a_machine_that_does_not_start_is_counted_and_not_raised(states, capsys):
    from common import observability

    states.down = True
    dispatch.evaluate(pairs(30))
    observability.metrics().flush_metrics()
    printed = capsys.readouterr().out
    assert "secret" not in printed
    assert '"PairsNotEvaluated":[25.0,5.0]' in printed.replace(" ", "")
    assert '"metric_module":"evaluate_pairs"' in printed


def test_batches_start_side_by_side_and_never_more_than_so_many(states, monkeypatch):
    """Each start waits until as many as are allowed are under way: one after another would never get there."""
    together, most, now = threading.Barrier(dispatch.AT_ONCE, timeout=60), [], []
    original = states.start_execution

    def start_execution(**given):
        now.append(1)
        most.append(len(now))
        together.wait()
        now.pop()
        return original(**given)

    monkeypatch.setattr(states, "start_execution", start_execution)
    dispatch.evaluate(pairs(25 * dispatch.AT_ONCE * 2))
    assert len(states.inputs) == dispatch.AT_ONCE * 2
    assert max(most) <= dispatch.AT_ONCE


def test_a_batch_that_fails_is_tried_again_and_holds_up_no_other(states, capsys):
    from common import observability

    states.lost = [False, False]
    given = pairs(100)
    dispatch.evaluate(given)
    observability.metrics().flush_metrics()
    assert "PairsNotEvaluated" not in capsys.readouterr().out
    assert sorted(one.request_id for batch in stored(states) for one in batch) == sorted(p.request_id for p in given)
    assert len(set(states.inputs)) == len(states.inputs) == 4


def test_a_start_whose_answer_is_lost_is_repeated_under_the_same_name(states):
    """What came through unseen starts once more; the key is the same, and by it each module measures a batch once."""
    states.lost = [True]
    dispatch.evaluate(pairs(50))
    keys = [json.loads(text)["key"] for text in states.inputs]
    assert (len(keys), len(set(keys)), len(set(states.inputs))) == (3, 2, 2)


def test_a_batch_that_cannot_be_written_is_counted_and_the_others_start(states, monkeypatch, capsys):
    from common import observability
    from common.objects import Bucket

    original, given = Bucket.put, pairs(100)
    spoilt = given[30].request_id.encode()

    def put(self, key, body, **more):
        if spoilt in body:
            raise OSError("no room")
        return original(self, key, body, **more)

    monkeypatch.setattr(Bucket, "put", put)
    dispatch.evaluate(given)
    observability.metrics().flush_metrics()
    assert len(states.inputs) == 3
    assert '"PairsNotEvaluated":[25.0]' in capsys.readouterr().out.replace(" ", "")
