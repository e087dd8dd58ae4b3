"""What an execution is started with: EventBridge's event about an object, or the same shape written by hand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, get_args

from common import sequencers
from common.admission import Priority
from common.objects import Bucket
from documents.errors import UnusableRequest
from documents.intake import originals
from documents.model import Source


@dataclass(frozen=True, slots=True)
class Request:
    """``etag``, ``sequencer`` and ``size`` are empty where the event does not say.

    ``delivered``: by EventBridge, so that it may come twice for no reason; otherwise a person asked for it on purpose.
    ``again``: any text; together with the version it names the work, so a new text does it once more.
    ``priority``: ``high`` goes before what waits, ``low`` behind all that is not.
    """

    bucket: str
    key: str
    etag: str = ""
    sequencer: str = ""
    version_id: str | None = None
    size: int | None = None
    delivered: bool = False
    again: str = ""
    priority: Priority = "normal"

    @property
    def is_whole(self) -> bool:
        return bool(self.etag and self.sequencer) and self.size is not None

    def source(self) -> Source:
        """The version it names; one without a sequencer is the oldest of all."""
        sequencer = self.sequencer or sequencers.OLDEST
        return Source(self.bucket, self.key, self.etag, sequencer, self.version_id, self.size or 0)


def read(event: Mapping[str, Any]) -> Request:
    """Reads EventBridge's event "Object Created", or the same shape written by hand, where bucket and key are enough.

    Raises UnusableRequest where those are not there.
    """
    try:
        detail = event["detail"]
        about = detail["object"]
        request = Request(
            bucket=detail["bucket"]["name"],
            key=about["key"],
            etag=about.get("etag") or "",
            sequencer=about.get("sequencer") or "",
            version_id=about.get("version-id") or None,
            size=about.get("size"),
            delivered="id" in event,
            again=detail.get("again") or "",
            priority=detail.get("priority") or "normal",
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise UnusableRequest(
            'Start the machine with {"detail": {"bucket": {"name": "..."}, "object": {"key": "..."}}}.'
        ) from error
    texts = (request.bucket, request.key, request.etag, request.sequencer, request.version_id or "", request.again)
    sized = request.size is None or isinstance(request.size, int)
    if not (all(isinstance(text, str) for text in texts) and sized and request.bucket and request.key):
        raise UnusableRequest(
            "Names, tags and versions in the machine's input are texts, and a size is a whole number."
        )
    if request.priority not in get_args(Priority):
        raise UnusableRequest("The priority in the machine's input is high, normal or low; leave it out for normal.")
    return request


def completed(request: Request, highest: str) -> Request:
    """What the request does not say, from the object itself. Raises DocumentGone where there is none.

    ``highest``: the newest sequencer known of the key, read before the object is looked at: then the current version
    cannot be older than that one.
    """
    source = request.source()
    if source.etag:
        stored = originals.head(source)
    else:
        current = Bucket(source.bucket).head(source.key, version_id=source.version_id)
        if current is None:
            raise originals.gone()
        stored = current
    is_current = not request.version_id and not request.sequencer
    return replace(
        request,
        etag=stored.etag.strip('"'),
        version_id=request.version_id or stored.version_id,
        sequencer=sequencers.above(highest) if is_current else source.sequencer,
        size=stored.size,
    )
