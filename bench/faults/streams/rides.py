"""Trips on the stream: each row that was sent is in the lake once, as it was sent."""

from __future__ import annotations

import base64
import csv
import json
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from bench.faults.account import Account
from bench.faults.streams.stream import differences
from bench.faults.whole import Count
from local.demo.account import Bucket
from local.demo.trips import chapter, maker
from operate import stream

ROWS = 100
"""In a record."""
COLUMNS = (
    "duration_sec", "start_time", "end_time", "start_station_id", "start_station_name", "end_station_id",
    "end_station_name", "bike_id", "user_type",
)  # fmt: skip
"""By which a row is told from all others, and which have to be as they were sent."""
SECOND = 19
"""Characters of a time up to its seconds."""
GIVEN_UP = "errors/processing-failed/"

Row = tuple[str, ...]


class Rides:
    """Trips with both stations; those without are left out of the lake by rule and are none of these."""

    kind = "trips"

    def __init__(self, account: Account, seed: int) -> None:
        self._account, self._seed, self._exact = account, seed, False
        self._lake = chapter.Lake(account.cloud.client, account.cloud.outputs)
        self._bucket = Bucket(account.cloud.client, account.cloud.outputs["LakeBucketName"])
        self._lines: dict[Row, str] = {}
        self._given = Counter[Row]()
        self._before, self._left_out = self._rows(), self._lake.left_out()

    def send(self, number: int) -> None:
        self._seed += 1
        lines = [line for line in maker.lines(number * 11 // 10 + 100, self._seed) if ",,," not in line][:number]
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "trips.csv"
            path.write_text("\n".join([maker.HEADER, *lines]) + "\n", encoding="utf-8")
            name = self._account.cloud.outputs["TripsStreamName"]
            stream.play(self._account.cloud.client("firehose"), name, path, ROWS, lambda _done, _rows: None)
        for line, row in zip(lines, _told(csv.DictReader([maker.HEADER, *lines])), strict=True):
            self._lines[row] = line
            self._given[row] += 1

    def look(self) -> Count:
        given = self._given.total()
        if not self._exact:
            rows = self._lake.rows() - self._before.total()
            return Count(self.kind, given, min(rows, given))
        missing, strange = differences(self._given, self._found())
        wrong = [f"{strange} rows are in the lake that were not sent, or not so often"] if strange else []
        left_out = self._lake.left_out() - self._left_out
        wrong += [f"{left_out} trips were left out, and none should be"] if left_out else []
        return Count(self.kind, given, given - missing, 0, tuple(wrong))

    def again(self) -> None:
        self._exact = True

    def waits(self, words: str) -> int:
        """In no queue: what Firehose gave up lies in the lake's bucket, as it came."""
        del words
        missing = self._given - self._found()
        given_up = set(self._given_up())
        return sum(count for row, count in missing.items() if self._lines[row] in given_up)

    def _found(self) -> Counter[Row]:
        found = self._rows()
        found.subtract(self._before)
        return found

    def _rows(self) -> Counter[Row]:
        answer = self._lake.ask(f"SELECT {', '.join(COLUMNS)} FROM trips")  # noqa: S608
        return Counter(_told(dict(zip(COLUMNS, row, strict=True)) for row in answer))

    def _given_up(self) -> Iterator[str]:
        for key in self._bucket.keys(GIVEN_UP):
            for line in (self._bucket.get(key) or b"").splitlines():
                yield from base64.b64decode(json.loads(line)["rawData"]).decode().splitlines()


def _told(rows: Iterable[dict[str, str]]) -> Iterator[Row]:
    for row in rows:
        yield tuple(row[name][:SECOND] if name.endswith("_time") else row[name] for name in COLUMNS)
