"""Why a model stopped: the words of every provider, the one name that each has here, and what an answer with it is.

Sources: Bedrock's API model (StopReason of Converse); the providers' pages in the Bedrock user guide, "Inference
request parameters and response fields"; their own API references for what the guide leaves out.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

Kind = Literal["pair", "refused", "filtered", "skipped"]
"""pair: the text is judged, if there is any. refused: the provider says that the model declined; nothing is read.
filtered: the user did not get the model's text. skipped: the call broke, and what is there is no answer."""

GUARDRAIL, BLOCKED, MASKED = "guardrail_intervened", "guardrail_blocked", "guardrail_masked"
"""What Bedrock says of a guardrail; and what its trace says that it did. Without a trace the text tells."""
FILTERED, REFUSED, TOOL_USE = "content_filtered", "refusal", "tool_use"
FAILED = "error"

KINDS: Mapping[str, Kind] = {
    "end_turn": "pair",
    "max_tokens": "pair",
    "stop_sequence": "pair",
    TOOL_USE: "pair",
    "pause_turn": "pair",
    "interrupted": "pair",
    "model_context_window_exceeded": "pair",
    GUARDRAIL: "pair",
    MASKED: "pair",
    REFUSED: "refused",
    FILTERED: "filtered",
    BLOCKED: "filtered",
    "malformed_model_output": "skipped",
    "malformed_tool_use": "skipped",
    FAILED: "skipped",
}
"""Every name that a stop reason has here. A word that is in no table is kept as it is, and its text judged."""

_CONVERSE = {
    name: name
    for name in (
        "end_turn",
        "tool_use",
        "max_tokens",
        "stop_sequence",
        "guardrail_intervened",
        "content_filtered",
        "malformed_model_output",
        "malformed_tool_use",
        "model_context_window_exceeded",
    )
}
_OPENAI = {
    "stop": "end_turn",
    "length": "max_tokens",
    "tool_calls": TOOL_USE,
    "function_call": TOOL_USE,
    "content_filter": FILTERED,
    REFUSED: REFUSED,
}
_CHAT = {"stop": "end_turn", "length": "max_tokens", "tool_calls": TOOL_USE}

BY_FAMILY: Mapping[str, Mapping[str, str]] = {
    "converse": _CONVERSE,
    "nova": _CONVERSE,
    "sonic": {"end_turn": "end_turn", "interrupted": "interrupted", "partial_turn": "end_turn", TOOL_USE: TOOL_USE},
    "anthropic": {
        "end_turn": "end_turn",
        "max_tokens": "max_tokens",
        "stop_sequence": "stop_sequence",
        TOOL_USE: TOOL_USE,
        "pause_turn": "pause_turn",
        REFUSED: REFUSED,
        "model_context_window_exceeded": "model_context_window_exceeded",
    },
    "titan": {
        "finish": "end_turn",
        "finished": "end_turn",
        "length": "max_tokens",
        "stop_criteria_met": "stop_sequence",
        "rag_query_when_rag_disabled": FAILED,
        FILTERED: FILTERED,
    },
    "llama": {"stop": "end_turn", "length": "max_tokens"},
    "mistral": {**_CHAT, "model_length": "max_tokens", "error": FAILED},
    "cohere": {
        "complete": "end_turn",
        "max_tokens": "max_tokens",
        "stop_sequence": "stop_sequence",
        "tool_call": TOOL_USE,
        "error": FAILED,
        "error_limit": "model_context_window_exceeded",
        "error_toxic": FILTERED,
        "timeout": FAILED,
        "user_cancel": "interrupted",
    },
    "ai21": {**_CHAT, "endoftext": "end_turn"},
    "openai": _OPENAI,
    "openai responses": {
        "completed": "end_turn",
        "max_output_tokens": "max_tokens",
        "content_filter": FILTERED,
        "incomplete": "max_tokens",
        "cancelled": "interrupted",
        "failed": FAILED,
    },
    "deepseek": {**_OPENAI, "insufficient_system_resource": FAILED},
    "google": {
        **_CHAT,
        "max_tokens": "max_tokens",
        "safety": FILTERED,
        "prohibited_content": FILTERED,
        "blocklist": FILTERED,
        "recitation": FILTERED,
        "spii": FILTERED,
        "malformed_function_call": "malformed_tool_use",
    },
    "minimax": _OPENAI,
    "moonshot": _OPENAI,
    "nvidia": _CHAT,
    "pegasus": {"stop": "end_turn", "length": "max_tokens"},
    "qwen": _OPENAI,
    "writer": _OPENAI,
    "zai": {**_OPENAI, "sensitive": FILTERED, "network_error": FAILED},
    "anywhere": {"content-filter": FILTERED, BLOCKED: BLOCKED, MASKED: MASKED},
}
"""Family -> its words in small letters -> the name here. No word means two things, so a body needs no model to be
read; "anywhere" is what producers of the completions stream may say besides."""

_NAMES = {word: name for words in BY_FAMILY.values() for word, name in words.items()}


def name_of(word: str) -> str:
    """The one name of a provider's word; a word that no table has stays, in small letters."""
    name = _NAMES.get(word)
    if name is None:
        lowered = word.lower()
        name = _NAMES.get(lowered, lowered)
    return name


def kind_of(name: str) -> Kind:
    """What an answer with this stop reason is."""
    return KINDS.get(name, "pair")


CATEGORIES = frozenset({"bio", "cyber", "frontier_llm", "general_harms", "reasoning_extraction"})
"""Of Anthropic's refusals (``stop_details.category``). A metric each, so every other name is "other"."""


def category_of(details: object) -> str:
    """The policy that a refusal names: one of CATEGORIES, "other", or "" where it names none."""
    category = details.get("category") if isinstance(details, dict) else None
    if not isinstance(category, str) or not category:
        return ""
    return category if category in CATEGORIES else "other"
