"""SageMaker's InvokeEndpoint: an extractive summariser behind both forms that text models speak.

``{"inputs", "parameters"}`` -> ``[{"generated_text"}]`` and ``{"text_inputs", ...}`` -> ``{"generated_texts": [...]}``.
Every name that begins with ``millrace-`` is in service, others by ``POST /_local/sagemaker/endpoints {"name"}``; an
endpoint that was created (``runtime``) comes before both. Errors as in the service model sagemaker-runtime/2017-05-13.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Mapping
from typing import Any

from local.cloud.http import Request, Response
from local.services import extractive
from local.services.model_switches import ModelSwitches
from local.services.sagemaker import runtime, store, switches
from local.services.sagemaker.runtime import ERRORS, MOST_BYTES, SageMakerError, invalid, model_error, not_found
from local.services.switchboard import Switch

NAME = "millrace-extractive (LexRank)"
MOST_CHARACTERS = 400_000
"""Of a prompt; a longer one is refused by the model behind the endpoint, as text-generation containers do."""
PREFIX = "millrace-"
CHARACTERS_A_TOKEN = 4
_PATH = re.compile(r"/endpoints/([^/]+)/invocations")
_ENDPOINT = re.compile(r"[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}")

_endpoints: set[str] = set()
_lock = threading.Lock()


def handle(request: Request) -> Response:
    """Answer one InvokeEndpoint; signature and permissions were checked before."""
    found = _PATH.fullmatch(request.path)
    if found is None or request.method != "POST":
        body = {"message": f"The local SageMaker has InvokeEndpoint, not {request.method} {request.path}."}
        return _response(501, body, {"x-amzn-errortype": "NotImplementedLocally"})
    SWITCHES.usage.count(requests=1)
    created = store.find(store.Place(request.account, request.region), "endpoint", found[1])
    try:
        return _invoke(request, found[1]) if created is None else _invoke_created(created, request)
    except SageMakerError as error:
        return error.response(NAME)


def _add_endpoint(wish: Mapping[str, Any]) -> None:
    name = str(wish["name"])
    if not _ENDPOINT.fullmatch(name):
        raise ValueError("name holds letters, digits and hyphens, at most 63")
    with _lock:
        _endpoints.add(name)


def _clear_endpoints() -> None:
    with _lock:
        _endpoints.clear()


SWITCHES = ModelSwitches(ERRORS, {"endpoints": Switch("{name}", _add_endpoint, _clear_endpoints), **switches.SWITCHES})


def _invoke_created(endpoint: store.Thing, request: Request) -> Response:
    _fail(SWITCHES.faults.strike(), endpoint.name, request)
    answer = runtime.invoke(endpoint, request)
    SWITCHES.usage.count(answers=1)
    return answer


def _invoke(request: Request, endpoint: str) -> Response:
    with _lock:
        in_service = endpoint.startswith(PREFIX) or endpoint in _endpoints
    if not in_service:
        raise not_found(endpoint, request.account)
    if len(request.body) > MOST_BYTES:
        raise invalid(f"Request body must not exceed {MOST_BYTES} bytes.")
    mode = SWITCHES.faults.strike()
    _fail(mode, endpoint, request)
    prompt, parameters, jumpstart = _asked(request, endpoint)
    text, reason = _text(prompt, parameters, mode, jumpstart)
    SWITCHES.usage.count(answers=1)
    headers = {"x-amzn-invoked-production-variant": "AllTraffic"}
    if mode == "broken":
        return _response(200, b'[{"generated_text": "It end', headers)
    if jumpstart:
        return _response(200, {"generated_texts": [text]}, headers)
    answer: dict[str, Any] = {"generated_text": text}
    if parameters.get("details"):
        answer["details"] = {"finish_reason": reason, "generated_tokens": len(text) // CHARACTERS_A_TOKEN}
    return _response(200, [answer], headers)


def _fail(mode: str | None, endpoint: str, request: Request) -> None:
    if mode in ("ModelError", "ModelRefusal"):
        raise model_error(400 if mode == "ModelRefusal" else 500, "on request of a test", endpoint, request)
    if mode is not None and mode in ERRORS:
        raise SageMakerError(mode, "on request of a test")


def _asked(request: Request, endpoint: str) -> tuple[str, dict[str, Any], bool]:
    """The prompt, the parameters, and whether they came in JumpStart's form."""
    try:
        body = json.loads(request.body)
    except (ValueError, RecursionError) as error:
        raise model_error(400, "the body is not JSON", endpoint, request) from error
    if not isinstance(body, dict):
        raise model_error(400, "the body is not a JSON object", endpoint, request)
    jumpstart = "text_inputs" in body
    prompt = body.get("text_inputs" if jumpstart else "inputs")
    parameters = {k: v for k, v in body.items() if k != "text_inputs"} if jumpstart else body.get("parameters") or {}
    if not isinstance(prompt, str) or not isinstance(parameters, dict):
        raise model_error(422, "missing field inputs or text_inputs", endpoint, request)
    if len(prompt) > MOST_CHARACTERS:
        raise model_error(400, "Input is too long", endpoint, request)
    return prompt, parameters, jumpstart


def _text(prompt: str, parameters: Mapping[str, Any], mode: str | None, jumpstart: bool) -> tuple[str, str]:
    """What the model writes, and why it stopped."""
    sentences = extractive.summarise(extractive.source(prompt), 5)
    if mode == "looping":
        sentences = [(sentences or ["The document says nothing."])[0]] * 5
    text = "" if mode == "empty" else " ".join(sentences)
    wanted = parameters.get("max_length" if jumpstart else "max_new_tokens")
    room = wanted * CHARACTERS_A_TOKEN if isinstance(wanted, int) and wanted > 0 else len(text)
    if mode == "cut":
        room = len(text) // 2
    reason = "length" if len(text) > room else "eos_token"
    text = text[:room].rstrip(" .") if reason == "length" else text
    # Containers for text generation say the prompt again first, unless they are told not to.
    return (text if jumpstart or parameters.get("return_full_text") is False else prompt + text), reason


def _response(status: int, body: object, headers: Mapping[str, str]) -> Response:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Response(status, {"content-type": "application/json", "x-millrace-engine": NAME, **headers}, data)
