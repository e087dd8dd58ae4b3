"""Records of the completions stream -> the same pairs that logs give.

A record is JSON: ``request_id``, ``timestamp`` (RFC 3339, or seconds or milliseconds since the epoch), ``model_id``,
``prompt``, ``completion``, ``app``; and if the producer knows them ``stop_reason`` (in its provider's own words),
``stop_details``, ``input_tokens``, ``output_tokens``, ``latency_ms``, ``first_byte_ms``. Any model may be named, not
only Bedrock's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from llm import model_families, stops
from llm.logs import records
from llm.logs.bodies import Reply
from llm.logs.bodies.reply import milliseconds, tokens
from llm.logs.bodies.thoughts import without_thoughts
from llm.logs.lines import MOST_LINE
from llm.logs.rules import Rules
from llm.model import EMBEDDING, ERROR, INTERVENED, MALFORMED, NO_TEXT, TOO_LONG, TOOL_USE, Answer, Pair, Skipped

OPERATION = "Stream"
_MILLISECONDS_FROM = 1e11
"""As seconds this is the year 5138."""


def pair_of(data: bytes, arrived: datetime, rules: Rules) -> Answer:
    """``arrived``: when Kinesis took the record, for one that names no time. Raises nothing."""
    if len(data) > MOST_LINE:
        return Skipped(TOO_LONG, arrived)
    record = records.parse(data)
    if not isinstance(record, dict):
        return Skipped(MALFORMED, arrived)
    at = _time(record.get("timestamp", arrived))
    model_id, prompt, completion = (record.get(name) for name in ("model_id", "prompt", "completion"))
    if completion is None and isinstance(record.get("stop_reason"), str):
        completion = ""  # what a producer has where the provider refused or filtered
    if at is None or not isinstance(model_id, str) or not model_id or not isinstance(completion, str):
        return Skipped(MALFORMED, at or arrived)
    family = model_families.family(model_id, rules.profiles)
    pair = _pair(record, at, model_id, family, rules.app_of(record.get("app")))
    completion = without_thoughts(completion)
    if model_families.is_embedding(model_id, family):
        return Skipped(EMBEDDING, at, family, OPERATION, pair.app)
    if reason := _nothing_to_judge(completion, pair.stop_reason):
        return Skipped(reason, at, family, OPERATION, pair.app, pair)
    short_prompt, prompt_cut = records.cut(prompt if isinstance(prompt, str) else "")
    short_completion, completion_cut = records.cut(completion)
    return replace(pair, prompt=short_prompt, completion=short_completion, truncated=prompt_cut or completion_cut)


def _nothing_to_judge(completion: str, stop_reason: str) -> str:
    """The reason why there is no pair; "" where there is one."""
    if stops.kind_of(stop_reason) == "skipped":
        return ERROR
    if completion.strip() or stop_reason in INTERVENED:
        return ""
    return TOOL_USE if stop_reason == stops.TOOL_USE else NO_TEXT


def _pair(record: Mapping[str, Any], at: datetime, model_id: str, family: str, app: str) -> Pair:
    """Everything but the texts."""
    reply = Reply()
    reply.stop(record.get("stop_reason"))
    reply.detail(record.get("stop_details"))
    reply.latency(record.get("latency_ms"))
    request_id = record.get("request_id")
    return Pair(
        request_id=request_id if isinstance(request_id, str) else "",
        timestamp=at,
        source="stream",
        operation=OPERATION,
        model_id=model_id,
        model_family=family,
        app=app,
        prompt="",
        completion="",
        stop_reason=reply.stop_reason,
        input_tokens=tokens(record.get("input_tokens")),
        output_tokens=tokens(record.get("output_tokens")),
        latency_ms=reply.latency_ms,
        category=reply.category,
        first_byte_ms=milliseconds(record.get("first_byte_ms")),
    )


def _time(value: object) -> datetime | None:
    if isinstance(value, datetime):
        return value.astimezone(UTC)
    if isinstance(value, int | float) and not isinstance(value, bool):
        try:
            return datetime.fromtimestamp(value / 1000 if value > _MILLISECONDS_FROM else value, UTC)
        except (ValueError, OverflowError, OSError):
            return None
    return records.timestamp_of(value)
