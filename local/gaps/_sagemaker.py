"""What the local SageMaker asks of the cloud around it: roles, S3 and logs as a role, events of its own source."""

from __future__ import annotations

import json
import os
import threading
from functools import lru_cache
from typing import Any

from ministack.core.responses import set_request_account_id, set_request_region
from ministack.services import eventbridge

from local.gaps import _authority
from local.gaps._types import Json, Record

LEANS_ON = {
    **_authority.LEANS_ON,
    "core.responses.set_request_account_id": "(access_key_id)",
    "core.responses.set_request_region": "(region)",
    "services.eventbridge._put_events": "(data, allow_aws_source=False)",
}

_SERVICE = "sagemaker.amazonaws.com"
_SESSION = "SageMaker"
_client_lock = threading.Lock()


def trusted(role_arn: str, resource: str) -> bool:
    """Whether SageMaker may assume the role for one of its resources, an ARN."""
    return _authority.trusts(role_arn, _SERVICE, resource)


def client(service: str, role_arn: str, region: str) -> Json:
    """A client of this server that signs as the role."""
    credentials = _authority.role_credentials(role_arn, _SESSION)
    with _client_lock:
        return _cached_client(service, region, tuple(sorted(credentials.items())))


@lru_cache(maxsize=128)
def _cached_client(service: str, region: str, credentials: tuple[tuple[str, str], ...]) -> Json:
    import boto3
    from botocore.config import Config

    session: Any = boto3.session.Session()  # the stubs only know services by literal name
    return session.client(
        service,
        region_name=region,
        endpoint_url=f"http://127.0.0.1:{os.environ.get('GATEWAY_PORT', '4566')}",
        config=Config(inject_host_prefix=False, s3={"addressing_style": "path"}, proxies={}),
        **dict(credentials),
    )


def act_in(account: str, region: str) -> None:
    """Let this thread work for an account in a Region: MiniStack's stores are scoped by both."""
    set_request_account_id(account)
    set_request_region(region)


def put_event(detail_type: str, detail: Record, resource: str, copies: int) -> None:
    """An event of aws.sagemaker on the default bus of the account that this thread works for."""
    entry = {
        "Source": "aws.sagemaker",
        "DetailType": detail_type,
        "Detail": json.dumps(detail),
        "Resources": [resource],
    }
    for _ in range(copies):
        eventbridge._put_events({"Entries": [entry]}, allow_aws_source=True)
