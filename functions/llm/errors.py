"""What can go wrong between a log and its metrics, by name."""

from __future__ import annotations

from common.errors import PermanentError, TransientError


class NotAnObjectEvent(PermanentError):
    """A message in the queue of log objects is no S3 event of EventBridge."""


class NotLogEvents(PermanentError):
    """What came by a subscription filter is no delivery of CloudWatch Logs."""


class BodiesPending(TransientError):
    """Bodies that Bedrock stores apart are not there yet; the object is read in a minute."""


class LogObjectBusy(TransientError):
    """Another worker reads the same log object."""


class ClaimLost(TransientError):
    """Another worker took the object over, because this one was silent for longer than its lease."""


class TimeIsUp(TransientError):
    """The worker has to stop before the object's end; the next one goes on from the last checkpoint."""


class UnknownModule(PermanentError):
    """An event names a metric module that is not in the list of ``llm.modules``."""


class InvalidRefusalSettings(PermanentError):
    """The settings file of the refusal module lacks a figure or holds something else; the message names it."""
