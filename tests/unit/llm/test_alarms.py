"""The alarms of the template by a clock: hours of calls go through the free modules and the log into the local cloud's
metrics, and its evaluation looks at every alarm, every two minutes."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from ministack.services import cloudwatch as store

from llm import modules
from llm.emission import measuring, metrics
from llm.model import Module, Pair, Sample, sample
from llm.modules.ingest import Ingest
from llm.modules.usage import Usage
from local.cloud.testing import ROOT
from local.gaps.cloudwatch import alarms, emf, metric_data
from tests.template.translate import packaged, resolve, translate
from tests.unit.llm.builders import pair

PATH = ROOT / "pipelines" / "llm.yaml"
OF_AN_APP = ROOT / "pipelines" / "llm" / "app_alarms.yaml"
SERVICE, QUEUE = "demo-llm", "logs"
START = int(datetime(2026, 11, 20, 9, tzinfo=UTC).timestamp())
REFUSED = "I'm sorry, but I can't help with that request."
PERIODS = ("60", "300", "900")
EVERY_LAG = (0, 3, 9, 15)
"""Minutes; what is later LlmLagAlarm tells."""


def plain(value: Any, given: dict[str, Any]) -> Any:
    """A value of the template without functions."""
    match value:
        case list():
            return [plain(each, given) for each in value]
        case {"Ref": str(name)}:
            return given.get(name, name)
        case {"Fn::GetAtt": ["ModelLogsQueue", "QueueName"]}:
            return QUEUE
        case {"Fn::GetAtt": [str(name), _]}:
            return name
        case {"Fn::Sub": str(text)}:
            return re.sub(r"\$\{([\w:]+)\}", lambda found: str(given[found[1]]), text)
    return {name: plain(each, given) for name, each in value.items()} if isinstance(value, dict) else value


def made(path: Path = PATH, **parameters: str) -> dict[str, dict[str, Any]]:
    """The alarms of a stack, as CloudWatch keeps them."""
    translated = translate(packaged(path), parameters)
    given = {name: entry.get("Default") for name, entry in translated["Parameters"].items()}
    given |= {"AWS::StackName": "demo", **parameters}
    found = {}
    for name, entry in resolve(translated, parameters)["Resources"].items():
        if entry["Type"] == "AWS::CloudWatch::Alarm":
            alarm = plain(entry["Properties"], given)
            alarm["Metrics"] = [alarms._numbers(query) for query in alarm.get("Metrics", [])]
            alarm |= {"AlarmName": name, "StateValue": "OK"}
            alarm |= {key: int(alarm[key]) for key in ("Period",) if key in alarm}
            alarms.validate(alarm)
            found[name] = alarm
    return found


class Day:
    """Minutes of a stack's life. ``calls``: pairs of a minute; ``lag``: minutes until they are read, None for never;
    ``further``: what paid modules say of them. ``rung``: alarms that went off."""

    def __init__(self, path: Path = PATH, **parameters: str) -> None:
        self.alarms = made(path, **{"MinimumPairs": "5", **parameters})
        self.now = START
        self.rung: set[str] = set()
        self._waiting: list[tuple[int, list[Pair]]] = []
        clock = lambda: self.now  # noqa: E731
        if "CanaryModel" in parameters:
            self.put("AWS/Lambda", "Invocations", 1, FunctionName="LlmCanary")  # its schedule begins at once
        self._free: list[Module] = [Ingest(clock), Usage(clock=clock), modules.make("refusal")]

    def pass_by(
        self,
        minutes: int,
        calls: Callable[[int], list[Pair]],
        *,
        lag: int | None = 3,
        age: float = 0,
        further: Callable[[Pair], Iterable[Sample]] = lambda _: (),
    ) -> set[str]:
        """The alarms that went off since the beginning. ``age`` is that of the oldest message, and grows from then."""
        for passed in range(minutes):
            made_now = calls(self.now)
            if made_now:
                self.put("AWS/Bedrock", "Invocations", len(made_now))
            if lag is not None:
                self._waiting.append((self.now + 60 * lag, made_now))
            self.put("AWS/SQS", "ApproximateAgeOfOldestMessage", age and age + 60 * passed, QueueName=QUEUE)
            come = [one for due, some in self._waiting if due <= self.now for one in some]
            self._waiting = [(due, some) for due, some in self._waiting if due > self.now]
            self._send(measuring.samples(come, [], self._free) if come else [])
            self._send(measuring.arrived([one for one in come if one.source == "logs"], self.now))
            self._send([each for one in come for each in further(one)])
            if passed % 2:
                self.rung |= {name for name, alarm in self.alarms.items() if self._is_on(alarm)}
            self.now += 60
        return self.rung

    def put(self, namespace: str, name: str, value: float, **dimensions: str) -> None:
        metric_data.store(namespace, name, dimensions, self.now, "None", [value])

    def _send(self, samples: Iterable[Sample]) -> None:
        for document in metrics.documents(samples, self.now // 60):
            for datum in emf.parse(json.dumps(document), self.now):
                metric_data.store(
                    datum.namespace, datum.name, dict(datum.dimensions), datum.timestamp, datum.unit, list(datum.values)
                )

    def _is_on(self, alarm: dict[str, Any]) -> bool:
        # Just before the minute ends, as an evaluation finds it.
        alarm["StateValue"] = alarms.evaluate(alarm, self.now + 59)[0]
        return bool(alarm["StateValue"] == "ALARM")


@pytest.fixture(autouse=True)
def _nothing_measured(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", SERVICE)
    monkeypatch.setenv("POWERTOOLS_METRICS_NAMESPACE", "Millrace/LLM")
    monkeypatch.setattr(metrics, "_families", set())
    store._metrics.clear()
    yield
    store._metrics.clear()


def traffic(number: int = 8, *, refused: int = 0, every: int = 1, **changes: Any) -> Callable[[int], list[Pair]]:
    """``number`` calls each minute, or each ``every`` minutes, of which ``refused`` are refused. A minute of them is
    more than the MinimumPairs of ``Day``."""

    def calls(now: int) -> list[Pair]:
        if now // 60 % every:
            return []
        at = datetime.fromtimestamp(now, UTC)
        texts = [REFUSED] * refused + ["Give it the brightest window, and water it from below."] * (number - refused)
        return [
            pair(request_id=f"{now}-{index}", timestamp=at, completion=text, **changes)
            for index, text in enumerate(texts)
        ]

    return calls


def nothing(_: int) -> list[Pair]:
    return []


# What alarms look at is as far back as logs are late


@pytest.mark.parametrize("lag", EVERY_LAG)
@pytest.mark.parametrize("period", PERIODS)
def test_a_burst_is_seen_however_late_its_logs(period, lag):
    day = Day(AlarmPeriod=period)
    assert day.pass_by(60, traffic(), lag=lag) == set()
    assert day.pass_by(60, traffic(refused=5), lag=lag) == {"LlmRefusalsAlarm"}


@pytest.mark.parametrize("period", PERIODS)
def test_an_alarm_ends_when_its_cause_has(period):
    day = Day(AlarmPeriod=period)
    day.pass_by(60, traffic(refused=5))
    day.pass_by(120, traffic())
    assert {name for name, alarm in day.alarms.items() if alarm["StateValue"] == "ALARM"} == set()


@pytest.mark.parametrize("period", PERIODS)
def test_later_than_that_the_lag_itself_rings(period):
    """And the others are blind, which is why it has to."""
    day = Day(AlarmPeriod=period)
    day.pass_by(40, traffic())
    for lag in range(3, 80):  # a little later with every other minute
        day.pass_by(2, traffic(refused=5 if lag > 60 else 0), lag=lag)
    assert day.rung == {"LlmLagAlarm"}


@pytest.mark.parametrize("period", PERIODS)
def test_the_window_holds_the_lag_that_is_told(period):
    day = made(AlarmPeriod=period)
    most = day["LlmLagAlarm"]["Threshold"]
    assert day["LlmBacklogAlarm"]["Threshold"] == most == 60 * max(EVERY_LAG)
    for name in ("LlmRefusalsAlarm", "LlmSimilarityAlarm", "LlmCoverageAlarm", "LlmSentimentAlarm"):
        periods, breaching = day[name]["EvaluationPeriods"], day[name]["DatapointsToAlarm"]
        assert periods * int(period) >= most + (breaching + 1) * int(period), name
        assert breaching > 1, "one bad period is no trend"


# Silence


def test_nothing_rings_where_nobody_calls():
    day = Day()
    assert day.pass_by(90, nothing) == set()
    assert day.pass_by(46, traffic(), lag=10) == set(), "nor when they begin"


@pytest.mark.parametrize("every", [7, 15, 30, 60])
@pytest.mark.parametrize("lag", [1, 8, 14])
def test_a_call_now_and_then_is_no_silence(every, lag):
    assert Day().pass_by(240, traffic(1, every=every), lag=lag) == set()


def test_calls_without_a_record_are_an_outage():
    day = Day()
    assert day.pass_by(60, traffic()) == set()
    assert day.pass_by(75, traffic(), lag=None) == {"LlmSilenceAlarm"}


def test_logging_that_was_never_switched_on_is_an_outage():
    assert Day().pass_by(60, traffic(3), lag=None) == {"LlmSilenceAlarm"}


@pytest.mark.parametrize("dimensions", [{}, {"ModelId": "amazon.nova-lite-v1:0"}, {"ModelId": "a", "ServiceTier": "b"}])
def test_an_outage_is_seen_under_whatever_dimensions_bedrock_counts(dimensions):
    day = Day()

    def called(_: int) -> list[Pair]:
        day.put("AWS/Bedrock", "Invocations", 3, **dimensions)
        return []

    assert day.pass_by(60, called, lag=None) == {"LlmSilenceAlarm"}


FAILURES = ("ModelInvocationLogsS3", "ModelInvocationLargeDataS3", "ModelInvocationLogsCloudWatch")


@pytest.mark.parametrize("metric", FAILURES)
def test_what_bedrock_cannot_write_rings_wherever_it_should_go(metric):
    day = Day()
    day.put("AWS/Bedrock", f"{metric}DeliveryFailure", 1)
    assert day.pass_by(6, nothing) == {"LlmDeliveryAlarm"}


SOURCES = {
    "ExistingModelLogGroupName": "bedrock/calls",
    "ExistingBatchBucketName": "outputs",
    "UseCompletionsStream": "true",
    "CanaryModel": "amazon.nova-lite-v1:0",
}


@pytest.mark.parametrize("function", ["LlmTakeEvents", "LlmReadStream", "LlmCanary"])
def test_a_failure_that_could_not_be_kept_rings(function):
    """As a delivery of log events near 1 MB, which is too large for the queue together with what Lambda adds."""
    day = Day(**SOURCES)
    day.put("AWS/Lambda", "DestinationDeliveryFailures", 1, FunctionName=function)
    assert day.pass_by(4, nothing) == {"LlmLostAlarm"}


@pytest.mark.parametrize("rule", ["ModelLogsRule", "ModelEventsRule", "BatchOutputsRule"])
def test_an_event_that_could_not_be_kept_rings(rule):
    day = Day(**SOURCES)
    day.put("AWS/Events", "InvocationsFailedToBeSentToDlq", 1, RuleName=rule)
    assert day.pass_by(4, nothing) == {"LlmLostAlarm"}


def test_without_those_sources_the_alarm_looks_at_the_logs_alone():
    (lost,) = [alarm for name, alarm in made().items() if name == "LlmLostAlarm"]
    assert [query["Id"] for query in lost["Metrics"]] == ["lost", "logs"]


def test_a_batch_whose_model_is_not_known_rings():
    day = Day(**SOURCES)
    day.put("Millrace/LLM", "BatchModelsUnknown", 1, service=SERVICE)
    assert day.pass_by(4, nothing) == {"LlmBatchModelsAlarm"}
    assert "LlmBatchModelsAlarm" not in made()


UNCOUNTED = (
    "ObjectsDamaged",
    "ObjectsTooLarge",
    "ObjectsMissing",
    "SamplesTooOld",
    "SamplesAhead",
    "SamplesInvalid",
    "PairsNotEvaluated",
)


@pytest.mark.parametrize("metric", UNCOUNTED)
def test_what_is_in_no_metric_rings(metric):
    day = Day()
    day.put("Millrace/LLM", metric, 1, service=SERVICE)
    assert day.pass_by(6, traffic()) == {"LlmUncountedAlarm"}


def test_prices_that_nobody_looked_at_ring_where_they_are_used():
    assert Day(PriceDays="700").pass_by(70, traffic()) == set()
    assert Day(PriceDays="30").pass_by(70, traffic()) == {"LlmPricesOldAlarm"}
    store._metrics.clear()
    unknown = traffic(1, model_id="acme.large-v9:0", model_family="acme.large-v9")
    assert Day(PriceDays="30").pass_by(70, unknown) == set(), "nor used"


def test_other_sources_do_not_hide_that_the_log_is_silent():
    """Pairs of the completions stream come all the time; Bedrock's calls do not."""
    day = Day()
    elsewhere = traffic(source="stream", operation="Stream")

    def unheard(now: int) -> list[Pair]:
        day.put("AWS/Bedrock", "Invocations", 30)
        return elsewhere(now)

    assert "LlmSilenceAlarm" in day.pass_by(60, unheard)


def test_old_prices_ring_once_and_not_each_morning():
    """A night without calls is no word on prices."""
    day = Day(PriceDays="30")
    day.pass_by(70, traffic())
    states = {day.alarms["LlmPricesOldAlarm"]["StateValue"]}
    for _ in range(6):
        day.pass_by(60, nothing)
        states.add(day.alarms["LlmPricesOldAlarm"]["StateValue"])
    assert states == {"ALARM"}


def test_own_calls_that_come_show_that_records_do():
    day = Day()

    def own(now: int) -> list[Pair]:
        day.put("AWS/Bedrock", "Invocations", 30)
        day.put("Millrace/LLM", "RecordsArrived", 30, service=SERVICE)
        return []

    assert day.pass_by(60, own) == set()


def test_what_waits_in_the_queue_is_a_backlog_and_no_outage():
    day = Day()
    day.pass_by(60, traffic())
    assert day.pass_by(75, traffic(), lag=None, age=1) == {"LlmBacklogAlarm"}


def test_a_backlog_that_is_read_at_last_is_late():
    day = Day()
    assert day.pass_by(40, traffic(), lag=60, age=1) == {"LlmBacklogAlarm"}
    assert day.pass_by(60, nothing) == {"LlmBacklogAlarm", "LlmLagAlarm"}


def test_a_budget_that_is_used_up_rings():
    exhausted: Callable[[Pair], list[Sample]] = lambda one: [sample(one, "BudgetExhausted", 1)]  # noqa: E731
    for lag in EVERY_LAG:
        assert Day().pass_by(40, traffic(3), lag=lag, further=exhausted) == {"LlmBudgetAlarm"}
        store._metrics.clear()


ENDS = ("ExecutionsTimedOut", "ExecutionsFailed", "ExecutionsAborted", "ExecutionThrottled")


@pytest.mark.parametrize("metric", ENDS)
def test_one_batch_that_does_not_end_rings(metric):
    day = Day()
    day.pass_by(10, traffic())
    day.put("AWS/States", metric, 1, StateMachineArn="EvaluatePairs")
    assert day.pass_by(4, traffic()) == {"LlmEvaluationsAlarm"}


@pytest.mark.parametrize("metric", ["Errors", "Throttles"])
def test_a_function_that_cannot_count_its_failures_rings(metric):
    day = Day()

    def failing(now: int) -> list[Pair]:
        day.put("AWS/Lambda", metric, 1, FunctionName="LlmEvaluate")
        return traffic()(now)

    assert day.pass_by(15, failing) == {"LlmEvaluateErrorsAlarm"}


def test_a_batch_of_tries_that_failed_is_no_alarm():
    day = Day()
    day.put("AWS/Lambda", "Errors", 3, FunctionName="LlmEvaluate")
    assert day.pass_by(30, traffic()) == set()


# What models answer


def share_of(metric: str, one_in: int, total: int = 25) -> Callable[[Pair], list[Sample]]:
    """1 for the first of every ``one_in`` calls of a minute, else 0."""
    index: Callable[[Pair], int] = lambda one: int(one.request_id.rpartition("-")[2])  # noqa: E731
    return lambda one: [sample(one, metric, float(index(one) % one_in == 0))]


@pytest.mark.parametrize(
    ("number", "one_in", "rings"),
    [(25, 10, True), (25, 25, True), (400, 400, False), (5, 5, True), (4, 1, False)],
)
def test_toxicity_is_a_share_of_a_volume(number, one_in, rings):
    """In five minutes 15 of 125, 5 of 125, 5 of 2,000 (below one per cent), 5 of 25, and 20 of 20: no volume."""
    found = Day(MinimumPairs="20").pass_by(10, traffic(number), further=share_of("ToxicCount", one_in))
    assert found == ({"LlmToxicityAlarm"} if rings else set())


def test_a_toxic_completion_or_two_wake_nobody_where_more_are_asked_for():
    two = share_of("ToxicCount", 25)
    assert Day(ToxicCompletions="11").pass_by(20, traffic(25), further=two) == set()
    assert Day(ToxicCompletions="5").pass_by(20, traffic(25), further=two) == {"LlmToxicityAlarm"}


def test_one_toxic_completion_wakes_whom_it_shall():
    day = Day(ToxicPercent="0", MinimumPairs="0")
    assert day.pass_by(6, traffic(1), further=lambda one: [sample(one, "ToxicCount", 1)]) == {"LlmToxicityAlarm"}


def test_sentiment_that_turns_negative_rings():
    day = Day()
    assert day.pass_by(30, traffic(), further=share_of("SentimentNegativeCount", 3)) == set()
    assert day.pass_by(30, traffic(), further=share_of("SentimentNegativeCount", 2)) == {"LlmSentimentAlarm"}


def test_refusals_that_stop_ring_where_there_is_a_floor():
    """A model that refuses one call in ten, and then, to whoever found the words, none."""
    calls = traffic(30, refused=3)
    day = Day(RefusalFloorPercent="5")
    assert day.pass_by(60, calls) == set()
    assert day.pass_by(6, nothing) == set(), "nobody who asks is nobody who is refused"
    assert day.pass_by(45, traffic(30)) == {"LlmRefusalsFallAlarm"}
    assert "LlmRefusalsFallAlarm" not in made()


def test_refusals_that_stop_in_few_calls_say_nothing():
    """Of 60 calls in a period three would be refused; that none was is chance."""
    assert Day(RefusalFloorPercent="5").pass_by(60, traffic(12)) == set()


@pytest.mark.parametrize("kind", ["Undetermined", "Unsupported"])
def test_what_cannot_be_judged_rings(kind):
    day = Day()
    assert day.pass_by(40, traffic(30)) == set()
    found: Callable[[Pair], list[Sample]] = lambda one: [sample(one, f"Refusal{kind}", 1)]  # noqa: E731
    assert day.pass_by(40, traffic(30), further=found) == {f"Llm{kind}Alarm"}


def test_models_without_a_price_ring():
    day = Day()
    assert day.pass_by(30, traffic(30)) == set()
    unknown = traffic(30, model_id="acme.large-v9:0", model_family="acme.large-v9")
    assert day.pass_by(30, unknown) == {"LlmPricesAlarm"}


def test_calls_without_tokens_have_no_price_to_miss():
    calls = traffic(30, model_id="acme.large-v9:0", model_family="x", input_tokens=None, output_tokens=None)
    assert Day().pass_by(30, calls) == set()


# Applications


def of_apps(now: int) -> list[Pair]:
    """A large application that is well, and a small one that refuses."""
    return [*traffic(100, app="shop")(now), *traffic(6, refused=4, app="help")(now)]


@pytest.mark.parametrize(("app", "rings"), [("help", {"RefusalsAlarm"}), ("shop", set()), ("other", set())])
def test_an_application_has_alarms_of_its_own(app, rings):
    assert Day(OF_AN_APP, App=app, Service=SERVICE).pass_by(20, of_apps) == rings


def test_in_the_sum_of_all_it_is_lost():
    assert Day(Apps="shop,help").pass_by(20, of_apps) == set()


def test_alarms_of_an_application_are_those_of_all_under_its_name():
    """The same windows, thresholds and expressions; only whose metrics, and who is told of whom, differ."""
    for name, alarm in made(OF_AN_APP, App="help", Service=SERVICE).items():
        assert alarm.pop("AlarmDescription").startswith("Application help: ")
        for query in alarm["Metrics"]:
            for dimension in query.get("MetricStat", {}).get("Metric", {}).get("Dimensions", []):
                assert dimension in ({"Name": "service", "Value": SERVICE}, {"Name": "App", "Value": "help"})
        assert without_names(alarm) == without_names(made()[f"Llm{name}"]), name


def without_names(alarm: dict[str, Any]) -> dict[str, Any]:
    alarm = {key: value for key, value in alarm.items() if key not in {"AlarmDescription", "AlarmName"}}
    for query in alarm["Metrics"]:
        query.get("MetricStat", {}).get("Metric", {}).pop("Dimensions", None)
    return alarm


@pytest.mark.parametrize("number", [0, 1, 2, 5, 6])
def test_the_first_five_applications_have_them(number):
    parameters = {"Apps": ",".join(f"app{index}" for index in range(number))}
    resources = resolve(translate(packaged(PATH), parameters), parameters)["Resources"]
    assert [name for name in resources if re.fullmatch(r"App\dAlarms", name)] == [
        f"App{index}Alarms" for index in range(1, min(number, 5) + 1)
    ]


# The canary


@pytest.mark.parametrize(
    ("metric", "value", "rings"),
    [
        ("CanaryChanged", 1, set()),
        ("CanaryChanged", 2, {"LlmCanaryAlarm"}),
        ("CanaryUnexpected", 20, set()),
        ("CanaryStrayed", 1, set()),
        ("CanaryStrayed", 2, {"LlmCanaryContentAlarm"}),
        ("CanaryNotCompared", 6, {"LlmCanarySilentAlarm"}),
        ("CanaryFailed", 5, set()),
        ("CanaryFailed", 6, {"LlmCanarySilentAlarm"}),
    ],
)
def test_a_canary_tells_a_change_and_its_own_silence(metric, value, rings):
    day = Day(CanaryModel="amazon.nova-lite-v1:0", CanaryHours="1")
    day.put("Millrace/LLM", metric, value, service=SERVICE)
    day.put("Millrace/LLM", metric, value, service=SERVICE)  # a round that came twice
    assert day.pass_by(10, nothing) == rings


def test_a_canary_that_cannot_run_is_silent():
    day = Day(CanaryModel="amazon.nova-lite-v1:0")
    day.put("AWS/Lambda", "Errors", 1, FunctionName="LlmCanary")
    assert day.pass_by(10, nothing) == {"LlmCanarySilentAlarm"}


@pytest.mark.parametrize("rounds", [0, 1])
def test_a_canary_that_is_not_asked_any_more_is_told_however_long_that_lasts(rounds):
    """Its schedule was switched off, after a round or before the first one ever."""
    day = Day(CanaryModel="amazon.nova-lite-v1:0", CanaryHours="1")
    if not rounds:
        store._metrics.clear()
    day.pass_by(60, nothing)
    assert day.rung == (set() if rounds else {"LlmCanaryStoppedAlarm"})
    assert day.pass_by(300, nothing) == {"LlmCanaryStoppedAlarm"}
    assert day.alarms["LlmCanaryStoppedAlarm"]["StateValue"] == "ALARM"


def test_without_a_model_there_is_no_canary():
    assert not [name for name in made() if "Canary" in name]
