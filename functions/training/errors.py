"""What can go wrong between a manifest and its model; the names are a contract."""

from __future__ import annotations

from common.errors import PermanentError, TransientError


class RefusedManifest(PermanentError):
    """Nothing comes of it as it is; the refusal keeps this error's name and sentence, and the old model serves."""


class ManifestInvalid(RefusedManifest):
    """The manifest is not of its form, or asks for what does not go together."""


class ChannelUnreadable(RefusedManifest):
    """A channel names nothing, or its rows cannot be read."""


class ClassEmpty(RefusedManifest):
    """A channel has rows of one class only, or of more than two."""


class LabelLeak(RefusedManifest):
    """A column says what the target says."""


class ColumnConstant(RefusedManifest):
    """Every row has the same in a column that the manifest names."""


class TargetMissing(RefusedManifest):
    """The target is not a column, or rows have none."""


class TooFewRows(RefusedManifest):
    """A channel has too few rows to say anything."""


class ProgramUnusable(RefusedManifest):
    """The archive of a program of one's own is not there, or not of its layout."""


class ProgramFailed(RefusedManifest):
    """A program of one's own ended with an error, or its model does not answer as it has to."""


class JobsFailed(RefusedManifest):
    """No training job ended well; the reasons stand in the report."""


class ModelMissing(RefusedManifest):
    """A job ended well and left no model, or none of its form."""


class MetricMissing(RefusedManifest):
    """A job ended well and did not print the objective's metric."""


class ExportDiffers(RefusedManifest):
    """The file that serves does not answer as the model that was trained."""


class GateRefused(RefusedManifest):
    """The model is not good enough, or not better than the one that serves."""


class ApprovalRefused(RefusedManifest):
    """A person refused the model."""


class ApprovalExpired(RefusedManifest):
    """Nobody approved the model in time."""


class EndpointFailed(RefusedManifest):
    """The endpoint did not come into service."""


class SmokeFailed(RefusedManifest):
    """The deployed model does not answer as the job did."""


class QuotaExhausted(PermanentError):
    """The account may run no more training jobs; waiting for an hour did not help."""


class WorkGone(PermanentError):
    """What an earlier step left is not there or not readable; a redrive makes it anew."""


class ClaimLost(PermanentError):
    """Another execution has taken this version over, since this one had ended; nothing is left to do here."""


class NotAnEvent(PermanentError):
    """A message of the start queue is neither of the two events that start a training."""


class EndpointPending(TransientError):
    """The endpoint is not in service yet."""


class SageMakerThrottled(TransientError):
    """SageMaker throttled the request."""


class SageMakerUnavailable(TransientError):
    """SageMaker answered with a server error, or not at all."""


class ModelUnusable(PermanentError):
    """A model's file is not of its form; whoever reads it cannot ask it anything."""


class NoSuchModel(PermanentError):
    """No model of this name serves."""


class RowsUnreadable(PermanentError):
    """What was sent to a model is in none of the four forms, or names other columns."""


class FormUnknown(RowsUnreadable):
    """The content type is none of those that a model takes."""


class RowsTooMany(RowsUnreadable):
    """More rows, or more bytes, than are taken at once."""
