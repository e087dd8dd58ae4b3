"""The account's own logging configuration: shown to everybody, changed only when asked to, never taken from others."""

from __future__ import annotations

from datetime import UTC, datetime

import boto3
import pytest
from botocore.stub import ANY, Stubber

from operate import bedrock_logging, cli
from operate.bedrock_logging import AnotherDestination, Place, place_of, propose
from operate.clients import Target
from operate.errors import OperateError

OURS = "millrace-model-logs"
NEW = {
    "textDataDeliveryEnabled": True,
    "imageDataDeliveryEnabled": False,
    "embeddingDataDeliveryEnabled": False,
    "videoDataDeliveryEnabled": False,
    "audioDataDeliveryEnabled": False,
    "s3Config": {"bucketName": OURS, "keyPrefix": ""},
}


@pytest.fixture
def bedrock(monkeypatch):
    """A client whose requests and answers are checked against botocore's model of the API."""
    client = boto3.client("bedrock", region_name="us-east-1", aws_access_key_id="t", aws_secret_access_key="t")
    with Stubber(client) as stub:
        yield client, stub
        stub.assert_no_pending_responses()


@pytest.fixture
def cloudformation():
    client = boto3.client("cloudformation", region_name="us-east-1", aws_access_key_id="t", aws_secret_access_key="t")
    with Stubber(client) as stub:
        stub.add_response(
            "describe_stacks", stacks({"OutputKey": "ModelLogsUri", "OutputValue": f"s3://{OURS}/AWSLogs/"})
        )
        yield client


def stacks(*outputs):
    stack = {
        "StackName": "millrace",
        "CreationTime": datetime(2026, 11, 20, tzinfo=UTC),
        "StackStatus": "CREATE_COMPLETE",
    }
    return {"Stacks": [{**stack, "Outputs": list(outputs)}]}


def get(stub, configuration):
    stub.add_response(
        "get_model_invocation_logging_configuration", {"loggingConfig": configuration} if configuration else {}
    )


def put(stub, configuration):
    stub.add_response("put_model_invocation_logging_configuration", {}, {"loggingConfig": configuration})


class Stubbed(Target):
    """A stack whose clients are given."""

    clients: dict[str, object]

    def client(self, service):
        return self.clients[service]


def told(client, cloudformation, confirm=False):
    target = type("Given", (Stubbed,), {"clients": {"bedrock": client, "cloudformation": cloudformation}})()
    return "\n".join(bedrock_logging.command(target, confirm))


def test_nothing_is_written_without_being_asked_to(bedrock, cloudformation):
    client, stub = bedrock
    get(stub, None)
    text = told(client, cloudformation)
    assert "nothing is logged" in text
    assert f"s3://{OURS}/" in text
    assert "CONFIRM=yes" in text


def test_a_new_configuration_delivers_texts_to_our_bucket(bedrock, cloudformation):
    client, stub = bedrock
    get(stub, None)
    put(stub, NEW)
    get(stub, NEW)
    assert "It is now:\n  to S3: s3://millrace-model-logs/\n  data: text" in told(client, cloudformation, confirm=True)


@pytest.mark.parametrize("confirm", [True, False])
def test_another_bucket_is_never_replaced(bedrock, cloudformation, confirm):
    client, stub = bedrock
    get(stub, {"s3Config": {"bucketName": "security-audit", "keyPrefix": "x"}, "textDataDeliveryEnabled": True})
    with pytest.raises(
        AnotherDestination,
        match=r"Nothing was changed.*ExistingModelLogsBucketName=security-audit ExistingModelLogsPrefix=x/ ",
    ):
        told(client, cloudformation, confirm)


def test_what_is_set_already_is_left_alone(bedrock, cloudformation):
    client, stub = bedrock
    get(stub, NEW)
    assert "nothing to do" in told(client, cloudformation, confirm=True)


def test_a_log_group_beside_stays(bedrock):
    client, stub = bedrock
    beside = {
        "cloudWatchConfig": {"logGroupName": "bedrock", "roleArn": "arn:aws:iam::123456789012:role/bedrock-logs"},
        "textDataDeliveryEnabled": True,
        "imageDataDeliveryEnabled": True,
    }
    get(stub, beside)
    assert propose(client, Place(OURS)).proposed == {**beside, "s3Config": {"bucketName": OURS, "keyPrefix": ""}}


def test_a_prefix_that_the_stack_reads_is_left_alone(bedrock):
    client, stub = bedrock
    theirs = {**NEW, "s3Config": {"bucketName": "theirs", "keyPrefix": "bedrock/eu"}}
    get(stub, theirs)
    place = place_of("s3://theirs/bedrock/eu/AWSLogs/")
    assert place == Place("theirs", "bedrock/eu")
    assert propose(client, place).is_done


def test_our_bucket_with_a_prefix_is_mended(bedrock):
    """Neither the bucket's policy nor the rule would see what Bedrock writes below a prefix."""
    client, stub = bedrock
    get(stub, {**NEW, "s3Config": {"bucketName": OURS, "keyPrefix": "logs"}})
    assert propose(client, Place(OURS)).proposed == NEW


def test_texts_that_somebody_switched_off_stay_off_and_are_told(bedrock, cloudformation):
    client, stub = bedrock
    off = {**NEW, "textDataDeliveryEnabled": False}
    get(stub, off)
    text = told(client, cloudformation, confirm=True)
    assert "nothing to do" in text
    assert "Texts are not delivered" in text


def test_a_stack_without_the_bucket_has_a_name():
    client = boto3.client("cloudformation", region_name="us-east-1", aws_access_key_id="t", aws_secret_access_key="t")
    with Stubber(client) as stub:
        stub.add_response("describe_stacks", stacks(), {"StackName": ANY})
        with pytest.raises(OperateError, match=r"millrace has no output ModelLogsUri; deploy this version"):
            told(None, client)


def test_the_command_line_refuses_with_its_sentence(monkeypatch, capsys):
    def refuse(*_):
        raise AnotherDestination("Bedrock logs into s3://security-audit.")

    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setattr(bedrock_logging, "command", refuse)
    assert cli.main(["bedrock-logging", "--confirm"]) == 1
    assert "error: Bedrock logs into s3://security-audit." in capsys.readouterr().err
