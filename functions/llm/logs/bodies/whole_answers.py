"""Whole answers: Converse's, and InvokeModel's of each provider."""

from __future__ import annotations

from llm.logs.bodies.blocks import MEDIA_TYPES, TOOL_TYPES, kind_of, said
from llm.logs.bodies.reply import Reply, first

VECTORS = frozenset({"embedding", "embeddings", "embeddingsByType"})
MEDIA = frozenset({"images", "artifacts", "videos", "audios", "audio", "image", "video", "invocationArn"})
"""What models of images, video and speech answer with; the last is of a call whose answer goes to S3."""


def reply_of_body(body: object, reply: Reply | None = None) -> Reply:
    """Reads one body into ``reply``; an unknown shape leaves it empty."""
    reply = Reply() if reply is None else reply
    if not isinstance(body, dict):
        return reply
    reply.guardrail(body)
    _numbers(body, reply)
    output = body.get("output")
    if not VECTORS.isdisjoint(body):
        reply.embedding = True
    elif isinstance(output, dict):  # Converse, Nova
        message = output.get("message")
        said(message.get("content") if isinstance(message, dict) else None, reply)
        _converse_end(body, reply)
    elif isinstance(output, list):  # OpenAI Responses
        _responses(body, output, reply)
    elif isinstance(body.get("choices"), list):  # OpenAI chat completions, Mistral, DeepSeek, Jamba
        _choice(body["choices"], reply)
    elif isinstance(body.get("content"), list):  # Anthropic messages
        said(body["content"], reply)
        reply.stop(body.get("stop_reason"))
        reply.detail(body.get("stop_details"))
    elif isinstance(message := body.get("message"), dict) and "content" in message:  # Cohere's second version
        said(message["content"], reply)
        reply.tool_use = reply.tool_use or bool(message.get("tool_calls"))
        reply.stop(body.get("finish_reason"))
    else:
        _older(body, reply)
    return reply


def _converse_end(body: dict[str, object], reply: Reply) -> None:
    """Why it ended. What a provider says besides lies in additionalModelResponseFields, if it was asked for."""
    reply.stop(body.get("stopReason"))
    if isinstance(further := body.get("additionalModelResponseFields"), dict):
        reply.stop(further.get("stop_reason"))
        reply.detail(further.get("stop_details"))
    if "stop_details" in body:
        reply.detail(body["stop_details"])
    if "trace" in body:
        reply.trace(body["trace"])


def _numbers(body: dict[str, object], reply: Reply) -> None:
    reply.usage(body.get("usage"))
    metrics = body.get("metrics")
    if isinstance(metrics, dict):
        reply.latency(metrics.get("latencyMs"))
    reply.measured(body.get("amazon-bedrock-invocationMetrics"))
    reply.input_tokens = first(body, ("prompt_token_count", "inputTextTokenCount"), reply.input_tokens)
    reply.output_tokens = first(body, ("generation_token_count",), reply.output_tokens)


def _responses(body: dict[str, object], items: list[object], reply: Reply) -> None:
    for item in items:
        if isinstance(item, dict):
            kind = kind_of(item)
            if kind in {None, "message"}:
                said(item.get("content"), reply)
            elif kind in TOOL_TYPES:
                reply.tool_use = True
            elif kind in MEDIA_TYPES:
                reply.media = True
    details = body.get("incomplete_details")
    reply.stop(details.get("reason") if isinstance(details, dict) else body.get("status"))


def _choice(choices: list[object], reply: Reply) -> None:
    """The first of several alternatives is the one that counts."""
    choice = choices[0] if choices else None
    if not isinstance(choice, dict):
        return
    message = choice.get("message")
    if isinstance(message, dict):
        said(message.get("content"), reply)
        reply.refuse(message.get("refusal"))
        reply.media = reply.media or isinstance(message.get("audio"), dict)
        reply.tool_use = reply.tool_use or bool(message.get("tool_calls"))
    else:
        reply.say(choice.get("text"))
    reply.stop(choice.get("finish_reason") or choice.get("stop_reason"))


_LISTS = {"results": "outputText", "outputs": "text", "generations": "text", "completions": "data"}
"""Titan, Mistral, Cohere and AI21: the list, and the member of its first entry that holds the text."""

_TEXTS = ("completion", "generation", "outputText", "text")
"""Anthropic's older form, Llama, Titan's chunks, Cohere's Command R."""
_PEGASUS = "finishReason"
"""Pegasus says its text in "message", as errors do, and with it why it stopped."""

_STOPS = ("stop_reason", "finish_reason", "completionReason", "finishReason", "stopReason")


def _older(body: dict[str, object], reply: Reply) -> None:
    for member, text in _LISTS.items():
        entries = body.get(member)
        if isinstance(entries, list):
            entry = entries[0] if entries else None
            if isinstance(entry, dict):
                held = entry.get(text)
                reply.say(held.get("text") if isinstance(held, dict) else held)
                reply.output_tokens = first(entry, ("tokenCount",), reply.output_tokens)
                _stop(entry, reply)
            return
    for text in _TEXTS:
        if isinstance(body.get(text), str):
            reply.say(body[text])
            break
    else:
        if _PEGASUS in body:
            reply.say(body.get("message"))
    reply.media = reply.media or not MEDIA.isdisjoint(body)
    reply.output_tokens = first(body, ("totalOutputTextTokenCount",), reply.output_tokens)
    reply.tool_use = reply.tool_use or bool(body.get("tool_calls"))
    reply.failed = not reply.parts and not reply.media and isinstance(body.get("error"), dict | str)
    _stop(body, reply)
    reply.detail(body.get("stop_details"))


def _stop(holder: dict[str, object], reply: Reply) -> None:
    for name in _STOPS:
        reason = holder.get(name)
        if isinstance(reason, dict):  # AI21
            reason = reason.get("reason")
        if isinstance(reason, str) and reason:
            reply.stop(reason)
            return
