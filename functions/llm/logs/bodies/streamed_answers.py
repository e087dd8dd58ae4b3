"""Streamed answers: InvokeModelWithResponseStream is logged as the list of its chunks, each as the provider sent it."""

from __future__ import annotations

from llm.logs.bodies.blocks import TOOL_TYPES
from llm.logs.bodies.reply import Reply
from llm.logs.bodies.whole_answers import reply_of_body

METRICS = "amazon-bedrock-invocationMetrics"


def reply_of_chunks(chunks: list[object]) -> Reply:
    """One answer out of its chunks, in the order in which they came."""
    reply = Reply()
    for chunk in chunks:
        if isinstance(chunk, dict):
            _read(chunk, reply)
    return reply


def _read(chunk: dict[str, object], reply: Reply) -> None:
    reply.guardrail(chunk)
    reply.measured(chunk.get(METRICS))
    kind = chunk.get("type")
    if isinstance(kind, str):
        _event(kind, chunk, reply)
    elif isinstance(chunk.get("event_type"), str):
        _cohere(chunk, reply)
    elif isinstance(chunk.get("choices"), list):
        _delta_of_choice(chunk, reply)
    elif not _converse(chunk, reply):
        reply_of_body(chunk, reply)


def _event(kind: str, chunk: dict[str, object], reply: Reply) -> None:
    """Anthropic's events, and those of OpenAI's Responses."""
    inner = _dict(chunk, "delta")
    if kind == "content_block_delta":
        if inner.get("type", "text_delta") == "text_delta":
            reply.say(inner.get("text"))
    elif kind == "content_block_start":
        block = _dict(chunk, "content_block")
        reply.say(block.get("text"))
        reply.tool_use = reply.tool_use or block.get("type") in TOOL_TYPES
    elif kind == "message_start":
        reply.usage(_dict(chunk, "message").get("usage"))
    elif kind == "message_delta":
        reply.stop(inner.get("stop_reason"))
        reply.usage(chunk.get("usage"))
    elif kind == "message":  # a whole answer as the only chunk
        reply_of_body(chunk, reply)
    elif kind.startswith("response."):
        _response_event(kind, chunk, reply)


def _response_event(kind: str, chunk: dict[str, object], reply: Reply) -> None:
    if kind in {"response.output_text.delta", "response.refusal.delta"}:
        reply.say(chunk.get("delta"))
    elif kind in {"response.completed", "response.incomplete"}:
        whole = reply_of_body(chunk.get("response"))
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
        reply.say(delta.get("refusal"))
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
        reply.stop(_dict(chunk, "messageStop").get("stopReason"))
    elif "metadata" in chunk:
        reply.usage(_dict(chunk, "metadata").get("usage"))
        reply.latency(_dict(_dict(chunk, "metadata"), "metrics").get("latencyMs"))
    else:
        return "messageStart" in chunk or "contentBlockStop" in chunk
    return True


def _dict(holder: dict[str, object], name: str) -> dict[str, object]:
    found = holder.get(name)
    return found if isinstance(found, dict) else {}
