"""SQS and SNS: a message under a KMS key is sent and received by those who may use the key.

AWS: SendMessage and Publish need kms:GenerateDataKey and kms:Decrypt on the key of the queue or topic, ReceiveMessage
kms:Decrypt, else KmsAccessDenied, KmsDisabled, KmsInvalidState or KmsNotFound (botocore: SendMessage, Publish; SQS and
SNS Developer Guides, "Key management"). What services put into a queue is asked of the key's policy in ``_authority``.
MiniStack: keeps the attribute and asks nobody.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from ministack.services import sns, sqs

from local.gaps import _authority, _doors, _keys, _seams
from local.gaps._doors import RefusedError
from local.gaps._types import Answer, Json, Record

LEANS_ON = {
    **_authority.LEANS_ON,
    "services.sns._error": "(code, message, status)",
    "services.sns._p": "(params, key, default='')",
    "services.sns._publish": "(params)",
    "services.sns._publish_batch": "(params)",
    "services.sqs._Err": "class",
    "services.sqs._dispatch": "(action, data, qurl)",
    "services.sqs._get_q": "(url, action=None)",
}

_QUEUE_ACTIONS = {
    "SendMessage": "sqs:SendMessage",
    "SendMessageBatch": "sqs:SendMessage",
    "ReceiveMessage": "sqs:ReceiveMessage",
}
_SQS = {"denied": "KmsAccessDenied", "disabled": "KmsDisabled", "state": "KmsInvalidState", "missing": "KmsNotFound"}
_SNS = {"denied": "KMSAccessDenied", "disabled": "KMSDisabled", "state": "KMSInvalidState", "missing": "KMSNotFound"}


def _refused(action: str, resource: str) -> _keys.Refusal | None:
    caller = _authority.caller_key()
    return None if caller is None else _authority.keys_refuse(caller, _keys.uses(action, resource))


def _queueing(dispatch: Callable[..., Awaitable[Record]]) -> Callable[..., Awaitable[Record]]:
    async def checked(action: str, data: Record, qurl: str) -> Record:
        needed = _QUEUE_ACTIONS.get(action)
        refusal = _refused(needed, _arn(qurl)) if needed else None
        if refusal is not None:
            raise sqs._Err(_SQS[refusal.kind], refusal.message, 400)
        return await dispatch(action, data, qurl)

    return checked


def _arn(url: str) -> str:
    """Of the queue; of one that is not there an ARN that has no key, and MiniStack says so."""
    try:
        return str(sqs._get_q(url)["attributes"]["QueueArn"])
    except sqs._Err:
        return "arn:aws:sqs:::"


def _publishing(params: Record) -> None:
    topic = sns._p(params, "TopicArn") or sns._p(params, "TargetArn")
    refusal = _refused("sns:Publish", topic) if str(topic).startswith("arn:") else None
    if refusal is not None:
        raise RefusedError(_SNS[refusal.kind], refusal.message)


def _says(code: str, message: str, status: int) -> Answer:
    answer: Json = sns._error(code, message, status)
    return tuple(answer)


def install() -> None:
    """Close the gap in this process."""
    _seams.replace("services.sqs._dispatch", _queueing)
    _seams.replace("services.sns._publish", _doors.at_call(_publishing, _says))
    _seams.replace("services.sns._publish_batch", _doors.at_call(_publishing, _says))
