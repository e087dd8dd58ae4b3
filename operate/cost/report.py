"""A bill as text: a line per service, sums per month and per thousand or million pieces of work."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from operate.amounts import usd
from operate.cost import prices
from operate.cost.bill import Bill, Way

MONTH_DAYS = 30
_WHAT, _AMOUNT = 36, 54


def lines(bill: Bill, days: int) -> Iterator[str]:
    yield f"{bill.pipeline}, {days} days: {bill.things:,.0f} {bill.thing}"
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
            yield f"    {line.what:<{_WHAT}}{amount:<{_AMOUNT - 2}}{_columns(bill, days, line.usd)}{why}"
        together = "together" if way.is_whole else "together, at least"
        yield f"    {together:<{_WHAT + _AMOUNT - 2}}{_columns(bill, days, way.usd)}"
    yield from (f"  {note}" for note in bill.notes)


def ending(bills: Iterable[Bill]) -> Iterator[str]:
    """Where the prices of these bills come from."""
    yield f"A month is {MONTH_DAYS} days like these. List prices of us-east-1, no free tier (operate/prices.toml):"
    tables = dict.fromkeys(name for bill in bills for name in bill.tables)
    yield from (f"  {line}" for line in prices.sources(tables))


def _columns(bill: Bill, days: int, amount: float | None) -> str:
    if amount is None:
        return f"{'not known':>12}{'-':>14}{'-':>16}"
    each = usd(amount / bill.things * bill.per) if bill.things else "-"
    return f"{usd(amount):>12}{usd(amount * MONTH_DAYS / days):>14}{each:>16}"


def _share(bill: Bill, way: Way) -> str:
    """How much of another way is paid, where both are known to the last line."""
    if way is bill.ours or not (way.usd and way.is_whole and bill.ours.is_whole):
        return ""
    return f" (what was paid is {bill.ours.usd / way.usd:.1%} of it)"
