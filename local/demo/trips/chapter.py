"""The trips chapter: 50,000 trips streamed, cleaned, queried where they lie, drawn, and made into training sets."""

from __future__ import annotations

import csv
import io
import json
import time
from pathlib import Path
from typing import Any

from local.demo.account import Bucket, Client, DemoError, Tell, wait
from local.demo.trips import maker, plot
from operate import stream

TRIPS, ROWS = 50_000, 500
MONTH = "2019-07"
SETS = {"seed": 1, "test": 0.2, "validation": 0.1}
"""What the sets are made by; the training chapter learns from the same."""


def play(client: Client, outputs: dict[str, str], folder: Path, tell: Tell) -> int:
    """Plays the chapter with clients of any account, saves file and picture; returns how many promises were broken."""
    tell("\nTrips: a stream becomes a lake of Parquet\n")
    lake = Lake(client, outputs)
    path = folder / "trips.csv"
    text = maker.text(TRIPS)
    path.write_text(text, encoding="utf-8")
    dockless = _dockless(text)
    before = lake.rows()
    begun = time.monotonic()
    sent = stream.play(client("firehose"), outputs["TripsStreamName"], path, ROWS, lambda _done, _rows: None)
    renamed = f"{maker.HEADER.replace('end_time', 'finish')}\n{next(maker.lines(1))}\n".encode()
    for data in (b"\x00 no trip", renamed):
        client("firehose").put_record(DeliveryStreamName=outputs["TripsStreamName"], Record={"Data": data})
    tell(f"{sent.rows:,} trips sent in {sent.records} records, {sent.bytes / 1e6:.1f} MB, one record of nonsense,")
    tell("and one whose header calls a column by another name")
    lake.wait(before + TRIPS - dockless)
    tell(f"in the lake after {time.monotonic() - begun:.1f} s\n")
    checks = [
        (f"every trip with stations is in the lake ({TRIPS - dockless:,})", lake.rows() - before == TRIPS - dockless),
        (f"every other one is kept with its reason ({dockless:,})", lake.left_out() >= dockless),
        ("the nonsense is kept as it came", lake.failed() >= 1),
        ("a header that is not understood maps nothing: its record is kept whole, and why", lake.has_reason("header")),
        *_queries(lake, folder, tell),
        *_training(client, outputs, lake, tell),
    ]
    for promise, kept in checks:
        tell(f"{'yes' if kept else 'NO':<4} {promise}")
    tell(f"\nsaved: {path.name}, trips.png")
    return sum(not kept for _, kept in checks)


def _queries(lake: Lake, folder: Path, tell: Tell) -> list[tuple[str, bool]]:
    answer = lake.ask(
        "SELECT part_of_day, hour_of_day, count(*) AS trips FROM trips GROUP BY part_of_day, hour_of_day ORDER BY 2"
    )
    hours = [(part, int(hour), int(trips)) for part, hour, trips in answer]
    plot.draw(hours, folder / "trips.png")
    for part in plot.COLOURS:
        tell(f"{part:<10}{sum(trips for other, _, trips in hours if other == part):>8,} trips")
    tell("")
    return [
        ("Athena knows 24 hours and four parts of the day", len(hours) == 24 and len({p for p, _, _ in hours}) == 4)
    ]


def _training(client: Client, outputs: dict[str, str], lake: Lake, tell: Tell) -> list[tuple[str, bool]]:
    report = build(client, outputs)
    sets = report["files"]
    train, others = sets["train"], [sets["validation"], sets["test"]]
    share = sum(each["positives"] for each in others) / sum(each["rows"] for each in others)
    tell(f"sets of {MONTH}: " + ", ".join(f"{name} {entry['rows']:,} rows" for name, entry in sets.items()) + ";")
    tell(f"of the smaller class {train['positives'] / train['rows']:.0%} of training, {share:.0%} of the others;")
    tell(f"{report['manifest']}\n")
    return [
        ("training holds 2.1 rows for each of the smaller class", train["rows"] == int(2.1 * train["positives"])),
        ("validation and test have the classes as they come", abs(share - _share(lake)) < 0.02),
        ("made again they are the same, byte for byte", build(client, outputs) == report),
    ]


def build(client: Client, outputs: dict[str, str]) -> dict[str, Any]:
    """Makes the sets of ``MONTH``; their manifest. Raises DemoError where it is refused."""
    answer = client("lambda").invoke(
        FunctionName=outputs["TripsBuildTrainingSetName"], Payload=json.dumps({"month": MONTH, **SETS}).encode()
    )
    report: dict[str, Any] = json.loads(answer["Payload"].read())
    if "errorType" in report:
        raise DemoError(f"the training set was not made: {report['errorMessage']}")
    return report


def _share(lake: Lake) -> float:
    """Of the smaller class, by Athena."""
    ((share,),) = lake.ask("SELECT avg(CASE bike_share_for_all_trip WHEN 'Yes' THEN 1.0 ELSE 0.0 END) FROM trips")
    return float(share)


def fill(client: Client, outputs: dict[str, str], lake: Lake, path: Path) -> int:
    """Streams the trips into a lake for another chapter, without a row about it; how many rows there are then.

    ``path``: where their file is written. Raises DemoError when they never come.
    """
    text = maker.text(TRIPS)
    path.write_text(text, encoding="utf-8")
    stream.play(client("firehose"), outputs["TripsStreamName"], path, ROWS, lambda _done, _rows: None)
    rows = TRIPS - _dockless(text)
    lake.wait(rows)
    return rows


def _dockless(text: str) -> int:
    return sum(",,," in line for line in text.splitlines())


class Lake:
    """The lake's bucket and its table, through AWS's own APIs."""

    def __init__(self, client: Client, outputs: dict[str, str]) -> None:
        self._client, self._outputs = client, outputs
        self._bucket = Bucket(client, outputs["LakeBucketName"])

    def rows(self) -> int:
        return int(self.ask("SELECT count(*) AS trips FROM trips")[0][0])

    def wait(self, rows: int) -> None:
        """Until the table has so many rows. Raises DemoError when they never come."""
        if wait(lambda: self.rows() >= rows or None, 1) is None:
            raise DemoError(f"{rows - self.rows():,} trips have not come into the lake.")

    def left_out(self) -> int:
        return self._lines("errors/rows/")

    def has_reason(self, reason: str) -> bool:
        """Whether something was left out for this reason."""
        wanted = f'"reason": "{reason}"'.encode()
        return any(wanted in (self._bucket.get(key) or b"") for key in self._bucket.keys("errors/rows/"))

    def failed(self) -> int:
        return self._lines("errors/processing-failed/")

    def ask(self, sql: str) -> list[list[str]]:
        """The rows of a query's answer. Raises DemoError with Athena's reason."""
        athena = self._client("athena")
        query = athena.start_query_execution(
            QueryString=sql,
            QueryExecutionContext={"Database": self._outputs["TripsDatabaseName"]},
            WorkGroup=self._outputs["TripsWorkGroupName"],
        )["QueryExecutionId"]
        while True:
            execution = athena.get_query_execution(QueryExecutionId=query)["QueryExecution"]
            if execution["Status"]["State"] not in ("QUEUED", "RUNNING"):
                break
            time.sleep(0.1)
        if execution["Status"]["State"] != "SUCCEEDED":
            raise DemoError(f"Athena: {execution['Status'].get('StateChangeReason')}")
        key = execution["ResultConfiguration"]["OutputLocation"].removeprefix(f"s3://{self._bucket.name}/")
        return list(csv.reader(io.StringIO((self._bucket.get(key) or b"").decode())))[1:]

    def _lines(self, prefix: str) -> int:
        return sum((self._bucket.get(key) or b"").count(b"\n") for key in self._bucket.keys(prefix))
