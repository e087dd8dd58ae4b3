"""What became of all portions -> the next manifest, and the report of the sync."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from knowledge.connectors.listing import Entry

MOST_NAMED: Final = 1_000
"""Keys of one kind in a report; the counts are of all."""


@dataclass
class Sum:
    done: Counter[str] = field(default_factory=Counter)
    skipped: dict[str, str] = field(default_factory=dict)
    problems: dict[str, str] = field(default_factory=dict)

    def add(self, outcome: Mapping[str, Any]) -> None:
        self.done.update(outcome["done"])
        self.skipped.update(outcome["skipped"])
        self.problems.update(outcome["problems"])


def manifest(listed: Mapping[str, Entry], before: Mapping[str, Entry], found: Sum) -> list[Entry]:
    """What the inbox holds now by the connector's hand. What was skipped is not certain, so it is looked at again.

    Somebody else's is not in it. What waited to be removed is.
    """
    entries = [_entry(entry, before.get(key), found) for key, entry in listed.items()]
    entries += [replace(entry, mark="") for key, entry in before.items() if key not in listed and key in found.skipped]
    return [entry for entry in entries if found.skipped.get(entry.key) != "foreign"]


def _entry(entry: Entry, old: Entry | None, found: Sum) -> Entry:
    mark = "" if entry.key in found.skipped else entry.mark
    problem = found.problems.get(entry.key, "")
    if not problem and old is not None and old.mark == entry.mark:
        problem = old.problem  # it was not looked at
    return replace(entry, mark=mark, problem=problem)


def counts(entries: Iterable[Entry], found: Sum, left_out: Mapping[str, int]) -> dict[str, int]:
    """Numbers by name; every one of them is there, and zero where nothing was."""
    kept = list(entries)
    refused = Counter(reason for reason in found.skipped.values())
    return {
        "documents": sum(entry.kind == "document" for entry in kept),
        "copied": found.done["copied"],
        "removed": found.done["removed"],
        "access_written": found.done["access_written"],
        "access_removed": found.done["access_removed"],
        "access_unreadable": sum(bool(entry.problem) for entry in kept),
        **{name: left_out.get(name, 0) for name in ("without_access", "too_large", "key_too_long")},
        **{name: refused[name] for name in ("foreign", "without_its_access_file", "refused", "changed", "waits")},
    }


def report(entries: Iterable[Entry], found: Sum, said: Mapping[str, Any]) -> dict[str, Any]:
    """``said``: ``schema, execution, counts, circles``."""
    problems = {entry.key: entry.problem for entry in entries if entry.problem}
    return {
        **said,
        "skipped": dict(sorted(found.skipped.items())[:MOST_NAMED]),
        "access_unreadable": dict(sorted(problems.items())[:MOST_NAMED]),
    }
