"""What a real account holds templates to, beside what cfn-lint reads: sizes, names, metrics, and rights by the code.

docs/local-cloud.md, "Read against AWS's models", lists what was looked at.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

import pytest

from local.cloud.deploying.template import Template, read_template
from local.cloud.testing import ROOT
from tests.template import calls
from tests.template.decided import VARIANTS, application
from tests.template.resources import listed, of_type, watched
from tests.template.test_parameters import longest_of_parameter
from tests.template.translate import packaged, templates, translate

FILES = templates()


@cache
def decided() -> tuple[tuple[str, Template], ...]:
    """Each template for each set of parameters, with a name for it."""
    return tuple(
        (f"{variant}-{each.path.stem}", each.decided())
        for variant, parameters in VARIANTS.items()
        for each in application(given=parameters()).all()
    )


def each_of(kind: str) -> Iterator[tuple[str, dict[str, Any]]]:
    for where, template in decided():
        for name, properties in of_type(template, kind).items():
            yield f"{where}: {name}", properties


def size(document: Any) -> int:
    """Without white space, as IAM counts."""
    return len(json.dumps(document, separators=(",", ":")))


# Sizes


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_templates_stay_in_cloudformations_quotas(path: Any):
    """CloudFormation user guide, "Understand CloudFormation quotas"."""
    source, translated = read_template(path), translate(packaged(path))
    assert len(translated["Resources"]) <= 500
    assert len(translated["Parameters"]) <= 200
    assert len(translated.get("Outputs", {})) <= 200
    assert len(source["Description"]) <= 1024
    assert all(len(each.get("Description", "")) <= 4000 for each in source["Parameters"].values())
    assert all(len(str(each.get("Default", ""))) <= 4096 for each in source["Parameters"].values())
    assert all(len(each.get("Description", "")) <= 1024 for each in source.get("Outputs", {}).values())
    assert size(translated) < 512 * 1024  # 1 MB, and it grows with the first names of a bucket of artefacts


def test_policies_stay_in_iams_quotas():
    """IAM user guide, "IAM and AWS STS quotas": inline policies of a role together, and who may assume it."""
    for where, template in decided():
        inline: dict[str, int] = defaultdict(int)
        for role, properties in of_type(template, "AWS::IAM::Role").items():
            inline[role] += sum(size(policy["PolicyDocument"]) for policy in properties.get("Policies", ()))
            assert size(properties["AssumeRolePolicyDocument"]) <= 2048, f"{where}: {role}"
            assert len(properties.get("ManagedPolicyArns", ())) <= 10, f"{where}: {role}"
        for properties in of_type(template, "AWS::IAM::Policy").values():
            for role in properties["Roles"]:
                inline[role] += size(properties["PolicyDocument"])
        # Names are short here; on AWS each may be some forty characters longer, and there are at most a hundred.
        assert max(inline.values(), default=0) <= 10_240 - 4_000, f"{where}: {inline}"


@pytest.mark.parametrize(
    ("kind", "most"),
    [
        ("AWS::SQS::QueuePolicy", 8_192),  # and 20 statements
        ("AWS::S3::BucketPolicy", 20_480),
    ],
)
def test_policies_of_resources_stay_in_their_quotas(kind: str, most: int):
    found = list(each_of(kind))
    assert found
    for where, properties in found:
        assert size(properties["PolicyDocument"]) <= most / 2, where
        assert len(properties["PolicyDocument"]["Statement"]) <= 20, where


LONGEST_NAME = 256
"""Of a resource that CloudFormation names, an ARN with it."""


def longest(value: Any, parameters: Mapping[str, Any]) -> int:  # noqa: PLR0911 - one per function
    """Characters of a variable whose parameters are as long as they may be."""
    match value:
        case {"Ref": str(name)} if name in parameters:
            declared = parameters[name]
            bounded = "MaxLength" in declared or declared["Type"] != "String" or "AllowedValues" in declared
            return longest_of_parameter(name, declared) if bounded else LONGEST_NAME
        case {"Fn::If": [_, one, other]}:
            return max(longest(one, parameters), longest(other, parameters))
        case {"Fn::Join": [_, list(parts)]}:
            return sum(1 + longest(part, parameters) for part in parts)
        case {"Fn::Join": [_, part]}:
            return longest(part, parameters)
        case {"Fn::Sub": [str(text), dict(own)]}:
            return len(text) + sum(longest(inner, parameters) for inner in own.values())
        case str() | int() | float():
            return len(str(value))
    return LONGEST_NAME


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_variables_of_a_function_stay_in_four_kilobytes(path: Any):
    """Lambda developer guide, "Lambda quotas": all variables of a function together."""
    template = translate(packaged(path))
    for name, properties in of_type(template, "AWS::Lambda::Function").items():
        variables = properties["Environment"]["Variables"]
        most = sum(len(key) + longest(value, template["Parameters"]) for key, value in variables.items())
        assert most <= 4096, f"{name}: {most}"


# Names


SIXTY_FOUR = {
    "AWS::CloudFront::OriginAccessControl": ("OriginAccessControlConfig", "Name"),
    "AWS::CloudFront::Function": ("Name",),
}
"""Where a name has 64 characters (CloudFront API reference); a nested stack's own name may have twice as many."""


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_no_short_name_is_made_of_the_name_of_a_stack(path: Any):
    for name, resource in read_template(path)["Resources"].items():
        at = resource.get("Properties", {})
        for key in SIXTY_FOUR.get(resource["Type"], ()):
            at = at[key]
        if resource["Type"] in SIXTY_FOUR:
            assert "AWS::StackName" not in json.dumps(at), name
            assert re.search("AWS::StackId", json.dumps(at)), f"{name}: two stacks of an account would have it"


def test_short_names_are_short():
    found = [
        (where, p["OriginAccessControlConfig"]["Name"]) for where, p in each_of("AWS::CloudFront::OriginAccessControl")
    ]
    found += [(where, p["Name"]) for where, p in each_of("AWS::CloudFront::Function")]
    assert len(found) >= 3
    assert all(len(name) <= 64 for _, name in found), found


def test_nothing_of_iam_has_a_name_of_its_own():
    """CAPABILITY_IAM is enough, which is what samconfig.toml gives; and two stacks of an account stay apart."""
    for kind, name in (("Role", "RoleName"), ("ManagedPolicy", "ManagedPolicyName"), ("User", "UserName")):
        assert [where for where, properties in each_of(f"AWS::IAM::{kind}") if name in properties] == []
    assert "CAPABILITY_NAMED_IAM" not in (ROOT / "samconfig.toml").read_text()


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_arns_and_hosts_are_of_the_stacks_own_partition(path: Any):
    """A pattern may say arn:aws; a value may not, nor the end of a host's name."""
    text = json.dumps({key: value for key, value in read_template(path).items() if key != "Parameters"})
    services = re.findall(r'"[a-z0-9.-]+\.amazonaws\.com"', text)
    assert "arn:aws:" not in text
    assert text.count("amazonaws.com") == len(services), "a principal is no host"


# Metrics


DIMENSIONS: Mapping[tuple[str, str], frozenset[str]] = {
    **{
        ("AWS/SQS", metric): frozenset({"QueueName"})
        for metric in (
            "ApproximateNumberOfMessagesVisible",
            "ApproximateNumberOfMessagesNotVisible",
            "ApproximateNumberOfMessagesDelayed",
            "ApproximateAgeOfOldestMessage",
        )
    },
    **{
        ("AWS/Lambda", metric): frozenset({"FunctionName"})
        for metric in (
            *("Invocations", "Errors", "Throttles", "Duration", "IteratorAge", "DestinationDeliveryFailures"),
        )
    },
    **{
        ("AWS/States", metric): frozenset({"StateMachineArn"})
        for metric in (
            "ExecutionsStarted",
            "ExecutionsFailed",
            "ExecutionsTimedOut",
            "ExecutionsAborted",
            "ExecutionThrottled",
        )
    },
    **{
        ("AWS/Firehose", metric): frozenset({"DeliveryStreamName"})
        for metric in (
            "DeliveryToS3.DataFreshness",
            "DeliveryToS3.Success",
            "ExecuteProcessing.Success",
            "SucceedProcessing.Records",
            "SucceedConversion.Records",
            "FailedConversion.Records",
            "PartitionCountExceeded",
            "ThrottledRecords",
            "IncomingRecords",
            "DeliveryToS3.Records",
            "PartitionCountExceeded",
        )
    },
    **{
        ("AWS/Events", metric): frozenset({"RuleName"})
        for metric in ("InvocationsFailedToBeSentToDlq", "TriggeredRules")
    },
    **{
        ("AWS/SNS", metric): frozenset({"TopicName"})
        for metric in ("NumberOfMessagesPublished", "NumberOfNotificationsFailedToRedriveToDlq")
    },
    ("AWS/ApiGateway", "5xx"): frozenset({"ApiId"}),
    ("AWS/S3", "NumberOfObjects"): frozenset({"BucketName", "StorageType"}),
    # Under no dimension: of all models together. Invocations of Bedrock is documented under ModelId alone, so an alarm
    # asks for it by a query, which takes every dimension.
    **{
        ("AWS/Bedrock", f"ModelInvocation{what}DeliveryFailure"): frozenset()
        for what in ("LogsS3", "LogsCloudWatch", "LargeDataS3")
    },
}
"""Sets of dimensions that AWS publishes a metric under (each service's guide); under others an alarm never rings."""


SPLIT: Mapping[str, frozenset[str]] = {
    f"{step}WaitSeconds": frozenset({"lane"}) for step in ("Speech", "Analysis", "Job", "Summary", "Model")
} | {"IndexLagSeconds": frozenset({"lane"})}
"""Our own that an alarm watches by part, and by which; ``common.admission`` sends both sets."""
BY_REASON = frozenset(
    {
        "AnalysesHandedBack",
        "AsksHandedBack",
        "JobsHandedBack",
        "SummariesHandedBack",
        "RangesHandedBack",
        "StatementsHandedBack",
    }
)
"""Of which ``common.admission`` sends both sets."""
BY_KIND = frozenset({"CeilingReached", "PipelinePaused"})
"""Of which ``common.spending`` sends both sets, and an alarm may watch either."""


def test_alarms_watch_metrics_under_dimensions_that_are_published():
    for where, alarm in each_of("AWS::CloudWatch::Alarm"):
        for metric in watched(alarm):
            dimensions = frozenset(each["Name"] for each in metric.get("Dimensions", ()))
            if metric["Namespace"].startswith("AWS/"):
                named = metric["Namespace"], metric["MetricName"]
                assert dimensions == DIMENSIONS[named], where
            else:
                split = SPLIT.get(metric["MetricName"], frozenset())
                by_app = {"App"} if metric["Namespace"] == "Millrace/LLM" else set()  # llm.emission.metrics sends both
                by_kind = {"kind"} if metric["MetricName"] in BY_KIND else set()
                by_kind |= {"reason"} if metric["MetricName"] in BY_REASON else set()
                assert dimensions - by_app - by_kind == {"service"} | split, (
                    f"{where}: everything counts under its service"
                )


def test_alarms_look_at_what_cloudwatch_lets_them():
    """PutMetricAlarm: a day back, a week at periods of an hour or more; ten queries; a text of 1,024 characters."""
    for where, alarm in each_of("AWS::CloudWatch::Alarm"):
        queries = alarm.get("Metrics", ())
        periods = (
            [int(alarm["Period"])]
            if "Period" in alarm
            else [int(each["MetricStat"]["Period"]) for each in queries if "MetricStat" in each]
        )
        most = 604_800 if max(periods) >= 3_600 else 86_400
        assert max(periods) * int(alarm["EvaluationPeriods"]) <= most, where
        assert int(alarm.get("DatapointsToAlarm", 1)) <= int(alarm["EvaluationPeriods"]), where
        assert len(queries) <= 10, where
        assert len(alarm["AlarmDescription"]) <= 1024, where


def test_the_dashboard_fits():
    """CloudWatch quotas: 500 widgets, 500 metrics of a widget."""
    ((_, properties), *_) = each_of("AWS::CloudWatch::Dashboard")
    widgets = json.loads(properties["DashboardBody"])["widgets"]
    assert len(widgets) <= 500
    assert all(len(each["properties"].get("metrics", ())) <= 500 for each in widgets)


# Rights


ATHENA = 'Athena reads the catalogue and writes its answer in the caller\'s name (Athena guide, "Access to workgroups")'
WITHOUT_A_CALL: Mapping[tuple[str, str], str] = {
    ("DocumentsStartAnalysis", "iam:PassRole"): "StartDocumentAnalysis hands Textract a role",
    (
        "LlmReadStream",
        "sqs:SendMessage",
    ): "Lambda tells the source's destination what was given up, in this role's name",
    ("LlmTakeEvents", "sqs:SendMessage"): "Lambda keeps there what failed, in this role's name",
    ("TrainingApprovalDecided", "sqs:SendMessage"): "Lambda keeps there what failed, in this role's name",
    ("TrainingInventory", "sqs:SendMessage"): "Lambda keeps there what failed, in this role's name",
    ("TrainingEndpointDeploy", "iam:PassRole"): "CreateModel hands SageMaker a role",
    ("LlmCanary", "sqs:SendMessage"): "Lambda tells the destination of a round that failed, in this role's name",
    **{
        (door, "s3:ListBucket"): "S3 says 404 for an object that is absent only to who may list; else 403"
        for door in ("ImagesUrlDoor", "ImagesAccessPointDoor")
    },
    **{
        ("TripsBuildTrainingSet", action): ATHENA
        for action in (
            "glue:GetDatabase",
            "glue:GetPartitions",
            "glue:GetTable",
            "s3:AbortMultipartUpload",
            "s3:GetBucketLocation",
            "s3:ListBucketMultipartUploads",
            "s3:ListMultipartUploadParts",
        )
    },
    **{
        (function, action): ATHENA
        for function in ("QuestionsReadTables", "QuestionsProve")
        for action in (
            "glue:GetDatabase",
            "glue:GetTable",
            "s3:AbortMultipartUpload",
            "s3:GetBucketLocation",
            "s3:ListBucketMultipartUploads",
            "s3:ListMultipartUploadParts",
        )
    },
    ("QuestionsProve", "glue:GetPartitions"): ATHENA,
}
"""(function, action) that no line of its code asks for, and who does."""


def granted(template: Template, role: str) -> set[str]:
    policies = [policy["PolicyDocument"] for policy in template["Resources"][role]["Properties"].get("Policies", ())]
    policies += [
        each["PolicyDocument"] for each in of_type(template, "AWS::IAM::Policy").values() if role in each["Roles"]
    ]
    return {
        action for policy in policies for statement in policy["Statement"] for action in listed(statement["Action"])
    }


def test_a_function_has_no_right_that_its_code_does_not_ask_for():
    """That none lacks one is seen where the pipelines run: the local cloud evaluates the roles."""
    idle, seen = set(), 0
    for _, template in decided():
        for name, function in of_type(template, "AWS::Lambda::Function").items():
            rights = granted(template, f"{name}Role")
            # Services ask for the key in the function's name; who may is held by test_key.py.
            rights = {action for action in rights if not action.startswith("kms:")}
            idle |= {(name, action) for action in rights - calls.actions(function["Handler"])}
            seen += len(rights)
    assert idle == WITHOUT_A_CALL.keys()
    assert seen > 100


def test_what_code_asks_for_is_found_in_it():
    assert calls.actions("narration.handlers.redrive_failed.handler") >= {
        "sqs:ReceiveMessage",
        "sqs:DeleteMessage",
        "states:StartExecution",
        "states:DescribeExecution",
    }
    assert "polly:SynthesizeSpeech" in calls.actions("narration.handlers.synthesize.handler")
    assert "polly:SynthesizeSpeech" not in calls.actions("narration.handlers.redrive_failed.handler")
    assert "bedrock:InvokeModel" in calls.actions("documents.handlers.summarize.handler")
