"""Knowledge bases behind Bedrock's Retrieve (bedrock-agent-runtime): passages that a test or a demo puts, by cosines.

``POST /_local/bedrock/bases {"id": "DEMOBASE01", "passages": [{"text": "...", "location": {"type": "S3", ...}}]}``
makes a base, or fills it anew; ``DELETE`` takes all of them away but an empty DEMOBASE01, which is always there.
``POST /_local/bedrock/base-faults {"error": "ThrottlingException", "times": 2}`` has the next calls fail so.

A stand-in: nothing is crawled, cut or embedded by a model of AWS's; texts are compared by hashed letters (``titan``),
so what is near here need not be near there. A base is here as one over S3 Vectors is: HYBRID is refused. Filters,
reranking, guardrails, pictures and managed bases are not here, and are refused by name instead of being passed over.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import unquote

from local.cloud.http import Request, Response, as_json
from local.services.bedrock import titan
from local.services.errors import ServiceError
from local.services.shapes import ServiceModel, json_object
from local.services.switchboard import Faults, Switch

NAME: Final = "millrace-knowledge-base (hashed character n-grams)"
MODEL: Final = ServiceModel("bedrock-agent-runtime", "2023-07-26")
PATH: Final = re.compile(r"/knowledgebases/(.+)/retrieve")
DEFAULT_RESULTS: Final = 5
"""Where a request does not say how many (KnowledgeBaseVectorSearchConfiguration, numberOfResults)."""
DIMENSIONS: Final = 512
_ID: Final = re.compile(r"[0-9a-zA-Z]{10}")
_ABSENT: Final = (
    ("guardrailConfiguration",),
    ("nextToken",),
    ("userContext",),
    ("retrievalQuery", "image"),
    ("retrievalConfiguration", "managedSearchConfiguration"),
    ("retrievalConfiguration", "vectorSearchConfiguration", "filter"),
    ("retrievalConfiguration", "vectorSearchConfiguration", "implicitFilterConfiguration"),
    ("retrievalConfiguration", "vectorSearchConfiguration", "rerankingConfiguration"),
)
"""Members that are not here."""

_LOCK = threading.Lock()
OWN: Final = "DEMOBASE01"
"""Is there from the beginning, without a passage: samconfig.toml's local stack names it."""
_BASES: dict[str, list[dict[str, Any]]] = {OWN: []}
FAULTS: Faults[str] = Faults()


def arn(identifier: str, region: str, account: str) -> str:
    """What IAM is asked about; Retrieve takes an id or an ARN."""
    if identifier.startswith("arn:"):
        return identifier
    return f"arn:aws:bedrock:{region}:{account}:knowledge-base/{identifier}"


def _set(wish: dict[str, Any]) -> None:
    """Raises ValueError for what no base can have."""
    name, passages = str(wish["id"]), wish["passages"]
    if not _ID.fullmatch(name):
        raise ValueError(f"id {name!r}: use ten letters and digits")
    for each in passages:
        if not isinstance(each.get("text"), str) or not each["text"].strip():
            raise ValueError("each passage needs a text")
        if each.keys() - {"text", "location", "metadata"}:
            raise ValueError("a passage has text, location and metadata")
    with _LOCK:
        _BASES[name] = [dict(each) for each in passages]


def _clear() -> None:
    with _LOCK:
        _BASES.clear()
        _BASES[OWN] = []


def _set_fault(wish: dict[str, Any]) -> None:
    _status(str(wish["error"]))
    FAULTS.add(str(wish["error"]), wish.get("times", 1))


SWITCHES: Final = {
    "bases": Switch('{"id": ten letters and digits, "passages": [{"text", "location"?, "metadata"?}]}', _set, _clear),
    "base-faults": Switch('{"error": name of an error of Retrieve, "times"?}', _set_fault, FAULTS.clear),
}


def retrieve(request: Request) -> Response:
    """One Retrieve; the base is the path's."""
    found = PATH.fullmatch(request.path)
    assert found is not None  # noqa: S101 - whoever calls has looked
    try:
        return as_json(200, _answer(unquote(found[1]), request.body), {"x-millrace-engine": NAME})
    except ServiceError as error:
        return error.response({"x-millrace-engine": NAME})


def _answer(identifier: str, body: bytes) -> dict[str, Any]:
    wish = MODEL.members("Retrieve", {**json_object(body or b"{}"), "knowledgeBaseId": identifier})
    for path in _ABSENT:
        if _at(wish, path) is not None:
            raise ServiceError("NotImplementedLocally", f"The local knowledge base has no {'.'.join(path)}.", 501)
    struck = FAULTS.strike()
    if struck is not None:
        raise ServiceError(struck, f"{struck}, as it was asked for.", _status(struck))
    search = _at(wish, ("retrievalConfiguration", "vectorSearchConfiguration")) or {}
    if search.get("overrideSearchType") == "HYBRID":
        raise _invalid("HYBRID search type is not supported for search operation on index. Retry with SEMANTIC.")
    text = str(wish["retrievalQuery"].get("text") or "")
    if not text.strip():
        raise _invalid("The query has no text.")
    with _LOCK:
        passages = _BASES.get(identifier.rpartition("/")[2])
    if passages is None:
        raise ServiceError("ResourceNotFoundException", f"Knowledge Base with id {identifier} does not exist", 404)
    return {"retrievalResults": _nearest(text, passages, search.get("numberOfResults", DEFAULT_RESULTS))}


def _nearest(text: str, passages: Sequence[Mapping[str, Any]], most: int) -> list[dict[str, Any]]:
    wanted = titan.embed(text, DIMENSIONS)
    scored = [(sum(a * b for a, b in zip(wanted, titan.embed(each["text"], DIMENSIONS), strict=True)), each)
              for each in passages]  # fmt: skip
    scored.sort(key=lambda pair: -pair[0])
    return [
        {
            "content": {"type": "TEXT", "text": each["text"]},
            **{name: each[name] for name in ("location", "metadata") if name in each},
            "score": round(min(1.0, max(0.0, score)), 6),
        }
        for score, each in scored[:most]
    ]


def _at(document: Mapping[str, Any], path: Sequence[str]) -> Any:
    found: Any = document
    for name in path:
        found = found.get(name) if isinstance(found, Mapping) else None
    return found


def _status(code: str) -> int:
    """Of one of Retrieve's own errors. Raises ValueError for another name."""
    names = {each["shape"] for each in MODEL.model["operations"]["Retrieve"]["errors"]}
    if code not in names:
        raise ValueError(f"error {code!r}: use one of {', '.join(sorted(names))}")
    shape = MODEL.model["shapes"][code]
    return int(shape.get("error", {}).get("httpStatusCode", 500))


def _invalid(message: str) -> ServiceError:
    return ServiceError("ValidationException", message)
