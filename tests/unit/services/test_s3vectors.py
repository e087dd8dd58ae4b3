"""S3 Vectors in requests that it takes, against a client that remembers and against the local engine."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError, ConnectTimeoutError

from common.errors import ServiceUnavailable, TransientError
from local.services.s3vectors import records, switches
from local.services.s3vectors.service import handle
from services.s3vectors import MOST_BYTES, Found, Index, Vector
from tests.local.engine_client import engine_client
from tests.unit.llm.paid_builders import refusal

ARN = "arn:aws:s3vectors:us-east-1:123456789012:bucket/books/index/pages"


class Busy(TransientError):
    """A caller's own name for throttling."""


class Down(TransientError):
    """A caller's own name for the rest that may pass."""


class Client:
    """Remembers what it is asked, answers with nothing, or raises."""

    def __init__(self, error: Exception | None = None) -> None:
        self.asked: list[dict[str, Any]] = []
        self._error = error

    def _answer(self, **request: Any) -> dict[str, Any]:
        self.asked.append(request)
        if self._error is not None:
            raise self._error
        return {"vectors": []}

    put_vectors = get_vectors = delete_vectors = query_vectors = _answer


def vectors(count: int, dimension: int = 2) -> list[Vector]:
    return [Vector(f"k{n:04}", (1.0,) * dimension, {"n": n}) for n in range(count)]


@pytest.fixture
def engine() -> Iterator[Any]:
    """The local engine with an index of two dimensions, unthrottled."""
    switches.THROTTLES.override("off")
    with engine_client("s3vectors", handle) as client:
        client.create_vector_bucket(vectorBucketName="books")
        client.create_index(
            vectorBucketName="books", indexName="pages", dataType="float32", dimension=2, distanceMetric="cosine"
        )
        yield client
        client.delete_index(indexArn=ARN)
        client.delete_vector_bucket(vectorBucketName="books")
    switches.THROTTLES.override(None)


def test_batches_have_the_size_that_is_taken():
    client = Client()
    index = Index(ARN, client=client)
    index.put(vectors(1_001))
    assert [len(request["vectors"]) for request in client.asked] == [500, 500, 1]
    assert {request["indexArn"] for request in client.asked} == {ARN}
    client.asked.clear()
    index.get(f"k{n}" for n in range(201))
    assert [len(request["keys"]) for request in client.asked] == [100, 100, 1]
    client.asked.clear()
    index.delete(f"k{n}" for n in range(501))
    assert [len(request["keys"]) for request in client.asked] == [500, 1]


def test_a_request_is_not_larger_than_what_is_taken():
    long = [Vector(f"k{n}", (-1.2345678901234567e-105,) * 4_096, {"text": "ü" * 12_000}) for n in range(300)]
    client = Client()
    Index(ARN, client=client).put(long)
    sizes = [len(json.dumps(request).encode()) for request in client.asked]
    assert len(sizes) > 1
    assert max(sizes) <= MOST_BYTES
    assert sum(len(request["vectors"]) for request in client.asked) == 300


def test_nothing_is_asked_about_nothing():
    client = Client()
    index = Index(ARN, client=client)
    index.put([])
    index.delete([])
    assert index.get([]) == {}
    assert client.asked == []


def test_a_key_stands_in_a_request_once():
    client = Client()
    index = Index(ARN, client=client)
    index.put([Vector("a", (1.0,)), Vector("b", (2.0,)), Vector("a", (3.0,))])
    assert [[one["key"] for one in request["vectors"]] for request in client.asked] == [["a", "b"], ["a"]]
    client.asked.clear()
    index.delete(["a", "a"])
    index.get(["a", "a"])
    assert [request["keys"] for request in client.asked] == [["a"], ["a"]]


def test_an_empty_filter_is_not_taken_for_none():
    client = Client()
    Index(ARN, client=client).query((1.0,), 1, {})
    Index(ARN, client=client).query((1.0,), 1)
    assert client.asked[0]["filter"] == {}
    assert "filter" not in client.asked[1]


@pytest.mark.parametrize(
    ("error", "name"),
    [
        (refusal("TooManyRequestsException", status=429), Busy),
        (refusal("RequestTimeoutException", status=408), Down),
        (refusal("ServiceUnavailableException", status=503), Down),
        (refusal("InternalServerException", status=500), Down),
        (ConnectTimeoutError(endpoint_url="https://s3vectors"), Down),
    ],
)
def test_what_may_pass_later_has_the_callers_names(error: Exception, name: type[TransientError]):
    index = Index(ARN, Busy, Down, Client(error))
    calls = [
        lambda: index.put(vectors(1)),
        lambda: index.get(["a"]),
        lambda: index.delete(["a"]),
        lambda: index.query((1.0, 0.0), 1, None),
    ]
    for call in calls:
        with pytest.raises(TransientError, match=r"S3 Vectors could not (be reached|answer)") as one:
            call()
        assert type(one.value) is name


def test_without_names_all_of_it_is_service_unavailable():
    with pytest.raises(ServiceUnavailable):
        Index(ARN, client=Client(refusal("TooManyRequestsException", status=429))).get(["a"])


@pytest.mark.parametrize(("code", "status"), [("NotFoundException", 404), ("AccessDeniedException", 403)])
def test_what_would_never_pass_stays_what_it_is(code: str, status: int):
    with pytest.raises(ClientError, match=code):
        Index(ARN, Busy, Down, Client(refusal(code, status=status))).put(vectors(1))


def test_what_was_put_is_found_and_deleted(engine: Any):
    index = Index(ARN, client=engine)
    index.put([Vector("a", (1.0, 0.0), {"acl": "x"}), Vector("b", (0.1, 1.0), {"acl": "y"}), Vector("c", (0.0, 1.0))])
    assert [one.key for one in index.query((1.0, 0.0), 2)] == ["a", "b"]
    assert index.query((0.0, 2.0), 5, {"acl": "x"}) == [Found("a", 1.0, {"acl": "x"})]
    found = index.get(["b", "c", "nowhere"])
    assert found["b"].data == pytest.approx((0.1, 1.0))
    assert (found["b"].metadata, found["c"].metadata) == ({"acl": "y"}, {})
    assert set(found) == {"b", "c"}
    index.put(found.values())
    assert index.get(["b", "c"]) == found
    index.delete(["a", "b", "nowhere"])
    assert set(index.get(["a", "b", "c"])) == {"c"}


def test_an_answer_of_several_pages_is_read_whole(engine: Any):
    index = Index(ARN, client=engine)
    index.put(vectors(250))
    before = switches.USAGE.counts()["requests"]
    found = index.query((1.0, 1.0), 200)
    assert [one.key for one in found] == [f"k{n:04}" for n in range(200)]
    assert switches.USAGE.counts()["requests"] - before == 200 / records.PAGE_OF_NEAREST


def test_the_engine_throttles_by_its_own_name(engine: Any):
    switches.THROTTLES.override("0.000001")  # one request, and the next after a thousand seconds
    index = Index(ARN, Busy, Down, engine)
    index.put(vectors(3))
    with pytest.raises(Busy, match="2,500 vectors"):
        index.put(vectors(3))
