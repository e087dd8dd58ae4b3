"""IAM: a batch of messages asks for the right of one message.

AWS: SendMessageBatch is allowed by sqs:SendMessage, the batches of DeleteMessage and ChangeMessageVisibility by those;
PublishBatch by sns:Publish (SQS developer guide, "Amazon SQS API permissions"; service authorization reference, SNS).
MiniStack: asks for an action of the operation's name, which no policy can grant on AWS.
"""

from __future__ import annotations

from collections.abc import Callable

from local.gaps import _seams
from local.gaps._types import Record

LEANS_ON = {
    "core.iam_actions.extract_iam_action": "(service, method, path, headers, body, query_params)",
}

ACTIONS = {
    "sqs:SendMessageBatch": "sqs:SendMessage",
    "sqs:DeleteMessageBatch": "sqs:DeleteMessage",
    "sqs:ChangeMessageVisibilityBatch": "sqs:ChangeMessageVisibility",
    "sns:PublishBatch": "sns:Publish",
}


def _of_one(extract: Callable[..., str | None]) -> Callable[..., str | None]:
    def extract_iam_action(
        service: str, method: str, path: str, headers: Record, body: bytes, query_params: Record
    ) -> str | None:
        action = extract(service, method, path, headers, body, query_params)
        return action if action is None else ACTIONS.get(action, action)

    return extract_iam_action


def install() -> None:
    """Close the gap in this process."""
    _seams.replace("core.iam_actions.extract_iam_action", _of_one)
