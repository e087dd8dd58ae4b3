"""What a job is told beside its channels: hyperparameters, the only thing that SageMaker hands to a program.

A value has at most 2,500 characters, and the container's toolkit reads each as JSON where it can, so that ``"1"`` would
come out as a number. So the plan is one JSON text, cut into pieces that are no JSON: ``plan_0``, ``plan_1``, ...
(CreateTrainingJob: 100 hyperparameters).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Final

from training.errors import ManifestInvalid
from training.model import SCHEMA, Column, Metric

PIECE: Final = 2_400
MOST_PIECES: Final = 60
PREFIX, MARK = "plan_", "~"
Value = str | int | float | bool


@dataclass(frozen=True, slots=True)
class Plan:
    """``columns``: without the target; empty: all that the files have, their kinds found in the rows. ``positive`` and
    ``negative``: the texts of the two classes; empty: the rarer one is positive. ``entry_point``: of a script.
    ``inference``: its module that has ``model_fn``."""

    name: str
    version: str
    target: str
    columns: tuple[Column, ...] = ()
    positive: str = ""
    negative: str = ""
    metric: Metric = "roc_auc"
    seed: int = 1
    entry_point: str = ""
    ignored: tuple[str, ...] = field(default=())


def written(plan: Plan, hyperparameters: Mapping[str, Value]) -> dict[str, str]:
    """As CreateTrainingJob takes them. Raises ManifestInvalid where they are too many or too long."""
    body = json.dumps({"schema": SCHEMA, **asdict(plan)}, separators=(",", ":"))
    pieces = [body[start : start + PIECE] for start in range(0, len(body), PIECE)]
    own = {name: json.dumps(value) for name, value in hyperparameters.items()}
    if len(pieces) > MOST_PIECES or len(own) > 100 - MOST_PIECES - 5:
        raise ManifestInvalid(
            "The manifest has more columns or hyperparameters than a job can be told; leave some out."
        )
    if any(len(value) > PIECE for value in own.values()):
        raise ManifestInvalid(f"A hyperparameter has more than {PIECE:,} characters; shorten it.")
    return own | {f"{PREFIX}{number}": MARK + piece for number, piece in enumerate(pieces)}


def read(given: Mapping[str, Any]) -> tuple[Plan, dict[str, Value]]:
    """The plan and what the manifest set, from the hyperparameters of a running job, decoded or not. Raises
    ManifestInvalid."""
    pieces = sum(name.startswith(PREFIX) for name in given)
    texts = [given.get(f"{PREFIX}{number}") for number in range(pieces)]
    try:
        document = json.loads("".join(text.removeprefix(MARK) for text in texts if isinstance(text, str)))
        columns = tuple(Column(**entry) for entry in document.pop("columns"))
        ignored = tuple(document.pop("ignored"))
        document.pop("schema")
        plan = Plan(columns=columns, ignored=ignored, **document)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ManifestInvalid(
            "The job was started without its plan (hyperparameters plan_0, ...); start it by a manifest."
        ) from error
    ours = ("sagemaker_", PREFIX)
    return plan, {name: _decoded(value) for name, value in given.items() if not name.startswith(ours)}


def _decoded(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError:
        return value
