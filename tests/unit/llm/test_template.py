"""pipelines/llm.yaml: who may put what where, what costs is off, and alarms that say what to do."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from common.spending import accounts
from llm import model, modules
from llm.canary import asking, likeness, prompts
from llm.emission import measuring, metrics
from llm.logs import aggregates, claims, lines, log_events, log_objects, messages, offloaded_bodies, records, shards
from llm.modules.usage import STOPS
from llm.paid import dispatch, evaluation
from local.cloud.deploying.template import read_template
from local.cloud.testing import ROOT
from tests.template.translate import packaged, resolve, translate

PATH = ROOT / "pipelines" / "llm.yaml"
TEMPLATE = read_template(PATH)
ALARMS = {n: r["Properties"] for n, r in TEMPLATE["Resources"].items() if r["Type"] == "AWS::CloudWatch::Alarm"}
OWN = {"Fn::If": ["IsPart", {"Fn::Sub": "${ParentStack}-llm"}, {"Fn::Sub": "${AWS::StackName}-llm"}]}
PERIODS = {"Fn::FindInMap": ["Windows", {"Ref": "AlarmPeriod"}, "Periods"]}
SERVICE = [{"Name": "service", "Value": OWN}]


def properties(name: str) -> dict[str, Any]:
    return TEMPLATE["Resources"][name]["Properties"]


def resolved(**parameters: str) -> dict[str, Any]:
    return resolve(translate(packaged(PATH), parameters), parameters)


def test_globals_are_those_of_the_other_pipelines():
    root = read_template(ROOT / "pipelines" / "narration.yaml")["Globals"]["Function"]
    ours = TEMPLATE["Globals"]["Function"]
    for name in ("Runtime", "Architectures", "Tracing", "AutoPublishAlias", "AutoPublishAliasAllProperties"):
        assert ours[name] == root[name], name
    assert ours["LoggingConfig"]["LogFormat"] == "JSON"


def test_items_of_the_table_are_only_those_of_their_kind():
    """The table is shared with other pipelines, whose claims are none of these functions' business."""
    kinds = {
        "LlmReadLogs": ["llm-object#*"],
        "LlmReadStream": ["llm-shard#*"],
        "LlmEvaluate": ["spending#llm#*", "evaluated#*"],
        "LlmCanary": ["canary#*", "spending#llm#*"],
    }
    for name, keys in kinds.items():
        statements = [each for policy in properties(name)["Policies"] for each in policy["Statement"]]
        tables = [each for each in statements if any(a.startswith("dynamodb:") for a in each.get("Action", ()))]
        allowed = [table["Condition"]["ForAllValues:StringLike"]["dynamodb:LeadingKeys"] for table in tables]
        assert [key for each in allowed for key in each] == keys, name


# What costs while idle


def test_the_stream_is_there_only_when_asked_for():
    plain, with_stream = resolved()["Resources"], resolved(UseCompletionsStream="true")["Resources"]
    kinds = {with_stream[name]["Type"] for name in set(with_stream) - set(plain)}
    assert "AWS::Kinesis::Stream" in kinds
    assert not any(entry["Type"].startswith("AWS::Kinesis") for entry in plain.values())
    assert "CompletionsStreamName" not in resolved()["Outputs"]
    assert resolved(UseCompletionsStream="true")["Outputs"]["CompletionsStreamName"]


def test_the_anomaly_band_is_there_only_when_asked_for():
    assert "LlmSimilarityBandAlarm" not in resolved()["Resources"]
    alarm = resolved(UseSimilarityBand="true")["Resources"]["LlmSimilarityBandAlarm"]["Properties"]
    (band,) = [metric for metric in alarm["Metrics"] if metric["Id"] == alarm["ThresholdMetricId"]]
    assert band["Expression"] == "ANOMALY_DETECTION_BAND(similarity, 3)"
    assert alarm["ComparisonOperator"] == "LessThanLowerThreshold"
    assert "Threshold" not in alarm
    assert all(metric["ReturnData"] is True for metric in alarm["Metrics"])


# The bucket


def test_bedrock_may_write_its_logs_and_nothing_else():
    statements = {s["Sid"]: s for s in properties("ModelLogsBucketPolicy")["PolicyDocument"]["Statement"]}
    allowed = statements["LogsOfBedrock"]
    assert allowed["Principal"] == {"Service": "bedrock.amazonaws.com"}
    assert allowed["Action"] == "s3:PutObject"
    assert allowed["Resource"]["Fn::Sub"].endswith("/AWSLogs/${AWS::AccountId}/BedrockModelInvocationLogs/*")
    assert allowed["Condition"]["StringEquals"] == {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}
    assert ":bedrock:${AWS::Region}:${AWS::AccountId}:*" in allowed["Condition"]["ArnLike"]["aws:SourceArn"]["Fn::Sub"]
    assert statements["TlsOnly"]["Effect"] == "Deny"
    assert [s for s in statements.values() if s["Effect"] == "Allow"] == [allowed]


def test_what_people_wrote_goes_after_its_days():
    rules = {rule["Id"]: rule for rule in properties("ModelLogsBucket")["LifecycleConfiguration"]["Rules"]}
    assert (rules["ForgetPairs"]["Prefix"], rules["ForgetPairs"]["ExpirationInDays"]) == ("pairs/", 1)
    assert rules["ForgetLogs"]["ExpirationInDays"] == {"Ref": "ModelLogDays"}
    assert "VersioningConfiguration" not in properties("ModelLogsBucket"), "old versions would stay"


# Retries


def test_a_message_outlives_all_the_waits_and_its_worker():
    queue, function = properties("ModelLogsQueue"), properties("LlmReadLogs")
    assert queue["VisibilityTimeout"] >= 6 * function["Timeout"]
    assert queue["RedrivePolicy"]["maxReceiveCount"] > 3
    assert function["Timeout"] < claims.LEASE_SECONDS < queue["VisibilityTimeout"]


def test_what_is_remembered_outlives_what_can_come_again():
    """Each of these numbers follows one of the template; a longer one there needs a longer one here."""
    day = 24 * 3600
    kept = [properties(name)["MessageRetentionPeriod"] for name in ("ModelLogsQueue", "LlmDeadLetters")]
    assert max(kept) <= claims.QUEUE_SECONDS < claims.REMEMBERED_SECONDS
    assert metrics.OLDEST_MINUTES * 60 < claims.REMEMBERED_SECONDS
    rules = {rule["Id"]: rule for rule in properties("ModelLogsBucket")["LifecycleConfiguration"]["Rules"]}
    # S3 deletes at the next midnight, and some time after it.
    assert (rules["ForgetPairs"]["ExpirationInDays"] + 2) * day < evaluation.REMEMBERED_SECONDS
    assert day < accounts.KEPT_SECONDS, "a day's account outlives the day"


def test_the_stream_gives_up_in_the_end():
    source = properties("LlmReadStream")["Events"]["Completions"]["Properties"]
    assert source["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert source["BisectBatchOnFunctionError"] is True
    assert source["MaximumRetryAttempts"] > 0
    hours = properties("CompletionsStream")["RetentionPeriodHours"]
    assert 0 < source["MaximumRecordAgeInSeconds"] < hours * 3600 < shards.REMEMBERED_SECONDS
    assert source["DestinationConfig"]["OnFailure"]["Destination"] == {"Fn::GetAtt": ["LlmDeadLetters", "Arn"]}


def test_the_machine_is_express_and_keeps_no_data():
    machine = properties("EvaluatePairs")
    assert machine["Type"] == "EXPRESS"
    assert machine["Logging"]["IncludeExecutionData"] is False


# Rights


def statements_of(name: str) -> list[dict[str, Any]]:
    """Those of a condition too."""
    found = [s for policy in properties(name)["Policies"] for s in policy.get("Statement", [])]
    return [s["Fn::If"][1] if "Fn::If" in s else s for s in found]


READABLE = (
    "${ModelLogsBucket.Arn}/AWSLogs/*",
    "${ExistingModelLogsBucketName}/${ExistingModelLogsPrefix}AWSLogs/*",
    "${ModelLogsBucket.Arn}/events/*",
    "${ExistingBatchBucketName}/${ExistingBatchPrefix}*",
)


@pytest.mark.parametrize("name", ["LlmReadLogs", "LlmReadStream"])
def test_readers_call_no_model_and_read_no_pairs(name):
    for statement in statements_of(name):
        assert statement["Resource"] != "*"
        if statement["Action"] == "s3:GetObject":
            resource = statement["Resource"]
            for branch in resource["Fn::If"][1:] if "Fn::If" in resource else [resource]:
                assert branch["Fn::Sub"].endswith(READABLE)
        elif "bedrock" in json.dumps(statement):
            assert statement["Action"] == "bedrock:GetModelInvocationJob", "it asks for a job and calls no model"
        assert "comprehend" not in json.dumps(statement)


@pytest.mark.parametrize("name", ["LlmReadLogs", "LlmReadStream"])
def test_readers_write_nothing_but_pairs_in_the_stacks_own_bucket(name):
    assert TEMPLATE["Globals"]["Function"]["Environment"]["Variables"]["PAIRS_BUCKET"] == {"Ref": "ModelLogsBucket"}
    assert "PAIRS_BUCKET" not in properties(name)["Environment"]["Variables"]
    writing = [s for s in statements_of(name) if "s3:Put" in json.dumps(s["Action"])]
    assert [s["Resource"] for s in writing] == [{"Fn::Sub": f"${{ModelLogsBucket.Arn}}/{dispatch.PREFIX}*"}]


def test_what_takes_log_events_writes_only_what_waits_and_reads_nothing():
    (keeping,) = statements_of("LlmTakeEvents")
    assert keeping["Action"] == "s3:PutObject"
    assert keeping["Resource"] == {"Fn::Sub": f"${{ModelLogsBucket.Arn}}/{log_events.PREFIX}*"}


def test_other_sources_are_there_only_when_they_are_named():
    plain = set(resolved()["Resources"])
    with_group = resolved(ExistingModelLogGroupName="bedrock/calls")["Resources"]
    kinds = {with_group[name]["Type"] for name in set(with_group) - plain}
    assert {"AWS::Logs::SubscriptionFilter", "AWS::Lambda::Function", "AWS::Events::Rule"} <= kinds
    with_batch = resolved(ExistingBatchBucketName="outputs", ExistingBatchPrefix="jobs/")["Resources"]
    assert set(with_batch) - plain == {"BatchOutputsRule", "LlmBatchModelsAlarm"}


def test_of_a_log_group_and_a_bucket_one_is_read():
    """A call that Bedrock logs to both counts once."""

    def state(**parameters: str) -> str:
        return str(resolved(**parameters)["Resources"]["ModelLogsRule"]["Properties"]["State"])

    assert state() == "ENABLED"
    assert state(ExistingModelLogGroupName="bedrock/calls") == "DISABLED"
    assert state(ExistingModelLogGroupName="bedrock/calls", UseLogsBucketToo="true") == "ENABLED"
    assert state(UseLogsBucketToo="true") == "ENABLED"


def test_log_events_wait_longer_than_a_message_about_them():
    rules = properties("ModelLogsBucket")["LifecycleConfiguration"]["Rules"]
    (kept,) = [rule["ExpirationInDays"] for rule in rules if rule.get("Prefix") == log_events.PREFIX]
    assert kept * 24 * 3600 > claims.QUEUE_SECONDS


def test_only_the_reader_of_logs_knows_a_bucket_that_may_be_somebody_elses():
    assert [n for n, r in TEMPLATE["Resources"].items() if "MODEL_LOGS_BUCKET" in json.dumps(r)] == ["LlmReadLogs"]


def test_only_what_evaluates_calls_a_model_and_only_that_one():
    callers = {n for n, r in TEMPLATE["Resources"].items() if "bedrock:InvokeModel" in json.dumps(r)}
    assert callers == {"LlmEvaluate", "LlmCanary"}
    (statement,) = [s for s in statements_of("LlmEvaluate") if s.get("Sid") == "EmbedTexts"]
    condition, arn, model = statement["Resource"]["Fn::If"]
    assert (condition, arn) == ("IsEmbeddingArn", {"Ref": "EmbeddingModel"})
    assert model["Fn::Sub"].endswith("::foundation-model/${EmbeddingModel}")


# Alarms and dashboard


@pytest.mark.parametrize("name", ALARMS)
def test_an_alarm_says_what_to_do(name):
    alarm = ALARMS[name]
    assert len(re.split(r"[.;:]\s", alarm["AlarmDescription"])) >= 2
    assert "(docs/llm.md)" in alarm["AlarmDescription"]
    assert len(alarm["AlarmDescription"]) <= 1024
    # Without calls nothing is wrong; a price that is old stays so; the canary's calls are our own.
    others = {"LlmPricesOldAlarm": "ignore", "LlmCanaryStoppedAlarm": "breaching"}
    assert alarm["TreatMissingData"] == others.get(name, "notBreaching")
    assert alarm["AlarmActions"] == {"Fn::If": ["HasAlarmTopic", [{"Ref": "AlarmTopicArn"}], {"Ref": "AWS::NoValue"}]}
    assert f"`{name}`" in (ROOT / "docs" / "llm.md").read_text()


SHARES = [name for name, alarm in ALARMS.items() if alarm["EvaluationPeriods"] == PERIODS]


@pytest.mark.parametrize("name", SHARES)
def test_a_ratio_needs_a_volume(name):
    shown = [metric for metric in ALARMS[name].get("Metrics", []) if metric["ReturnData"]]
    assert len(shown) == 1 or name == "LlmBudgetAlarm", "a budget that is used up is no ratio"
    assert all("> ${MinimumPairs}" in metric["Expression"]["Fn::Sub"] for metric in shown)


def test_alarms_watch_what_is_counted_under_service():
    rooms = [ROOT / "functions" / room for room in ("llm", "common/spending")]
    code = "\n".join(path.read_text() for room in rooms for path in room.rglob("*.py"))
    by_kind = [*SERVICE, {"Name": "kind", "Value": "canary-calls"}]
    for name, alarm in ALARMS.items():
        queries = [q["MetricStat"]["Metric"] for q in alarm.get("Metrics", []) if "MetricStat" in q]
        for metric in queries or [alarm]:
            if metric["Namespace"] == "Millrace/LLM":
                assert metric["Dimensions"] == (by_kind if metric["MetricName"] == "CeilingReached" else SERVICE), name
                assert f'"{metric["MetricName"]}"' in code, metric["MetricName"]


def test_the_dashboard_shows_every_reason():
    shown = json.dumps(read_template(ROOT / "template.yaml")["Resources"]["Dashboard"]["Properties"]["DashboardBody"])
    shown = shown.replace(r"\"", '"')
    assert [reason for reason in model.REASONS if f'"{reason}"' not in shown] == []
    assert "bedrock-mantle" in shown, "what is never logged is said where people look"


def test_metrics_are_documented():
    page = (ROOT / "docs" / "llm.md").read_text()
    names = {*model.REASONS, *STOPS.values(), "RecordsRead", "PairsEvaluated", "IngestLagSeconds", "EstimatedCostUSD"}
    assert [name for name in sorted(names) if f"`{name}`" not in page] == []


def test_parameters_are_documented():
    page = (ROOT / "docs" / "llm.md").read_text()
    shared = {
        "Stage",
        "Architecture",
        "PythonRuntime",
        "Rollout",
        "AlarmTopicArn",
        "ParentStack",
        "StateTableName",
        "StateTableArn",
    }
    assert [name for name in TEMPLATE["Parameters"] if name not in shared and f"`{name}`" not in page] == []


def test_own_modules_are_those_of_the_list():
    files = {path.stem for path in (ROOT / "functions" / "llm" / "modules").glob("[a-z]*.py")}
    assert files == {*modules.FREE, *modules.PAID}


LIMITS = [
    f"{log_objects.MOST_PACKED >> 20} MB as stored, {lines.MOST_UNPACKED >> 20:,} MB unpacked, "
    f"{lines.MOST_LINES:,} lines",
    f"| a record | {lines.MOST_LINE >> 20} MB |",
    f"| an off-loaded body | {offloaded_bodies.MOST_BODY >> 20} MB unpacked |",
    f"| a prompt, a completion | {records.MOST_CHARACTERS:,} characters each |",
    f"| waits for off-loaded bodies | {log_objects.MOST_WAITS} of {messages.BODY_SECONDS} s |",
    f"| one run of LlmReadLogs | {properties('LlmReadLogs')['Timeout']} s |",
    f"the last checkpoint, {measuring.CHUNK_PAIRS} records a chunk",
    f"{measuring.WINDOW:,} in an object, {shards.RECENT} a shard",
    f"{metrics.OLDEST_MINUTES // 1440} days back",
    f"| a delivery of log events | {log_events.MOST_MESSAGE >> 20} MB unpacked; tried three times |",
    f"packed into one | {aggregates.MOST_RECORDS:,} |",
    f"| a dead worker's object | {properties('LlmReadLogs')['Timeout'] + messages.DEAD_SECONDS} s,",
    f"| how late a call may be measured | {ALARMS['LlmLagAlarm']['Threshold']} s ",
    f"| a canary's answer | {asking.MOST_TOKENS} tokens, of {len(prompts.load())} prompts a round |",
    f"| what is compared of it | {likeness.MOST_CHARACTERS:,} characters, with at most two embeddings a prompt |",
    f"| models with metrics of their own | {metrics.MOST_FAMILIES} a worker |",
    f"| versions of models with metrics of their own | {metrics.MOST_FAMILIES} a worker |",
    f"| a price that nobody compared with its source | {TEMPLATE['Parameters']['PriceDays']['Default']} days ",
]


@pytest.mark.parametrize("said", LIMITS)
def test_limits_are_those_of_the_code(said):
    assert said in (ROOT / "docs" / "limits.md").read_text()


def test_at_most_twenty_applications_fit_the_parameter():
    pattern = TEMPLATE["Parameters"]["Apps"]["AllowedPattern"]
    twenty = ",".join(f"a{number}" for number in range(20))
    assert re.fullmatch(pattern, twenty)
    assert len(twenty) <= TEMPLATE["Parameters"]["Apps"]["MaxLength"]
    assert not re.fullmatch(pattern, twenty + ",a20")
    assert re.fullmatch(pattern, "")


MOST_DESCRIPTION = 256


@pytest.mark.parametrize(
    "name", [n for n, r in TEMPLATE["Resources"].items() if "VersionDescription" in r["Properties"]]
)
def test_a_version_has_room_for_its_description(name):
    """Lambda refuses a longer one, when the stack is deployed (API reference, PublishVersion)."""
    text = properties(name)["VersionDescription"]["Fn::Sub"]
    longest: dict[str, int] = {}
    if isinstance(text, list):
        text, own = text
        longest = {each: max(len(branch) for branch in value["Fn::If"][1:]) for each, value in own.items()}
    for parameter in set(re.findall(r"\$\{(\w+)\}", text)) - longest.keys():
        entry = TEMPLATE["Parameters"][parameter]
        allowed = max((len(str(value)) for value in entry.get("AllowedValues", [])), default=0)
        longest.setdefault(parameter, allowed or entry.get("MaxLength") or len(str(entry.get("MaxValue", "x" * 8))))
    assert len(re.sub(r"\$\{\w+\}", "", text)) + sum(longest.values()) <= MOST_DESCRIPTION


def test_a_dead_workers_object_is_free_again_before_its_message_is():
    assert claims.GRACE_SECONDS < messages.DEAD_SECONDS
    deaths = properties("ModelLogsQueue")["RedrivePolicy"]["maxReceiveCount"]
    assert deaths * (properties("LlmReadLogs")["Timeout"] + messages.DEAD_SECONDS) < 3600, "docs/limits.md says so"


def test_a_waiting_object_is_free_again_before_its_message_is():
    assert claims.WAIT_SECONDS < messages.BODY_SECONDS
