"""Who may do what with vectors, over the whole local cloud: actions, resources, policies of buckets, keys."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from local.cloud import iam
from local.cloud.testing import Cloud
from local.services.s3vectors import access
from tests.local.s3vectors.builders import ACCOUNT, REGION, Stack, index, index_arn, put, resource, vector

INDEX = {"dataType": "float32", "dimension": 2, "distanceMetric": "cosine"}
ANN = {"queryVector": {"float32": [1.0, 0.0]}, "topK": 1}


@pytest.fixture(scope="module")
def cloud(clouds: Callable[[None], Cloud]) -> Cloud:
    return clouds(None)


@pytest.fixture
def root(cloud: Cloud) -> Any:
    return cloud.client("s3vectors")


@pytest.fixture
def bucket(root: Any) -> str:
    name = f"rights-{uuid.uuid4().hex[:8]}"
    root.create_vector_bucket(vectorBucketName=name)
    return name


@pytest.fixture
def arn(root: Any, bucket: str) -> str:
    made: str = root.create_index(vectorBucketName=bucket, indexName="pages", **INDEX)["indexArn"]
    put(root, made, vector("a", acl="x"))
    return made


@pytest.fixture
def holder(cloud: Cloud) -> Iterator[Callable[..., Any]]:
    """A client of a new role that has the given statements."""
    roles, made = cloud.client("iam"), list[str]()

    def holding(*statements: dict[str, Any], name: str = "") -> Any:
        name = name or f"reader-{uuid.uuid4().hex[:8]}"
        trust = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}
        document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
        role = roles.create_role(RoleName=name, AssumeRolePolicyDocument=document)["Role"]["Arn"]
        made.append(name)
        policy = json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
        roles.put_role_policy(RoleName=name, PolicyName="vectors", PolicyDocument=policy)
        keys = cloud.client("sts").assume_role(RoleArn=role, RoleSessionName="test")["Credentials"]
        return boto3.session.Session().client(
            "s3vectors",
            endpoint_url=cloud.url,
            region_name=REGION,
            aws_access_key_id=keys["AccessKeyId"],
            aws_secret_access_key=keys["SecretAccessKey"],
            aws_session_token=keys["SessionToken"],
            config=Config(proxies={}, retries={"total_max_attempts": 1}),
        )

    yield holding
    for name in made:
        roles.delete_role_policy(RoleName=name, PolicyName="vectors")
        roles.delete_role(RoleName=name)


def allow(*actions: str, on: str) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": list(actions), "Resource": on}


def denied(call: Callable[..., Any], **members: Any) -> str:
    with pytest.raises(ClientError) as caught:
        call(**members)
    assert caught.value.response["Error"]["Code"] == "AccessDeniedException"
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403
    return str(caught.value.response["Error"]["Message"])


class TestActions:
    def test_keys_and_distances_need_query_alone(self, holder: Callable[..., Any], arn: str):
        client = holder(allow("s3vectors:QueryVectors", on=arn))
        assert client.query_vectors(indexArn=arn, **ANN, returnDistance=True)["vectors"][0]["key"] == "a"

    @pytest.mark.parametrize("more", [{"returnMetadata": True}, {"filter": {"acl": "x"}}])
    def test_metadata_and_filters_need_get_too(self, holder: Callable[..., Any], arn: str, more: dict[str, Any]):
        message = denied(holder(allow("s3vectors:QueryVectors", on=arn)).query_vectors, indexArn=arn, **ANN, **more)
        assert f"s3vectors:GetVectors on resource: {arn}" in message
        client = holder(allow("s3vectors:QueryVectors", "s3vectors:GetVectors", on=arn))
        assert len(client.query_vectors(indexArn=arn, **ANN, **more)["vectors"]) == 1

    def test_a_list_with_data_needs_get_too(self, holder: Callable[..., Any], arn: str):
        client = holder(allow("s3vectors:ListVectors", on=arn))
        assert client.list_vectors(indexArn=arn)["vectors"] == [{"key": "a"}]
        for more in ({"returnData": True}, {"returnMetadata": True}):
            assert "s3vectors:GetVectors" in denied(client.list_vectors, indexArn=arn, **more)

    def test_one_action_is_not_another(self, holder: Callable[..., Any], arn: str):
        client = holder(allow("s3vectors:GetVectors", on=arn))
        assert "s3vectors:PutVectors" in denied(client.put_vectors, indexArn=arn, vectors=[vector("b")])
        assert "s3vectors:DeleteVectors" in denied(client.delete_vectors, indexArn=arn, keys=["a"])
        assert len(client.get_vectors(indexArn=arn, keys=["a"])["vectors"]) == 1

    def test_one_index_is_not_another(self, holder: Callable[..., Any], root: Any, bucket: str, arn: str):
        other = root.create_index(vectorBucketName=bucket, indexName="other", **INDEX)["indexArn"]
        client = holder(allow("s3vectors:*", on=arn))
        client.get_vectors(vectorBucketName=bucket, indexName="pages", keys=["a"])
        assert other in denied(client.get_vectors, vectorBucketName=bucket, indexName="other", keys=["a"])
        assert f"bucket/{bucket}" in denied(client.list_indexes, vectorBucketName=bucket)

    def test_what_is_made_with_tags_needs_that_right_too(self, holder: Callable[..., Any], bucket: str):
        client = holder(allow("s3vectors:CreateIndex", on=index_arn(bucket, "*")))
        members = {"vectorBucketName": bucket, "indexName": "tagged", **INDEX}
        assert "s3vectors:TagResource" in denied(client.create_index, **members, tags={"a": "b"})
        client.create_index(**members)

    def test_encryption_may_be_a_condition(self, holder: Callable[..., Any]):
        sealed = {"Condition": {"StringEquals": {"s3vectors:sseType": "aws:kms"}}}
        client = holder({**allow("s3vectors:CreateVectorBucket", on="*"), **sealed})
        members = {"vectorBucketName": f"plain-{uuid.uuid4().hex[:8]}"}
        denied(client.create_vector_bucket, **members)
        denied(client.create_vector_bucket, **members, encryptionConfiguration={"sseType": "AES256"})


@pytest.mark.parametrize(
    ("operation", "body", "expected"),
    [
        ("ListVectorBuckets", {}, "*"),
        ("GetVectorBucket", {"vectorBucketName": "books"}, "bucket/books"),
        ("CreateIndex", {"vectorBucketName": "books", "indexName": "pages"}, "bucket/books/index/pages"),
        ("PutVectors", {"vectorBucketName": "books", "indexName": "pages"}, "bucket/books/index/pages"),
        ("PutVectors", {"indexArn": index_arn("books", "pages")}, "bucket/books/index/pages"),
        ("PutVectors", {}, "*"),
        ("PutVectors", [], "*"),
        ("UpdateIndexMode", {"indexArn": index_arn("books", "pages")}, "bucket/books/index/pages"),
    ],
)
def test_the_resource_of_a_call(operation: str, body: Any, expected: str):
    call = iam.Call(
        "s3vectors", "POST", f"/{operation}", f"/{operation}", {}, {}, [], json.dumps(body).encode(), REGION, ""
    )
    assert iam.action_of(call) == f"s3vectors:{operation}"
    ((found, _),) = iam.resources_of(call, ACCOUNT)
    assert found == (expected if expected == "*" else f"arn:aws:s3vectors:{REGION}:{ACCOUNT}:{expected}")


def test_tags_are_asked_about_what_they_are_on():
    path = "/tags/arn%3Aaws%3As3vectors%3Aus-east-1%3A123456789012%3Abucket%2Fbooks"
    call = iam.Call("s3vectors", "DELETE", path, path, {}, {}, [], b"", REGION, "")
    assert iam.action_of(call) == "s3vectors:UntagResource"
    assert iam.resources_of(call, ACCOUNT) == [("arn:aws:s3vectors:us-east-1:123456789012:bucket/books", {})]
    assert access.also(path, b"", REGION, ACCOUNT) == []


class TestPolicies:
    def test_a_buckets_policy_denies_what_a_role_allows(
        self, holder: Callable[..., Any], root: Any, bucket: str, arn: str
    ):
        client = holder(allow("s3vectors:*", on="*"))
        client.get_vectors(indexArn=arn, keys=["a"])
        statement = {"Effect": "Deny", "Principal": "*", "Action": "s3vectors:GetVectors", "Resource": arn}
        policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        root.put_vector_bucket_policy(vectorBucketName=bucket, policy=policy)
        denied(client.get_vectors, indexArn=arn, keys=["a"])
        client.list_vectors(indexArn=arn)
        root.delete_vector_bucket_policy(vectorBucketName=bucket)
        client.get_vectors(indexArn=arn, keys=["a"])

    def test_it_allows_a_role_that_has_nothing(self, holder: Callable[..., Any], root: Any, bucket: str, arn: str):
        name = f"guest-{uuid.uuid4().hex[:8]}"
        client = holder(allow("s3:GetObject", on="*"), name=name)
        denied(client.get_vectors, indexArn=arn, keys=["a"])
        role = {"AWS": f"arn:aws:iam::{ACCOUNT}:role/{name}"}
        statement = {"Effect": "Allow", "Principal": role, "Action": "s3vectors:GetVectors", "Resource": arn}
        policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        root.put_vector_bucket_policy(vectorBucketName=bucket, policy=policy)
        client.get_vectors(indexArn=arn, keys=["a"])
        denied(client.list_vectors, indexArn=arn)


INDEXER = {
    "Effect": "Allow",
    "Principal": {"Service": "indexing.s3vectors.amazonaws.com"},
    "Action": "kms:Decrypt",
    "Resource": "*",
    "Condition": {
        "StringEquals": {"aws:SourceAccount": ACCOUNT},
        "ArnLike": {"aws:SourceArn": f"arn:aws:s3vectors:{REGION}:{ACCOUNT}:bucket/*"},
        "ForAnyValue:StringEquals": {
            "kms:EncryptionContextKeys": ["aws:s3vectors:arn", "aws:s3vectors:resource-id"],
        },
    },
}


@pytest.fixture
def key(cloud: Cloud) -> Callable[..., dict[str, str]]:
    """Makes a key whose policy is the account's and the given statements; the encryption under it."""

    def make(*statements: dict[str, Any]) -> dict[str, str]:
        own = {
            "Effect": "Allow",
            "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
            "Action": "kms:*",
            "Resource": "*",
        }
        policy = json.dumps({"Version": "2012-10-17", "Statement": [own, *statements]})
        made = cloud.client("kms").create_key(Policy=policy)["KeyMetadata"]["Arn"]
        return {"sseType": "aws:kms", "kmsKeyArn": made}

    return make


class TestKeys:
    def test_vectors_are_written_and_read_by_those_who_may_use_the_key(
        self, holder: Callable[..., Any], root: Any, bucket: str, key: Callable[..., dict[str, str]]
    ):
        sealed = key(INDEXER)
        members = {"vectorBucketName": bucket, "indexName": "sealed", **INDEX, "encryptionConfiguration": sealed}
        arn = root.create_index(**members)["indexArn"]
        vectors = allow("s3vectors:*", on=arn)
        assert "kms:GenerateDataKey" in denied(holder(vectors).put_vectors, indexArn=arn, vectors=[vector("a")])
        reader = holder(vectors, allow("kms:Decrypt", on=sealed["kmsKeyArn"]))
        assert "kms:GenerateDataKey" in denied(reader.put_vectors, indexArn=arn, vectors=[vector("a")])
        writer = holder(vectors, allow("kms:GenerateDataKey", "kms:Decrypt", on=sealed["kmsKeyArn"]))
        put(writer, arn, vector("a"))
        assert len(reader.query_vectors(indexArn=arn, **ANN)["vectors"]) == 1
        assert "kms:Decrypt" in denied(holder(vectors).query_vectors, indexArn=arn, **ANN)

    def test_an_index_lies_under_the_key_of_its_bucket(
        self, holder: Callable[..., Any], root: Any, key: Callable[..., dict[str, str]]
    ):
        name = f"sealed-{uuid.uuid4().hex[:8]}"
        sealed = key(INDEXER)
        root.create_vector_bucket(vectorBucketName=name, encryptionConfiguration=sealed)
        arn = root.create_index(vectorBucketName=name, indexName="pages", **INDEX)["indexArn"]
        assert root.get_index(indexArn=arn)["index"]["encryptionConfiguration"] == sealed
        assert "kms:Decrypt" in denied(holder(allow("s3vectors:*", on="*")).get_vectors, indexArn=arn, keys=["a"])

    def test_the_key_lets_the_service_index(self, root: Any, bucket: str, key: Callable[..., dict[str, str]]):
        members = {"vectorBucketName": bucket, "indexName": "sealed", **INDEX}
        said = denied(root.create_index, **members, encryptionConfiguration=key())
        assert said == "Insufficient access to perform asynchronous indexing"
        root.create_index(**members, encryptionConfiguration=key(INDEXER))

    def test_a_key_that_is_off_keeps_its_vectors_shut(
        self, cloud: Cloud, root: Any, bucket: str, key: Callable[..., dict[str, str]]
    ):
        sealed = key(INDEXER)
        members = {"vectorBucketName": bucket, "indexName": "sealed", **INDEX, "encryptionConfiguration": sealed}
        arn = root.create_index(**members)["indexArn"]
        cloud.client("kms").disable_key(KeyId=sealed["kmsKeyArn"])
        with pytest.raises(ClientError, match="KmsDisabledException"):
            root.get_vectors(indexArn=arn, keys=["a"])
        missing = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/{uuid.uuid4()}"
        members |= {"indexName": "lost", "encryptionConfiguration": {"sseType": "aws:kms", "kmsKeyArn": missing}}
        with pytest.raises(ClientError, match="KmsNotFoundException"):
            root.create_index(**members)

    @pytest.mark.parametrize(("statements", "status"), [((), "ROLLBACK_COMPLETE"), ((INDEXER,), "CREATE_COMPLETE")])
    def test_a_template_is_held_to_it(
        self, cloud: Cloud, key: Callable[..., dict[str, str]], statements: tuple[Any, ...], status: str
    ):
        sealed = {"SseType": "aws:kms", "KmsKeyArn": key(*statements)["kmsKeyArn"]}
        stack = Stack(cloud.client("cloudformation"))
        made = stack.create(Vectors=resource("VectorBucket", EncryptionConfiguration=sealed), Pages=index())
        assert made == status
        assert ("asynchronous indexing" in stack.reasons()) is (not statements)
        assert stack.delete() == "DELETE_COMPLETE"
