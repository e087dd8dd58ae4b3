"""BuildTrainingSet: the trips of a month in the lake -> balanced training and test sets with a manifest, on demand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from common import settings
from common.objects import Bucket
from common.observability import Context, count, observed
from trips.recipe import parser
from trips.training_set import files, query, request


@dataclass(frozen=True)
class Settings:
    lake_bucket: str
    recipe: str
    database: str
    table: str
    work_group: str
    partition_by: str = "arrival"


@observed
def handler(event: dict[str, Any], context: Context) -> dict[str, Any]:
    """``{month: "2019-07", seed: 1, balance: 2.1}`` in (all but the month may be left out); the manifest out.

    The manifest is written last: where it stands, both files are complete.
    """

    def seconds_left() -> float:
        return context.get_remaining_time_in_millis() / 1000

    wish = request.parse(event)
    options = settings.read(Settings)
    recipe = parser.named(options.recipe)
    lake = query.Lake(options.lake_bucket, options.database, options.table, options.work_group)
    statement = query.sql(wish, recipe, lake.table, by_day=options.partition_by == "event")
    answer = query.run(statement, lake, seconds_left)
    manifest = files.write(Bucket(lake.bucket), answer, wish, recipe)
    count("TrainingRows", manifest["rows"]["train"])
    count("TestRows", manifest["rows"]["test"])
    return manifest
