"""The bucket on moto's S3, which compares conditions as S3 does; what it does not know is said where it matters."""

from __future__ import annotations

import io
import os
from contextlib import closing
from pathlib import Path

import boto3
import pytest
from botocore.exceptions import (
    ClientError,
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    IncompleteReadError,
    ReadTimeoutError,
    ResponseStreamingError,
)
from botocore.response import StreamingBody

from common import aws
from common.errors import StorageUnavailable
from common.objects import ABSENT, Bucket, encode
from tests.unit.narration.fake_aws import refusal

NAME = "audio"


@pytest.fixture
def bucket(account: None) -> Bucket:
    boto3.client("s3").create_bucket(Bucket=NAME)
    return Bucket(NAME)


def object_time(key: str) -> float:
    return boto3.client("s3").head_object(Bucket=NAME, Key=key)["LastModified"].timestamp()


class TestReading:
    def test_what_was_put_is_there(self, bucket):
        etag = bucket.put("a", b"{}", metadata={"version": "7"})
        found = bucket.get("a")
        assert (found.body, found.etag, found.size, found.json()) == (b"{}", etag, 2, {})
        assert found.metadata == {"version": "7"}
        assert found.modified == bucket.head("a").modified == object_time("a") > 0

    def test_no_more_is_read_than_asked_for(self, bucket):
        bucket.put("a", b"content")
        assert [bucket.get("a", at_most=most).body for most in (0, 3, 7, 9)] == [b"", b"con", b"content", b"content"]
        assert bucket.get("a", at_most=3).size == 7

    def test_head_has_no_body(self, bucket):
        etag = bucket.put("a", b"content", metadata={"version": "7"})
        found = bucket.head("a")
        assert (found.body, found.etag, found.size, found.metadata) == (b"", etag, 7, {"version": "7"})

    def test_one_version_is_read_where_it_is_asked_for(self, bucket, tmp_path):
        s3 = boto3.client("s3")
        s3.put_bucket_versioning(Bucket=NAME, VersioningConfiguration={"Status": "Enabled"})
        old, new = (s3.put_object(Bucket=NAME, Key="a", Body=body) for body in (b"old", b"newer"))
        assert bucket.head("a", version_id=old["VersionId"]).size == 3
        assert bucket.head("a").version_id == new["VersionId"]
        assert bucket.download("a", tmp_path / "a", version_id=old["VersionId"]).size == 3
        assert (tmp_path / "a").read_bytes() == b"old"

    def test_an_object_that_is_another_by_now_is_none(self, bucket, tmp_path):
        old, new = bucket.put("a", b"old"), bucket.put("a", b"new")
        assert bucket.head("a", if_match=old) is None
        assert bucket.download("a", tmp_path / "a", if_match=old) is None
        assert not (tmp_path / "a").exists()
        assert bucket.head("a", if_match=new) is not None

    def test_what_is_not_there_is_none(self, bucket, tmp_path):
        assert bucket.get("a") is None
        assert bucket.head("a") is None
        assert bucket.download("a", tmp_path / "a") is None
        assert not (tmp_path / "a").exists()

    def test_download(self, bucket, tmp_path):
        content = bytes(range(256)) * 10_000
        etag = bucket.put("a", content)
        found = bucket.download("a", tmp_path / "a")
        assert (tmp_path / "a").read_bytes() == content
        assert (found.etag, found.size, found.body) == (etag, len(content), b"")

    def test_a_download_can_stop_early(self, bucket, tmp_path):
        bucket.put("a", bytes(3_000_000))
        found = bucket.download("a", tmp_path / "a", at_most=1_500_000)
        assert ((tmp_path / "a").stat().st_size, found.size) == (1_500_000, 3_000_000)
        bucket.download("a", tmp_path / "a", at_most=4_000_000)
        assert (tmp_path / "a").stat().st_size == 3_000_000

    def test_a_bucket_that_is_not_there_is_no_missing_object(self, account):
        with pytest.raises(ClientError, match="NoSuchBucket"):
            Bucket("nobody").get("a")
        with pytest.raises(ClientError, match="NoSuchBucket"):
            list(Bucket("nobody").keys("a"))


class TestWriting:
    def test_headers(self, bucket):
        bucket.put("a", b"x", content_type="audio/mpeg", cache_control="no-cache")
        answer = boto3.client("s3").head_object(Bucket=NAME, Key="a")
        assert (answer["ContentType"], answer["CacheControl"]) == ("audio/mpeg", "no-cache")

    def test_a_file_is_a_body_too(self, bucket):
        bucket.put("a", io.BytesIO(b"from a file"))
        assert bucket.get("a").body == b"from a file"

    def test_without_a_condition_the_last_one_stays(self, bucket):
        bucket.put("a", b"first")
        bucket.put("a", b"second")
        assert bucket.get("a").body == b"second"

    def test_an_immutable_object_is_written_once(self, bucket):
        assert bucket.put_if_absent("a", b"first") is True
        assert bucket.put_if_absent("a", b"second") is False
        assert bucket.get("a").body == b"first"

    def test_absent_is_a_condition(self, bucket):
        assert bucket.put("a", b"first", if_match=ABSENT)
        assert bucket.put("a", b"second", if_match=ABSENT) is None
        assert bucket.get("a").body == b"first"

    def test_only_what_was_seen_is_replaced(self, bucket):
        seen = bucket.put("a", b"first")
        moved = bucket.put("a", b"second", if_match=seen)
        assert moved not in (None, seen)
        assert bucket.put("a", b"third", if_match=seen) is None
        assert bucket.get("a").body == b"second"

    def test_what_was_seen_and_is_gone_is_a_lost_race(self, bucket):
        seen = bucket.put("a", b"first")
        bucket.delete("a")
        assert bucket.put("a", b"second", if_match=seen) is None
        assert bucket.get("a") is None


class TestDeleting:
    def test_it_is_gone(self, bucket):
        bucket.put("a", b"x")
        assert bucket.delete("a") is True
        assert bucket.get("a") is None

    def test_what_is_not_there_is_gone_already(self, bucket):
        assert bucket.delete("a") is True


class TestKeys:
    def test_those_below_a_prefix_in_order_over_all_pages(self, bucket):
        wanted = [f"plans/{number:04}" for number in range(1_002)]
        for key in [*wanted, "plan", "plansx/1", "fragments/1"]:
            bucket.put(key, b"")
        assert list(bucket.keys("plans/")) == wanted
        assert list(bucket.keys("plans/", after="plans/0999")) == wanted[1_000:]

    def test_none(self, bucket):
        assert list(bucket.keys("plans/")) == []


CALLS = {
    "get": lambda bucket: bucket.get("a"),
    "head": lambda bucket: bucket.head("a"),
    "put": lambda bucket: bucket.put("a", b""),
    "put_if_match": lambda bucket: bucket.put("a", b"", if_match='"x"'),
    "delete": lambda bucket: bucket.delete("a", if_match='"x"'),
    "keys": lambda bucket: list(bucket.keys("a")),
}


class Answering:
    """An S3 that refuses everything with one error. moto has no throttling, no 409 and no conditional DELETE."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    def __getattr__(self, operation: str) -> object:
        def call(**_: object) -> None:
            raise self.error

        return call

    def get_paginator(self, operation: str) -> Answering:
        return self


@pytest.fixture
def answering(monkeypatch: pytest.MonkeyPatch):
    def use(code: str, status: int, operation: str = "Operation", message: str | None = None) -> Bucket:
        error = refusal(code, status, operation)
        if message is not None:
            error = ClientError({**error.response, "Error": {"Code": code, "Message": message}}, operation)
        monkeypatch.setattr(aws, "client", lambda service: Answering(error))
        return Bucket(NAME)

    return use


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize(("code", "status"), [("SlowDown", 503), ("InternalError", 500), ("Throttling", 400)])
def test_what_may_pass_later_has_our_name(answering, call, code, status):
    with pytest.raises(StorageUnavailable, match=rf"s3://audio/a just now \({code}\)"):
        CALLS[call](answering(code, status))


LOST = [
    EndpointConnectionError(endpoint_url="https://s3"),
    ConnectTimeoutError(endpoint_url="https://s3"),
    ReadTimeoutError(endpoint_url="https://s3"),
    ConnectionClosedError(endpoint_url="https://s3"),
]


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("error", LOST, ids=lambda error: type(error).__name__)
def test_a_lost_connection_may_pass_later(monkeypatch, call, error):
    monkeypatch.setattr(aws, "client", lambda service: Answering(error))
    with pytest.raises(StorageUnavailable, match=rf"s3://audio/a just now \({type(error).__name__}\)"):
        CALLS[call](Bucket(NAME))


@pytest.mark.parametrize("read", [Bucket.get, lambda bucket, key: bucket.download(key, Path(os.devnull))])
def test_a_body_that_breaks_off_may_pass_later(bucket, monkeypatch, read):
    """botocore repeats the request, never the reading: a connection that dies there was an error without a name."""
    bucket.put("a", b"x" * 1000)

    def broken(body: StreamingBody, amt: int | None = None) -> bytes:
        raise ResponseStreamingError(error="connection reset")

    monkeypatch.setattr(StreamingBody, "read", broken)
    with pytest.raises(StorageUnavailable, match=r"s3://audio/a just now \(ResponseStreamingError\)"):
        read(bucket, "a")


def test_an_error_of_the_caller_between_two_keys_stays_its_own(bucket):
    bucket.put("a", b"")
    keys = bucket.keys("")
    assert next(keys) == "a"
    error = refusal("SlowDown", 503, "PutItem")
    with pytest.raises(ClientError) as caught:
        keys.throw(error)
    assert caught.value is error


@pytest.mark.parametrize("call", CALLS)
def test_what_will_not_keeps_its_own(answering, call):
    with pytest.raises(ClientError, match="AccessDenied"):
        CALLS[call](answering("AccessDenied", 403))


RIGHTS = {
    "get": ("GetObject", "s3:GetObject on s3://audio/a, and s3:ListBucket on s3://audio,"),
    "head": ("HeadObject", "s3:GetObject on s3://audio/a, and s3:ListBucket on s3://audio,"),
    "put": ("PutObject", "s3:PutObject on s3://audio/a, and s3:GetObject too if it is written with If-Match."),
    "delete": ("DeleteObject", "s3:DeleteObject on s3://audio/a."),
    "keys": ("ListObjectsV2", "s3:ListBucket on s3://audio."),
}


@pytest.mark.parametrize("call", RIGHTS)
def test_a_refusal_names_operation_object_and_right(answering, call):
    operation, advice = RIGHTS[call]
    # HEAD has no body, so botocore takes code and message from the status line.
    code, said = ("403", "Forbidden") if call == "head" else ("AccessDenied", "User: x is not authorized.")
    with pytest.raises(ClientError) as caught:
        CALLS[call](answering(code, 403, operation, said))
    begins = f"An error occurred ({code}) when calling the {operation} operation: {said.rstrip('.')}."
    assert str(caught.value).startswith(f"{begins} Allow the function's role {advice}")
    assert (aws.code_of(caught.value), aws.status_of(caught.value)) == (code, 403), "callers look at these"


@pytest.mark.parametrize("code", ["InvalidObjectState", "RequestTimeTooSkewed", "InvalidAccessKeyId"])
def test_other_errors_with_403_are_not_about_rights(answering, code):
    with pytest.raises(ClientError) as caught:
        CALLS["get"](answering(code, 403, "GetObject", "Why not."))
    assert str(caught.value) == f"An error occurred ({code}) when calling the GetObject operation: Why not."


@pytest.mark.parametrize(("code", "status"), [("PreconditionFailed", 412), ("ConditionalRequestConflict", 409)])
def test_a_lost_condition_is_an_answer(answering, code, status):
    bucket = answering(code, status)
    assert bucket.put("a", b"", if_match='"x"') is None
    assert bucket.put_if_absent("a", b"") is False
    assert bucket.delete("a", if_match='"x"') is False


def test_deleting_what_has_gone_meanwhile_is_done(answering):
    assert answering("NoSuchKey", 404).delete("a", if_match='"x"') is True


def test_the_same_document_is_the_same_bytes():
    assert encode({"b": 1, "a": "ä"}) == encode({"a": "ä", "b": 1}) == '{"a":"ä","b":1}'.encode()


class TestCopying:
    """moto knows neither condition of a copy; what S3 makes of them is tested on the local cloud."""

    def copied(self, bucket: Bucket, etag: str, **more: str) -> bool:
        return bucket.copy_from(
            Bucket("source"),
            "a b/ü",
            "to",
            source_etag=etag,
            content_type="text/plain",
            metadata={"from": "there"},
            **more,
        )

    @pytest.fixture
    def etag(self, bucket: Bucket) -> str:
        s3 = boto3.client("s3")
        s3.create_bucket(Bucket="source")
        put = s3.put_object(Bucket="source", Key="a b/ü", Body=b"1", Metadata={"old": "1"}, Tagging="x=y")
        return str(put["ETag"])

    def test_the_copy_has_its_own_metadata_and_no_tags(self, bucket, etag):
        assert self.copied(bucket, etag)
        found = bucket.head("to")
        assert (found.metadata, found.content_type, bucket.get("to").body) == ({"from": "there"}, "text/plain", b"1")
        assert bucket.tags("to") == {}

    def test_what_went_away_is_not_copied(self, bucket, etag):
        boto3.client("s3").delete_object(Bucket="source", Key="a b/ü")
        assert not self.copied(bucket, etag)

    @pytest.mark.parametrize("code", ["PreconditionFailed", "ConditionalRequestConflict", "NoSuchKey"])
    def test_a_lost_condition_is_an_answer(self, bucket, monkeypatch, code):
        seen = []

        class Client:
            def copy_object(self, **arguments):
                seen.append(arguments)
                raise refusal(code, 404 if code == "NoSuchKey" else 412, "CopyObject")

        mine = Bucket(NAME, Client())
        assert not self.copied(mine, '"1"', if_match='"2"')
        assert not self.copied(mine, '"1"', if_match=ABSENT)
        assert [(each["CopySourceIfMatch"], each.get("IfMatch"), each.get("IfNoneMatch")) for each in seen] == [
            ('"1"', '"2"', None),
            ('"1"', None, "*"),
        ]

    def test_a_listing_has_tags_and_sizes(self, bucket):
        etag = bucket.put("a/1", b"123")
        assert [(found.key, found.etag, found.size) for found in bucket.objects("a/")] == [("a/1", etag, 3)]


def test_a_stream_is_read_as_it_comes_and_says_when_it_breaks_off(account, monkeypatch):
    client = boto3.client("s3")
    client.create_bucket(Bucket="streams")
    tag = Bucket("streams", client).put("key", b"a,b\n1,2\n")
    with closing(Bucket("streams", client).stream("key", if_match=tag)) as stream:
        assert [stream.readline(), stream.read()] == [b"a,b\n", b"1,2\n"]
    assert Bucket("streams", client).stream("key", if_match='"other"') is None
    assert Bucket("streams", client).stream("absent") is None
    with closing(Bucket("streams", client).stream("key")) as stream:

        def lost(*_: object) -> bytes:
            raise IncompleteReadError(actual_bytes=1, expected_bytes=8)

        monkeypatch.setattr(stream.raw._body, "read", lost)
        with pytest.raises(StorageUnavailable):
            stream.read()
