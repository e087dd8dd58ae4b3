"""The documents that an access file may rule over, by their pointers: a message for each, for those that can wait.

A document that was never indexed has no pointer, and finds the access file by itself when it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Final

from common import aws
from common.errors import ServiceUnavailable
from common.objects import Bucket
from knowledge.indexing import pointers
from knowledge.indexing.messages import Message
from knowledge.rights import files

PORTION: Final = 2_000
"""Messages that one turn sends: a thousand documents more are a message more."""
AT_A_TIME: Final = 10
"""Of SendMessageBatch."""


def document_of(path: str) -> str:
    """The one document that ``<key>.access.json`` names; empty for a folder's file, and for a file without a key."""
    return "" if path.rpartition("/")[2] in (files.FOLDER_FILE, files.SUFFIX) else path.removesuffix(files.SUFFIX)


def send(bucket: Bucket, queue: str, message: Message) -> str:
    """Sends a message for each of the next PORTION documents below ``message.access``, behind ``message.after``; the
    last one's pointer, empty where there is none left.

    Raises StorageUnavailable, ServiceUnavailable: what was sent already is sent again then.
    """
    found = list(islice(_pointers(bucket, message.access, message.after), PORTION))
    for start in range(0, len(found), AT_A_TIME):
        portion = found[start : start + AT_A_TIME]
        _send(queue, (Message(document=pointers.key_of(each), since=message.since) for each in portion))
    return found[-1] if len(found) == PORTION else ""


def _pointers(bucket: Bucket, path: str, after: str) -> Iterator[str]:
    for folder in _folders(path):
        prefix = f"{pointers.PREFIX}{folder}"
        if after < prefix or after.startswith(prefix):
            yield from bucket.keys(prefix, after=after if after.startswith(prefix) else "")


def _folders(path: str) -> list[str]:
    """In the order of their keys."""
    if document := document_of(path):
        return [f"{document}.{kind}/" for kind in files.BESIDE]
    folder, _, name = path.rpartition("/")
    return [f"{folder}/" if folder else ""] if name == files.FOLDER_FILE else []


def _send(queue: str, messages: Iterable[Message]) -> None:
    entries = [{"Id": str(number), "MessageBody": message.body()} for number, message in enumerate(messages)]
    with aws.patient("SQS"):
        answer = aws.client("sqs").send_message_batch(QueueUrl=queue, Entries=entries)
    if answer.get("Failed"):
        raise ServiceUnavailable(f"SQS did not take {len(answer['Failed'])} of {len(entries)} messages.")
