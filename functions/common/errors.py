"""Errors with names that state machines, alarms and people can act on.

Two roots decide what happens next: a ``TransientError`` is worth another try as it stands, a ``PermanentError`` is
not. State machines name the specific classes below them in ``Retry`` and ``Catch``; nothing ever branches on message
text. Every message is a sentence that says what to change.
"""

from __future__ import annotations


class MillraceError(Exception):
    """Root of every error this application raises on purpose."""


class TransientError(MillraceError):
    """The same request may succeed later: retry with backoff."""


class PermanentError(MillraceError):
    """The same request will always fail: a person has to change something."""


class MissingSetting(PermanentError):
    """An environment variable that the template should have set is absent."""


class ConcurrentUpdate(TransientError):
    """Other writers moved an object again and again while this one tried to."""


class StorageUnavailable(TransientError):
    """S3 throttled the request or answered with a server error."""


class ServiceUnavailable(TransientError):
    """A service beside S3 throttled the request, answered with a server error, or not at all."""


class SpendingStopped(TransientError):
    """Nothing may be bought just now; nothing was asked of the service. The same request passes later."""


class CeilingReached(SpendingStopped):
    """What may be bought in a day (UTC) is bought. It passes at midnight, or when an operator raises the ceiling."""


class PipelinePaused(SpendingStopped):
    """An operator has paused the pipeline; it goes on when it is resumed."""
