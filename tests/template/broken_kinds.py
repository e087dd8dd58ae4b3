"""Broken templates for `kinds`, as those in `broken`: a kind of edge that no template has is put in, badly."""

from __future__ import annotations

from typing import Any

from tests.template import kinds
from tests.template.changes import Change, added, at, own
from tests.template.resources import Rule

STREAM = "arn:aws:kinesis:us-east-1:123456789012:stream/completions"
TABLE = "arn:aws:dynamodb:us-east-1:123456789012:table/state/stream/2026-11-01T00:00:00.000"
DEAD = {"Fn::GetAtt": ["NarrationDeadLetters", "Arn"]}
TOPIC = {"Ref": "ArticlesTopic"}
PLAN: dict[str, Any] = {"Ref": "NarrationPlanAliaslive"}
GOOD: dict[str, Any] = {
    "FunctionName": PLAN,
    "EventSourceArn": STREAM,
    "MaximumRetryAttempts": 5,
    "MaximumRecordAgeInSeconds": 3600,
    "BisectBatchOnFunctionError": True,
    "DestinationConfig": {"OnFailure": {"Destination": DEAD}},
}
TRIED = {"MaximumRetryAttempts": 3, "MaximumEventAgeInSeconds": 3600}
FIREHOSE = "ExtendedS3DestinationConfiguration"


def mapping(**changes: object) -> Change:
    return added("Reads", "AWS::Lambda::EventSourceMapping", **{**GOOD, **changes})


def schedule(**target: object) -> Change:
    target = {"Arn": {"Ref": "NarrateArticle"}, "RetryPolicy": TRIED, "DeadLetterConfig": {"Arn": DEAD}} | target
    return added("Daily", "AWS::Scheduler::Schedule", Target=target)


def pipe(source: object, **parameters: object) -> Change:
    given = {"SourceParameters": {"KinesisStreamParameters": parameters}} if parameters else {}
    return added("Pipe", "AWS::Pipes::Pipe", Source=source, Target=PLAN, **given)


def told_by_bucket(kind: str, **each: object) -> Change:
    return own("AudioBucket", "NotificationConfiguration", {kind: [{"Event": "s3:ObjectCreated:*", **each}]})


UNKEPT = [
    (told_by_bucket("LambdaConfigurations", Function=PLAN), "AudioBucket"),
    (
        added("Sub", "AWS::SNS::Subscription", Protocol="lambda", Endpoint=PLAN, TopicArn={"Ref": "ArticlesTopic"}),
        "Sub",
    ),
    (added("Filter", "AWS::Logs::SubscriptionFilter", DestinationArn=PLAN), "Filter"),
    (added("Rule", "AWS::Events::Rule", Targets=[{"Id": "Plan", "Arn": PLAN}]), "Rule"),
    (added("Daily", "AWS::Scheduler::Schedule", Target={"Arn": PLAN}), "Daily"),
]
"""Each way to call a function without waiting for it, and who calls."""

BROKEN: list[tuple[Rule, Change, str]] = [
    (
        kinds.streams_keep_what_fails,
        mapping(MaximumRetryAttempts=-1),
        "Reads tries a record for ever: MaximumRetryAttempts",
    ),
    (
        kinds.streams_keep_what_fails,
        mapping(EventSourceArn=TABLE, MaximumRecordAgeInSeconds=-1),
        "Reads tries a record for ever: MaximumRecordAgeInSeconds",
    ),
    (
        kinds.streams_keep_what_fails,
        mapping(BisectBatchOnFunctionError=False),
        "Reads gives good records up together with a bad one",
    ),
    (kinds.streams_keep_what_fails, mapping(DestinationConfig={}), "Reads does not keep what fails"),
    (
        kinds.streams_keep_what_fails,
        mapping(DestinationConfig={"OnFailure": {"Destination": {"Ref": "AlarmTopic"}}}),
        "Reads does not keep what fails",
    ),
    (kinds.streams_keep_what_fails, mapping(), "no alarm looks at how old the records of Reads are"),
    (
        kinds.schedules_keep_what_fails,
        schedule(RetryPolicy={"MaximumRetryAttempts": 3}),
        "Daily does not say how often and how long it tries",
    ),
    (kinds.schedules_keep_what_fails, schedule(DeadLetterConfig={}), "Daily does not keep what fails"),
    (
        kinds.pipes_keep_what_fails,
        pipe({"Fn::GetAtt": ["NarrationDeadLetters", "Arn"]}),
        "Pipe reads NarrationDeadLetters, which has no dead-letter queue",
    ),
    (
        kinds.pipes_keep_what_fails,
        pipe(STREAM, MaximumRetryAttempts=3, DeadLetterConfig={"Arn": DEAD}),
        "Pipe does not say how often and how long it tries",
    ),
    (
        kinds.pipes_keep_what_fails,
        pipe(STREAM, MaximumRetryAttempts=3, MaximumRecordAgeInSeconds=3600),
        "Pipe does not keep what fails",
    ),
    *(
        (kinds.functions_called_later_keep_what_fails, change, f"NarrationPlan, which {caller} calls, {what}")
        for change, caller in UNKEPT
        for what in ("does not keep what fails", "does not say how often and how long it tries")
    ),
    (
        kinds.functions_called_later_keep_what_fails,
        UNKEPT[0][0],
        "no alarm sees that NarrationPlan could not keep what failed",
    ),
    (
        kinds.notifications_go_where_nothing_is_lost,
        told_by_bucket("QueueConfigurations", Queue={"Fn::GetAtt": ["ArticlesQueue", "Arn"]}),
        "AudioBucket tells by QueueConfigurations, which have no dead-letter queue: let it tell EventBridge",
    ),
    (
        kinds.notifications_go_where_nothing_is_lost,
        told_by_bucket("TopicConfigurations", Topic={"Ref": "ArticlesTopic"}),
        "AudioBucket tells by TopicConfigurations, which have no dead-letter queue: let it tell EventBridge",
    ),
    (
        kinds.log_filters_go_where_nothing_is_lost,
        added("Filter", "AWS::Logs::SubscriptionFilter", DestinationArn=STREAM),
        "Filter leads to no function, and what cannot be delivered is dropped after a day",
    ),
    (
        kinds.firehose_keeps_what_it_cannot_do,
        own("TripsStream", f"{FIREHOSE}/ErrorOutputPrefix"),
        "TripsStream mixes what it could not do with what it delivers",
    ),
    (
        kinds.firehose_keeps_what_it_cannot_do,
        own("TripsStream", f"{FIREHOSE}/CloudWatchLoggingOptions"),
        "TripsStream does not say why it cannot deliver",
    ),
    (
        kinds.firehose_keeps_what_it_cannot_do,
        own("TripsStream", f"{FIREHOSE}/DynamicPartitioningConfiguration", {"Enabled": True, "RetryOptions": {}}),
        "TripsStream does not say how long it tries to partition",
    ),
    (
        kinds.firehose_keeps_what_it_cannot_do,
        own("TripsStream", f"{FIREHOSE}/ProcessingConfiguration/Processors/0/Parameters/3"),
        "TripsStream does not say how often it calls TripsClean",
    ),
    (
        kinds.firehose_keeps_what_it_cannot_do,
        at("TripsCleanErrorsAlarm"),
        "no alarm sees that TripsClean fails, and TripsStream puts whole batches aside",
    ),
    (
        kinds.firehose_keeps_what_it_cannot_do,
        at("TripsDeliveryAlarm"),
        "no alarm looks at DeliveryToS3.DataFreshness of TripsStream",
    ),
    (
        kinds.firehose_keeps_what_it_cannot_do,
        own("TripsStream", f"{FIREHOSE}/DataFormatConversionConfiguration", {"Enabled": True}),
        "no alarm looks at FailedConversion.Records of TripsStream",
    ),
    (
        kinds.firehose_keeps_what_it_cannot_do,
        own("TripsStream", f"{FIREHOSE}/DynamicPartitioningConfiguration", {"Enabled": True}),
        "no alarm looks at PartitionCountExceeded of TripsStream",
    ),
    (
        kinds.firehose_keeps_what_it_cannot_do,
        own("TripsStream", "HttpEndpointDestinationConfiguration", {"RetryOptions": {}}),
        "TripsStream does not keep what its destination refuses",
    ),
    (
        kinds.what_cannot_even_be_kept_rings,
        own("NarrationLostAlarm", "Metrics/1"),
        "no alarm sees that an event of SoundsRule could not be kept",
    ),
    (
        kinds.what_cannot_even_be_kept_rings,
        at("DocumentsLostAlarm"),
        "no alarm sees that a message of AnalysisSubscription could not be kept",
    ),
    (
        kinds.tokens_are_answered_for,
        own("SpeechFirstQueue", "RedrivePolicy/deadLetterTargetArn", DEAD),
        "NarrateArticle waits for what SpeechFirstQueue gives up, and nobody tells it",
    ),
    (
        kinds.tokens_are_answered_for,
        own("DocumentsGiveUpRole", "Policies/0"),
        "SummarizeDocument waits for what JobsNextQueue gives up, and nobody tells it",
    ),
]
