"""A batch is measured once, on a sample, within the budget, and one module's failure is its own."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any
from unittest import mock

import boto3
import pytest

from common import aws, observability
from common.errors import ServiceUnavailable
from common.table import Table
from llm import modules, spending
from llm.handlers import evaluate
from llm.model import Needs, PaidModule, Pair, Sample, sample
from llm.modules.similarity import Similarity
from llm.paid import evaluation, pair_batches
from llm.spending import InvalidRate
from tests import samples
from tests.unit.llm.paid_builders import Comprehend, Titan, pair, total

KEY = "pairs/2026/11/20/abc.json"


class Counting(PaidModule):
    """A module that takes two calls a pair and says how many pairs it saw."""

    name = "toxicity"
    needs: Needs = "both"

    def __init__(self, error: Exception | None = None, hook: Callable[[], None] = lambda: None) -> None:
        super().__init__()
        self._error = error
        self._hook = hook

    def calls(self, pairs: Sequence[Pair]) -> int:
        return 2 * len(pairs)

    def compute(self, pairs: Sequence[Pair]) -> list[Sample]:
        self._hook()
        self.bill.calls += len(pairs)
        if self._error:
            raise self._error
        return [sample(one, "Seen", 1) for one in pairs]


@pytest.fixture
def table(account: None, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Iterator[Table]:
    for name, value in {
        "STATE_TABLE": "state",
        "DAILY_CALLS": "1000",
        "POWERTOOLS_SERVICE_NAME": request.node.name,
        "POWERTOOLS_METRICS_NAMESPACE": "Millrace/LLM",
        "POWERTOOLS_DEV": "false",
        "LOCAL_COMPREHEND_THROTTLE": "off",
    }.items():
        monkeypatch.setenv(name, value)
    for made in (observability.metrics, observability.logger):
        made.cache_clear()
    boto3.client("s3").create_bucket(Bucket="model-logs")
    boto3.client("dynamodb").create_table(
        TableName="state",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    yield Table("state")
    observability.metrics().clear_metrics()
    for made in (observability.metrics, observability.logger):
        made.cache_clear()


def store(pairs: Sequence[Pair], key: str = KEY) -> dict[str, str]:
    boto3.client("s3").put_object(Bucket="model-logs", Key=key, Body=pair_batches.dump(pairs))
    return {"bucket": "model-logs", "key": key}


def run(event: dict[str, Any], **options: Any) -> dict[str, Any]:
    """The event through ``Counting`` in toxicity's place."""
    with mock.patch.object(modules, "make_paid", return_value=Counting(**options)):
        return evaluation.run({"module": "toxicity", **event})


class Context:
    function_name = memory_limit_in_mb = invoked_function_arn = aws_request_id = "x"


def handle(event: dict[str, Any]) -> dict[str, Any]:
    """The event through the function itself."""
    return evaluate.handler(event, Context())  # type: ignore[arg-type]


def spent(table: Table) -> int:
    answer = boto3.client("dynamodb").scan(TableName="state")["Items"]
    return sum(int(item["spent"]["N"]) for item in answer if item["pk"]["S"].startswith("spending#llm#paid-calls#"))


def test_a_batch_is_measured_once(table: Table, capsys: pytest.CaptureFixture[str]):
    event = store([pair("a"), pair("b")])
    assert run(event) == {"module": "toxicity", "outcome": "measured", "evaluated": 2}
    assert run(event) == {"module": "toxicity", "outcome": "duplicate", "evaluated": 0}
    out = capsys.readouterr().out
    assert total(out, "Seen") == 2
    assert total(out, "PaidCalls") == 2
    assert spent(table) == 2  # two of the four that were reserved came back


def test_two_at_once_count_once(table: Table, capsys: pytest.CaptureFixture[str]):
    """The other run comes while this one measures; both have paid, one counts."""
    event = store([pair("a")])
    other: list[str] = []
    late = run(event, hook=lambda: other.append(run(event)["outcome"]))
    assert (other, late["outcome"]) == (["measured"], "duplicate")
    assert total(capsys.readouterr().out, "Seen") == 1


def test_modules_do_not_mark_for_each_other(table: Table):
    event = store([pair("a")])
    assert run(event)["outcome"] == "measured"
    other = Counting()
    other.name = "sentiment"
    assert evaluation.evaluate(other, event["bucket"], event["key"]).outcome == "measured"


def test_only_the_sample_is_measured_and_paid(table: Table, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("SAMPLE_TOXICITY", "0.5")
    pairs = [pair(f"request-{number}") for number in range(25)]
    first = run(store(pairs))["evaluated"]
    assert 3 < first < 22
    assert run(store(pairs, "pairs/again.json"))["evaluated"] == first
    assert spent(table) == 2 * first


def test_a_sample_of_nothing_costs_nothing(table: Table, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("SAMPLE_TOXICITY", "0")
    assert run(store([pair("a")])) == {"module": "toxicity", "outcome": "measured", "evaluated": 0}
    assert spent(table) == 0


def test_over_the_budget_is_counted_and_skipped(
    table: Table, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setenv("DAILY_CALLS", "5")
    assert run(store([pair("a"), pair("b")]))["outcome"] == "measured"
    event = store([pair("c"), pair("d")], "pairs/second.json")
    assert run(event) == {"module": "toxicity", "outcome": "exhausted", "evaluated": 0}
    assert run(event)["outcome"] == "duplicate"
    out = capsys.readouterr().out
    assert (total(out, "Seen"), total(out, "BudgetExhausted")) == (2, 2)
    assert spent(table) == 2


def test_what_will_never_pass_is_counted_and_answered(table: Table, capsys: pytest.CaptureFixture[str]):
    event = store([pair("a", prompt="a secret prompt")])
    assert run(event, error=ValueError("a secret prompt"))["outcome"] == "failed"
    out = capsys.readouterr().out
    assert "a secret prompt" not in out
    assert "ValueError" in out
    assert total(out, "PaidCalls") == 1  # what was spent is told
    assert spent(table) == 1
    assert run(event)["outcome"] == "measured", "a failure leaves no mark"


def test_module_errors_reach_the_metrics(table: Table, capsys: pytest.CaptureFixture[str]):
    run({"failed": "Sandbox.Timedout"})
    observability.metrics().flush_metrics()
    assert total(capsys.readouterr().out, "ModuleErrors") == 1


def test_what_may_pass_is_left_to_the_machine(table: Table):
    event = store([pair("a")])
    with pytest.raises(ServiceUnavailable):
        run(event, error=ServiceUnavailable("Comprehend is busy"))
    assert run(event)["outcome"] == "measured"


@pytest.mark.parametrize("event", [{}, {"bucket": "model-logs"}, {"bucket": "nowhere", "key": "x"}])
def test_an_event_that_points_nowhere_fails_by_name(table: Table, event: dict[str, str]):
    assert run(event)["outcome"] == "failed"


def test_pairs_that_have_gone_are_no_error_and_are_told(table: Table, capsys: pytest.CaptureFixture[str]):
    """As where dead letters are redriven after the pairs' day."""
    assert run({"bucket": "model-logs", "key": "pairs/gone.json"})["outcome"] == "gone"
    observability.metrics().flush_metrics()
    assert '"PairsNotEvaluated":[1' in capsys.readouterr().out.replace(" ", "")


def test_an_object_that_is_no_batch_is_counted(table: Table):
    boto3.client("s3").put_object(Bucket="model-logs", Key=KEY, Body=b"{}")
    assert run({"bucket": "model-logs", "key": KEY})["outcome"] == "failed"


METRICS = {
    "similarity": "PromptCompletionSimilarity",
    "sentiment": "SentimentNeutral",
    "toxicity": "ToxicityCompletion",
}


def test_every_paid_module_has_a_metric_to_look_for():
    assert set(METRICS) == set(modules.PAID)


@pytest.mark.parametrize("name", modules.PAID)
def test_the_handler_measures_with_the_services_behind_it(
    table: Table, name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    clients = {"comprehend": Comprehend(), "bedrock-runtime": Titan()}
    made = aws.client
    monkeypatch.setattr(aws, "client", lambda service, **_: clients.get(service) or made(service))
    event = {**samples.document("llm_evaluate"), "module": name}
    boto3.client("s3").create_bucket(Bucket=event["bucket"])
    boto3.client("s3").put_object(Bucket=event["bucket"], Key=event["key"], Body=pair_batches.dump([pair("a")]))

    assert handle(event) == {"module": name, "outcome": "measured", "evaluated": 1}
    out = capsys.readouterr().out
    assert METRICS[name] in out
    assert pair().prompt not in out
    assert pair().completion not in out


@pytest.mark.parametrize("name", ["toxicity", "sentiment"])
def test_the_log_names_the_calls_behind_an_alarm_once_and_no_text(
    table: Table, name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setattr(aws, "client", lambda service, made=aws.client, **_: known.get(service) or made(service))
    known = {"comprehend": Comprehend()}
    rude = "You are an idiot, a pathetic moron, and everybody hates you. This is terrible, awful, disgusting."
    event = {**store([pair("fine"), pair("rude", completion=rude)]), "module": name}
    for _ in range(2):
        handle(event)
    out = capsys.readouterr().out
    (line,) = [json.loads(line) for line in out.splitlines() if "calls to look at" in line]
    assert (line["metric_module"], line["requests"]) == (name, ["rude"])
    assert rude not in out


@pytest.mark.parametrize("name", ["length", "usage", "../errors", "os", ""])
def test_a_name_that_is_no_paid_module_fails_by_name_and_is_counted(
    table: Table, name: str, capsys: pytest.CaptureFixture[str]
):
    """Free modules and what else could be imported included: an answer, so that the machine does not try again."""
    answer = handle({"module": name, **store([pair("a")])})
    assert answer == {"module": name or "unknown", "outcome": "failed", "evaluated": 0}
    out = capsys.readouterr().out
    assert total(out, "ModuleErrors") == 1
    assert '"error":"UnknownModule"' in out
    assert pair().prompt not in out


@pytest.mark.parametrize("name", modules.PAID)
def test_a_module_that_was_given_up_is_counted_under_its_name(
    table: Table, name: str, capsys: pytest.CaptureFixture[str]
):
    answer = handle({"module": name, "failed": "States.Timeout"})
    assert answer == {"module": name, "outcome": "failed", "evaluated": 0}
    out = capsys.readouterr().out
    assert total(out, "ModuleErrors") == 1
    assert f'"Module":"{name}"' in out.replace(" ", "")


LENGTH = """
from llm.model import PaidModule, sample


class ReplyLength(PaidModule):
    name = "reply_length"
    needs = "completion"

    def calls(self, pairs):
        return 0

    def compute(self, pairs):
        return [sample(pair, "ReplyWords", len(pair.completion.split())) for pair in pairs]
"""


def test_a_metric_of_your_own_is_a_file_and_a_name_in_the_list(
    table: Table, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    (tmp_path / "reply_length.py").write_text(LENGTH)
    monkeypatch.setattr(modules, "__path__", [*modules.__path__, str(tmp_path)])
    monkeypatch.setattr(modules, "PAID", (*modules.PAID, "reply_length"))
    event = {"module": "reply_length", **store([pair("a"), pair("b", completion="Three words here.")])}
    assert handle(event) == {"module": "reply_length", "outcome": "measured", "evaluated": 2}
    assert handle(event)["outcome"] == "duplicate"
    assert total(capsys.readouterr().out, "ReplyWords") == len(pair().completion.split()) + 3
    assert spent(table) == 0
    monkeypatch.setenv("SAMPLE_REPLY_LENGTH", "0")
    other = {"module": "reply_length", **store([pair("a")], "pairs/other.json")}
    assert handle(other) == {"module": "reply_length", "outcome": "measured", "evaluated": 0}
    monkeypatch.setenv("SAMPLE_REPLY_LENGTH", "2")
    with pytest.raises(InvalidRate, match="set the parameter SampleReplyLength to"):
        spending.rate("reply_length")


def test_the_machines_sample_is_what_the_functions_take():
    """It names all modules, and the function's own sample is as one item of it, of other pairs."""
    machine = samples.document("evaluate_pairs")
    function = samples.document("llm_evaluate")
    assert machine["modules"] == list(modules.PAID)
    assert function["module"] in machine["modules"]
    assert function.keys() == {"module", "bucket", "key"} <= {"module", *machine}
    assert machine["bucket"] == function["bucket"]
    assert machine["key"] != function["key"]


def test_similarity_leaves_out_what_has_no_text(table: Table):
    tested = Similarity()
    event = store([pair("a", completion=" ")])
    assert evaluation.evaluate(tested, event["bucket"], event["key"]).evaluated == 0
