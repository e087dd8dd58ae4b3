"""A day of logs of models: every record is read, and every pair is evaluated."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime

from bench.faults.account import Account
from bench.faults.streams.stream import count
from bench.faults.whole import Count
from local.demo.llm import maker
from local.demo.llm.metrics import Metrics


class Calls:
    """Records of logs. A reader that dies may count the records since its last mark, 500 at most, twice."""

    kind = "records of logs"
    queues: tuple[str, ...] = ("ModelLogs", "Llm")

    def __init__(self, account: Account, seed: int) -> None:
        self._account, self._now, self._seed = account, datetime.now(UTC), seed
        self._metrics = Metrics(account.cloud.client("cloudwatch"), f"{account.cloud.stack}-llm", self._now)
        self._before = self._metrics.sums()
        self._given = self._pairs = 0
        self._sizes: list[int] = []
        self.twice = 0
        """Records counted more than once."""

    def send(self, number: int) -> None:
        """``number`` is not asked for: a day is a day."""
        del number
        client = self._account.cloud.client("s3")
        day = maker.make(self._now, client.meta.region_name, self._seed + self._given)
        for key, body in sorted(day.objects.items()):
            client.put_object(Bucket=self._account.cloud.outputs["ModelLogsBucketName"], Key=key, Body=body)
            self._sizes.append(gzip.decompress(body).count(b"\n"))
        self._given += day.records.total() + day.broken
        self._pairs += day.pairs.total()

    def look(self, waiting: int) -> Count:
        found = self._metrics.sums()
        read = round(found["RecordsRead"] - self._before["RecordsRead"])
        pairs = round(found["PairsEvaluated"] - self._before["PairsEvaluated"])
        self.twice = max(0, read - self._given)
        # A record is out when it was read and, where it is a pair, evaluated.
        out = min(read, self._given) - max(0, self._pairs - pairs)
        # A message that waits is an object of many records, at most as many as the largest ones have.
        waits = sum(sorted(self._sizes, reverse=True)[:waiting])
        return count(self.kind, self._given, max(0, out), waits, [])
