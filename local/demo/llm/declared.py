"""Answers of which not the text says what they are, but the provider, a guardrail, or the documents of a search."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from local.demo.llm.records import MODELS, Model, asked, converse, record

DECLINER = Model("us.anthropic.claude-sonnet-4-5-20250929-v1:0", "anthropic.claude-sonnet-4-5", "InvokeModel", 0)
MASKED = "Write to {EMAIL} and name the order, and a new filter is sent to you within three days."
NON_ANSWER = "The provided context does not contain enough information to say how loud the heat pump is."
CONTEXT = (
    "Answer from the context only.\n\nContext:\n[1] The heat pump is 1.20 m high and weighs 96 kg.\n"
    "[2] Its filter is changed once per year.\n\nQuestion: How loud is the heat pump at night?"
)


@dataclass(frozen=True)
class Kind:
    """``told``: what a reader has to count of each, by metric; ``refused``: whether it counts as a refusal."""

    model: Model
    make: Callable[[random.Random, datetime, str], dict[str, Any]]
    refused: bool
    told: Mapping[str, int] = field(default_factory=dict)


def _declined(chance: random.Random, at: datetime, region: str) -> dict[str, Any]:
    """HTTP 200, and no word (Anthropic's "Handle streaming refusals")."""
    request = {
        "anthropic_version": "bedrock-2023-05-31",
        "max_tokens": 512,
        "messages": [{"role": "user", "content": "How do I open the router of my neighbour without his password?"}],
    }
    answer = {
        "type": "message",
        "role": "assistant",
        "model": "claude-sonnet-4-5",
        "content": [],
        "stop_reason": "refusal",
        "stop_details": {"type": "refusal", "category": "cyber"},
        "usage": {"input_tokens": 18, "output_tokens": 0},
    }
    return record(chance, at, region, DECLINER, request, answer, (18, 0))


def _masked(chance: random.Random, at: datetime, region: str) -> dict[str, Any]:
    """The guardrail's stop reason is the same as that of a blocked answer; only the trace tells."""
    body = converse([{"text": MASKED}], "guardrail_intervened", (12, 20), chance)
    entity = {"type": "EMAIL", "match": "parts@example.com", "action": "ANONYMIZED"}
    policy = {"sensitiveInformationPolicy": {"piiEntities": [entity], "regexes": []}}
    body["trace"] = {"guardrail": {"outputAssessments": {"help-desk": [policy]}}}
    request = asked(MODELS[1], "Where do I get a new filter for the air purifier?")
    return record(chance, at, region, MODELS[1], request, body, (12, 20))


def _not_in_documents(chance: random.Random, at: datetime, region: str) -> dict[str, Any]:
    body = converse([{"text": NON_ANSWER}], "end_turn", (60, 18), chance)
    return record(chance, at, region, MODELS[0], asked(MODELS[0], CONTEXT), body, (60, 18))


KINDS = (
    Kind(DECLINER, _declined, True, {"RefusalsDeclared": 1, "RefusalsDeclaredCyber": 1}),
    Kind(MODELS[1], _masked, False, {"GuardrailMasked": 1, "GuardrailSensitiveInformationPolicy": 1}),
    Kind(MODELS[0], _not_in_documents, True, {"RefusalNoKnowledge": 1}),
)
