"""Content blocks: Converse's (told by their member's name) and those of Anthropic and OpenAI (told by ``type``)."""

from __future__ import annotations

from llm.logs.bodies.reply import Reply

TEXT_TYPES = frozenset({"text", "output_text", "input_text"})
TOOL_TYPES = frozenset({"tool_use", "server_tool_use", "function_call", "custom_tool_call", "mcp_call"})
TOOL_MEMBERS = frozenset({"toolUse", "tool_use"})
MEDIA_TYPES = frozenset({"image", "video", "audio", "output_audio", "image_generation_call"})
MEDIA_MEMBERS = ("image", "video", "audio")
"""Converse's blocks of an answer that is to be looked at or listened to."""


def kind_of(block: dict[str, object]) -> str | None:
    """Its ``type``; None where it has none, "" where that is no text, which is no kind that anybody knows."""
    kind = block.get("type")
    return kind if kind is None or isinstance(kind, str) else ""


def text_of(content: object) -> str:
    """All text that a person wrote in a turn's content, which is a string or a list of blocks."""
    if isinstance(content, str):
        return content
    if not isinstance(content, list):
        return ""
    return "\n".join(text for block in content if (text := _text_of_block(block)))


def _text_of_block(block: object) -> str:
    if isinstance(block, str):
        return block
    if not isinstance(block, dict):
        return ""
    kind = kind_of(block)
    if kind is not None and kind not in TEXT_TYPES:
        return ""
    guarded = block.get("guardContent")
    if isinstance(guarded, dict):  # the same text, marked for the guardrail to look at
        return text_of([guarded.get("text")]) if isinstance(guarded.get("text"), dict) else ""
    text = block.get("text")
    return text if isinstance(text, str) else ""


def said(content: object, reply: Reply) -> None:
    """Adds to ``reply`` what an assistant's content shows to its user; reasoning is not shown, calls are noted."""
    if isinstance(content, str):
        reply.say(content)
    elif isinstance(content, list):
        for block in content:
            if isinstance(block, dict):
                _said_in_block(block, reply)


def _said_in_block(block: dict[str, object], reply: Reply) -> None:
    kind = kind_of(block)
    if kind in TOOL_TYPES or not TOOL_MEMBERS.isdisjoint(block):
        reply.tool_use = True
    elif kind in TEXT_TYPES or (kind is None and isinstance(block.get("text"), str)):
        reply.say(block.get("text"))
    elif kind == "refusal":
        reply.refuse(block.get("refusal"))
    elif kind in MEDIA_TYPES or (kind is None and any(isinstance(block.get(name), dict) for name in MEDIA_MEMBERS)):
        reply.media = True
    elif isinstance(cited := block.get("citationsContent"), dict):
        said(cited.get("content"), reply)
