"""Rules about what is sent without waiting for an answer: nothing that is sent may be lost without a word."""

from __future__ import annotations

from collections.abc import Iterator

from local.cloud.deploying.template import Template
from tests.template.resources import Problems, Rule, function_of, listed, of_type, target, watched
from tests.template.translate import source

FOURTEEN_DAYS = 1209600
ASYNCHRONOUS = {"events.amazonaws.com", "sns.amazonaws.com", "s3.amazonaws.com", "logs.amazonaws.com"}


def queues_have_dead_letter_queues(template: Template) -> Problems:
    """A queue that is read has a dead-letter queue; any other is one: kept for 14 days, and an alarm watches it."""
    read = {target(p["EventSourceArn"]) for p in of_type(template, "AWS::Lambda::EventSourceMapping").values()}
    seen = {
        target(dimension["Value"])
        for alarm in of_type(template, "AWS::CloudWatch::Alarm").values()
        for metric in watched(alarm)
        if metric["MetricName"] == "ApproximateNumberOfMessagesVisible"
        for dimension in metric["Dimensions"]
    }
    queues = of_type(template, "AWS::SQS::Queue")
    for name, queue in queues.items():
        dead = target(queue.get("RedrivePolicy", {}).get("deadLetterTargetArn"))
        if name in read and dead not in queues:
            yield f"{name} is read by a function and has no dead-letter queue"
        if name in read or dead:
            continue
        if queue.get("MessageRetentionPeriod") != FOURTEEN_DAYS:
            yield f"{name} is where messages end and does not keep them for 14 days"
        if name not in seen:
            yield f"{name} is where messages end and no alarm watches it"


def queues_are_written_down(template: Template) -> Problems:
    """SAM makes a queue of its own where a DeadLetterConfig is not understood; nobody would ever look into it."""
    ours = source()["Resources"]
    yield from (f"{name} is not in template.yaml" for name in of_type(template, "AWS::SQS::Queue") if name not in ours)


def queues_are_encrypted(template: Template) -> Problems:
    for name, queue in of_type(template, "AWS::SQS::Queue").items():
        if not (queue.get("SqsManagedSseEnabled") is True or queue.get("KmsMasterKeyId")):
            yield f"{name} is not encrypted"


def rules_keep_what_they_cannot_deliver(template: Template) -> Problems:
    queues = of_type(template, "AWS::SQS::Queue")
    for name, rule in of_type(template, "AWS::Events::Rule").items():
        for aim in rule["Targets"]:
            policy = aim.get("RetryPolicy", {})
            if not {"MaximumRetryAttempts", "MaximumEventAgeInSeconds"} <= policy.keys():
                yield f"{name} does not say how often and how long it tries {aim['Id']}"
            dead = target(aim.get("DeadLetterConfig", {}).get("Arn"))
            if not (dead in queues and dead.endswith("DeadLetters")):
                yield f"{name} has no named dead-letter queue for {aim['Id']}"


def subscriptions_keep_what_they_cannot_deliver(template: Template) -> Problems:
    queues = of_type(template, "AWS::SQS::Queue")
    for name, subscription in of_type(template, "AWS::SNS::Subscription").items():
        dead = target(subscription.get("RedrivePolicy", {}).get("deadLetterTargetArn"))
        # A person's mailbox has none: the alarm's state stays in CloudWatch.
        if subscription["Protocol"] != "email" and dead not in queues:
            yield f"{name} has no dead-letter queue"


def asynchronous_calls_keep_what_fails(template: Template) -> Problems:
    """Functions that a service calls without waiting for the answer say where an event goes that they never took."""
    configured = {
        function_of(config["FunctionName"]): config
        for config in of_type(template, "AWS::Lambda::EventInvokeConfig").values()
    }
    for permission in of_type(template, "AWS::Lambda::Permission").values():
        name = function_of(permission["FunctionName"])
        if permission["Principal"] not in ASYNCHRONOUS:
            continue
        config = configured.get(name, {})
        limits = {"MaximumRetryAttempts", "MaximumEventAgeInSeconds"} <= config.keys()
        if not (limits and config.get("DestinationConfig", {}).get("OnFailure")):
            yield f"{name} is called by {permission['Principal']} and does not keep what fails"


def queue_sources_report_single_messages(template: Template) -> Problems:
    """Without it one bad message brings back the nine good ones beside it, up to the dead-letter queue."""
    queues = of_type(template, "AWS::SQS::Queue")
    for name, mapping in of_type(template, "AWS::Lambda::EventSourceMapping").items():
        queue = queues.get(target(mapping["EventSourceArn"]))
        if queue is None:
            continue
        if mapping.get("FunctionResponseTypes") != ["ReportBatchItemFailures"]:
            yield f"{name} does not report single messages"
        # Lambda developer guide, "Configuring a source queue": at least 5.
        if int(queue.get("RedrivePolicy", {}).get("maxReceiveCount", 5)) < 5:
            yield f"{target(mapping['EventSourceArn'])} gives a message up after less than five tries"


def senders_may_send(template: Template) -> Problems:
    """Each queue's policy lets in exactly the rule or topic that sends to it, dead letters included."""
    wanted: set[tuple[str, str, str]] = set()
    for name, rule in of_type(template, "AWS::Events::Rule").items():
        for aim in rule["Targets"]:
            for arn in (aim["Arn"], aim.get("DeadLetterConfig", {}).get("Arn")):
                wanted.add(("events.amazonaws.com", name, target(arn)))
    for subscription in of_type(template, "AWS::SNS::Subscription").values():
        for arn in (subscription["Endpoint"], subscription.get("RedrivePolicy", {}).get("deadLetterTargetArn")):
            wanted.add(("sns.amazonaws.com", target(subscription["TopicArn"]), target(arn)))
    queues = of_type(template, "AWS::SQS::Queue")
    allowed = set(_queue_permissions(template))
    for _, sender, queue in sorted(wanted - allowed):
        if queue in queues:
            yield f"{queue} does not let {sender} in"
    for service, sender, queue in sorted(allowed - wanted):
        yield f"{queue} lets {sender or 'all of ' + service} in, which does not send to it"


def _queue_permissions(template: Template) -> Iterator[tuple[str, str, str]]:
    for policy in of_type(template, "AWS::SQS::QueuePolicy").values():
        governed = set(map(target, policy["Queues"]))
        for statement in policy["PolicyDocument"]["Statement"]:
            senders = listed(statement.get("Condition", {}).get("ArnEquals", {}).get("aws:SourceArn"))
            for queue in set(map(target, listed(statement["Resource"]))) & governed:
                yield from ((statement["Principal"]["Service"], target(sender), queue) for sender in senders)


def failed_executions_are_kept(template: Template) -> Problems:
    """Every Standard machine has a rule that puts its failed executions, with their input, into a queue.

    Express executions send no events when they end; what they do not do must be counted inside.
    """
    kept: dict[str, set[str]] = {}
    for rule in of_type(template, "AWS::Events::Rule").values():
        detail = rule.get("EventPattern", {}).get("detail", {})
        for machine in map(target, detail.get("stateMachineArn", [])):
            if any(target(aim["Arn"]).endswith("FailedQueue") for aim in rule["Targets"]):
                kept.setdefault(machine, set()).update(detail["status"])
    for name, machine in of_type(template, "AWS::StepFunctions::StateMachine").items():
        if machine.get("StateMachineType") == "EXPRESS":
            continue
        missing = {"FAILED", "TIMED_OUT", "ABORTED"} - kept.get(name, set())
        if missing:
            yield f"{name}: executions that are {', '.join(sorted(missing))} are not kept"


def failed_queues_can_be_redriven(template: Template) -> Problems:
    """Each pipeline's RedriveFailed reads its failed queue and is done in time."""
    functions = of_type(template, "AWS::Lambda::Function")
    for name, queue in of_type(template, "AWS::SQS::Queue").items():
        if not name.endswith("FailedQueue"):
            continue
        redrive = f"{name.removesuffix('FailedQueue')}RedriveFailed"
        function = functions.get(redrive, {})
        if target(function.get("Environment", {}).get("Variables", {}).get("FAILED_QUEUE")) != name:
            yield f"{redrive} does not read {name}"
        if int(queue.get("VisibilityTimeout", 30)) <= function.get("Timeout", 0):
            yield f"{name} shows a message again while {redrive} still works on it"


ALL: tuple[Rule, ...] = (
    queues_have_dead_letter_queues,
    queues_are_written_down,
    queues_are_encrypted,
    rules_keep_what_they_cannot_deliver,
    subscriptions_keep_what_they_cannot_deliver,
    asynchronous_calls_keep_what_fails,
    queue_sources_report_single_messages,
    senders_may_send,
    failed_executions_are_kept,
    failed_queues_can_be_redriven,
)
