"""Documents in the inbox: each has a summary that is of its own upload and speaks of its own patient."""

from __future__ import annotations

import hashlib
import json
import re
from concurrent.futures import ThreadPoolExecutor

from bench.faults.account import Account
from bench.faults.streams.stream import count
from bench.faults.whole import Count
from local.demo.account import Bucket
from local.demo.documents import maker

AT_A_TIME = 8
_PATIENT = re.compile(r"Patient (\d{4})")
_NUMBER = re.compile(r"(\d{4})\.[a-z]+$")


class Papers:
    """``name`` keeps documents of several scenes apart; ``scans``: how many of each hundred are pictures."""

    kind = "documents"
    queues: tuple[str, ...] = ("Documents", "Analysis", "Jobs", "Summaries")

    def __init__(self, account: Account, name: str, scans: int = 5) -> None:
        self._account, self._name, self._scans = account, name, scans
        outputs, client = account.cloud.outputs, account.cloud.client
        self._inbox, self._results = (
            Bucket(client, outputs["InboxBucketName"]),
            Bucket(client, outputs["SummariesBucketName"]),
        )
        self._tags: dict[str, str] = {}
        self._done: set[str] = set()
        self._waves = 0

    def send(self, number: int) -> None:
        self._waves += 1
        prefix = f"{self._name} {self._waves}/"
        documents = list(maker.load(number, number * self._scans // 100, prefix))
        for key, body in documents:
            self._tags[key] = hashlib.md5(body, usedforsecurity=False).hexdigest()
        with ThreadPoolExecutor(AT_A_TIME) as pool:
            for _ in pool.map(lambda one: self._inbox.put(*one), documents):
                pass

    def look(self, waiting: int) -> Count:
        left = [key for key in self._tags if key not in self._done]
        with ThreadPoolExecutor(AT_A_TIME) as pool:
            found = list(pool.map(self._state, left))
        wrong = [sentence for sentence in found if isinstance(sentence, str)]
        self._done |= {key for key, state in zip(left, found, strict=True) if state is True}
        open_ones = len(self._account.executions("SummarizeDocumentArn", "RUNNING"))
        return count(self.kind, len(self._tags), len(self._done), waiting + open_ones, wrong)

    def _state(self, key: str) -> bool | str:
        summary = self._results.json(f"summaries/{key}.json")
        if summary is None:
            return f"{key} was refused" if self._results.get(f"rejected/{key}.json") else False
        if summary["document"]["etag"] != self._tags[key]:
            return f"{key}: its summary is of another upload"
        number = _NUMBER.search(key)
        others = set(_PATIENT.findall(json.dumps(summary))) - {number[1] if number else ""}
        # What a picture says may be read wrongly; a text may not.
        if others and "note" in key:
            return f"{key}: its summary speaks of patient {others.pop()}"
        return True
