"""The cloud around this engine, by ``local.gaps._sagemaker``; events of what changes its state."""

from __future__ import annotations

import re
from typing import Any

from local.services.sagemaker.errors import Invalid
from local.services.sagemaker.store import Place, Record, Thing
from local.services.sagemaker.switches import NOW

_S3 = re.compile(r"s3://([^/]+)/?(.*)", re.DOTALL)


def require_role(role_arn: str, resource: str) -> None:
    """Raises Invalid unless SageMaker may assume the role for the resource, an ARN."""
    from local.gaps import _sagemaker

    if not _sagemaker.trusted(role_arn, resource):
        raise Invalid(
            f"Could not assume role {role_arn}. Please ensure that the role exists and allows principal "
            "'sagemaker.amazonaws.com' to assume the role."
        )


def client(service: str, role_arn: str, place: Place) -> Any:
    """A client that acts with the role."""
    from local.gaps import _sagemaker

    return _sagemaker.client(service, role_arn, place.region)


def act_in(place: Place) -> None:
    """Let this thread work for the account and Region."""
    from local.gaps import _sagemaker

    _sagemaker.act_in(place.account, place.region)


def tell(detail_type: str, thing: Thing, **other: Any) -> None:
    """An event of the thing as it is now: what Describe says, times in milliseconds, tags as a map (SageMaker
    Developer Guide, "Amazon SageMaker events"); ``other`` members stand in the place of their own."""
    from local.gaps import _sagemaker

    detail = {**_in_milliseconds(thing.described()), "Tags": dict(thing.tags), **other}
    _sagemaker.put_event(detail_type, detail, thing.arn, NOW.copies)


def _in_milliseconds(members: Record) -> Record:
    return {
        name: int(value * 1000) if name.endswith("Time") and isinstance(value, float) else value
        for name, value in members.items()
    }


def split(uri: str) -> tuple[str, str]:
    """Bucket and key of an address in S3. Raises Invalid for what is none."""
    found = _S3.fullmatch(uri)
    if found is None:
        raise Invalid(f"{uri} is no address in S3")
    return found[1], found[2]
