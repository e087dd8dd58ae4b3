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

asks: A message of a lane.
patience: A worker's time, and how it waits for a service within it; also where no execution waits.
serving: What a pipeline says about one throttled step, and a worker's turn with one ask.
tokens: What is said to the execution that waits.
lanes: Which lane an execution's asks take.
"""

from common.admission.asks import Ask, Lane, NotAnAsk, Priority, Work, read
from common.admission.lanes import choose
from common.admission.patience import (
    HELD_SECONDS,
    LATER_SECONDS,
    LEFT_SECONDS,
    PAUSES,
    HandBack,
    Patience,
    held,
    later,
)
from common.admission.serving import PASSING, Metrics, Step, Turn, give_up, serve
from common.admission.tokens import MOST_OUTPUT, fail, heard, succeed

__all__ = [
    "HELD_SECONDS",
    "LATER_SECONDS",
    "LEFT_SECONDS",
    "MOST_OUTPUT",
    "PASSING",
    "PAUSES",
    "Ask",
    "HandBack",
    "Lane",
    "Metrics",
    "NotAnAsk",
    "Patience",
    "Priority",
    "Step",
    "Turn",
    "Work",
    "choose",
    "fail",
    "give_up",
    "heard",
    "held",
    "later",
    "read",
    "serve",
    "succeed",
]
