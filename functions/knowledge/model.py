"""What the stages of this pipeline hand each other: access, passages, hits, sentences. Plain data."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Final

SCHEMA = 1
EVENT_SOURCE = "millrace.knowledge"

SPENDING: Final = "knowledge"
MODEL_CALLS: Final = "ask-calls"
EMBEDDED: Final = "embedded-tokens"
"""The pipeline and the kinds of its day's accounts (``common.spending``): names of kinds are unique in a stack."""

MOST_QUESTION: Final = 1_000
"""Characters of a question or of a search."""
LEAST_PASSAGE, MOST_PASSAGE = 400, 600
"""Characters of a passage; one that ends its page may be shorter."""
EMBEDDING_MODEL: Final = "amazon.titan-embed-text-v2:0"
"""EMBEDDING_MODEL of the template's functions is this one. Vectors of two models cannot be compared, so it is part of a
document's version (``passages.versions``)."""
DIMENSIONS: Final = 512
"""Of an embedding: Titan version 2 takes 256, 512 or 1,024 (Bedrock user guide, "Amazon Titan Text Embeddings")."""


@dataclass(frozen=True, slots=True)
class Access:
    """Who may read. Names are compared exactly: ``sale`` is not ``sales``. Who is denied reads nothing, even where
    everyone may. ``users``: a token's ``sub``, or the ARN of who signs; ``groups``: of the token.
    """

    users: frozenset[str] = frozenset()
    groups: frozenset[str] = frozenset()
    everyone: bool = False
    denied_users: frozenset[str] = frozenset()
    denied_groups: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Reader:
    """Who asks: ``name`` and ``groups`` of ``common.doors.identity.Identity``, ``id`` its hash."""

    id: str
    name: str
    groups: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Document:
    """One version of a document, as it is found in the summaries bucket. ``key``: in the inbox.

    ``version``: 16 hex of what it holds (``passages.versions``). ``sequencer``: S3's, of the upload. ``date``: days
    since the epoch of the day that it is about or was uploaded; ``language``: ISO 639-1, or empty.
    """

    key: str
    version: str
    sequencer: str
    type: str = ""
    date: int = 0
    language: str = ""


@dataclass(frozen=True, slots=True)
class Passage:
    """A piece of one page. ``n`` counts from 0 over the document; ``first`` and ``last`` are lines of
    text/<key>.json.gz, over the document; ``refs``: numbers, codes and rare names, folded (``passages.references``).
    """

    page: int
    n: int
    text: str
    first: int
    last: int
    refs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage that was found and may be read. ``score``: 0 to 1, the higher the nearer. ``exact``: by a reference.

    ``sequencer``: S3's, of the upload that the version is of.

    ``base``: the id of the Bedrock knowledge base that it is of (``retrieval.bases``); then it has no key and no page,
    ``version`` is a hash of what it says, and ``kind`` and ``location`` are where the base has it from. Empty: ours.
    """

    key: str
    version: str
    page: int
    n: int
    text: str
    first: int
    last: int
    score: float
    exact: bool = False
    type: str = ""
    date: int = 0
    language: str = ""
    sequencer: str = ""
    base: str = ""
    kind: str = ""
    location: str = ""


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of a model's answer. ``cited``: places in the list of passages that it was shown, from 0."""

    text: str
    cited: tuple[int, ...]


def plain(data: Any) -> dict[str, Any]:
    """A dataclass of this module as JSON takes it, but for Access (``rights.files``)."""
    return asdict(data)


def hit_of(found: dict[str, Any]) -> Hit:
    """A hit as ``plain`` wrote it."""
    return Hit(**found)
