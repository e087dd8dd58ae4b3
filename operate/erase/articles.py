"""All that is left of a withdrawn article's text and speech -> gone, old versions of objects included.

A withdrawal takes away what listeners can reach. The messages, the plans, and the fragments of speech stay: a fragment
may be spoken again, and paid for, if the article comes back. This takes them away, but for fragments that another
article's plan names, and for ``latest.json``: this tombstone keeps late versions away.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Set
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from narration.publishing import keys
from narration.reading.body_object import BODIES
from operate import amounts
from operate.clients import Target
from operate.erase import waiting
from operate.erase.erasure import Erasure, Tally
from operate.erase.names import named
from operate.erase.running import running
from operate.erase.versions import Version, Versions, is_past
from operate.errors import OperateError

QUEUES = ("ArticlesQueue", "NarrationDeadLetters", "NarrationFailedQueue")
"""Where messages of articles, and failures of their executions, wait. The lanes' messages hold no text and no id."""


@dataclass
class Found:
    """What belongs to the article: keys of its messages, plans and fragments."""

    messages: set[str] = field(default_factory=set)
    plans: set[str] = field(default_factory=set)
    fragments: set[str] = field(default_factory=set)
    kept: set[str] = field(default_factory=set)
    """Fragments that another article names too."""
    elsewhere: set[str] = field(default_factory=set)
    """Bodies in other buckets, which are the publisher's, or of other articles too."""
    feeds: set[str] = field(default_factory=set)
    """Of the sections that it was ever in."""
    beside: set[str] = field(default_factory=set)
    """What names it and holds no text: sounds that it used, the version that is wanted, where it was listed."""
    waits: set[str] = field(default_factory=set)
    """Messages that were neither planned nor refused."""


def plan(target: Target, article: str) -> Erasure:
    """Raises OperateError where the article is not withdrawn, or is not known."""
    bucket = target.output("AudioBucketName", "narration is not deployed there")
    versions = Versions(target.client("s3"), bucket)
    found = find(versions, article)
    _check_withdrawn(versions, article, found)
    messages = amounts.of(len(found.messages), "message, body or refusal", "messages, bodies and refusals")
    plans, fragments = amounts.of(len(found.plans), "plan"), amounts.of(len(found.fragments), "fragment")
    lines = [f"{messages}, {plans}, {fragments} of speech"]
    lines.append(
        f"the old versions of everything below {keys.article(article)}, and of {amounts.of(len(found.feeds), 'feed')}"
    )
    lines.append(f"{amounts.of(len(found.beside), 'note')} about it; messages about it in {', '.join(QUEUES)}")
    stays = (
        [f"{amounts.of(len(found.kept), 'fragment stays', 'fragments stay')}, since other articles use them"]
        if found.kept
        else []
    )
    stays += [
        f"not touched, since it is in a bucket of yours, or of others too: {place}" for place in sorted(found.elsewhere)
    ]
    stays += [
        f"{keys.pointer(article)} and its withdrawals stay: they keep late versions away, and hold no text",
        "executions stay in Step Functions for 90 days, log lines as long as the log group keeps them: they hold ids",
        "what a CDN, a player or a reader has fetched already is not reached",
        "messages that somebody holds just now are not seen: run it again in a quarter of an hour",
        "what you have replicated or backed up elsewhere is not reached",
    ]
    return Erasure(lines, stays, lambda tally: _erase(target, versions, article, found, tally))


def _erase(target: Target, versions: Versions, article: str, found: Found, tally: Tally) -> None:
    resources = target.resources()
    queues = [(name, resources[name]) for name in QUEUES if name in resources]
    works = _executions(target, resources.get("NarrateArticle", ""), found)
    # Queues first, since a message becomes an object. Plans and listings last: they say what belongs to the article,
    # should this be stopped.
    waiting.delete(target.client("sqs"), queues, lambda body: is_about(body, article, found.messages), tally)
    speech = [
        key(name)
        for name in found.fragments
        for key in (keys.fragment_audio, keys.fragment_sidecar, keys.fragment_marks)
    ]
    versions.delete_keys(speech, tally)
    versions.delete_keys(found.messages, tally)
    versions.delete_below(keys.article(article), tally, is_past)
    for feed in sorted(found.feeds):
        versions.delete_below(feed, tally, lambda one, feed=feed: one.key == feed and is_past(one))  # type: ignore[misc]
    for execution in works:
        tally.fail(f"{execution} still works on it, and may write until it has ended; run this again then, or stop it")
    if not tally.failed:
        versions.delete_keys(found.plans, tally)
        versions.delete_keys(found.beside, tally)


def is_about(body: str, article: str, messages: Set[str]) -> bool:
    """Whether a waiting message is the article's, or about it. A publisher may put members of its own into a message,
    such as the ids of related articles: of an article's message its own id alone counts."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return False
    if isinstance(found, dict) and found.get("Type") == "Notification" and isinstance(found.get("Message"), str):
        return is_about(found["Message"], article, messages)
    if isinstance(found, dict) and isinstance(found.get("id"), str) and "detail" not in found:
        return bool(found["id"] == article)
    return named(found, {"article": {article}, "message": messages})


def _executions(target: Target, machine: str, found: Found) -> list[str]:
    """Executions that still run on its messages: one waits for speech for thirteen days at most."""
    return running(target.client("stepfunctions"), machine, found.messages) if machine else []


def find(versions: Versions, article: str) -> Found:
    """Reads every plan and message of the bucket once, old versions too."""
    found = Found()
    named: set[str] = set()
    of_others: set[str] = set()
    for version, document in _documents(versions, "plans/"):
        if version.key.startswith("plans/wanted/"):
            continue
        fragments = {one["hash"] for one in document.get("fragments", ())}
        if document.get("article") == article:
            found.plans.add(version.key)
            named |= fragments
            found.messages |= {key for key in (document.get("message"),) if key}
        elif version.is_latest:
            of_others |= fragments
    planned = set(found.messages)
    found.kept, found.fragments = named & of_others, named - of_others
    found.messages = set()
    _messages(versions, article, planned, found)
    _beside(versions, article, found)
    return found


def _messages(versions: Versions, article: str, planned: set[str], found: Found) -> None:
    refused = {one.key for one in versions.below("rejected/")}
    bodies: set[str] = set()
    of_others: set[str] = set()
    for version, document in _documents(versions, "inbox/"):
        body = str(document.get("body_s3") or "")
        if document.get("id") != article:
            of_others |= {body, f"s3://{versions.bucket}/{version.key}"}
            continue
        if document.get("status") == "withdrawn":
            continue
        bodies |= {body} if body else set()
        refusal = keys.rejected(version.key.rpartition("/")[2].removesuffix(".json"))
        found.messages |= {version.key, refusal}
        if version.key not in planned and refusal not in refused:
            found.waits.add(version.key)
    # A message may name anything: what is no body, or another article's too, is not its to take away.
    home = f"s3://{versions.bucket}/"
    for body in bodies:
        is_ours = body.startswith(home + BODIES) and body not in of_others
        if is_ours and body.removeprefix(home) not in found.messages:
            found.messages.add(body.removeprefix(home))
        elif not is_ours:
            found.elsewhere.add(body)


def _beside(versions: Versions, article: str, found: Found) -> None:
    listing, encoded = keys.listing(article), quote(article, safe="")
    for version, body in versions.read_all(versions.of([listing])):
        found.beside.add(version.key)
        found.feeds |= {keys.feed(section) for section in json.loads(body)["sections"]}
    found.beside |= {one.key for one in versions.of([keys.wanted(article)])}
    found.beside |= {one.key for one in versions.below("uses/") if one.key.rpartition("/")[2] == encoded}
    found.beside |= {one.key for one in versions.below("listings/sections/") if one.key.split("/")[-2] == encoded}


def _documents(versions: Versions, prefix: str) -> Iterator[tuple[Version, dict[str, Any]]]:
    """Every JSON object below ``prefix``; what is none belongs to nobody here."""
    wanted = (one for one in versions.below(prefix) if one.key.endswith(".json"))
    for version, body in versions.read_all(wanted):
        try:
            document = json.loads(body)
        except ValueError:
            continue  # a message that was refused as no JSON
        if isinstance(document, dict):
            yield version, document


def _check_withdrawn(versions: Versions, article: str, found: Found) -> None:
    current = [one for one in versions.of([keys.pointer(article)]) if one.is_latest and not one.is_marker]
    body = versions.read(current[0]) if current else None
    if body is None:
        if found.plans or found.waits:
            raise OperateError(
                f"The article {article!r} is being narrated, or failed; withdraw it first (docs/operations.md)."
            )
        if not (found.messages or found.beside):
            raise OperateError(f"No article {article!r} was ever published or withdrawn in {versions.bucket}.")
    elif json.loads(body)["status"] != "withdrawn":
        raise OperateError(f"The article {article!r} is published; withdraw it first (docs/operations.md).")
