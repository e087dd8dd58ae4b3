"""One broken template a line: the rule that must find it, the change that breaks it, and the sentence it must give."""

from __future__ import annotations

from tests.template import alarms, edges, rules
from tests.template.broken_kinds import BROKEN as OF_KINDS
from tests.template.changes import Change, added, at, own
from tests.template.resources import Rule

TARGET = "Targets/0"
BROKEN: list[tuple[Rule, Change, str]] = [
    *OF_KINDS,
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
        own("NarrationSynthesizeRole", "Policies/0/PolicyDocument/Statement/6"),
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
    (
        rules.buckets_are_closed,
        own("AudioBucket", "LifecycleConfiguration/Rules/0/AbortIncompleteMultipartUpload"),
        "AudioBucket keeps what was half uploaded",
    ),
    (rules.buckets_are_closed, own("AudioBucket", "OwnershipControls"), "AudioBucket has access lists"),
    (rules.buckets_are_closed, at("AudioBucket/UpdateReplacePolicy"), "AudioBucket goes with the stack"),
    (
        rules.buckets_are_closed,
        own("AudioBucketPolicy", "PolicyDocument/Statement/0/Resource/1"),
        "AudioBucket can be reached without TLS",
    ),
    (alarms.alarms_lead_somewhere, own("NarrationFailedAlarm", "AlarmActions"), "NarrationFailedAlarm tells nobody"),
    (
        alarms.alarms_say_what_to_do,
        own("NarrationFailedAlarm", "AlarmDescription", "Narrations failed and wait in NarrationFailedQueue."),
        "NarrationFailedAlarm does not say what to do",
    ),
    (
        alarms.alarms_say_what_to_do,
        own("NarrationFailedAlarm", "AlarmDescription", "Read the log. Mend what it names (docs/operations.md)."),
        "NarrationFailedAlarm does not begin with what happened",
    ),
    (
        alarms.alarms_say_what_to_do,
        own("NarrationFailedAlarm", "AlarmDescription", "Narrations failed and wait in a queue. Mend the cause."),
        "NarrationFailedAlarm does not say where more stands",
    ),
    (
        alarms.alarms_lead_somewhere,
        own("JobsStandStillAlarm", "AlarmActions", [{"Ref": "AlarmTopic"}]),
        "JobsStandStillAlarm tells somebody, and so does the alarm that it is a part of",
    ),
    (
        alarms.alarms_lead_somewhere,
        own("DocumentsStandStillAlarm", "AlarmActions"),
        "DocumentsStandStillAlarm tells nobody",
    ),
    (
        alarms.alarms_lead_somewhere,
        own("DocumentsStandStillAlarm", "AlarmRule", {"Fn::Sub": 'ALARM("${GoneAlarm}")'}),
        "DocumentsStandStillAlarm names GoneAlarm, which is no alarm",
    ),
    (
        alarms.alarms_say_when_it_is_over,
        own("TripsDeliveryAlarm", "OKActions"),
        "TripsDeliveryAlarm does not tell the same people when it is over",
    ),
    (
        alarms.functions_are_watched,
        own("NarrationFunctionsAlarm", "Metrics/2"),
        "no alarm counts the errors of NarrationPlan",
    ),
    (
        alarms.functions_are_watched,
        own("TripsCleanErrorsAlarm", "Dimensions/0/Value", {"Ref": "TripsBuildTrainingSet"}),
        "TripsBuildTrainingSet has an alarm and a reason for none",
    ),
    (
        alarms.functions_are_watched,
        own("NarrationNearLimitAlarm", "Metrics/2"),
        "no alarm looks at the longest call of NarrationMerge",
    ),
    (
        alarms.functions_are_watched,
        at("FunctionsThrottledAlarm"),
        "no alarm counts throttled calls of Narration",
    ),
    (
        alarms.only_what_is_ours_rings,
        own("ArticlesRejectedAlarm", "Dimensions"),
        "ArticlesRejectedAlarm looks at ArticlesRejected of the whole account",
    ),
    (
        alarms.letters_that_are_looked_at_are_letters,
        own("NarrationFailedAlarm", "Metrics/2"),
        "NarrationFailedAlarm does not see messages of NarrationFailedQueue that somebody has received",
    ),
    (
        alarms.long_calls_are_measured_by_their_timeout,
        own("NarrationMerge", "Timeout", 600),
        "NarrationNearLimitAlarm takes merge for a function with another Timeout than 600",
    ),
    (
        alarms.long_calls_are_measured_by_their_timeout,
        own("ImagesUrlDoor", "Timeout", 20),
        "ImagesSlowAlarm takes url for a function with another Timeout than 20",
    ),
    (
        alarms.queues_that_are_read_are_watched,
        own("DocumentsBacklogAlarm", "Metrics/2"),
        "no alarm looks at how long messages wait in AnalysisQueue",
    ),
    (
        alarms.queues_that_are_read_are_watched,
        at("SpeechStandsStillAlarm"),
        "no alarm looks at how long messages wait in SpeechNextQueue",
    ),
    (
        alarms.machines_are_watched,
        own("LlmEvaluationsAlarm", "Metrics/1"),
        "no alarm counts ExecutionsTimedOut of EvaluatePairs",
    ),
    (
        alarms.no_way_in_is_silent_unheard,
        at("NarrationSilentAlarm"),
        "no alarm sees that work comes by ArticlesSubscription and nothing comes of it",
    ),
    (
        alarms.no_way_in_is_silent_unheard,
        at("TripsSilentAlarm"),
        "no alarm sees that work comes by TripsStream and nothing comes of it",
    ),
    (
        alarms.no_way_in_is_silent_unheard,
        at("ImagesSilentAlarm"),
        "no alarm sees that work comes by ImagesUrlDoorUrl and nothing comes of it",
    ),
    (
        alarms.no_way_in_is_silent_unheard,
        own("DocumentsSilentAlarm", "Metrics/1"),
        "no alarm sees that work comes by DocumentsInboxRule and nothing comes of it",
    ),
    (
        alarms.alarms_say_what_no_data_means,
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
