"""CloudWatch: the metrics of queues and state machines that alarms watch.

AWS: SQS publishes the depth of every active queue once a minute under [QueueName] (SQS Developer Guide,
"Available CloudWatch metrics for Amazon SQS"); Step Functions counts executions and their time under
[StateMachineArn] (Step Functions Developer Guide, "Monitoring Step Functions metrics using Amazon
CloudWatch"); SNS counts what is published under [TopicName] (SNS Developer Guide, "Monitoring Amazon SNS topics using
Amazon CloudWatch").
MiniStack: publishes none of them, so an alarm on a dead-letter queue or on failed executions could never fire.

Depths are published every ten seconds here, so that a person need not wait for a minute.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from datetime import datetime

from ministack.services import sqs

from local.gaps import _seams
from local.gaps._types import Json, Record
from local.gaps.cloudwatch.metric_data import store

LEANS_ON = {
    "services.sqs._queues": "AccountRegionScopedDict",
    "services.sns._fanout": (
        "(topic_arn, msg_id, message, subject, message_structure='', message_attributes=None, "
        "message_group_id='', message_dedup_id='')"
    ),
    "services.stepfunctions._emit_execution_status_event": "(execution)",
}

#: Seconds between two looks at the queues.
LOOK_EVERY = 10.0

_ENDED = {
    "SUCCEEDED": "ExecutionsSucceeded",
    "FAILED": "ExecutionsFailed",
    "TIMED_OUT": "ExecutionsTimedOut",
    "ABORTED": "ExecutionsAborted",
    "RUNNING": "ExecutionsStarted",
}

_log = logging.getLogger("local.gaps.cloudwatch.service_metrics")


def depths(queue: Record, now: float) -> Record:
    """The metrics of one queue at ``now`` (epoch seconds)."""
    messages = list(queue["messages"])
    visible = [message for message in messages if message["visible_at"] <= now]
    hidden = [message for message in messages if message["visible_at"] > now]
    flying = [message for message in hidden if message.get("receive_count")]
    oldest = min((message["sent_at"] for message in visible + flying), default=now)
    return {
        "ApproximateNumberOfMessagesVisible": float(len(visible)),
        "ApproximateNumberOfMessagesNotVisible": float(len(flying)),
        "ApproximateNumberOfMessagesDelayed": float(len(hidden) - len(flying)),
        "ApproximateAgeOfOldestMessage": now - oldest,
    }


def look_at_queues(now: float) -> None:
    """Publish the depth of every queue."""
    for queue in list(sqs._queues.values()):
        dimensions = {"QueueName": queue["attributes"]["QueueArn"].rsplit(":", 1)[-1]}
        for name, value in depths(queue, now).items():
            unit = "Seconds" if name.endswith("Message") else "Count"
            store("AWS/SQS", name, dimensions, now, unit, [value])


def _look_for_ever() -> None:
    while True:
        time.sleep(LOOK_EVERY)
        try:
            look_at_queues(time.time())
        except Exception:  # noqa: BLE001 - a queue that vanishes meanwhile must not end the thread
            _log.exception("The depths of the queues could not be published.")


def _milliseconds(execution: Record) -> float:
    started, stopped = (
        datetime.fromisoformat(str(execution[key]).replace("Z", "+00:00")) for key in ("startDate", "stopDate")
    )
    return (stopped - started).total_seconds() * 1000


def _counting(emit: Callable[[Record], None]) -> Callable[[Record], None]:
    def emit_execution_status_event(execution: Record) -> None:
        emit(execution)
        now, dimensions = time.time(), {"StateMachineArn": execution["stateMachineArn"]}
        status = execution["status"]
        if status in _ENDED:
            store("AWS/States", _ENDED[status], dimensions, now, "Count", [1.0])
        if status != "RUNNING" and execution.get("stopDate"):
            store("AWS/States", "ExecutionTime", dimensions, now, "Milliseconds", [_milliseconds(execution)])

    return emit_execution_status_event


def _published(fanout: Callable[..., None]) -> Callable[..., None]:
    def counting(topic_arn: str, *rest: Json, **more: Json) -> None:
        store(
            "AWS/SNS",
            "NumberOfMessagesPublished",
            {"TopicName": topic_arn.rsplit(":", 1)[-1]},
            time.time(),
            "Count",
            [1.0],
        )
        fanout(topic_arn, *rest, **more)

    return counting


def install() -> None:
    """Close the gap in this process and start the thread that looks at the queues."""
    _seams.replace("services.stepfunctions._emit_execution_status_event", _counting)
    _seams.replace("services.sns._fanout", _published)
    threading.Thread(target=_look_for_ever, name="queue-depths", daemon=True).start()
