"""Addresses that sign-image prints, and another key."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import boto3
import pytest
from moto import mock_aws

from images.doors import signatures
from operate.clients import Target
from operate.errors import OperateError
from operate.images import addresses

OUTPUTS = {"ImageUrl": "https://abc.lambda-url.us-east-1.on.aws/"}


@pytest.fixture
def secrets(monkeypatch):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    with mock_aws():
        client = boto3.client("secretsmanager", region_name="us-east-1")
        arn = client.create_secret(Name="keys", SecretString="first")["ARN"]
        monkeypatch.setattr(Target, "client", lambda _self, service: {"secretsmanager": client}[service])
        monkeypatch.setattr(Target, "outputs", lambda _self: {**OUTPUTS, "ImageVariantKeysArn": arn})
        yield client, arn


@pytest.mark.usefixtures("secrets")
def test_an_address_is_signed_for_its_key_and_parameters():
    url = urlsplit(addresses.address(Target(), "photos/a b.jpg", ["w=40", "profile=free"]))
    assert f"{url.scheme}://{url.netloc}{url.path}" == OUTPUTS["ImageUrl"] + "photos/a%20b.jpg"
    parameters = {name: text for name, (text,) in parse_qs(url.query).items()}
    assert signatures.is_signed([b"first"], "photos/a b.jpg", parameters)
    assert url.query == signatures.query_of(parameters), "as it is cached"


@pytest.mark.usefixtures("secrets")
def test_a_profile_as_it_stands_is_not_signed():
    assert addresses.address(Target(), "a.jpg", ["profile=tensor"]) == OUTPUTS["ImageUrl"] + "a.jpg?profile=tensor"
    assert addresses.address(Target(), "a.jpg", []) == OUTPUTS["ImageUrl"] + "a.jpg"
    assert addresses.address(Target(), "a.jpg", [], "https://img.example.org") == "https://img.example.org/a.jpg"


def test_viewers_come_to_cloudfront(monkeypatch):
    monkeypatch.setattr(Target, "outputs", lambda _self: {**OUTPUTS, "ImageDistributionDomain": "d1.cloudfront.net"})
    assert addresses.address(Target(), "a.jpg", []) == "https://d1.cloudfront.net/a.jpg"
    with pytest.raises(OperateError, match="UseSignedVariants=true"):
        addresses.address(Target(), "a.jpg", ["profile=free", "w=9"])


@pytest.mark.usefixtures("secrets")
def test_what_the_profile_ignores_is_left_out():
    """The door leaves it out before it looks at the signature, which would not fit then."""
    plain = addresses.address(Target(), "a.jpg", ["profile=thumbnail", "w=40"])
    assert addresses.address(Target(), "a.jpg", ["profile=thumbnail", "w=40", "v=7"]) == plain
    stands = addresses.address(Target(), "a.jpg", ["profile=thumbnail", "v=7"])
    assert stands == OUTPUTS["ImageUrl"] + "a.jpg?profile=thumbnail"


@pytest.mark.usefixtures("secrets")
@pytest.mark.parametrize("parameters", [["w"], ["w=1", "w=2"], ["profile=free", "w=0"], ["profile=none"], ["w=40"]])
def test_what_the_door_would_refuse_is_not_signed(parameters):
    with pytest.raises(OperateError):
        addresses.address(Target(), "a.jpg", parameters)


def test_another_key_takes_the_place_of_the_one_before(secrets):
    client, arn = secrets
    assert "--confirm" in " ".join(addresses.change(Target(), confirm=False))
    assert client.get_secret_value(SecretId=arn)["SecretString"] == "first"
    told = " ".join(addresses.change(Target(), confirm=True))
    current = client.get_secret_value(SecretId=arn)["SecretString"]
    assert current not in told
    assert len(current) >= 64
    assert client.get_secret_value(SecretId=arn, VersionStage="AWSPREVIOUS")["SecretString"] == "first"
