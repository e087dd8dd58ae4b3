"""A manifest's bytes -> what it asks for, or every mistake in it at once, each in one sentence."""

from __future__ import annotations

from typing import Any, cast, get_args

from common import strict_json
from training.errors import ManifestInvalid
from training.manifest import Deploy, Gate, Manifest, Tuning
from training.manifests import parts, tunings
from training.manifests.fields import Fields, Told
from training.model import SCHEMA, Column, ColumnKind, Metric
from training.programs import hyperparameters

MOST_BYTES = 256 * 1024
NAME = r"(?=.{1,24}\Z)[a-z0-9](-*[a-z0-9]){0,23}"
"""Leaves room for version, trial and counts in a job's 63 characters."""
MOST_COLUMNS = 500
DATASETS = ("trips",)


def parse(body: bytes) -> tuple[Manifest, list[str]]:
    """The manifest, and the members that nobody reads. Raises ManifestInvalid with one sentence per mistake."""
    told = Told()
    said = Fields(_read(body), "", told)
    manifest = _manifest(said, told)
    said.end()
    if told.mistakes:
        raise ManifestInvalid(" ".join(told.mistakes))
    return manifest, told.ignored


def _read(body: bytes) -> Any:
    if len(body) > MOST_BYTES:
        raise ManifestInvalid(f"The manifest has {len(body):,} bytes; {MOST_BYTES:,} are allowed.")
    try:
        return strict_json.read(body.decode("utf-8-sig"))
    except strict_json.Twice as error:
        raise ManifestInvalid("A member stands twice in one object of the manifest.") from error
    except (ValueError, RecursionError) as error:
        raise ManifestInvalid("The manifest is not JSON in UTF-8.") from error


def _manifest(said: Fields, told: Told) -> Manifest:
    schema = said.raw("schema")
    if isinstance(schema, bool) or schema != SCHEMA:
        told.wrong(f"schema must be {SCHEMA}.")
    name = said.text("name", form=NAME, says="1 to 24 of a-z, 0-9 and - that begin and end with a letter or digit")
    program = parts.program(said, told)
    target = said.text("target")
    columns, ignored = _columns(said, told), said.names("ignore", MOST_COLUMNS)
    metric, maximize = _objective(said, told)
    manifest = Manifest(
        name=name,
        program=program,
        target=target,
        channels=parts.channels(said, told),
        dataset=said.choice("dataset", DATASETS, ""),
        positive=said.text("positive", ""),
        columns=columns,
        ignored=ignored,
        hyperparameters=tunings.hyperparameters(said, told),
        tuning=tunings.tuning(said, told),
        metric=metric,
        maximize=maximize,
        gate=_gate(said, told, metric),
        approval=cast("Any", said.choice("approval", ("auto", "manual"), "auto")),
        deploy=_deploy(said, program.kind),
    )
    _check(manifest, said, told)
    return manifest


def _columns(said: Fields, told: Told) -> tuple[Column, ...]:
    found = []
    for number, each in enumerate(said.listed("columns", MOST_COLUMNS)):
        column = Fields(each, f"columns[{number}]", told)
        name, kind = column.text("name"), column.choice("type", get_args(ColumnKind))
        column.end()
        found.append(Column(name, cast("ColumnKind", kind)))
    if len({each.name for each in found}) != len(found):
        told.wrong("columns names a column twice.")
    return tuple(found)


def _objective(said: Fields, told: Told) -> tuple[Metric, bool]:
    objective = said.inner("objective")
    metric = cast("Metric", objective.choice("metric", get_args(Metric), "roc_auc"))
    better_high = metric != "log_loss"
    if objective.flag("maximize", default=better_high) != better_high:
        told.wrong(f"objective.maximize must be {str(better_high).lower()} for {metric}, or left out.")
    objective.end()
    return metric, better_high


def _gate(said: Fields, told: Told, metric: Metric) -> Gate:
    gate = said.inner("gate")
    floor, margin = gate.number("at_least", 0, 1), gate.number("better_than_live_by", -1, 1)
    slice_floor = gate.number("slice_at_least", 0, 1)
    slices = tuple(dict.fromkeys((*said.names("slices", 20), *gate.names("slices", 20))))
    gate.end()
    if metric == "log_loss" and (floor is not None or slice_floor is not None):
        told.wrong("With log_loss leave gate.at_least and gate.slice_at_least out: less is better there.")
    if slice_floor is not None and not slices:
        told.wrong("gate.slice_at_least wants slices: name their columns in slices.")
    return Gate(floor, margin or 0.0, slices, slice_floor)


def _deploy(said: Fields, program: str) -> Deploy:
    deploy, plain = said.inner("deploy"), Deploy()
    usual = "serverless" if program == "script" else plain.kind
    kind = cast("Any", deploy.choice("kind", ("function", "serverless", "none"), usual))
    memory = deploy.whole("memory_mb", plain.memory_mb, 1024, 6144)
    most = deploy.whole("max_concurrency", plain.max_concurrency, 1, 200)
    deploy.end()
    if memory % 1024:
        deploy.told.wrong("deploy.memory_mb must be 1024, 2048, 3072, 4096, 5120 or 6144.")
    if kind == "function" and program == "script":
        deploy.told.wrong('A program of your own answers by its own code: set deploy.kind to "serverless" or "none".')
    return Deploy(kind, memory, most)


def _check(manifest: Manifest, said: Fields, told: Told) -> None:
    """What does not go together."""
    if said.has("channels") == said.has("dataset"):
        told.wrong("Give channels or dataset: one of them, and not both.")
    named = {each.name for each in manifest.columns}
    if manifest.target and manifest.target in named:
        told.wrong(f"columns names the target {manifest.target}, which the model must not see.")
    if manifest.target and manifest.target in (*manifest.ignored, *manifest.gate.slices):
        told.wrong(f"The target {manifest.target} can be neither ignored nor a slice.")
    for name in sorted(named & set(manifest.ignored)):
        told.wrong(f"{name} stands in columns and in ignore.")
    kinds = {each.kind for each in manifest.columns}
    if manifest.program.kind == "tabular" and "text" in kinds:
        told.wrong("tabular reads no column of type text: make it a category, ignore it, or use text_classifier.")
    if manifest.program.kind == "text_classifier" and kinds and "text" not in kinds:
        told.wrong("text_classifier wants a column of type text.")
    for name in sorted(manifest.hyperparameters.keys() & manifest.tuning.ranges.keys()):
        told.wrong(f"{name} stands in hyperparameters and in tuning.ranges.")
    _check_tuning(manifest.tuning, told)
    _check_values(manifest, told)


def _check_values(manifest: Manifest, told: Told) -> None:
    """Against what the program knows: what is fixed, and each value of a range beside it."""
    kind, fixed = manifest.program.kind, manifest.hyperparameters
    if len(fixed) + len(manifest.tuning.ranges) > tunings.MOST_PARAMETERS:
        told.wrong(f"hyperparameters and tuning.ranges name more than {tunings.MOST_PARAMETERS} together.")
    for sentence in hyperparameters.problems(kind, fixed):
        told.wrong(sentence)
    for name, each in manifest.tuning.ranges.items():
        ends = (int(each.low), int(each.high)) if each.integer else (each.low, each.high)
        for value in each.values or ends:
            for sentence in hyperparameters.problems(kind, {name: value}):
                told.wrong(f"tuning.ranges: {sentence}")


def _check_tuning(tuning: Tuning, told: Told) -> None:
    if tuning.strategy == "none" and (tuning.ranges or tuning.jobs != 1):
        told.wrong('tuning.strategy is "none": leave ranges out and jobs at 1, or choose grid or random.')
    if tuning.strategy != "none" and not tuning.ranges:
        told.wrong(f"tuning.strategy {tuning.strategy} wants ranges.")
