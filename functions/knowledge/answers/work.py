"""What one step leaves in the knowledge bucket for those that follow, below ``steps/<id>/``; gone after a week.

``found.json``: the ask, its passages and the turns before it. ``completion.json``: what the model made of those that it
was shown, put once, so that it is paid for once. ``refusal.json``: why it was not asked, in words that no log may have.
No queue and no execution holds a passage.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from common import settings
from common.errors import ConcurrentUpdate
from common.objects import Bucket, encode
from knowledge.answers.asked import Ask
from knowledge.answers.completions import Completion
from knowledge.errors import WorkGone
from knowledge.model import SCHEMA, Hit, Sentence, hit_of, plain


@dataclass(frozen=True)
class Settings:
    knowledge_bucket: str


@dataclass(frozen=True, slots=True)
class Found:
    ask: Ask
    hits: list[Hit]
    turns: list[dict[str, Any]]
    without_base: bool = False


@dataclass(frozen=True, slots=True)
class Composed:
    """``hits``: as the model was shown them. ``before``: the documents of the earlier answers that it was shown, as
    hits without a text. ``without_base``: the knowledge base could not be asked."""

    completion: Completion
    hits: list[Hit]
    model: str
    before: list[Hit] = field(default_factory=list)
    without_base: bool = False


def bucket() -> Bucket:
    """The bucket of pointers, answers, and of the work between two steps."""
    return Bucket(settings.read(Settings).knowledge_bucket)


def place(ask: str) -> str:
    """Where the work on the ask with this id lies."""
    return f"steps/{ask}"


def keep_found(work: str, found: Found) -> None:
    document = {
        "ask": found.ask.plain(),
        "hits": [plain(hit) for hit in found.hits],
        "turns": list(found.turns),
        "without_base": found.without_base,
        "schema": SCHEMA,
    }
    bucket().put(f"{work}/found.json", encode(document))


def found(work: str) -> Found:
    """Raises WorkGone."""
    document = _load(f"{work}/found.json")
    if document is None:
        raise _lost(f"{work}/found.json")
    hits = [hit_of(hit) for hit in document["hits"]]
    return Found(Ask.of(document["ask"]), hits, document["turns"], bool(document.get("without_base")))


def keep_refusal(work: str, told: str) -> None:
    """The sentence of a refusal that names words of the question."""
    bucket().put(f"{work}/refusal.json", encode({"told": told, "schema": SCHEMA}))


def refusal(work: str) -> str | None:
    """Raises WorkGone."""
    document = _load(f"{work}/refusal.json")
    return None if document is None else str(document["told"])


def keep_composed(work: str, composed: Composed) -> None:
    """Where another worker has kept its own meanwhile, that one counts. Raises ConcurrentUpdate (try again)."""
    document = {
        "completion": plain(composed.completion),
        "hits": [plain(hit) for hit in composed.hits],
        "model": composed.model,
        "before": [plain(hit) for hit in composed.before],
        "without_base": composed.without_base,
        "schema": SCHEMA,
    }
    key = f"{work}/completion.json"
    if not bucket().put_if_absent(key, encode(document)) and _load(key) is None:
        raise ConcurrentUpdate(f"{key} is being written by another worker.")


def composed(work: str) -> Composed | None:
    """What the model made of it, None where it was not asked yet. Raises WorkGone."""
    document = _load(f"{work}/completion.json")
    if document is None:
        return None
    told = document["completion"]
    sentences = [Sentence(each["text"], tuple(each["cited"])) for each in told["sentences"]]
    return Composed(
        Completion(**{**told, "sentences": sentences}),
        [hit_of(hit) for hit in document["hits"]],
        document["model"],
        [hit_of(hit) for hit in document.get("before", ())],
        bool(document.get("without_base")),
    )


def made(work: str) -> Composed:
    """The same for who comes after it. Raises WorkGone."""
    found = composed(work)
    if found is None:
        raise _lost(f"{work}/completion.json")
    return found


def _load(key: str) -> dict[str, Any] | None:
    stored = bucket().get(key)
    if stored is None:
        return None
    document = dict(stored.json())
    if document.get("schema") != SCHEMA:
        raise WorkGone(f"{key} was written by another version of the code; redrive to make it anew.")
    return document


def _lost(key: str) -> WorkGone:
    return WorkGone(f"{key} is gone (it is kept for a week); redrive the execution to make it anew.")
