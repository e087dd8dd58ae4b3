"""Parameters: the root and what it nests say the same, each has its place in the console, none is lost on its way."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from local.cloud.deploying.template import Template, read_template
from local.cloud.testing import ROOT
from tests.template.translate import NESTED, TEMPLATE, templates

NESTED_ONLY: Mapping[str, str] = {
    "AlarmTopicArn": "the root makes the topic",
    "ParentStack": "the root's own name",
    "StateTableName": "the root makes the table, which two pipelines share",
    "StateTableArn": "the root makes the table, which two pipelines share",
    "TripsDatabaseName": "made by trips.yaml",
    "LakeBucketName": "made by trips.yaml",
    "DatabaseName": "made from the name of the root's stack",
    "InboxBucketName": "made by documents.yaml, or attached there",
    "SummariesBucketName": "made by documents.yaml",
    "SummarizeDocumentArn": "made by documents.yaml",
    "SummarizeDocumentName": "made by documents.yaml",
    "App": "one of Apps, by llm.yaml",
    "Service": "made by llm.yaml",
    "LogGroupName": "made by the pipeline that it is a part of",
    "LogGroupArn": "made by the pipeline that it is a part of",
    "DeadLettersArn": "made by the pipeline that it is a part of",
    "KnowledgeBucketName": "made by knowledge.yaml",
    **{
        f"{queue}{lane}Queue{what}": "made by lanes.yaml"
        for queue in ("Analysis", "Jobs")
        for lane in ("First", "Next")
        for what in ("Url", "Arn")
    },
}
"""Parameters that only a nested application has, and why nobody sets them on the root."""

COMPARED = ("Type", "Default", "AllowedValues", "AllowedPattern", "MinValue", "MaxValue", "MinLength", "MaxLength",
            "ConstraintDescription", "Description")  # fmt: skip
VERSION_DESCRIPTION = 256
"""Characters (Lambda API reference, PublishVersion)."""

ROOT_TEMPLATE = read_template(TEMPLATE)
FILES = templates()


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def shared() -> Iterator[tuple[str, Path, Path]]:
    """Each parameter that two templates have, with both."""
    first: dict[str, Path] = {}
    for path in FILES:
        for parameter in read_template(path)["Parameters"]:
            if parameter in first:
                yield parameter, first[parameter], path
            first.setdefault(parameter, path)


@pytest.mark.parametrize(("parameter", "one", "other"), list(shared()), ids=lambda value: getattr(value, "name", value))
def test_a_parameter_is_the_same_wherever_it_stands(parameter: str, one: Path, other: Path):
    first, second = (read_template(path)["Parameters"][parameter] for path in (one, other))
    differs = {key for key in COMPARED if first.get(key) != second.get(key)}
    # What the root made is handed on without a default.
    assert differs <= ({"Default", "Description"} if parameter in NESTED_ONLY else set())


def test_what_only_a_nested_application_has_has_a_reason():
    root = set(ROOT_TEMPLATE["Parameters"])
    nested = {parameter for path in FILES[1:] for parameter in read_template(path)["Parameters"]}
    assert nested - root == set(NESTED_ONLY)


@pytest.mark.parametrize("path", FILES, ids=name)
def test_every_parameter_of_a_nested_application_is_passed_on(path: Path):
    template = read_template(path)
    for logical_id, resource in template["Resources"].items():
        if resource["Type"] != NESTED:
            continue
        file = (path.parent / resource["Properties"]["Location"]).resolve()
        passed = resource["Properties"]["Parameters"]
        assert set(passed) == set(read_template(file)["Parameters"]), f"{logical_id} of {path.name}"
        for parameter, value in passed.items():
            if parameter not in NESTED_ONLY:
                assert {"Ref": parameter} in (value, *_joined(value)), parameter


def _joined(value: Any) -> list[Any]:
    """What a list of values that is passed on as text was made of."""
    return value["Fn::Join"][1:] if isinstance(value, dict) and "Fn::Join" in value else []


def test_every_parameter_of_the_root_has_a_group_and_a_label():
    interface = ROOT_TEMPLATE["Metadata"]["AWS::CloudFormation::Interface"]
    grouped = [parameter for group in interface["ParameterGroups"] for parameter in group["Parameters"]]
    assert grouped == list(ROOT_TEMPLATE["Parameters"]), "in the order in which they are declared, each once"
    assert list(interface["ParameterLabels"]) == grouped
    assert all(label["default"].strip() for label in interface["ParameterLabels"].values())
    assert all(group["Label"]["default"].strip() for group in interface["ParameterGroups"])


def test_the_root_refuses_what_a_nested_application_refuses():
    """At the call, before anything is made; a nested stack would refuse it when half of the others stand."""
    nested = {name: rule for path in FILES[1:] for name, rule in read_template(path).get("Rules", {}).items()}
    of_its_own = {name: ROOT_TEMPLATE["Rules"][REFUSED_OTHERWISE[name]] for name in nested.keys() & REFUSED_OTHERWISE}
    assert of_its_own.keys() == REFUSED_OTHERWISE.keys()
    nested = {name: rule for name, rule in nested.items() if name not in of_its_own}
    assert nested
    assert {name: _where_it_is_used(ROOT_TEMPLATE["Rules"].get(name)) for name in nested} == nested


REFUSED_OTHERWISE = {"SomethingMayBeAsked": "QuestionsHaveTables"}
"""Rules about what the root makes, and the root's own about what it makes that of."""


def _where_it_is_used(rule: Any) -> Any:
    """A rule of the root without the condition that its pipeline is used at all."""
    match rule:
        case {"RuleCondition": {"Fn::And": [{"Fn::Equals": [{"Ref": str(switch)}, "true"]}, *rest]}} if (
            switch.startswith("Use") and switch not in NESTED_NAMES
        ):
            return {**rule, "RuleCondition": {"Fn::And": rest} if len(rest) > 1 else rest[0]}
    return rule


BUCKETS = [name for name in ROOT_TEMPLATE["Parameters"] if re.search("Bucket(Name)?$", name)]


@pytest.mark.parametrize("parameter", BUCKETS)
@pytest.mark.parametrize(
    ("value", "taken"),
    [("", True), ("a.bucket-1", True), ("arn:aws:s3:::bucket", False), ("s3://bucket", False), ("Bucket", False)],
)
def test_the_name_of_a_bucket_is_one(parameter: str, value: str, taken: bool):
    """Else the stack fails when half of it stands, or has rights on nothing."""
    assert bool(re.fullmatch(ROOT_TEMPLATE["Parameters"][parameter]["AllowedPattern"], value)) == taken


@pytest.mark.parametrize(
    ("value", "taken"),
    [("", True), ("rate(1 day)", True), ("cron(0 6 ? * MON-FRI *)", True), ("daily", False), ("0 6 * * *", False)],
)
def test_a_schedule_is_one(value: str, taken: bool):
    assert bool(re.fullmatch(ROOT_TEMPLATE["Parameters"]["BatchSchedule"]["AllowedPattern"], value)) == taken


SHARED_GLOBALS = ("Runtime", "Architectures", "Tracing", "AutoPublishAlias", "AutoPublishAliasAllProperties")


@pytest.mark.parametrize("path", [each for each in FILES[1:] if "Globals" in read_template(each)], ids=name)
def test_functions_of_every_application_are_of_one_kind(path: Path):
    narration, ours = (read_template(file)["Globals"] for file in (ROOT / "pipelines" / "narration.yaml", path))
    assert {key: ours["Function"][key] for key in SHARED_GLOBALS} == {
        key: narration["Function"][key] for key in SHARED_GLOBALS
    }
    assert ours["LayerVersion"] == narration["LayerVersion"]
    assert ours["Function"]["LoggingConfig"].keys() == {"LogFormat", "LogGroup"}


def test_only_what_has_no_function_has_no_globals():
    for path in FILES:
        kinds = {resource["Type"] for resource in read_template(path)["Resources"].values()}
        assert "Globals" in read_template(path) or "AWS::Serverless::Function" not in kinds, path


# Versions: their descriptions hold the settings (docs/decisions/008-versions-and-settings.md)


def functions() -> Iterator[tuple[Path, str, Mapping[str, Any]]]:
    for path in FILES:
        for logical_id, resource in read_template(path)["Resources"].items():
            if resource["Type"] == "AWS::Serverless::Function":
                yield path, logical_id, resource["Properties"]


def short(value: object) -> str:
    return value.stem if isinstance(value, Path) else value if isinstance(value, str) else ""


def longest(value: Any, template: Template) -> int:
    """Characters of a text whose parameters are as long as they may be."""
    if isinstance(value, str):
        return len(value)
    ((kind, inner),) = value.items()
    match kind:
        case "Ref" if template["Resources"].get(inner, {}).get("Type") == "AWS::Serverless::LayerVersion":
            # The longest Region and partition, and more releases than there will be.
            return len(f"arn:aws-us-gov:lambda:ap-northeast-1:123456789012:layer:{inner}:99999")
        case "Ref":
            return longest_of_parameter(inner, template["Parameters"][inner])
        case "Fn::If":
            return max(longest(branch, template) for branch in inner[1:])
        case "Fn::Join":
            return longest(inner[1], template)
        case "Fn::Sub":
            text, names = inner if isinstance(inner, list) else (inner, {})
            references = re.findall(r"\$\{(\w+)\}", text)
            values = (longest(names.get(name, {"Ref": name}), template) for name in references)
            return len(re.sub(r"\$\{\w+\}", "", text)) + sum(values)
    raise ValueError(f"{kind} in a description of a version")


def longest_of_parameter(name: str, declared: Mapping[str, Any]) -> int:
    allowed = [str(value) for value in declared.get("AllowedValues", ())]
    if declared["Type"] == "CommaDelimitedList":
        return len(" ".join(allowed))
    if allowed:
        return max(map(len, allowed))
    if declared["Type"] == "Number":
        if isinstance(declared["Default"], int) and (most := declared.get("MaxValue", 1)) > 1:
            return len(str(most))
        return 10 if declared.get("MaxValue") == 1 else 12  # a share in eight decimals; more digits than our bounds
    assert "MaxLength" in declared, f"{name} may be of any length, and stands in a description"
    return int(declared["MaxLength"])


@pytest.mark.parametrize(("path", "logical_id", "function"), list(functions()), ids=short)
def test_a_description_of_a_version_fits(path: Path, logical_id: str, function: Mapping[str, Any]):
    description = function.get("VersionDescription", "")
    assert longest(description, read_template(path)) <= VERSION_DESCRIPTION


LAYERS = [
    (path, logical_id, resource["Properties"]["Description"])
    for path in FILES
    for logical_id, resource in read_template(path)["Resources"].items()
    if resource["Type"] == "AWS::Serverless::LayerVersion" and "Description" in resource["Properties"]
]


@pytest.mark.parametrize(("path", "logical_id", "description"), LAYERS, ids=short)
def test_a_description_of_a_layer_fits(path: Path, logical_id: str, description: Any):
    """Lambda API reference, PublishLayerVersion: 256 characters too."""
    assert longest(description, read_template(path)) <= VERSION_DESCRIPTION


# Pages


PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
SETTING = re.compile(r"(?:`|--parameter |--parameter-overrides )([A-Z][a-z]+(?:[A-Z][a-z]+)*)=")
"""As pages write it: ``Redact=none`` between backticks, or as an argument."""
SWITCH = re.compile(r"\b((?:Use|Existing)[A-Z][A-Za-z]+)\b")
WORD = re.compile(r"`([A-Z][A-Za-z]+)`")
NESTED_NAMES = {parameter for path in FILES[1:] for parameter in read_template(path)["Parameters"]} - set(NESTED_ONLY)


def named_parameters(text: str) -> set[str]:
    return {*SETTING.findall(text), *SWITCH.findall(text), *(NESTED_NAMES & set(WORD.findall(text)))}


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_a_page_names_parameters_that_the_root_has(page: Path):
    """Somebody sets what a page names on the stack; what only a nested application had would never get there."""
    assert named_parameters(page.read_text(encoding="utf-8")) <= ROOT_TEMPLATE["Parameters"].keys()


def test_pages_name_parameters():
    named = set().union(*(named_parameters(page.read_text(encoding="utf-8")) for page in PAGES))
    assert {"Balance", "Recipe", "Redact", "UseTrips", "ExistingInboxBucketName"} <= named


def test_a_parameter_in_a_sentence_is_seen():
    text = "`Balance=2.1` or --parameter Blance=1, `Recipe`, not PIPELINE=narration nor `Bucket`; UseNothing too."
    assert named_parameters(text) == {"Balance", "Blance", "Recipe", "UseNothing"}
