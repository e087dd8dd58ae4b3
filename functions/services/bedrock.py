"""Amazon Bedrock's runtime: Converse, ApplyGuardrail, and Titan's embeddings, one text per call, a few at a time."""

from __future__ import annotations

import base64
import json
import struct
import threading
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

from common import aws
from common.content.text_cuts import clean
from common.errors import PermanentError, ServiceUnavailable, TransientError

BUSY = frozenset({"ServiceQuotaExceededException"})
AILING = frozenset(
    {"ModelNotReadyException", "ServiceUnavailableException", "ModelTimeoutException", "ModelErrorException"}
)
"""Bedrock's own names for what may pass later, beside throttling and server errors."""
READ_SECONDS = 240
"""Long prompts take longer than boto3's default of a minute."""

MOST_CHARACTERS = 50_000
MOST_TOKENS = 8_192
"""What Titan takes of one text (Bedrock user guide, "Amazon Titan Text Embeddings")."""
CHARACTERS_PER_TOKEN = 4
"""Of ASCII; the guide says 4.7 for English, and code has fewer. Signs of other scripts are taken for a token each."""
WORKERS = 4


def patient(
    model: str,
    throttled: type[TransientError] = ServiceUnavailable,
    unavailable: type[TransientError] = ServiceUnavailable,
) -> AbstractContextManager[None]:
    """``common.aws.patient`` with Bedrock's own names, for calls of ``model``."""
    return aws.patient(
        f"Bedrock's {model}",
        busy=BUSY,
        ailing=AILING,
        advice="Ask for a higher quota if this goes on.",
        throttled=throttled,
        unavailable=unavailable,
    )


def converse(request: dict[str, Any]) -> dict[str, Any]:
    """One Converse call. Raises what botocore raises: wrap it in ``patient``."""
    answer: dict[str, Any] = aws.client("bedrock-runtime", attempts=2, read_timeout=READ_SECONDS).converse(**request)
    return answer


def ask(
    request: dict[str, Any],
    throttled: type[TransientError],
    unavailable: type[TransientError],
    refused: type[PermanentError],
    *,
    parameter: str,
) -> dict[str, Any]:
    """One Converse call with every error under a name of the caller's. ``refused``: the model cannot be asked at all;
    ``parameter``: of the template, which names it."""
    from botocore.exceptions import BotoCoreError, ClientError, ParamValidationError

    model = request["modelId"]
    try:
        with patient(model, throttled, unavailable):
            return converse(request)
    except ClientError as error:
        raise refused(
            f"Bedrock refused {model} with {aws.code_of(error)}: give the account access to the model, the role "
            f"bedrock:InvokeModel on it and on the models behind its profile, or set {parameter}."
        ) from error
    except ParamValidationError:
        # Not "from error": its message may hold what was sent.
        raise refused(f"The request to {model} has a form that Converse does not take; look at its log.") from None
    except BotoCoreError as error:
        raise unavailable(f"Bedrock could not be reached ({type(error).__name__}).") from error


def apply_guardrail(identifier: str, version: str, source: str, text: str) -> dict[str, Any]:
    """One ApplyGuardrail call; ``source`` INPUT or OUTPUT. Raises what botocore raises: wrap it in ``patient``."""
    answer: dict[str, Any] = aws.client("bedrock-runtime", attempts=2, read_timeout=READ_SECONDS).apply_guardrail(
        guardrailIdentifier=identifier, guardrailVersion=version, source=source, content=[{"text": {"text": text}}]
    )
    return answer


@dataclass(frozen=True, slots=True)
class Embedding:
    """``truncated``: the text was longer than the model takes."""

    vector: tuple[float, ...]
    truncated: bool


class Embedder:
    """Titan ``model``, an id or an ARN, through Bedrock. ``dimensions`` count for version 2, which every ARN is taken
    for that does not name version 1. ``throttled`` and ``unavailable`` as in ``patient``. ``client`` is for tests."""

    def __init__(
        self,
        model: str,
        dimensions: int,
        client: Any = None,
        throttled: type[TransientError] = ServiceUnavailable,
        unavailable: type[TransientError] = ServiceUnavailable,
    ) -> None:
        self._model, self._dimensions, self._client = model, dimensions, client
        self._throttled, self._unavailable = throttled, unavailable
        self._lock = threading.Lock()

    def embed(self, texts: Iterable[str], billed: Callable[[int], None]) -> dict[str, Embedding | None]:
        """Each different text once; None for one that the model refuses at half its length too. ``billed`` is told the
        tokens of every call that is answered, also if a later one fails; never of two calls at the same time.

        Raises ``throttled`` and ``unavailable``, and Bedrock's own error where nothing would pass (no access).
        """
        from concurrent.futures import ThreadPoolExecutor

        different = list(dict.fromkeys(texts))
        client = self._client or aws.client("bedrock-runtime")
        with ThreadPoolExecutor(WORKERS) as pool:
            return dict(zip(different, pool.map(lambda text: self._one(client, text, billed), different), strict=True))

    def _one(self, client: Any, text: str, billed: Callable[[int], None]) -> Embedding | None:
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
                billed(int(answer["inputTextTokenCount"]))
            return Embedding(tuple(float(value) for value in answer["embedding"]), len(shown) < len(text))
        return None

    def _ask(self, client: Any, text: str) -> Any:
        body: dict[str, Any] = {"inputText": text}
        if "titan-embed-text-v1" not in self._model:
            body |= {"dimensions": self._dimensions, "normalize": True}
        with patient(self._model, self._throttled, self._unavailable):
            answer = client.invoke_model(
                modelId=self._model, contentType="application/json", accept="application/json", body=json.dumps(body)
            )
            return json.loads(answer["body"].read())


def packed(vector: Sequence[float]) -> str:
    """A vector as text: float32, as Titan gives it, in base64."""
    return base64.b64encode(struct.pack(f"<{len(vector)}f", *vector)).decode()


def unpacked(text: str) -> tuple[float, ...]:
    data = base64.b64decode(text)
    return struct.unpack(f"<{len(data) // 4}f", data)


def fitting(text: str) -> str:
    """The beginning of a text that, as far as can be told, Titan takes."""
    shown = clean(text[:MOST_CHARACTERS])
    if len(shown) <= MOST_TOKENS:
        return shown
    tokens = 0.0
    for place, sign in enumerate(shown):
        tokens += 1 / CHARACTERS_PER_TOKEN if sign.isascii() else 1
        if tokens > MOST_TOKENS:
            return shown[:place]
    return shown
