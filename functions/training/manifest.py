"""What a manifest says, as it was read (``manifests.parser``). Plain data."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from training.model import Column, DeployKind, Metric, ProgramKind, Strategy


@dataclass(frozen=True, slots=True)
class Channel:
    """One set of rows in S3: objects below ``prefix``, or those that a SageMaker manifest file at ``prefix`` names."""

    name: str
    bucket: str
    prefix: str
    data_type: Literal["S3Prefix", "ManifestFile"] = "S3Prefix"
    distribution: str = "FullyReplicated"


@dataclass(frozen=True, slots=True)
class Program:
    """What is run. ``script``: the user's own ``entry_point`` in the archive ``source`` (s3://.../x.tar.gz), under
    ``framework`` in ``version`` (an image of the template's Mapping)."""

    kind: ProgramKind
    source: str = ""
    entry_point: str = "train.py"
    framework: str = "scikit-learn"
    version: str = ""


@dataclass(frozen=True, slots=True)
class Range:
    """Values of one hyperparameter: listed, or between two bounds (``integer``, ``logarithmic``) for ``random``."""

    values: tuple[str | int | float | bool, ...] = ()
    low: float = 0.0
    high: float = 0.0
    integer: bool = False
    logarithmic: bool = False


@dataclass(frozen=True, slots=True)
class Tuning:
    strategy: Strategy = "none"
    jobs: int = 1
    parallel: int = 1
    seed: int = 1
    ranges: dict[str, Range] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Gate:
    """``at_least``: the least value of the metric. ``better_than_live_by``: the bootstrap's 5 % bound of the
    difference to the live model must be above it. ``slices``: columns; no value of one with enough rows may be below
    ``slice_at_least``."""

    at_least: float | None = None
    better_than_live_by: float = 0.0
    slices: tuple[str, ...] = ()
    slice_at_least: float | None = None


@dataclass(frozen=True, slots=True)
class Deploy:
    kind: DeployKind = "function"
    memory_mb: int = 2048
    max_concurrency: int = 5


@dataclass(frozen=True, slots=True)
class Manifest:
    """A manifest as it was read. ``columns`` empty: found in the rows. ``positive``: the text of the class whose
    probability is predicted; empty: the rarer one."""

    name: str
    program: Program
    target: str
    channels: tuple[Channel, ...] = ()
    dataset: str = ""
    positive: str = ""
    columns: tuple[Column, ...] = ()
    ignored: tuple[str, ...] = ()
    hyperparameters: dict[str, str | int | float | bool] = field(default_factory=dict)
    tuning: Tuning = Tuning()
    metric: Metric = "roc_auc"
    maximize: bool = True
    gate: Gate = Gate()
    approval: Literal["auto", "manual"] = "auto"
    deploy: Deploy = Deploy()
