"""Builders for tables of what AWS refuses, through both doors: the call, and a stack with one resource."""

from __future__ import annotations

import http.client
import json
from collections.abc import Callable
from contextlib import AbstractContextManager, closing
from typing import Any
from urllib.parse import urlsplit

import pytest
from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

from tests.local.gaps.harness import Cloud, until


def refused(call: Callable[..., Any], code: str, says: str = "", **request: Any) -> str:
    """The message of the error by which ``call`` must be refused."""
    with pytest.raises(ClientError) as caught:
        call(**request)
    error = caught.value.response["Error"]
    assert error["Code"] == code, error
    assert says in error["Message"], error
    return str(error["Message"])


def stack_refused(cloud: Cloud, kind: str, properties: dict[str, Any], *says: str) -> None:
    """A stack with this resource alone must fail, and say one of these: the service's words, or the schema's."""
    cfn, name = cloud.client("cloudformation"), cloud.name("refused")
    template = {"Resources": {"It": {"Type": kind, "Properties": properties}}}
    cfn.create_stack(StackName=name, TemplateBody=json.dumps(template), Capabilities=["CAPABILITY_NAMED_IAM"])

    def ended() -> Any:
        stack = cfn.describe_stacks(StackName=name)["Stacks"][0]
        return stack if not stack["StackStatus"].endswith("IN_PROGRESS") else None

    stack = until(ended, 20)
    events = cfn.describe_stack_events(StackName=name)["StackEvents"]
    reasons = [e.get("ResourceStatusReason", "") for e in events if "FAILED" in e["ResourceStatus"]]
    # What the schema of the type knows is refused before the resource, in the words of the schema.
    operations = cfn.describe_events(StackName=name)["OperationEvents"]
    reasons += [e["ValidationStatusReason"] for e in operations if e["EventType"] == "VALIDATION_ERROR"]
    assert stack["StackStatus"] != "CREATE_COMPLETE", f"{kind} was made"
    assert not says or any(each in reason for each in says for reason in reasons), reasons
    cfn.delete_stack(StackName=name)


def answered(cloud: Cloud, service: str, path: str, form: str = "") -> str:
    """The answer to a signed request that no SDK of today sends: a GET, or a POST of this form."""
    headers = {"Content-Type": "application/x-www-form-urlencoded"} if form else {}
    request = AWSRequest("POST" if form else "GET", cloud.url + path, data=form, headers=headers)
    sign = S3SigV4Auth if service == "s3" else SigV4Auth
    sign(Credentials("test", "test"), service, "us-east-1").add_auth(request)
    with connection_to(cloud) as connection:
        connection.request(request.method, path, form, dict(request.headers))
        return connection.getresponse().read().decode()


def connection_to(cloud: Cloud) -> AbstractContextManager[http.client.HTTPConnection]:
    """A connection for what no SDK sends."""
    return closing(http.client.HTTPConnection(urlsplit(cloud.url).netloc, timeout=20))
