"""What can go wrong with a document; the names are the contract of rejected files, events and state machines."""

from __future__ import annotations

from common.errors import PermanentError, TransientError


class RejectedDocument(PermanentError):
    """The object will never be summarised as it is; ``rejected/<key>.json`` keeps this error's name and sentence."""


class KeyTooLong(RejectedDocument):
    """A key derived from the object's key would pass S3's 1,024 bytes."""


class DocumentGone(RejectedDocument):
    """The object was deleted or replaced before it could be read."""


class EmptyDocument(RejectedDocument):
    """No bytes, or nothing in them that could be read."""


class UnsupportedFormat(RejectedDocument):
    """None of the formats of ``files.media_types.READABLE``, judged by content, not by name."""


class BrokenDocument(RejectedDocument):
    """The bytes begin like a format that is read here, but cannot be opened."""


class PasswordProtected(RejectedDocument):
    """Encrypted; only its owner can open it."""


class TooLarge(RejectedDocument):
    """Over the bytes, pixels or points that Textract takes (docs/limits.md)."""


class TooManyPages(RejectedDocument):
    """Over 3,000 pages."""


class DecompressionBomb(RejectedDocument):
    """A small file that would unpack to an unreasonable size."""


class AnalysisFailed(RejectedDocument):
    """Textract reported the job FAILED, or refused the document for good."""


class AnalysisIncomplete(RejectedDocument):
    """Textract's answer is not whole: PARTIAL_SUCCESS, ids that point nowhere, or pages that are missing."""


class AnalysisTimedOut(RejectedDocument):
    """Textract has not ended the job within the time the state machine gives it."""


class ModelRefused(PermanentError):
    """The model or endpoint refused the request for good: access, model id, size; the execution fails."""


class AnalysisThrottled(TransientError):
    """Textract asked to slow down, or has as many jobs as it takes."""


class AnalysisUnavailable(TransientError):
    """Textract answered with a server error, or not at all."""


class ModelThrottled(TransientError):
    """The model's provider asked to slow down."""


class ModelUnavailable(TransientError):
    """The model's provider answered with a server error, is not ready, or did not answer at all."""


class LanguageServiceThrottled(TransientError):
    """Comprehend asked to slow down."""


class WorkGone(PermanentError):
    """What an earlier step left in the summaries bucket is not there or not readable; the execution fails, and a
    redrive makes it anew."""


class UploadUnknown(PermanentError):
    """A tag forbids to keep an object's results, and nothing is known of its upload (yet): it is tried again."""


class UnusableRequest(PermanentError):
    """The machine was started with something that names no object of the inbox bucket; the execution fails."""


class AnalysisRefused(PermanentError):
    """Textract may not be asked, may not read the document, or was asked for what it does not know; the execution
    fails, and a redrive after the mending goes on."""


class RedactionUnavailable(RejectedDocument):
    """Redaction was asked for and personal data cannot be found in the document's language: it goes nowhere."""


class RedactionListInvalid(PermanentError):
    """settings/redaction.json cannot be used; the execution fails before anything is shown to a model or in a copy."""


class ModelSettingsInvalid(PermanentError):
    """ModelProvider, ModelId, SageMakerEndpoint, SageMakerFormat or ParametersList make no sense together."""


class InvalidBatch(PermanentError):
    """A batch was asked for in words that make no sense, or its manifest cannot be read; nothing was started."""


class BatchTooLarge(PermanentError):
    """A batch that one function cannot list; nothing was started."""


class BatchIncomplete(PermanentError):
    """Not every document of a batch has exactly one outcome; its report and its failures say which."""


class DocumentAbandoned(PermanentError):
    """Five workers died of the same step of a document; the execution fails and waits for a redrive."""
