"""BuildTrainingSet: the trips of a month in the lake -> sets for training, validation and test, on demand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from common import events, settings
from common.objects import Bucket
from common.observability import Context, count, observed
from trips.recipe import parser
from trips.training_set import files, manifest, query, request


@dataclass(frozen=True)
class Settings:
    lake_bucket: str
    recipe: str
    database: str
    table: str
    work_group: str
    event_bus: str
    partition_by: str = "arrival"


@observed
def handler(event: dict[str, Any], context: Context) -> dict[str, Any]:
    """``{month: "2019-07", seed: 1, balance: 2.1, test: 0.05, validation: 0.05}`` in (all but the month may be left
    out); the manifest out.

    The manifest is written last: where it stands, all files are complete. Then the event tells of it; a call that died
    before is made again and writes the same, and the event may come once more.
    """

    def seconds_left() -> float:
        return context.get_remaining_time_in_millis() / 1000

    wish = request.parse(event)
    options = settings.read(Settings)
    recipe = parser.named(options.recipe)
    lake = query.Lake(options.lake_bucket, options.database, options.table, options.work_group)
    statement = query.sql(wish, recipe, lake.table, by_day=options.partition_by == "event")
    answer = query.run(statement, lake, seconds_left)
    document = files.write(Bucket(lake.bucket), answer, wish, recipe)
    events.put(options.event_bus, manifest.EVENT_SOURCE, *manifest.event(lake.bucket, document))
    count("TrainingRows", document["rows"]["train"])
    count("TestRows", document["rows"]["test"])
    return document
