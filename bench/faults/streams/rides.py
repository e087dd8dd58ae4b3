"""Trips on the stream: as many rows as were sent, none twice, and the sum of their seconds."""

from __future__ import annotations

import tempfile
from pathlib import Path

from bench.faults.account import Account
from bench.faults.streams.stream import count
from bench.faults.whole import Count
from local.demo.trips import chapter, maker
from operate import stream

ROWS = 100
"""In a record."""


class Rides:
    """Trips with both stations; those without are left out of the lake by rule and are none of these."""

    kind = "trips"
    queues: tuple[str, ...] = ("Trips",)

    def __init__(self, account: Account, seed: int) -> None:
        self._account, self._seed = account, seed
        self._lake = chapter.Lake(account.cloud.client, account.cloud.outputs)
        self._given = self._seconds = 0
        self._before = self._sums()

    def send(self, number: int) -> None:
        self._seed += 1
        lines = [line for line in maker.lines(number * 11 // 10 + 100, self._seed) if ",,," not in line][:number]
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "trips.csv"
            path.write_text("\n".join([maker.HEADER, *lines]) + "\n", encoding="utf-8")
            name = self._account.cloud.outputs["TripsStreamName"]
            stream.play(self._account.cloud.client("firehose"), name, path, ROWS, lambda _done, _rows: None)
        self._given += len(lines)
        self._seconds += sum(int(line.partition(",")[0]) for line in lines)

    def look(self, waiting: int) -> Count:
        rows, seconds = (now - then for now, then in zip(self._sums(), self._before, strict=True))
        wrong = []
        if rows > self._given:
            wrong.append(f"{rows - self._given} rows are in the lake twice")
        elif rows == self._given and seconds != self._seconds:
            wrong.append(f"the lake's trips last {seconds} s in all, those sent {self._seconds} s")
        given_up = self._lake.failed() * ROWS + self._lake.left_out()
        return count(self.kind, self._given, rows, waiting + given_up, wrong)

    def _sums(self) -> tuple[int, int]:
        ((rows, seconds),) = self._lake.ask("SELECT count(*), coalesce(sum(duration_sec), 0) FROM trips")
        return int(rows), int(seconds)
