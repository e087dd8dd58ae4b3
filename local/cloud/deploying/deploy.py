"""Create or update the stack through the local CloudFormation, which applies the SAM transform itself."""

from __future__ import annotations

import hashlib
import json
import re
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from local.cloud.clients import client
from local.cloud.deploying import refusals
from local.cloud.deploying.package import package
from local.cloud.settings import DEFAULT_REGION, DEFAULT_STACK, Settings

_UNRECOGNIZED = re.compile(r"Unrecognized resource types: \[([^\]]*)\]")
_BUCKET = "millrace-artifacts-{account}-{region}"
_CAPABILITIES = ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"]


class DeployError(Exception):
    """The stack could not be made; the message names the resources and their reasons."""


@dataclass(frozen=True)
class Deployment:
    """What to deploy: a template file, the stack's name, its parameters, and whether `sam build` made the folders.

    `defaults` are samconfig's, which serves several templates: those that the template does not declare are left out.
    `parameters` were asked for by name, so one that it does not declare is refused, as CloudFormation refuses it.
    """

    template: Path
    stack: str = DEFAULT_STACK
    parameters: Mapping[str, str] = field(default_factory=dict)
    defaults: Mapping[str, str] = field(default_factory=dict)
    built: bool = False


def deploy(
    settings: Settings, wanted: Deployment, tell: Callable[[str], None], accept: Callable[[Iterable[str]], None]
) -> dict[str, str]:
    """Create the stack, or update it to `wanted`, and give its outputs.

    `tell` takes progress lines. `accept` is asked to put a stub in the place of resource types that the endpoint
    does not know; it raises for one that it will not stand in for. Raises DeployError when the stack fails.
    """
    tell(f"packaging {wanted.template.name}")
    put = _bucket(settings)
    body = json.dumps(package(wanted.template, put, built=wanted.built))
    # As `sam deploy` does: a request itself takes no template of more than 51,200 bytes.
    stored = put(f"templates/{hashlib.sha256(body.encode()).hexdigest()}.json", body.encode())
    cloudformation = client("cloudformation", settings.url, settings.region)
    tell(f"creating stack {wanted.stack}")
    arguments = {
        "StackName": wanted.stack,
        "TemplateURL": stored.replace("s3://", "https://s3.amazonaws.com/"),
        "Capabilities": _CAPABILITIES,
        "Parameters": [{"ParameterKey": name, "ParameterValue": value} for name, value in _known(wanted, body).items()],
    }
    try:
        _submit(cloudformation, arguments)
    except ClientError as error:
        unknown = _UNRECOGNIZED.search(str(error))
        if unknown is None:
            sentence = error.response["Error"]["Message"]
            raise DeployError(refusals.of_the_call(wanted.template, json.loads(body), sentence)) from error
        accept([kind.strip(" '\"") for kind in unknown.group(1).split(",")])
        _submit(cloudformation, arguments)
    return _finished(cloudformation, wanted)


def outputs(url: str, stack: str, region: str = DEFAULT_REGION) -> dict[str, str]:
    """The outputs of a stack that exists."""
    described = client("cloudformation", url, region).describe_stacks(StackName=stack)["Stacks"][0]
    return {output["OutputKey"]: output["OutputValue"] for output in described.get("Outputs", [])}


def _known(wanted: Deployment, body: str) -> dict[str, str]:
    """The parameters to send. Raises DeployError for one that was asked for and is not declared."""
    declared = json.loads(body).get("Parameters") or {}
    unknown = sorted(wanted.parameters.keys() - declared.keys())
    if unknown:
        raise DeployError(
            f"Parameters: [{', '.join(unknown)}] do not exist in the template; {wanted.template.name} declares "
            f"{', '.join(sorted(declared)) or 'none'}."
        )
    return {name: value for name, value in wanted.defaults.items() if name in declared} | dict(wanted.parameters)


def _submit(cloudformation: Any, arguments: dict[str, Any]) -> None:
    try:
        cloudformation.describe_stacks(StackName=arguments["StackName"])
    except ClientError:
        cloudformation.create_stack(**arguments)
        return
    try:
        cloudformation.update_stack(**arguments)
    except ClientError as error:
        if "No updates are to be performed" not in str(error):
            raise


def _finished(cloudformation: Any, wanted: Deployment) -> dict[str, str]:
    stack = wanted.stack
    while True:
        described = cloudformation.describe_stacks(StackName=stack)["Stacks"][0]
        if not described["StackStatus"].endswith("IN_PROGRESS"):
            break
        time.sleep(0.05)
    if described["StackStatus"] not in ("CREATE_COMPLETE", "UPDATE_COMPLETE"):
        reasons = refusals.of_the_stack(cloudformation, stack, wanted.template)
        raise DeployError(f"Stack {stack} is {described['StackStatus']}.\n  " + "\n  ".join(reasons))
    return {output["OutputKey"]: output["OutputValue"] for output in described.get("Outputs", [])}


def _bucket(settings: Settings) -> Callable[[str, bytes], str]:
    """The artefact bucket, made where it is missing, as a function that stores an object in it."""
    s3 = client("s3", settings.url, settings.region)
    name = _BUCKET.format(account=settings.account, region=settings.region)
    # us-east-1 is the one region that must not be named as a LocationConstraint.
    where = (
        {} if settings.region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": settings.region}}
    )
    try:
        s3.head_bucket(Bucket=name)
    except ClientError:
        s3.create_bucket(Bucket=name, **where)

    def put(key: str, content: bytes) -> str:
        s3.put_object(Bucket=name, Key=key, Body=content)
        return f"s3://{name}/{key}"

    return put
