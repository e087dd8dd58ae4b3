"""``operate cost``: what was counted becomes a bill, what nobody counted is not known, and never 0."""

from __future__ import annotations

import time

import boto3
import pytest
from botocore.loaders import Loader
from botocore.model import ServiceModel
from botocore.validate import ParamValidator
from moto import mock_aws

from bench.admission.inbox import Desk, Inbox
from bench.admission.newsroom import Case, Newsroom
from documents.textract import features
from llm import modules
from local.cloud.testing import ROOT
from narration.speech.voices import ENGINES
from operate.clients import Target
from operate.cost import around, documents, images, llm, narration, prices, trips
from operate.cost.bill import Way
from operate.cost.meter import DAY, MOST_QUERIES, Meter, Metric
from operate.cost.stack import FUNCTION, MACHINE, NAMESPACES, STREAM, Stack

NOW = 1_795_000_000.0
POLLY = {"standard": 4.0, "neural": 16.0, "long-form": 100.0, "generative": 30.0}
RESOURCES = {
    "NarrationPlan": (FUNCTION, "plan"),
    "NarrationMerge": (FUNCTION, "merge"),
    "DocumentsClaim": (FUNCTION, "claim"),
    "ImagesUrlDoor": (FUNCTION, "door"),
    "TripsClean": (FUNCTION, "clean"),
    "LlmEvaluate": (FUNCTION, "evaluate"),
    "NarrateArticle": (MACHINE, "arn:narrate"),
    "SummarizeDocument": (MACHINE, "arn:summarize"),
    "EvaluatePairs": (MACHINE, "arn:evaluate"),
    "TripsStream": (STREAM, "stream"),
    "NarrationLayer": ("AWS::Lambda::LayerVersion", "layer"),
}
GB = 1024


class CloudWatch:
    """Sums by namespace, name and dimensions. Requests are checked by the service's own model."""

    def __init__(self) -> None:
        self.values: dict[Metric, float] = {}
        self.requests = 0
        model = ServiceModel(Loader().load_service_model("cloudwatch", "service-2"))
        self._shape = model.operation_model("GetMetricData").input_shape

    def get_paginator(self, name):
        assert name == "get_metric_data"
        return self

    def paginate(self, **request):
        assert ParamValidator().validate(request, self._shape).generate_report() == ""
        assert len(request["MetricDataQueries"]) <= MOST_QUERIES
        self.requests += 1
        results = []
        for query in request["MetricDataQueries"]:
            about, stat = query["MetricStat"]["Metric"], query["MetricStat"]["Stat"]
            dimensions = tuple((one["Name"], one["Value"]) for one in about["Dimensions"])
            value = self.values.get(Metric(about["Namespace"], about["MetricName"], dimensions, stat))
            results.append({"Id": query["Id"], "Values": [] if value is None else [value / 2, value / 2]})
        yield {"MetricDataResults": results[::2]}
        yield {"MetricDataResults": results[1::2]}


class Functions:
    def get_function_configuration(self, FunctionName):  # noqa: N803 - boto3's
        return {"MemorySize": 2 * GB if FunctionName == "merge" else GB, "Architectures": ["arm64"]}


class World(Target):
    """A stack whose metrics are what a test says."""

    def __init__(self, **parameters: str) -> None:
        super().__init__("mine")
        self.__dict__.update(cloudwatch=CloudWatch(), given=parameters, there=dict(RESOURCES))

    def client(self, service):
        return {"cloudwatch": self.cloudwatch, "lambda": Functions()}[service]

    def parameters(self):
        return self.given

    def typed_resources(self):
        return self.there

    def created(self):
        return NOW - 10 * 3600

    def count(self, pipeline, name, value, **split):
        dimensions = (("service", f"mine-{pipeline}"), *sorted(split.items()))
        self.cloudwatch.values[Metric(NAMESPACES[pipeline], name, dimensions)] = value

    def aws(self, namespace, name, value, stat="Sum", **dimensions):
        self.cloudwatch.values[Metric(f"AWS/{namespace}", name, tuple(dimensions.items()), stat)] = value

    def ran(self, function, calls, milliseconds):
        self.aws("Lambda", "Invocations", calls, FunctionName=function)
        self.aws("Lambda", "Duration", milliseconds, FunctionName=function)

    def started(self, arn, number):
        self.aws("States", "ExecutionsStarted", number, StateMachineArn=arn)

    def bill(self, module, days=30):
        return module.bill(Stack(self, days, NOW))


def known(way: Way) -> dict[str, float | None]:
    return {line.what: line.usd for line in way.lines}


# Prices


def test_every_engine_that_polly_has_has_a_price():
    assert prices.polly().keys() == set(ENGINES)
    assert prices.polly() == POLLY


def test_each_table_says_where_it_comes_from_and_as_of_when():
    names = [name for name, value in prices._settings().items() if isinstance(value, dict)]
    told = list(prices.sources(names))
    assert len(told) == len(names) >= 9
    for line, name in zip(told, names, strict=True):
        assert line.startswith(f"{name}: 202")
        assert len(line) > len(name) + 20
        assert all(price > 0 for price in prices.table(name).values())


@pytest.mark.parametrize(
    ("asked", "usd"),
    [
        ({"FORMS"}, 0.05),
        ({"TABLES"}, 0.015),
        ({"FORMS", "TABLES", "LAYOUT", "SIGNATURES"}, 0.065),
        ({"QUERIES"}, 0.015),
        ({"QUERIES", "LAYOUT"}, 0.015),
        ({"FORMS", "QUERIES"}, 0.055),
        ({"FORMS", "QUERIES", "TABLES"}, 0.07),
        ({"LAYOUT"}, 0.004),
        ({"LAYOUT", "SIGNATURES"}, 0.004),
        ({"SIGNATURES"}, 0.0035),
        (set(), 0),
        ({""}, 0),
    ],
)
def test_a_page_is_billed_by_the_set_of_features(asked, usd):
    assert prices.textract_page(asked) == pytest.approx(usd)


# Metrics


@pytest.fixture
def moto(monkeypatch):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "x")
    with mock_aws():
        yield boto3.client("cloudwatch", region_name="us-east-1")


def test_days_are_summed_and_what_nobody_sent_is_not_known(moto):
    now = time.time()
    dimensions = [{"Name": "service", "Value": "mine-narration"}, {"Name": "engine", "Value": "neural"}]
    for days_ago, value in ((0, 5.0), (1, 7.0), (3, 11.0)):
        datum = {"MetricName": "Spoken", "Value": value, "Timestamp": now - days_ago * DAY, "Dimensions": dimensions}
        moto.put_metric_data(Namespace="Millrace/Narration", MetricData=[datum])
    own = (("service", "mine-narration"), ("engine", "neural"))
    wanted = {
        "spoken": Metric("Millrace/Narration", "Spoken", own),
        "without an engine": Metric("Millrace/Narration", "Spoken", own[:1]),
        "another name": Metric("Millrace/Narration", "Said", own),
    }
    found = {"spoken": 23.0, "without an engine": None, "another name": None}
    assert Meter(moto, 30, now).read(wanted) == found
    assert Meter(moto, 2, now).read(wanted)["spoken"] == 12.0
    assert Meter(moto, 30, now, since=now).read(wanted)["spoken"] == 5.0, "an earlier stack of its name is not in it"


def test_more_metrics_than_a_request_takes_are_read_in_several():
    world = World()
    wanted = {number: Metric("Millrace/LLM", f"M{number}", ()) for number in range(MOST_QUERIES + 3)}
    world.cloudwatch.values = {wanted[0]: 4.0, wanted[MOST_QUERIES + 2]: 6.0}
    found = Stack(world, 1, NOW).meter.read(wanted)
    assert world.cloudwatch.requests == 2
    assert {number: value for number, value in found.items() if value is not None} == {0: 4.0, MOST_QUERIES + 2: 6.0}


# Lambda and Step Functions


def test_functions_pay_by_memory_architecture_and_call():
    world = World()
    world.ran("plan", 1_000_000, 3_000)
    world.ran("merge", 10, 2_000)
    world.ran("claim", 7, 9_000)  # another pipeline's
    used = around.compute(Stack(world, 30, NOW), "Narration")
    assert (used.calls, used.gb_seconds) == (1_000_010, pytest.approx(3 + 2 * 2))
    assert used.usd == pytest.approx(7 * 13.3334e-6 + 1_000_010 * 0.2e-6)


def test_a_function_that_was_never_called_costs_nothing_beside_one_that_was():
    world = World()
    world.ran("plan", 4, 0)
    assert around.compute(Stack(world, 30, NOW), "Narration").usd == pytest.approx(4 * 0.2e-6)


def test_without_a_metric_lambda_is_not_known():
    line = around.compute(Stack(World(), 30, NOW), "Narration").line()
    assert (line.usd, "no metric" in line.amount) == (None, True)


def test_transitions_are_those_of_the_simulations():
    article = Newsroom(Case("one", articles=1, late=0)).run()
    assert article.bill.counts["transitions"] == around.TRANSITIONS["NarrateArticle"]
    scan = Inbox(Desk("one", documents=1, late=0)).run()
    assert scan.bill.counts["transitions"] == around.TRANSITIONS["SummarizeDocument"] + documents.PAGE_TRANSITIONS
    job = Inbox(Desk("one of several pages", documents=1, jobs=100, late=0)).run()
    assert job.bill.counts["transitions"] == around.TRANSITIONS["SummarizeDocument"] + documents.JOB_TRANSITIONS


def test_an_express_machine_pays_for_requests_time_and_memory():
    world = World()
    world.started("arn:evaluate", 2_000_000)
    request, duration = around.express(Stack(world, 30, NOW), "EvaluatePairs")
    assert (request.usd, duration.usd) == (pytest.approx(2.0), None)
    for name, stat, value in (
        ("ExpressExecutionBilledDuration", "Sum", 4_000_000.0),
        ("ExpressExecutionBilledMemory", "Sum", 640.0),
        ("ExpressExecutionBilledMemory", "SampleCount", 10.0),
    ):
        world.aws("States", name, value, stat, StateMachineArn="arn:evaluate")
    _, duration = around.express(Stack(world, 30, NOW), "EvaluatePairs")
    assert duration.usd == pytest.approx(4_000 * 64 / 1024 * 0.00001667)


# Pipelines


def test_narration_beside_a_paragraph_hash_and_whole_articles():
    world = World()
    for name, value in (("ArticlesPublished", 3), ("ArticlesMetadata", 2), ("ArticlesDrafts", 9)):
        world.count("narration", name, value)
    for name, value in ((narration.BILLED, 1_100), (narration.BY_PARAGRAPH, 1_300), (narration.REQUESTED, 3_000)):
        world.count("narration", name, value, engine="neural")
        world.count("narration", name, value + 10)  # without an engine: another metric
    world.count("narration", narration.BILLED, 10, engine="long-form")
    world.ran("plan", 5, 1_000)
    world.started("arn:narrate", 5)
    bill = world.bill(narration)
    assert (bill.things, bill.per) == (5, 1_000)
    assert known(bill.ours)["Polly, neural"] == pytest.approx(1_100 * 16e-6)
    assert known(bill.ours)["Polly, long-form"] == pytest.approx(10 * 100e-6)
    assert [known(way)["Polly, neural"] for way in bill.others] == [
        pytest.approx(1_300 * 16e-6),
        pytest.approx(3_000 * 16e-6),
    ]
    assert known(bill.ours)["Step Functions"] == pytest.approx(5 * 10 * 25e-6)
    assert bill.ours.is_whole


def test_documents_beside_textract_on_every_page_and_an_endpoint():
    world = World(ModelId="global.amazon.nova-2-lite-v1:0")
    for name, value in (("DocumentsSummarized", 10), ("Pages", 40), ("PagesAnalyzed", 4), ("JobsStarted", 2)):
        world.count("documents", name, value)
    world.count("documents", "PagesBought", 12, features="FORMS,LAYOUT,TABLES")
    world.count("documents", "PagesBought", 3, features="QUERIES")
    for name, value in (("ModelInputTokens", 1_000_000), ("ModelOutputTokens", 100_000), ("ComprehendUnits", 50)):
        world.count("documents", name, value)
    world.ran("claim", 10, 10_000)
    world.started("arn:summarize", 10)
    bill = world.bill(documents)
    ours, theirs = known(bill.ours), known(bill.others[0])
    assert ours["Textract, FORMS,LAYOUT,TABLES"] == pytest.approx(12 * 0.065)
    assert ours["Textract, QUERIES"] == pytest.approx(3 * 0.015)
    assert ours["model global.amazon.nova-2-lite-v1:0"] == pytest.approx(0.30 + 0.25)
    assert ours["Comprehend"] == pytest.approx(50 * 0.0001)
    assert ours["Step Functions"] == pytest.approx((10 * 9 + 4 * 2 + 2 * 4) * 25e-6)
    assert theirs["Textract, FORMS"] == pytest.approx(40 * 0.05)
    assert theirs["an endpoint with flan-t5"] == pytest.approx(10 * 1.515), "the stack is ten hours old"
    assert world.bill(documents, days=0).others[0].lines[1].usd == 0
    assert bill.ours.is_whole


def test_every_set_of_features_is_asked_for_under_the_name_that_it_is_counted_under():
    asked = [features.priced({"FeatureTypes": names.split(",")[::-1]}) for names in documents.SETS]
    assert asked == documents.SETS
    assert len(set(documents.SETS)) == 31


def test_pages_of_an_older_release_are_not_known():
    world = World()
    world.count("documents", "JobsStarted", 2)
    (line,) = [line for line in world.bill(documents).ours.lines if line.what == "Textract"]
    assert line.usd is None


@pytest.mark.parametrize(
    ("parameters", "what"),
    [({"ModelProvider": "sagemaker"}, "the model"), ({"Guardrail": "abc:1"}, "the guardrail")],
)
def test_what_documents_do_not_count_is_not_known(parameters, what):
    assert known(World(**parameters).bill(documents).ours)[what] is None


def test_a_model_without_a_price_is_not_known():
    world = World(ModelId="nobody.knows-it")
    world.count("documents", "ModelInputTokens", 5)
    assert known(world.bill(documents).ours)["the model"] is None


def test_images_beside_the_articles_function_and_its_machine():
    world = World()
    world.count("images", "ImagesTransformed", 36_000)
    world.count("images", "TransformMilliseconds", 3_600_000)
    world.ran("door", 36_000, 7_200_000)
    bill = world.bill(images)
    assert known(bill.ours)["Lambda"] == pytest.approx(7_200 * 13.3334e-6 + 36_000 * 0.2e-6)
    assert [way.lines[0].usd for way in bill.others] == [pytest.approx(0.061), pytest.approx(0.90)]
    assert known(bill.ours)["S3, reading"] == pytest.approx(36 * 0.0004)


@pytest.mark.parametrize(
    ("records", "size", "billed"),
    [(0, 0, 0), (1, 1, 5_120), (10, 10 * 5_120, 51_200), (10, 10 * 5_121, 102_400), (2, 2 * 95_000, 2 * 97_280)],
)
def test_each_record_is_rounded_up_to_5_kb(records, size, billed):
    assert trips.billed_bytes(records, size) == billed


def test_trips_beside_pandas():
    world = World(UseParquet="true", PartitionBy="event")
    world.count("trips", "RowsIn", 1_000_000)
    for name, value in (("IncomingRecords", 1024**2), ("IncomingBytes", 1024**2 * 100)):
        world.aws("Firehose", name, value, DeliveryStreamName="stream")
    world.ran("clean", 100, 10_000)
    bill = world.bill(trips)
    ours, theirs = known(bill.ours), known(bill.others[0])
    assert ours["Firehose"] == pytest.approx(5 * 0.029)
    assert ours["Firehose, Parquet"] == pytest.approx(5 * 0.018)
    assert ours["Firehose, partitions"] == pytest.approx(5 * 0.020)
    assert theirs == {"Firehose": ours["Firehose"], "Lambda with pandas": pytest.approx(3.7 * ours["Lambda"])}
    assert f"pandas takes {trips.PANDAS_TIMES} times our time" in (ROOT / "docs" / "trips.md").read_text()


def test_a_stream_without_metrics_is_not_known():
    bill = World().bill(trips)
    assert [line.usd for line in bill.ours.lines] == [None, None]
    assert not bill.others[0].is_whole


def test_model_monitoring_beside_every_pair():
    world = World(SampleSentiment="0.1", SampleToxicity="0.1", SampleSimilarity="0.5")
    for name, value in (("PairsEvaluated", 1_000_000), ("ComprehendUnits", 3_400_000), ("EmbeddingTokens", 1e8)):
        world.count("llm", name, value)
    bill = world.bill(llm)
    ours, theirs = known(bill.ours), known(bill.others[0])
    assert (ours["Comprehend"], theirs["Comprehend"]) == (pytest.approx(340), pytest.approx(3_400))
    assert (ours["embeddings"], theirs["embeddings"]) == (pytest.approx(2), pytest.approx(4))
    assert theirs["Lambda, requests"] == pytest.approx(llm.MODULES * 0.2)
    assert len(modules.PAID) == llm.MODULES


@pytest.mark.parametrize(
    ("sentiment", "toxicity", "units", "whole"),
    [("1", "1", 34, 34), ("1", "0", 13, 34), ("0", "0.5", 21, 68), ("0", "0", 0, 34 * 7), ("1", "1", 0, 34 * 7)],
)
def test_units_of_every_pair(sentiment, toxicity, units, whole):
    world = World(SampleSentiment=sentiment, SampleToxicity=toxicity)
    assert llm.whole_units(Stack(world, 30, NOW), 7, units) == pytest.approx(whole)
