"""pipelines/images.yaml, translated: the rules that hold for the root hold here, for each choice of parameters."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import pytest

from local.cloud.deploying.package import package
from local.cloud.deploying.template import read_template
from local.cloud.testing import ROOT
from tests.template import rules
from tests.template.translate import resolve, translate

TEMPLATE = ROOT / "pipelines" / "images.yaml"
TOPIC = "arn:aws:sns:us-east-1:123456789012:alarms"
CHOICES = {
    "plain": {},
    "x86_64": {"Architecture": "x86_64", "PythonRuntime": "python3.12"},
    "everything": {
        "UseObjectLambda": "true",
        "UseImageDistribution": "true",
        "AlarmTopicArn": TOPIC,
        "Stage": "prod",
    },
}
RULES = (
    rules.functions_are_complete,
    rules.settings_are_set,
    rules.buckets_are_closed,
    rules.metrics_are_emitted,
    rules.references_exist,
)


@cache
def _resolved(choice: str) -> str:
    packaged = package(TEMPLATE, lambda key, _content: f"s3://artefacts/{key}")
    return json.dumps(resolve(translate(packaged, CHOICES[choice]), CHOICES[choice]))


def resolved(choice: str = "everything") -> dict[str, Any]:
    return dict(json.loads(_resolved(choice)))


def properties(name: str, choice: str = "everything") -> dict[str, Any]:
    return dict(resolved(choice)["Resources"][name]["Properties"])


@pytest.mark.parametrize("choice", CHOICES)
@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_rule(rule, choice):
    assert list(rule(resolved(choice))) == []


def test_layers_are_built_for_the_architecture():
    for resource in read_template(TEMPLATE)["Resources"].values():
        if resource["Type"] == "AWS::Serverless::LayerVersion":
            assert resource["Metadata"]["BuildArchitecture"] == {"Ref": "Architecture"}


# What stands behind a parameter


def test_nothing_that_costs_or_is_closed_is_on_by_default():
    kinds = {resource["Type"] for resource in resolved("plain")["Resources"].values()}
    assert not any("CloudFront" in kind or "AccessPoint" in kind for kind in kinds)
    assert set(resolved("plain")["Outputs"]) == {"ImagesBucketName", "ImageUrl", "ImagesUrlDoorName"}
    assert set(resolved()["Outputs"]) == {
        "ImagesBucketName",
        "ImageUrl",
        "ImagesUrlDoorName",
        "ImageDistributionDomain",
        "ImageAccessPointAlias",
        "TensorAccessPointAlias",
    }


def test_the_url_asks_who_is_there():
    url = properties("ImagesUrlDoorUrl", "plain")
    assert url == {
        "AuthType": "AWS_IAM",
        "InvokeMode": "BUFFERED",
        "TargetFunctionArn": {"Ref": "ImagesUrlDoorAliaslive"},
    }
    assert rules.of_type(resolved("plain"), "AWS::Lambda::Permission") == {}


def test_cloudfront_may_use_the_url_and_nothing_else():
    """Function URLs made since October 2025 ask for both permissions; one alone gives 403 behind CloudFront."""
    permissions = rules.of_type(resolved(), "AWS::Lambda::Permission").values()
    assert {permission["Action"] for permission in permissions} == {
        "lambda:InvokeFunctionUrl",
        "lambda:InvokeFunction",
    }
    for permission in permissions:
        assert permission["Principal"] == "cloudfront.amazonaws.com"
        assert permission["FunctionName"] == {"Ref": "ImagesUrlDoorAliaslive"}
        assert permission["SourceArn"]["Fn::Sub"].endswith("distribution/${Distribution}")
        if permission["Action"] == "lambda:InvokeFunctionUrl":
            assert permission["FunctionUrlAuthType"] == "AWS_IAM"
        else:
            assert permission["InvokedViaFunctionUrl"] is True


def test_cloudfront_signs_what_it_asks():
    access = properties("DistributionAccess")["OriginAccessControlConfig"]
    assert (access["OriginAccessControlOriginType"], access["SigningBehavior"]) == ("lambda", "always")
    (origin,) = properties("Distribution")["DistributionConfig"]["Origins"]
    assert origin["OriginAccessControlId"] == {"Fn::GetAtt": ["DistributionAccess", "Id"]}
    assert origin["CustomOriginConfig"]["OriginProtocolPolicy"] == "https-only"


def test_cloudfront_keeps_results_apart_by_their_parameters():
    forwarded = properties("DistributionCache")["CachePolicyConfig"]["ParametersInCacheKeyAndForwardedToOrigin"]
    assert forwarded["QueryStringsConfig"] == {"QueryStringBehavior": "all"}
    assert forwarded["HeadersConfig"] == {"HeaderBehavior": "none"}


# Access points


def transformations() -> dict[str, dict[str, Any]]:
    points = rules.of_type(resolved(), "AWS::S3ObjectLambda::AccessPoint")
    return {name: point["ObjectLambdaConfiguration"] for name, point in points.items()}


def test_access_points_take_ranges_and_parts():
    for configuration in transformations().values():
        assert set(configuration["AllowedFeatures"]) == {
            "GetObject-Range",
            "GetObject-PartNumber",
            "HeadObject-Range",
            "HeadObject-PartNumber",
        }
        (transformation,) = configuration["TransformationConfigurations"]
        assert set(transformation["Actions"]) == {"GetObject", "HeadObject"}


def test_every_payload_names_a_profile_of_its_own():
    from images.doors.access_point import profile_of

    payloads = [
        configuration["TransformationConfigurations"][0]["ContentTransformation"]["AwsLambda"]["FunctionPayload"]
        for configuration in transformations().values()
    ]
    assert {profile_of(payload).name for payload in payloads} == {"default", "tensor"}


# Permissions and limits


def test_each_door_may_read_originals_and_nothing_else():
    for role in ("ImagesUrlDoorRole", "ImagesAccessPointDoorRole"):
        allowed = {
            (statement["Action"], str(statement["Resource"])) for statement in rules.statements(resolved(), role)
        }
        assert allowed == {
            ("s3:GetObject", "{'Fn::Sub': '${ImagesBucket.Arn}/*'}"),
            ("s3:ListBucket", "{'Fn::GetAtt': ['ImagesBucket', 'Arn']}"),
        }


def test_answers_go_to_our_access_points_alone():
    (policy,) = rules.of_type(resolved(), "AWS::IAM::Policy").values()
    (statement,) = policy["PolicyDocument"]["Statement"]
    assert policy["Roles"] == [{"Ref": "ImagesAccessPointDoorRole"}]
    assert statement["Action"] == "s3-object-lambda:WriteGetObjectResponse"
    assert statement["Resource"] == [{"Fn::GetAtt": [name, "Arn"]} for name in sorted(transformations())]


def test_s3_waits_longer_than_the_function_runs():
    """S3 Object Lambda gives up after 60 seconds, CloudFront after 30."""
    for function in rules.of_type(resolved(), "AWS::Lambda::Function").values():
        assert function["Timeout"] <= 30


# Alarms


@pytest.mark.parametrize("choice", CHOICES)
def test_alarms_lead_somewhere_where_there_is_a_topic(choice):
    for name, alarm in rules.of_type(resolved(choice), "AWS::CloudWatch::Alarm").items():
        wanted = [TOPIC] if choice == "everything" else []
        assert alarm["AlarmActions"] == alarm["OKActions"] == wanted, name
        assert alarm["TreatMissingData"] == "notBreaching", name
        assert alarm["AlarmDescription"].count(".") >= 2, name


def test_each_function_has_an_alarm_on_its_errors():
    watched = {
        alarm["Dimensions"][0]["Value"]["Ref"]
        for alarm in rules.of_type(resolved(), "AWS::CloudWatch::Alarm").values()
        if alarm["Namespace"] == "AWS/Lambda"
    }
    assert watched == set(rules.of_type(resolved(), "AWS::Lambda::Function"))
