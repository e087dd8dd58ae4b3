"""Every counter of the pipeline and every edge of it has an alarm, or a reason why not: a new one without either fails.

Names are found in the code by their form, so that none can be forgotten: a text of capitalised words is a metric, or
stands in NO_METRIC.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import Any

import pytest

from llm import model, stops
from llm.emission import metrics
from llm.logs.bodies import guardrails
from llm.modules.toxicity import LABELS
from llm.modules.usage import STOPS
from local.cloud.deploying.template import read_template
from local.cloud.testing import ROOT

CODE = ROOT / "functions" / "llm"
PAGE = (ROOT / "docs" / "llm.md").read_text()
TEMPLATE = read_template(ROOT / "pipelines" / "llm.yaml")
ALARMS = {n: r["Properties"] for n, r in TEMPLATE["Resources"].items() if r["Type"] == "AWS::CloudWatch::Alarm"}
WORDS = re.compile(r"[A-Z][a-z]+(?:[A-Z]+[a-z]*)+")

NO_METRIC = {
    *("AccessDeniedException", "ResourceNotFoundException", "ValidationException"),
    *("ApproximateReceiveCount", "SentimentScore"),
    *("ConverseStream", "InvokeModel", "InvokeModelWithBidirectionalStream", "InvokeModelWithResponseStream"),
    *("StartAsyncInvoke", "ModelInvocationLog", "BodyJson", "ModelFamily", "ModelVersion"),
}
"""Names of AWS's errors, operations and members, and of dimensions."""

COVERAGE = "what could not be measured makes coverage fall: LlmCoverageAlarm"
ORDINARY = "what happens in ordinary operation, to look at"
MEASURE = "a measure of answers or of use, for the dashboard; no value of it is a fault by itself"
PART = "a part of RefusalCount, which LlmRefusalsAlarm watches; says why"
SERVICE_SAID_NO = "one text that a service refused; LlmModuleErrorsAlarm rings where a module fails"

REASONS: dict[str, str] = {
    **dict.fromkeys(model.REASONS, COVERAGE),
    "SkippedSelf": "own calls are no traffic",
    **dict.fromkeys(
        ("ObjectsRead", "ObjectsDuplicate", "ObjectsReplaced", "ObjectsBeside", "ObjectsWaiting", "LogEventsTaken"),
        ORDINARY,
    ),
    "PairsPaused": "an operator has paused what is paid for: LlmPausedAlarm after a day",
    "CanaryLeftOut": "paused, or its calls of the day are used up: LlmPausedAlarm, LlmCanarySilentAlarm",
    "ObjectsForeign": "not a log: something else writes there; what should have come is missed by LlmSilenceAlarm",
    "ObjectsFailed": "tried again, and in the end LlmDeadLettersAlarm rings",
    "StreamChunksFailed": "tried again, and LlmStreamLagAlarm rings where that does not help",
    "StreamRecordsRepeated": ORDINARY,
    "PairsTruncated": "judged all the same, by its beginning",
    **dict.fromkeys(("InputTokens", "OutputTokens", "CacheReadTokens", "CacheWriteTokens", "LatencyMs"), MEASURE),
    "FirstByteMs": MEASURE,
    **dict.fromkeys(STOPS.values(), MEASURE),
    "StopReasonOther": "a word that no table has; the text is judged (docs/llm.md)",
    **dict.fromkeys(("RefusalPolicy", "RefusalNoKnowledge", "RefusalPremise", "RefusalScope"), PART),
    **dict.fromkeys(("GuardrailInterventions", "ContentFiltered", "RefusalsDeclared"), PART),
    **dict.fromkeys(("GuardrailBlocked", "GuardrailMasked"), "a guardrail that works; refusals count it"),
    "RefusalScore": MEASURE,
    **dict.fromkeys(("PromptCompletionSimilarity", "SimilarityRefused"), "LlmSimilarityAlarm looks at answers alone"),
    **dict.fromkeys(("SimilarityTruncated", "SentimentTruncated"), "measured by its beginning"),
    "SimilarityUndefined": "an empty text has no direction",
    **dict.fromkeys(("SimilarityErrors", "SentimentErrors"), SERVICE_SAID_NO),
    **dict.fromkeys(
        ("SentimentPositive", "SentimentNegative", "SentimentNeutral", "SentimentMixed"),
        "scores; LlmSentimentAlarm counts SentimentNegativeCount",
    ),
    **dict.fromkeys(("SentimentUnsupportedLanguage", "UnsupportedLanguage"), "a service does not know the language"),
    **dict.fromkeys(LABELS.values(), "a part of ToxicCount, which LlmToxicityAlarm watches"),
    "ToxicPromptCount": "what people ask is theirs; LlmToxicityAlarm is about what models answer",
    **dict.fromkeys(("ToxicityPrompt", "ToxicityCompletion", "ToxicitySegments"), MEASURE),
    **dict.fromkeys(("PaidCalls", "ComprehendUnits", "EmbeddingTokens"), "what was used; LlmBudgetAlarm tells the end"),
    "CanarySimilarity": "what differs too much is CanaryStrayed, which LlmCanaryContentAlarm counts",
    "CanaryUnexpected": "a model may be so from the first day; LlmCanaryAlarm rings on a change",
    "CanaryHeard": "the rest is CanaryFailed, which LlmCanarySilentAlarm watches",
}


def words() -> set[str]:
    """Every text in the code that has the form of a metric's name."""
    trees = (ast.parse(path.read_text()) for path in CODE.rglob("*.py"))
    texts = (node.value for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Constant))
    return {text for text in texts if isinstance(text, str) and WORDS.fullmatch(text)}


def names() -> set[str]:
    """Every metric that the code can send under [service]."""
    return words() - NO_METRIC


def watched() -> dict[str, set[str]]:
    """Metric of this pipeline -> the alarms that look at it."""
    found: dict[str, set[str]] = {}
    for name, alarm in ALARMS.items():
        for metric in _metrics(alarm):
            if metric["Namespace"] == "Millrace/LLM":
                found.setdefault(metric["MetricName"], set()).add(name)
    return found


def _metrics(alarm: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Those of a condition too."""
    if "MetricName" in alarm:
        yield alarm
    queries = (each["Fn::If"][1] if "Fn::If" in each else each for each in alarm.get("Metrics", []))
    for query in queries:
        if "MetricStat" in query:
            yield query["MetricStat"]["Metric"]


@pytest.mark.parametrize("name", sorted(names()))
def test_a_counter_has_an_alarm_or_a_reason(name):
    assert name in watched() or name in REASONS, f"{name}: give it an alarm, or say in REASONS why it needs none"


def test_the_tables_hold_nothing_that_is_gone():
    assert REASONS.keys() - names() == set()
    assert NO_METRIC - words() == set()


def test_alarms_that_are_named_are_there():
    named = {alarm for reason in REASONS.values() for alarm in re.findall(r"\bLlm\w+Alarm\b", reason)}
    assert named
    assert named <= ALARMS.keys()


def test_a_counter_of_a_category_or_policy_is_built_from_few_words():
    """Their names are not in the code as such; they are parts of counters that are."""
    assert {"RefusalsDeclared", "GuardrailBlocked"} <= names()
    assert all(re.fullmatch("[a-z_]+", category) for category in stops.CATEGORIES)
    assert len(stops.CATEGORIES) + len(guardrails.POLICIES) <= 20


@pytest.mark.parametrize("name", sorted(names()))
def test_a_counter_is_documented(name):
    assert any(f"`{each}`" in PAGE for each in _written(name)), name


def _written(name: str) -> Iterator[str]:
    """As the page writes it: parts of a group may be short."""
    yield name
    yield re.sub(r"^Sentiment", "-", name)
    if name in LABELS.values():
        yield "Toxic<Label>Count"


def test_what_is_split_by_version_is_a_metric():
    assert names() >= metrics.BY_VERSION


# Edges


def resources(kind: str) -> dict[str, dict[str, Any]]:
    return {n: r["Properties"] for n, r in TEMPLATE["Resources"].items() if r["Type"] == kind}


def values_of(name: str, dimension: str) -> set[str]:
    """The values of a dimension that an alarm looks at, by the resources that they name."""
    found = set()
    for metric in _metrics(ALARMS[name]):
        for each in metric.get("Dimensions", []):
            value = each["Value"]
            if each["Name"] == dimension:
                found.add(value["Ref"] if "Ref" in value else value["Fn::GetAtt"][0])
    return found


def dead_letters(node: Any) -> Iterator[str]:
    """Queues that a part of the template names as the place for what failed."""
    if isinstance(node, list):
        for each in node:
            yield from dead_letters(each)
    if not isinstance(node, dict):
        return
    for key, value in node.items():
        if key in ("DeadLetterConfig", "OnFailure", "RedrivePolicy"):
            arn = value.get("Arn") or value.get("Destination") or value.get("deadLetterTargetArn")
            yield arn["Fn::GetAtt"][0]
        else:
            yield from dead_letters(value)


def test_each_place_for_what_failed_is_watched():
    used = set(dead_letters(TEMPLATE["Resources"]))
    assert used == {"LlmDeadLetters"}
    assert used <= values_of("LlmDeadLettersAlarm", "QueueName")


def test_what_cannot_be_kept_there_is_watched():
    functions = {n for n, p in resources("AWS::Serverless::Function").items() if list(dead_letters(p))}
    assert functions == {"LlmTakeEvents", "LlmReadStream", "LlmCanary"}
    assert functions == values_of("LlmLostAlarm", "FunctionName")
    assert set(resources("AWS::Events::Rule")) == values_of("LlmLostAlarm", "RuleName")


def test_each_queue_that_a_function_reads_is_watched():
    sources = {
        event["Properties"]["Queue"]["Fn::GetAtt"][0]
        for function in resources("AWS::Serverless::Function").values()
        for event in function.get("Events", {}).values()
        if event["Type"] == "SQS"
    }
    assert sources == values_of("LlmBacklogAlarm", "QueueName")
    assert set(resources("AWS::SQS::Queue")) == sources | {"LlmDeadLetters"}


FUNCTIONS = {
    "LlmReadLogs": "LlmDeadLettersAlarm",  # its messages come back, and end there
    "LlmTakeEvents": "LlmDeadLettersAlarm",
    "LlmReadStream": "LlmStreamLagAlarm",
    "LlmEvaluate": "LlmEvaluateErrorsAlarm",
    "LlmCanary": "LlmCanarySilentAlarm",
}


def test_each_function_that_fails_rings():
    assert FUNCTIONS.keys() == resources("AWS::Serverless::Function").keys()
    assert set(FUNCTIONS.values()) <= ALARMS.keys()
    for name in ("LlmEvaluate", "LlmCanary", "LlmReadStream"):
        assert name in values_of(FUNCTIONS[name], "FunctionName")


def test_each_end_of_the_machine_rings():
    assert set(resources("AWS::Serverless::StateMachine")) == values_of("LlmEvaluationsAlarm", "StateMachineArn")
