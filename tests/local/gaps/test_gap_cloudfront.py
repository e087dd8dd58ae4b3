"""Distributions as viewers see them: keys of a template, signed cookies, paths, names, private buckets."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from operate import sign
from tests import members
from tests.local.gaps.harness import Cloud, until
from tests.local.gaps.refusals import refused, stack_refused

KEY = members.rsa_key("gaps")
ALIAS = "audio.gaps.example.org"
HTTPS = {"X_Forwarded_Proto": "https"}
"""The local cloud's front says so of every request."""


def resource(kind: str, **properties: Any) -> dict[str, Any]:
    return {"Type": f"AWS::{kind}", "Properties": properties}


def ref(name: str, attribute: str = "") -> dict[str, Any]:
    return {"Fn::GetAtt": [name, attribute]} if attribute else {"Ref": name}


def public_key(name: str, pem: str) -> dict[str, Any]:
    return resource("CloudFront::PublicKey", PublicKeyConfig={"CallerReference": name, "Name": name, "EncodedKey": pem})


def template(name: str, pem: str, reads: str = "open/*") -> dict[str, Any]:
    """A private bucket, of which the distribution may read ``reads`` and ``members/``; the latter for members."""
    cached = "658327ea-f89d-4fab-a63d-7e88639e58f6"
    behavior = {"TargetOriginId": "bucket", "ViewerProtocolPolicy": "https-only", "CachePolicyId": cached}
    config = {
        "Enabled": True,
        "Aliases": [ALIAS],
        "Origins": [
            {
                "Id": "bucket",
                "DomainName": ref("Bucket", "RegionalDomainName"),
                "OriginAccessControlId": ref("Access", "Id"),
                "S3OriginConfig": {"OriginAccessIdentity": ""},
            }
        ],
        "CacheBehaviors": [{**behavior, "PathPattern": "members/*", "TrustedKeyGroups": [ref("Group")]}],
        "DefaultCacheBehavior": behavior,
    }
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "cloudfront.amazonaws.com"},
        "Action": "s3:GetObject",
        "Resource": [{"Fn::Sub": f"${{Bucket.Arn}}/{place}"} for place in (reads, "members/*")],
        "Condition": {
            "StringEquals": {
                "aws:SourceArn": {"Fn::Sub": "arn:aws:cloudfront::${AWS::AccountId}:distribution/${Distribution}"}
            }
        },
    }
    return {
        "Bucket": resource("S3::Bucket"),
        "Policy": resource("S3::BucketPolicy", Bucket=ref("Bucket"), PolicyDocument={"Statement": [statement]}),
        "Access": resource(
            "CloudFront::OriginAccessControl",
            OriginAccessControlConfig={
                "Name": name,
                "OriginAccessControlOriginType": "s3",
                "SigningBehavior": "always",
                "SigningProtocol": "sigv4",
            },
        ),
        "Key": public_key(name, pem),
        "Group": resource("CloudFront::KeyGroup", KeyGroupConfig={"Name": name, "Items": [ref("Key")]}),
        "Distribution": resource("CloudFront::Distribution", DistributionConfig=config),
    }


@dataclass
class Site:
    cloud: Cloud
    outputs: dict[str, str]
    private_key: Path

    @property
    def host(self) -> str:
        return self.outputs["Domain"]

    def ask(self, path: str, method: str = "GET", host: str = "", **headers: str) -> members.Answer:
        return members.ask(self.cloud.url, host or self.host, path, method, **{**HTTPS, **headers})

    def cookie(self, resource: str, seconds: int = 600) -> str:
        end = int(time.time()) + seconds
        made = sign.signed_cookies(self.outputs["KeyId"], self.private_key, resource, end)
        return "; ".join(f"{name}={value}" for name, value in made.items())


@pytest.fixture(scope="module")
def site(cloud: Cloud, tmp_path_factory: pytest.TempPathFactory) -> Site:
    outputs = cloud.stack(
        template(cloud.name("cdn"), members.public_pem(KEY)),
        Bucket=ref("Bucket"),
        Domain=ref("Distribution", "DomainName"),
        Id=ref("Distribution"),
        KeyId=ref("Key"),
        Group=ref("Group"),
    )
    for key in ("open/a.txt", "members/a.txt", "members/b.txt", "hidden/a.txt"):
        cloud.client("s3").put_object(Bucket=outputs["Bucket"], Key=key, Body=key.encode(), ContentType="text/plain")
    return Site(cloud, outputs, members.written(KEY, tmp_path_factory.mktemp("cdn")))


class TestSigned:
    def test_what_is_open_needs_no_signature(self, site: Site) -> None:
        answer = site.ask("/open/a.txt")
        assert (answer.status, answer.body) == (200, b"open/a.txt")
        assert answer.headers["content-type"] == "text/plain"

    def test_without_a_signature_the_door_is_closed(self, site: Site) -> None:
        answer = site.ask("/members/a.txt")
        assert (answer.status, answer.headers["content-type"]) == (403, "text/xml")
        assert answer.headers["x-cache"] == "Error from cloudfront"
        assert b"<Code>MissingKey</Code>" in answer.body

    def test_cookies_open_what_their_policy_names(self, site: Site) -> None:
        cookie = site.cookie(f"https://{site.host}/members/a.*")
        assert site.ask("/members/a.txt", Cookie=cookie).body == b"members/a.txt"
        other = site.ask("/members/b.txt", Cookie=cookie)
        assert (other.status, b"AccessDenied" in other.body) == (403, True)

    def test_a_signed_url_opens_one_file(self, site: Site) -> None:
        url = sign.signed_url(
            site.outputs["KeyId"], site.private_key, f"https://{site.host}/members/a.txt", int(time.time()) + 600
        )
        query = url.partition("?")[2]
        assert site.ask(f"/members/a.txt?{query}").status == 200
        assert site.ask(f"/members/b.txt?{query}").status == 403

    def test_what_has_expired_or_comes_from_elsewhere_opens_nothing(self, site: Site) -> None:
        assert site.ask("/members/a.txt", Cookie=site.cookie("*", seconds=-1)).status == 403
        assert site.ask("/members/a.txt", Cookie=site.cookie("https://other.example.org/*")).status == 403
        made = site.cookie("*").replace(site.outputs["KeyId"], "KOTHER")
        assert b"<Code>InvalidKey</Code>" in site.ask("/members/a.txt", Cookie=made).body

    def test_ranges_conditions_and_heads_are_s3s(self, site: Site) -> None:
        cookie = site.cookie("*")
        part = site.ask("/members/a.txt", Cookie=cookie, Range="bytes=0-6")
        assert (part.status, part.body, part.headers["content-range"]) == (206, b"members", "bytes 0-6/13")
        same = site.ask("/members/a.txt", Cookie=cookie, If_None_Match=part.headers["etag"])
        assert (same.status, same.body) == (304, b"")
        head = site.ask("/members/a.txt", "HEAD", Cookie=cookie)
        assert (head.status, head.headers["content-length"]) == (200, "13")

    def test_a_behaviour_takes_only_its_methods_and_https(self, site: Site) -> None:
        assert site.ask("/open/a.txt", X_Forwarded_Proto="http").status == 403


class TestPaths:
    def test_paths_are_compared_normalised(self, site: Site) -> None:
        for path in ("/%6Dembers/a.txt", "//members/a.txt", "/open/../members/a.txt", "/members/%2E/a.txt"):
            assert b"MissingKey" in site.ask(path).body, path

    def test_an_encoded_slash_is_none(self, site: Site) -> None:
        """It passes the pattern by, and S3 decodes it: what a function at the default door is for."""
        assert site.ask("/members%2Fa.txt").body == b"members/a.txt"

    def test_the_origin_gets_the_path_as_it_came(self, site: Site) -> None:
        cookie = site.cookie("*")
        for path in ("//members/a.txt", "/members/x/../a.txt"):
            assert site.ask(path, Cookie=cookie).status == 403, path
        assert site.ask("/%6Dembers/a.txt", Cookie=cookie).status == 200


class TestOrigin:
    def test_the_bucket_is_private_but_for_its_policy(self, site: Site) -> None:
        assert site.ask("/hidden/a.txt").status == 403
        assert site.ask("/open/none.txt").status == 403
        direct = members.ask(site.cloud.url, f"{site.outputs['Bucket']}.s3.amazonaws.com", "/open/a.txt", **HTTPS)
        assert direct.status == 403


class TestHosts:
    def test_an_alias_and_a_name_that_leads_here(self, site: Site) -> None:
        label = site.host.partition(".")[0]
        for host in (ALIAS, f"{ALIAS}:4566", f"{label}.cloudfront.localhost:4566"):
            assert site.ask("/open/a.txt", host=host).status == 200, host

    def test_what_is_signed_is_the_name_that_aws_would_see(self, site: Site) -> None:
        label = site.host.partition(".")[0]
        ours, its = (site.cookie(f"https://{name}/members/*") for name in (ALIAS, site.host))
        asked = {
            (host, cookie): site.ask("/members/a.txt", host=host, Cookie=cookie).status
            for host in (ALIAS, f"{label}.cloudfront.localhost")
            for cookie in (ours, its)
        }
        assert list(asked.values()) == [200, 403, 403, 200]

    def test_another_name_is_no_distribution(self, site: Site) -> None:
        assert site.ask("/open/a.txt", host="other.example.org").status != 200


class TestKeys:
    @pytest.mark.parametrize(
        "pem",
        [
            "no key",
            members.private_pem(KEY).decode(),
            members.public_pem(rsa.generate_private_key(public_exponent=65537, key_size=1024)),  # noqa: S505
            members.public_pem(ec.generate_private_key(ec.SECP384R1())),
        ],
        ids=["text", "private", "short", "curve"],
    )
    def test_a_key_that_is_none_is_refused(self, cloud: Cloud, pem: str) -> None:
        name, says = cloud.name("key"), "empty/invalid/out of limits RSA Encoded Key"
        config = {"CallerReference": name, "Name": name, "EncodedKey": pem}
        refused(cloud.client("cloudfront").create_public_key, "InvalidArgument", says, PublicKeyConfig=config)
        stack_refused(cloud, "AWS::CloudFront::PublicKey", {"PublicKeyConfig": config}, says)

    def test_a_group_of_a_key_that_is_not_there_is_refused(self, cloud: Cloud) -> None:
        config = {"Name": cloud.name("group"), "Items": ["KNONE"]}
        stack_refused(cloud, "AWS::CloudFront::KeyGroup", {"KeyGroupConfig": config}, "KNONE")

    def test_a_key_never_changes_and_goes_with_its_stack(self, cloud: Cloud) -> None:
        cloudfront, formation = cloud.client("cloudfront"), cloud.client("cloudformation")
        name = cloud.name("key")

        def body(pem: str) -> str:
            return json.dumps({"Resources": {"Key": public_key(name, pem)}})

        def ended() -> Any:
            stack = formation.describe_stacks(StackName=made["StackName"])["Stacks"][0]
            return None if stack["StackStatus"].endswith("IN_PROGRESS") else stack["StackStatus"]

        made = cloud.stack({"Key": public_key(name, members.public_pem(KEY))}, Id=ref("Key"))
        other = members.public_pem(members.rsa_key("another"))
        formation.update_stack(StackName=made["StackName"], TemplateBody=body(other))
        assert until(ended, 20) == "UPDATE_ROLLBACK_COMPLETE"
        events = formation.describe_stack_events(StackName=made["StackName"])["StackEvents"]
        assert any("CannotChangeImmutablePublicKeyFields" in e.get("ResourceStatusReason", "") for e in events)
        kept = cloudfront.get_public_key(Id=made["Id"])["PublicKey"]["PublicKeyConfig"]["EncodedKey"]
        assert kept == members.public_pem(KEY)
        formation.delete_stack(StackName=made["StackName"])

        def gone() -> bool:
            items = cloudfront.list_public_keys()["PublicKeyList"].get("Items", [])
            return made["Id"] not in {item["Id"] for item in items}

        until(gone, 20)
