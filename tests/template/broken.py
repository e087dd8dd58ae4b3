"""One broken template a line: the rule that must find it, the change that breaks it, and the sentence it must give."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.template import edges, rules
from tests.template.resources import Rule

Change = Callable[[dict[str, Any]], object]


def at(path: str, value: object = None) -> Change:
    """Sets `Resource.Properties.Member.0` to a value; None takes it away."""
    *way, last = path.split("/")

    def change(resources: dict[str, Any]) -> None:
        place: Any = resources
        for step in way:
            place = place[int(step) if isinstance(place, list) else step]
        if value is None:
            del place[int(last) if isinstance(place, list) else last]
        else:
            place[int(last) if isinstance(place, list) else last] = value

    return change


def own(name: str, path: str, value: object = None) -> Change:
    return at(f"{name}/Properties/{path}" if path else name, value)


def added(name: str, kind: str, **properties: object) -> Change:
    return at(name, {"Type": kind, "Properties": properties})


TARGET = "Targets/0"
BROKEN: list[tuple[Rule, Change, str]] = [
    (
        edges.queues_have_dead_letter_queues,
        own("ArticlesQueue", "RedrivePolicy"),
        "ArticlesQueue is read by a function and has no dead-letter queue",
    ),
    (
        edges.queues_have_dead_letter_queues,
        own("NarrationDeadLetters", "MessageRetentionPeriod", 345600),
        "NarrationDeadLetters is where messages end and does not keep them for 14 days",
    ),
    (
        edges.queues_have_dead_letter_queues,
        at("NarrationFailedAlarm"),
        "NarrationFailedQueue is where messages end and no alarm watches it",
    ),
    (edges.queues_are_written_down, added("RuleQueue", "AWS::SQS::Queue"), "RuleQueue is not in template.yaml"),
    (edges.queues_are_encrypted, own("ArticlesQueue", "SqsManagedSseEnabled"), "ArticlesQueue is not encrypted"),
    (
        edges.rules_keep_what_they_cannot_deliver,
        own("NarrationFailedRule", f"{TARGET}/DeadLetterConfig"),
        "NarrationFailedRule has no named dead-letter queue for FailedQueue",
    ),
    (
        edges.rules_keep_what_they_cannot_deliver,
        own("NarrationFailedRule", f"{TARGET}/DeadLetterConfig/Arn", {"Fn::GetAtt": ["SomeEventQueue", "Arn"]}),
        "NarrationFailedRule has no named dead-letter queue for FailedQueue",
    ),
    (
        edges.rules_keep_what_they_cannot_deliver,
        own("NarrationFailedRule", f"{TARGET}/RetryPolicy/MaximumEventAgeInSeconds"),
        "NarrationFailedRule does not say how often and how long it tries FailedQueue",
    ),
    (
        edges.subscriptions_keep_what_they_cannot_deliver,
        own("ArticlesSubscription", "RedrivePolicy"),
        "ArticlesSubscription has no dead-letter queue",
    ),
    (
        edges.asynchronous_calls_keep_what_fails,
        added(
            "Permission",
            "AWS::Lambda::Permission",
            FunctionName={"Ref": "NarrationPlanAliaslive"},
            Principal="events.amazonaws.com",
        ),
        "NarrationPlan is called by events.amazonaws.com and does not keep what fails",
    ),
    (
        edges.queue_sources_report_single_messages,
        own("NarrationStartArticles", "FunctionResponseTypes"),
        "NarrationStartArticles does not report single messages",
    ),
    (
        edges.queue_sources_report_single_messages,
        own("ArticlesQueue", "RedrivePolicy/maxReceiveCount", 1),
        "ArticlesQueue gives a message up after less than five tries",
    ),
    (
        edges.senders_may_send,
        own("NarrationQueuePolicy", "PolicyDocument/Statement/1"),
        "NarrationDeadLetters does not let NarrationFailedRule in",
    ),
    (
        edges.senders_may_send,
        own("NarrationFailedQueuePolicy", "PolicyDocument/Statement/0/Condition"),
        "NarrationFailedQueue lets all of events.amazonaws.com in, which does not send to it",
    ),
    (
        edges.failed_executions_are_kept,
        own("NarrationFailedRule", "EventPattern/detail/status/1"),
        "NarrateArticle: executions that are TIMED_OUT are not kept",
    ),
    (
        edges.failed_executions_are_kept,
        at("NarrationFailedRule"),
        "NarrateArticle: executions that are ABORTED, FAILED, TIMED_OUT are not kept",
    ),
    (
        edges.failed_queues_can_be_redriven,
        own("NarrationRedriveFailed", "Environment/Variables/FAILED_QUEUE"),
        "NarrationRedriveFailed does not read NarrationFailedQueue",
    ),
    (
        edges.failed_queues_can_be_redriven,
        own("NarrationFailedQueue", "VisibilityTimeout", 120),
        "NarrationFailedQueue shows a message again while NarrationRedriveFailed still works on it",
    ),
    (
        rules.timeouts_stand_in_order,
        own("ArticlesQueue", "VisibilityTimeout", 179),
        "ArticlesQueue is visible again before six times the timeout of NarrationStart",
    ),
    (
        rules.timeouts_stand_in_order,
        own("NarrationRetag", "Timeout", 130),
        "NarrateArticle.Retag gives up before NarrationRetag does, so nobody hears why",
    ),
    (
        rules.functions_are_complete,
        own("NarrationPlan", "Role", {"Fn::GetAtt": ["NarrationMergeRole", "Arn"]}),
        "NarrationPlan shares its role",
    ),
    (
        rules.functions_are_complete,
        own("NarrationPlan", "TracingConfig/Mode", "PassThrough"),
        "NarrationPlan is not traced",
    ),
    (rules.functions_are_complete, own("NarrationPlan", "LoggingConfig/LogFormat"), "NarrationPlan does not log JSON"),
    (
        rules.functions_are_complete,
        own("NarrationLogs", "RetentionInDays"),
        "NarrationPlan logs into no group that forgets",
    ),
    (
        rules.functions_are_complete,
        own("NarrationPlan", "LoggingConfig/LogGroup"),
        "NarrationPlan logs into no group that forgets",
    ),
    (rules.functions_are_complete, at("NarrationPlanAliaslive"), "NarrationPlan has no alias live"),
    (
        rules.functions_are_complete,
        own("NarrationPlan", "Environment/Variables/POWERTOOLS_METRICS_NAMESPACE"),
        "NarrationPlan does not set POWERTOOLS_METRICS_NAMESPACE",
    ),
    (
        rules.callers_use_the_alias,
        own("NarrateArticle", "DefinitionSubstitutions/NarrationPlanArn", {"Fn::GetAtt": ["NarrationPlan", "Arn"]}),
        "NarrateArticle calls NarrationPlanArn without its alias",
    ),
    (
        rules.callers_use_the_alias,
        own("NarrationStartArticles", "FunctionName", {"Ref": "NarrationStart"}),
        "NarrationStartArticles calls NarrationStart without its alias",
    ),
    (rules.machines_are_complete, own("NarrateArticle", "TracingConfiguration"), "NarrateArticle is not traced"),
    (
        rules.machines_are_complete,
        own("NarrateArticle", "LoggingConfiguration/Level", "OFF"),
        "NarrateArticle does not log what goes wrong",
    ),
    (
        rules.machines_are_complete,
        own("NarrateArticle", "LoggingConfiguration/IncludeExecutionData", True),
        "NarrateArticle logs what people wrote",
    ),
    (
        rules.machines_may_call_what_they_name,
        own("NarrateArticleRole", "Policies/0"),
        "NarrateArticle may not invoke NarrationPlan",
    ),
    (
        rules.one_name_for_state_function_and_module,
        own("NarrationRetag", "Handler", "narration.handlers.tag.handler"),
        "NarrationRetag has the handler narration.handlers.tag.handler",
    ),
    (
        rules.one_name_for_state_function_and_module,
        own("NarrationRetag", "Handler", "narration.handlers.retag.main"),
        "NarrationRetag is entered at main, all others at handler",
    ),
    (
        rules.settings_are_set,
        own("NarrationReject", "Environment/Variables/EVENT_BUS"),
        "NarrationReject does not set EVENT_BUS, which narration.handlers.reject reads",
    ),
    (
        rules.settings_are_set,
        own("NarrationMerge", "Environment/Variables/AUDIO_BUCKET"),
        "NarrationMerge does not set AUDIO_BUCKET, which narration.publishing.audio_bucket reads",
    ),
    (
        rules.no_wildcards_without_a_reason,
        own("NarrationRejectRole", "Policies/0/PolicyDocument/Statement/0/Resource", "*"),
        "NarrationRejectRole may s3:GetObject on everything",
    ),
    (
        rules.no_wildcards_without_a_reason,
        own(
            "NarrationRejectRole",
            "Policies/0/PolicyDocument/Statement/0/Resource",
            [{"Fn::Sub": "arn:${AWS::Partition}:s3:::*"}],
        ),
        "NarrationRejectRole may s3:GetObject on everything",
    ),
    (
        rules.no_wildcards_without_a_reason,
        own("NarrationRejectRole", "Policies/0/PolicyDocument/Statement/0/Action", "s3:*"),
        "NarrationRejectRole may s3:*",
    ),
    (
        rules.no_wildcards_without_a_reason,
        own("NarrationRejectRole", "ManagedPolicyArns/0", "arn:aws:iam::aws:policy/AmazonS3FullAccess"),
        "NarrationRejectRole has the managed policy arn:aws:iam::aws:policy/AmazonS3FullAccess",
    ),
    (
        rules.no_wildcards_without_a_reason,
        own("NarrationSynthesizeRole", "Policies/0/PolicyDocument/Statement/5"),
        "NarrationSynthesizeRole needs polly:SynthesizeSpeech on everything no longer",
    ),
    (
        rules.buckets_are_closed,
        own("AudioBucket", "PublicAccessBlockConfiguration/BlockPublicPolicy"),
        "AudioBucket does not set BlockPublicPolicy",
    ),
    (rules.buckets_are_closed, own("AudioBucket", "BucketEncryption"), "AudioBucket is not encrypted"),
    (rules.buckets_are_closed, own("AudioBucket", "VersioningConfiguration"), "AudioBucket is not versioned"),
    (
        rules.buckets_are_closed,
        own("AudioBucket", "LifecycleConfiguration"),
        "AudioBucket keeps every old version for ever",
    ),
    (rules.buckets_are_closed, own("AudioBucket", "OwnershipControls"), "AudioBucket has access lists"),
    (rules.buckets_are_closed, at("AudioBucket/UpdateReplacePolicy"), "AudioBucket goes with the stack"),
    (
        rules.buckets_are_closed,
        own("AudioBucketPolicy", "PolicyDocument/Statement/0/Resource/1"),
        "AudioBucket can be reached without TLS",
    ),
    (rules.alarms_lead_somewhere, own("NarrationFailedAlarm", "AlarmActions"), "NarrationFailedAlarm tells nobody"),
    (
        rules.alarms_lead_somewhere,
        own("NarrationFailedAlarm", "AlarmDescription", "Narrations failed."),
        "NarrationFailedAlarm does not say what it means and what to do",
    ),
    (
        rules.alarms_lead_somewhere,
        own("NarrationFailedAlarm", "TreatMissingData"),
        "NarrationFailedAlarm does not say what no data means",
    ),
    (
        rules.metrics_are_emitted,
        own("ArticlesRejectedAlarm", "MetricName", "ArticlesRefused"),
        "ArticlesRejectedAlarm shows ArticlesRefused, which nothing counts",
    ),
    (
        rules.metrics_are_emitted,
        own(
            "Dashboard",
            "DashboardBody",
            '{"widgets": [{"properties": {"metrics": [["Millrace/Narration", "AudioSeconds"], [".", "Nothing"]]}}]}',
        ),
        "Dashboard shows Nothing, which nothing counts",
    ),
    (
        rules.references_exist,
        own("Dashboard", "DashboardBody", {"Fn::Sub": "${AWS::Region} ${NoQueue.QueueName}"}),
        "Dashboard names NoQueue, which is no resource",
    ),
]
