"""Documents sent to the index's lane of what can wait: those that it lacks, those that are gone, or all of them.

A message names a document, and its worker reads what is to be done. So a message too many costs a look, and sending
all of them again is harmless; what was embedded once is kept by its content, and is not paid for again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from operate import amounts
from operate.clients import Target
from operate.cost import prices
from operate.errors import OperateError
from operate.replay import asking
from operate.spending import accounts

if TYPE_CHECKING:
    from common.objects import Bucket

INSTEAD = "deploy it with UseKnowledge=true"
READERS = 16
AT_A_TIME = 10
"""Messages of one request (SQS API reference, SendMessageBatch)."""
CHARACTERS_PER_TOKEN = 4
"""Of English; other scripts have fewer (``services.bedrock``)."""


@dataclass(frozen=True)
class Wish:
    """``documents``: keys in the inbox; else all below ``prefix``. ``check``: their vectors are looked at, too."""

    documents: tuple[str, ...]
    prefix: str = ""
    check: bool = False
    yes: bool = False


@dataclass(frozen=True)
class Looked:
    """``state``: lacking, gone, or there. ``characters``: to embed. ``elsewhere``: it lacks because its vectors were in
    another index, which is gone."""

    key: str
    state: str
    characters: int = 0
    elsewhere: bool = False


def command(target: Target, wish: Wish) -> Iterator[str]:
    """Lines for a person. Raises OperateError where there is no such document, or where SQS does not take a message."""
    from common.objects import Bucket

    s3 = target.client("s3")
    summaries = Bucket(target.output("SummariesBucketName", INSTEAD), s3)
    knowledge = Bucket(target.output("KnowledgeBucketName", INSTEAD), s3)
    index = target.output("VectorIndexArn", INSTEAD)
    keys = list(dict.fromkeys(wish.documents)) or _known(summaries, knowledge, wish.prefix)
    if not keys:
        raise OperateError(f"No document below {wish.prefix!r} was read yet or is in the index; nothing is to be sent.")
    with ThreadPoolExecutor(READERS) as pool:
        looked = list(pool.map(partial(_look, summaries, knowledge, index), keys))
    _refuse_unknown(looked, wish)
    lacking, gone = ([one for one in looked if one.state == state] for state in ("lacking", "gone"))
    yield from _told(looked, lacking, gone)
    yield "today's accounts:"
    yield from (line for line in accounts.show(target) if line.startswith("knowledge "))
    if not asking.agreed(f"Send {amounts.of(len(keys), 'document')} to the index?", yes=wish.yes):
        yield "nothing was sent"
        return
    send(target.client("sqs"), target.output("IndexNextQueueUrl", INSTEAD), keys, check=wish.check)
    yield f"{len(keys)} sent to the lane of what can wait; python -m operate why KEY{target.place()} looks at one"


def _known(summaries: Bucket, knowledge: Bucket, prefix: str) -> list[str]:
    """Documents with a summary or with a pointer: one that is gone may have left vectors."""
    from knowledge.indexing import pointers

    read = (key.removeprefix("summaries/").removesuffix(".json") for key in summaries.keys(f"summaries/{prefix}"))
    indexed = (pointers.key_of(key) for key in knowledge.keys(f"{pointers.PREFIX}{prefix}"))
    return list(dict.fromkeys([*read, *indexed]))


def _look(summaries: Bucket, knowledge: Bucket, index: str, key: str) -> Looked:
    from knowledge.indexing import pointers
    from knowledge.passages import sources

    pointer = pointers.read(knowledge, key)
    read = sources.read(summaries, key)
    if read is None:
        return Looked(key, "gone" if pointer else "unknown")
    wanted = None if read.unread else read.document.version
    is_there = pointer is not None and pointer.version == wanted
    elsewhere = pointer is not None and is_there and pointer.index != index
    if wanted is None or (is_there and not elsewhere):
        return Looked(key, "there" if wanted else "unread")
    return Looked(key, "lacking", sum(len(line) + 1 for _, lines in read.pages for line in lines), elsewhere)


def _refuse_unknown(looked: Sequence[Looked], wish: Wish) -> None:
    unknown = [one.key for one in looked if one.state == "unknown"]
    if wish.documents and unknown:
        raise OperateError(
            f"{unknown[0]!r} has no summary and is not in the index; name keys as aws s3 ls shows them in the inbox, "
            "and see rejected/ in the bucket of summaries. Nothing was sent."
        )


def _told(looked: Sequence[Looked], lacking: Sequence[Looked], gone: Sequence[Looked]) -> Iterator[str]:
    unread = sum(one.state == "unread" for one in looked)
    yield (
        f"{amounts.of(len(looked), 'document')}: {len(lacking)} to be indexed, {len(gone)} gone, "
        f"{len(looked) - len(lacking) - len(gone) - unread} there, {unread} without a text"
    )
    elsewhere = sum(one.elsewhere for one in lacking)
    if elsewhere:
        yield f"{elsewhere} of these were in an index that is gone (another KmsKeyArn); nothing finds them until then"
    tokens = sum(one.characters for one in lacking) / CHARACTERS_PER_TOKEN
    usd = tokens / 1e6 * prices.table("monitoring_usd")["titan_v2_million_tokens"]
    yield f"prices are those of operate/prices.toml ({prices.as_of('monitoring_usd')}), not compared with AWS"
    yield f"embeddings: about {amounts.of(tokens, 'token')}, {amounts.dollars(usd)}, less what was embedded before"


def send(sqs: Any, queue: str, keys: Sequence[str], *, check: bool = False) -> None:
    """A message for each document. ``queue``: the URL of a lane. Raises OperateError where SQS does not take one."""
    from knowledge.indexing.messages import Message

    for start in range(0, len(keys), AT_A_TIME):
        entries: list[dict[str, Any]] = [
            {"Id": str(number), "MessageBody": Message(document=key, check=check).body()}
            for number, key in enumerate(keys[start : start + AT_A_TIME])
        ]
        answer = sqs.send_message_batch(QueueUrl=queue, Entries=entries)
        if answer.get("Failed"):
            raise OperateError(
                f"SQS did not take {len(answer['Failed'])} messages behind {start:,} of {len(keys):,}; run it once "
                "more: what was sent already costs a look."
            )
