"""A request served: what goes wrong becomes an answer with a name, and is counted where its sender is not to blame."""

from __future__ import annotations

from collections.abc import Callable

from common.doors import answers, errors
from common.doors.answers import Response
from common.errors import MillraceError, SpendingStopped
from common.observability import count, logger


def served(serve: Callable[[], Response]) -> Response:
    """What ``serve`` answers, or its error as ``common.doors.answers`` tells it.

    An error without a name, and one that is a defect, is raised: Lambda counts it, and API Gateway answers 500.
    """
    try:
        return serve()
    except MillraceError as error:
        _tally(error)
        return answers.of_error(error)


def _tally(error: MillraceError) -> None:
    """Those whose sender is not to blame, or nobody knows; what a caller wrote wrongly is the caller's."""
    if isinstance(error, errors.TooManyRequests):
        count("RatesRefused")
    elif isinstance(error, errors.Unauthenticated | errors.Forbidden):
        # Its sentence says what the token lacks, and nothing of what is in it.
        logger().warning("caller refused", extra={"reason": str(error)})
        count("CallersRefused")
    elif isinstance(error, SpendingStopped):
        # Its purse has logged and counted why. Nobody has to mend anything, so it is no trouble of the door's.
        count("DoorStopped")
    elif not isinstance(error, errors.DoorRefusal):
        logger().exception("not served")
        count("DoorUnavailable")
