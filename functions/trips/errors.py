"""What can go wrong with trips; a row's own reasons are in ``trips.cleaning.rows``."""

from __future__ import annotations

from common.errors import PermanentError, TransientError


class BadRecipe(PermanentError):
    """A recipe says something that cannot be meant; the stream cannot be cleaned until it is mended."""


class UnreadableRecord(PermanentError):
    """Nothing in a record can be read; Firehose keeps its original bytes under the error prefix."""


class BadRequest(PermanentError):
    """A request for a training set has a member that is missing or out of bounds."""


class NothingToTrainOn(PermanentError):
    """The lake has no rows for the month that was asked for, or only rows of one class."""


class TooManyRows(PermanentError):
    """A month has more rows, or bytes, than the function's time and disk allow."""


class QueryFailed(PermanentError):
    """Athena refused or failed a query; the message carries its reason."""


class QueryUnfinished(TransientError):
    """Athena has not answered before the function's time ran out."""
