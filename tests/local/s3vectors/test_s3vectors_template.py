"""Vector buckets and indexes of a template: made, changed, replaced, deleted, rolled back."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.cloud.testing import Cloud
from tests.local.s3vectors.builders import Stack, index, resource, vector

BUCKET = resource("VectorBucket")


@pytest.fixture(scope="module")
def cloud(clouds: Callable[[None], Cloud]) -> Cloud:
    return clouds(None)


@pytest.fixture
def vectors(cloud: Cloud) -> Any:
    return cloud.client("s3vectors")


@pytest.fixture
def stack(cloud: Cloud, vectors: Any) -> Iterator[Stack]:
    """A stack that is gone, with its vectors, when the test has ended."""
    made = Stack(cloud.client("cloudformation"))
    yield made
    if made.delete() == "DELETE_FAILED":
        for bucket in buckets(vectors, made):
            for one in vectors.list_indexes(vectorBucketName=bucket)["indexes"]:
                vectors.delete_index(indexArn=one["indexArn"])
        assert made.delete() == "DELETE_COMPLETE"


def buckets(vectors: Any, stack: Stack) -> list[str]:
    found = vectors.list_vector_buckets(prefix=stack.name)["vectorBuckets"]
    return [one["vectorBucketName"] for one in found]


def test_a_bucket_and_its_index_are_made_and_deleted(stack: Stack, vectors: Any):
    pages = index(Dimension="3", MetadataConfiguration={"NonFilterableMetadataKeys": ["text", "key"]})
    assert stack.create(Vectors=BUCKET, Pages=pages) == "CREATE_COMPLETE"
    (name,) = buckets(vectors, stack)
    outputs = stack.outputs()
    assert outputs["VectorsRef"] == f"arn:aws:s3vectors:us-east-1:123456789012:bucket/{name}"
    assert outputs["PagesRef"].startswith(f"{outputs['VectorsRef']}/index/{stack.name}-pages-")
    found = vectors.get_index(indexArn=outputs["PagesRef"])["index"]
    assert (found["dimension"], found["distanceMetric"]) == (3, "cosine")
    assert found["metadataConfiguration"] == {"nonFilterableMetadataKeys": ["text", "key"]}
    vectors.put_vectors(indexArn=outputs["PagesRef"], vectors=[vector("a", 1, 2, 3)])
    assert stack.delete() == "DELETE_COMPLETE"
    assert buckets(vectors, stack) == []


def test_attributes_are_those_of_the_schema(stack: Stack):
    made = {"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": {"Fn::GetAtt": ["Pages", "CreationTime"]}}}
    assert stack.create(Vectors=BUCKET, Pages=index(), Topic=made) == "CREATE_COMPLETE"
    wrong = {"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": {"Fn::GetAtt": ["Pages", "IndexName"]}}}
    assert stack.update(Vectors=BUCKET, Pages=index(), Topic=wrong) == "UPDATE_ROLLBACK_COMPLETE"
    assert "IndexName" in stack.reasons()


def test_tags_are_changed_in_place_and_keep_the_vectors(stack: Stack, vectors: Any):
    tagged = index(Tags=[{"Key": "owner", "Value": "ann"}, {"Key": "old", "Value": "x"}])
    assert stack.create(Vectors=BUCKET, Pages=tagged) == "CREATE_COMPLETE"
    arn = stack.outputs()["PagesRef"]
    vectors.put_vectors(indexArn=arn, vectors=[vector("a")])
    assert stack.update(Vectors=BUCKET, Pages=index(Tags=[{"Key": "owner", "Value": "bo"}])) == "UPDATE_COMPLETE"
    assert stack.outputs()["PagesRef"] == arn
    tags = vectors.list_tags_for_resource(resourceArn=arn)["tags"]
    assert (tags["owner"], tags["aws:cloudformation:logical-id"]) == ("bo", "Pages")
    assert "old" not in tags
    assert [one["key"] for one in vectors.get_vectors(indexArn=arn, keys=["a"])["vectors"]] == ["a"]


def test_every_other_change_makes_a_new_index(stack: Stack, vectors: Any):
    assert stack.create(Vectors=BUCKET, Pages=index()) == "CREATE_COMPLETE"
    before = stack.outputs()["PagesRef"]
    assert stack.update(Vectors=BUCKET, Pages=index(Dimension=4)) == "UPDATE_COMPLETE"
    after = stack.outputs()["PagesRef"]
    assert vectors.get_index(indexArn=after)["index"]["dimension"] == 4
    with pytest.raises(ClientError, match="NotFoundException"):
        vectors.get_index(indexArn=before)


def test_what_has_a_name_is_not_replaced_under_it(stack: Stack, vectors: Any):
    named = {"VectorBucketName": f"{stack.name}-books"}
    sealed = resource("VectorBucket", **named, EncryptionConfiguration={"SseType": "AES256"})
    assert stack.create(Vectors=resource("VectorBucket", **named)) == "CREATE_COMPLETE"
    assert stack.update(Vectors=sealed) == "UPDATE_ROLLBACK_COMPLETE"
    assert "custom-named resource requires replacing" in stack.reasons()
    renamed = resource("VectorBucket", VectorBucketName=f"{stack.name}-more")
    assert stack.update(Vectors=renamed) == "UPDATE_COMPLETE"
    assert buckets(vectors, stack) == [f"{stack.name}-more"]


def test_a_failed_creation_leaves_nothing(stack: Stack, vectors: Any):
    doubled = index(IndexName="pages", more={"DependsOn": "Pages"})
    assert stack.create(Vectors=BUCKET, Pages=index(IndexName="pages"), Twice=doubled) == "ROLLBACK_COMPLETE"
    assert "already exists (Service: S3Vectors, Status Code: 409)" in stack.reasons()
    assert buckets(vectors, stack) == []


def test_a_failed_update_keeps_the_vectors(stack: Stack, vectors: Any):
    assert stack.create(Vectors=BUCKET, Pages=index(IndexName="pages")) == "CREATE_COMPLETE"
    arn = stack.outputs()["PagesRef"]
    vectors.put_vectors(indexArn=arn, vectors=[vector("a")])
    wrong = index(IndexName="other", more={"DependsOn": "Pages"}, MetadataConfiguration={})
    assert stack.update(Vectors=BUCKET, Pages=index(IndexName="renamed"), Wrong=wrong) == "UPDATE_ROLLBACK_COMPLETE"
    assert stack.outputs()["PagesRef"] == arn
    assert [one["key"] for one in vectors.get_vectors(indexArn=arn, keys=["a"])["vectors"]] == ["a"]
    (name,) = buckets(vectors, stack)
    assert [one["indexName"] for one in vectors.list_indexes(vectorBucketName=name)["indexes"]] == ["pages"]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (index(Dimension=5_000), "5000"),
        (index(DistanceMetric="dot"), "dot"),
        (index(MetadataConfiguration={"NonFilterableMetadataKeys": [f"k{n}" for n in range(11)]}), "11|10"),
        (index(IndexName="Pages"), "Invalid index name"),
        (index(VectorBucketArn="arn:aws:s3vectors:us-east-1:123456789012:bucket/nowhere"), "could not be found"),
        (index(VectorBucketName="also-books"), "either vectorBucketName or vectorBucketArn"),
    ],
)
def test_what_cannot_be_fails_the_stack(stack: Stack, vectors: Any, wrong: dict[str, Any], said: str):
    assert stack.create(Vectors=BUCKET, Pages=wrong) in ("ROLLBACK_COMPLETE", "ROLLBACK_FAILED")
    assert re.search(said, stack.reasons()), stack.reasons()
    assert buckets(vectors, stack) == []


def test_a_bucket_with_another_index_stays(stack: Stack, vectors: Any):
    assert stack.create(Vectors=BUCKET, Pages=index()) == "CREATE_COMPLETE"
    (name,) = buckets(vectors, stack)
    vectors.create_index(
        vectorBucketName=name, indexName="by-hand", dataType="float32", dimension=2, distanceMetric="cosine"
    )
    assert stack.delete() == "DELETE_FAILED"
    assert "is not empty (Service: S3Vectors, Status Code: 409)" in stack.reasons()
    assert [one["indexName"] for one in vectors.list_indexes(vectorBucketName=name)["indexes"]] == ["by-hand"]


def test_what_was_deleted_by_hand_is_deleted_again(stack: Stack, vectors: Any):
    assert stack.create(Vectors=BUCKET, Pages=index()) == "CREATE_COMPLETE"
    vectors.delete_index(indexArn=stack.outputs()["PagesRef"])
    assert stack.delete() == "DELETE_COMPLETE"


def test_a_policy_is_put_changed_and_taken_away(stack: Stack, vectors: Any):
    def policy(action: str) -> dict[str, Any]:
        arn = {"Fn::GetAtt": ["Vectors", "VectorBucketArn"]}
        statement = {"Effect": "Deny", "Principal": "*", "Action": action, "Resource": arn}
        return resource(
            "VectorBucketPolicy",
            VectorBucketArn=arn,
            Policy={"Version": "2012-10-17", "Statement": [statement]},
        )

    assert stack.create(Vectors=BUCKET, Rule=policy("s3vectors:DeleteVectorBucket")) == "CREATE_COMPLETE"
    (name,) = buckets(vectors, stack)
    assert "DeleteVectorBucket" in vectors.get_vector_bucket_policy(vectorBucketName=name)["policy"]
    assert stack.update(Vectors=BUCKET, Rule=policy("s3vectors:CreateIndex")) == "UPDATE_COMPLETE"
    assert "CreateIndex" in vectors.get_vector_bucket_policy(vectorBucketName=name)["policy"]
    assert stack.update(Vectors=BUCKET) == "UPDATE_COMPLETE"
    with pytest.raises(ClientError, match="policy could not be found"):
        vectors.get_vector_bucket_policy(vectorBucketName=name)
