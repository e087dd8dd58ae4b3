"""Where a command goes: to AWS as the caller's profile says, or to a local cloud and nowhere else."""

from __future__ import annotations

from datetime import UTC, datetime

import boto3
import pytest
from botocore.exceptions import ClientError
from botocore.stub import Stubber

from operate.clients import Target
from operate.errors import OperateError


@pytest.fixture
def environment(monkeypatch, tmp_path):
    """The settings of a person with two profiles."""
    (tmp_path / "config").write_text("[default]\nregion = us-west-2\n[profile audit]\nregion = eu-north-1\n")
    (tmp_path / "credentials").write_text(
        "[default]\naws_access_key_id = AKIADEFAULT\naws_secret_access_key = x\n"
        "[audit]\naws_access_key_id = AKIAAUDIT\naws_secret_access_key = x\n"
    )
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE", "AWS_REGION"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.delenv("AWS_DEFAULT_REGION", raising=False)
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))


def key_of(client):
    return client._request_signer._credentials.access_key


@pytest.mark.parametrize(
    ("target", "key", "region"),
    [
        (Target(), "AKIADEFAULT", "us-west-2"),
        (Target(profile="audit"), "AKIAAUDIT", "eu-north-1"),
        (Target(profile="audit", region="eu-west-1"), "AKIAAUDIT", "eu-west-1"),
    ],
)
def test_aws_is_asked_as_the_profile_says(environment, target, key, region):
    client = target.client("sqs")
    assert key_of(client) == key
    assert client.meta.region_name == region
    assert client.meta.endpoint_url == f"https://sqs.{region}.amazonaws.com"


def test_a_port_is_the_local_cloud_and_takes_no_credentials_of_the_person(environment, monkeypatch):
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example:3128")
    client = Target(port=4777, profile="no-such-profile").client("lambda")
    assert client.meta.endpoint_url == "http://127.0.0.1:4777"
    assert key_of(client) == "test"
    assert client.meta.config.proxies == {}


@pytest.mark.parametrize(("region", "expected"), [(None, "us-east-1"), ("eu-west-1", "eu-west-1")])
def test_the_local_cloud_is_asked_in_its_own_region(environment, region, expected):
    assert Target(port=4566, region=region).client("lambda").meta.region_name == expected


def test_outputs_come_from_the_stack(monkeypatch):
    client = boto3.client("cloudformation", region_name="us-east-1", aws_access_key_id="t", aws_secret_access_key="t")
    monkeypatch.setattr(Target, "client", lambda _self, service: {"cloudformation": client}[service])
    stack = {"StackName": "mine", "CreationTime": datetime(2026, 11, 20, tzinfo=UTC), "StackStatus": "CREATE_COMPLETE"}
    outputs = {"Stacks": [{**stack, "Outputs": [{"OutputKey": "QueueName", "OutputValue": "queue"}]}]}
    with Stubber(client) as stub:
        for _ in range(2):
            stub.add_response("describe_stacks", outputs, {"StackName": "mine"})
        assert Target("mine").output("QueueName", "deploy it") == "queue"
        with pytest.raises(OperateError, match="The stack mine has no output Missing; deploy it"):
            Target("mine").output("Missing", "deploy it")
        stub.add_client_error("describe_stacks", "ValidationError", "Stack with id other does not exist")
        with pytest.raises(OperateError, match="There is no stack other in us-east-1; name yours with --stack-name"):
            Target("other").outputs()
        stub.add_client_error("describe_stacks", "AccessDenied", "not authorized")
        with pytest.raises(ClientError, match="AccessDenied"):
            Target("other").outputs()
