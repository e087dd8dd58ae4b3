"""Textract's client, and its refusals under the names that the state machine knows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from common import aws
from documents.errors import (
    AnalysisRefused,
    AnalysisThrottled,
    AnalysisUnavailable,
    BrokenDocument,
    RejectedDocument,
    TooLarge,
    UnsupportedFormat,
)
from documents.intake import originals
from documents.model import Source

if TYPE_CHECKING:
    from botocore.exceptions import ClientError

THROTTLED = frozenset({"ProvisionedThroughputExceededException", "LimitExceededException"})
"""Beside what every service calls it. LimitExceeded: as many jobs are open as the account may have."""

REJECTED: Mapping[str, tuple[type[RejectedDocument], str]] = {
    "BadDocumentException": (BrokenDocument, "Textract cannot read the document; save it anew and upload it again."),
    "UnsupportedDocumentException": (
        UnsupportedFormat,
        "Textract does not take the document as it is (a PDF with XFA forms, perhaps); print it to a plain PDF.",
    ),
    "DocumentTooLargeException": (TooLarge, "The document is larger than Textract takes; split it."),
}
"""API reference, AnalyzeDocument and StartDocumentAnalysis, "Errors"."""

LONGEST_SECONDS = 65.0
"""What one call may take, with its connection (``common.aws.client``)."""


def client(*, attempts: int = 1) -> Any:
    """One attempt: waiting belongs to the worker, which knows how long it may; ``attempts`` for those that do not."""
    return aws.client("textract", attempts=attempts)


def analyze(source: Source, features: Mapping[str, Any]) -> dict[str, Any]:
    """AnalyzeDocument: Textract reads the page from S3 itself. Raises what ``named`` raises."""
    with named(source):
        answer: dict[str, Any] = client().analyze_document(Document=location(source), **features)
    return answer


def location(source: Source) -> dict[str, Any]:
    """The document as Textract finds it: exactly this version, where the bucket has versions."""
    version = {"Version": source.version_id} if source.version_id else {}
    return {"S3Object": {"Bucket": source.bucket, "Name": source.key, **version}}


@contextmanager
def named(source: Source | None = None) -> Iterator[None]:
    """Textract's errors under our names; ``source`` is the document that a call is about.

    Raises AnalysisThrottled and AnalysisUnavailable (try again), the RejectedDocument of ``REJECTED``, DocumentGone
    where Textract cannot get the document because it is gone, AnalysisRefused for anything else that it refuses.
    """
    from botocore.exceptions import ClientError, ConnectionError, HTTPClientError

    try:
        yield
    except ClientError as error:
        raise _ours(error, source) from error
    except (ConnectionError, HTTPClientError) as error:
        raise AnalysisUnavailable(f"Textract could not be reached ({type(error).__name__}).") from error


def _ours(error: ClientError, source: Source | None) -> Exception:
    from common.observability import count

    code = aws.code_of(error)
    if code in THROTTLED or code in aws.THROTTLING_CODES:
        count("AnalysisThrottled")
        return AnalysisThrottled(f"Textract asked to slow down ({code}).")
    if aws.status_of(error) >= 500:
        return AnalysisUnavailable(f"Textract answered with a server error ({code}).")
    if code in REJECTED:
        kind, sentence = REJECTED[code]
        return kind(sentence)
    if code == "InvalidS3ObjectException" and source is not None:
        originals.head(source)  # raises DocumentGone
        return AnalysisRefused(
            f"Textract cannot get s3://{source.bucket}/{source.key}, which is there: allow the function's role "
            "s3:GetObject and s3:GetObjectVersion on it (and kms:Decrypt where it has a key), in Textract's own Region."
        )
    message = str(error.response.get("Error", {}).get("Message", "")).rstrip(".")
    return AnalysisRefused(f"Textract refused {error.operation_name} with {code}: {message}.")
