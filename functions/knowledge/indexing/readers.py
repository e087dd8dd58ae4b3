"""The sets of readers that a turn has come by: the one that its document's vectors carry, and those that they left."""

from __future__ import annotations

from collections.abc import Callable

from common.table import Table
from knowledge.indexing.reconcile import Outcome
from knowledge.rights import sets


def settle(table: Table, carried: Callable[[str], bool], outcome: Outcome) -> None:
    """Keeps the set of who may read the document once more, now that vectors carry it, and forgets those that no
    vector of any document carries any longer. Raises as ``sets.keep`` and ``sets.forget`` do."""
    pointer = outcome.seen.pointer
    if pointer.version is not None and pointer.acl == outcome.seen.acl:
        sets.keep(table, outcome.seen.ruling.access)
    for name in sorted(outcome.left - {pointer.acl}):
        sets.forget(table, name, carried)
