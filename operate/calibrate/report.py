"""The figures of judged rows: overall, and by model, class and reason."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from llm.refusals.head import Scored
from operate.calibrate.rows import Row

Judged = Sequence[tuple[Row, Scored]]
_FEW = 15
"""Rows of a class below which it has no line of its own."""


@dataclass(frozen=True, slots=True)
class Figures:
    """How one set of verdicts compares with the labels. Shares are of all judged completions; an undetermined verdict
    counts as neither refused nor right. ``doubt``: the share that lies near the cut."""

    total: int
    precision: float
    recall: float
    f1: float
    ratio: float
    true_ratio: float
    undetermined: float
    doubt: float

    @property
    def ratio_error(self) -> float:
        return abs(self.ratio - self.true_ratio)


def figures(judged: Iterable[tuple[Row, Scored]]) -> Figures:
    """Precision, recall, F1 and ratios of verdicts. Raises ValueError where there are none."""
    rows = list(judged)
    if not rows:
        raise ValueError("There is nothing to compare.")
    called_refused = sum(said.outcome == "refused" for _, said in rows)
    true = sum(row.refused for row, _ in rows)
    both = sum(row.refused and said.outcome == "refused" for row, said in rows)
    total = len(rows)
    return Figures(
        total=total,
        precision=both / called_refused if called_refused else 0.0,
        recall=both / true if true else 0.0,
        f1=2 * both / (called_refused + true) if called_refused + true else 0.0,
        ratio=called_refused / total,
        true_ratio=true / total,
        undetermined=sum(said.outcome == "undetermined" for _, said in rows) / total,
        doubt=sum(said.doubt for _, said in rows) / total,
    )


def report(judged: Judged, name: str) -> list[str]:
    """The table of ``figures``: overall, and for each model, class and reason that the rows name."""
    lines = [
        name,
        f"{'':<32}{'pairs':>7}{'precision':>11}{'recall':>8}{'F1':>7}{'refused':>9}{'said':>7}{'error':>7}"
        f"{'undet.':>8}{'doubt':>7}",
    ]
    lines.append(_line("all", figures(judged)))
    models = list(_groups(judged, lambda row: f"{row.source}: {row.model}" if row.model else ""))
    for title, groups in (
        ("by model", models),
        ("by class", list(_groups(judged, lambda row: row.kind or row.group, _FEW))),
        ("by reason", list(_groups(judged, lambda row: row.reason))),
    ):
        if groups:
            lines += [f"{title}:", *(_line(each, own) for each, own in groups)]
    if models:
        errors = [own.ratio_error for _, own in models]
        lines.append(
            f"error of the refusal ratio over {len(models)} models: mean {sum(errors) / len(errors):.3f},"
            f" largest {max(errors):.3f}"
        )
    return lines


def _groups(judged: Judged, name: Callable[[Row], str], least: int = 1) -> Iterator[tuple[str, Figures]]:
    for each in sorted({name(row) for row, _ in judged} - {""}):
        own = [(row, said) for row, said in judged if name(row) == each]
        if len(own) >= least:
            yield each, figures(own)


def _line(name: str, own: Figures) -> str:
    return (
        f"  {name[:29]:<30}{own.total:>7}{own.precision:>11.3f}{own.recall:>8.3f}{own.f1:>7.3f}"
        f"{own.true_ratio:>9.3f}{own.ratio:>7.3f}{own.ratio_error:>7.3f}{own.undetermined:>8.3f}{own.doubt:>7.3f}"
    )
