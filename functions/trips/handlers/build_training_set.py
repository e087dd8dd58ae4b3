"""BuildTrainingSet: the trips of a month in the lake -> balanced training and test sets with a manifest, on demand.

Athena reads the lake, whatever its format. The manifest is written last: where it stands, both files are complete.
Everything is named by its content, so a repeated run writes the same objects again.
"""

from __future__ import annotations

import csv
import hashlib
import re
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from common import aws, settings
from common.objects import Bucket, encode
from common.observability import count, observed
from trips.errors import BadRequest, QueryFailed, QueryUnfinished
from trips.recipe import parser
from trips.training_set import split

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

    from trips.recipe.parser import Recipe

SCHEMA = 1
MONTH = re.compile(r"(?P<year>[0-9]{4})-(?P<month>0[1-9]|1[0-2])")
RATIO = 2.1
LARGEST_SEED = 2**63 - 1
RESERVE_MILLISECONDS = 120_000
"""Kept back from the time of the function for reading, sorting and writing."""


@dataclass(frozen=True)
class Settings:
    lake_bucket: str
    recipe: str
    database: str
    table: str
    work_group: str


@dataclass(frozen=True)
class Request:
    """A month as text, its first day and that of the next, the seed, and the ratio of ``trips.cleaning.balance``."""

    month: str
    since: str
    until: str
    seed: int
    balance: float


@observed
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """``{month: "2019-07", seed: 1, balance: 2.1}`` in (all but the month may be left out); the manifest out."""
    wanted = request(event)
    known = settings.read(Settings)
    meaning = parser.named(known.recipe)
    lake = Bucket(known.lake_bucket)
    place = _query(sql(wanted, meaning, known.table), known, context)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "rows.csv")
        if lake.download(place, path) is None:
            raise QueryFailed(f"Athena's answer is not at s3://{lake.name}/{place}; look at the workgroup's settings.")
        made = _sets(path, wanted, meaning)
    manifest = _write(lake, made, wanted, meaning)
    count("TrainingRows", made.counts["train"])
    count("TestRows", made.counts["test"])
    return manifest


def request(event: Mapping[str, Any]) -> Request:
    """Raises BadRequest with a sentence that says what to change."""
    month, seed, ratio = event.get("month"), event.get("seed", 1), event.get("balance", RATIO)
    found = MONTH.fullmatch(month) if isinstance(month, str) else None
    if not isinstance(month, str) or not found:
        raise BadRequest('Ask for a month like {"month": "2019-07"}.')
    if isinstance(seed, bool) or not isinstance(seed, int) or not 0 <= seed <= LARGEST_SEED:
        raise BadRequest("seed must be an integer from 0.")
    if isinstance(ratio, bool) or not isinstance(ratio, int | float) or not (ratio == 0 or 1 <= ratio <= 1000):
        raise BadRequest("balance must be 0 for every row, or from 1 to 1000 rows for each row of the smaller class.")
    year, number = int(found["year"]), int(found["month"])
    following = f"{year + number // 12:04d}-{number % 12 + 1:02d}-01"
    return Request(month, f"{month}-01", following, seed, float(ratio))


def sql(wanted: Request, meaning: Recipe, table: str) -> str:
    """Reads every partition: trips of a month may arrive late, and rows lie by day of arrival."""
    names = [name for name, _ in meaning.outputs]
    time_column = meaning.columns[meaning.source].output
    columns = ", ".join(f'"{name}"' for name in names)
    # The only values from outside are a month that is made of digits and the template's own names.
    return (
        f'SELECT {columns} FROM "{table}" '  # noqa: S608
        f"WHERE \"{time_column}\" >= '{wanted.since}' AND \"{time_column}\" < '{wanted.until}'"
    )


def _query(statement: str, known: Settings, context: LambdaContext) -> str:
    """Runs a query; the key of its answer. Raises QueryFailed, QueryUnfinished."""
    from botocore.exceptions import ClientError

    athena = aws.client("athena")
    try:
        query = athena.start_query_execution(
            QueryString=statement, QueryExecutionContext={"Database": known.database}, WorkGroup=known.work_group
        )["QueryExecutionId"]
    except ClientError as error:
        raise QueryFailed(f"Athena refused the query ({aws.code_of(error)}): {error}") from error
    pause = 0.1
    while context.get_remaining_time_in_millis() > RESERVE_MILLISECONDS:
        execution = athena.get_query_execution(QueryExecutionId=query)["QueryExecution"]
        state = execution["Status"]["State"]
        if state == "SUCCEEDED":
            return str(execution["ResultConfiguration"]["OutputLocation"]).removeprefix(f"s3://{known.lake_bucket}/")
        if state in {"FAILED", "CANCELLED"}:
            raise QueryFailed(f"Athena's query {query} is {state}: {execution['Status'].get('StateChangeReason')}")
        time.sleep(pause)
        pause = min(pause * 1.5, 5.0)
    athena.stop_query_execution(QueryExecutionId=query)
    raise QueryUnfinished(f"Athena's query {query} did not end in time; take a smaller month, or set UseParquet.")


def _sets(path: Path, wanted: Request, meaning: Recipe) -> split.Sets:
    if meaning.label < 0:
        raise BadRequest("The recipe has no [balance], so that there are no classes to balance.")
    label = meaning.columns[meaning.label].output
    with path.open(encoding="utf-8", newline="") as lines:
        rows: Iterator[list[str]] = csv.reader(lines)
        header = next(rows)
        return split.make(rows, header, label, meaning.label_value, wanted.balance, wanted.seed)


def _write(lake: Bucket, made: split.Sets, wanted: Request, meaning: Recipe) -> dict[str, Any]:
    files = {"train": made.train, "test": made.test}
    hashes = {name: hashlib.sha256(body).hexdigest() for name, body in files.items()}
    work = hashlib.sha256("".join([hashes["train"], hashes["test"], str(wanted.balance)]).encode()).hexdigest()[:16]
    folder = f"training/month={wanted.month}/seed={wanted.seed}-{work}"
    manifest = {
        "schema": SCHEMA,
        "month": wanted.month,
        "seed": wanted.seed,
        "balance": wanted.balance,
        "label": meaning.columns[meaning.label].output,
        "columns": [{"name": name, "type": kind} for name, kind in meaning.outputs],
        "rows": made.counts,
        "files": {
            name: {"key": f"{folder}/{name}.csv", "bytes": len(body), "sha256": hashes[name]}
            for name, body in files.items()
        },
        "manifest": f"{folder}/manifest.json",
    }
    for name, body in files.items():
        lake.put(f"{folder}/{name}.csv", body, content_type="text/csv")
    lake.put(f"{folder}/manifest.json", encode(manifest))
    return manifest
