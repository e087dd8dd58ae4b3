"""``python -m bench capacity``: the tables of docs/limits.md, "How many a second"."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator

from bench.capacity import bounds, quotas
from bench.capacity.bounds import Bound

RATES = (1, 100, 10_000)
PIPELINES: dict[str, tuple[str, Callable[[], Iterable[Bound]]]] = {
    "narration": ("an article", bounds.narration),
    "documents": ("a document", bounds.documents_of_a_page),
    "images": ("a picture", bounds.images),
    "trips": ("a trip", bounds.trips),
    "llm": ("a call", bounds.llm),
    "questions": ("a question", bounds.questions),
    "knowledge": ("a question", bounds.knowledge),
    "knowledge, index": ("a document", bounds.index),
}


def header(event: str) -> tuple[str, str]:
    rates = " | ".join(f"{rate:,}" for rate in RATES)
    return (
        f"| what binds | {event} uses | carries | {rates} | what happens there | raise | source |",
        "|---|---|---:|" + "---:|" * len(RATES) + "---|---|---|",
    )


def rows(found: Iterable[Bound]) -> Iterator[str]:
    """The first one binds first; what has no default comes last."""
    for one in sorted(found, key=lambda bound: bound.carries or math.inf):
        cells = " | ".join(_cell(one, rate) for rate in RATES)
        carries = figure(one.carries) if one.carries else "-"
        yield f"| {one.what} | {one.use} | {carries} | {cells} | {one.happens} | {one.change} | {one.source} |"


FIRST = (
    "| pipeline | the stack's own ceiling | carries | AWS's quota that binds first | carries |",
    "|---|---|---:|---|---:|",
)


def first() -> Iterator[str]:
    """A line per pipeline: what binds first of what the stack says, and of what AWS gives."""
    for name, (_, found) in PIPELINES.items():
        told = [one for one in found() if one.carries and one.usual]
        own, given = (
            min((one for one in told if (one.source == bounds.OURS) is ours), key=_carries, default=None)
            for ours in (True, False)
        )
        cells = (cell for one in (own, given) for cell in ((one.what, figure(one.carries)) if one else ("-", "-")))
        yield f"| {name} | {' | '.join(cells)} |"


def elsewhere() -> str:
    """What other Regions have less of."""
    return ", ".join(
        f"{quotas.text(name, 'label')} {quotas.number(name, 'elsewhere'):,.0f}"
        for name in quotas.names()
        if quotas.has(name, "elsewhere")
    )


def _carries(one: Bound) -> float:
    return one.carries


def _cell(one: Bound, rate: int) -> str:
    if not one.carries:
        return f"needs {figure(one.needs * rate)}"
    return "holds" if one.carries >= rate else f"x {figure(rate / one.carries)}"


def figure(number: float) -> str:
    """Two figures below 100, whole numbers from there on."""
    return f"{number:,.0f}" if number >= 99.5 else f"{number:.2g}"


def run() -> None:
    for line in (*FIRST, *first(), "", f"Elsewhere: {elsewhere()} per second", ""):
        print(line)
    for name, (event, found) in PIPELINES.items():
        print(f"{name}, by {event} a second")
        for line in (*header(event), *rows(found())):
            print(line)
        print()
