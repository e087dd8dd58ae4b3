"""EventBridge's events about objects that went, or that a tag says are not to be kept.

"Object Deleted" has a ``deletion-type``: "Delete Marker Created" where the bucket keeps versions and the key has no
current one any more; "Permanently Deleted" for an object without versions, for one version, or for a delete marker that
was itself deleted, so that an older version is the current one again (S3 user guide, "Using EventBridge"). A lifecycle
rule says so under ``reason``. "Object Tags Added" has no place in the order of versions.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from common.objects import Bucket
from documents.errors import UnusableRequest

TAG: Final = ("millrace-retention", "delete")
"""Of an object that is left where it is, while nothing that was made of it may be kept."""

_LIFECYCLE: Final = "Lifecycle Expiration"


@dataclass(frozen=True, slots=True)
class Removal:
    """``version`` is that of the deleted version, of the marker, or None. ``sequencer`` is empty for a tag.

    ``whole``: the key has no current version any more, as far as this event knows.
    """

    id: str
    bucket: str
    key: str
    version: str | None
    etag: str
    sequencer: str
    at: str
    whole: bool
    by_rule: bool
    """A lifecycle rule's: it never makes an older version the current one."""

    @property
    def by_tag(self) -> bool:
        return not self.sequencer


def read(event: Mapping[str, Any]) -> Removal:
    """Raises UnusableRequest for anything else than those two events."""
    try:
        detail, kind = event["detail"], event["detail-type"]
        about = detail["object"]
        version = about.get("version-id") or None
        deleted = kind == "Object Deleted"
        return Removal(
            id=event["id"],
            bucket=detail["bucket"]["name"],
            key=about["key"],
            version=version,
            etag=about.get("etag") or "",
            sequencer=about["sequencer"] if deleted else "",
            at=event["time"],
            whole=deleted and (version is None or detail.get("deletion-type") == "Delete Marker Created"),
            by_rule=detail.get("reason") == _LIFECYCLE,
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise UnusableRequest(
            'The message is no event "Object Deleted" or "Object Tags Added" of S3; delete it.'
        ) from error


def is_tagged(inbox: Bucket, removal: Removal) -> bool:
    """Whether the version has the tag still."""
    name, value = TAG
    return (inbox.tags(removal.key, version_id=removal.version) or {}).get(name) == value
