"""What the samples in events/ refer to: messages and plans, under the hashes of their content.

The articles are written by hand; every other sample is what the real handlers make of them, on an account in memory.

    export PYTHONPATH=functions
    .venv/bin/python -m tests.workflow.seed            put it into the audio bucket of the local cloud
    .venv/bin/python -m tests.workflow.seed --write    write the samples anew, after a change of functions

The first prints the names of the stack's resources as `export NAME=value`, for `sam local invoke` takes a function's
settings from the shell.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import io
import json
import os
import shlex
import sys
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from types import SimpleNamespace
from typing import Any
from unittest import mock

from common import aws, executions
from local.cloud.clients import client
from local.cloud.deploying.deploy import outputs
from local.cloud.settings import DEFAULT_STACK
from narration.errors import RejectedArticle
from narration.handlers import plan
from narration.model import Pointer
from narration.publishing import keys, pointers
from narration.speech import polly
from tests import samples
from tests.unit.narration.fake_aws import FakeAws, FakeObject

ARTICLES = ("article", "article_retitled", "article_premium", "article_withdrawn", "article_invalid")
SOUND = "sounds/gong.wav"
"""The teaser sound of article_premium.json; not uploaded, so that sample can be told from upload."""

ACCOUNT, REGION = "123456789012", "us-east-1"
REQUEST = "0a1b2c3d-0000-4000-8000-000000000001"
AT = "2026-11-20T08:30:00.123Z"
# Milliseconds; the same moment.
SENT = 1795163400123

Document = dict[str, Any]


@dataclass(frozen=True)
class Seeds:
    """Samples by file name without suffix, and the objects by key that must be in the audio bucket for them."""

    samples: Mapping[str, Document]
    objects: Mapping[str, bytes]


def body(article: str) -> str:
    """An article message as `aws sns publish --message file://...` sends it: the file, to the last line end."""
    return samples.path_of(article).read_text(encoding="utf-8")


def kept_as(article: str) -> str:
    """The key under which NarrationStart keeps the message."""
    return keys.message(executions.digest(body(article).encode()))


@cache
def seeds() -> Seeds:
    """Runs the real Plan handler on the articles, in the order in which they would come."""
    with _account() as account:
        for name in ARTICLES:
            _put(account, kept_as(name), body(name).encode())
        first = _plan("article")
        refusal = _refusal("article_invalid")
        _plan("article_premium")
        known = dict(account.objects)
        # What Publish would leave: only the title differs from this version to the next.
        pointer = Pointer(first["article"], first["version"], "published", first["edition"], first["message"])
        _put(account, keys.pointer(first["article"]), pointers.dump(pointer))
        retitled = _plan("article_retitled")
        known[keys.plan(retitled["edition"])] = account.objects[keys.plan(retitled["edition"])]
    samples = {
        "narration_start": _batch("ArticlesQueue", [body("article"), body("article_premium")]),
        "narrate_article": {"message": first["message"]},
        "narration_plan": {"message": first["message"]},
        "narration_synthesize": first["ranges"][0],
        "narration_merge": first,
        "narration_publish": {**first, "ranges": []},
        "narration_retag": retitled,
        "narration_reject": {"message": kept_as("article_invalid"), "error": refusal, "at": AT},
        "narration_remerge": _batch("SoundsQueue", [json.dumps(_uploaded(SOUND))]),
        "narration_redrive_failed": {"most": 10},
    }
    return Seeds(samples, {key: found.body for key, found in known.items()})


def text(document: Document) -> str:
    """A sample as it stands in its file."""
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


@contextlib.contextmanager
def _account() -> Iterator[FakeAws]:
    account = FakeAws()
    environment = {
        "AUDIO_BUCKET": "audio",
        "POWERTOOLS_SERVICE_NAME": "narration",
        "POWERTOOLS_METRICS_NAMESPACE": "Millrace/Narration",
    }
    # Metrics go to standard output, which belongs to the caller here; where a handler counted nothing, a warning comes.
    with (
        warnings.catch_warnings(action="ignore", category=UserWarning),
        mock.patch.object(aws, "client", account.client),
        mock.patch.dict(os.environ, environment),
        contextlib.redirect_stdout(io.StringIO()),
    ):
        polly.offered.cache_clear()
        yield account
    polly.offered.cache_clear()


def _put(account: FakeAws, key: str, content: bytes) -> None:
    account.objects[key] = FakeObject(content, f'"{hashlib.sha256(content).hexdigest()}"', {})


def _plan(article: str) -> Document:
    context: Any = SimpleNamespace(
        function_name="NarrationPlan",
        memory_limit_in_mb=1024,
        invoked_function_arn=f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:NarrationPlan:live",
        aws_request_id=REQUEST,
        tenant_id=None,
    )
    return plan.handler({"message": kept_as(article)}, context)


def _refusal(article: str) -> Document:
    """What Step Functions hands over for a Python exception: its class name, and Lambda's report as text."""
    try:
        _plan(article)
    except RejectedArticle as error:
        name = type(error).__name__
        cause = {"errorMessage": str(error), "errorType": name, "requestId": REQUEST, "stackTrace": []}
        return {"Error": name, "Cause": json.dumps(cause)}
    raise AssertionError(f"{article}.json should be refused")


def _batch(queue: str, bodies: list[str]) -> Document:
    """Messages as Lambda's event source for SQS hands them over (Lambda developer guide, "Example SQS event")."""
    return {
        "Records": [
            {
                "messageId": f"059f36b4-87a3-44ab-83d2-66197500000{number}",
                "receiptHandle": f"AQEBwJnKyrHigUMZj6rYigCgxlaS3SLy0a{number}",
                "body": content,
                "attributes": {
                    "ApproximateReceiveCount": "1",
                    "SentTimestamp": str(SENT),
                    "SenderId": "AIDAIENQZJOLO23YVJ4VO",
                    "ApproximateFirstReceiveTimestamp": str(SENT + 4),
                },
                "messageAttributes": {},
                "md5OfBody": hashlib.md5(content.encode(), usedforsecurity=False).hexdigest(),
                "eventSource": "aws:sqs",
                "eventSourceARN": f"arn:aws:sqs:{REGION}:{ACCOUNT}:millrace-{queue}",
                "awsRegion": REGION,
            }
            for number, content in enumerate(bodies, 1)
        ]
    }


def _uploaded(key: str) -> Document:
    """EventBridge's event for an upload (S3 user guide, "EventBridge event message structure")."""
    return {
        "version": "0",
        "id": "17793124-05d4-b198-2fde-7ededc63b103",
        "detail-type": "Object Created",
        "source": "aws.s3",
        "account": ACCOUNT,
        "time": AT[:19] + "Z",
        "region": REGION,
        "resources": ["arn:aws:s3:::${AudioBucketName}"],
        "detail": {
            "version": "0",
            "bucket": {"name": "${AudioBucketName}"},
            "object": {
                "key": key,
                "size": 48044,
                "etag": "b1946ac92492d2347c6235b4d2611184",
                "sequencer": "00617F08299329D189",
            },
            "request-id": "N4N7GDK58NMKJ12R",
            "requester": ACCOUNT,
            "source-ip-address": "192.0.2.1",
            "reason": "PutObject",
        },
    }


def upload(s3: Any, bucket: str) -> None:
    """Puts everything that the samples refer to into the audio bucket of a stack."""
    for key, content in seeds().objects.items():
        s3.put_object(Bucket=bucket, Key=key, Body=content, ContentType="application/json")


def _write() -> None:
    for name, document in seeds().samples.items():
        samples.path_of(name).write_text(text(document), encoding="utf-8")


def _seed(url: str, stack: str) -> None:
    found = outputs(url, stack)
    upload(client("s3", url), found["AudioBucketName"])
    for name, value in settings(found).items():
        print(f"export {name}={shlex.quote(value)}")  # noqa: T201 - to be read by a shell


def settings(found: Mapping[str, str]) -> dict[str, str]:
    """The functions' variables that differ from stack to stack, from its outputs."""
    return {
        "AUDIO_BUCKET": found["AudioBucketName"],
        "MACHINE_ARN": found["NarrateArticleArn"],
        "FAILED_QUEUE": found["NarrationFailedQueueUrl"],
    }


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.workflow.seed", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--write", action="store_true", help="write the samples in events/ anew")
    parser.add_argument("--url", default="http://127.0.0.1:4566", help="the local cloud")
    parser.add_argument("--stack-name", default=DEFAULT_STACK)
    options = parser.parse_args(arguments)
    if options.write:
        _write()
    else:
        _seed(options.url, options.stack_name)
    return 0


if __name__ == "__main__":
    sys.exit(main())
