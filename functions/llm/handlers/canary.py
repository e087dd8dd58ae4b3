"""LlmCanary: a schedule's event -> the fixed list of prompts to one model, and metrics of what changed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from common import settings
from common.errors import SpendingStopped
from common.observability import Context, count, observed
from common.spending import Purse
from common.table import Table
from llm import spending
from llm.canary import asking, comparing, prompts

CALLS = 3
"""Of a prompt at most: one to the model, and two texts that are embedded."""


@dataclass(frozen=True, slots=True)
class Settings:
    """``canary_model``: the id or ARN that is asked; ``canary_likeness_percent``: likeness below which an answer has
    strayed from the first one."""

    canary_model: str
    canary_likeness_percent: int
    state_table: str


@observed
def handler(event: dict[str, Any], _context: Context) -> dict[str, int]:  # noqa: ARG001 - a schedule's says nothing
    """Anything in; the counts out. A round that may not be bought is left out and counted: another one comes soon."""
    options = settings.read(Settings)
    with spending.canary_purse(options.state_table) as purse:
        return _round(options, purse)


def _round(options: Settings, purse: Purse) -> dict[str, int]:
    model, listed, floor = options.canary_model, prompts.load(), options.canary_likeness_percent / 100
    try:
        purse.have(CALLS * len(listed))
    except SpendingStopped:
        count("CanaryLeftOut")
        return {"CanaryLeftOut": 1}
    heard = purse.spend(len(listed), lambda: asking.ask(model, listed), lambda: len(listed))
    return comparing.compare(model, listed, heard, Table(options.state_table), floor, purse)
