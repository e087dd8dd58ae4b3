"""The connector's account in memory, with a hook around every call, and the machine's steps in its order.

S3 keeps objects and compares conditions as it does, DynamoDB has the items of ``common.table``. The hook may raise or
do something else in between: so a worker dies, the repository changes, or another sync begins between any two calls.
"""

from __future__ import annotations

import hashlib
import io
import json
import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any
from unittest import mock

from botocore.exceptions import ClientError

from common import aws
from knowledge.connectors import bringing
from knowledge.handlers import finish_sync, list_repository, sync_portion

SOURCE, INBOX, KNOWLEDGE, TABLE = "repository", "inbox", "knowledge", "state"
PREFIX, INTO = "papers/", "brought/"
ENVIRONMENT = {
    "SYNC_BUCKET": SOURCE,
    "SYNC_PREFIX": PREFIX,
    "SYNC_INTO": INTO,
    "INBOX_BUCKET": INBOX,
    "KNOWLEDGE_BUCKET": KNOWLEDGE,
    "STATE_TABLE": TABLE,
    "POWERTOOLS_SERVICE_NAME": "knowledge",
    "POWERTOOLS_METRICS_NAMESPACE": "Millrace/Knowledge",
    "POWERTOOLS_DEV": "false",
}
CONTEXT = SimpleNamespace(
    function_name="f",
    memory_limit_in_mb=128,
    invoked_function_arn="arn:aws:lambda:us-east-1:123456789012:function:f",
    aws_request_id="r",
    get_remaining_time_in_millis=lambda: 900_000,
)
PAGE = 3
"""Objects per page of a listing, so that something can happen between two of them."""


def refusal(code: str, status: int, operation: str) -> ClientError:
    return ClientError(
        {"Error": {"Code": code, "Message": "No."}, "ResponseMetadata": {"HTTPStatusCode": status}}, operation
    )


@dataclass(frozen=True)
class Object:
    body: bytes
    etag: str
    metadata: dict[str, str] = field(default_factory=dict)
    content_type: str = ""


@dataclass
class Account:
    """``hook``: told the operation before and after each call. ``refused``: keys of the source that may not be read."""

    hook: Callable[[str], None] = lambda _: None
    buckets: dict[str, dict[str, Object]] = field(default_factory=lambda: {SOURCE: {}, INBOX: {}, KNOWLEDGE: {}})
    items: dict[str, dict[str, Any]] = field(default_factory=dict)
    running: set[str] = field(default_factory=set)
    stopped: dict[str, int] = field(default_factory=dict)
    """Seconds since an execution ended, where it is not long ago."""
    refused: set[str] = field(default_factory=set)
    written: Callable[[], None] = lambda: None
    """Called after each change of the inbox."""

    def client(self, service: str, **_: Any) -> Any:
        return {"s3": _S3, "dynamodb": _DynamoDB, "stepfunctions": _States}[service](self)

    # What people do

    def put(self, name: str, body: bytes | str | Mapping[str, Any]) -> None:
        """Somebody puts an object into the repository, under its name there."""
        self.buckets[SOURCE][f"{PREFIX}{name}"] = _object(_bytes(body), content_type="text/plain")

    def delete(self, name: str) -> None:
        self.buckets[SOURCE].pop(f"{PREFIX}{name}", None)

    def replace(self, files: Mapping[str, bytes | str | Mapping[str, Any]]) -> None:
        """The whole repository at one moment."""
        self.buckets[SOURCE] = {f"{PREFIX}{n}": _object(_bytes(b), content_type="text/plain") for n, b in files.items()}

    def inbox(self) -> dict[str, bytes]:
        return {key: found.body for key, found in sorted(self.buckets[INBOX].items())}

    def names(self) -> list[str]:
        """What is in the inbox, by names of the repository."""
        return [key.removeprefix(INTO) for key in self.inbox()]

    def readers(self, name: str) -> dict[str, Any]:
        """The access file of the inbox under this name."""
        return dict(json.loads(self.inbox()[f"{INTO}{name}"]))


class Crash(BaseException):
    """The worker is gone: no except clause and no finally of a handler may count on anything."""


def sync(account: Account, execution: str = "e1", given: Any = None) -> dict[str, Any]:
    """Runs the machine to its end, without its retries. Raises what ends it."""
    account.running.add(execution)
    try:
        return _steps(execution, {} if given is None else given)
    finally:
        account.running.discard(execution)


def _steps(execution: str, given: Any) -> dict[str, Any]:
    listed = list_repository.handler({"execution": execution, "input": given}, CONTEXT)
    if listed["outcome"] != "work":
        return listed
    carried = {"execution": execution, "phases": listed["phases"]}
    for phase, found in enumerate(listed["phases"]):
        for portion in range(found["portions"]):
            sync_portion.handler({**carried, "phase": phase, "portion": portion}, CONTEXT)
    return finish_sync.handler(carried, CONTEXT)


@contextmanager
def working(account: Account, **more: str) -> Iterator[Account]:
    """The handlers' world: this account, one thread so that an example can be repeated."""
    patches = [
        mock.patch.dict("os.environ", {**ENVIRONMENT, **more}),
        mock.patch.object(aws, "client", account.client),
        mock.patch.object(bringing, "AT_A_TIME", 1),
    ]
    for patch in patches:
        patch.start()
    logging.disable(logging.CRITICAL)
    try:
        yield account
    finally:
        logging.disable(logging.NOTSET)
        for patch in reversed(patches):
            patch.stop()


def _bytes(body: bytes | str | Mapping[str, Any]) -> bytes:
    if isinstance(body, bytes):
        return body
    return body.encode() if isinstance(body, str) else json.dumps(body).encode()


def _object(body: bytes, metadata: Mapping[str, str] | None = None, content_type: str = "") -> Object:
    return Object(body, f'"{hashlib.md5(body, usedforsecurity=False).hexdigest()}"', dict(metadata or {}), content_type)


class _Client:
    def __init__(self, account: Account) -> None:
        self._account = account

    def __getattr__(self, operation: str) -> Callable[..., Any]:
        does = getattr(self, f"_{operation}", None)
        if does is None:
            raise AttributeError(f"The fake has no {operation}")

        def call(**arguments: Any) -> Any:
            self._account.hook(f"before {operation}")
            answer = does(**arguments)
            if operation in {"put_object", "copy_object", "delete_object"} and arguments["Bucket"] == INBOX:
                self._account.written()
            self._account.hook(f"after {operation}")
            return answer

        return call


class _S3(_Client):
    def get_paginator(self, operation: str) -> Any:
        return SimpleNamespace(paginate=lambda **arguments: self._pages(arguments))

    def _pages(self, arguments: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
        last = ""
        while True:
            page = self.list_objects_v2(**arguments, StartAfter=last)
            yield page
            if not page["IsTruncated"]:
                return
            last = page["Contents"][-1]["Key"]

    def _list_objects_v2(self, Bucket: str, Prefix: str, StartAfter: str) -> dict[str, Any]:  # noqa: N803
        there = self._account.buckets[Bucket]
        keys = sorted((k for k in there if k.startswith(Prefix) and k > StartAfter), key=str.encode)
        found = [{"Key": key, "ETag": there[key].etag, "Size": len(there[key].body)} for key in keys[:PAGE]]
        return {"Contents": found, "IsTruncated": len(keys) > PAGE}

    def _get_object(self, Bucket: str, Key: str, **_: Any) -> dict[str, Any]:  # noqa: N803
        found = self._found(Bucket, Key, "NoSuchKey", "GetObject")
        return self._described(found) | {"Body": io.BytesIO(found.body)}

    def _head_object(self, Bucket: str, Key: str, IfMatch: str = "") -> dict[str, Any]:  # noqa: N803
        found = self._found(Bucket, Key, "404", "HeadObject")
        if IfMatch and found.etag != IfMatch:
            raise refusal("412", 412, "HeadObject")
        return self._described(found)

    def _found(self, bucket: str, key: str, missing: str, operation: str) -> Object:
        if bucket == SOURCE and key.removeprefix(PREFIX) in self._account.refused:
            raise refusal("AccessDenied", 403, operation)
        if key not in self._account.buckets[bucket]:
            raise refusal(missing, 404, operation)
        return self._account.buckets[bucket][key]

    @staticmethod
    def _described(found: Object) -> dict[str, Any]:
        return {
            "ETag": found.etag,
            "Metadata": dict(found.metadata),
            "ContentLength": len(found.body),
            "ContentType": found.content_type,
        }

    def _put_object(self, Bucket: str, Key: str, Body: bytes, **options: Any) -> dict[str, Any]:  # noqa: N803
        self._condition(Bucket, Key, "PutObject", options)
        made = _object(Body, options.get("Metadata"), options["ContentType"])
        self._account.buckets[Bucket][Key] = made
        return {"ETag": made.etag}

    def _copy_object(self, Bucket: str, Key: str, CopySource: dict[str, str], **options: Any) -> dict[str, Any]:  # noqa: N803
        source = self._found(CopySource["Bucket"], CopySource["Key"], "NoSuchKey", "CopyObject")
        if options["CopySourceIfMatch"] != source.etag:
            raise refusal("PreconditionFailed", 412, "CopyObject")
        self._condition(Bucket, Key, "CopyObject", options)
        self._account.buckets[Bucket][Key] = _object(source.body, options["Metadata"], options["ContentType"])
        return {}

    def _delete_object(self, Bucket: str, Key: str, **options: Any) -> dict[str, Any]:  # noqa: N803
        found = self._account.buckets[Bucket].get(Key)
        if found and options.get("IfMatch", found.etag) != found.etag:
            raise refusal("PreconditionFailed", 412, "DeleteObject")
        self._account.buckets[Bucket].pop(Key, None)
        return {}

    def _condition(self, bucket: str, key: str, operation: str, options: Mapping[str, Any]) -> None:
        found = self._account.buckets[bucket].get(key)
        if "IfMatch" in options and found is None:
            raise refusal("NoSuchKey", 404, operation)
        lost = ("IfNoneMatch" in options and found) or (found and options.get("IfMatch", found.etag) != found.etag)
        if lost:
            raise refusal("PreconditionFailed", 412, operation)


class _DynamoDB(_Client):
    """Of one item, the turn: ``execution`` is all that its conditions name beside its being there."""

    def _get_item(self, Key: Any, **_: Any) -> dict[str, Any]:  # noqa: N803
        found = self._account.items.get(Key["pk"]["S"])
        return {"Item": found} if found else {}

    def _put_item(self, Item: Any, **options: Any) -> dict[str, Any]:  # noqa: N803
        self._check(Item["pk"]["S"], "PutItem", options)
        self._account.items[Item["pk"]["S"]] = Item
        return {}

    def _delete_item(self, Key: Any, **options: Any) -> dict[str, Any]:  # noqa: N803
        self._check(Key["pk"]["S"], "DeleteItem", options)
        self._account.items.pop(Key["pk"]["S"], None)
        return {}

    def _check(self, key: str, operation: str, options: Mapping[str, Any]) -> None:
        found, condition = self._account.items.get(key), options["ConditionExpression"]
        values = options["ExpressionAttributeValues"]
        if condition.startswith("attribute_not_exists"):
            holds = found is None
        else:
            wanted = next(value for name, value in values.items() if name in condition)
            holds = found is not None and found["execution"] == wanted
        if not holds:
            raise refusal("ConditionalCheckFailedException", 400, operation)


class _States(_Client):
    def _describe_execution(self, executionArn: str) -> dict[str, Any]:  # noqa: N803
        if executionArn in self._account.running:
            return {"status": "RUNNING"}
        ago = timedelta(seconds=self._account.stopped.get(executionArn, 3600))
        return {"status": "FAILED", "stopDate": datetime.now(UTC) - ago}
