"""Rules about alarms: what is watched, whom an alarm tells, what it says, and what no data means to it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from local.cloud.deploying.template import Template
from tests.template.resources import Problems, Rule, function_of, of_type, target, watched

ALARM, COMPOSITE = "AWS::CloudWatch::Alarm", "AWS::CloudWatch::CompositeAlarm"

VERBS = frozenset(
    {
        *("Add", "Ask", "Build", "Choose", "Compare", "Give", "Label", "Look", "Lower", "Mend", "Raise", "Read"),
        *("Run", "See", "Switch", "Tell", "Upload", "Wait"),
    }
)
"""What a sentence that says what to do begins with."""

NO_DATA: Mapping[str, str] = {"LlmPricesOldAlarm": "ignore", "LlmCanaryStoppedAlarm": "breaching"}
"""All others: `notBreaching`, since a count that nobody sends is zero and silence has alarms of its own. A price that
is old stays so while nobody calls; a round that is due and does not begin sends nothing."""

ERRORS_ELSEWHERE: Mapping[str, str] = {
    "NarrationRedriveFailed": "a person calls it and sees its answer",
    "DocumentsRedriveFailed": "a person calls it and sees its answer",
    "QuestionsRedriveFailed": "a person calls it and sees its answer",
    "KnowledgeRedriveFailed": "a person calls it and sees its answer",
    "TrainingRedriveFailed": "a person calls it and sees its answer",
    "TripsBuildTrainingSet": "a person calls it and sees its answer",
    "TrainingStart": "its queue has alarms on age and on dead letters",
    "TrainingPredict": "the API answers 500, and TrainingDoorAlarm counts that",
    "TrainingApprovalDecided": "what it fails twice is a dead letter, and they have an alarm",
    "TrainingInventory": "what it fails twice is a dead letter, and they have an alarm",
    **{
        f"Training{state}": "its execution fails and waits in TrainingFailedQueue, or ends as a refusal that is told"
        for state in (
            *(
                "Claim",
                "Validate",
                "Prepare",
                "Choose",
                "Evaluate",
                "Gate",
                "Register",
                "ApprovalAsk",
                "EndpointDeploy",
            ),
            *("EndpointLook", "Smoke", "Point", "Retire", "Refuse"),
        )
    },
}
"""Functions whose errors no alarm counts, and why."""

LONG = 120
"""Seconds. What has less does one or two requests; where it runs out of time, its errors tell."""
ENDS_IN_TIME: Mapping[str, str] = {
    "NarrationSynthesize": "it sends back what it cannot speak in time",
    "NarrationRedriveFailed": "it stops when its time is nearly over and says what is left",
    "DocumentsRedriveFailed": "it stops when its time is nearly over and says what is left",
    "QuestionsRedriveFailed": "it stops when its time is nearly over and says what is left",
    "TrainingRedriveFailed": "it stops when its time is nearly over and says what is left",
    "KnowledgeRedriveFailed": "it stops when its time is nearly over and says what is left",
    "QuestionsGenerate": "it sends back the question that it cannot ask in time",
    "KnowledgeCompose": "it sends back the question that it cannot ask in time",
    "KnowledgeIndex": "it sends on what it cannot do in time",
    "DocumentsAnalyze": "it sends back the page that it cannot ask for in time",
    "DocumentsStartAnalysis": "it sends back the document that it cannot ask for in time",
    "DocumentsSummarize": "a long document goes on in another turn",
    "LlmCanary": "its calls have a time of their own, and what is not heard LlmCanarySilentAlarm counts",
}
"""Functions with more time than that whose longest call no alarm looks at, and why."""


def told(template: Template) -> dict[str, dict[str, Any]]:
    """Every alarm, composite ones too."""
    return of_type(template, ALARM) | of_type(template, COMPOSITE)


def children(composite: dict[str, Any]) -> set[str]:
    """Logical ids of the alarms in a composite alarm's rule."""
    return set(re.findall(r"\$\{(\w+)", str(composite["AlarmRule"])))


def _parts(template: Template) -> set[str]:
    return {name for each in of_type(template, COMPOSITE).values() for name in children(each)}


def alarms_lead_somewhere(template: Template) -> Problems:
    """An alarm tells somebody, or is a part of one that does, and then tells nobody itself."""
    topics, parts = of_type(template, "AWS::SNS::Topic"), _parts(template)
    for name, alarm in told(template).items():
        actions = alarm.get("AlarmActions", [])
        if name in parts:
            if actions:
                yield f"{name} tells somebody, and so does the alarm that it is a part of"
        elif not actions or not all(target(action) in topics for action in actions):
            yield f"{name} tells nobody"
    alarms = told(template)
    for name, alarm in of_type(template, COMPOSITE).items():
        yield from (f"{name} names {part}, which is no alarm" for part in sorted(children(alarm) - alarms.keys()))


def alarms_say_when_it_is_over(template: Template) -> Problems:
    for name, alarm in told(template).items():
        if alarm.get("OKActions", []) != alarm.get("AlarmActions", []):
            yield f"{name} does not tell the same people when it is over"


def alarms_say_what_to_do(template: Template) -> Problems:
    """First what happened, then what to do, then where more stands."""
    for name, alarm in told(template).items():
        text = re.sub(r"^Application [^:]+: ", "", alarm.get("AlarmDescription", ""))
        first, *rest = [part.strip() for part in re.split(r"[.:;]\s+", text)]
        words = [re.sub(r"^(then|else|and|first) ", "", part).partition(" ")[0] for part in rest]
        if len(first) < 25 or first.partition(" ")[0] in VERBS:
            yield f"{name} does not begin with what happened"
        if not any(word.capitalize() in VERBS for word in words):
            yield f"{name} does not say what to do"
        if not re.search(r"docs/[a-z]+\.md|log", text):
            yield f"{name} does not say where more stands"


def alarms_say_what_no_data_means(template: Template) -> Problems:
    for name, alarm in of_type(template, ALARM).items():
        if alarm.get("TreatMissingData") != NO_DATA.get(name, "notBreaching"):
            yield f"{name} does not say what no data means"


def _looked_at(template: Template, metric: str, dimension: str) -> Iterator[tuple[str, str]]:
    """Alarm and logical id behind a dimension of a metric, wherever an alarm looks at it."""
    for name, alarm in of_type(template, ALARM).items():
        for each in watched(alarm):
            for one in each.get("Dimensions", ()):
                if each["MetricName"] == metric and one["Name"] == dimension:
                    yield name, target(one["Value"])


def functions_are_watched(template: Template) -> Problems:
    """Errors of each; the longest call of each that has much time; throttles of some, since all share their places."""
    failing = {name for _, name in _looked_at(template, "Errors", "FunctionName")}
    long = {name for _, name in _looked_at(template, "Duration", "FunctionName")}
    for name, function in of_type(template, "AWS::Lambda::Function").items():
        if name not in failing | ERRORS_ELSEWHERE.keys():
            yield f"no alarm counts the errors of {name}"
        if name in failing & ERRORS_ELSEWHERE.keys():
            yield f"{name} has an alarm and a reason for none"
        if function["Timeout"] >= LONG and name not in long | ENDS_IN_TIME.keys():
            yield f"no alarm looks at the longest call of {name}"
    throttled = {_pipeline(name) for _, name in _looked_at(template, "Throttles", "FunctionName")}
    for pipeline in sorted({_pipeline(name) for name in of_type(template, "AWS::Lambda::Function")} - throttled):
        yield f"no alarm counts throttled calls of {pipeline}"


def _pipeline(name: str) -> str:
    return re.match("[A-Z][a-z]+", name)[0]  # type: ignore[index]


def only_what_is_ours_rings(template: Template) -> Problems:
    """Each metric has dimensions, but for what AWS publishes of the account alone; others' calls ring nothing here."""
    for name, alarm in of_type(template, ALARM).items():
        for each in watched(alarm):
            if not each.get("Dimensions") and each["Namespace"] != "AWS/Bedrock":
                yield f"{name} looks at {each['MetricName']} of the whole account"


def letters_that_are_looked_at_are_letters(template: Template) -> Problems:
    """A redrive hides what it receives; an alarm on a queue's messages counts those, too."""
    hidden = set(_looked_at(template, "ApproximateNumberOfMessagesNotVisible", "QueueName"))
    for name, queue in _looked_at(template, "ApproximateNumberOfMessagesVisible", "QueueName"):
        if (name, queue) not in hidden:
            yield f"{name} does not see messages of {queue} that somebody has received"


def long_calls_are_measured_by_their_timeout(template: Template) -> Problems:
    """A Timeout that changes changes its alarm."""
    functions = of_type(template, "AWS::Lambda::Function")
    for name, alarm in of_type(template, ALARM).items():
        for query in alarm.get("Metrics", ()):
            metric = query.get("MetricStat", {}).get("Metric", {})
            if metric.get("MetricName") != "Duration":
                continue
            timeout = functions[target(metric["Dimensions"][0]["Value"])]["Timeout"]
            expression = next(each["Expression"] for each in alarm["Metrics"] if "Expression" in each)
            divided = re.search(rf"FILL\({query['Id']}, 0\) / (\d+)", expression)
            per_cent = timeout * 10  # milliseconds
            if int(divided[1]) != per_cent if divided else int(alarm["Threshold"]) != 85 * per_cent:
                yield f"{name} takes {query['Id']} for a function with another Timeout than {timeout}"


def queues_that_are_read_are_watched(template: Template) -> Problems:
    """By the age of the oldest message; in a lane what waits is sent again, so there by whether anything comes on."""
    aged = {name for _, name in _looked_at(template, "ApproximateAgeOfOldestMessage", "QueueName")}
    still = {name for _, name in _looked_at(template, "ApproximateNumberOfMessagesDelayed", "QueueName")}
    queues = of_type(template, "AWS::SQS::Queue")
    read = {target(each["EventSourceArn"]) for each in of_type(template, "AWS::Lambda::EventSourceMapping").values()}
    for name in sorted(read & queues.keys() - aged - still):
        yield f"no alarm looks at how long messages wait in {name}"


def machines_are_watched(template: Template) -> Problems:
    """Express machines by their metrics; what Standard ones failed lies in a queue, which `edges` has watched."""
    for name, machine in of_type(template, "AWS::StepFunctions::StateMachine").items():
        for metric in ("ExecutionsFailed", "ExecutionsTimedOut", "ExecutionsAborted"):
            seen = {machine for _, machine in _looked_at(template, metric, "StateMachineArn")}
            if machine.get("StateMachineType") == "EXPRESS" and name not in seen:
                yield f"no alarm counts {metric} of {name}"


SOURCES: Mapping[str, tuple[str, str]] = {
    "AWS::SNS::Subscription": ("NumberOfMessagesPublished", "TopicName"),
    "AWS::Events::Rule": ("TriggeredRules", "RuleName"),
    "AWS::KinesisFirehose::DeliveryStream": ("IncomingRecords", "DeliveryStreamName"),
    "AWS::Lambda::Url": ("Invocations", "FunctionName"),
    "AWS::ApiGatewayV2::Api": ("5xx", "ApiId"),
}
"""Ways in, the metric that says that one is used, and its dimension."""
NO_WAY_IN: Mapping[str, str] = {
    "SoundsRule": "sounds are uploaded now and then; what is not heard of them is merged with the next version",
    "NarrationFailedRule": "failures, whose queue has an alarm",
    "DocumentsFailedRule": "failures, whose queue has an alarm",
    "QuestionsFailedRule": "failures, whose queue has an alarm",
    "KnowledgeFailedRule": "failures, whose queue has an alarm",
    "TrainingFailedRule": "failures, whose queue has an alarm",
    "TrainingManifestsRule": "the same manifest twice starts nothing; its queue has alarms of age and dead letters",
    "TrainingSetsRule": "a training set that no manifest waits for starts nothing",
    "TrainingApprovalsRule": "a model that goes on waiting has TrainingApprovalsAlarm",
    "DocumentsDeletedRule": "a deletion that is not heard leaves results, and their number says nothing",
    "AnalysisSubscription": "jobs whose end nobody is told are looked at by us (AnalysesEndedUnheard)",
    "ModelLogsRule": "LlmSilenceAlarm sees calls of models without records, whatever the reason",
    "ModelEventsRule": "LlmSilenceAlarm, likewise",
    "BatchOutputsRule": "outputs of batch inference come when somebody starts one",
}
"""Rules and subscriptions through which no work comes, or whose silence another alarm sees."""


def no_way_in_is_silent_unheard(template: Template) -> Problems:
    """Where work comes in, an alarm sees that it comes in and nothing comes out."""
    for kind, (metric, dimension) in SOURCES.items():
        seen = {name for _, name in _looked_at(template, metric, dimension)}
        for name, properties in of_type(template, kind).items():
            if properties.get("Protocol") == "email" or name in NO_WAY_IN:
                continue
            source = {
                "AWS::SNS::Subscription": target(properties.get("TopicArn")),
                "AWS::Lambda::Url": function_of(properties.get("TargetFunctionArn")),
            }.get(kind, name)
            if source not in seen:
                yield f"no alarm sees that work comes by {name} and nothing comes of it"


PER_METRIC, PER_COMPOSITE = 0.10, 0.50
"""US dollars a month (CloudWatch's price list, us-east-1, alarms of standard resolution; an anomaly band counts as
three metrics)."""
BUDGET = 31.3
"""The most that the alarms of all pipelines, questions, knowledge and training with them, may cost a month, without
other options."""


def price(alarm: dict[str, Any]) -> float:
    """US dollars a month. A query is billed by the series that it finds: one at least."""
    if "AlarmRule" in alarm:
        return PER_COMPOSITE
    if "ThresholdMetricId" in alarm:
        return 3 * PER_METRIC
    selects = sum(str(each.get("Expression", "")).startswith("SELECT") for each in alarm.get("Metrics", ()))
    return PER_METRIC * (selects + len(list(watched(alarm))))


ALL: tuple[Rule, ...] = (
    alarms_lead_somewhere,
    alarms_say_when_it_is_over,
    alarms_say_what_to_do,
    alarms_say_what_no_data_means,
    functions_are_watched,
    only_what_is_ours_rings,
    letters_that_are_looked_at_are_letters,
    long_calls_are_measured_by_their_timeout,
    queues_that_are_read_are_watched,
    machines_are_watched,
    no_way_in_is_silent_unheard,
)
