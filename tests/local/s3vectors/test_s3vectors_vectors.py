"""Vectors put, read, listed, deleted and searched, with the limits and errors of AWS."""

from __future__ import annotations

import json
import re
from typing import Any

import boto3
import numpy as np
import pytest
from botocore.exceptions import ClientError
from hypothesis import given, settings
from hypothesis import strategies as st

from local.cloud.http import Request
from local.services.s3vectors import records, switches
from local.services.s3vectors.service import handle
from local.services.s3vectors.vectors import Record, Vectors, row_of
from local.services.throttle import Throttles
from tests.local.s3vectors.builders import put, vector

pytestmark = pytest.mark.usefixtures("quiet")


def query(client: Any, arn: str, *numbers: float, top: int = 10, **more: Any) -> Any:
    return client.query_vectors(indexArn=arn, topK=top, queryVector={"float32": list(numbers)}, **more)


def keys(answer: Any) -> list[str]:
    return [one["key"] for one in answer["vectors"]]


def refused(call: Any, **members: Any) -> dict[str, Any]:
    with pytest.raises(ClientError) as caught:
        call(**members)
    assert caught.value.response["Error"]["Code"] == "ValidationException"
    return caught.value.response


class TestWriting:
    def test_what_is_put_is_given_back(self, engine: Any, arn: str):
        put(engine, arn, vector("a", 0.1, 1e-20, n=1, text="long", refs=["x", "y"], on=True), vector("b", 3, 4))
        found = engine.get_vectors(indexArn=arn, keys=["b", "a", "c", "a"], returnData=True, returnMetadata=True)
        assert keys(found) == ["b", "a"]
        assert found["vectors"][1]["data"]["float32"] == [float(np.float32(0.1)), float(np.float32(1e-20))]
        assert found["vectors"][1]["metadata"] == {"n": 1, "text": "long", "refs": ["x", "y"], "on": True}
        assert engine.get_vectors(indexArn=arn, keys=["a"])["vectors"] == [{"key": "a"}]

    def test_a_later_vector_takes_the_place_of_an_earlier_one(self, engine: Any, arn: str):
        put(engine, arn, vector("a", 1, 0, acl="x"))
        put(engine, arn, vector("a", 0, 1, n=2))
        assert query(engine, arn, 0, 1, filter={"acl": "x"})["vectors"] == []
        assert query(engine, arn, 0, 1, returnDistance=True)["vectors"][0]["distance"] == pytest.approx(0)

    def test_what_is_deleted_is_gone_and_may_come_again(self, engine: Any, arn: str):
        put(engine, arn, vector("a", acl="x"), vector("b", acl="x"))
        engine.delete_vectors(indexArn=arn, keys=["a", "nowhere"])
        assert keys(query(engine, arn, 1, 0, filter={"acl": "x"})) == ["b"]
        engine.delete_vectors(indexArn=arn, keys=["a"])
        put(engine, arn, vector("a", acl="y"))
        assert keys(query(engine, arn, 1, 0, filter={"acl": "y"})) == ["a"]

    @pytest.mark.parametrize(
        ("wrong", "said"),
        [
            (vector("x", 1, 2, 3), "vector must have length 2, but has length 3"),
            (vector("x", 0, 0), "must not be zero"),
            (vector("x", 1e-60, 0), "must not be zero"),
            (vector("x", float("nan"), 1), "NaN or Infinity|only numbers"),
            (vector("x", float("inf"), 1), "NaN or Infinity|only numbers"),
            (vector("x", 1e39, 1), "NaN or Infinity"),
            (vector("x", **{f"k{n}": n for n in range(51)}), "Metadata object must have at most 50 keys"),
            (vector("x", acl="a" * 2_048), "Filterable metadata must have at most 2048 bytes"),
            (vector("x", acl="ü" * 1_020), "Filterable metadata must have at most 2048 bytes"),
            (vector("x", text="a" * 40_960), "Metadata must have at most 40960 bytes"),
            (vector("x", **{"k" * 64: 1}), "1 to 63 characters"),
            (vector("x", **{"$eq": 1}), r"must not start with \$"),
            (vector("x", acl=None), "must be a string, number, boolean"),
            (vector("x", acl={"a": 1}), "must be a string, number, boolean"),
            (vector("x", acl=[]), "must be a string, number, boolean"),
            (vector("x", acl=["a", ["b"]]), "must be a string, number, boolean"),
        ],
    )
    def test_vectors_that_are_not_taken(self, engine: Any, arn: str, wrong: dict[str, Any], said: str):
        found = refused(engine.put_vectors, indexArn=arn, vectors=[vector("good"), wrong])
        assert found["Error"]["Message"].startswith("Invalid record for key 'x': ")
        assert re.search(said, found["Error"]["Message"])
        assert found["fieldList"][0]["message"] == found["Error"]["Message"]
        assert engine.list_vectors(indexArn=arn)["vectors"] == [], "the good one is not written either"

    def test_what_just_fits_is_taken(self, engine: Any, arn: str):
        filterable = {"acl": "a" * (2_048 - len('{"acl":""}'))}
        room = 40_960 - len(json.dumps({**filterable, "text": ""}, separators=(",", ":")))
        put(engine, arn, vector("k" * 1_024, **filterable, text="t" * room))
        put(engine, arn, vector("b", **{f"k{n}": n for n in range(50)}))
        assert len(engine.list_vectors(indexArn=arn)["vectors"]) == 2

    def test_keys_and_numbers_of_a_request(self, engine: Any, arn: str):
        for count in (0, 501):
            refused(engine.put_vectors, indexArn=arn, vectors=[vector(f"k{n}") for n in range(count)])
            refused(engine.delete_vectors, indexArn=arn, keys=[f"k{n}" for n in range(count)])
        for count in (0, 101):
            refused(engine.get_vectors, indexArn=arn, keys=[f"k{n}" for n in range(count)])
        for key in ("", "k" * 1_025):
            found = refused(engine.put_vectors, indexArn=arn, vectors=[vector("a"), vector(key)])
            assert [one["path"] for one in found["fieldList"]] == ["/vectors/1/key"]
        found = refused(engine.put_vectors, indexArn=arn, vectors=[vector("a"), vector("a")])
        assert "occurs twice" in found["Error"]["Message"]

    def test_zero_is_taken_where_distances_are_euclidean(self, engine: Any, bucket: str):
        arn = engine.create_index(
            vectorBucketName=bucket, indexName="flat", dataType="float32", dimension=2, distanceMetric="euclidean"
        )["indexArn"]
        put(engine, arn, vector("zero", 0, 0), vector("far", 3, 4))
        found = query(engine, arn, 0, 0, returnDistance=True)
        assert found["distanceMetric"] == "euclidean"
        assert [(one["key"], one["distance"]) for one in found["vectors"]] == [("zero", 0.0), ("far", 5.0)]

    def test_a_request_is_not_too_large(self):
        body = b'{"vectors": "' + b"x" * (20 * 1_048_576) + b'"}'
        answer = handle(Request("POST", "/PutVectors", {}, {}, body, "us-east-1", "123456789012"))
        assert (answer.status, b"20971520 bytes" in answer.body) == (400, True)


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/PutVectors", {"vectors": 3}),
        ("/PutVectors", {"vectors": [3]}),
        ("/PutVectors", {"vectors": [{"key": "a", "data": 3}]}),
        ("/PutVectors", {"vectors": [{"key": "a", "data": {"float32": "x"}}]}),
        ("/PutVectors", {"vectors": [{"key": "a", "data": {"float32": [True, 1]}}]}),
        ("/PutVectors", {"vectors": [{"key": "a", "data": {}}]}),
        ("/PutVectors", {"vectors": [{"key": "a", "data": {"float32": [1, 0]}, "metadata": [1]}]}),
        ("/QueryVectors", {"topK": 1, "queryVector": [1, 2]}),
        ("/QueryVectors", {"topK": 1, "queryVector": {"float32": [[1], 2]}}),
        ("/QueryVectors", {"topK": "1", "queryVector": {"float32": [1, 2]}}),
        ("/ListVectors", {"maxResults": 1.5}),
        ("/GetVectors", []),
        ("/GetVectors", None),
    ],
)
def test_a_request_of_another_form_is_no_crash(arn: str, path: str, body: Any):
    sent = {"indexArn": arn, **body} if isinstance(body, dict) else body
    raw = b"{no" if body is None else json.dumps(sent).encode()
    answer = handle(Request("POST", path, {}, {}, raw, "us-east-1", "123456789012"))
    assert answer.status == 400
    assert answer.headers["x-amzn-errortype"] in ("ValidationException", "SerializationException")


def test_what_is_no_operation_says_so():
    for method, path in (("POST", "/Everything"), ("GET", "/ListVectors"), ("PUT", "/tags/x")):
        answer = handle(Request(method, path, {}, {}, b"{}", "us-east-1", "123456789012"))
        assert answer.status == 404


class TestListing:
    def test_pages_follow_each_other_to_the_end(self, engine: Any, arn: str):
        names = [f"k{n:04}" for n in range(1_205)]
        for start in range(0, len(names), 500):
            put(engine, arn, *(vector(name) for name in names[start : start + 500]))
        pages = list(engine.get_paginator("list_vectors").paginate(indexArn=arn))
        assert [len(page["vectors"]) for page in pages] == [500, 500, 205]
        assert [key for page in pages for key in keys(page)] == names
        assert len(engine.list_vectors(indexArn=arn, maxResults=1_000)["vectors"]) == 1_000
        refused(engine.list_vectors, indexArn=arn, maxResults=1_001)

    def test_segments_share_all_of_it(self, engine: Any, arn: str):
        names = {f"k{n}" for n in range(200)}
        put(engine, arn, *(vector(name) for name in names))
        paginator = engine.get_paginator("list_vectors")
        parts = [
            {
                key
                for page in paginator.paginate(
                    indexArn=arn, segmentCount=3, segmentIndex=n, PaginationConfig={"PageSize": 7}
                )
                for key in keys(page)
            }
            for n in range(3)
        ]
        assert all(parts)
        assert set[str]().union(*parts) == names
        assert sum(map(len, parts)) == len(names)

    @pytest.mark.parametrize("more", [{"segmentCount": 2}, {"segmentIndex": 0}, {"segmentCount": 2, "segmentIndex": 2}])
    def test_a_segment_is_one_of_so_many(self, engine: Any, arn: str, more: dict[str, int]):
        refused(engine.list_vectors, indexArn=arn, **more)

    def test_a_token_is_of_its_segment(self, engine: Any, arn: str):
        put(engine, arn, *(vector(f"k{n}") for n in range(40)))
        token = engine.list_vectors(indexArn=arn, segmentCount=2, segmentIndex=0, maxResults=1)["nextToken"]
        refused(engine.list_vectors, indexArn=arn, segmentCount=2, segmentIndex=1, nextToken=token)

    def test_a_page_ends_after_a_megabyte(self, engine: Any, arn: str):
        put(engine, arn, *(vector(f"k{n:02}", text="x" * 40_000) for n in range(40)))
        found = engine.list_vectors(indexArn=arn, returnMetadata=True)
        assert 1 < len(found["vectors"]) < 40
        rest = engine.list_vectors(indexArn=arn, returnMetadata=True, nextToken=found["nextToken"])
        assert len(found["vectors"]) + len(rest["vectors"]) == 40
        assert "nextToken" not in rest


class TestQuerying:
    def test_nothing_more_is_told_than_was_asked(self, engine: Any, arn: str):
        put(engine, arn, vector("a", 1, 0, n=1), vector("b", -1, 0))
        assert query(engine, arn, 2, 0)["vectors"] == [{"key": "a"}, {"key": "b"}]
        found = query(engine, arn, 2, 0, returnDistance=True, returnMetadata=True)["vectors"]
        assert found == [
            {"key": "a", "distance": 0.0, "metadata": {"n": 1}},
            {"key": "b", "distance": 2.0, "metadata": {}},
        ]

    def test_an_empty_index_has_nothing(self, engine: Any, arn: str):
        assert query(engine, arn, 1, 0) == {
            **query(engine, arn, 1, 0),
            "vectors": [],
            "distanceMetric": "cosine",
        }

    def test_very_small_and_very_large_numbers_have_a_direction(self, engine: Any, arn: str):
        put(engine, arn, vector("small", 1e-38, 1e-38), vector("large", 3e38, -3e38), vector("plain", 1, 0))
        found = query(engine, arn, 2e38, 2e38, returnDistance=True)["vectors"]
        assert [one["key"] for one in found] == ["small", "plain", "large"]
        assert [one["distance"] for one in found] == pytest.approx([0, 1 - 0.5**0.5, 1], abs=1e-6)

    def test_an_answer_has_pages(self, engine: Any, arn: str):
        put(engine, arn, *(vector(f"k{n:03}", 1, n) for n in range(200)))
        first = query(engine, arn, 1, 0, top=150)
        assert len(first["vectors"]) == records.PAGE_OF_NEAREST
        second = query(engine, arn, 1, 0, top=150, nextToken=first["nextToken"])
        assert keys(first) + keys(second) == [f"k{n:03}" for n in range(150)]
        assert "nextToken" not in second
        with pytest.raises(ClientError, match="next token"):
            query(engine, arn, 0, 1, top=150, nextToken=first["nextToken"])

    @pytest.mark.parametrize(
        ("members", "path"),
        [
            ({"topK": 0}, "/topK"),
            ({"topK": 10_001}, "/topK"),
            ({"queryVector": {"float32": [1.0]}}, "/queryVector"),
            ({"queryVector": {"float32": [0.0, 0.0]}}, "/queryVector"),
            ({"queryMode": "CLASSIC"}, "/queryMode"),
            ({"filter": {"text": "a"}}, "/filter"),
        ],
    )
    def test_queries_that_cannot_be(self, engine: Any, arn: str, members: dict[str, Any], path: str):
        asked = {"indexArn": arn, "topK": 1, "queryVector": {"float32": [1.0, 0.0]}, **members}
        assert refused(engine.query_vectors, **asked)["fieldList"][0]["path"] == path

    @settings(max_examples=60, deadline=None)
    @given(data=st.data(), metric=st.sampled_from(["cosine", "euclidean"]))
    def test_the_nearest_are_the_nearest(self, data: st.DataObject, metric: str):
        """Against every distance in double precision, after vectors were put, written over and deleted."""
        seed = data.draw(st.integers(0, 2**32 - 1))
        random = np.random.default_rng(seed)
        found, kept = Vectors(8, metric, frozenset()), dict[str, Any]()
        for _ in range(data.draw(st.integers(1, 4))):
            batch = {f"k{random.integers(400)}": random.standard_normal(8) for _ in range(300)}
            found.put(Record(key, row_of(numbers.tolist()), {}) for key, numbers in batch.items())
            kept.update(batch)
            gone = [f"k{random.integers(400)}" for _ in range(60)]
            found.delete(gone)
            for key in gone:
                kept.pop(key, None)
        asked = random.standard_normal(8)

        def distance(key: str) -> float:
            one = kept[key]
            if metric == "euclidean":
                return float(np.linalg.norm(one - asked))
            return float(1 - one @ asked / np.linalg.norm(one) / np.linalg.norm(asked))

        assert len(found) == len(kept)
        expected = sorted(map(distance, kept))[:10]
        near = found.nearest(row_of(asked.tolist()), 10, None)
        assert [one for one, _ in near] == pytest.approx(expected, abs=1e-5)
        assert [distance(record.key) for _, record in near] == pytest.approx(expected, abs=1e-5)


class TestRates:
    def test_requests_and_vectors_have_rates(self, engine: Any, arn: str, monkeypatch: pytest.MonkeyPatch):
        """2,500 vectors at one instant by default, of puts and deletes together; another index has its own."""
        now = [0.0]
        throttles = Throttles("UNSET_SETTING", switches.QUOTAS, switches.throttled, lambda: now[0])
        monkeypatch.setattr(switches, "THROTTLES", throttles)
        some = [vector(f"k{n}") for n in range(500)]
        for _ in range(4):
            put(engine, arn, *some)
        engine.delete_vectors(indexArn=arn, keys=[one["key"] for one in some])
        with pytest.raises(ClientError) as caught:
            put(engine, arn, vector("a"))
        assert caught.value.response["Error"]["Code"] == "TooManyRequestsException"
        assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 429
        now[0] += 0.2
        put(engine, arn, *some)
        assert switches.USAGE.counts()["throttled"] == 1

    def test_reads_have_a_rate_of_their_own(self, engine: Any, arn: str, monkeypatch: pytest.MonkeyPatch):
        throttles = Throttles("UNSET_SETTING", switches.QUOTAS, switches.throttled, lambda: 0.0)
        monkeypatch.setattr(switches, "THROTTLES", throttles)
        for _ in range(200):
            engine.get_vectors(indexArn=arn, keys=["a"])
        for call in (
            lambda: engine.get_vectors(indexArn=arn, keys=["a"]),
            lambda: engine.list_vectors(indexArn=arn),
            lambda: query(engine, arn, 1, 0),
        ):
            with pytest.raises(ClientError, match="TooManyRequestsException"):
                call()
        put(engine, arn, vector("a"))

    def test_a_refused_write_writes_nothing(self, engine: Any, arn: str, monkeypatch: pytest.MonkeyPatch):
        throttles = Throttles("UNSET_SETTING", switches.QUOTAS, switches.throttled, lambda: 0.0)
        monkeypatch.setattr(switches, "THROTTLES", throttles)
        throttles.of("123456789012", arn).admit("vectors", 2_499)
        with pytest.raises(ClientError, match="TooManyRequestsException"):
            put(engine, arn, vector("a"), vector("b"))
        assert engine.list_vectors(indexArn=arn)["vectors"] == []


def control(method: str, name: str, body: Any = None) -> Any:
    sent = b"" if body is None else json.dumps(body).encode()
    answer = switches.control(Request(method, f"/_local/s3vectors/{name}", {}, {}, sent, "us-east-1", "1"))
    return answer.status, json.loads(answer.body)


class TestFaults:
    def test_the_next_calls_fail_as_they_were_told(self, engine: Any, arn: str):
        fault = {"error": "ServiceUnavailableException", "operation": "PutVectors", "times": 1}
        assert control("POST", "faults", fault)[0] == 200
        engine.list_vectors(indexArn=arn)
        with pytest.raises(ClientError) as caught:
            put(engine, arn, vector("a"))
        assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 503
        put(engine, arn, vector("a"))

    def test_an_outage_lasts_until_it_is_cleared(self, engine: Any, arn: str):
        control("POST", "faults", {"error": "InternalServerException", "times": None})
        for _ in range(3):
            with pytest.raises(ClientError, match="InternalServerException"):
                engine.list_vectors(indexArn=arn)
        control("DELETE", "faults")
        engine.list_vectors(indexArn=arn)
        assert control("GET", "usage")[1]["faults"] == 3

    def test_only_errors_that_there_are(self):
        status, said = control("POST", "faults", {"error": "ThrottlingException"})
        assert (status, "TooManyRequestsException" in said["message"]) == (400, True)
        assert control("POST", "throttle", {"setting": "fast"})[0] == 400

    def test_every_error_is_one_of_the_model(self, engine: Any):
        model = engine.meta.service_model
        shapes = {name: model.shape_for(name) for name in model.shape_names if name.endswith("Exception")}
        found = {name: shape.metadata.get("error", {}).get("httpStatusCode", 400) for name, shape in shapes.items()}
        assert found == switches.STATUS


def test_standard_retries_of_boto3_know_the_throttle(engine: Any, arn: str):
    """A client that tries again, as functions have it, gets over one refusal without its caller's help."""
    control("POST", "faults", {"error": "TooManyRequestsException", "times": 1})
    from botocore.config import Config

    again = boto3.session.Session().client(
        "s3vectors",
        endpoint_url=engine.meta.endpoint_url,
        region_name="us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
        config=Config(proxies={}, retries={"total_max_attempts": 3, "mode": "standard"}),
    )
    assert again.list_vectors(indexArn=arn)["vectors"] == []
    again.close()
