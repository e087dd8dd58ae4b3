"""What Validate found in the rows: columns, classes, counts, and what a person should look at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from training.model import SCHEMA, Column, Json


@dataclass(frozen=True, slots=True)
class Found:
    """``columns``: what the model sees, in the order of the rows. ``rows``: of each channel; ``positives``: of them,
    those of the class ``positive``. ``left_out``: column -> why the model does not see it. ``cautions``: sentences.
    ``unlooked``: channels of which not every row was looked at."""

    columns: tuple[Column, ...]
    positive: str
    negative: str
    rows: dict[str, int]
    positives: dict[str, int]
    left_out: dict[str, str]
    cautions: tuple[str, ...]
    unlooked: tuple[str, ...] = ()

    def to_json(self) -> Json:
        return {"schema": SCHEMA, **asdict(self)}

    @classmethod
    def of(cls, said: Mapping[str, Any]) -> Found:
        rest = {name: value for name, value in said.items() if name != "schema"}
        return cls(
            **{
                **rest,
                "columns": tuple(Column(**each) for each in rest["columns"]),
                "cautions": tuple(rest["cautions"]),
                "unlooked": tuple(rest["unlooked"]),
            }
        )
