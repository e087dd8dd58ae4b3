"""Messages that wait in queues and name what is erased: deleted; all others are put back at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from operate.erase.erasure import Tally

HOLD_SECONDS = 120
"""For which a message is out of sight while the queue is looked through."""
MOST_LOOKED_AT = 100_000


def delete(sqs: Any, queues: Iterable[tuple[str, str]], names_it: Callable[[str], bool], tally: Tally) -> None:
    """``queues``: name and URL. Each look is a receive: it brings a message one step nearer to its dead letters."""
    for name, url in queues:
        others: list[str] = []
        seen = 0
        while seen < MOST_LOOKED_AT and (found := _received(sqs, url)):
            seen += len(found)
            for message in found:
                if names_it(message["Body"]):
                    sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
                    tally.count(f"messages in {name}")
                else:
                    others.append(message["ReceiptHandle"])
        for receipt in others:
            put_back(sqs, url, receipt)
        if seen >= MOST_LOOKED_AT:
            tally.fail(f"{name}: only {MOST_LOOKED_AT:,} messages were looked at; run the command again")


def put_back(sqs: Any, url: str, receipt: str) -> None:
    """A message whose time is over is back already."""
    from botocore.exceptions import ClientError

    try:
        sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=receipt, VisibilityTimeout=0)
    except ClientError as error:
        if error.response["Error"]["Code"].rpartition(".")[2] not in {"MessageNotInflight", "ReceiptHandleIsInvalid"}:
            raise


def _received(sqs: Any, url: str) -> list[dict[str, Any]]:
    """Up to ten, with a wait: without one SQS asks only some of its servers."""
    answer = sqs.receive_message(
        QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=1, VisibilityTimeout=HOLD_SECONDS
    )
    return list(answer.get("Messages", []))
