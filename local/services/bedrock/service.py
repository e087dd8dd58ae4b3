"""Bedrock's Converse by an extractive summariser, a writer of SQL or an answerer from passages, InvokeModel for models
that have a module of their own, and ApplyGuardrail.

Names, members, errors and status codes are those of the service model bedrock-runtime/2023-09-30, which botocore
carries; messages are AWS's where they are known. Every answer says in ``x-millrace-engine`` who wrote it.
"""

from __future__ import annotations

import json
import math
import re
import time
import uuid
from collections.abc import Mapping
from functools import cache
from typing import Any

from local.cloud.http import Request, Response, as_json
from local.services import extractive
from local.services.bedrock import bases, guarding, models
from local.services.bedrock.models import Model
from local.services.bedrock.passages import answerer, faults
from local.services.bedrock.sql import writer
from local.services.errors import ServiceError
from local.services.model_switches import ModelSwitches

NAME = "millrace-extractive (LexRank)"
CHARACTERS_A_TOKEN = 4
_PATH = re.compile(
    r"/model/(.+)/(converse|converse-stream|invoke|invoke-with-response-stream|invoke-with-bidirectional-stream)"
)
_JOB = re.compile(r"/model-invocation-job/(.+)")
_GUARDRAIL = re.compile(r"/guardrail/(.+)/version/([^/]*)/apply")
_SENTENCES = 5

ERRORS: Mapping[str, int] = {
    "ThrottlingException": 429,
    "ModelNotReadyException": 429,
    "ModelTimeoutException": 408,
    "ModelErrorException": 424,
    "ServiceUnavailableException": 503,
    "InternalServerException": 500,
    "AccessDeniedException": 403,
    "ValidationException": 400,
    "ResourceNotFoundException": 404,
}
_SAID = {
    "ThrottlingException": "Too many requests, please wait before trying again.",
    "ModelNotReadyException": "Model is not ready for inference. Wait and try your request again.",
    "ModelTimeoutException": "Model has timed out in processing the request. Try your request again.",
    "ModelErrorException": "The system encountered an unexpected error during processing. Try your request again.",
    "ServiceUnavailableException": "Bedrock is unable to process your request.",
    "InternalServerException": "The system encountered an unexpected error during processing. Try your request again.",
    "AccessDeniedException": "You don't have access to the model with the specified model ID.",
    "ValidationException": "Input is too long for requested model.",
    "ResourceNotFoundException": "This model version has reached the end of its life.",
}
SWITCHES = ModelSwitches(ERRORS, {"sql": writer.SWITCH, "passages": answerer.SWITCH, **bases.SWITCHES})
control = SWITCHES.control


class BedrockError(ServiceError):
    """An error of ``ERRORS``, with its status."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(code, message, ERRORS[code])


def handle(request: Request) -> Response:
    """Answer one call of bedrock-runtime, or Retrieve; signature and permissions were checked before."""
    found = _PATH.fullmatch(request.path)
    guardrail = _GUARDRAIL.fullmatch(request.path)
    if guardrail is not None and request.method == "POST":
        return _guardrail(request, *guardrail.groups())
    if found is None or request.method != "POST":
        return _other(request)
    SWITCHES.usage.count(requests=1)
    try:
        if found[2] == "invoke":
            return _invoke(request, found[1])
        if found[2] != "converse":
            return _error("NotImplementedLocally", f"The local Bedrock has Converse, not {found[2]}.", 501)
        return _converse(request, found[1])
    except BedrockError as error:
        return _error(error.code, error.message, error.status)


def _other(request: Request) -> Response:
    """Retrieve of a knowledge base; what is not here: batch inference, of whose jobs a reader of their outputs asks;
    and what Bedrock has not."""
    if bases.PATH.fullmatch(request.path) and request.method == "POST":
        return bases.retrieve(request)
    if request.method == "GET" and _JOB.fullmatch(request.path):
        return _error("ResourceNotFoundException", "The local Bedrock runs no batch inference, so it has no job.", 404)
    return _error("UnknownOperationException", f"Bedrock has no {request.method} {request.path}.", 404)


def _guardrail(request: Request, identifier: str, version: str) -> Response:
    SWITCHES.usage.count(guardrails=1)
    try:
        body = _body(request)
        _fit("ApplyGuardrail", {**body, "guardrailIdentifier": identifier, "guardrailVersion": version})
        answer = guarding.apply(guarding.named(identifier, version, request.region, request.account), body)
    except guarding.UnknownGuardrail as error:
        return _error("ResourceNotFoundException", str(error), 404)
    except guarding.TooLong as error:
        return _error("ValidationException", str(error), 400)
    except BedrockError as error:
        return _error(error.code, error.message, error.status)
    return as_json(200, answer, {"x-millrace-engine": NAME})


def _invoke(request: Request, model_id: str) -> Response:
    from local.services.bedrock import titan

    target = models.target(model_id)
    if titan.serves(target.model_id):
        if target.profile is not None or target.region not in (None, request.region):
            raise _unknown()
        return titan.invoke(request, target.model_id)
    _model(model_id, request.region)
    return _error("NotImplementedLocally", f"InvokeModel of {model_id} has no stand-in here; use Converse.", 501)


def _converse(request: Request, model_id: str) -> Response:
    started = time.monotonic()
    model = _model(model_id, request.region)
    body = _body(request)
    _check(body, model)
    mode = SWITCHES.faults.strike()
    if mode is not None and mode in ERRORS:
        raise BedrockError(mode, _SAID[mode])
    guarded = _guarded(request, body)
    refused = guarded.stopped(body) if guarded else None
    if refused is not None:
        # The model was not asked, so there are no tokens to pay.
        content, reason, usage = [{"text": refused}], guarding.STOPPED, {"inputTokens": 0, "outputTokens": 0}
    else:
        content, reason = _answer(body, mode, model)
        output = "".join(block.get("text", "") or json.dumps(block.get("toolUse", {})) for block in content)
        usage = {"inputTokens": _tokens(_text(body)), "outputTokens": _tokens(output)}
        content, reason = guarded.shown(content, reason) if guarded else (content, reason)
    usage["totalTokens"] = sum(usage.values())
    SWITCHES.usage.count(answers=1, tokens=usage["totalTokens"])
    answer = {
        "output": {"message": {"role": "assistant", "content": content}},
        "stopReason": reason,
        "usage": usage,
        "metrics": {"latencyMs": int((time.monotonic() - started) * 1000)},
        **(guarded.told() if guarded else {}),
    }
    return as_json(200, answer, {"x-millrace-engine": _engine(body)})


def _engine(body: Mapping[str, Any]) -> str:
    """Who answers a prompt."""
    if writer.asked(body) is not None:
        return writer.NAME
    return NAME if answerer.asked(body) is None else answerer.NAME


def _guarded(request: Request, body: Mapping[str, Any]) -> guarding.Guarded | None:
    try:
        return guarding.of(body, request.region, request.account)
    except guarding.UnknownGuardrail as error:
        raise BedrockError("ValidationException", str(error)) from error


def _model(model_id: str, region: str) -> Model:
    target = models.target(model_id)
    if not target.is_known(region):
        raise _unknown()
    model = models.models()[target.model_id]
    if target.profile is None and not model.on_demand and not target.is_provisioned:
        raise BedrockError(
            "ValidationException",
            f"Invocation of model ID {target.model_id} with on-demand throughput isn\u2019t supported. "
            f"Retry your request with the ID or ARN of an inference profile that contains this model.",
        )
    return model


def _unknown() -> BedrockError:
    """Also where a profile is not called from its Regions, or an ARN is of another one."""
    return BedrockError("ValidationException", "The provided model identifier is invalid.")


def _body(request: Request) -> dict[str, Any]:
    try:
        body = json.loads(request.body or b"{}")
    except (ValueError, RecursionError) as error:
        raise BedrockError("ValidationException", "The request body is not valid JSON.") from error
    if not isinstance(body, dict):
        raise BedrockError("ValidationException", "The request body is not a JSON object.")
    return body


@cache
def _shape(operation: str) -> Any:
    """An operation's input as botocore knows it, for its own validator."""
    from botocore.session import get_session

    return get_session().get_service_model("bedrock-runtime").operation_model(operation).input_shape


def _fit(operation: str, request: Mapping[str, Any]) -> None:
    """Types, required members and ranges as botocore has them."""
    from botocore.validate import ParamValidator

    report = ParamValidator().validate(request, _shape(operation))
    if report.has_errors():
        raise BedrockError("ValidationException", report.generate_report())


def _check(body: Mapping[str, Any], model: Model) -> None:
    """Its shape, then the rules between members and of the model."""
    _fit("Converse", {**body, "modelId": model.id})
    messages = body.get("messages") or []
    if not messages:
        raise BedrockError("ValidationException", "The messages field is empty. Add a message, and try again.")
    if messages[0]["role"] != "user":
        raise BedrockError(
            "ValidationException",
            "A conversation must start with a user message. Try again with a conversation that starts with a user "
            "message.",
        )
    for index, message in enumerate(messages):
        if message["role"] != ("user", "assistant")[index % 2]:
            raise BedrockError("ValidationException", "A conversation must alternate between user and assistant roles.")
        if any("text" in block and not block["text"].strip() for block in message["content"]):
            raise BedrockError(
                "ValidationException",
                f"The text field in the ContentBlock object at messages.{index}.content.0 is blank. "
                f"Add text to the text field, and try again.",
            )
    _check_model(body, model)


def _check_model(body: Mapping[str, Any], model: Model) -> None:
    config = body.get("inferenceConfig") or {}
    for name, least, most in (("temperature", 0, 1), ("topP", 0, 1), ("maxTokens", 1, math.inf)):
        if name in config and not least <= config[name] <= most:
            raise BedrockError("ValidationException", f"The value of inferenceConfig.{name} is out of range.")
    if config.get("maxTokens", 1) > model.answer:
        raise BedrockError(
            "ValidationException",
            f"The maximum tokens you requested exceeds the model limit of {model.answer}. "
            f"Try again with a maximum tokens value that is lower than {model.answer}.",
        )
    choice = next(iter((body.get("toolConfig") or {}).get("toolChoice") or {}), "auto")
    if choice not in model.choices:
        raise BedrockError(
            "ValidationException",
            f"This model doesn't support the toolConfig.toolChoice.{choice} field. Remove "
            f"toolConfig.toolChoice.{choice} and try again.",
        )
    tool = ((body.get("toolConfig") or {}).get("toolChoice") or {}).get("tool")
    if tool is not None and tool["name"] not in {spec["name"] for spec in _tools(body)}:
        raise BedrockError("ValidationException", "The toolChoice names a tool that is not among the tools.")
    if _tokens(_text(body)) > model.context:
        raise BedrockError("ValidationException", "Input is too long for requested model.")


def _tools(body: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [tool["toolSpec"] for tool in (body.get("toolConfig") or {}).get("tools", []) if "toolSpec" in tool]


def _text(body: Mapping[str, Any]) -> str:
    """All that the model reads."""
    blocks = [*(body.get("system") or []), *(block for message in body["messages"] for block in message["content"])]
    return "\n".join(block["text"] for block in blocks if isinstance(block.get("text"), str))


def _tokens(text: str) -> int:
    return math.ceil(len(text) / CHARACTERS_A_TOKEN)


def _answer(body: Mapping[str, Any], mode: str | None, model: Model) -> tuple[list[dict[str, Any]], str]:
    """The content blocks and the reason why the model stopped."""
    if (said := _said(body, mode)) is not None:
        return ([{"text": said.text}] if said.text else []), said.ending
    last = body["messages"][-1]["content"]
    document = extractive.source("\n".join(block["text"] for block in last if "text" in block))
    sentences = extractive.summarise(document, _SENTENCES)
    room = (body.get("inferenceConfig") or {}).get("maxTokens", model.answer) * CHARACTERS_A_TOKEN
    tool = _chosen(body)
    if mode == "empty":
        return ([_use(tool, _filled(tool, [], ""))] if tool else []), "tool_use" if tool else "end_turn"
    if mode == "looping":
        sentences = [(sentences or ["The document says nothing."])[0]] * 5
    if mode == "prose" or tool is None:
        return _as_text(" ".join(sentences), room)
    if mode == "broken":
        return [{"text": json.dumps({"sentences": sentences}, ensure_ascii=False)[:-3]}], "end_turn"
    if mode == "cut" or len(" ".join(sentences)) > room:
        return [_use(tool, _filled(tool, _cut(sentences, room), document))], "max_tokens"
    return [_use(tool, _filled(tool, sentences, document))], "tool_use"


def _said(body: Mapping[str, Any], mode: str | None) -> writer.Answer | faults.Answer | None:
    """What is answered to a prompt that has an engine of its own."""
    if (tables := writer.asked(body)) is not None:
        return writer.answer(tables, mode)
    return None if (passages := answerer.asked(body)) is None else answerer.answer(passages, mode)


def _chosen(body: Mapping[str, Any]) -> dict[str, Any] | None:
    """The tool that the request makes the model call; with ``any`` the first, with ``auto`` none."""
    choice = (body.get("toolConfig") or {}).get("toolChoice") or {}
    tools = _tools(body)
    if "any" in choice:
        return tools[0] if tools else None
    wanted = choice.get("tool", {}).get("name")
    return next((tool for tool in tools if tool["name"] == wanted), None)


def _as_text(text: str, room: int) -> tuple[list[dict[str, Any]], str]:
    if len(text) > room:
        return [{"text": text[:room]}], "max_tokens"
    return [{"text": text or "There is nothing to say."}], "end_turn"


def _cut(sentences: list[str], room: int) -> list[str]:
    """The sentences up to the place where the room, or half of them, ends; the last one in the middle."""
    room = min(room, max(1, len(" ".join(sentences)) // 2))
    kept: list[str] = []
    for sentence in sentences:
        kept.append(sentence[:room].rstrip(" ."))
        room -= len(sentence)
        if room <= 0:
            break
    return kept


def _use(tool: Mapping[str, Any], filled: Mapping[str, Any]) -> dict[str, Any]:
    return {"toolUse": {"toolUseId": f"tooluse_{uuid.uuid4().hex[:22]}", "name": tool["name"], "input": filled}}


def _filled(tool: Mapping[str, Any], sentences: list[str], document: str) -> dict[str, Any]:
    """An input that fits the tool's schema: lists and texts get sentences, a choice gets the likeliest name."""
    schema = tool["inputSchema"]["json"]
    filled: dict[str, Any] = {}
    for name, member in schema.get("properties", {}).items():
        kind = member.get("type")
        if "enum" in member:
            filled[name] = extractive.classify(document, [str(each) for each in member["enum"]])
        elif kind == "array":
            filled[name] = list(sentences)
        elif kind == "string":
            filled[name] = " ".join(sentences)
        elif kind in ("number", "integer"):
            filled[name] = 0
        elif kind == "boolean":
            filled[name] = False
        elif name in schema.get("required", []):
            filled[name] = {}
    return filled


def _error(code: str, message: str, status: int) -> Response:
    return ServiceError(code, message, status).response({"x-millrace-engine": NAME})
