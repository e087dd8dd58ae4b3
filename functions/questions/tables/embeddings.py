"""Texts as vectors by Titan. Those of a database's tables lie in one object, by hash: each is paid for once.

Whoever loses the race for the object has paid for what somebody else keeps; the next question reads that.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

from common.executions import digest
from common.objects import ABSENT, Bucket, encode
from common.spending import Purse
from questions.model import SCHEMA
from services.bedrock import Embedding, packed, unpacked

DIMENSIONS: Final = 256
"""A quarter of Titan's numbers keep some 97 % of its accuracy, and 2,000 tables then take 3 MB."""
PREFIX: Final = "schemas/"
MOST_NEW: Final = 500
"""Texts that one question pays for; the rest of a large database waits for the next ones."""
Vector = tuple[float, ...]


class Vectors(Protocol):
    """Texts as vectors of one length; a text may be missing."""

    def __call__(self, texts: Sequence[str], passing: Sequence[str] = ()) -> Mapping[str, Vector]: ...


class Embeds(Protocol):
    """``services.bedrock.Embedder``."""

    def embed(self, texts: Iterable[str], billed: Any) -> dict[str, Embedding | None]: ...


@dataclass(frozen=True, slots=True)
class Kept:
    """``model``: of the embedder, an id or an ARN. ``purse`` pays for each call."""

    embedder: Embeds
    model: str
    purse: Purse
    bucket: Bucket
    database: str

    def __call__(self, texts: Sequence[str], passing: Sequence[str] = ()) -> dict[str, Vector]:
        """``passing``: texts that are not kept, such as a question.

        Raises ServiceUnavailable, StorageUnavailable, CeilingReached, PipelinePaused, and Bedrock's own error.
        """
        stored = self.bucket.get(self.key)
        document = stored.json() if stored is not None else {}
        known: dict[str, str] = document.get("vectors", {}) if document.get("schema") == SCHEMA else {}
        hashes = {text: digest(text.encode("utf-8", "replace")) for text in texts}
        new = [text for text, name in hashes.items() if name not in known][:MOST_NEW]
        made = self._paid([*new, *passing])
        if kept := {hashes[text]: packed(made[text]) for text in new if text in made}:
            wanted = set(hashes.values())
            # What is gone from the catalogue goes here too.
            vectors = {name: value for name, value in known.items() if name in wanted} | kept
            etag = stored.etag if stored is not None else ABSENT
            self.bucket.put(self.key, encode({"schema": SCHEMA, "vectors": vectors}), if_match=etag)
        found = {text: unpacked(known[name]) for text, name in hashes.items() if name in known}
        return {**found, **made}

    @property
    def key(self) -> str:
        """One per model: vectors of two models have nothing in common."""
        return f"{PREFIX}{self.database}/embeddings/{digest(self.model.encode())[:16]}-{DIMENSIONS}.json"

    def _paid(self, texts: Sequence[str]) -> dict[str, Vector]:
        bill: list[int] = []
        if not texts:
            return {}
        answers = self.purse.spend(len(set(texts)), lambda: self.embedder.embed(texts, bill.append), lambda: len(bill))
        return {text: answer.vector for text, answer in answers.items() if answer is not None}
