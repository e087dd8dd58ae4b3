"""The day's account of scanned megabytes: looked at before a run, taken from after it, for only Athena knows how many.

So the runs that were let in before the ceiling was reached may pass it, each by the workgroup's limit at most.
Athena bills megabytes, rounded up, ten at least per query, those of a cancelled query too, none of a failed one or of
DDL and EXPLAIN (Athena's price list, "Pricing details").
"""

from __future__ import annotations

from dataclasses import dataclass

from common import settings
from common.errors import CeilingReached, PipelinePaused
from common.observability import count, logger, measure
from common.spending import accounts, pauses
from common.table import Table
from questions.model import SCANNED, SPENDING

MEGABYTE = 1 << 20
LEAST = 10
SEEN_SECONDS = 8 * 86_400
"""A redrive of a question finds its runs counted; longer than its work is kept."""


@dataclass(frozen=True)
class Settings:
    state_table: str
    daily_scan_megabytes: int


def check() -> None:
    """Raises CeilingReached where today's megabytes are scanned, PipelinePaused, and StorageUnavailable where nobody
    knows: without an answer nothing runs."""
    known = settings.read(Settings)
    table = Table(known.state_table)
    stops = {"CeilingReached": 0, "PipelinePaused": 0}
    try:
        pauses.check(table, SPENDING)
        _look(table, known.daily_scan_megabytes)
    except (CeilingReached, PipelinePaused) as error:
        stops[type(error).__name__] = 1
        logger().warning("nothing is bought", extra={"reason": type(error).__name__, "cause": str(error)})
        raise
    finally:
        for name, value in stops.items():
            count(name, value, **({"kind": SCANNED} if value else {}))


def _look(table: Table, ceiling: int) -> None:
    account = accounts.Account(table, SPENDING, SCANNED, ceiling)
    state = accounts.read(table, SPENDING, SCANNED, account.today)
    allowed = ceiling + state.raised
    if state.spent + LEAST > allowed:
        raise CeilingReached(
            f"{state.spent:,} of today's {allowed:,} {SCANNED} of {SPENDING} are taken. It goes on at midnight UTC, or "
            f"once the ceiling is raised (operate spending raise)."
        )


def take(query: str, scanned: int, *, billed: bool) -> int:
    """Takes what the query with this execution id scanned (bytes) from today's account, once; the megabytes billed.

    A worker that dies in the middle may take them twice, never not at all. Raises StorageUnavailable.
    """
    known = settings.read(Settings)
    table = Table(known.state_table)
    megabytes = max(LEAST, -(-scanned // MEGABYTE)) if billed else 0
    mark = f"question-scan#{query}"
    if table.get(mark) is not None:
        return megabytes
    if megabytes:
        account = accounts.Account(table, SPENDING, SCANNED, known.daily_scan_megabytes)
        spent = table.add(
            accounts.key(SPENDING, SCANNED, account.today), accounts.SPENT, megabytes, seconds=accounts.KEPT_SECONDS
        )
        measure("SpentPercent", "Percent", _percent(table, account, spent or 0))
    table.put_if_absent(mark, {"megabytes": megabytes}, seconds=SEEN_SECONDS)
    measure("MegabytesScanned", "Count", megabytes)
    return megabytes


def _percent(table: Table, account: accounts.Account, spent: int) -> float:
    allowed = account.ceiling + accounts.read(table, SPENDING, SCANNED, account.today).raised
    return min(100.0, 100 * spent / max(1, allowed))
