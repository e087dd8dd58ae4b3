"""The rows of the test channel through the new model and through the one that serves, each by its own transform."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from common.objects import Bucket
from training.errors import ChannelUnreadable, ModelMissing, ModelUnusable, NoSuchModel, RowsUnreadable
from training.evaluation.gate import Scores
from training.evaluation.samples import Sample
from training.manifests import rows
from training.manifests.columns import Found
from training.manifests.works import Work
from training.model import Pointer
from training.serving import contracts, endpoints, pointers, walker
from training.serving.models import Models
from training.steps import Run
from training.tuning import files

MOST_ROWS: Final = 200_000
"""Of the test channel are asked; of more, those of the lowest keyed hashes."""

Cells = Sequence[str]


@dataclass(frozen=True, slots=True)
class Test:
    """Rows that both models are asked. ``numbers``: their places among all ``total`` of the channel."""

    header: tuple[str, ...]
    rows: list[Cells]
    numbers: list[int]
    total: int


@dataclass(frozen=True, slots=True)
class Live:
    """What serves. ``problem``: why it could not be asked."""

    version: str | None = None
    probabilities: list[float] | None = None
    threshold: float = contracts.THRESHOLD
    problem: str = ""


class NotAskable(Exception):
    """The live model cannot be asked these rows."""


def score(bucket: Bucket, run: Run, work: Work, found: Found) -> Scores:
    """Raises ChannelUnreadable, ModelMissing, WorkGone, StorageUnavailable."""
    test = _read(work, run)
    place = test.header.index(work.manifest.target)
    new, threshold = _new(bucket, run, work, test)
    live = _live(bucket, run, work, found, test)
    labels = [int(row[place].strip() == found.positive) for row in test.rows]
    return Scores(
        labels=labels,
        new=new,
        live=live.probabilities,
        live_version=live.version,
        live_problem=live.problem,
        thresholds=(threshold, live.threshold),
        slices={
            name: [row[test.header.index(name)].strip() for row in test.rows] for name in work.manifest.gate.slices
        },
        prior=sum(labels) / len(labels),  # not that of the training rows, which may have been balanced
        total=test.total,
        left_out=test.total - len(test.rows),
    )


def _read(work: Work, run: Run) -> Test:
    channel = rows.read("test", work.listing["test"])
    sample, total = Sample(run.version.encode(), MOST_ROWS), 0
    for cells in channel.cells:
        sample.add(cells)
        total += 1
    kept = sample.rows()
    return Test(channel.header, [row for _, row in kept], [number for number, _ in kept], total)


def _new(bucket: Bucket, run: Run, work: Work, test: Test) -> tuple[list[float], float]:
    if work.manifest.program.kind == "script":
        scores = files.document(bucket, run, files.SCORES)["probabilities"]
        if len(scores) != test.total:
            raise ModelMissing(f"{files.SCORES} has {len(scores):,} probabilities, and test has {test.total:,} rows.")
        return [float(scores[number]) for number in test.numbers], contracts.THRESHOLD
    try:
        model = walker.load(files.document(bucket, run, files.MODEL))
    except ModelUnusable as error:
        raise ModelMissing(f"{files.MODEL} cannot be read: {error}") from error
    lacks = _lacking(model, test)
    if lacks:
        raise ChannelUnreadable(f"test lacks columns that the model was trained on: {', '.join(lacks[:5])}.")
    return _asked(model, test), model.threshold


def _live(bucket: Bucket, run: Run, work: Work, found: Found, test: Test) -> Live:
    pointer = pointers.read(bucket, run.name)
    if pointer is None or pointer.version is None or pointer.version == run.version:
        return Live(pointer.version if pointer else None)
    if work.manifest.deploy.kind == "none" and pointer.kind != "none":
        return Live(pointer.version, problem="nobody would be served any more. Retire it first, or take another name.")
    try:
        probabilities, threshold = _of_live(bucket, pointer, work.manifest.target, found, test)
    except NotAskable as error:
        return Live(pointer.version, problem=str(error))
    return Live(pointer.version, probabilities, threshold)


def _of_live(bucket: Bucket, pointer: Pointer, target: str, found: Found, test: Test) -> tuple[list[float], float]:
    try:
        model = Models(bucket).described(pointer.name, str(pointer.version))
        known = contracts.target(bucket, pointer.name, str(pointer.version))
    except (ModelUnusable, NoSuchModel) as error:
        raise NotAskable(f"its file cannot be read ({error}).") from error
    if known not in ("", target):
        raise NotAskable(f"it tells {known!r}, and this one {target!r}. Retire it first, or take another name.")
    own = isinstance(model.scored, contracts.Elsewhere)
    if own and not pointer.endpoint:
        raise NotAskable("its own program answers behind an endpoint only, and it has none. Retire it first.")
    lacks = _lacking(model, test)
    if lacks:
        raise NotAskable(f"the test rows lack {', '.join(lacks[:5])}, which it reads. Put the columns there.")
    same = (model.positive, model.negative) == (found.positive, found.negative)
    if not same and (model.positive, model.negative) != (found.negative, found.positive):
        raise NotAskable(f"its classes are {model.positive!r} and {model.negative!r}.")
    probabilities = _asked_there(model, pointer.endpoint, test) if own else _asked(model, test)
    if same:
        return probabilities, model.threshold
    return [1.0 - each for each in probabilities], 1.0 - model.threshold  # for the class that the new one predicts


def _lacking(model: walker.Model, test: Test) -> list[str]:
    return [each.name for each in model.columns if each.name not in test.header]


def _asked(model: walker.Model, test: Test) -> list[float]:
    places = [test.header.index(each.name) for each in model.columns]
    return [model.probability([row[place] for place in places]) for row in test.rows]


def _asked_there(model: walker.Model, endpoint: str, test: Test) -> list[float]:
    places = [test.header.index(each.name) for each in model.columns]
    given = [[row[place] for place in places] for row in test.rows]
    try:
        return endpoints.ask(endpoint, [each.name for each in model.columns], given)
    except (ModelUnusable, RowsUnreadable) as error:
        raise NotAskable(f"its endpoint does not answer ({error}).") from error
