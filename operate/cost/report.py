"""A bill as text: a line per service, sums per month and per thousand or million pieces of work."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from operate import amounts
from operate.amounts import usd
from operate.cost import prices
from operate.cost.bill import Bill, Way

MONTH_DAYS = 30
LEAST_HOURS = 24
"""Below which nobody can say what a month costs."""
_WHAT, _AMOUNT = 36, 54


def young(stack: str, hours: float, days: int) -> Iterator[str]:
    """Where less was measured than was asked for."""
    yield (
        f"The stack {stack} is there for {span(hours)}, not for {amounts.of(days, 'day')}: sums are of that time, and "
        "months are reckoned from it."
    )
    if hours < LEAST_HOURS:
        yield "That is too short to say what a month costs."
    yield "An earlier stack of its name is in them with what it counted on the day (UTC) on which this one was made."
    yield ""


def span(hours: float) -> str:
    """Days, or hours where it is less than one."""
    if hours < LEAST_HOURS:
        return f"{hours:,.1f} hours"
    return amounts.of(hours / 24, "day") if hours % 24 == 0 else f"{hours / 24:,.1f} days"


def lines(bill: Bill, hours: float) -> Iterator[str]:
    """``hours``: that were measured."""
    yield f"{bill.pipeline}, {span(hours)}: {amounts.of(bill.things, bill.one or bill.thing[:-1], bill.thing)}"
    if not bill.things:
        yield f"  No {bill.thing} yet, or their metrics have not arrived (CloudWatch takes a minute or two)."
        if not bill.ours.usd:
            return
    per = f"per {bill.per:,}"
    yield f"  {'':<{_WHAT + _AMOUNT}}{'USD':>12}{'per month':>14}{per:>16}"
    for way in (bill.ours, *bill.others):
        yield f"  {way.name}{_share(bill, way)}"
        for line in way.lines:
            amount, why = ("", f"  ({line.amount})") if line.usd is None else (line.amount, "")
            yield f"    {line.what:<{_WHAT}}{amount:<{_AMOUNT - 2}}{_columns(bill, hours, line.usd)}{why}"
        together = "together" if way.is_whole else "together, at least"
        yield f"    {together:<{_WHAT + _AMOUNT - 2}}{_columns(bill, hours, way.usd)}"
    yield from (f"  {note}" for note in bill.notes)


def ending(bills: Sequence[Bill]) -> Iterator[str]:
    """Where the prices of these bills come from, and that nobody has asked AWS."""
    yield f"A month is {MONTH_DAYS} days like these. Prices were not asked of AWS: they are list prices of us-east-1"
    yield "in operate/prices.toml, without free tier, as of the month that each table says; what is from memory was"
    yield "compared with no page:"
    tables = dict.fromkeys(name for bill in bills for name in bill.tables)
    yield from (f"  {line}" for line in prices.sources(tables))
    if any(bill.pipeline == "documents" for bill in bills):
        yield f"  models: functions/llm/prices.toml, compared by {prices.models_as_of()} (make prices does it again)"


def _columns(bill: Bill, hours: float, amount: float | None) -> str:
    if amount is None:
        return f"{'not known':>12}{'-':>14}{'-':>16}"
    each = usd(amount / bill.things * bill.per) if bill.things else "-"
    month = usd(amount * MONTH_DAYS * 24 / hours) if hours >= LEAST_HOURS else "-"
    return f"{usd(amount):>12}{month:>14}{each:>16}"


def _share(bill: Bill, way: Way) -> str:
    """How much of another way is paid, where both are known to the last line."""
    if way is bill.ours or not (way.usd and way.is_whole and bill.ours.is_whole):
        return ""
    return f" (what was paid is {bill.ours.usd / way.usd:.1%} of it)"
