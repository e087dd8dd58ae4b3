"""The translated template holds every rule of `rules.py` for every choice of parameters; and each rule can fail."""

from __future__ import annotations

import importlib
import inspect
import re
import tomllib
from collections.abc import Callable, Iterable
from itertools import chain
from typing import Any

import pytest

from local.template import parse_parameters
from local.testing import ROOT
from tests.template import rules
from tests.template.translate import packaged, resolve, resolved, source, translate

CHOICES = {
    "arm64": {},
    "x86_64": {"Architecture": "x86_64", "PythonRuntime": "python3.11"},
    "everything": {"AlarmEmail": "operations@example.org", "BodiesBucketName": "bodies", "Stage": "prod"},
}

OUTPUTS = {
    "ArticlesTopicArn",
    "AudioBucketName",
    "NarrateArticleArn",
    "NarrationFailedQueueUrl",
    "NarrationDeadLettersUrl",
    "RedriveFailedName",
    "AlarmTopicArn",
    "DashboardName",
}
"""Tests, demo and users find everything through these names: add to them, never take one away."""

SAM_TYPES = "AWS::Serverless::"


@pytest.mark.parametrize("choice", CHOICES)
@pytest.mark.parametrize("rule", rules.ALL, ids=lambda rule: rule.__name__)
def test_rule(rule, choice):
    assert list(rule(resolved(**CHOICES[choice]))) == []


def test_parameters_make_a_difference():
    """Else the choices above would prove one thing three times."""
    plain, whole = resolved(), resolved(**CHOICES["everything"])
    assert set(whole["Resources"]) - set(plain["Resources"]) == {"AlarmEmailSubscription"}
    assert len(rules.statements(whole, "NarrationPlanRole")) == len(rules.statements(plain, "NarrationPlanRole")) + 1
    assert whole["Resources"]["NarrationLogs"]["Properties"]["RetentionInDays"] == 90
    assert plain["Resources"]["NarrationLogs"]["Properties"]["RetentionInDays"] == 14
    x86 = resolved(**CHOICES["x86_64"])
    assert rules.of_type(x86, "AWS::Lambda::Function")["NarrationMerge"]["Architectures"] == ["x86_64"]


# Each rule with a change that it must find, and the sentence.

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
ALERT = "A queue is full. Look into it soon."
BROKEN: list[tuple[rules.Rule, Change, str]] = [
    (
        rules.queues_have_dead_letter_queues,
        own("ArticlesQueue", "RedrivePolicy"),
        "ArticlesQueue is read by a function and has no dead-letter queue",
    ),
    (
        rules.queues_have_dead_letter_queues,
        own("NarrationDeadLetters", "MessageRetentionPeriod", 345600),
        "NarrationDeadLetters is where messages end and does not keep them for 14 days",
    ),
    (
        rules.queues_have_dead_letter_queues,
        at("NarrationFailedAlarm"),
        "NarrationFailedQueue is where messages end and no alarm watches it",
    ),
    (rules.queues_are_written_down, added("RuleQueue", "AWS::SQS::Queue"), "RuleQueue is not in template.yaml"),
    (rules.queues_are_encrypted, own("ArticlesQueue", "SqsManagedSseEnabled"), "ArticlesQueue is not encrypted"),
    (
        rules.rules_keep_what_they_cannot_deliver,
        own("NarrationFailedRule", f"{TARGET}/DeadLetterConfig"),
        "NarrationFailedRule has no named dead-letter queue for FailedQueue",
    ),
    (
        rules.rules_keep_what_they_cannot_deliver,
        own("NarrationFailedRule", f"{TARGET}/DeadLetterConfig/Arn", {"Fn::GetAtt": ["SomeEventQueue", "Arn"]}),
        "NarrationFailedRule has no named dead-letter queue for FailedQueue",
    ),
    (
        rules.rules_keep_what_they_cannot_deliver,
        own("NarrationFailedRule", f"{TARGET}/RetryPolicy/MaximumEventAgeInSeconds"),
        "NarrationFailedRule does not say how often and how long it tries FailedQueue",
    ),
    (
        rules.subscriptions_keep_what_they_cannot_deliver,
        own("ArticlesSubscription", "RedrivePolicy"),
        "ArticlesSubscription has no dead-letter queue",
    ),
    (
        rules.asynchronous_calls_keep_what_fails,
        added(
            "Permission",
            "AWS::Lambda::Permission",
            FunctionName={"Ref": "NarrationPlanAliaslive"},
            Principal="events.amazonaws.com",
        ),
        "NarrationPlan is called by events.amazonaws.com and does not keep what fails",
    ),
    (
        rules.queue_sources_report_single_messages,
        own("NarrationStartArticles", "FunctionResponseTypes"),
        "NarrationStartArticles does not report single messages",
    ),
    (
        rules.queue_sources_report_single_messages,
        own("ArticlesQueue", "RedrivePolicy/maxReceiveCount", 1),
        "ArticlesQueue gives a message up after less than five tries",
    ),
    (
        rules.senders_may_send,
        own("NarrationQueuePolicy", "PolicyDocument/Statement/1"),
        "NarrationDeadLetters does not let NarrationFailedRule in",
    ),
    (
        rules.senders_may_send,
        own("NarrationFailedQueuePolicy", "PolicyDocument/Statement/0/Condition"),
        "NarrationFailedQueue lets all of events.amazonaws.com in, which does not send to it",
    ),
    (
        rules.failed_executions_are_kept,
        own("NarrationFailedRule", "EventPattern/detail/status/1"),
        "NarrateArticle: executions that are TIMED_OUT are not kept",
    ),
    (
        rules.failed_executions_are_kept,
        at("NarrationFailedRule"),
        "NarrateArticle: executions that are ABORTED, FAILED, TIMED_OUT are not kept",
    ),
    (
        rules.failed_queues_can_be_redriven,
        own("RedriveFailed", "Environment/Variables/NARRATION_FAILED_QUEUE"),
        "RedriveFailed has no NARRATION_FAILED_QUEUE that names NarrationFailedQueue",
    ),
    (
        rules.failed_queues_can_be_redriven,
        own("NarrationFailedQueue", "VisibilityTimeout", 120),
        "NarrationFailedQueue shows a message again while RedriveFailed still works on it",
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
        own("NarrationRetag", "Handler", "narration.tag.handler"),
        "NarrationRetag has the handler narration.tag.handler",
    ),
    (
        rules.one_name_for_state_function_and_module,
        own("NarrationRetag", "Handler", "narration.retag.main"),
        "NarrationRetag is entered at main, all others at handler",
    ),
    (
        rules.settings_are_set,
        own("NarrationReject", "Environment/Variables/EVENT_BUS"),
        "NarrationReject does not set EVENT_BUS, which narration.publish reads",
    ),
    (
        rules.settings_are_set,
        own("NarrationMerge", "Environment/Variables/AUDIO_BUCKET"),
        "NarrationMerge does not set AUDIO_BUCKET, which narration.store reads",
    ),
    (
        rules.no_wildcards_without_a_reason,
        own("NarrationRejectRole", "Policies/0/PolicyDocument/Statement/0/Resource", "*"),
        "NarrationRejectRole may s3:PutObject on everything",
    ),
    (
        rules.no_wildcards_without_a_reason,
        own(
            "NarrationRejectRole",
            "Policies/0/PolicyDocument/Statement/0/Resource",
            [{"Fn::Sub": "arn:${AWS::Partition}:s3:::*"}],
        ),
        "NarrationRejectRole may s3:PutObject on everything",
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
        own("NarrationSynthesizeRole", "Policies/0/PolicyDocument/Statement/3"),
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


@pytest.mark.parametrize(("rule", "change", "problem"), BROKEN, ids=[problem for *_, problem in BROKEN])
def test_a_broken_template_is_found_out(rule, change, problem):
    template = resolved()
    change(template["Resources"])
    assert problem in list(rule(template))


def test_every_rule_is_proved():
    assert {rule for rule, _, _ in BROKEN} == set(rules.ALL)


# What only shows in the source, or over two translations


def versions(template: dict[str, Any]) -> dict[str, str]:
    """Function -> logical id of its published version."""
    return {
        alias["FunctionName"]["Ref"]: alias["FunctionVersion"]["Fn::GetAtt"][0]
        for alias in rules.of_type(template, "AWS::Lambda::Alias").values()
    }


def with_new_layer(template: dict[str, Any], name: str) -> dict[str, Any]:
    template["Resources"][name]["Properties"]["ContentUri"] = "s3://artefacts/layers/another.zip"
    return template


@pytest.mark.parametrize("layer", ["PowertoolsLayer", "FfmpegLayer"])
def test_a_layer_that_changes_alone_reaches_the_alias(layer):
    before, after = versions(translate(packaged())), versions(translate(with_new_layer(packaged(), layer)))
    users = {
        name
        for name, function in rules.of_type(translate(packaged()), "AWS::Lambda::Function").items()
        if any(rules.target(used).startswith(layer) for used in function["Layers"])
    }
    assert users
    assert {name for name in before if before[name] != after[name]} == users


@pytest.mark.parametrize(
    ("section", "switch"), [("Function", "AutoPublishAliasAllProperties"), ("LayerVersion", "PublishLambdaVersion")]
)
def test_one_global_alone_would_leave_the_alias_behind(section, switch):
    def one(template: dict[str, Any]) -> dict[str, Any]:
        del template["Globals"][section][switch]
        return template

    before = versions(translate(one(packaged())))
    after = versions(translate(one(with_new_layer(packaged(), "PowertoolsLayer"))))
    assert before == after


def test_a_setting_reaches_the_alias():
    changed = packaged()
    changed["Resources"]["NarrationReject"]["Properties"]["Timeout"] = 31
    before, after = versions(translate(packaged())), versions(translate(changed))
    assert {name for name in before if before[name] != after[name]} == {"NarrationReject"}


def parameters_of(value: Any, template: dict[str, Any]) -> set[str]:
    """The template's parameters that a value depends on, through conditions as well."""
    if isinstance(value, list):
        return set().union(*(parameters_of(inner, template) for inner in value))
    if not isinstance(value, dict):
        return set()
    found = set().union(*(parameters_of(inner, template) for inner in value.values()))
    match value:
        case {"Ref": name}:
            found.add(name)
        case {"Fn::Sub": text}:
            found |= set(re.findall(r"\$\{(\w+)\}", str(text)))
        case {"Fn::If": [name, *_]} | {"Condition": str(name)}:
            found |= parameters_of(template["Conditions"][name], template)
    return found & set(template["Parameters"])


def forgotten_parameters(template: dict[str, Any]) -> list[str]:
    """A parameter that changes alone gives no new version (serverless-application-model issue 3820), so the alias
    would stay on its old value. The description of a version replaces it (CloudFormation, AWS::Lambda::Version)."""
    described = versions(template)
    return [
        f"{name} follows {parameter}, and its VersionDescription does not"
        for name, function in rules.of_type(template, "AWS::Lambda::Function").items()
        for parameter in sorted(
            parameters_of(function["Environment"], template)
            - parameters_of(template["Resources"][described[name]]["Properties"].get("Description"), template)
        )
    ]


def test_a_parameter_that_changes_alone_reaches_the_alias():
    assert forgotten_parameters(translate(packaged())) == []


@pytest.mark.parametrize(
    "setting", [{"Ref": "Stage"}, {"Fn::Sub": "x-${Stage}"}, {"Fn::If": ["HasAlarmEmail", "yes", "no"]}]
)
def test_a_forgotten_parameter_is_found_out(setting):
    template = packaged()
    template["Resources"]["NarrationReject"]["Properties"]["Environment"]["Variables"]["NEW"] = setting
    parameter = "AlarmEmail" if "Fn::If" in setting else "Stage"
    assert forgotten_parameters(translate(template)) == [
        f"NarrationReject follows {parameter}, and its VersionDescription does not"
    ]


def test_layers_are_built_for_the_architecture():
    layers = {
        name: entry for name, entry in source()["Resources"].items() if entry["Type"] == f"{SAM_TYPES}LayerVersion"
    }
    assert layers
    for name, layer in layers.items():
        assert layer["Metadata"] == {
            "BuildMethod": {"Ref": "PythonRuntime"},
            "BuildArchitecture": {"Ref": "Architecture"},
        }, name
        assert layer["Properties"]["CompatibleArchitectures"] == [{"Ref": "Architecture"}], name


def test_layers_are_locked():
    """What sam build installs is exactly what was locked, hash for hash."""
    for folder in (ROOT / "layers").iterdir():
        locked = (folder / "requirements.txt").read_text()
        for line in (folder / "requirements.in").read_text().splitlines():
            name = re.split(r"[\s;<=>]", line)[0].lower()
            assert not name or name == "#" or re.search(rf"^{name}==[^\\]+\\\n +--hash=", locked, re.MULTILINE), line


@pytest.mark.parametrize("name", rules.of_type(source(), f"{SAM_TYPES}Function"))
def test_handler_can_be_imported(name):
    module, _, entry = source()["Resources"][name]["Properties"]["Handler"].rpartition(".")
    handler = getattr(importlib.import_module(module), entry)
    assert list(inspect.signature(handler).parameters) in (["event", "context"], ["event", "_context"])


def test_outputs_stay():
    template = resolved()
    assert set(template["Outputs"]) >= OUTPUTS
    for name, output in template["Outputs"].items():
        assert output["Description"], name
        assert rules.target(output["Value"]) in template["Resources"], name
    # Those that are only there under some parameters.
    assert set(source()["Outputs"]) >= set(template["Outputs"])


def test_everything_that_is_said_to_be_documented_is():
    """Comments and alarms send people to pages: they are there."""
    files = [ROOT / "template.yaml", *(ROOT / "functions").rglob("*.py"), *(ROOT / "local").rglob("*.py")]
    named = set(chain.from_iterable(re.findall(r"docs/[\w/-]+\.md", path.read_text()) for path in files))
    assert named
    assert [page for page in sorted(named) if not (ROOT / page).exists()] == []


def samconfig() -> dict[str, Any]:
    return tomllib.loads((ROOT / "samconfig.toml").read_text())


def overrides(section: dict[str, Any]) -> Iterable[str]:
    return section.get("deploy", {}).get("parameters", {}).get("parameter_overrides", [])


def test_samconfig_has_its_sections():
    config = samconfig()
    assert {"default", "staging", "prod", "local"} <= config.keys()
    stacks = [config[name]["global"]["parameters"]["stack_name"] for name in ("default", "staging", "prod")]
    assert stacks == ["millrace", "millrace-staging", "millrace-prod"]


@pytest.mark.parametrize("name", [name for name, section in samconfig().items() if isinstance(section, dict)])
def test_samconfig_gives_parameters_that_the_template_takes(name):
    parameters = source()["Parameters"]
    given = parse_parameters(list(overrides(samconfig()[name])))
    assert given
    for parameter, value in given.items():
        assert parameter in parameters
        assert value in parameters[parameter].get("AllowedValues", [value])
    if name in {"staging", "prod"}:
        assert given["Stage"] == name
    assert resolve(translate(packaged(), given), given)["Resources"]


def test_defaults_are_allowed_values():
    for name, parameter in source()["Parameters"].items():
        assert parameter["Description"], name
        assert parameter["Default"] in parameter.get("AllowedValues", [parameter["Default"]]), name
        assert re.fullmatch(parameter.get("AllowedPattern", ".*"), str(parameter["Default"])), name


def skipped_checks() -> list[str]:
    lines = (ROOT / ".checkov.yaml").read_text().splitlines()
    return [line for line in lines if line.lstrip().startswith("- CKV")]


def test_every_check_that_is_skipped_has_its_reason_beside_it():
    assert skipped_checks()
    for line in skipped_checks():
        assert re.fullmatch(r"\s*- CKV\w+ # \S.{15,}", line), line
