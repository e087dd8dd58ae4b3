"""Every template as it comes to its resources: conditions decided, functions replaced, names and ARNs made up.

Where `translate.resolve` leaves a reference, here stands a value of the form that AWS gives it, so that a reader of
policies or properties, which looks at texts, has something to look at.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from local.cloud.deploying.template import Template
from tests.template.translate import ACCOUNT, GRADUAL, TEMPLATE, applications, packaged, resolve, source, translate

_HERE = f"{ACCOUNT['AWS::Region']}:{ACCOUNT['AWS::AccountId']}"
_PSEUDO = {
    **ACCOUNT,
    "AWS::StackName": "millrace",
    "AWS::StackId": f"arn:aws:cloudformation:{_HERE}:stack/millrace/8f9e6a30-cc1f-11f0-9d2b-0a1b2c3d4e5f",
    "AWS::URLSuffix": "amazonaws.com",
}

_ARNS = {
    "AWS::S3::Bucket": "arn:aws:s3:::{name}",
    "AWS::SQS::Queue": f"arn:aws:sqs:{_HERE}:{{name}}",
    "AWS::SNS::Topic": f"arn:aws:sns:{_HERE}:{{name}}",
    "AWS::DynamoDB::Table": f"arn:aws:dynamodb:{_HERE}:table/{{name}}",
    "AWS::Lambda::Function": f"arn:aws:lambda:{_HERE}:function:{{name}}",
    "AWS::Lambda::Alias": f"arn:aws:lambda:{_HERE}:function:{{name}}:live",
    "AWS::Lambda::Version": f"arn:aws:lambda:{_HERE}:function:{{name}}:1",
    "AWS::Lambda::LayerVersion": f"arn:aws:lambda:{_HERE}:layer:{{name}}:1",
    "AWS::StepFunctions::StateMachine": f"arn:aws:states:{_HERE}:stateMachine:{{name}}",
    "AWS::Events::Rule": f"arn:aws:events:{_HERE}:rule/{{name}}",
    "AWS::IAM::Role": f"arn:aws:iam::{ACCOUNT['AWS::AccountId']}:role/{{name}}",
    "AWS::Logs::LogGroup": f"arn:aws:logs:{_HERE}:log-group:{{name}}:*",
    "AWS::Kinesis::Stream": f"arn:aws:kinesis:{_HERE}:stream/{{name}}",
    "AWS::KinesisFirehose::DeliveryStream": f"arn:aws:firehose:{_HERE}:deliverystream/{{name}}",
    "AWS::S3::AccessPoint": f"arn:aws:s3:{_HERE}:accesspoint/{{name}}",
    "AWS::S3ObjectLambda::AccessPoint": f"arn:aws:s3-object-lambda:{_HERE}:accesspoint/{{name}}",
    "AWS::SecretsManager::Secret": f"arn:aws:secretsmanager:{_HERE}:secret:{{name}}-a1b2c3",
    "AWS::S3Vectors::VectorBucket": f"arn:aws:s3vectors:{_HERE}:bucket/{{name}}",
    "AWS::S3Vectors::Index": f"arn:aws:s3vectors:{_HERE}:bucket/vectorbucket/index/{{name}}",
}
_REF_IS_ARN = frozenset(
    {
        "AWS::SNS::Topic",
        "AWS::StepFunctions::StateMachine",
        "AWS::Lambda::Alias",
        "AWS::Lambda::Version",
        "AWS::Lambda::LayerVersion",
        "AWS::SecretsManager::Secret",
        "AWS::S3Vectors::VectorBucket",
        "AWS::S3Vectors::Index",
    }
)
_SMALL_LETTERS = frozenset(
    {
        "AWS::S3::AccessPoint",
        "AWS::S3ObjectLambda::AccessPoint",
        "AWS::S3Vectors::VectorBucket",
        "AWS::S3Vectors::Index",
    }
)
"""Kinds whose names have no capital letters."""


def named(kind: str, name: str) -> str:
    """As AWS would name a resource of this kind whose logical id is ``name``."""
    return name.lower() if kind in _SMALL_LETTERS else name


def _arn(kind: str, name: str) -> str:
    return _ARNS[kind].format(name=named(kind, name))


@dataclass
class Application:
    """A template with its values. ``outputs`` of what it nests, by logical id and name."""

    path: Path
    template: Template
    parameters: dict[str, str]
    nested: dict[str, Application] = field(default_factory=dict)

    @property
    def outputs(self) -> dict[str, Any]:
        return {name: self.value(output["Value"]) for name, output in self.template.get("Outputs", {}).items()}

    def all(self) -> Iterator[Application]:
        yield self
        for application in self.nested.values():
            yield from application.all()

    def value(self, value: Any) -> Any:  # noqa: PLR0911 - one per function
        """A value in which references are what AWS would put there; raises KeyError on one that leads nowhere."""
        match value:
            case list(items):
                return [self.value(item) for item in items]
            case {"Ref": str(name)}:
                return self._reference(name)
            case {"Fn::GetAtt": [str(name), str(attribute)]} | {"Fn::GetAtt": [str(name), {"Ref": str(attribute)}]}:
                return self._attribute(name, attribute)
            case {"Fn::Sub": [str(text), dict(own)]}:
                return self._filled(text, {name: self.value(inner) for name, inner in own.items()})
            case {"Fn::Sub": str(text)}:
                return self._filled(text, {})
            case {"Fn::Join": [str(between), items]}:
                return between.join(map(str, self.value(items)))
            case {"Fn::Split": [str(between), text]}:
                return str(self.value(text)).split(between)
            case {"Fn::Select": [index, items]}:
                return self.value(items)[int(index)]
            case dict(members):
                return {name: self.value(inner) for name, inner in members.items()}
        return value

    def _reference(self, name: str) -> str:
        if name in (known := _PSEUDO | self.parameters):
            return known[name]
        kind = self.template["Resources"][name]["Type"]
        return _arn(kind, name) if kind in _REF_IS_ARN else named(kind, name)

    def _attribute(self, name: str, attribute: str) -> Any:
        if name in self.nested:
            return self.nested[name].outputs[attribute.removeprefix("Outputs.")]
        kind = self.template["Resources"][name]["Type"]
        if attribute == "Version":
            return "1"
        if attribute == "FunctionUrl":
            return f"https://{name.lower()}.lambda-url.{ACCOUNT['AWS::Region']}.on.aws/"
        if (attribute.endswith("Arn") or (attribute == "Id" and kind in _REF_IS_ARN)) and kind in _ARNS:
            return _arn(kind, name)
        return named(kind, name)

    def _filled(self, text: str, own: Mapping[str, Any]) -> str:
        def put(found: re.Match[str]) -> str:
            name, dot, attribute = found[1].partition(".")
            if found[1] in own:
                return str(own[found[1]])
            return str(self._attribute(name, attribute) if dot else self._reference(name))

        return re.sub(r"\$\{([^!}][^}]*)\}", put, text)

    def decided(self) -> Template:
        """The template with all values in their place."""
        sections = {
            section: {
                name: {key: self.value(inner) for key, inner in entry.items() if key != "Condition"}  # it holds
                for name, entry in self.template.get(section, {}).items()
            }
            for section in ("Resources", "Outputs")
        }
        return {"AWSTemplateFormatVersion": "2010-09-09", **sections}


def application(path: Path = TEMPLATE, given: Mapping[str, str] | None = None) -> Application:
    """A template and all that it nests under ``given`` parameters."""
    given = dict(given or {})
    translated = translate(packaged(path), given)
    defaults = {name: str(each.get("Default", "")) for name, each in translated["Parameters"].items()}
    made = Application(path, resolve(translated, given), defaults | given)
    for name, file in applications(path).items():
        if name in made.template["Resources"]:
            passed = made.template["Resources"][name]["Properties"].get("Parameters", {})
            made.nested[name] = application(file, {key: str(made.value(value)) for key, value in passed.items()})
    return made


PUBLIC_KEY = "-----BEGIN PUBLIC KEY-----\nMIIB\n-----END PUBLIC KEY-----"


def everything() -> dict[str, str]:
    """Parameters under which each resource of every template is there."""
    switches = {name: "true" for name in source()["Parameters"] if name.startswith("Use")}
    return {
        **switches,
        "AlarmEmail": "operations@example.org",
        "MembersPublicKey": PUBLIC_KEY,
        "MembersSecondPublicKey": PUBLIC_KEY,
        "DistributionAlias": "audio.example.org",
        "DistributionCertificateArn": "arn:aws:acm:us-east-1:123456789012:certificate/a1b2c3d4",
        "BodiesBucketName": "bodies",
        "BatchSchedule": "rate(1 day)",
        "BatchManifestBucket": "manifests",
        "SyncBucketName": "repository",
        "SyncSchedule": "rate(1 hour)",
        "TrainingReadsBuckets": "arn:aws:s3:::rows,arn:aws:s3:::rows/*",
        "RefusalFloorPercent": "2",
        "Apps": "a,b,c,d,e",
        "ModelAccessPoints": "resnet=tensor,b-2=thumbnail,c-3=default,d-4=preview,e-5=free",
        "CanaryModel": "eu.amazon.nova-2-lite-v1:0",
        "PartitionBy": "event",
        "Rollout": GRADUAL,
    }


def theirs() -> dict[str, str]:
    """Parameters under which what the stack can take from its owner is taken from there, and its key is used."""
    return {
        "UseSignedVariants": "true",
        "UseCompletionsStream": "true",
        "ExistingArticlesTopicArn": f"arn:aws:sns:{_HERE}:articles",
        "ExistingDistributionId": "E2QWRUHAPOMQZL",
        "ExistingImagesBucketName": "their-images",
        "ExistingInboxBucketName": "their-inbox",
        "ExistingModelLogsBucketName": "their-logs",
        "ExistingModelLogsPrefix": "bedrock/",
        "ExistingModelLogGroupName": "bedrock/calls",
        "ExistingBatchBucketName": "their-outputs",
        "ExistingBatchPrefix": "jobs/",
        "KmsKeyArn": f"arn:aws:kms:{_HERE}:key/1a2b3c4d-5e6f-4a1b-8c2d-3e4f5a6b7c8d",
        "PublicBaseUrl": "https://audio.example.org",
        "ModelProvider": "sagemaker",
        "SageMakerEndpoint": "summaries",
        "CanaryModel": f"arn:aws:bedrock:{_HERE}:application-inference-profile/a1b2c3d4e5f6",
        "EmbeddingModel": f"arn:aws:bedrock:{_HERE}:application-inference-profile/a1b2c3d4e5f6",
        "UseQuestions": "true",
        "QuestionsDatabase": "sales",
        "QuestionsBucketName": "their-lake",
        "QuestionsPrefix": "sales/",
        "QuestionsModelId": f"arn:aws:bedrock:{_HERE}:application-inference-profile/a1b2c3d4e5f6",
        "UseKnowledge": "true",
        "SyncBucketName": "their-library",
        "KnowledgeBaseId": "A1B2C3D4E5",
        "KnowledgeModelId": f"arn:aws:bedrock:{_HERE}:application-inference-profile/a1b2c3d4e5f6",
        "UseTraining": "true",
        "TrainingImageAccount": "123456789012",
        "TokenIssuer": "https://login.example.org",
        "TokenAudience": "questions",
    }


def in_part() -> dict[str, str]:
    """Parameters under which something is chosen without its options."""
    return {
        "ModelId": f"arn:aws:bedrock:{_HERE}:application-inference-profile/a1b2c3d4e5f6",
        "Stage": "prod",
        "UseDistribution": "true",
        "MembersPublicKey": PUBLIC_KEY,
    }


VARIANTS = {"defaults": dict, "everything": everything, "theirs": theirs, "in-part": in_part}
"""Sets of parameters under which each branch of each template is taken at least once."""
