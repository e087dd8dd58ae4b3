"""The loop of the article's published code (aws-samples/text-to-sql-for-athena), in our own words.

Asked at most four times. The text between the first and the second fence is the statement, on one line; Athena is asked
to explain it, and looked at once, three seconds later. Where that fails, the next prompt is to hold the error and the
statement, but it names a variable that does not exist; the error is swallowed, and the same prompt is sent again. The
last statement is run whatever was said of it, and its file is read two minutes later.

Nothing sleeps here: what the code would sleep is counted, and Athena is looked at until it has ended, which is kinder.
``meant`` is the loop as it was surely meant: the next prompt does hold the statement and what was said of it.
"""

from __future__ import annotations

import csv
import io
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from questions.generation import prompts
from questions.model import Attempt, Problem, Table

MOST_ATTEMPTS = 4
CHECK_SLEEP, RUN_SLEEP = 3.0, 120.0
LOOK_EVERY, MOST_LOOKED = 0.05, 20.0
ENDED = ("SUCCEEDED", "FAILED", "CANCELLED")
_NAMED = re.compile(r"^([A-Z_]+): (?:line (\d+):(\d+): )?")


@dataclass
class Played:
    """One question. ``rows``: without the header, None where it ended with an error. Seconds: ``slept`` are counted,
    ``worked`` were measured."""

    attempts: int = 0
    sql: str = ""
    rows: list[list[str]] | None = None
    error: str = ""
    slept: float = 0.0
    worked: float = 0.0


@dataclass(frozen=True)
class ArticleLoop:
    """``bucket``: for results; ``tables`` and ``database``: what the prompt shows, as ours does."""

    athena: Any
    bedrock: Any
    s3: Any
    model_id: str
    tables: Sequence[Table]
    database: str
    bucket: str
    meant: bool = False

    def play(self, question: str) -> Played:
        played, begun = Played(), time.monotonic()
        try:
            self._generate(question, played)
            played.rows = self._run(played)
        except Exception as error:  # noqa: BLE001 - whatever it is, the notebook's cell ends with it
            played.error = type(error).__name__
        played.worked = time.monotonic() - begun
        return played

    def _generate(self, question: str, played: Played) -> None:
        failures: list[Attempt] = []
        while played.attempts < MOST_ATTEMPTS:
            played.attempts += 1
            text = self._completion(question, failures)
            pieces = text.split("```")
            if len(pieces) < 2:
                continue  # no second piece: an error of its list, swallowed
            said = " ".join(pieces[1].split("\n")).strip()
            played.sql = said[3:] if said.startswith("sql") else said
            complaint = self._explained(played)
            if complaint is None:
                return
            if self.meant:
                failures.append(Attempt(played.sql, _problem(complaint)))
        if not played.sql:
            raise UnboundLocalError("The statement to give back was never assigned.")

    def _completion(self, question: str, failures: Sequence[Attempt]) -> str:
        asked = prompts.request(self.model_id, question, self.tables, [], failures, self.database)
        content = self.bedrock.converse(**asked)["output"]["message"]["content"]
        return "".join(block["text"] for block in content)

    def _explained(self, played: Played) -> str | None:
        """What is wrong; None where Athena can explain the statement."""
        try:
            identity = self._begun(f"Explain  {played.sql}", self.database)
        except Exception as error:  # noqa: BLE001 - as theirs: it is told to nobody but the prompt
            return str(error)
        played.slept += CHECK_SLEEP
        status = self._ended(identity)["Status"]
        return None if status["State"] == "SUCCEEDED" else str(status.get("StateChangeReason", ""))

    def _run(self, played: Played) -> list[list[str]]:
        played.slept += RUN_SLEEP
        return self.rows_of(played.sql, self.database)

    def rows_of(self, sql: str, database: str) -> list[list[str]]:
        """What a statement gives, by its file. Raises whatever boto3 raises."""
        identity = self._begun(sql, database)
        place = self._ended(identity)["ResultConfiguration"]["OutputLocation"]
        bucket, _, key = place.removeprefix("s3://").partition("/")
        body = self.s3.get_object(Bucket=bucket, Key=key)["Body"].read().decode()
        return list(csv.reader(io.StringIO(body)))[1:]

    def _begun(self, sql: str, database: str) -> str:
        started = self.athena.start_query_execution(
            QueryString=sql,
            QueryExecutionContext={"Database": database},
            ResultConfiguration={"OutputLocation": f"s3://{self.bucket}/athena_output/"},
        )
        return str(started["QueryExecutionId"])

    def _ended(self, identity: str) -> dict[str, Any]:
        """As it is when it has ended; as it stands after MOST_LOOKED, and then it is stopped, which theirs does not."""
        until = time.monotonic() + MOST_LOOKED
        while True:
            found = self.athena.get_query_execution(QueryExecutionId=identity)["QueryExecution"]
            if found["Status"]["State"] in ENDED:
                return dict(found)
            if time.monotonic() > until:
                self.athena.stop_query_execution(QueryExecutionId=identity)
                return dict(found)
            time.sleep(LOOK_EVERY)


def _problem(complaint: str) -> Problem:
    found = _NAMED.match(complaint)
    if found is None:
        return Problem("SYNTAX_ERROR", complaint)
    line, column = (int(part) if part else None for part in found.groups()[1:])
    return Problem(found[1], complaint, line, column)
