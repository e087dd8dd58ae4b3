"""Vector buckets, indexes, policies and tags, as a boto3 client sees them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.cloud.testing import start_cloud
from local.services.s3vectors import filters, kept, store
from local.services.s3vectors.errors import VectorsError
from local.services.s3vectors.places import Place
from local.services.s3vectors.vectors import Record, row_of
from tests.local.s3vectors.builders import index_arn, put, vector

pytestmark = pytest.mark.usefixtures("quiet")
INDEX = {"dataType": "float32", "dimension": 2, "distanceMetric": "cosine"}
KEY = "arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"


def refused(call: Callable[..., Any], code: str, **members: Any) -> dict[str, Any]:
    with pytest.raises(ClientError) as caught:
        call(**members)
    assert caught.value.response["Error"]["Code"] == code
    return caught.value.response


def test_every_answer_names_the_stand_in(engine: Any):
    assert "exact" in engine.list_vector_buckets()["ResponseMetadata"]["HTTPHeaders"]["x-millrace-engine"]


def test_a_bucket_is_made_described_and_deleted(engine: Any):
    made = engine.create_vector_bucket(vectorBucketName="made-once")["vectorBucketArn"]
    assert made == "arn:aws:s3vectors:us-east-1:123456789012:bucket/made-once"
    by_name = engine.get_vector_bucket(vectorBucketName="made-once")["vectorBucket"]
    assert by_name == engine.get_vector_bucket(vectorBucketArn=made)["vectorBucket"]
    assert by_name["encryptionConfiguration"] == {"sseType": "AES256"}
    assert by_name["defaultIndexMode"] == "ENHANCED"
    refused(engine.create_vector_bucket, "ConflictException", vectorBucketName="made-once")
    engine.delete_vector_bucket(vectorBucketArn=made)
    refused(engine.get_vector_bucket, "NotFoundException", vectorBucketName="made-once")
    refused(engine.delete_vector_bucket, "NotFoundException", vectorBucketName="made-once")


@pytest.mark.parametrize("name", ["ab", "a" * 64, "Books", "my_books", "my.books", "-books", "books-"])
def test_names_that_no_bucket_has(engine: Any, name: str):
    found = refused(engine.create_vector_bucket, "ValidationException", vectorBucketName=name)
    assert found["fieldList"][0]["path"] == "/vectorBucketName"


@pytest.mark.parametrize("name", ["ab", "a" * 64, "Pages", "my_pages", ".pages", "pages-"])
def test_names_that_no_index_has(engine: Any, bucket: str, name: str):
    members = {"vectorBucketName": bucket, "indexName": name, **INDEX}
    found = refused(engine.create_index, "ValidationException", **members)
    assert found["fieldList"][0]["path"] == "/indexName"


def test_an_index_is_made_described_and_deleted(engine: Any, bucket: str):
    keys = {"nonFilterableMetadataKeys": ["text"]}
    members = {"vectorBucketName": bucket, "indexName": "my.pages", **INDEX, "metadataConfiguration": keys}
    arn = engine.create_index(**members)["indexArn"]
    assert arn == index_arn(bucket, "my.pages")
    found = engine.get_index(indexArn=arn)["index"]
    assert found == engine.get_index(vectorBucketName=bucket, indexName="my.pages")["index"]
    assert found["metadataConfiguration"] == keys
    assert (found["dimension"], found["distanceMetric"], found["indexMode"]) == (2, "cosine", "ENHANCED")
    refused(engine.create_index, "ConflictException", **members)
    put(engine, arn, vector("a"))
    refused(engine.delete_vector_bucket, "ConflictException", vectorBucketName=bucket)
    engine.delete_index(indexArn=arn)
    refused(engine.get_index, "NotFoundException", indexArn=arn)
    refused(engine.delete_index, "NotFoundException", indexArn=arn)
    engine.delete_vector_bucket(vectorBucketName=bucket)


@pytest.mark.parametrize(
    ("more", "path"),
    [
        ({"dimension": 0}, "/dimension"),
        ({"dimension": 4_097}, "/dimension"),
        ({"distanceMetric": "dot"}, "/distanceMetric"),
        ({"dataType": "int8"}, "/dataType"),
        (
            {"metadataConfiguration": {"nonFilterableMetadataKeys": [f"k{n}" for n in range(11)]}},
            "/metadataConfiguration/nonFilterableMetadataKeys",
        ),
        (
            {"metadataConfiguration": {"nonFilterableMetadataKeys": ["a", "b", "c" * 64]}},
            "/metadataConfiguration/nonFilterableMetadataKeys/2",
        ),
        (
            {"metadataConfiguration": {"nonFilterableMetadataKeys": ["a", "a"]}},
            "/metadataConfiguration/nonFilterableMetadataKeys",
        ),
        ({"encryptionConfiguration": {"sseType": "aws:kms"}}, "/encryptionConfiguration/kmsKeyArn"),
        ({"encryptionConfiguration": {"kmsKeyArn": KEY}}, "/encryptionConfiguration/kmsKeyArn"),
        ({"encryptionConfiguration": {"sseType": "aws:kms", "kmsKeyArn": "x"}}, "/encryptionConfiguration/kmsKeyArn"),
        ({"tags": {"aws:mine": "x"}}, "/tags"),
        ({"tags": {f"t{n}": "x" for n in range(51)}}, "/tags"),
    ],
)
def test_indexes_that_cannot_be(engine: Any, bucket: str, more: dict[str, Any], path: str):
    members = {"vectorBucketName": bucket, "indexName": "pages", **INDEX, **more}
    assert path in [one["path"] for one in refused(engine.create_index, "ValidationException", **members)["fieldList"]]
    assert engine.list_indexes(vectorBucketName=bucket)["indexes"] == []


def test_all_that_is_wrong_is_told_at_once(engine: Any, bucket: str):
    members = {"vectorBucketName": bucket, "indexName": "pages", **INDEX, "dimension": 0, "distanceMetric": "dot"}
    found = refused(engine.create_index, "ValidationException", **members)
    assert {one["path"] for one in found["fieldList"]} == {"/dimension", "/distanceMetric"}
    assert found["Error"]["Message"].startswith("2 validation errors detected. ")


@pytest.mark.parametrize(
    "members",
    [
        {},
        {"indexName": "pages"},
        {"vectorBucketName": "books"},
        {"vectorBucketName": "books", "indexName": "pages", "indexArn": index_arn("books", "pages")},
        {"indexArn": "arn:aws:s3vectors:us-east-1:123456789012:bucket/books"},
    ],
)
def test_an_index_is_named_in_one_way(engine: Any, members: dict[str, str]):
    refused(engine.get_index, "ValidationException", **members)


def test_a_bucket_is_named_in_one_way(engine: Any):
    arn = "arn:aws:s3vectors:us-east-1:123456789012:bucket/books"
    refused(engine.get_vector_bucket, "ValidationException")
    refused(engine.get_vector_bucket, "ValidationException", vectorBucketName="books", vectorBucketArn=arn)


def test_an_index_needs_its_bucket(engine: Any):
    refused(engine.create_index, "NotFoundException", vectorBucketName="nowhere", indexName="pages", **INDEX)
    refused(engine.list_indexes, "NotFoundException", vectorBucketName="nowhere")


def test_lists_go_on_page_by_page(engine: Any, bucket: str):
    for n in range(5):
        engine.create_index(vectorBucketName=bucket, indexName=f"{'a' if n < 4 else 'b'}-{n}", **INDEX)
    pages = list(
        engine.get_paginator("list_indexes").paginate(
            vectorBucketName=bucket, prefix="a-", PaginationConfig={"PageSize": 3}
        )
    )
    assert [[one["indexName"] for one in page["indexes"]] for page in pages] == [["a-0", "a-1", "a-2"], ["a-3"]]
    found = engine.list_vector_buckets(prefix=bucket, maxResults=1)
    assert [one["vectorBucketName"] for one in found["vectorBuckets"]] == [bucket]
    assert "nextToken" not in found


@pytest.mark.parametrize("token", ["no token", "W10=", "WyJhIiwiYiJd"])
def test_a_token_is_of_its_request(engine: Any, bucket: str, token: str):
    found = refused(engine.list_indexes, "ValidationException", vectorBucketName=bucket, nextToken=token)
    assert found["fieldList"][0]["path"] == "/nextToken"


def test_there_is_no_way_back_to_classic(engine: Any, bucket: str, arn: str):
    engine.update_index_mode(indexArn=arn, indexMode="ENHANCED")
    engine.put_vector_bucket_default_index_mode(vectorBucketName=bucket, defaultIndexMode="ENHANCED")
    refused(engine.update_index_mode, "ValidationException", indexArn=arn, indexMode="CLASSIC")
    members = {"vectorBucketName": bucket, "defaultIndexMode": "CLASSIC"}
    refused(engine.put_vector_bucket_default_index_mode, "ValidationException", **members)


def test_a_policy_is_kept_as_it_was_put(engine: Any, bucket: str):
    refused(engine.get_vector_bucket_policy, "NotFoundException", vectorBucketName=bucket)
    policy = '{"Version":"2012-10-17", "Statement":[{"Effect":"Deny"}]}'
    engine.put_vector_bucket_policy(vectorBucketName=bucket, policy=policy)
    assert engine.get_vector_bucket_policy(vectorBucketName=bucket)["policy"] == policy
    engine.delete_vector_bucket_policy(vectorBucketName=bucket)
    refused(engine.get_vector_bucket_policy, "NotFoundException", vectorBucketName=bucket)
    for wrong in ("no JSON", "[]", "{}"):
        refused(engine.put_vector_bucket_policy, "ValidationException", vectorBucketName=bucket, policy=wrong)


def test_tags_are_added_and_taken_away(engine: Any, bucket: str, arn: str):
    within = engine.get_vector_bucket(vectorBucketName=bucket)["vectorBucket"]["vectorBucketArn"]
    for one in (arn, within):
        engine.tag_resource(resourceArn=one, tags={"a": "1", "b": "2"})
        engine.tag_resource(resourceArn=one, tags={"b": "3"})
        engine.untag_resource(resourceArn=one, tagKeys=["a", "nothing"])
        assert engine.list_tags_for_resource(resourceArn=one)["tags"] == {"b": "3"}
    refused(engine.list_tags_for_resource, "NotFoundException", resourceArn=index_arn("nowhere", "pages"))
    refused(engine.tag_resource, "ValidationException", resourceArn=arn, tags={f"t{n}": "" for n in range(50)})


@pytest.mark.parametrize(
    ("region", "account", "code"),
    [("us-east-1", "210987654321", "AccessDeniedException"), ("eu-west-1", "123456789012", "NotFoundException")],
)
def test_another_account_or_region_has_nothing_here(engine: Any, region: str, account: str, code: str):
    """Even where its bucket is there."""
    place = Place(region, account, f"far-{account}", "pages")
    store.STORE.make_bucket(place, None, {})
    store.STORE.make_index(place, INDEX)
    within = place.arn.partition("/index/")[0]
    refused(engine.list_vectors, code, indexArn=place.arn)
    refused(engine.get_vector_bucket, code, vectorBucketArn=within)
    refused(engine.tag_resource, code, resourceArn=place.arn, tags={"a": "b"})
    store.STORE.delete_index(place)
    store.STORE.delete_bucket(place)


def test_accounts_and_regions_are_apart():
    own = store.Store()
    for place in (Place("r-1", "1", "books"), Place("r-2", "1", "books"), Place("r-1", "2", "books")):
        own.make_bucket(place, None, {})
    assert [len(own.buckets(account, region)) for account, region in (("1", "r-1"), ("1", "r-2"), ("2", "r-2"))] == [
        1,
        1,
        0,
    ]


def test_what_is_kept_comes_back(tmp_path: Path):
    """Also an index without vectors, and nothing of what an interrupted write left."""
    own, place = store.Store(), Place("r", "1", "books", "pages")
    bucket = own.make_bucket(Place("r", "1", "books"), None, {"a": "b"})
    bucket.policy = "{}"
    made = own.make_index(place, {**INDEX, "metadataConfiguration": {"nonFilterableMetadataKeys": ["text"]}})
    own.make_index(Place("r", "1", "books", "empty"), INDEX)
    made.vectors.put([Record("k", row_of([0.1, 2]), {"text": "ü", "n": 1})])
    kept.load(own, tmp_path)
    (tmp_path / f"{kept.FOLDER}.new").mkdir()
    for _ in range(2):
        kept.save(own, tmp_path)
    again = store.Store()
    kept.load(again, tmp_path)
    found = again.index(place)
    assert (found.hidden, found.created, again.bucket(place).policy) == (("text",), made.created, "{}")
    assert again.bucket(place).tags == {"a": "b"}
    ((_, record),) = found.vectors.nearest(row_of([1, 0]), 5, filters.parse({"n": 1}, frozenset(found.hidden)))
    assert (record.metadata, record.data.tolist()) == ({"text": "ü", "n": 1}, row_of([0.1, 2]).tolist())
    assert len(again.index(Place("r", "1", "books", "empty")).vectors) == 0


def test_vectors_survive_where_state_is_kept(tmp_path: Path):
    first = start_cloud(None, data=tmp_path)
    try:
        client = first.client("s3vectors")
        client.create_vector_bucket(vectorBucketName="books")
        client.create_index(vectorBucketName="books", indexName="pages", **INDEX)
        put(client, index_arn("books", "pages"), vector("a"))
    finally:
        first.stop()
    second = start_cloud(None, data=tmp_path)
    try:
        assert second.client("s3vectors").list_vectors(indexArn=index_arn("books", "pages"))["vectors"] == [
            {"key": "a"}
        ]
    finally:
        second.stop()


def test_there_is_an_end_of_buckets_and_indexes(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(store, "MOST_BUCKETS", 1)
    monkeypatch.setattr(store, "MOST_INDEXES", 1)
    own = store.Store()
    own.make_bucket(Place("r", "1", "books"), None, {})
    own.make_index(Place("r", "1", "books", "pages"), INDEX)
    with pytest.raises(VectorsError, match="1 vector buckets"):
        own.make_bucket(Place("r", "1", "more"), None, {})
    with pytest.raises(VectorsError, match="1 indexes"):
        own.make_index(Place("r", "1", "books", "more"), INDEX)
