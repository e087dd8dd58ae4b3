"""The day's accounts of a stack: what is bought, of how much, what is left; and one of them raised for today."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

from operate.clients import Target
from operate.errors import OperateError
from operate.spending import ceilings, pausing

Clock = Callable[[], float]


def show(target: Target, clock: Clock = time.time) -> Iterator[str]:
    """A line per kind, and one per pipeline that is paused."""
    from common.spending import accounts, pauses
    from common.table import Table
    from operate.models.judge import clean

    kinds = list(ceilings.of(target))
    table, day = Table(ceilings.table_name(target), target.client("dynamodb")), accounts.day_of(clock())
    yield f"{day}, by UTC; a new day begins in {_until_midnight(clock())}"
    for kind, ceiling in kinds:
        state = accounts.read(table, kind.pipeline, kind.name, day)
        allowed = ceiling + state.raised
        left = max(0, allowed - state.spent)
        percent = f"{100 * state.spent / allowed:.0f} %" if allowed else "buys nothing"
        bought = f"{state.spent:>13,} of {allowed:>13,}   left {left:>13,}   {percent:>12}"
        yield f"{kind.pipeline:<10} {kind.name:<22} {bought}   {kind.what}"
        for raised in state.raises:
            yield f"{'':<10} raised by {raised['amount']:,} at {raised['at']} by {raised['by']}"
    for pipeline in dict.fromkeys(kind.pipeline for kind, _ in kinds):
        pause = pauses.read(table, pipeline)
        if pause is not None:
            why = f": {' '.join(pause.why.split())}" if pause.why else ""
            yield clean(f"{pipeline:<10} is paused since {pause.at} by {pause.by}{why}")  # a terminal obeys


def raise_today(target: Target, kind: str, amount: int, clock: Clock = time.time) -> Iterator[str]:
    """Raises today's ceiling of ``kind`` by ``amount``; tomorrow's is the deployed one again. It cannot be lowered.

    Raises OperateError where the stack has no such kind, for an absurd amount, or where somebody else raised it at the
    same moment.
    """
    from common.errors import ConcurrentUpdate
    from common.spending import accounts
    from common.table import Table

    found = {each.name: (each, ceiling) for each, ceiling in ceilings.of(target)}
    if kind not in found:
        raise OperateError(f"The stack {target.stack} has no ceiling of {kind!r}: name {', '.join(found)}.")
    known, ceiling = found[kind]
    table, day = Table(ceilings.table_name(target), target.client("dynamodb")), accounts.day_of(clock())
    ceilings.check_raise(known, ceiling, accounts.read(table, known.pipeline, kind, day).raised, amount)
    by, at = ceilings.caller(target), f"{datetime.fromtimestamp(clock(), UTC):%Y-%m-%dT%H:%M:%SZ}"
    try:
        state = accounts.raise_ceiling(table, known.pipeline, kind, day, amount, by, at)
    except ConcurrentUpdate as error:
        raise OperateError(str(error)) from error
    allowed = ceiling + state.raised
    more = f"{amount:,} more than before; {state.spent:,} are bought"
    yield f"{known.pipeline} may buy {allowed:,} {kind} on {day}, {more}"
    yield f"{pausing.GOES_ON[known.pipeline]}; nothing has to be deployed"
    yield (
        f"it cannot be lowered again before midnight UTC; to stop buying: "
        f"python -m operate pause {known.pipeline}{target.place()}"
    )


def _until_midnight(now: float) -> str:
    minutes = int(86_400 - now % 86_400) // 60
    return f"{minutes // 60} h {minutes % 60} min"
