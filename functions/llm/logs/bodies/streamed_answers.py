"""Streamed answers: InvokeModelWithResponseStream is logged as the list of its chunks, each as the provider sent it."""

from __future__ import annotations

import json

from llm import stops
from llm.logs.bodies import speech
from llm.logs.bodies.blocks import TOOL_TYPES, kind_of
from llm.logs.bodies.reply import Reply
from llm.logs.bodies.whole_answers import reply_of_body

METRICS = "amazon-bedrock-invocationMetrics"


def reply_of_chunks(chunks: list[object]) -> Reply:
    """One answer out of its chunks, in the order in which they came."""
    reply = Reply()
    talk = speech.Talk(reply)
    for each in chunks:
        chunk = parsed(each) if isinstance(each, str) else each
        if isinstance(chunk, dict):
            event = chunk.get("event")
            if isinstance(event, dict):
                talk.hear(event)
            else:
                _read(chunk, reply)
    talk.end()
    return reply


def parsed(text: str) -> object:
    """A body or a chunk that is JSON in a string; the string where it is none."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def _read(chunk: dict[str, object], reply: Reply) -> None:
    reply.guardrail(chunk)
    reply.measured(chunk.get(METRICS))
    kind = chunk.get("type")
    if kind == "error" or any(name.endswith("Exception") for name in chunk):  # it broke off; Bedrock's have their names
        reply.stop(stops.FAILED)
    elif isinstance(kind, str):
        _event(kind, chunk, reply)
    elif isinstance(chunk.get("event_type"), str):
        _cohere(chunk, reply)
    elif isinstance(chunk.get("choices"), list):
        _delta_of_choice(chunk, reply)
    elif isinstance(chunk.get("message"), str) and "error" not in chunk:  # Pegasus
        reply.say(chunk["message"])
        reply.stop(chunk.get("finishReason"))
    elif not _converse(chunk, reply):
        reply_of_body(chunk, reply)


def _event(kind: str, chunk: dict[str, object], reply: Reply) -> None:
    """Anthropic's events, and those of OpenAI's Responses."""
    inner = _dict(chunk, "delta")
    if kind == "content_block_delta":
        if inner.get("type", "text_delta") == "text_delta":
            reply.say(inner.get("text"))
    elif kind == "content-delta":  # Cohere's second version
        content = _dict(_dict(inner, "message"), "content")
        reply.say(content.get("text"))
    elif kind == "message-end":
        reply.stop(inner.get("finish_reason"))
        reply.usage(inner.get("usage"))
    elif kind == "tool-call-start":
        reply.tool_use = True
    elif kind == "content_block_start":
        block = _dict(chunk, "content_block")
        reply.say(block.get("text"))
        reply.tool_use = reply.tool_use or kind_of(block) in TOOL_TYPES
    elif kind == "message_start":
        reply.usage(_dict(chunk, "message").get("usage"))
    elif kind == "message_delta":
        reply.stop(inner.get("stop_reason"))
        reply.detail(inner.get("stop_details") or chunk.get("stop_details"))
        reply.usage(chunk.get("usage"))
    elif kind == "message":  # a whole answer as the only chunk
        reply_of_body(chunk, reply)
    elif kind == "amazon-bedrock-trace":
        reply.trace(chunk.get("trace"))
    elif kind.startswith("response."):
        _response_event(kind, chunk, reply)


def _response_event(kind: str, chunk: dict[str, object], reply: Reply) -> None:
    if kind == "response.output_text.delta":
        reply.say(chunk.get("delta"))
    elif kind == "response.refusal.delta":
        reply.refuse(chunk.get("delta"))
    elif kind in {"response.completed", "response.incomplete", "response.failed"}:
        whole = reply_of_body({"output": [], **_dict(chunk, "response")})
        reply.parts = reply.parts or whole.parts  # the same text once more
        reply.usage(_dict(chunk, "response").get("usage"))
        reply.tool_use = reply.tool_use or whole.tool_use
        reply.stop(whole.stop_reason)


def _cohere(chunk: dict[str, object], reply: Reply) -> None:
    """``stream-end`` repeats the whole text under ``response``."""
    if chunk["event_type"] == "text-generation":
        reply.say(chunk.get("text"))
    elif chunk["event_type"] == "stream-end":
        reply.stop(chunk.get("finish_reason"))
    elif chunk["event_type"] == "tool-calls-generation":
        reply.tool_use = True


def _delta_of_choice(chunk: dict[str, object], reply: Reply) -> None:
    reply.usage(chunk.get("usage"))
    choices = chunk["choices"]
    choice = choices[0] if isinstance(choices, list) and choices else None
    if not isinstance(choice, dict) or choice.get("index", 0) != 0:
        return
    delta = choice.get("delta")
    if isinstance(delta, dict):
        reply.say(delta.get("content"))
        reply.refuse(delta.get("refusal"))
        reply.tool_use = reply.tool_use or bool(delta.get("tool_calls"))
        reply.stop(choice.get("finish_reason") or choice.get("stop_reason"))
    else:
        reply_of_body(chunk, reply)


def _converse(chunk: dict[str, object], reply: Reply) -> bool:
    """Nova's chunks have the form of ConverseStream's events; False where this is none."""
    if "contentBlockDelta" in chunk:
        reply.say(_dict(_dict(chunk, "contentBlockDelta"), "delta").get("text"))
    elif "contentBlockStart" in chunk:
        reply.tool_use = reply.tool_use or "toolUse" in _dict(_dict(chunk, "contentBlockStart"), "start")
    elif "messageStop" in chunk:
        end = _dict(chunk, "messageStop")
        reply.stop(end.get("stopReason"))
        reply.detail(_dict(end, "additionalModelResponseFields").get("stop_details"))
    elif "metadata" in chunk:
        reply.trace(_dict(chunk, "metadata").get("trace"))
        reply.usage(_dict(chunk, "metadata").get("usage"))
        reply.latency(_dict(_dict(chunk, "metadata"), "metrics").get("latencyMs"))
    else:
        return "messageStart" in chunk or "contentBlockStop" in chunk
    return True


def _dict(holder: dict[str, object], name: str) -> dict[str, object]:
    found = holder.get(name)
    return found if isinstance(found, dict) else {}
