"""The Express machine with its real function, Titan and Comprehend behind it: one test per path."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest

from llm.model import Pair
from llm.modules import PAID
from llm.paid import pair_batches
from local.cloud.testing import ROOT, Cloud
from tests import metrics
from tests.unit.llm.paid_builders import pair

RUDE = "You are an idiot and a moron, and nobody likes you at all, not one of us."
ALL = dict.fromkeys(PAID, "measured")


@dataclass
class Machine:
    cloud: Cloud

    @property
    def bucket(self) -> str:
        return self.cloud.outputs["ModelLogsBucketName"]

    def store(self, pairs: Sequence[Pair]) -> str:
        key = f"pairs/{uuid.uuid4().hex}.json"
        self.cloud.client("s3").put_object(Bucket=self.bucket, Key=key, Body=pair_batches.dump(pairs))
        return key

    def run(self, key: str, *names: str) -> dict[str, str]:
        """What became of each module, of all where none is named."""
        functions = self.cloud.client("stepfunctions")
        pointer = json.dumps(
            {"schema": 1, "bucket": self.bucket, "key": key, "pairs": 1, "modules": list(names or PAID)}
        )
        arn = functions.start_execution(stateMachineArn=self.cloud.outputs["EvaluatePairsArn"], input=pointer)
        found = _until(lambda: _ended(functions.describe_execution(executionArn=arn["executionArn"])))
        assert found["status"] == "SUCCEEDED", found
        outcomes = json.loads(found["output"])
        assert [one["module"] for one in outcomes] == list(names or PAID), "in the order of the input"
        return {one["module"]: one["outcome"] for one in outcomes}

    @contextmanager
    def hurried(self) -> Iterator[None]:
        """Waits between tries take a hundredth of their time (MiniStack's own switch)."""
        self._scale(0.01)
        try:
            yield
        finally:
            self._scale(1)

    def _scale(self, scale: float) -> None:
        body = json.dumps({"stepfunctions._SFN_WAIT_SCALE": scale}).encode()
        request = Request(f"{self.cloud.url}/_ministack/config", body, method="POST")  # noqa: S310 - loopback
        with urlopen(request, timeout=10) as answer:  # noqa: S310
            assert json.load(answer)["applied"]

    def total(self, metric: str, family: str) -> float:
        """The sum of a metric of one model, which each test has for itself."""
        return self._sum(metric, "ModelFamily", family)

    def errors(self, module: str) -> float:
        return self._sum("ModuleErrors", "Module", module)

    def _sum(self, metric: str, dimension: str, value: str) -> float:
        return metrics.total(
            self.cloud.client("cloudwatch"), "Millrace/LLM", metric, f"{self.cloud.stack}-llm", **{dimension: value}
        )

    def control(self, method: str, path: str, body: Any = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = Request(f"{self.cloud.url}/_local/comprehend/{path}", data, method=method)  # noqa: S310 - loopback
        with urlopen(request, timeout=10) as answer:  # noqa: S310
            return json.load(answer)


def _ended(execution: dict[str, Any]) -> dict[str, Any] | None:
    return None if execution["status"] == "RUNNING" else execution


def _until(look: Callable[[], Any]) -> Any:
    end = time.monotonic() + 120
    while not (found := look()):
        assert time.monotonic() < end, "it never came to an end"
        time.sleep(0.2)
    return found


@pytest.fixture(scope="module")
def machine(clouds: Callable[[Path | None], Cloud]) -> Machine:
    return Machine(clouds(ROOT / "pipelines" / "llm.yaml"))


@pytest.fixture(autouse=True)
def quiet(machine: Machine) -> Iterator[None]:
    yield
    machine.control("DELETE", "faults")


def made(family: str, count: int = 3, **members: Any) -> list[Pair]:
    now = datetime.now(UTC)
    return [pair(f"{family}-{number}", model_family=family, timestamp=now, **members) for number in range(count)]


def test_a_batch_is_measured_by_all(machine: Machine):
    pairs = [*made("happy"), *made("happy", 1, completion=RUDE)]
    assert machine.run(machine.store(pairs)) == ALL
    _until(lambda: machine.total("ToxicCount", "happy") == 1)
    _until(lambda: machine.total("SentimentNegativeCount", "happy") == 1)
    assert machine.total("SimilarityAnswered", "happy") > 1


@pytest.mark.parametrize("name", PAID)
def test_a_module_can_be_the_only_one(machine: Machine, name: str):
    """A list of one is a list: what a stack names whose other shares are 0."""
    assert machine.run(machine.store(made(f"only-{name}", 1)), name) == {name: "measured"}


def test_a_name_that_is_no_module_is_counted_and_spoils_no_other(machine: Machine):
    before = machine.errors("nonsense")
    names = ("sentiment", "nonsense", "toxicity")
    outcomes = {"sentiment": "measured", "nonsense": "failed", "toxicity": "measured"}
    assert machine.run(machine.store(made("unknown", 1)), *names) == outcomes
    _until(lambda: machine.errors("nonsense") == before + 1)


def test_a_batch_that_comes_twice_counts_once(machine: Machine):
    key = machine.store(made("twice", 2, completion=RUDE))
    assert machine.run(key) == ALL
    assert machine.run(key) == dict.fromkeys(ALL, "duplicate")
    _until(lambda: machine.total("ToxicCount", "twice") >= 2)
    assert machine.total("ToxicCount", "twice") == 2


def test_a_throttled_module_is_tried_again(machine: Machine):
    """Four times boto3 tries by itself; the machine is what brings the fifth."""
    fault = {"error": "ThrottlingException", "operation": "DetectToxicContent", "times": 5}
    machine.control("POST", "faults", fault)
    assert machine.run(machine.store(made("throttled", completion=RUDE))) == ALL
    _until(lambda: machine.total("ToxicCount", "throttled") == 3)


def test_a_module_that_is_throttled_for_good_is_given_up_and_counted(machine: Machine):
    before = machine.errors("toxicity")
    with machine.hurried():
        machine.control("POST", "faults", {"error": "ThrottlingException", "operation": "DetectToxicContent"})
        assert machine.run(machine.store(made("gone", 1))) == {**ALL, "toxicity": "failed"}
    _until(lambda: machine.errors("toxicity") == before + 1)


def test_one_modules_failure_is_its_own(machine: Machine):
    machine.control("POST", "faults", {"error": "AccessDeniedException", "operation": "DetectToxicContent"})
    key = machine.store(made("denied", completion=RUDE))
    assert machine.run(key) == {**ALL, "toxicity": "failed"}
    _until(lambda: machine.total("SentimentNegativeCount", "denied") == 3)
    machine.control("DELETE", "faults")
    # What failed left no mark: started again by hand, it is all that runs.
    assert machine.run(key) == {**dict.fromkeys(ALL, "duplicate"), "toxicity": "measured"}
    _until(lambda: machine.total("ToxicCount", "denied") == 3)


def test_a_pointer_to_nothing_is_no_error(machine: Machine):
    assert machine.run("pairs/nothing.json") == dict.fromkeys(ALL, "gone")


def test_similarity_works_on_what_titan_refuses_whole(machine: Machine):
    long = "a b " * 8_000
    assert machine.run(machine.store(made("long", 1, completion=long)))["similarity"] == "measured"
    _until(lambda: machine.total("SimilarityTruncated", "long") == 1)
