"""SQS: moving messages out of a dead-letter queue.

AWS: StartMessageMoveTask moves the messages of a dead-letter queue back to the queues they came from, or to
one other queue; only dead-letter queues of SQS queues are accepted. ListMessageMoveTasks shows the last tasks
(botocore: StartMessageMoveTask, ListMessageMoveTasks).
MiniStack: knows neither action.

Here the move is done when the call returns, so there is never a task to cancel.
"""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable

from ministack.core.concurrency import esm_wake
from ministack.services import sqs

from local.gaps import _seams
from local.gaps._types import Json, Record

LEANS_ON = {
    "core.concurrency.esm_wake": "Event",
    "services.sqs._HANDLERS": "dict",
    "services.sqs._queues": "AccountRegionScopedDict",
    "services.sqs._queues_lock": "lock",
    "services.sqs._queue_by_arn": "(arn)",
    "services.sqs._Err": "class",
}

#: Tasks by the ARN of the source queue, newest first; AWS lists at most ten.
_tasks: dict[str, list[Record]] = {}


def _is_dead_letter_queue_of(arn: str) -> list[str]:
    """ARNs of the queues whose RedrivePolicy names ``arn``."""
    sources = []
    for queue in list(sqs._queues.values()):
        policy = json.loads(queue["attributes"].get("RedrivePolicy") or "{}")
        if policy.get("deadLetterTargetArn") == arn:
            sources.append(queue["attributes"]["QueueArn"])
    return sources


def _fresh(message: Record, now: float) -> Record:
    """A dead letter as a new message."""
    return {
        **message,
        "receive_count": 0,
        "first_receive_at": None,
        "receipt_handle": None,
        "visible_at": now,
        "sent_at": now,
    }


def _start(data: Record, _url: str) -> Record:
    source = str(data.get("SourceArn", ""))
    queue = sqs._queue_by_arn(source)
    if queue is None:
        raise sqs._Err("ResourceNotFoundException", "The resource that you specified for the SourceArn parameter "
                       "doesn't exist.", 404)  # fmt: skip
    sources = _is_dead_letter_queue_of(source)
    if not sources:
        raise sqs._Err("InvalidParameterValue", "Source queue must be configured as a Dead Letter Queue.")
    chosen = data.get("DestinationArn")
    if chosen and sqs._queue_by_arn(chosen) is None:
        raise sqs._Err("ResourceNotFoundException", "The resource that you specified for the DestinationArn "
                       "parameter doesn't exist.", 404)  # fmt: skip
    now = time.time()
    with sqs._queues_lock:
        messages, queue["messages"] = list(queue["messages"]), []
        for message in messages:
            origin = (message.get("sys") or {}).get("DeadLetterQueueSourceArn") or sources[0]
            home = sqs._queue_by_arn(chosen or origin) or sqs._queue_by_arn(sources[0])
            home["messages"].append(_fresh(message, now))
    esm_wake.set()
    task = {
        "Status": "COMPLETED",
        "SourceArn": source,
        "ApproximateNumberOfMessagesMoved": len(messages),
        "ApproximateNumberOfMessagesToMove": len(messages),
        "StartedTimestamp": int(now * 1000),
        **({"DestinationArn": chosen} if chosen else {}),
    }
    _tasks.setdefault(source, []).insert(0, task)
    return {"TaskHandle": base64.b64encode(f"{source}:{now}".encode()).decode()}


def _list(data: Record, _url: str) -> Record:
    most = int(data.get("MaxResults") or 1)
    return {"Results": _tasks.get(str(data.get("SourceArn", "")), [])[: min(most, 10)]}


def _cancel(_data: Record, _url: str) -> Record:
    raise sqs._Err("ResourceNotFoundException", "No active message movement task was found.", 404)


def _extended(handlers: dict[str, Callable[..., Json]]) -> dict[str, Callable[..., Json]]:
    handlers.update(StartMessageMoveTask=_start, ListMessageMoveTasks=_list, CancelMessageMoveTask=_cancel)
    return handlers


def install() -> None:
    """Close the gap in this process."""
    _seams.replace("services.sqs._HANDLERS", _extended)
