"""Passages as numbers by Titan: each different text is paid for once, also where its worker dies or runs again.

``embeddings/<model>/<hash of the text>.json`` is kept as soon as its call is answered, for as long as the bucket's rule
says. Two workers that embed the same text at the same time pay twice and keep the same.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Final, Protocol, TypeVar

from common.content.text_cuts import clean
from common.executions import digest
from common.objects import Bucket, encode
from common.observability import count
from common.spending import Purse
from knowledge.model import DIMENSIONS, SCHEMA
from services.bedrock import Embedding, packed, unpacked

T = TypeVar("T")
Data = Sequence[float]
"""Four bytes a number: those of a long document are in memory at the same time."""

AT_A_TIME: Final = 64
"""Texts between two looks at the clock."""
READERS, CALLERS = 16, 4
"""Objects that are read side by side; paid calls likewise."""


class Embeds(Protocol):
    """``services.bedrock.Embedder``."""

    def embed(self, texts: Iterable[str], billed: Callable[[int], None]) -> Mapping[str, Embedding | None]: ...


@dataclass(frozen=True, slots=True)
class Kept:
    """``model``: of the embedder, an id or an ARN. ``patiently`` calls again while a service asks to slow down, and
    ends the turn where that takes too long."""

    embedder: Embeds
    model: str
    purse: Purse
    bucket: Bucket
    patiently: Callable[[Callable[[], Embedding | None]], Embedding | None]

    def __call__(self, texts: Sequence[str]) -> Iterator[Data | None]:
        """A vector for each text, in their order; None for one that the model refuses or sees nothing in.

        Raises CeilingReached, PipelinePaused, StorageUnavailable, what ``patiently`` raises, and Bedrock's own error.
        """
        for start in range(0, len(texts), AT_A_TIME):
            portion = texts[start : start + AT_A_TIME]
            known = self._known(list(dict.fromkeys(portion)))
            yield from (known[text] for text in portion)

    def place(self, text: str) -> str:
        """One folder per model: vectors of two models have nothing in common."""
        return f"embeddings/{digest(self.model.encode())[:16]}-{DIMENSIONS}/{digest(clean(text).encode())}.json"

    def _known(self, texts: Sequence[str]) -> dict[str, Data | None]:
        with ThreadPoolExecutor(READERS) as pool:
            found: dict[str, Data | None] = dict(zip(texts, pool.map(self._kept, texts), strict=True))
        new = [text for text, data in found.items() if data is None]
        if new:
            with ThreadPoolExecutor(CALLERS) as pool:
                found |= zip(new, pool.map(self._made, new), strict=True)
        return found

    def _kept(self, text: str) -> Data | None:
        stored = self.bucket.get(self.place(text))
        document = stored.json() if stored else {}
        return array("f", unpacked(document["vector"])) if document.get("schema") == SCHEMA else None

    def _made(self, text: str) -> Data | None:
        made = self.patiently(lambda: self._paid(text))
        # A vector without a length is near to nothing; the index does not take it.
        if made is None or not any(made.vector):
            return None
        self.bucket.put(self.place(text), encode({"schema": SCHEMA, "vector": packed(made.vector)}))
        return array("f", made.vector)

    def _paid(self, text: str) -> Embedding | None:
        """Before, a token is taken for each sign: few texts have more."""
        bill: list[int] = []
        call = partial(self.embedder.embed, [text], bill.append)
        try:
            return self.purse.spend(len(text), call, lambda: sum(bill))[text]
        finally:
            count("EmbeddedTokens", sum(bill))
