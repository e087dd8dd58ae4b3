"""LlmReadStream: records of the completions stream -> metrics of their pairs."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

from common import settings
from common.observability import Context, observed
from common.table import Table
from llm.logs import stream_batches
from llm.logs.rules import Rules
from llm.logs.shards import Shards
from llm.paid import dispatch


@dataclass(frozen=True, slots=True)
class Settings:
    """``own_roles`` matters to logs only: a producer knows what it sends."""

    state_table: str
    apps: str = ""
    app_key: str = ""
    model_profiles: str = ""
    own_roles: str = ""


@cache
def _settings() -> Settings:
    return settings.read(Settings)


@cache
def _rules() -> Rules:
    settings = _settings()
    return Rules.of(settings.own_roles, settings.apps, settings.app_key, settings.model_profiles)


@observed
def handler(event: dict[str, Any], _context: Context) -> dict[str, Any]:
    """A Kinesis batch of one shard in; ``{"batchItemFailures": [...]}`` with at most one sequence number out."""
    shards = Shards(Table(_settings().state_table))
    again_from = stream_batches.measure(event["Records"], shards, _rules(), dispatch.evaluate)
    return {"batchItemFailures": [] if again_from is None else [{"itemIdentifier": again_from}]}
