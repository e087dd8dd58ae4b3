"""Admission to a throttled service: a step waits behind a queue, not in retries that count how often it was refused.

A state machine puts the work with a task token on the queue of a lane (``sqs:sendMessage.waitForTaskToken``) and waits
for days if it must. A worker of few takes it, asks first whether it is still wanted, does it, and answers the token.

- Whoever is throttled waits in place; at its deadline a worker sends the work again as a **new** message. So the
  receives of a message count crashes alone, and a message that kills its worker again and again is a dead letter soon.
- At a day's ceiling, and while its pipeline is paused (``common.spending``), work is sent again likewise, later each
  time; what was waited for that reason is no waiting for the service.
- A dead letter's token is answered too (``give_up``): no execution waits for something that will never come.
- Two lanes, so that a flood does not stand before what is urgent. Who may use the first one without asking for it is
  decided by an allowance per minute that is never given back: there is no counter to leak.
- A message may come twice, late, or when nobody waits any more. ``SendTaskHeartbeat`` tells whether somebody does; it
  writes no event, and none of our states has HeartbeatSeconds.
"""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any, Literal, TypeVar

from common import aws, batches
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
from common.table import Table

Lane = Literal["first", "next"]
Priority = Literal["high", "normal", "low"]
Work = Mapping[str, Any]
T = TypeVar("T")

SCHEMA = 1
LEFT_SECONDS = 20.0
"""A worker begins nothing new when Lambda leaves it less than this; one call of a service has to fit in. A step whose
service may take longer says so (``Step.left_seconds``)."""

PAUSES: Mapping[Lane, tuple[float, float]] = MappingProxyType({"first": (0.05, 0.3), "next": (0.25, 1.0)})
"""Seconds between two tries while the service throttles, at least and at most: the first lane asks more often."""
OUTAGE_PAUSES = (1.0, 10.0)
"""Likewise where the service fails or cannot be reached."""
OUTAGE_SECONDS = 30.0
"""How long a worker stands by a service that fails before it sends the work again and lets go."""
LATER_SECONDS = (30, 60)
"""Delay of a message that is sent again because of an outage, so that nobody pays for workers that only wait."""
HELD_SECONDS = (15, 240)
"""Likewise where nothing may be bought: the first time, and at most; twice as long each time. A ceiling that is raised
and a pipeline that is resumed wait for it, so it stays below what the alarms on waiting allow."""

GROWTH, SHRINKING = 1.5, 0.9
"""What a pause becomes after a refusal, and after a success."""

MOST_OUTPUT = 262_144
MOST_ERROR, MOST_CAUSE = 256, 32_768
"""Characters that Step Functions takes (API reference, SendTaskSuccess and SendTaskFailure)."""

GONE = frozenset({"TaskDoesNotExist", "TaskTimedOut", "InvalidToken"})
"""Nobody waits for this token: answered already, timed out, or its execution has ended."""

PASSING = (ServiceUnavailable, StorageUnavailable, ConcurrentUpdate, SpendingStopped)
"""What is waited for wherever it comes up; a step adds the names of its own service."""


class NotAnAsk(PermanentError):
    """A message on a lane's queue is not what a state machine puts there."""


@dataclass(frozen=True, slots=True)
class Ask:
    """A message of a lane: what to do, whom to answer, since when (RFC 3339), and how often it was sent again."""

    work: Work
    token: str
    asked_at: str
    handed: int = 0
    schema: int = SCHEMA


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


class HandBack(Exception):
    """The rest has to be another worker's; ``seconds``: not before."""

    def __init__(self, seconds: int = 0) -> None:
        super().__init__()
        self.seconds = seconds


class Patience:
    """A worker's time, and how it waits for a service within it; also where no execution waits.

    ``throttled`` and ``unavailable`` as in ``Step``; ``left_seconds``: with less nothing new is begun.
    """

    def __init__(
        self,
        lane: Lane,
        context: Context,
        throttled: tuple[type[TransientError], ...],
        unavailable: tuple[type[TransientError], ...],
        left_seconds: float = LEFT_SECONDS,
    ) -> None:
        self._context, self._left_seconds = context, left_seconds
        self._throttled, self._unavailable = throttled, unavailable
        self._floor, self._ceiling = PAUSES[lane]
        self._pause = self._floor
        self._failing_since: float | None = None

    def begin(self) -> None:
        """Before each piece of the work. Raises HandBack where there is not enough time for another one."""
        if self._context.get_remaining_time_in_millis() < self._left_seconds * 1000:
            raise HandBack

    def patiently(self, call: Callable[[], T]) -> T:
        """What ``call`` returns once the service lets it. Raises HandBack where that takes too long."""
        while True:
            self.begin()
            try:
                result = call()
            except self._throttled:
                self._failing_since = None
                self._wait(self._floor, self._ceiling)
            except self._unavailable:
                self._stand_by()
            else:
                self._failing_since = None
                self._pause = max(self._floor, self._pause * SHRINKING)
                return result

    def _stand_by(self) -> None:
        now = time.monotonic()
        self._failing_since = self._failing_since or now
        if now - self._failing_since > OUTAGE_SECONDS:
            raise HandBack(later())
        self._wait(*OUTAGE_PAUSES)

    def _wait(self, shortest: float, longest: float) -> None:
        self._pause = min(longest, max(shortest, self._pause * GROWTH))
        time.sleep(random.uniform(0.5, 1.5) * self._pause)  # noqa: S311 - no secret


class Turn(Patience):
    """The time that one worker has for one ask. ``token``: of the execution that waits."""

    def __init__(self, step: Step, ask: Ask, lane: Lane, context: Context) -> None:
        super().__init__(lane, context, step.throttled, step.unavailable, step.left_seconds)
        self._step, self._ask = step, ask
        self.token = ask.token

    def ask(self) -> None:
        """Is this still wanted? Ends the turn where it is not; to be called before what costs money, and again."""
        if not heard(self._ask.token):
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
    measure(step.metrics.waited, "Seconds", _age(ask), lane=lane)
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
        return _End() if output is None or succeed(ask.token, output) else gone
    except _NobodyWaits:
        return gone
    except _Superseded:
        return _End(step.metrics.superseded) if succeed(ask.token, {"superseded": True}) else gone
    except HandBack as rest:
        return _hand_back(ask, step, lane, rest.seconds)
    except step.waited_for as error:
        return _not_now(error, ask, step, lane)
    except Exception as error:  # noqa: BLE001 - whatever it is, the execution that waits is told its name
        _log_failure(ask, error)
        return _End() if fail(ask.token, type(error).__name__, str(error)) else gone


def _log_failure(ask: Ask, error: Exception) -> None:
    """Our own errors and AWS's say in a sentence what is wrong; of any other the place tells more."""
    from botocore.exceptions import ClientError

    said = {"work": ask.work, "error": type(error).__name__, "cause": str(error)}
    logger().error("failed", exc_info=not isinstance(error, MillraceError | ClientError), extra=said)


def later() -> int:
    """Seconds after which work is sent again that a service could not do."""
    return random.randint(*LATER_SECONDS)  # noqa: S311 - no secret


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


def held(handed: int, longest: int = HELD_SECONDS[1]) -> int:
    """Seconds after which work is sent again that could buy nothing, where it was sent again ``handed`` times; at most
    ``longest``."""
    shortest = HELD_SECONDS[0]
    most = min(longest, shortest * 2 ** min(handed, 8))
    return random.randint(max(1, most // 2), most)  # noqa: S311 - no secret


def _hand_back(ask: Ask, step: Step, lane: Lane, seconds: int, reason: str = "service") -> _End:
    """Sends the ask again as a message of its own, whose receives are counted from nought.

    A worker that dies before its old message is deleted leaves two; whichever comes second finds its work done.
    """
    body = json.dumps(asdict(replace(ask, handed=ask.handed + 1)), ensure_ascii=False)
    with aws.patient("SQS"):
        aws.client("sqs").send_message(QueueUrl=step.queues[lane], MessageBody=body, DelaySeconds=seconds)
    return _End(step.metrics.handed, reason)


def read(body: str) -> Ask:
    """The ask in a message's body. Raises NotAnAsk."""
    try:
        found = json.loads(body)
        ask = Ask(dict(found["work"]), found["token"], found["asked_at"], int(found.get("handed", 0)))
        datetime.fromisoformat(ask.asked_at)
    except (ValueError, KeyError, TypeError) as error:
        raise NotAnAsk(
            f"A message is not {{work, token, asked_at}} ({type(error).__name__}): send work through its state machine."
        ) from error
    if not (isinstance(ask.token, str) and ask.token):
        raise NotAnAsk("A message has an empty token: send work through its state machine.")
    return ask


def _age(ask: Ask) -> float:
    """Seconds since the state was entered, however often the ask was sent again."""
    return max(0.0, time.time() - datetime.fromisoformat(ask.asked_at).timestamp())


def heard(token: str) -> bool:
    """Whether somebody waits for this token."""
    return _tell("send_task_heartbeat", taskToken=token)


def succeed(token: str, output: Mapping[str, Any]) -> bool:
    """Lets the execution go on with ``output``; False where nobody waits any more."""
    return _tell("send_task_success", taskToken=token, output=json.dumps(output))


def fail(token: str, error: str, cause: str) -> bool:
    """Fails the task under a name; False where nobody waits any more."""
    return _tell("send_task_failure", taskToken=token, error=error[:MOST_ERROR], cause=cause[:MOST_CAUSE])


def _tell(operation: str, **arguments: str) -> bool:
    from botocore.exceptions import ClientError

    with aws.patient("Step Functions"):
        try:
            getattr(aws.client("stepfunctions"), operation)(**arguments)
        except ClientError as error:
            if aws.code_of(error) in GONE:
                return False
            raise
    return True


def give_up(event: dict[str, Any], error: type[PermanentError], advice: str, *, abandoned: str) -> dict[str, Any]:
    """SQS batch of a lane's dead letters in, the failed messages' ids out.

    Fails each one's task under the name of ``error``, with ``advice`` as its cause, and counts it as ``abandoned``. A
    message that is no ask comes back, and ends among the dead letters of the dead letters.
    """

    def tell(record: batches.Record) -> None:
        ask = read(record["body"])
        logger().error("given up", extra={"work": ask.work, "handed": ask.handed})
        # Counted where nobody waited any more, too: a worker has died of it all the same.
        fail(ask.token, error.__name__, advice)
        count(abandoned)

    return batches.each(event, tell)


def choose(table: str, step: str, asks: int, priority: Priority, *, most: int, per_minute: int, unasked: str) -> Lane:
    """The lane for ``asks`` messages that one execution is about to send.

    ``high`` goes first and ``low`` next, always. ``normal`` goes first where it is small (``most``) and this minute's
    allowance of the lane (``per_minute``) is not used up. Without an answer of the table it goes next, counted as
    ``unasked``.
    """
    if priority == "low" or (priority == "normal" and asks > most):
        return "next"
    key, at_most = f"lane#{step}#{int(time.time() // 60)}", per_minute if priority == "normal" else None
    try:
        taken = Table(table).take(key, "asks", asks, seconds=600, at_most=at_most)
    except (StorageUnavailable, ConcurrentUpdate):
        logger().warning("no answer about the lane's allowance", exc_info=True)
        count(unasked)
        taken = None
    return "first" if priority == "high" or taken is not None else "next"
