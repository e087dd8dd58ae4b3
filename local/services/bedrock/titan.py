"""Amazon Titan Text Embeddings behind Bedrock's InvokeModel: hashed words and character n-grams.

Its weakness is plain: two texts are alike as far as they share words and parts of words. Synonyms, translations and
paraphrases are strangers to it, and a completion that repeats the prompt is its best answer. So it stands in for the
wire, the limits and the order of magnitude of a cosine, and says nothing about how good a real model's vectors are.
The same text gives the same vector on every machine.

Requests and answers: Bedrock user guide, "Amazon Titan Text Embeddings" (inference parameters); messages from memory.
"""

from __future__ import annotations

import json
import math
import re
import time
import unicodedata
import zlib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from local.cloud.http import Request, Response

NAME = "millrace-titan (hashed character n-grams)"
MOST_TOKENS = 8_192
MOST_CHARACTERS = 50_000


@dataclass(frozen=True, slots=True)
class Model:
    """What one of the models takes; the first of ``dimensions`` is its default."""

    dimensions: tuple[int, ...]
    members: frozenset[str]


MODELS: Mapping[str, Model] = {
    "amazon.titan-embed-text-v2:0": Model(
        (1024, 512, 256), frozenset({"inputText", "dimensions", "normalize", "embeddingTypes"})
    ),
    "amazon.titan-embed-text-v1": Model((1536,), frozenset({"inputText"})),
}
TYPES = ("float", "binary")


class _Invalid(Exception):
    """What Bedrock answers with a ValidationException."""


@dataclass(frozen=True, slots=True)
class _Wish:
    text: str
    dimensions: int
    normalize: bool
    types: tuple[str, ...]


def serves(model_id: str) -> bool:
    """Whether ``model_id`` (an id, or the last part of a model's ARN) is one of these models."""
    return model_id.rpartition("/")[2] in MODELS


def invoke(request: Request, model_id: str) -> Response:
    """Answer one InvokeModel whose model is one of ``MODELS``."""
    started = time.monotonic()
    try:
        wish = _wish(request.body, MODELS[model_id.rpartition("/")[2]])
        tokens = _billed(wish.text)
    except _Invalid as error:
        headers = {"content-type": "application/json", "x-amzn-errortype": "ValidationException"}
        body = json.dumps({"message": str(error)}).encode()
        return Response(400, {**headers, "x-millrace-engine": NAME}, body)
    answer = _answer(wish, tokens, model_id.endswith("v2:0"))
    headers = {
        "content-type": "application/json",
        "x-millrace-engine": NAME,
        "x-amzn-bedrock-input-token-count": str(tokens),
        "x-amzn-bedrock-invocation-latency": str(int((time.monotonic() - started) * 1000)),
    }
    return Response(200, headers, json.dumps(answer).encode())


def _billed(text: str) -> int:
    tokens = count_tokens(text)
    if tokens > MOST_TOKENS:
        raise _Invalid(
            "400 Bad Request: Too many input tokens. "
            f"Max input tokens: {MOST_TOKENS}, request input token count: {tokens}"
        )
    return tokens


def _answer(wish: _Wish, tokens: int, typed: bool) -> dict[str, Any]:
    vector = embed(wish.text, wish.dimensions, wish.normalize)
    if not typed:
        return {"embedding": vector, "inputTextTokenCount": tokens}
    by_type: dict[str, list[float] | list[int]] = {}
    if "float" in wish.types:
        by_type["float"] = vector
    if "binary" in wish.types:
        by_type["binary"] = [int(value > 0) for value in vector]
    plain = {"embedding": vector} if "float" in wish.types else {}
    return {**plain, "embeddingsByType": by_type, "inputTextTokenCount": tokens}


def _wish(body: bytes, model: Model) -> _Wish:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise _Invalid("Malformed input request, please reformat your input and try again.") from error
    if not isinstance(found, dict):
        raise _malformed("expected type: JSONObject")
    for name in found:
        if name not in model.members:
            raise _malformed(f"extraneous key [{name}] is not permitted")
    text = found.get("inputText")
    if not isinstance(text, str):
        raise _malformed("required key [inputText] not found" if text is None else "inputText: expected type: String")
    if not 1 <= len(text) <= MOST_CHARACTERS:
        bound = (
            f"minLength: 1, actual: {len(text)}" if not text else f"maxLength: {MOST_CHARACTERS}, actual: {len(text)}"
        )
        raise _malformed(f"expected {bound}")
    dimensions = found.get("dimensions", model.dimensions[0])
    if isinstance(dimensions, bool) or dimensions not in model.dimensions:
        raise _malformed(f"{dimensions} is not a valid enum value for dimensions")
    normalize = found.get("normalize", True)
    if not isinstance(normalize, bool):
        raise _malformed("normalize: expected type: Boolean")
    return _Wish(text, dimensions, normalize, _types(found.get("embeddingTypes", ["float"])))


def _types(found: Any) -> tuple[str, ...]:
    if not isinstance(found, list) or not found:
        raise _malformed("embeddingTypes: expected minimum item count: 1")
    for one in found:
        if one not in TYPES:
            raise _malformed(f"{one} is not a valid enum value for embeddingTypes")
    return tuple(found)


def _malformed(reason: str) -> _Invalid:
    return _Invalid(f"Malformed input request: #: {reason}, please reformat your input and try again.")


def count_tokens(text: str) -> int:
    """About what Titan counts: 4.7 characters of English a token (user guide), a sign of other scripts one."""
    count = 0
    for run in re.findall(r"[A-Za-z]+|\d{1,3}|\S", text):
        count += max(1, round(len(run) / 6))
    return count


def embed(text: str, dimensions: int, normalize: bool = True) -> list[float]:
    """The vector of a text: its features hashed into ``dimensions`` places, each with a sign."""
    vector = [0.0] * dimensions
    for feature, weight in _features(text):
        code = zlib.crc32(feature.encode())
        # The lowest bits choose the place, the highest the sign: they must not be the same.
        vector[code % dimensions] += weight if code >> 31 else -weight
    length = math.sqrt(math.fsum(value * value for value in vector))
    if length == 0.0:
        # A text of spaces still has a vector, as with the real model; which one does not matter.
        vector[0] = length = 1.0
    scale = length if normalize else 1.0
    return [round(value / scale, 8) for value in vector]


_LITTLE = frozenset(
    re.findall(
        r"\w+",
        "a an and are as at be but by can could did do does for from had has have how i if in into is it its me my no "
        "not of on or our she he so than that the their them then there they this to us was we were what when where "
        "which who why will with would you your please",
    )
)
"""Words that say nothing about what a text is about."""


def _features(text: str) -> Iterator[tuple[str, float]]:
    folded = unicodedata.normalize("NFKD", text).casefold()
    plain = "".join(sign for sign in folded if not unicodedata.combining(sign))
    for word, times in Counter(re.findall(r"\w+", plain)).items():
        often = 1 + math.log(times)
        weight = (0.15 if word in _LITTLE else 1.0) * often
        yield f"w:{word}", 1.5 * weight
        padded = f"<{word}>"
        grams = [padded[at : at + 4] for at in range(max(1, len(padded) - 3))]
        for gram in grams:
            yield f"g:{gram}", weight / math.sqrt(len(grams))
