"""Amazon Bedrock knowledge bases: passages of one base that are near a text, by Retrieve.

Names, bounds and errors are those of the service model bedrock-agent-runtime/2023-07-26.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from common import aws
from common.errors import PermanentError, ServiceUnavailable, TransientError

MOST_RESULTS: Final = 100
MOST_QUERY: Final = 20_000
"""Passages of a request, characters of its text."""
BUSY: Final = frozenset({"ServiceQuotaExceededException"})
AILING: Final = frozenset({"ConflictException", "DependencyFailedException"})
"""Beside throttling and server errors: what a base says while it is changed, or while the store behind it fails."""
ATTEMPTS: Final = 2
SECONDS: Final = 8
"""Of silence: whoever searches waits for it, and no longer than API Gateway does."""
_AT: Final = {
    "S3": ("s3Location", "uri"),
    "WEB": ("webLocation", "url"),
    "CONFLUENCE": ("confluenceLocation", "url"),
    "SALESFORCE": ("salesforceLocation", "url"),
    "SHAREPOINT": ("sharePointLocation", "url"),
    "CUSTOM": ("customDocumentLocation", "id"),
    "KENDRA": ("kendraDocumentLocation", "uri"),
    "SQL": ("sqlLocation", "query"),
    "ONEDRIVE": ("oneDriveLocation", "url"),
    "GOOGLEDRIVE": ("googleDriveLocation", "url"),
}
"""RetrievalResultLocationType, with the member of RetrievalResultLocation that says where."""


@dataclass(frozen=True, slots=True)
class Retrieved:
    """A passage. ``kind``: of its location, of RetrievalResultLocationType; ``location``: an address, an id or a query,
    as that kind has it. Both are empty where the base does not say. ``score``: 0 to 1, the higher the nearer."""

    text: str
    kind: str
    location: str
    score: float


class Base:
    """The knowledge base ``identifier`` of this account and Region. ``client`` is for tests."""

    def __init__(
        self,
        identifier: str,
        throttled: type[TransientError] = ServiceUnavailable,
        unavailable: type[TransientError] = ServiceUnavailable,
        refused: type[PermanentError] = PermanentError,
        client: Any = None,
    ) -> None:
        self._id, self._client = identifier, client
        self._throttled, self._unavailable, self._refused = throttled, unavailable, refused

    def retrieve(self, text: str, top: int) -> tuple[list[Retrieved], int]:
        """At most ``top`` passages of text, the nearest first, and how many results were none: pictures, rows, sound.

        Raises ``throttled`` where Bedrock asks to slow down, ``unavailable`` where it or the base's own store fails for
        a while, ``refused`` where nothing would pass: no right, no such base, a base that takes no such request.
        """
        with self._named() as client:
            answer = client.retrieve(
                knowledgeBaseId=self._id,
                retrievalQuery={"text": text[:MOST_QUERY]},
                retrievalConfiguration={"vectorSearchConfiguration": {"numberOfResults": min(top, MOST_RESULTS)}},
            )
        results = answer["retrievalResults"]
        found = [_read(each) for each in results if _is_text(each["content"])]
        return found, len(results) - len(found)

    @contextmanager
    def _named(self) -> Iterator[Any]:
        from botocore.exceptions import ClientError

        try:
            with aws.patient(
                "The knowledge base",
                busy=BUSY,
                ailing=AILING,
                throttled=self._throttled,
                unavailable=self._unavailable,
            ):
                yield self._client or aws.client("bedrock-agent-runtime", attempts=ATTEMPTS, read_timeout=SECONDS)
        except ClientError as error:
            raise self._refused(
                f"The knowledge base {self._id} refuses to be asked ({aws.code_of(error)}): look whether it is in this "
                "account and Region, is a base of vectors, and whether the function's role has bedrock:Retrieve on it."
            ) from error


def _is_text(content: Mapping[str, Any]) -> bool:
    """Bases that are older than the member ``type`` leave it out."""
    return content.get("type", "TEXT") == "TEXT" and bool(str(content.get("text") or "").strip())


def _read(result: Mapping[str, Any]) -> Retrieved:
    where = result.get("location") or {}
    kind = str(where.get("type") or "")
    member, name = _AT.get(kind, ("", ""))
    location = str((where.get(member) or {}).get(name) or "")
    score = min(1.0, max(0.0, float(result.get("score") or 0.0)))
    return Retrieved(str(result["content"]["text"]), kind, location, score)
