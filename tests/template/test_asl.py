"""The state machines hold the checks of `asl.py`; and each check fails where it should."""

from __future__ import annotations

import copy
import importlib
import inspect
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import jsonata
import pytest

import common.errors
import common.executions
from common.errors import PermanentError, TransientError
from documents.errors import RejectedDocument
from documents.handlers import analyze, start_analysis, summarize
from local.cloud.testing import ROOT
from narration.errors import RejectedArticle
from narration.handlers import synthesize
from questions.handlers import generate
from tests.template import asl, changes
from tests.template.changes import Change
from tests.template.translate import resolved, substitutions

MACHINES = sorted((ROOT / "statemachines").rglob("*.asl.yaml"))
NARRATE = ROOT / "statemachines" / "narration" / "narrate_article.asl.yaml"
SUMMARIZE = ROOT / "statemachines" / "documents" / "summarize_document.asl.yaml"

PIPELINES: Mapping[str, str] = {
    "narrate_article": "narration",
    "summarize_document": "documents",
    "summarize_batch": "documents",
    "evaluate_pairs": "llm",
    "answer_question": "questions",
    "answer_from_documents": "knowledge",
    "sync_repository": "knowledge",
    "train_model": "training",
}
"""Machine -> the pipeline whose errors it may name, beside those that all have."""

ROOM = (
    "six tasks on one way have to fit into a history, so it waits for a place among the functions two days, not three"
)
FOUR_TIMES = "four statements on one way have to fit into a history, and an answer after days helps nobody"
LATE = "an answer after days helps nobody"
NOT_FOR_DAYS = "what waits for days is trained on rows that are old by then"
ATHENA = "no function: Athena's own names"
SENT = "its message may not be sent at once"
ADDITIONAL_RETRIES: Mapping[str, Mapping[str, str]] = {
    "evaluate_pairs": dict.fromkeys(("Evaluate", "CountFailure"), "a call that hangs would use the machine's time up"),
    "narrate_article": {
        "Synthesize": f"{SENT}, and what was billed may get lost on its way",
    },
    "summarize_document": {
        "Claim": ROOM,
        "Inspect": ROOM,
        "Analyze": SENT,
        "StartAnalysis": SENT,
        "CollectAnalysis": f"Textract may throttle, and {ROOM}",
        "Transform": ROOM,
        "Enrich": f"Comprehend may throttle, nothing may be bought for days, and {ROOM}",
        "Summarize": SENT,
        "Write": ROOM,
        "Reject": ROOM,
    },
    "answer_question": {
        "ReadTables": FOUR_TIMES,
        "Generate": SENT,
        "Prove": f"nothing may be run for a day, Athena may throttle, and {FOUR_TIMES}",
        "Run": ATHENA,
        "Look": ATHENA,
        "Judge": FOUR_TIMES,
        "Answer": f"Athena may throttle, and {FOUR_TIMES}",
        "Refuse": FOUR_TIMES,
    },
    "answer_from_documents": {
        "Retrieve": f"nothing may be bought for a day, Bedrock and S3 Vectors may throttle, and {LATE}",
        "Compose": SENT,
        "Answer": LATE,
        "Refuse": LATE,
    },
    "train_model": {
        **dict.fromkeys(("Claim", "Validate", "Choose", "Evaluate", "Gate", "Smoke"), NOT_FOR_DAYS),
        **dict.fromkeys(
            ("Register", "ApprovalAsk", "EndpointDeploy", "Point", "Retire", "Refuse"), f"SageMaker, and {NOT_FOR_DAYS}"
        ),
        "Prepare": f"nothing may be bought for two days, and {NOT_FOR_DAYS}",
        "EndpointLook": f"an endpoint takes minutes to come into service, and {NOT_FOR_DAYS}",
        "Train": "no function: SageMaker's own names, and a quota that is waited for an hour",
    },
    "summarize_batch": {
        "Summarize": "StartExecution has a rate and a quota of open executions; a thousand documents wait for both",
    },
}
"""States with a Retry beside the standard one, and why."""

WHOLE = frozenset({"narrate_article", "summarize_document", "answer_question", "answer_from_documents", "train_model"})
"""Machines that any transient error of their pipeline can reach; a batch's documents wait in machines of their own."""

WORKERS = {"narration": (synthesize,), "documents": (analyze, start_analysis, summarize), "questions": (generate,)}
"""Handlers behind a queue."""
WAITED_FOR = {
    error.__name__
    for workers in WORKERS.values()
    for worker in workers
    for error in (*worker.THROTTLED, *worker.UNAVAILABLE)
} | {"SpendingStopped"}  # a root; what is raised has a name below it
"""Transient errors that stay with the worker behind a queue; a Retry for them would count tries, not progress."""
BY_PURSES = {"CeilingReached", "PipelinePaused"}
"""Raised where something is bought: in narration only behind a queue."""


def subclasses(root: type, pipeline: str = "narration") -> set[str]:
    modules = (common.errors, common.executions, importlib.import_module(f"{pipeline}.errors"))
    found = (entry for module in modules for _, entry in inspect.getmembers(module, inspect.isclass))
    return {entry.__name__ for entry in found if issubclass(entry, root) and entry is not root}


TRANSIENT, PERMANENT = subclasses(TransientError), subclasses(PermanentError)


def problems(definition: dict[str, Any], machine: str = "narrate_article") -> list[str]:
    transient, permanent = (subclasses(root, PIPELINES[machine]) for root in (TransientError, PermanentError))
    found = [problem for check in asl.PLAIN_CHECKS for problem in check(definition)]
    found += asl.retries(definition, ADDITIONAL_RETRIES.get(machine, {}))
    found += asl.errors(definition, transient, permanent)
    if machine in WHOLE:
        waited_for = WAITED_FOR | (BY_PURSES if machine == "narrate_article" else set())
        found += asl.transient_errors_are_tried_again(definition, transient - waited_for)
    return found


def refusals(definition: dict[str, Any]) -> list[str]:
    return list(asl.caught_at(definition, "Plan", subclasses(RejectedArticle), "Reject"))


def read(path: Any) -> dict[str, Any]:
    return asl.parse(path.read_text(), substitutions(path))


def test_there_are_machines_and_classes_to_check():
    assert NARRATE in MACHINES
    assert {"SpeechThrottled", "ConcurrentUpdate"} <= TRANSIENT
    assert {"NotJson", "SpeechRefused", "AttemptsExhausted"} <= PERMANENT


@pytest.mark.parametrize("path", MACHINES, ids=lambda path: path.name)
def test_machine(path):
    assert problems(read(path), path.name.removesuffix(".asl.yaml")) == []


@pytest.mark.parametrize("path", MACHINES, ids=lambda path: path.name)
def test_substitutions_of_the_template_are_those_of_the_file(path):
    assert asl.placeholders(path) == set(substitutions(path))


def test_no_state_of_narration_fails_because_it_had_to_wait():
    calls = [(name, task) for name, task in asl.tasks(read(NARRATE)) if task["Resource"] != asl.QUEUED]
    assert [name for name, task in calls if asl.WAITING_RETRY not in task["Retry"]] == []
    assert len(calls) == 5


def test_no_state_of_documents_fails_because_it_had_to_wait():
    """Two days for a place or a service; in days, not tries, for what is behind a queue."""
    calls = [(name, task) for name, task in asl.tasks(read(SUMMARIZE)) if task["Resource"] != asl.QUEUED]
    for name, task in calls:
        (waiting,) = [each for each in task["Retry"] if "Lambda.TooManyRequestsException" in each["ErrorEquals"]]
        assert set(asl.WAITING_RETRY["ErrorEquals"]) <= set(waiting["ErrorEquals"]), name
        assert {**waiting, "ErrorEquals": asl.WAITING_RETRY["ErrorEquals"]} == {
            **asl.WAITING_RETRY,
            "MaxAttempts": 1200,
        }
    assert len(calls) == 7


def test_what_a_worker_waits_for_is_nothing_that_the_machine_counts():
    """But for CollectAnalysis, which has Textract's result pages read without a queue, and for Enrich, which asks the
    model for a type only where a parameter says so: each try comes forward."""
    assert TRANSIENT | subclasses(TransientError, "documents") >= WAITED_FOR
    assert WAITED_FOR.isdisjoint(error for _, _, error in asl.handled(read(NARRATE)))
    counted = {(name, error) for name, _, error in asl.handled(read(SUMMARIZE)) if error in WAITED_FOR}
    assert counted == {
        ("CollectAnalysis", "AnalysisThrottled"),
        ("CollectAnalysis", "AnalysisUnavailable"),
        ("Enrich", "ModelThrottled"),
        ("Enrich", "ModelUnavailable"),
    }


DAY = 86_400


def waits(retry: dict[str, Any]) -> float:
    """Seconds that a Retry waits before it gives up, with FULL jitter: the half of each delay on average."""
    delays = (retry["IntervalSeconds"] * retry["BackoffRate"] ** number for number in range(retry["MaxAttempts"]))
    return sum(min(retry["MaxDelaySeconds"], delay) for delay in delays) / 2


@pytest.mark.parametrize("waited", [0, DAY, 6 * DAY, 6.4 * DAY])
def test_a_summary_waits_as_long_as_what_was_read_is_kept(waited):
    states, read_at = read(SUMMARIZE)["States"], datetime(2026, 11, 20, 8, 30, tzinfo=UTC)
    assert states["Transform"]["Assign"] == {"transformed": "{% $states.context.State.EnteredTime %}"}
    expression = jsonata.Jsonata.jsonata(states["Summarize"]["TimeoutSeconds"].removeprefix("{%").removesuffix("%}"))
    entered = (read_at + timedelta(seconds=waited)).isoformat().replace("+00:00", "Z")
    expression.assign("states", {"context": {"State": {"EnteredTime": entered}}})
    expression.assign("transformed", read_at.isoformat().replace("+00:00", "Z"))
    left = expression.evaluate(None)
    assert left == max(DAY / 2, 6.5 * DAY - waited)
    assert left == int(left)


def test_enrich_and_the_summary_together_wait_no_longer_than_what_was_read_is_kept():
    states = read(SUMMARIZE)["States"]
    enrich = sum(waits(retry) for retry in states["Enrich"]["Retry"])
    rules = resolved()["Resources"]["SummariesBucket"]["Properties"]["LifecycleConfiguration"]["Rules"]
    (kept,) = [rule["ExpirationInDays"] for rule in rules if rule.get("Prefix") == "steps/"]
    assert 3 * DAY < waits(states["Enrich"]["Retry"][0]) < enrich
    assert enrich + DAY / 2 < kept * DAY
    assert kept * DAY > 6.5 * DAY


def test_a_document_that_is_out_of_date_ends_without_a_result():
    states = read(SUMMARIZE)["States"]
    queued = [name for name, task in asl.tasks(read(SUMMARIZE)) if task["Resource"] == asl.QUEUED]
    assert queued == ["Analyze", "StartAnalysis", "Summarize"]
    for name in queued:
        choice = states[states[name]["Next"]]
        assert [branch["Next"] for branch in choice["Choices"]] == ["NothingToDo"]


def test_every_refusal_of_an_article_becomes_a_rejection():
    assert refusals(read(NARRATE)) == []


WORKING = ["Inspect", "Analyze", "StartAnalysis", "CollectAnalysis", "Transform", "Enrich", "Summarize", "Write"]


@pytest.mark.parametrize("state", WORKING)
def test_every_refusal_of_a_document_becomes_a_rejection(state):
    """A new name below RejectedDocument is caught everywhere: any later step may come to raise it."""
    refused = subclasses(RejectedDocument, "documents")
    assert list(asl.caught_at(read(SUMMARIZE), state, refused, "Reject")) == []


def test_only_publish_and_plan_can_refuse():
    """`VersionConflict` comes up when a version is planned, or later, when it is committed."""
    reject = {name for name, part, error in asl.handled(read(NARRATE)) if error == "VersionConflict"}
    assert reject == {"Plan", "Publish"}


def rename(old: str, new: str) -> Change:
    def change(states: dict[str, Any]) -> None:
        states[new] = states.pop(old)

    return change


def put(path: str, value: object) -> Change:
    """Sets `State.Field.0.Member` to a value; None takes it away."""
    return changes.at(path.replace(".", "/"), value)


SPEAK = "SynthesizeRanges.ItemProcessor.States.Synthesize"
BROKEN: list[tuple[Change, str]] = [
    (put("Plan.Next", "Decyde"), "Missing 'Next' target: Decyde at /States/Plan/Next"),
    (put("Merge.Catch.0.Next", "Plann"), "Missing 'Next' target: Plann at /States/Merge/Catch[0]/Next"),
    (put("Decide.Default", "Unknown"), "Missing 'Next' target: Unknown at /States/Decide/Default"),
    (put("Decide.Choices.1.Next", "Rettag"), "Missing 'Next' target: Rettag at /States/Decide/Choices[1]/Next"),
    (rename("Plan", "Planned"), "Missing 'Next' target: Plan at /StartAt"),
    (
        put("SynthesizeRanges.ItemProcessor.StartAt", "Merge"),
        "Missing 'Next' target: Merge at /States/SynthesizeRanges/ItemProcessor/StartAt",
    ),
    (put("Decide.Choices.3.Next", "Publish"), 'State "Draft" is not reachable.'),
    (put("Decide.Default", None), "Decide has no Default"),
    (put("Merge.Next", None), "should have only one of the following fields: [Next, End] at /States/Merge"),
    (put("Merge.End", True), "should only be one of the following fields: [Next, End] at /States/Merge"),
    (put("Draft.Next", "Publish"), "Field 'Next' is not supported at /States/Draft"),
    (put(f"{SPEAK}.Next", "Synthesize"), "should only be one of the following fields: [Next, End]"),
    (put("Spin", {"Type": "Pass", "Next": "Spin"}), "Spin never comes to an end"),
    (put("Synthesize", {"Type": "Succeed"}), "Duplicate State name: Synthesize"),
    (put("UnknownAction.Cause", None), "UnknownAction has no Cause"),
    (put("UnknownAction.Error", ""), "UnknownAction has no Error"),
    (put("Reject.TimeoutSeconds", None), "Reject has no TimeoutSeconds"),
    (put(f"{SPEAK}.TimeoutSeconds", None), "Synthesize has no TimeoutSeconds"),
    (put("Merge.TimeoutSeconds", 1209600), "Merge may take 1209600 s, the whole machine 1209600 s"),
    (put("Retag.Retry", None), "Retag has no Retry that equals the standard one"),
    (put("Retag.Retry.1.MaxAttempts", 5), "Retag has no Retry that equals the standard one"),
    (put("Retag.Retry.0.JitterStrategy", "NONE"), "without JitterStrategy FULL"),
    (put(f"{SPEAK}.Retry.0.JitterStrategy", None), "without JitterStrategy FULL"),
    (put(f"{SPEAK}.Retry.0.MaxDelaySeconds", None), "without MaxAttempts and MaxDelaySeconds"),
    (
        put("Merge.Retry", [asl.STANDARD_RETRY, {**asl.STANDARD_RETRY, "ErrorEquals": ["EditionGone"]}]),
        "Merge has a Retry of its own for ['EditionGone']",
    ),
    (
        put("Retag.Retry.0.ErrorEquals", ["Lambda.TooManyRequestsException", "States.Timeout"]),
        "Retag retries States.Timeout in two places",
    ),
    (put(f"{SPEAK}.Retry.0.ErrorEquals", ["ConcurrentUpdate"]), "SpeechBroken is transient, and no Retry"),
    (put("Plan.Catch.0.ErrorEquals.0", "NotJSON"), "Plan names NotJSON in Catch, which is neither"),
    (put("Plan.Retry.0.ErrorEquals.2", "Lambda.Busy"), "Plan names Lambda.Busy in Retry, which is neither"),
    (put("Merge.Retry.0.ErrorEquals.0", "MergeFailed"), "Merge retries MergeFailed, which is permanent"),
    (put("Merge.Catch.0.ErrorEquals", ["States.ALL"]), "Merge takes every error for one by States.ALL"),
    (put("Merge.Output", "{% $states.result.Payload"), "Merge.Output mixes text with an expression"),
    (put("Merge.Output", "x {% $states.input %}"), "Merge.Output mixes text with an expression"),
    (put("Decide.Choices.0.Condition", "{% $states.input.action = %}"), "INVALID_JSONATA_EXPRESSION"),
    (put("SynthesizeRanges.MaxConcurrency", "{% 4 + %}"), "at /States/SynthesizeRanges/MaxConcurrency"),
    (
        put("Merge.ResultPath", "$.merged"),
        "field 'ResultPath' is only supported for the 'JSONPath' QueryLanguage at /States/Merge",
    ),
    (put("Decide.Choices.0.Variable", "x"), "The object must have only one of the following fields"),
    (put("Merge.Arguments.Payload", {"edition.$": "x"}), "Merge has edition.$, which is JSONPath"),
    (put("Merge.Arguments.Payload", "$.edition"), "Merge.Arguments.Payload is a JSONPath"),
    (put("Merge.QueryLanguage", "JSONPath"), "'QueryLanguage' can not be 'JSONPath'"),
]


@pytest.mark.parametrize(("change", "problem"), BROKEN, ids=[problem for _, problem in BROKEN])
def test_a_broken_machine_is_found_out(change, problem):
    definition = copy.deepcopy(read(NARRATE))
    change(definition["States"])
    # What has gone altogether may break more than one check; the one that is meant must be among them.
    assert any(problem in found for found in problems(definition)), problems(definition)


def test_a_refusal_that_is_not_caught_is_found_out():
    definition = read(NARRATE)
    definition["States"]["Plan"]["Catch"][0]["ErrorEquals"].remove("UnknownVoice")
    assert refusals(definition) == ["Plan does not send UnknownVoice to Reject"]


@pytest.mark.parametrize("field", ["TimeoutSeconds", "QueryLanguage"])
def test_a_machine_without(field):
    definition = read(NARRATE)
    del definition[field]
    assert any(
        f"The machine {word} {field}" in found for found in problems(definition) for word in ("has no", "does not say")
    )


def test_a_substitution_that_nobody_gives():
    with pytest.raises(KeyError, match="NarrationPlanArn"):
        asl.parse(NARRATE.read_text(), {"SpeechFirstQueueUrl": "https://sqs"})


def test_a_state_that_is_written_twice():
    with pytest.raises(ValueError, match="Draft stands twice"):
        asl.parse("States:\n  Draft: {Type: Succeed}\n  Draft: {Type: Succeed}\n", {})
