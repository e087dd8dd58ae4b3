"""The local S3 Vectors without a cloud around it, and an index of two dimensions in it."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

import pytest

from local.services.s3vectors import switches
from local.services.s3vectors.service import handle
from tests.local.engine_client import engine_client
from tests.local.s3vectors.builders import index_arn


@pytest.fixture(scope="session")
def engine() -> Iterator[Any]:
    """A boto3 client of it, which leaves it to the service to look at constraints."""
    with engine_client("s3vectors", handle, looks=False) as client:
        yield client


@pytest.fixture
def quiet(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No rates, no faults, counts from 0."""
    monkeypatch.setenv(switches.SETTING, "off")
    switches.FAULTS.clear()
    switches.USAGE.reset()
    yield
    switches.FAULTS.clear()
    switches.THROTTLES.override(None)


@pytest.fixture
def bucket(engine: Any, quiet: None) -> str:
    """A new bucket's name."""
    name = f"books-{uuid.uuid4().hex[:8]}"
    engine.create_vector_bucket(vectorBucketName=name)
    return name


@pytest.fixture
def arn(engine: Any, bucket: str) -> str:
    """A new index of two dimensions; ``text`` is not filterable."""
    engine.create_index(
        vectorBucketName=bucket,
        indexName="pages",
        dataType="float32",
        dimension=2,
        distanceMetric="cosine",
        metadataConfiguration={"nonFilterableMetadataKeys": ["text"]},
    )
    return index_arn(bucket, "pages")
