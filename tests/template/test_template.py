"""The translated template holds every rule of `rules.py` for every choice of parameters; and each rule can fail."""

from __future__ import annotations

import importlib
import inspect
import json
import re
import tomllib
from collections.abc import Iterable
from itertools import chain
from typing import Any

import pytest
import yaml

from local.cloud.deploying.template import parse_parameters, read_template
from local.cloud.testing import ROOT
from tests.template import rules
from tests.template.broken import BROKEN
from tests.template.translate import (
    GRADUAL,
    applications,
    handed_on,
    packaged,
    resolve,
    resolved,
    source,
    templates,
    translate,
)

CHOICES = {
    "arm64": {},
    "x86_64": {"Architecture": "x86_64", "PythonRuntime": "python3.12"},
    "everything": {"AlarmEmail": "operations@example.org", "BodiesBucketName": "bodies", "Stage": "prod"},
    "every way in": {
        "UseCompletionsStream": "true",
        "UseSimilarityBand": "true",
        "RefusalFloorPercent": "2",
        "CanaryModel": "amazon.nova-lite-v1:0",
        "BatchSchedule": "rate(1 day)",
        "BatchManifestBucket": "manifests",
        "ModelProvider": "sagemaker",
        "SageMakerEndpoint": "summaries",
    },
    "questions of trips": {"UseQuestions": "true"},
    "questions of a database": {
        "UseQuestions": "true",
        "QuestionsDatabase": "sales",
        "QuestionsBucketName": "their-lake",
        "TokenIssuer": "https://login.example.org",
        "TokenAudience": "questions",
    },
    "knowledge": {"UseKnowledge": "true"},
    "knowledge with tokens and another repository": {
        "UseKnowledge": "true",
        "TokenIssuer": "https://login.example.org",
        "TokenAudience": "questions",
        "DefaultReaders": "everyone",
        "SyncBucketName": "repository",
        "SyncSchedule": "rate(1 hour)",
    },
    "training": {"UseTraining": "true"},
    "training without trips": {
        "UseTraining": "true",
        "UseTrips": "false",
        "TrainingReadsBuckets": "arn:aws:s3:::rows,arn:aws:s3:::rows/*",
        "TokenIssuer": "https://login.example.org",
        "TokenAudience": "models",
    },
    "gradual": {"Rollout": GRADUAL, "UseCompletionsStream": "true", "UseObjectLambda": "true"},
    "distribution": {
        "UseDistribution": "true",
        "MembersPublicKey": "key",
        "PublicBaseUrl": "https://audio.example.org",
    },
    "distribution under a name of ours": {
        "UseDistribution": "true",
        "MembersPublicKey": "key",
        "MembersSecondPublicKey": "another key",
        "DistributionAlias": "audio.example.org",
        "DistributionCertificateArn": "arn:aws:acm:us-east-1:123456789012:certificate/a1b2c3d4",
    },
}

OUTPUTS = {
    "ArticlesTopicArn",
    "AudioBucketName",
    "NarrateArticleArn",
    "NarrationFailedQueueUrl",
    "NarrationDeadLettersUrl",
    "NarrationDeadLettersArn",
    "NarrationRedriveFailedName",
    "DocumentsRedriveFailedName",
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
    assert len(rules.statements(whole, "NarrationPlanRole")) == len(rules.statements(plain, "NarrationPlanRole")) + 2
    assert whole["Resources"]["NarrationLogs"]["Properties"]["RetentionInDays"] == 90
    assert plain["Resources"]["NarrationLogs"]["Properties"]["RetentionInDays"] == 14
    x86 = resolved(**CHOICES["x86_64"])
    assert rules.of_type(x86, "AWS::Lambda::Function")["NarrationMerge"]["Architectures"] == ["x86_64"]


@pytest.mark.parametrize(("rule", "change", "problem"), BROKEN, ids=[problem for *_, problem in BROKEN])
def test_a_broken_template_is_found_out(rule, change, problem):
    template = resolved()
    change(template["Resources"])
    assert problem in list(rule(template))


def test_every_rule_is_proved():
    assert {rule for rule, _, _ in BROKEN} == set(rules.ALL)


# What only shows in the source, or over two translations


def published(template: dict[str, Any]) -> dict[str, str]:
    """Function -> what of its version makes a new one when it changes: logical id and description."""
    return {
        name: version + json.dumps(template["Resources"][version]["Properties"].get("Description"))
        for name, version in versions(template).items()
    }


def versions(template: dict[str, Any]) -> dict[str, str]:
    """Function -> logical id of its published version."""
    return {
        alias["FunctionName"]["Ref"]: alias["FunctionVersion"]["Fn::GetAtt"][0]
        for alias in rules.of_type(template, "AWS::Lambda::Alias").values()
    }


def with_new_layer(template: dict[str, Any], name: str) -> dict[str, Any]:
    template["Resources"][name]["Properties"]["ContentUri"] = "s3://artefacts/layers/another.zip"
    return template


NARRATION = applications()["Narration"]
OWN_LAYERS = [
    (path, name)
    for path in templates()
    for name, entry in packaged(path)["Resources"].items()
    if entry["Type"] == f"{SAM_TYPES}LayerVersion"
]


@pytest.mark.parametrize(("path", "layer"), OWN_LAYERS, ids=[f"{path.stem}-{layer}" for path, layer in OWN_LAYERS])
def test_a_layer_that_changes_alone_reaches_the_alias(path, layer):
    before = published(translate(packaged(path)))
    after = published(translate(with_new_layer(packaged(path), layer)))
    users = {
        name
        for name, function in rules.of_type(translate(packaged(path)), "AWS::Lambda::Function").items()
        if any(layer in str(used) for used in function["Layers"])
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

    before = versions(translate(one(packaged(NARRATION))))
    after = versions(translate(one(with_new_layer(packaged(NARRATION), "PowertoolsLayer"))))
    assert before == after


def test_a_setting_reaches_the_alias():
    changed = packaged(NARRATION)
    changed["Resources"]["NarrationReject"]["Properties"]["Timeout"] = 31
    before, after = versions(translate(packaged(NARRATION))), versions(translate(changed))
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


SET_ONCE = {
    "ParentStack": "the stack's own name",
    "TripsDatabaseName": "made from the name of the stack",
    "StateTableName": "the claims of a living stack are in it",
    "InboxBucketName": "made by documents.yaml",
    "SummariesBucketName": "made by documents.yaml",
    "KnowledgeBucketName": "made by knowledge.yaml",
    **{f"{queue}{lane}QueueUrl": "made by lanes.yaml" for queue in ("Analysis", "Jobs") for lane in ("First", "Next")},
}
"""Parameters that cannot change while the stack lives, and why."""


def forgotten_parameters(source: dict[str, Any]) -> list[str]:
    """A parameter that changes alone gives no new version (serverless-application-model issue 3820), so the alias
    would stay on its old value. The description of a version replaces it (CloudFormation, AWS::Lambda::Version)."""
    layers = described_layers(source)
    template = translate(source)
    described = versions(template)
    return [
        f"{name} follows {parameter}, and its VersionDescription does not"
        for name, function in rules.of_type(template, "AWS::Lambda::Function").items()
        for parameter in sorted(
            parameters_of([function["Environment"], function["Layers"]], template)
            - SET_ONCE.keys()
            - described_parameters(
                template["Resources"][described[name]]["Properties"].get("Description"), template, layers
            )
        )
    ]


def described_layers(source: dict[str, Any]) -> dict[str, set[str]]:
    """Layers whose own description names parameters: each change of one makes another layer, whose ARN is another."""
    return {
        name: parameters_of(resource["Properties"].get("Description"), source)
        for name, resource in source["Resources"].items()
        if resource["Type"] == "AWS::Serverless::LayerVersion"
    }


def described_parameters(description: Any, template: dict[str, Any], layers: dict[str, set[str]]) -> set[str]:
    """Those that a version's description names, itself or by a layer; SAM adds a hash to the layer's name."""
    text = json.dumps(description)
    named = (found for name, found in layers.items() if re.search(rf"\$\{{{name}[0-9a-f]{{10}}\}}", text))
    return parameters_of(description, template).union(*named)


@pytest.mark.parametrize("path", templates(), ids=lambda path: path.stem)
def test_a_parameter_that_changes_alone_reaches_the_alias(path):
    assert forgotten_parameters(packaged(path)) == []


@pytest.mark.parametrize(
    "setting", [{"Ref": "Stage"}, {"Fn::Sub": "x-${Stage}"}, {"Fn::If": ["HasAlarmTopic", "yes", "no"]}]
)
def test_a_forgotten_parameter_is_found_out(setting):
    template = packaged(NARRATION)
    template["Resources"]["NarrationReject"]["Properties"]["Environment"]["Variables"]["NEW"] = setting
    parameter = "AlarmTopicArn" if "Fn::If" in setting else "Stage"
    assert forgotten_parameters(template) == [
        f"NarrationReject follows {parameter}, and its VersionDescription does not"
    ]


def test_layers_are_built_for_the_architecture():
    layers = {f"{path.stem}: {name}": packaged(path)["Resources"][name] for path, name in OWN_LAYERS}
    assert {"batch: PowertoolsLayer", "narration: AudioLayer", *MADE} <= layers.keys()
    for name, layer in layers.items():
        assert layer["Metadata"] == {
            "BuildMethod": "makefile" if name in MADE else {"Ref": "PythonRuntime"},
            "BuildArchitecture": {"Ref": "Architecture"},
        }, name
        assert layer["Properties"]["CompatibleArchitectures"] == [{"Ref": "Architecture"}], name


MADE = {"narration: DecoderLayer", "narration: FfmpegLayer"}
"""Layers that a Makefile builds."""


@pytest.mark.parametrize("name", sorted(MADE))
def test_a_layer_that_is_made_has_a_folder_per_architecture_and_they_are_alike(name):
    layer = name.removeprefix("narration: ")
    uri = read_template(NARRATION)["Resources"][layer]["Properties"]["ContentUri"]
    folder = f"layers/{layer.removesuffix('Layer').lower()}"
    assert uri == {"Fn::Sub": f"../{folder}/${{Architecture}}"}
    arm, x86 = (ROOT / folder / architecture for architecture in ("arm64", "x86_64"))
    assert {path.name for path in (ROOT / folder).iterdir()} == {"arm64", "x86_64"}
    for file in ("requirements.in", "requirements.txt"):
        assert (arm / file).read_text() == (x86 / file).read_text()
    made = (arm / "Makefile").read_text()
    assert made.count("aarch64") == 1
    assert f"\nbuild-{layer}:\n" in made
    assert (x86 / "Makefile").read_text() == made.replace("aarch64", "x86_64")


def test_layers_are_locked():
    """What sam build installs is exactly what was locked, hash for hash."""
    folders = [path.parent for path in (ROOT / "layers").rglob("requirements.in")]
    assert len(folders) > len(list((ROOT / "layers").iterdir()))
    for folder in folders:
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
    files = [*templates(), *(ROOT / "functions").rglob("*.py"), *(ROOT / "local").rglob("*.py")]
    named = set(chain.from_iterable(re.findall(r"docs/[\w/-]+\.md", path.read_text()) for path in files))
    assert named
    assert [page for page in sorted(named) if not (ROOT / page).exists()] == []


def samconfig() -> dict[str, Any]:
    return tomllib.loads((ROOT / "samconfig.toml").read_text())


def overrides(section: dict[str, Any]) -> Iterable[str]:
    """For `local` those of deploy; all others hand them to build and deploy alike, or one would miss them."""
    kinds = (section.get(command, {}).get("parameters", {}) for command in ("deploy", "global"))
    return next((found["parameter_overrides"] for found in kinds if "parameter_overrides" in found), [])


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
        assert value in map(str, parameters[parameter].get("AllowedValues", [value]))
    if name in {"staging", "prod"}:
        assert given["Stage"] == name
    assert resolve(translate(packaged(), given), given)["Resources"]


def test_defaults_are_allowed_values():
    for name, parameter in source()["Parameters"].items():
        assert parameter["Description"], name
        if "Default" not in parameter:
            assert name in handed_on(), "only a template around it can set it"
            continue
        members = str(parameter["Default"]).split(",") if parameter["Type"] == "CommaDelimitedList" else None
        allowed = parameter.get("AllowedValues")
        assert allowed is None or set(members or [parameter["Default"]]) <= set(allowed), name
        assert re.fullmatch(parameter.get("AllowedPattern", ".*"), str(parameter["Default"])), name


def skipped_checks() -> list[str]:
    lines = (ROOT / ".checkov.yaml").read_text().splitlines()
    return [line for line in lines if line.lstrip().startswith("- CKV")]


def test_every_check_that_is_skipped_has_its_reason_beside_it():
    assert skipped_checks()
    for line in skipped_checks():
        assert re.fullmatch(r"\s*- CKV\w+ # \S.{15,}", line), line


def test_checkov_reads_every_template():
    """It reads what its configuration names, and is silent about a file that nobody named."""
    named = yaml.safe_load((ROOT / ".checkov.yaml").read_text())["file"]
    assert sorted(named) == sorted({path.relative_to(ROOT).as_posix() for path in templates()})


KEPT_IN = re.compile(r"(DeadLetters|FailedQueue)$")
"""Queues that an operator empties: StartMessageMoveTask takes their ARNs, and nothing else prints one."""


def test_the_arn_of_each_queue_of_failures_is_an_output():
    """Of each in which messages end; one that hands them on is none of them."""
    every = rules.of_type(resolved(), "AWS::SQS::Queue")
    queues = {name for name, queue in every.items() if KEPT_IN.search(name) and "RedrivePolicy" not in queue}
    assert len(queues) == 5
    outputs = resolved()["Outputs"]
    assert {name: outputs[f"{name}Arn"]["Value"] for name in queues} == {
        name: {"Fn::GetAtt": [name, "Arn"]} for name in queues
    }
    for path in templates()[1:]:
        template = read_template(path)
        every = rules.of_type(template, "AWS::SQS::Queue")
        own = {name for name, queue in every.items() if KEPT_IN.search(name) and "RedrivePolicy" not in queue}
        assert {f"{name}Arn" for name in own} <= template.get("Outputs", {}).keys()


@pytest.mark.parametrize("pipeline", ["Narration", "Documents", "Llm"])
def test_no_queue_of_a_pipeline_that_is_switched_off_is_named(pipeline):
    outputs = resolved(**{f"Use{pipeline}": "false"})["Outputs"]
    assert [name for name in outputs if name.startswith(pipeline)] == []
    assert [name for name in outputs if KEPT_IN.search(name.removesuffix("Arn"))]
