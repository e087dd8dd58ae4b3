"""What can go wrong with a question; the names are the contract of answers, events and state machines."""

from __future__ import annotations

from common.errors import PermanentError, TransientError


class RefusedQuestion(PermanentError):
    """The question will never be answered as it is; the answer keeps this error's name and sentence."""


class Unanswerable(RefusedQuestion):
    """The tables do not hold what the question asks for; the sentence says what is missing."""


class NotAllowed(RefusedQuestion):
    """The model wrote a statement that may never run: it would write, reach other tables, or cost without bound."""


class NotRepaired(RefusedQuestion):
    """Four statements were wrong, the model wrote the same one again, or the money for this question is used up."""


class NoTables(RefusedQuestion):
    """The database is unknown, is not one that may be asked, or has no tables."""


class QueryTooLarge(RefusedQuestion):
    """Athena stopped the query at the workgroup's limit of bytes, or after its time."""


class ModelRefused(PermanentError):
    """The model cannot be asked at all: no access, an unknown id, or its guardrail stepped in."""


class LakeForbidden(PermanentError):
    """Athena may not read a table that may be asked: a right is missing, and no other SQL helps."""


class LakeUnreadable(PermanentError):
    """A table's files or its description are broken, and no other SQL helps."""


class GivenUp(PermanentError):
    """A worker died of this question again and again."""


class WorkGone(PermanentError):
    """What an earlier step left for this question is not there or not readable; a redrive makes it anew."""


class QueryFailed(PermanentError):
    """Athena failed on a proved statement again and again, for reasons of its own."""


class ModelThrottled(TransientError):
    """The model asks to slow down."""


class ModelUnavailable(TransientError):
    """The model fails or cannot be reached for a while."""


class QueryUnavailable(TransientError):
    """Athena throttles, fails or cannot be reached for a while."""
