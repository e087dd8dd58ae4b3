"""What the stages of this pipeline hand each other, as plain data. What a manifest says is ``manifest``'s: who answers
predictions has no use for it, and each class costs a cold start half a millisecond."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, Literal, NamedTuple

SCHEMA: Final = 1
EVENT_SOURCE: Final = "millrace.training"

SPENDING: Final = "training"
JOBS: Final = "training-jobs"
"""The pipeline and the kind of its day's account (``common.spending``): one unit is one training job."""

ProgramKind = Literal["tabular", "text_classifier", "script"]
ColumnKind = Literal["number", "category", "text"]
Strategy = Literal["none", "grid", "random"]
DeployKind = Literal["function", "serverless", "none"]
Metric = Literal["roc_auc", "pr_auc", "accuracy", "log_loss"]


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the rows: what it is called and how its text is read (``transform.cells``)."""

    name: str
    kind: ColumnKind


@dataclass(frozen=True, slots=True)
class Pointer:
    """``pointers/<name>.json``: the version that serves. ``version`` None: none does (retired).

    ``kind`` of its deployment; ``endpoint`` where that is ``serverless``. ``etag`` is of the object that was read.
    ``order``: of the run that moved it (``deploying.claims``); a run of a lower one never moves it again.
    """

    name: str
    version: str | None
    kind: DeployKind = "function"
    endpoint: str = ""
    previous: str | None = None
    moved_at: str = ""
    etag: str = ""
    order: str = ""


class Prediction(NamedTuple):
    """One answer of a model: the probability of the class ``positive``, and the class it names at ``threshold``."""

    label: str
    probability: float


Json = dict[str, Any]
