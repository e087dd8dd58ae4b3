"""Texts -> vectors, by Amazon Titan Text Embeddings: one text a call, a few calls at a time, one client.

256 dimensions, though the price is the same for 1,024: a token costs what it costs, but a cosine of 256 numbers and an
answer of 3 KB instead of 11 take a quarter of the function's time, and keep about 97 % of the accuracy. A percentile
over many pairs does not see the rest.
"""

from __future__ import annotations

import json
import math
import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from common import aws, settings
from common.errors import ServiceUnavailable
from llm.segments import clean
from llm.spending import Bill

MOST_CHARACTERS = 50_000
MOST_TOKENS = 8_192
"""What Titan takes of one text (Bedrock user guide, "Amazon Titan Text Embeddings")."""
CHARACTERS_A_TOKEN = 4
"""Of ASCII; the guide says 4.7 for English, and code has fewer. Signs of other scripts are taken for a token each."""
WORKERS = 4

PASSING = frozenset({"ModelTimeoutException", "ModelNotReadyException", "ModelErrorException"})
"""Bedrock's own names for what may pass later, beside throttling and server errors."""


@dataclass(frozen=True, slots=True)
class Settings:
    embedding_model: str = "amazon.titan-embed-text-v2:0"
    embedding_dimensions: int = 256


@dataclass(frozen=True, slots=True)
class Embedding:
    """``truncated``: the text was longer than the model takes."""

    vector: tuple[float, ...]
    truncated: bool


class Embedder:
    """Titan through Bedrock. ``client``: a bedrock-runtime client, for tests."""

    def __init__(self, options: Settings | None = None, client: Any = None) -> None:
        self._options = options or settings.read(Settings)
        self._client = client
        self._lock = threading.Lock()

    def embed(self, texts: Iterable[str], bill: Bill) -> dict[str, Embedding | None]:
        """Each different text once; None for one that the model refuses at half its length too. ``bill`` grows with
        every call that is answered, also if a later one fails.

        Raises ServiceUnavailable while Bedrock is busy, and Bedrock's own error where nothing would pass (no access).
        """
        from concurrent.futures import ThreadPoolExecutor

        different = list(dict.fromkeys(texts))
        client = self._client or aws.client("bedrock-runtime")
        with ThreadPoolExecutor(WORKERS) as pool:
            return dict(zip(different, pool.map(lambda text: self._one(client, text, bill), different), strict=True))

    def _one(self, client: Any, text: str, bill: Bill) -> Embedding | None:
        from botocore.exceptions import ClientError

        shown = fitting(text)
        for _ in range(2):
            try:
                answer = self._ask(client, shown)
            except ClientError as error:
                if aws.code_of(error) != "ValidationException":
                    raise
                # Our estimate of its tokens was too low; a text that is refused for another reason is so again.
                shown = shown[: max(1, len(shown) // 2)]
                continue
            with self._lock:
                bill.calls += 1
                bill.tokens += int(answer["inputTextTokenCount"])
            return Embedding(tuple(float(value) for value in answer["embedding"]), len(shown) < len(text))
        return None

    def _ask(self, client: Any, text: str) -> Any:
        from botocore.exceptions import ClientError

        body: dict[str, Any] = {"inputText": text}
        if "v2" in self._options.embedding_model:
            body |= {"dimensions": self._options.embedding_dimensions, "normalize": True}
        with aws.patient("Bedrock"):
            try:
                answer = client.invoke_model(
                    modelId=self._options.embedding_model,
                    contentType="application/json",
                    accept="application/json",
                    body=json.dumps(body),
                )
            except ClientError as error:
                if aws.code_of(error) in PASSING:
                    raise ServiceUnavailable(f"Bedrock could not answer just now ({aws.code_of(error)}).") from error
                raise
            return json.loads(answer["body"].read())


def fitting(text: str) -> str:
    """The beginning of a text that, as far as can be told, Titan takes."""
    shown = clean(text[:MOST_CHARACTERS])
    if len(shown) <= MOST_TOKENS:
        return shown
    tokens = 0.0
    for place, sign in enumerate(shown):
        tokens += 1 / CHARACTERS_A_TOKEN if sign.isascii() else 1
        if tokens > MOST_TOKENS:
            return shown[:place]
    return shown


def cosine(one: Sequence[float], other: Sequence[float]) -> float | None:
    """Between -1 and 1; None where it is not defined: a vector without length, or with something else than numbers."""
    if len(one) != len(other):
        raise ValueError(f"vectors of {len(one)} and {len(other)} dimensions have no cosine")
    lengths = math.sqrt(math.fsum(a * a for a in one)) * math.sqrt(math.fsum(b * b for b in other))
    product = math.fsum(a * b for a, b in zip(one, other, strict=True))
    if not (math.isfinite(lengths) and math.isfinite(product)) or lengths == 0:
        return None
    return max(-1.0, min(1.0, product / lengths))
