"""A head from rows, and every row judged by a head that has seen neither it nor its like."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from llm.refusals.head import BOTH, GAPS, ONLY_GAPS, Head, Scored, Side, score
from operate.calibrate.logistic import Fitted, Prior, fit
from operate.calibrate.pairs import sources
from operate.calibrate.rows import Row, outcome

PRIOR: Final = Path(__file__).with_name("prior.toml")
RIDGE: Final = 5.0
GAP_RIDGE: Final = 3.0
UNSURE: Final = (0.1, 0.9)
CUT: Final = 0.55
"""Where the ratios of models come out right: of what is in doubt, more are answers."""
DOUBT: Final = (0.3, 0.7)
_STANDARD: Final = 1.0  # ridge of the few weights of whole phrases
_GAP_REASONS: Final = frozenset({"no_knowledge", "scope"})
_GAP_GROUPS: Final = frozenset({"missing_knowledge"})


@dataclass(frozen=True, slots=True)
class Start:
    """Where a fit of both sides starts from."""

    refusals: Prior
    gaps: Prior


def prior() -> Start:
    """The weight that each feature starts with (``prior.toml``)."""
    table = tomllib.loads(PRIOR.read_text(encoding="utf-8"))
    return Start(Prior(table["bias"], table["weights"], {}), Prior(0.0, {}, {}))


def from_head(head: Head) -> Start:
    """A head as a starting point: what it was fitted on is not thrown away for a few hundred pairs more."""
    return Start(*(Prior(side.bias, side.weights, {}) for side in (head.refusals, head.gaps)))


def fit_head(rows: Sequence[Row], start: Start, near: Head | None = None) -> Head:
    """A head for ``rows``: both sides first, then whole phrases on those that the first one leaves open. ``near``: a
    head of nearly the same rows, which saves time."""
    rows = [row for row in rows if not row.settled]
    first = [row for row in rows if not _is_gap(row)]
    refusals = _side(
        fit(
            [_first(row) for row in first],
            [row.refused for row in first],
            RIDGE,
            start.refusals,
            _counts(first),
            _begin(near.refusals if near else None),
        )
    )
    second = [row for row in rows if not GAPS.isdisjoint(row.features) and (_is_gap(row) or not row.refused)]
    gaps = _side(
        fit(
            [_second(row) for row in second],
            [row.refused for row in second],
            GAP_RIDGE,
            start.gaps,
            None,
            _begin(near.gaps if near else None),
        )
    )
    return Head(refusals, gaps, _extra(first, refusals), UNSURE, CUT, DOUBT)


def _begin(side: Side | None) -> tuple[float, Mapping[str, float]] | None:
    return (side.bias, side.weights) if side is not None else None


def _side(fitted: Fitted) -> Side:
    return Side(fitted.bias, fitted.weights)


def _is_gap(row: Row) -> bool:
    """Whether a row is for the second side alone: a refusal of its reasons that has one of its features."""
    told = row.reason in _GAP_REASONS or row.group in _GAP_GROUPS
    return told and row.refused and (row.source == "classes" or not GAPS.isdisjoint(row.features))


def _first(row: Row) -> dict[str, float]:
    return {name: value for name, value in row.features.items() if name not in ONLY_GAPS}


def _second(row: Row) -> dict[str, float]:
    return {name: value for name, value in row.features.items() if name in ONLY_GAPS or name in BOTH}


def _counts(rows: Sequence[Row]) -> list[float]:
    known = sources()["weights"]
    return [known.get(row.source, 1.0) for row in rows]


def _extra(rows: Sequence[Row], refusals: Side) -> dict[str, float]:
    """What whole phrases add to the odds of cues: these keep their weight of 1, all but exactly."""
    open_rows = [(row, odds) for row in rows if UNSURE[0] <= score(odds := refusals.odds(row.features)) <= UNSURE[1]]
    more = fit(
        [{"odds": odds, **row.extra} for row, odds in open_rows],
        [row.refused for row, _ in open_rows],
        _STANDARD,
        Prior(0.0, {"odds": 1.0, "fuzzy": 1.0}, {"odds": 1e6}),
        _counts([row for row, _ in open_rows]),
    )
    return {"bias": more.bias, **{name: value for name, value in more.weights.items() if name != "odds"}}


Part = tuple[Callable[[Row], bool], Callable[[Row], bool]]
"""Which rows are judged, and which the head that judges them may not have seen."""


def parts_of(rows: Sequence[Row]) -> Iterator[Part]:
    """Of a source with several models, each part is one family's rows with prompts of one fold, and neither that family
    nor those prompts are seen; of any other source it is one fold."""
    for source in dict.fromkeys(row.source for row in rows):
        own = [row for row in rows if row.source == source]
        families = sorted({row.family for row in own})
        for fold in sorted({row.fold for row in own}):
            if len(families) == 1:
                yield _same(source, fold)
            else:
                yield from (_apart(source, family, fold) for family in families)


def _same(source: str, fold: int) -> Part:
    def chosen(row: Row) -> bool:
        return row.source == source and row.fold == fold

    return chosen, chosen


def _apart(source: str, family: str, fold: int) -> Part:
    def judged(row: Row) -> bool:
        return row.source == source and row.family == family and row.fold == fold

    def unseen(row: Row) -> bool:
        return row.source == source and (row.family == family or row.fold == fold)

    return judged, unseen


def validate(rows: Sequence[Row], start: Start, parts: Sequence[Part] | None = None) -> list[tuple[Row, Scored]]:
    """Each row of ``parts`` (all of them without) with what a head says that has not seen its like."""
    judged: list[tuple[Row, Scored]] = []
    near = fit_head(rows, start)
    for chosen, unseen in parts_of(rows) if parts is None else parts:
        head = fit_head([row for row in rows if not unseen(row)], start, near)
        judged.extend((row, outcome(row, head)) for row in rows if chosen(row))
    return judged
