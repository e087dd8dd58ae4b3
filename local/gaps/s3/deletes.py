"""S3: CloudFormation deletes an empty bucket only.

AWS: a stack whose bucket holds an object, or a version of one, ends DELETE_FAILED; who wants to lose them empties the
bucket first, and who wants to keep them says ``DeletionPolicy: Retain`` (CloudFormation user guide, "Delete stack
fails").
MiniStack: refuses DeleteBucket, and CloudFormation takes the bucket away with all that is in it.
"""

from __future__ import annotations

from collections.abc import Callable

from ministack.services import s3

from local.gaps import _seams
from local.gaps._types import Json, Record

LEANS_ON = {
    "services.cloudformation.provisioners._RESOURCE_HANDLERS": "dict",
    "services.s3._buckets": "AccountScopedDict",
    "services.s3._bucket_has_versions": "(name)",
}

_TYPE = "AWS::S3::Bucket"


def _empty_only(delete: Callable[[str, Record], None]) -> Callable[[str, Record], None]:
    def bucket_delete(physical_id: str, props: Record) -> None:
        bucket = s3._buckets.get(physical_id)
        if bucket is not None and (bucket["objects"] or s3._bucket_has_versions(physical_id)):
            raise ValueError(
                'Resource handler returned message: "The bucket you tried to delete is not empty '
                '(Service: S3, Status Code: 409)"'
            )
        delete(physical_id, props)

    return bucket_delete


def _guarded(handlers: dict[str, Json]) -> dict[str, Json]:
    own = handlers[_TYPE]
    handlers[_TYPE] = {**own, "delete": _empty_only(own["delete"])}
    return handlers


def install() -> None:
    """Close the gap in this process."""
    _seams.replace("services.cloudformation.provisioners._RESOURCE_HANDLERS", _guarded)
