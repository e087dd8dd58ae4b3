"""Hyperparameters of a manifest: fixed ones, and those that trials differ in."""

from __future__ import annotations

import math
import re
from typing import Any, cast, get_args

from training.manifest import Range, Tuning
from training.manifests.fields import Fields, Told, Value, is_value
from training.model import Strategy

MOST_PARAMETERS = 30
"""CreateTrainingJob takes 100, and most are ours (``programs.plan``)."""
MOST_JOBS = 50
MOST_PARALLEL = 10
MOST_VALUES = 50
NAME = re.compile(r"(?!sagemaker_|plan_)[A-Za-z][A-Za-z0-9_-]{0,62}", re.ASCII)


def hyperparameters(said: Fields, told: Told) -> dict[str, Value]:
    found = _named(said.raw("hyperparameters"), "hyperparameters", told)
    for name in [name for name, value in found.items() if not is_value(value)]:
        told.wrong(f"hyperparameters.{name} must be a text of one line, a number, true or false.")
        del found[name]
    return cast("dict[str, Value]", found)


def _named(value: Any, place: str, told: Told) -> dict[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, dict) or len(value) > MOST_PARAMETERS:
        told.wrong(f"{place} must be an object of at most {MOST_PARAMETERS} members.")
        return {}
    for name in value:
        if not NAME.fullmatch(name):
            told.wrong(f"{place} has a name that no hyperparameter may have: {name[:64]!r}.")
    return {name: each for name, each in sorted(value.items()) if NAME.fullmatch(name)}


def tuning(said: Fields, told: Told) -> Tuning:
    inner = said.inner("tuning")
    strategy = cast("Strategy", inner.choice("strategy", get_args(Strategy), "none"))
    ranges = {
        name: found
        for name, each in _named(inner.raw("ranges"), "tuning.ranges", told).items()
        if (found := _range(each, f"tuning.ranges.{name}", told))
    }
    cells = math.prod(len(each.values) for each in ranges.values()) if strategy == "grid" and ranges else 1
    if strategy == "grid" and any(not each.values for each in ranges.values()):
        told.wrong("A grid wants listed values in each of tuning.ranges.")
    jobs = inner.whole("jobs", min(max(1, cells), MOST_JOBS), 1, MOST_JOBS)
    if strategy == "grid" and cells > jobs:
        told.wrong(f"The grid has {cells:,} cells, and tuning.jobs is {jobs}; at most {MOST_JOBS} are allowed.")
    parallel = inner.whole("parallel", 1, 1, MOST_PARALLEL)
    seed = inner.whole("seed", 1, 0, 2**31 - 1)
    inner.end()
    return Tuning(strategy, cells if strategy == "grid" and cells <= jobs else jobs, min(parallel, jobs), seed, ranges)


def _range(value: Any, place: str, told: Told) -> Range | None:
    """``[...]``, ``{"values": [...]}``, or ``{"min", "max", "integer"?, "logarithmic"?}``."""
    said = Fields({"values": value} if isinstance(value, list) else value, place, told)
    values = said.listed("values", MOST_VALUES)
    if not all(is_value(each) for each in values):
        told.wrong(f"{place} must list texts of one line, numbers, true or false.")
        return None
    if len({(type(each), each) for each in values}) != len(values):
        told.wrong(f"{place} lists a value twice.")
    low, high = said.number("min", -1e12, 1e12), said.number("max", -1e12, 1e12)
    integer, logarithmic = said.flag("integer", default=False), said.flag("logarithmic", default=False)
    said.end()
    if values and low is None and high is None:
        return Range(values=tuple(values))
    if values or low is None or high is None:
        told.wrong(f"{place} must list values, or have min and max.")
        return None
    if low >= high or (logarithmic and low <= 0) or (integer and not (low.is_integer() and high.is_integer())):
        told.wrong(f"{place}: min must be below max, above 0 if logarithmic, and both whole if integer.")
        return None
    return Range(low=low, high=high, integer=integer, logarithmic=logarithmic)
