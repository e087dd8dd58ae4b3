"""A batch of an SQS queue, message by message: one that fails comes back alone (ReportBatchItemFailures)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from common import aws
from common.observability import logger

if TYPE_CHECKING:
    from botocore.exceptions import ClientError

Record = dict[str, Any]

NOT_HELD = frozenset({"MessageNotInflight", "ReceiptHandleIsInvalid"})
"""What SQS says of a message that is not held by who asks (API reference, ChangeMessageVisibility, "Errors")."""


def each(event: dict[str, Any], work: Callable[[Record], object]) -> dict[str, Any]:
    """Calls ``work`` with each message; ``{"batchItemFailures": [...]}`` out.

    A message comes back where ``work`` raises, or returns False after it has said why. What it raises is logged and
    held against this message alone: the others of the batch are done with (Lambda developer guide, "Handling errors for
    an SQS event source in Lambda").
    """
    failed = [record["messageId"] for record in event["Records"] if not _is_done(record, work)]
    return {"batchItemFailures": [{"itemIdentifier": message} for message in failed]}


def _is_done(record: Record, work: Callable[[Record], object]) -> bool:
    try:
        return work(record) is not False
    except Exception:  # noqa: BLE001 - one message's trouble is not the others'; the queue's dead letters keep it
        logger().exception("message failed", extra={"message_id": record["messageId"]})
        return False


def hold(queue_url: str, receipt: str, seconds: int) -> None:
    """Hides a message for so long from now on, instead of the queue's own time.

    One that is nobody's any more, or came by hand, is left as it is. Raises botocore's ClientError for anything else
    that SQS refuses.
    """
    from botocore.exceptions import ClientError

    try:
        aws.client("sqs").change_message_visibility(
            QueueUrl=queue_url, ReceiptHandle=receipt, VisibilityTimeout=seconds
        )
    except ClientError as error:
        if not _says_not_held(error):
            raise
        logger().warning("message not held", extra={"error": aws.code_of(error)})


def _says_not_held(error: ClientError) -> bool:
    """Of a message that has ended or come back meanwhile SQS says InvalidParameterValue, and names the receipt; without
    that name the request itself is wrong."""
    code, said = aws.code_of(error).rpartition(".")[2], str(error.response.get("Error", {}).get("Message", ""))
    return code in NOT_HELD or (code == "InvalidParameterValue" and "ReceiptHandle" in said)
