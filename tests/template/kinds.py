"""Rules about kinds of edges that few templates have: streams, schedules, pipes, notifications, log filters, Firehose,
task tokens. Each says how often and how long it tries, where ends what it cannot deliver, and who hears of that."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from local.cloud.deploying.template import Template
from local.cloud.testing import ROOT
from tests.template import asl
from tests.template.resources import Problems, Rule, function_of, listed, of_type, target, watched
from tests.template.translate import machines, substitutions

FOR_EVER = -1


def _watched_on(template: Template, metric: str) -> set[str]:
    """Logical ids of what an alarm looks at by a metric."""
    return {
        target(dimension["Value"])
        for alarm in of_type(template, "AWS::CloudWatch::Alarm").values()
        for each in watched(alarm)
        if each["MetricName"] == metric
        for dimension in each.get("Dimensions", ())
    }


def _is_dead_letter_queue(template: Template, arn: Any) -> bool:
    name = target(arn)
    return name in of_type(template, "AWS::SQS::Queue") and name.endswith("DeadLetters")


def streams_keep_what_fails(template: Template) -> Problems:
    """Without these one bad record of Kinesis or DynamoDB holds its shard until it is too old to be there."""
    for name, mapping in of_type(template, "AWS::Lambda::EventSourceMapping").items():
        source = mapping["EventSourceArn"]
        if target(source) in of_type(template, "AWS::SQS::Queue"):
            continue
        for member in ("MaximumRetryAttempts", "MaximumRecordAgeInSeconds"):
            if mapping.get(member, FOR_EVER) == FOR_EVER:
                yield f"{name} tries a record for ever: {member}"
        if mapping.get("BisectBatchOnFunctionError") is not True:
            yield f"{name} gives good records up together with a bad one"
        if not _is_dead_letter_queue(
            template, mapping.get("DestinationConfig", {}).get("OnFailure", {}).get("Destination")
        ):
            yield f"{name} does not keep what fails"
        if function_of(mapping["FunctionName"]) not in _watched_on(template, "IteratorAge"):
            yield f"no alarm looks at how old the records of {name} are"


def schedules_keep_what_fails(template: Template) -> Problems:
    for name, schedule in of_type(template, "AWS::Scheduler::Schedule").items():
        aim = schedule["Target"]
        if not {"MaximumRetryAttempts", "MaximumEventAgeInSeconds"} <= aim.get("RetryPolicy", {}).keys():
            yield f"{name} does not say how often and how long it tries"
        if not _is_dead_letter_queue(template, aim.get("DeadLetterConfig", {}).get("Arn")):
            yield f"{name} does not keep what fails"


def pipes_keep_what_fails(template: Template) -> Problems:
    """A pipe from a queue leaves that to the queue; from a stream it has its own place for it."""
    queues = of_type(template, "AWS::SQS::Queue")
    for name, pipe in of_type(template, "AWS::Pipes::Pipe").items():
        source = queues.get(target(pipe["Source"]))
        if source is not None:
            if target(source.get("RedrivePolicy", {}).get("deadLetterTargetArn")) not in queues:
                yield f"{name} reads {target(pipe['Source'])}, which has no dead-letter queue"
            continue
        (parameters,) = pipe.get("SourceParameters", {}).values() or ({},)
        if not {"MaximumRetryAttempts", "MaximumRecordAgeInSeconds"} <= parameters.keys():
            yield f"{name} does not say how often and how long it tries"
        if not _is_dead_letter_queue(template, parameters.get("DeadLetterConfig", {}).get("Arn")):
            yield f"{name} does not keep what fails"


def _called_later(template: Template) -> Iterator[tuple[str, str]]:
    """Who calls a function without waiting for it, and the function, wherever the permission stands."""
    functions = of_type(template, "AWS::Lambda::Function")
    for name, bucket in of_type(template, "AWS::S3::Bucket").items():
        for each in bucket.get("NotificationConfiguration", {}).get("LambdaConfigurations", ()):
            yield name, function_of(each["Function"])
    for name, subscription in of_type(template, "AWS::SNS::Subscription").items():
        if subscription["Protocol"] == "lambda":
            yield name, function_of(subscription["Endpoint"])
    for kind, key in (("AWS::Logs::SubscriptionFilter", "DestinationArn"), ("AWS::IoT::TopicRule", "FunctionArn")):
        for name, properties in of_type(template, kind).items():
            if function_of(properties.get(key)) in functions:
                yield name, function_of(properties[key])
    for name, rule in of_type(template, "AWS::Events::Rule").items():
        for aim in rule["Targets"]:
            if function_of(aim["Arn"]) in functions:
                yield name, function_of(aim["Arn"])
    for name, schedule in of_type(template, "AWS::Scheduler::Schedule").items():
        if function_of(schedule["Target"]["Arn"]) in functions:
            yield name, function_of(schedule["Target"]["Arn"])


def functions_called_later_keep_what_fails(template: Template) -> Problems:
    """Their own limits and place: what calls them has done its part when Lambda has taken the event."""
    configured = {
        function_of(each["FunctionName"]): each for each in of_type(template, "AWS::Lambda::EventInvokeConfig").values()
    }
    for caller, name in _called_later(template):
        config = configured.get(name, {})
        if not {"MaximumRetryAttempts", "MaximumEventAgeInSeconds"} <= config.keys():
            yield f"{name}, which {caller} calls, does not say how often and how long it tries"
        kept = config.get("DestinationConfig", {}).get("OnFailure", {}).get("Destination")
        if not _is_dead_letter_queue(template, kept):
            yield f"{name}, which {caller} calls, does not keep what fails"
        if name not in _watched_on(template, "DestinationDeliveryFailures"):
            yield f"no alarm sees that {name} could not keep what failed"


def notifications_go_where_nothing_is_lost(template: Template) -> Problems:
    """A bucket's own notifications are tried for an unsaid time and have no dead-letter queue: EventBridge has."""
    for name, bucket in of_type(template, "AWS::S3::Bucket").items():
        told = bucket.get("NotificationConfiguration", {})
        for kind in ("QueueConfigurations", "TopicConfigurations"):
            if told.get(kind):
                yield f"{name} tells by {kind}, which have no dead-letter queue: let it tell EventBridge"


def log_filters_go_where_nothing_is_lost(template: Template) -> Problems:
    """CloudWatch Logs tries a stream for 24 hours and then drops: only a function can keep what failed."""
    for name, properties in of_type(template, "AWS::Logs::SubscriptionFilter").items():
        if function_of(properties["DestinationArn"]) not in of_type(template, "AWS::Lambda::Function"):
            yield f"{name} leads to no function, and what cannot be delivered is dropped after a day"


def firehose_keeps_what_it_cannot_do(template: Template) -> Problems:
    for name, stream in of_type(template, "AWS::KinesisFirehose::DeliveryStream").items():
        for kind, destination in stream.items():
            if kind.endswith("DestinationConfiguration"):
                yield from _of_destination(template, name, kind, destination)


def _of_destination(template: Template, name: str, kind: str, destination: dict[str, Any]) -> Problems:
    if kind != "ExtendedS3DestinationConfiguration":
        if destination.get("S3BackupMode") not in {"FailedDataOnly", "AllData", "FailedDocumentsOnly", "AllDocuments"}:
            yield f"{name} does not keep what its destination refuses"
        return
    if "!{firehose:error-output-type}" not in destination.get("ErrorOutputPrefix", ""):
        yield f"{name} mixes what it could not do with what it delivers"
    if destination.get("CloudWatchLoggingOptions", {}).get("Enabled") is not True:
        yield f"{name} does not say why it cannot deliver"
    if destination.get("DynamicPartitioningConfiguration", {}).get("RetryOptions", {"DurationInSeconds": 1}) == {}:
        yield f"{name} does not say how long it tries to partition"
    for processor in destination.get("ProcessingConfiguration", {}).get("Processors", ()):
        given = {each["ParameterName"]: each["ParameterValue"] for each in processor.get("Parameters", ())}
        function = function_of(given.get("LambdaArn"))
        if processor["Type"] == "Lambda" and "NumberOfRetries" not in given:
            yield f"{name} does not say how often it calls {function}"
        if processor["Type"] == "Lambda" and function not in _watched_on(template, "Errors"):
            yield f"no alarm sees that {function} fails, and {name} puts whole batches aside"
    metrics = {
        "DeliveryToS3.DataFreshness": True,
        "FailedConversion.Records": "DataFormatConversionConfiguration" in destination,
        "PartitionCountExceeded": "DynamicPartitioningConfiguration" in destination,
    }
    for metric, is_used in metrics.items():
        if is_used and name not in _watched_on(template, metric):
            yield f"no alarm looks at {metric} of {name}"


def what_cannot_even_be_kept_rings(template: Template) -> Problems:
    """A dead-letter queue whose policy or key is wrong loses without a word, but for one metric."""
    rules = _watched_on(template, "InvocationsFailedToBeSentToDlq")
    topics = _watched_on(template, "NumberOfNotificationsFailedToRedriveToDlq")
    for name in of_type(template, "AWS::Events::Rule"):
        if name not in rules:
            yield f"no alarm sees that an event of {name} could not be kept"
    for name, subscription in of_type(template, "AWS::SNS::Subscription").items():
        if subscription["Protocol"] != "email" and target(subscription["TopicArn"]) not in topics:
            yield f"no alarm sees that a message of {name} could not be kept"


def tokens_are_answered_for(template: Template) -> Problems:
    """A state that waits for a token ends by itself; and whoever gives its message up tells the execution."""
    queues = of_type(template, "AWS::SQS::Queue")
    readers = {
        target(each["EventSourceArn"]): function_of(each["FunctionName"])
        for each in of_type(template, "AWS::Lambda::EventSourceMapping").values()
    }
    for machine, properties in machines().items():
        if machine not in template["Resources"]:
            continue
        path = ROOT / properties["DefinitionUri"]
        given = template["Resources"][machine]["Properties"]["DefinitionSubstitutions"]
        lanes = {target(value) for name, value in given.items() if name.endswith("QueueUrl")}
        for state, task in asl.tasks(asl.parse(path.read_text(), substitutions(path))):
            if task["Resource"].endswith(".waitForTaskToken") and "TimeoutSeconds" not in task:
                yield f"{machine}.{state} waits for ever"
        for lane in sorted(lanes):
            dead = target(queues.get(lane, {}).get("RedrivePolicy", {}).get("deadLetterTargetArn"))
            if not _may_end_a_wait(template, readers.get(dead, "")):
                yield f"{machine} waits for what {lane} gives up, and nobody tells it"


def _may_end_a_wait(template: Template, function: str) -> bool:
    role = template["Resources"].get(f"{function}Role", {}).get("Properties", {})
    statements = [each for policy in role.get("Policies", ()) for each in listed(policy["PolicyDocument"]["Statement"])]
    return any("states:SendTaskFailure" in listed(each["Action"]) for each in statements)


ALL: tuple[Rule, ...] = (
    streams_keep_what_fails,
    schedules_keep_what_fails,
    pipes_keep_what_fails,
    functions_called_later_keep_what_fails,
    notifications_go_where_nothing_is_lost,
    log_filters_go_where_nothing_is_lost,
    firehose_keeps_what_it_cannot_do,
    what_cannot_even_be_kept_rings,
    tokens_are_answered_for,
)
