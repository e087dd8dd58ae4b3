"""A worker's turn: takes an ask, asks whether it is still wanted, does it, and answers its token."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from typing import Any

from common import aws, batches
from common.admission import tokens
from common.admission.asks import Ask, Lane, NotAnAsk, Work, age, read
from common.admission.patience import LEFT_SECONDS, HandBack, Patience, held, later
from common.errors import (
    ConcurrentUpdate,
    MillraceError,
    PermanentError,
    ServiceUnavailable,
    SpendingStopped,
    StorageUnavailable,
    TransientError,
)
from common.observability import Context, count, logger, measure

PASSING = (ServiceUnavailable, StorageUnavailable, ConcurrentUpdate, SpendingStopped)
"""What is waited for wherever it comes up; a step adds the names of its own service."""


@dataclass(frozen=True, slots=True)
class Metrics:
    """Names under which a step is counted: seconds that an ask has waited, asks sent again (by ``reason`` too: money,
    or service for all others), out of date, unheard."""

    waited: str
    handed: str
    superseded: str
    gone: str


@dataclass(frozen=True)
class Step:
    """What a pipeline says about one throttled step.

    ``queues``: URL by lane. ``throttled``: raised where the service asks to slow down; ``unavailable``: where it fails
    for a while. ``stale`` says that the work is out of date, before anything is paid for. ``run`` does it, within its
    turn, and returns what the state gets; it has to look for itself what is done already. None says that the answer is
    left to somebody else who has the token. ``left_seconds``: the longest that one call of the service may take.
    """

    queues: Mapping[Lane, str]
    throttled: tuple[type[TransientError], ...]
    unavailable: tuple[type[TransientError], ...]
    stale: Callable[[Work], bool]
    run: Callable[[Work, Turn], Mapping[str, Any] | None]
    metrics: Metrics
    left_seconds: float = LEFT_SECONDS

    @property
    def waited_for(self) -> tuple[type[TransientError], ...]:
        return (*PASSING, *self.throttled, *self.unavailable)

    def lane_of(self, queue_arn: str) -> Lane:
        """The lane whose queue has this ARN. Raises NotAnAsk."""
        name = queue_arn.rpartition(":")[2]
        for lane, url in self.queues.items():
            if url.rpartition("/")[2] == name:
                return lane
        raise NotAnAsk(f"Queue {name} belongs to no lane of this step; see the function's event sources and variables.")


class _NobodyWaits(Exception):
    """The token is gone."""


class _Superseded(Exception):
    """Something newer is wanted."""


class Turn(Patience):
    """The time that one worker has for one ask. ``token``: of the execution that waits."""

    def __init__(self, step: Step, ask: Ask, lane: Lane, context: Context) -> None:
        super().__init__(lane, context, step.throttled, step.unavailable, step.left_seconds)
        self._step, self._ask = step, ask
        self.token = ask.token

    def ask(self) -> None:
        """Is this still wanted? Ends the turn where it is not; to be called before what costs money, and again."""
        if not tokens.heard(self._ask.token):
            raise _NobodyWaits
        if self._step.stale(self._ask.work):
            raise _Superseded

    def leave_it(self, seconds: int) -> None:
        """Ends the turn because another worker has the same ask; the rest is looked at after ``seconds``."""
        raise HandBack(seconds)


def serve(event: dict[str, Any], context: Context, step: Step) -> dict[str, Any]:
    """SQS batch of one lane in, the failed messages' ids out; the body of a step's handler.

    What ``step.run`` raises goes to the state machine under its own name, to be caught or retried there, but for what
    is waited for. A message comes back by itself only where not even that could be said, or where the worker died.
    """
    return batches.each(event, lambda record: _take(record, context, step))


@dataclass(frozen=True, slots=True)
class _End:
    """How a turn ended: the metric that counts it, empty where the work is done, and ``reason``, a split of it."""

    metric: str = ""
    reason: str = ""


def _take(record: batches.Record, context: Context, step: Step) -> None:
    ask, lane = read(record["body"]), step.lane_of(record["eventSourceARN"])
    measure(step.metrics.waited, "Seconds", age(ask), lane=lane)
    logger().info("taken", extra={"work": ask.work})  # with the trace's id: docs/operations.md, "Traces"
    turn, names, end = Turn(step, ask, lane, context), step.metrics, _End()
    try:
        end = _turn(turn, ask, step, lane)
    finally:
        for name in dict.fromkeys((names.handed, names.superseded, names.gone)):
            count(
                name, int(name == end.metric), **({"reason": end.reason} if end.reason and name == end.metric else {})
            )


def _turn(turn: Turn, ask: Ask, step: Step, lane: Lane) -> _End:
    """Works on one ask and answers it."""
    gone = _End(step.metrics.gone)
    try:
        turn.ask()
        output = step.run(ask.work, turn)
        return _End() if output is None or tokens.succeed(ask.token, output) else gone
    except _NobodyWaits:
        return gone
    except _Superseded:
        return _End(step.metrics.superseded) if tokens.succeed(ask.token, {"superseded": True}) else gone
    except HandBack as rest:
        return _hand_back(ask, step, lane, rest.seconds)
    except step.waited_for as error:
        return _not_now(error, ask, step, lane)
    except Exception as error:  # noqa: BLE001 - whatever it is, the execution that waits is told its name
        _log_failure(ask, error)
        return _End() if tokens.fail(ask.token, type(error).__name__, str(error)) else gone


def _log_failure(ask: Ask, error: Exception) -> None:
    """Our own errors and AWS's say in a sentence what is wrong; of any other the place tells more."""
    from botocore.exceptions import ClientError

    said = {"work": ask.work, "error": type(error).__name__, "cause": str(error)}
    logger().error("failed", exc_info=not isinstance(error, MillraceError | ClientError), extra=said)


def _not_now(error: Exception, ask: Ask, step: Step, lane: Lane) -> _End:
    if isinstance(error, SpendingStopped):
        return _hold(ask, step, lane)
    logger().warning("sent again", exc_info=error, extra={"work": ask.work, "handed": ask.handed})
    return _hand_back(ask, step, lane, later())


def _hold(ask: Ask, step: Step, lane: Lane) -> _End:
    """Sends the ask again for later, as one that begins to wait then; why, its purse has logged and counted."""
    seconds = held(ask.handed)
    asked_at = datetime.fromtimestamp(time.time() + seconds, UTC).isoformat()
    return _hand_back(replace(ask, asked_at=asked_at), step, lane, seconds, reason="money")


def _hand_back(ask: Ask, step: Step, lane: Lane, seconds: int, reason: str = "service") -> _End:
    """Sends the ask again as a message of its own, whose receives are counted from nought.

    A worker that dies before its old message is deleted leaves two; whichever comes second finds its work done.
    """
    body = json.dumps(asdict(replace(ask, handed=ask.handed + 1)), ensure_ascii=False)
    with aws.patient("SQS"):
        aws.client("sqs").send_message(QueueUrl=step.queues[lane], MessageBody=body, DelaySeconds=seconds)
    return _End(step.metrics.handed, reason)


def give_up(event: dict[str, Any], error: type[PermanentError], advice: str, *, abandoned: str) -> dict[str, Any]:
    """SQS batch of a lane's dead letters in, the failed messages' ids out.

    Fails each one's task under the name of ``error``, with ``advice`` as its cause, and counts it as ``abandoned``. A
    message that is no ask comes back, and ends among the dead letters of the dead letters.
    """

    def tell(record: batches.Record) -> None:
        ask = read(record["body"])
        logger().error("given up", extra={"work": ask.work, "handed": ask.handed})
        # Counted where nobody waited any more, too: a worker has died of it all the same.
        tokens.fail(ask.token, error.__name__, advice)
        count(abandoned)

    return batches.each(event, tell)
