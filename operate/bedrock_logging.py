"""Bedrock's invocation log of an account and Region: what is set, and pointing it at this application's bucket.

CloudFormation has no resource for it, and there is one configuration for an account and Region, which others may
depend on. So nothing is written without ``confirm``, another S3 destination is never replaced, and what is set beside
it (CloudWatch Logs, which kinds of data) stays (Bedrock user guide, "Monitor model invocation using CloudWatch Logs and
Amazon S3"; API reference, PutModelInvocationLoggingConfiguration).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from operate.clients import Target
from operate.errors import OperateError

OUTPUT = "ModelLogsUri"
KINDS = ("text", "image", "embedding", "video", "audio")
#: What a new configuration delivers: the quality metrics need texts and nothing else, and images are large.
WANTED = ("text",)


class AnotherDestination(OperateError):
    """The account logs into a bucket that is not this application's; the message names it."""


@dataclass(frozen=True)
class Proposal:
    """``present``: the configuration as it is, empty where there is none; ``proposed``: as it should be."""

    present: Mapping[str, Any]
    proposed: Mapping[str, Any]

    @property
    def is_done(self) -> bool:
        return self.present == self.proposed


@dataclass(frozen=True)
class Place:
    """Where the stack reads logs: a bucket, and the key prefix of Bedrock's configuration, without its slash."""

    bucket: str
    prefix: str = ""


def place_of(uri: str) -> Place:
    """From the stack's output ``s3://<bucket>/<prefix>AWSLogs/``."""
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    return Place(bucket, key.removesuffix("AWSLogs/").rstrip("/"))


def propose(bedrock: Any, place: Place) -> Proposal:
    """What would be written. Raises AnotherDestination where the account logs into another bucket."""
    present: dict[str, Any] = bedrock.get_model_invocation_logging_configuration().get("loggingConfig") or {}
    set_already = present.get("s3Config") or {}
    named = set_already.get("bucketName")
    if named and named != place.bucket:
        prefix = f" ExistingModelLogsPrefix={set_already['keyPrefix']}/" if set_already.get("keyPrefix") else ""
        raise AnotherDestination(
            f"Bedrock logs into s3://{named} in this account and Region, which may have one S3 destination only. "
            f"Nothing was changed. To read that one, deploy with ExistingModelLogsBucketName={named}{prefix} "
            "(docs/attach.md)."
        )
    return Proposal(present, _changed(present, place))


def _changed(present: Mapping[str, Any], place: Place) -> dict[str, Any]:
    """Everything that is set stays, but for the S3 destination: the bucket's policy and the rule know one prefix."""
    kinds = {} if present else {f"{kind}DataDeliveryEnabled": kind in WANTED for kind in KINDS}
    destination = {"bucketName": place.bucket, "keyPrefix": place.prefix}
    if "s3Config" in present and (present["s3Config"].get("keyPrefix") or "").rstrip("/") == place.prefix:
        destination = dict(present["s3Config"])
    return {**kinds, **present, "s3Config": destination}


def command(target: Target, confirm: bool) -> Iterator[str]:
    """Lines for a person; the configuration is written with ``confirm`` only. Raises OperateError."""
    place = place_of(target.output(OUTPUT, "deploy this version of the application first"))
    bedrock = target.client("bedrock")
    proposal = propose(bedrock, place)
    yield "Bedrock's invocation logging in this account and Region:"
    yield from _told(proposal.present)
    if proposal.is_done:
        yield f"It goes where this stack reads, s3://{place.bucket}; there is nothing to do."
    elif not confirm:
        yield "It would become:"
        yield from _told(proposal.proposed)
        yield "From then on prompts and completions of every caller in this account and Region are kept in the bucket."
        yield "Run make bedrock-logging CONFIRM=yes to set it."
    else:
        bedrock.put_model_invocation_logging_configuration(loggingConfig=dict(proposal.proposed))
        yield "It is now:"
        yield from _told(bedrock.get_model_invocation_logging_configuration()["loggingConfig"])
    if proposal.present.get("textDataDeliveryEnabled") is False:
        yield "Texts are not delivered: only usage is measured until textDataDeliveryEnabled is set."


def _told(configuration: Mapping[str, Any]) -> Iterator[str]:
    if not configuration:
        yield "  nothing is logged"
        return
    s3, logs = configuration.get("s3Config"), configuration.get("cloudWatchConfig")
    if s3:
        yield f"  to S3: s3://{s3['bucketName']}/{s3.get('keyPrefix') or ''}"
    if logs:
        yield f"  to CloudWatch Logs: {logs['logGroupName']}"
    kinds = [kind for kind in KINDS if configuration.get(f"{kind}DataDeliveryEnabled")]
    yield f"  data: {', '.join(kinds) or 'none, only metadata'}"
