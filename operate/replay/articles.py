"""The messages of published articles again, with another voice or engine, under the versions that they have.

A replay names the message that it stands for (``replays``), and Plan takes it only where that one is published: so it
never wins against an edit, needs no version of the publisher's numbers, and comes to the same however often it is sent.
"""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import unquote

from operate import amounts
from operate import asking as terminal
from operate.clients import Target
from operate.cost import prices as list_prices
from operate.errors import OperateError
from operate.replay import asking
from operate.replay.kept import READERS, json_of

MOST_MESSAGE = 262_144
"""Bytes that SNS takes."""

ASKED_AT_ONCE = 3
"""Calls of NarrationPlan at a time, which share the account's functions with what is published meanwhile: a new account
runs ten."""


@dataclass(frozen=True)
class Wish:
    """``articles``: ids; none for all published ones. ``voice``, ``engine``: empty for the message's own."""

    articles: tuple[str, ...]
    voice: str = ""
    engine: str = ""
    yes: bool = False
    seconds: float = 600


@dataclass(frozen=True)
class Replay:
    """One article's message; ``price`` is what Plan says of it (``narration.admission.estimates``)."""

    article: str
    body: str
    price: dict[str, Any]

    @property
    def key(self) -> str:
        from common.executions import digest
        from narration.publishing import keys

        return keys.message(digest(self.body.encode()))


WORKED = ("published", "overtaken")
"""An edit that came meanwhile is what the publisher wants."""


def command(target: Target, wish: Wish, ask: terminal.Ask = terminal.terminal) -> Iterator[str]:
    """Lines for a person, who is asked by ``ask``. Raises OperateError where an article is not published, Unfinished
    where one cannot be sent, is refused, or is not published in time."""
    s3, bucket = target.client("s3"), target.output("AudioBucketName", "narration is not deployed there")
    pointers = dict(_published(s3, bucket, wish.articles))
    messages = _messages(s3, bucket, pointers, wish)
    with ThreadPoolExecutor(ASKED_AT_ONCE) as pool:
        priced = list(pool.map(partial(_priced, target.client("lambda"), _plan(target)), messages.items()))
    sendable = [one for one in priced if isinstance(one, Replay)]
    replays = [one for one in sendable if not one.price.get("same")]
    yield from (one for one in priced if isinstance(one, str))
    unsent = len(priced) - len(sendable)
    alike = len(pointers) - len(messages) + len(sendable) - len(replays)
    yield f"{len(pointers)} published, {alike} of them speak so already, {len(replays)} to send"
    if not replays:
        if unsent:
            yield from asking.result(Counter(), 0, WORKED, unsent)
        return
    yield from _bill(target, replays)
    if not asking.agreed("Send them?", yes=wish.yes, ask=ask):
        yield "nothing was sent"
        return
    topic, sns = target.output("ArticlesTopicArn", "narration is not deployed there"), target.client("sns")
    for one in replays:
        sns.publish(TopicArn=topic, Message=one.body)
    yield f"{len(replays)} sent"
    end = partial(_end, s3, bucket, {one.article: one.key for one in replays}, pointers)
    ends, left = yield from asking.progress([one.article for one in replays], end, wish.seconds)
    yield from asking.result(ends, left, WORKED, unsent)


def _published(s3: Any, bucket: str, wanted: Iterable[str]) -> Iterator[tuple[str, dict[str, Any]]]:
    from narration.publishing import keys

    named = list(dict.fromkeys(wanted))
    found = named or list(_articles(s3, bucket))
    with ThreadPoolExecutor(READERS) as pool:
        pointers = pool.map(lambda one: json_of(s3, bucket, keys.pointer(one)), found)
        for article, pointer in zip(found, pointers, strict=True):
            if pointer is not None and pointer["status"] == "published":
                yield article, pointer
            elif named:
                raise OperateError(f"The article {article!r} is not published there.")


def _articles(s3: Any, bucket: str) -> Iterator[str]:
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix="articles/", Delimiter="/")
    for page in pages:
        for folder in page.get("CommonPrefixes", ()):
            yield unquote(folder["Prefix"].split("/")[1])


def _messages(s3: Any, bucket: str, pointers: dict[str, dict[str, Any]], wish: Wish) -> dict[str, str]:
    """The message to send, by article; none for one whose published message asks for the same already."""
    asked = {name: value for name, value in (("voice", wish.voice), ("engine", wish.engine)) if value}
    found = {}
    for article, pointer in pointers.items():
        message = json_of(s3, bucket, pointer["message"])
        if message is None:
            raise OperateError(f"The message of {article!r} ({pointer['message']}) is gone; publish it again instead.")
        if asked and all(message.get(name) == value for name, value in asked.items()):
            continue
        again = {**message, **asked, "priority": "low", "replays": pointer["message"]}
        if wish.voice and not wish.engine:
            again.pop("engine", None)  # that of the other voice, which may not have it
        found[article] = json.dumps(again, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return found


def _plan(target: Target) -> str:
    return target.output("NarrationPlanName", "narration is not deployed there, or by an older release")


def _priced(functions: Any, plan: str, item: tuple[str, str]) -> Replay | str:
    """What it bills, or a sentence why it cannot be sent."""
    article, body = item
    if len(body.encode()) > MOST_MESSAGE:
        return f"{article} cannot be sent: with the voice its message is longer than SNS takes"
    answer = functions.invoke(FunctionName=plan, Payload=json.dumps({"estimate": body}).encode())
    price = json.loads(answer["Payload"].read())
    if "FunctionError" in answer:
        return f"{article} cannot be sent: {price.get('errorType')}: {price.get('errorMessage')}"
    if "refused" in price:
        return f"{article} cannot be sent: {price['refused']}: {price['sentence']}"
    return Replay(article, body, price)


def _bill(target: Target, replays: list[Replay]) -> Iterator[str]:
    from operate.spending import accounts

    prices, total, prices_of = list_prices.polly(), 0.0, list_prices.as_of("polly_usd_per_million_characters")
    for engine in sorted({one.price["engine"] for one in replays}):
        own = [one.price for one in replays if one.price["engine"] == engine]
        characters, requested = (sum(price[name] for price in own) for name in ("characters", "requested"))
        usd = characters * prices[engine] / 1e6
        total += usd
        kept = requested - characters
        spoken = amounts.of(characters, "character")
        yield f"{engine}: {spoken} to be spoken, {kept:,} kept: {amounts.dollars(usd)}"
    for one in replays:
        if one.price["fallback"]:
            yield f"{one.article} would be read by {one.price['voice']}: {one.price['fallback']}"
    yield f"together {amounts.dollars(total)}, by operate/prices.toml ({prices_of}, unchecked); today's account:"
    yield from (line for line in accounts.show(target, time.time) if line.startswith("narration "))


def _end(s3: Any, bucket: str, sent: dict[str, str], before: dict[str, dict[str, Any]], article: str) -> str | None:
    """``published``, ``overtaken`` by an edit, ``refused``, or None while it is on its way."""
    from narration.publishing import keys

    now = json_of(s3, bucket, keys.pointer(article))
    if now is not None and now["message"] == sent[article]:
        return "published"
    if now is None or now["message"] != before[article]["message"]:
        return "overtaken"
    rejected = "rejected/" + sent[article].rpartition("/")[2]
    return "refused" if json_of(s3, bucket, rejected) is not None else None
