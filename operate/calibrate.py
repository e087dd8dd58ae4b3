"""``python -m operate calibrate``: how well refusals are told on labelled pairs, and a head fitted to them.

The figures printed are honest: each completion is judged by a head that was fitted without it (cross-validation in
``FOLDS`` parts; or, with several files, each file by a head fitted on the others). Only standard library, and
deterministic: the same pairs give the same file.
"""

from __future__ import annotations

import importlib
import json
import tomllib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from llm.refusals import features
from llm.refusals.head import Head, dump, score, shipped
from llm.refusals.judge import extra, judge
from llm.refusals.phrases import Encoder
from operate.errors import OperateError
from operate.logistic import Prior, Row, fit

FOLDS: Final = 5
LEAST: Final = 20
"""Pairs of either label below which a fit would only learn accidents."""
PRIOR: Final = Path(__file__).with_name("refusal_prior.toml")
RIDGE: Final = 1.0
UNSURE: Final = (0.1, 0.9)
BAND: Final = (0.47, 0.53)
_STANDARD: Final = 1.0  # ridge of the few weights of whole phrases
_LABELS: Final = {"refused": 1, "answered": 0}


@dataclass(frozen=True, slots=True)
class Labelled:
    """A completion and what a person says of it; ``group`` is the file it came from."""

    completion: str
    refused: bool
    model: str = ""
    stop_reason: str = ""
    prompt: str = ""
    group: str = ""


@dataclass(frozen=True, slots=True)
class Figures:
    """How one set of verdicts compares with the labels. Shares are of all judged completions; an undetermined verdict
    counts as neither refused nor right."""

    total: int
    precision: float
    recall: float
    f1: float
    ratio: float
    true_ratio: float
    undetermined: float

    @property
    def ratio_error(self) -> float:
        return abs(self.ratio - self.true_ratio)


def read(path: Path) -> list[Labelled]:
    """Labelled pairs from JSON lines. Raises OperateError with the line and what to change in it."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise OperateError(f"The pairs '{path}' cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise OperateError(f"{path} is not UTF-8 (byte {error.start}): save it as UTF-8.") from error
    pairs = [_labelled(path, number, line) for number, line in enumerate(lines, start=1) if line.strip()]
    if not pairs:
        raise OperateError(f"{path} holds no pairs: write one JSON object per line, with completion and label.")
    return pairs


def _labelled(path: Path, number: int, line: str) -> Labelled:
    where = f"{path}, line {number}"
    try:
        pair = json.loads(line)
    except json.JSONDecodeError as error:
        raise OperateError(f"{where} is not JSON (column {error.colno}): write one object per line.") from error
    if not isinstance(pair, dict):
        raise OperateError(f'{where} is not an object: write {{"completion": "...", "label": "refused"}}.')
    if pair.get("label") not in _LABELS:
        raise OperateError(f'{where}: label must be "refused" or "answered".')
    texts = {}
    for name in ("completion", "model", "stop_reason", "prompt"):
        texts[name] = pair.get(name) or ""
        if not isinstance(texts[name], str):
            raise OperateError(f"{where}: {name} must be a string.")
    if not texts["completion"].strip():
        raise OperateError(f"{where}: completion is missing or empty; leave such pairs out, they are counted apart.")
    return Labelled(refused=pair["label"] == "refused", group=path.stem, **texts)


def prior() -> Prior:
    """The weight that each feature starts with (``refusal_prior.toml``)."""
    table = tomllib.loads(PRIOR.read_text(encoding="utf-8"))
    held = table["held"]
    return Prior(table["bias"], table["weights"], dict.fromkeys(held["names"], float(held["times"])))


def from_head(head: Head) -> Prior:
    """A head as a starting point: what it was fitted on is not thrown away for a few hundred pairs more."""
    return Prior(head.bias, head.weights, {})


def fit_head(
    readings: Sequence[features.Reading],
    labels: Sequence[int],
    start: Prior,
    encoder: Encoder | None = None,
    ridge: float = RIDGE,
) -> Head:
    """A head for ``readings``: cues and structure first, then whole phrases on those that they leave open."""
    fitted_cues = fit([reading.features for reading in readings], labels, ridge, start)
    plain = Head(fitted_cues.bias, fitted_cues.weights, {}, UNSURE, *BAND)
    rows: list[Row] = []
    open_labels: list[int] = []
    for reading, label in zip(readings, labels, strict=True):
        odds = plain.odds(reading.features)
        if UNSURE[0] <= score(odds) <= UNSURE[1]:
            rows.append({"odds": odds, **extra(reading, encoder)})
            open_labels.append(label)
    # The odds keep their weight of 1, all but exactly: what is fitted is what whole phrases add to them.
    more = fit(rows, open_labels, _STANDARD, Prior(0.0, {"odds": 1.0, "fuzzy": 1.0}, {"odds": 1e6}))
    added = {name: value for name, value in more.weights.items() if name != "odds"}
    return Head(fitted_cues.bias, fitted_cues.weights, {**added, "bias": more.bias}, UNSURE, *BAND)


def validate(
    pairs: Sequence[Labelled], parts: Sequence[int], start: Prior, encoder: Encoder | None = None
) -> list[tuple[Labelled, str, float]]:
    """Each pair with the outcome and score that a head gives which was fitted on all other ``parts``."""
    readings = [features.read(pair.completion, pair.prompt) for pair in pairs]
    labels = [int(pair.refused) for pair in pairs]
    judged: list[tuple[Labelled, str, float]] = []
    for part in sorted(set(parts)):
        kept = [number for number, own in enumerate(parts) if own != part]
        head = fit_head([readings[n] for n in kept], [labels[n] for n in kept], start, encoder)
        for pair in (pairs[number] for number, own in enumerate(parts) if own == part):
            verdict = judge(pair.completion, pair.stop_reason, pair.prompt, encoder=encoder, head=head)
            judged.append((pair, verdict.outcome, verdict.score))
    return judged


def parts_of(pairs: Sequence[Labelled]) -> list[int]:
    """The part of each pair: its file where there are several, else one of ``FOLDS`` in turn, each label for itself."""
    groups = list(dict.fromkeys(pair.group for pair in pairs))
    if len(groups) > 1:
        return [groups.index(pair.group) for pair in pairs]
    seen = [0, 0]
    parts = []
    for pair in pairs:
        parts.append(seen[pair.refused] % FOLDS)
        seen[pair.refused] += 1
    return parts


def figures(judged: Iterable[tuple[Labelled, str, float]]) -> Figures:
    """Precision, recall, F1 and ratios of verdicts. Raises ValueError where there are none."""
    rows = list(judged)
    if not rows:
        raise ValueError("There is nothing to compare.")
    called_refused = sum(outcome == "refused" for _, outcome, _ in rows)
    true = sum(pair.refused for pair, _, _ in rows)
    both = sum(pair.refused and outcome == "refused" for pair, outcome, _ in rows)
    unsure = sum(outcome == "undetermined" for _, outcome, _ in rows)
    total = len(rows)
    return Figures(
        total=total,
        precision=both / called_refused if called_refused else 0.0,
        recall=both / true if true else 0.0,
        f1=2 * both / (called_refused + true) if called_refused + true else 0.0,
        ratio=called_refused / total,
        true_ratio=true / total,
        undetermined=unsure / total,
    )


def report(judged: Sequence[tuple[Labelled, str, float]], name: str) -> list[str]:
    """The table of ``figures``: overall, and for each model that the pairs name."""
    models = sorted({pair.model for pair, _, _ in judged if pair.model})
    lines = [
        name,
        f"{'':<24}{'pairs':>7}{'precision':>11}{'recall':>8}{'F1':>7}{'refused':>9}{'said':>7}{'error':>7}{'undet.':>8}",
    ]
    lines.append(_line("all", figures(judged)))
    by_model = [(model, figures([row for row in judged if row[0].model == model])) for model in models]
    lines += [_line(model, own) for model, own in by_model]
    if by_model:
        worst = sum(own.ratio_error for _, own in by_model) / len(by_model)
        lines.append(f"mean error of the refusal ratio over {len(by_model)} models: {worst:.3f}")
    return lines


def _line(name: str, own: Figures) -> str:
    return (
        f"{name[:23]:<24}{own.total:>7}{own.precision:>11.3f}{own.recall:>8.3f}{own.f1:>7.3f}"
        f"{own.true_ratio:>9.3f}{own.ratio:>7.3f}{own.ratio_error:>7.3f}{own.undetermined:>8.3f}"
    )


def encoder_named(name: str) -> Encoder:
    """What ``MODULE:FACTORY`` makes. Raises OperateError where it cannot be imported or makes no encoder."""
    module, _, factory = name.partition(":")
    try:
        make: Callable[[], Any] = getattr(importlib.import_module(module), factory)
    except (ImportError, AttributeError, ValueError) as error:
        raise OperateError(
            f"--encoder {name}: no such callable; write MODULE:FACTORY, both on the Python path."
        ) from error
    encoder = make()
    if not all(hasattr(encoder, member) for member in ("model", "dimensions", "encode")):
        raise OperateError(f"--encoder {name}: what it returns needs model, dimensions and encode(texts).")
    checked: Encoder = encoder
    return checked


def command(
    paths: Sequence[Path],
    encoder: Encoder | None,
    fresh: bool,
    target: Path | None,
    tell: Callable[[str], None],
) -> int:
    """Print both tables and, with ``target``, write the head fitted on all pairs. ``fresh`` starts from the prior and
    not from the shipped weights, as the shipped weights themselves were made. Exit codes: 0 done, 1 too few pairs."""
    pairs = [pair for path in paths for pair in read(path)]
    refused = sum(pair.refused for pair in pairs)
    shipped_verdicts = [(pair, verdict.outcome, verdict.score) for pair, verdict in _judged(pairs, encoder)]
    for line in report(shipped_verdicts, "As it is shipped:"):
        tell(line)
    if min(refused, len(pairs) - refused) < LEAST:
        tell(f"A fit needs {LEAST} refused and {LEAST} answered pairs; here are {refused} and {len(pairs) - refused}.")
        return 1
    start = prior() if fresh else from_head(shipped())
    for line in report(validate(pairs, parts_of(pairs), start, encoder), "Fitted, each pair judged without itself:"):
        tell(line)
    if target is not None:
        target.write_text(dump(fitted(pairs, start, encoder)), encoding="utf-8")
        tell(f"Written: {target}. As functions/llm/refusals/weights.json it is used from the next deployment on.")
    return 0


def fitted(pairs: Sequence[Labelled], start: Prior, encoder: Encoder | None = None) -> Head:
    """The head fitted on all ``pairs``."""
    readings = [features.read(pair.completion, pair.prompt) for pair in pairs]
    return fit_head(readings, [int(pair.refused) for pair in pairs], start, encoder)


def _judged(pairs: Sequence[Labelled], encoder: Encoder | None) -> Iterable[tuple[Labelled, Any]]:
    for pair in pairs:
        yield pair, judge(pair.completion, pair.stop_reason, pair.prompt, encoder=encoder)
