"""What became of a batch's documents: rows of the map's result files -> counts, and a list of what did not succeed.

Every listed document has exactly one outcome. A child execution of the map that died without giving one counts as
failed; a document without any row is missing, and then the batch is not whole.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from documents.batch.document_list import fingerprint

DONE = frozenset({"summarized", "duplicate", "superseded", "ignored"})
"""Outcomes that leave nothing to do: ``duplicate`` is done or being done by another execution."""

OUTCOMES = (*sorted(DONE), "rejected", "failed", "skipped", "missing")
"""The members of a report's counts beside ``total``, which is their sum."""


@dataclass(frozen=True, slots=True)
class Row:
    """``error`` is a name; ``execution`` the ARN of the one that failed, where it is known."""

    key: str
    outcome: str
    error: str = ""
    execution: str = ""

    def failure(self) -> dict[str, str]:
        """A line of ``failures.jsonl``, which can be a manifest."""
        found = {"key": self.key, "outcome": self.outcome, "error": self.error, "execution": self.execution}
        return {name: value for name, value in found.items() if value}


def of_output(output: Mapping[str, Any]) -> Row:
    """What a child of the map said. An outcome that is not known is a failure, not a success."""
    outcome = str(output["outcome"])
    if outcome not in DONE and outcome not in ("rejected", "failed"):
        return Row(str(output["key"]), "failed", "UnknownOutcome", str(output.get("execution", "")))
    return Row(str(output["key"]), outcome, str(output.get("error", "")), str(output.get("execution", "")))


def of_execution(execution: Mapping[str, Any]) -> Row:
    """What Step Functions says of a child that failed, was stopped or never began."""
    given = execution["Input"]
    key = (json.loads(given) if isinstance(given, str) else given)["key"]
    error = execution.get("Error") or f"States.{str(execution['Status']).capitalize()}"
    return Row(str(key), "failed", str(error), str(execution.get("ExecutionArn", "")))


@dataclass
class Tally:
    """Counts rows against the list. ``surplus``: rows of documents that are not in the list, or second ones."""

    skipped: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    surplus: int = 0
    _left: set[bytes] = field(default_factory=set)

    def expect(self, listed: Iterable[str]) -> None:
        self._left = {fingerprint(key) for key in listed}

    def failures(self, rows: Iterable[Row], listed: Iterable[str]) -> Iterator[Row]:
        """Counts everything, and gives what did not succeed: first what has a row, then what has none."""
        for row in rows:
            mark = fingerprint(row.key)
            if mark not in self._left:
                self.surplus += 1
                continue
            self._left.remove(mark)
            self.counts[row.outcome] += 1
            if row.outcome not in DONE:
                yield row
        for key in listed:
            if fingerprint(key) in self._left:
                self.counts["missing"] += 1
                yield Row(key, "missing", "NoResult")

    def report(self, total: int) -> dict[str, int]:
        """``total`` and one count per outcome."""
        found = {outcome: self.counts[outcome] for outcome in OUTCOMES}
        return {"total": total, **found, "skipped": self.skipped}

    def is_whole(self, total: int) -> bool:
        """Whether each of ``total`` documents has one outcome that the map gave."""
        given = sum(number for outcome, number in self.counts.items() if outcome != "missing")
        return not self.surplus and given + self.skipped == total
