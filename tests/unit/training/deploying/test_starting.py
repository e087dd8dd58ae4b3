"""Events -> executions; and what the inventory finds."""

from __future__ import annotations

import json

import pytest

from tests.unit.training.world import CONTEXT, DATA, MODELS, manifest
from training.deploying import endpoints, inventories
from training.deploying.retirement import retire, withdraw
from training.handlers import inventory, start
from training.model import Pointer
from training.serving import pointers

AT = "2026-12-01T10:00:00Z"


def put_event(key="manifests/trips.json", bucket=MODELS, **found):
    detail = {"bucket": {"name": bucket}, "object": {"key": key, "version-id": "v1", **found}}
    return {"source": "aws.s3", "detail-type": "Object Created", "time": AT, "detail": detail}


def built_event(key="sets/one.json", at=AT):
    detail = {"manifest": {"bucket": DATA, "key": key}, "month": "2026-11", "seed": 1, "rows": {}}
    return {"source": "millrace.trips", "detail-type": "TrainingSetBuilt", "time": at, "detail": detail}


def send(*said):
    records = [{"messageId": str(n), "body": json.dumps(each)} for n, each in enumerate(said)]
    return start.handler({"Records": records}, CONTEXT)["batchItemFailures"]


def started(world):
    return [said for kind, said in world.events if kind == "started"]


def test_a_manifest_that_was_put_starts_one_execution_however_often_its_event_comes(world):
    assert send(put_event(), put_event()) == []
    assert send(put_event()) == []
    assert started(world) == [
        {"manifest": {"bucket": MODELS, "key": "manifests/trips.json", "version_id": "v1"}, "at": AT}
    ]
    send(put_event(**{"version-id": "v2"}))
    assert len(started(world)) == 2


def test_an_execution_that_failed_is_started_again_by_the_same_event(world):
    send(put_event())
    arn = next(iter(world.executions))
    world.executions[arn] = "FAILED"
    send(put_event())
    assert len(started(world)) == 2


@pytest.mark.parametrize("key", ["manifests/readme.txt", "models/trips/1/report.json", "manifests.json"])
def test_other_objects_start_nothing(world, key):
    assert send(put_event(key)) == []
    assert started(world) == []


def test_objects_of_other_buckets_start_nothing(world):
    assert send(put_event(bucket="elsewhere")) == []
    assert started(world) == []


@pytest.mark.parametrize(
    "said",
    [{}, {"detail": {}, "time": AT}, {"detail": {}, "time": AT, "source": "aws.s3"}, {**built_event(), "source": "x"}],
)
def test_what_is_no_event_comes_back(world, said):
    assert send(said, put_event()) == [{"itemIdentifier": "0"}]
    assert len(started(world)) == 1


def test_a_training_set_starts_each_manifest_that_asks_for_it(world):
    world.put(manifest())
    world.put(manifest(name="other", channels=None, dataset="trips"))
    world.put(manifest(name="third", channels=None, dataset="trips"))
    world.bucket.put("manifests/broken.json", b"[")
    assert send(built_event(), built_event()) == []
    assert [each["manifest"]["key"] for each in started(world)] == ["manifests/other.json", "manifests/third.json"]
    assert started(world)[0]["dataset"] == {"bucket": DATA, "key": "sets/one.json"}


def test_a_manifest_that_is_put_later_takes_the_set_that_was_built_last_whatever_comes_late(world):
    send(built_event("sets/new.json", "2026-12-02T10:00:00Z"), built_event("sets/old.json", "2026-12-01T10:00:00Z"))
    assert world.table.get("train#dataset#trips")["key"] == "sets/new.json"


# Inventory


def made(world, name, seconds_ago):
    import time

    world.sagemaker.endpoints[name] = {"status": "InService", "config": name, "reason": ""}
    world.table.put(endpoints.key(name), {"made": int(time.time()) - seconds_ago}, seconds=1_000)


def test_endpoints_that_no_pointer_names_are_counted_and_others_are_not(world):
    old = inventories.GRACE_SECONDS + 10
    made(world, "mr-test-trips-a-1", old)
    made(world, "mr-test-trips-b-1", old)
    made(world, "mr-test-trips-c-1", 60)  # on its way
    world.sagemaker.endpoints["mr-test-of-another-stack"] = {"status": "InService", "config": "", "reason": ""}
    pointers.move(world.bucket, None, Pointer("trips", "a", "serverless", "mr-test-trips-a-1"))
    assert inventory.handler({}, CONTEXT) == {"endpoints": ["mr-test-trips-b-1"], "waiting": []}


def test_a_model_that_is_withdrawn_serves_no_more_and_its_endpoint_may_go(world):
    made(world, "mr-test-trips-a-1", 60)
    pointers.move(world.bucket, None, Pointer("trips", "a", "serverless", "mr-test-trips-a-1"))
    assert retire(world.bucket, world.table, "trips", "mr-test-trips-a-1") == ""
    before = withdraw(world.bucket, "trips")
    assert before is not None
    assert (before.version, before.endpoint) == ("a", "mr-test-trips-a-1")
    assert world.serves() is None
    assert retire(world.bucket, world.table, "trips", before.endpoint) == before.endpoint
    assert not world.sagemaker.endpoints
    assert withdraw(world.bucket, "trips") is None
    assert withdraw(world.bucket, "nobody") is None


def test_a_run_from_before_the_withdrawal_does_not_point(world):
    world.run(world.put(manifest(45)), "one")
    execution = world.start(world.put(manifest(30), "2026-12-01T11:00:00Z"), "two")
    execution.go(until="Point")
    withdraw(world.bucket, "trips")
    # The clock of these tests' events is not the clock of the withdrawal: what it notes is the later one of both.
    later = pointers.read(world.bucket, "trips")
    pointers.move(world.bucket, later, Pointer("trips", None, order="9" * 15))
    execution.go()
    assert execution.state["outcome"] == "overtaken"
    assert world.serves() is None


def test_the_inventory_counts_approvals_that_wait(world):
    from tests.unit.training.world import Waiting, decide

    execution = world.start(world.put(manifest(approval="manual")), "one")
    with pytest.raises(Waiting):
        execution.go()
    version = execution.state["version"]
    assert inventory.handler({}, CONTEXT)["waiting"] == [["trips", version]]
    decide("trips", version, "refused")
    assert inventory.handler({}, CONTEXT)["waiting"] == []
    assert (world.table.get("approval#waiting") or {}).get("asked", set()) == set()
