"""pipelines/images.yaml, translated: the rules that hold for the root hold here, for each choice of parameters."""

from __future__ import annotations

import json
import re
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
        "ModelAccessPoints": "resnet=tensor,small-net=thumbnail",
        "UseImageDistribution": "true",
        "UseSignedVariants": "true",
        "UseVips": "true",
        "AlarmTopicArn": TOPIC,
        "Stage": "prod",
    },
}
POINTS = ("ImageAccessPoint", "TensorAccessPoint", "ModelAccessPoint1", "ModelAccessPoint2")
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
        "ImageVariantKeysArn",
        *(f"{point}{kind}" for point in POINTS for kind in ("Alias", "Arn")),
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
    assert forwarded["HeadersConfig"] == {"HeaderBehavior": "whitelist", "Headers": ["Accept"]}
    behaviour = properties("Distribution")["DistributionConfig"]["DefaultCacheBehavior"]
    (edge,) = behaviour["FunctionAssociations"]
    assert edge["EventType"] == "viewer-request", "before the cache is asked"
    assert edge["FunctionARN"] == {"Fn::GetAtt": ["DistributionAccept", "FunctionMetadata.FunctionARN"]}


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


def payloads() -> dict[str, str]:
    return {
        name: configuration["TransformationConfigurations"][0]["ContentTransformation"]["AwsLambda"]["FunctionPayload"]
        for name, configuration in transformations().items()
    }


def test_every_payload_names_a_profile_of_its_own():
    from images.doors.access_point import profile_of

    written = {
        name: payload
        if isinstance(payload, str)
        else payload["Fn::Sub"][0].replace("${Profile}", selected(payload["Fn::Sub"][1]["Profile"]))
        for name, payload in payloads().items()
    }
    assert {name: profile_of(payload).name for name, payload in written.items()} == dict(
        zip(POINTS, ("default", "tensor", "tensor", "thumbnail"), strict=True)
    )


def selected(value: Any) -> str:
    """What CloudFormation makes of Select, Split and Sub, of the list of models."""
    text = json.dumps(value)
    models = CHOICES["everything"]["ModelAccessPoints"]
    assert "${ModelAccessPoints},,,," in text
    index, inner = value["Fn::Select"]
    model = (models + ",,,,").split(",")[inner["Fn::Split"][1]["Fn::Select"][0]]
    return model.split("=")[index]


def test_a_model_has_an_access_point_of_its_name():
    names = [properties(f"ModelAccessPoint{number}")["Name"] for number in (1, 2)]
    assert list(map(selected, names)) == ["resnet", "small-net"]
    assert "ModelAccessPoint3" not in resolved()["Resources"]


def test_access_points_are_for_reading_and_for_our_account():
    """What is no GetObject would go on to the bucket untransformed, PutObject and DeleteObject too."""
    policies = rules.of_type(resolved(), "AWS::S3ObjectLambda::AccessPointPolicy")
    assert {policy["ObjectLambdaAccessPoint"]["Ref"] for policy in policies.values()} == set(POINTS)
    for policy in policies.values():
        point = policy["ObjectLambdaAccessPoint"]["Ref"]
        account, reading = policy["PolicyDocument"]["Statement"]
        assert {statement["Effect"] for statement in (account, reading)} == {"Deny"}
        assert account["Resource"] == reading["Resource"] == {"Fn::GetAtt": [point, "Arn"]}
        assert account["Condition"] == {"StringNotEquals": {"aws:PrincipalAccount": "123456789012"}}
        assert {"s3-object-lambda:GetObject", "s3-object-lambda:WriteGetObjectResponse"} < set(reading["NotAction"])
        assert not any(word in action for action in reading["NotAction"] for word in ("Put", "Delete", "*"))


@pytest.mark.parametrize(
    ("models", "fits"),
    [
        ("", True),
        ("resnet=tensor", True),
        ("a-1=tensor,b-1=my_profile,c-1=x,d-1=x,e-1=x", True),
        ("a-1=x,b-1=x,c-1=x,d-1=x,e-1=x,f-1=x", False),
        ("ab=tensor", False),
        ("Resnet=tensor", False),
        ("resnet", False),
        ("resnet=", False),
        ("resnet=tensor,", False),
        ('resnet=a"b', False),
        ("-resnet=tensor", False),
        ("resnet=tensor, other=tensor", False),
        ("resnet=tensor,resnet=thumbnail", False),
        ("a-1=x,b-1=x,c-1=x,b-1=x", False),
        ("net=tensor,resnet=tensor,net-1=tensor", True),
        ("r" * 46 + "=tensor", False),
    ],
)
def test_a_list_of_models(models, fits):
    parameter = read_template(TEMPLATE)["Parameters"]["ModelAccessPoints"]
    assert bool(re.search(parameter["AllowedPattern"], models)) == fits
    assert read_template(ROOT / "template.yaml")["Parameters"]["ModelAccessPoints"] == parameter
    longest = ",".join([letter * 45 + "=" + "p" * 40 for letter in "abcde"])
    assert re.search(parameter["AllowedPattern"], longest)
    assert len(longest) <= parameter["MaxLength"]


def test_the_whole_stack_shows_every_output_of_the_part():
    whole, part = (read_template(path)["Outputs"] for path in (ROOT / "template.yaml", TEMPLATE))
    for name in set(part) - {"ImagesUrlDoorName"}:
        assert whole[name]["Value"] == {"Fn::GetAtt": ["Images", f"Outputs.{name}"]}, name


# Permissions and limits


def test_each_door_may_read_originals_and_nothing_else():
    originals = {
        ("s3:GetObject", "{'Fn::Sub': '${ImagesBucket.Arn}/*'}"),
        ("s3:ListBucket", "{'Fn::GetAtt': ['ImagesBucket', 'Arn']}"),
    }
    keys = {("secretsmanager:GetSecretValue", "{'Fn::GetAtt': ['VariantKeys', 'Id']}")}
    for choice, role, more in (
        ("everything", "ImagesUrlDoorRole", keys),
        ("everything", "ImagesAccessPointDoorRole", set()),
        ("plain", "ImagesUrlDoorRole", set()),
    ):
        statements = rules.statements(resolved(choice), role)
        assert {(each["Action"], str(each["Resource"])) for each in statements} == originals | more


@pytest.mark.parametrize(
    ("distribution", "signed", "rule"),
    [("false", "false", "open"), ("true", "false", "off"), ("true", "true", "signed"), ("false", "true", "signed")],
)
def test_behind_cloudfront_nobody_changes_a_profile_without_a_signature(distribution, signed, rule):
    """Everybody may ask there, and each variant costs a transform."""
    given = {"UseImageDistribution": distribution, "UseSignedVariants": signed}
    packaged = package(TEMPLATE, lambda key, _content: f"s3://artefacts/{key}")
    door = resolve(translate(packaged, given), given)["Resources"]["ImagesUrlDoor"]["Properties"]
    variables = door["Environment"]["Variables"]
    assert variables["OVERRIDES"] == rule
    assert bool(variables["VARIANT_KEYS"]) == (rule == "signed")


@pytest.mark.parametrize(("choice", "layers", "setting"), [("everything", 3, "true"), ("plain", 2, "false")])
def test_functions_have_libvips_where_the_stack_asks_for_it(choice, layers, setting):
    for function in rules.of_type(resolved(choice), "AWS::Lambda::Function").values():
        assert len(function["Layers"]) == layers
        assert function["Environment"]["Variables"]["USE_VIPS"] == setting
    assert any("Vips" in name for name in resolved(choice)["Resources"]) == (layers == 3)


def test_the_key_of_signatures_is_made_by_aws_and_seen_by_nobody():
    (secret,) = rules.of_type(resolved(), "AWS::SecretsManager::Secret").values()
    assert secret["GenerateSecretString"]["PasswordLength"] >= 32
    assert "SecretString" not in secret


def test_answers_go_to_our_access_points_alone():
    (policy,) = rules.of_type(resolved(), "AWS::IAM::Policy").values()
    (statement,) = policy["PolicyDocument"]["Statement"]
    assert policy["Roles"] == [{"Ref": "ImagesAccessPointDoorRole"}]
    assert statement["Action"] == "s3-object-lambda:WriteGetObjectResponse"
    assert [resource["Fn::GetAtt"] for resource in statement["Resource"]] == [[name, "Arn"] for name in POINTS]
    assert set(POINTS) == set(transformations())


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
        if (alarm.get("Namespace"), alarm.get("MetricName")) == ("AWS/Lambda", "Errors")
    }
    assert watched == set(rules.of_type(resolved(), "AWS::Lambda::Function"))
