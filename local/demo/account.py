"""An account as the chapters see it, through AWS's APIs alone: clients, a bucket, a wait with an end."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any, TypeVar

Client = Callable[[str], Any]
"""From a service's name to a boto3 client."""
Tell = Callable[[str], None]
"""Prints one line."""
DONE = ("SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED")
PATIENCE = 300
"""Seconds until something that has not come counts as lost."""
T = TypeVar("T")


class DemoError(Exception):
    """The application did not do what a chapter waited for; the message says what, and where to look."""


def wait(look: Callable[[], T | None], pause: float) -> T | None:
    """The first answer of ``look`` that is not None; None after ``PATIENCE`` seconds."""
    end = time.monotonic() + PATIENCE
    while (answer := look()) is None and time.monotonic() < end:
        time.sleep(pause)
    return answer


class Bucket:
    """One bucket."""

    def __init__(self, client: Client, name: str) -> None:
        self._s3, self.name = client("s3"), name

    def put(self, key: str, body: bytes) -> str:
        """Uploads an object; the id of its version."""
        return str(self._s3.put_object(Bucket=self.name, Key=key, Body=body).get("VersionId"))

    def get(self, key: str) -> bytes | None:
        """An object's bytes; None where there is none."""
        try:
            return bytes(self._s3.get_object(Bucket=self.name, Key=key)["Body"].read())
        except self._s3.exceptions.NoSuchKey:
            return None

    def json(self, key: str) -> Any:
        """An object's JSON; None where there is no such object."""
        body = self.get(key)
        return None if body is None else json.loads(body)

    def keys(self, prefix: str) -> list[str]:
        """Every key below a prefix."""
        pages = self._s3.get_paginator("list_objects_v2").paginate(Bucket=self.name, Prefix=prefix)
        return [entry["Key"] for page in pages for entry in page.get("Contents", [])]

    def delete(self, key: str) -> None:
        """Deletes an object; where there are versions, they stay below a marker."""
        self._s3.delete_object(Bucket=self.name, Key=key)

    def head(self, key: str, **version: str) -> dict[str, Any]:
        """What is known of an object without its bytes."""
        return dict(self._s3.head_object(Bucket=self.name, Key=key, **version))
