"""Records of the completions stream -> the same pairs that logs give.

A record is JSON: ``request_id``, ``timestamp`` (RFC 3339, or seconds or milliseconds since the epoch), ``model_id``,
``prompt``, ``completion``, ``app``; and if the producer knows them ``stop_reason``, ``input_tokens``,
``output_tokens``, ``latency_ms``. Any model may be named, not only Bedrock's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from llm import model_families
from llm.logs import records
from llm.logs.bodies import Reply
from llm.logs.bodies.reply import tokens
from llm.logs.lines import MOST_LINE
from llm.logs.rules import Rules
from llm.model import EMBEDDING, INTERVENED, MALFORMED, NO_TEXT, TOO_LONG, TOOL_USE, Answer, Pair, Skipped

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
    if at is None or not isinstance(model_id, str) or not model_id or not isinstance(completion, str):
        return Skipped(MALFORMED, at or arrived)
    family = model_families.family(model_id, rules.profiles)
    pair = _pair(record, at, model_id, family, rules.app_of(record.get("app")))
    reason = ""
    if model_families.is_embedding(model_id, family):
        return Skipped(EMBEDDING, at, family, OPERATION, pair.app)
    if not completion.strip() and pair.stop_reason not in INTERVENED:
        reason = TOOL_USE if pair.stop_reason == "tool_use" else NO_TEXT
        return Skipped(reason, at, family, OPERATION, pair.app, pair)
    short_prompt, prompt_cut = records.cut(prompt if isinstance(prompt, str) else "")
    short_completion, completion_cut = records.cut(completion)
    return replace(pair, prompt=short_prompt, completion=short_completion, truncated=prompt_cut or completion_cut)


def _pair(record: Mapping[str, Any], at: datetime, model_id: str, family: str, app: str) -> Pair:
    """Everything but the texts."""
    reply = Reply()
    reply.stop(record.get("stop_reason"))
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
