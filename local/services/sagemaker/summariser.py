"""SageMaker's InvokeEndpoint: an extractive summariser behind both forms that text models speak.

``{"inputs", "parameters"}`` -> ``[{"generated_text"}]`` and ``{"text_inputs", ...}`` -> ``{"generated_texts": [...]}``.
Endpoints cannot be created here: every name that begins with ``millrace-`` is InService, others by ``POST
/_local/sagemaker/endpoints {"name"}``. Errors as in the service model sagemaker-runtime/2017-05-13.
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
from local.services.sagemaker import switches
from local.services.switchboard import Switch

NAME = "millrace-extractive (LexRank)"
MOST_BYTES = 6_291_456
MOST_CHARACTERS = 400_000
"""Of a prompt; a longer one is refused by the model behind the endpoint, as text-generation containers do."""
PREFIX = "millrace-"
CHARACTERS_A_TOKEN = 4
_PATH = re.compile(r"/endpoints/([^/]+)/invocations")
_ENDPOINT = re.compile(r"[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}")

ERRORS: Mapping[str, int] = {
    "ModelError": 424,
    "ModelRefusal": 424,
    "ModelNotReadyException": 429,
    "ThrottlingException": 400,
    "ServiceUnavailable": 503,
    "InternalFailure": 500,
    "InternalDependencyException": 530,
    "ValidationError": 400,
    "AccessDeniedException": 400,
}
"""``ModelRefusal`` is ModelError of a model that answered 400; ``ModelError`` one that answered 500."""
_endpoints: set[str] = set()
_lock = threading.Lock()


class SageMakerError(Exception):
    """An answer that is not 200; ``members`` are those of the error's shape beside its message."""

    def __init__(self, code: str, message: str, **members: Any) -> None:
        super().__init__(message)
        self.code = code
        self.body = {"Message": message, **members}


def handle(request: Request) -> Response:
    """Answer one InvokeEndpoint; signature and permissions were checked before."""
    found = _PATH.fullmatch(request.path)
    if found is None or request.method != "POST":
        body = {"message": f"The local SageMaker has InvokeEndpoint, not {request.method} {request.path}."}
        return _response(501, body, {"x-amzn-errortype": "NotImplementedLocally"})
    SWITCHES.usage.count(requests=1)
    try:
        return _invoke(request, found[1])
    except SageMakerError as error:
        return _response(ERRORS[error.code], error.body, {"x-amzn-errortype": error.code})


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


def _invoke(request: Request, endpoint: str) -> Response:
    with _lock:
        in_service = endpoint.startswith(PREFIX) or endpoint in _endpoints
    if not in_service:
        raise SageMakerError("ValidationError", f"Endpoint {endpoint} of account {request.account} not found.")
    if len(request.body) > MOST_BYTES:
        raise SageMakerError("ValidationError", f"Request body must not exceed {MOST_BYTES} bytes.")
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
        raise _model_error(400 if mode == "ModelRefusal" else 500, "on request of a test", endpoint, request)
    if mode is not None and mode in ERRORS:
        raise SageMakerError(mode, "on request of a test")


def _model_error(status: int, said: str, endpoint: str, request: Request) -> SageMakerError:
    group = f"/aws/sagemaker/Endpoints/{endpoint}"
    side = "client" if status < 500 else "server"
    return SageMakerError(
        "ModelError",
        f'Received {side} error ({status}) from primary with message "{said}". See https://{request.region}.console.aws.'
        f"amazon.com/cloudwatch/home?region={request.region}#logEventViewer:group={group} in account {request.account} "
        f"for more information.",
        OriginalStatusCode=status,
        OriginalMessage=said,
        LogStreamArn=f"arn:aws:logs:{request.region}:{request.account}:log-group:{group}",
    )


def _asked(request: Request, endpoint: str) -> tuple[str, dict[str, Any], bool]:
    """The prompt, the parameters, and whether they came in JumpStart's form."""
    try:
        body = json.loads(request.body)
    except (ValueError, RecursionError) as error:
        raise _model_error(400, "the body is not JSON", endpoint, request) from error
    if not isinstance(body, dict):
        raise _model_error(400, "the body is not a JSON object", endpoint, request)
    jumpstart = "text_inputs" in body
    prompt = body.get("text_inputs" if jumpstart else "inputs")
    parameters = {k: v for k, v in body.items() if k != "text_inputs"} if jumpstart else body.get("parameters") or {}
    if not isinstance(prompt, str) or not isinstance(parameters, dict):
        raise _model_error(422, "missing field inputs or text_inputs", endpoint, request)
    if len(prompt) > MOST_CHARACTERS:
        raise _model_error(400, "Input is too long", endpoint, request)
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
