"""Articles in a burst; one in ten is edited at once, so that two versions of it are on their way."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from bench.faults.account import Account
from bench.faults.streams.stream import count
from bench.faults.whole import Count
from local.demo.account import Bucket

AT_A_TIME = 8
EDITED = 10
"""Every tenth article has a second version."""
IN_A_BATCH = 10


class Articles:
    """``name`` keeps articles of several scenes apart."""

    kind = "articles"
    queues: tuple[str, ...] = ("Articles", "Speech", "Narration")

    def __init__(self, account: Account, name: str) -> None:
        self._account, self._name, self._given = account, name, 0
        self._bucket = Bucket(account.cloud.client, account.cloud.outputs["AudioBucketName"])
        self._done: set[str] = set()

    def send(self, number: int) -> None:
        """All at once, as an import of an archive does."""
        begin, self._given = self._given, self._given + number
        messages = [message for each in range(begin, self._given) for message in self._messages(each)]
        topic, sns = self._account.cloud.outputs["ArticlesTopicArn"], self._account.cloud.client("sns")
        for start in range(0, len(messages), IN_A_BATCH):
            entries = [
                {"Id": str(place), "Message": json.dumps(message)}
                for place, message in enumerate(messages[start : start + IN_A_BATCH])
            ]
            answer = sns.publish_batch(TopicArn=topic, PublishBatchRequestEntries=entries)
            if answer.get("Failed"):
                raise RuntimeError(f"The topic refused messages: {answer['Failed'][0]}")

    def look(self, waiting: int) -> Count:
        numbers = [each for each in range(self._given) if self._id(each) not in self._done]
        with ThreadPoolExecutor(AT_A_TIME) as pool:
            found = list(pool.map(self._state, numbers))
        wrong = [sentence for sentence in found if isinstance(sentence, str)]
        self._done |= {self._id(each) for each, state in zip(numbers, found, strict=True) if state is True}
        open_ones = len(self._account.executions("NarrateArticleArn", "RUNNING"))
        return count(self.kind, self._given, len(self._done), waiting + open_ones, wrong)

    def _id(self, number: int) -> str:
        return f"{self._name}-{number}"

    def _versions(self, number: int) -> int:
        return 2 if number % EDITED == 0 else 1

    def _text(self, number: int, version: int) -> str:
        return f"The night train {number} of the {self._name} line, edition {version}, is on time."

    def _messages(self, number: int) -> Iterator[dict[str, Any]]:
        for version in range(1, self._versions(number) + 1):
            yield {
                "id": self._id(number),
                "version": version,
                "title": f"Departure {number}",
                "language": "en-GB",
                "status": "published",
                "voice": "Amy",
                "priority": "low",
                "paragraphs": [{"kind": "text", "text": self._text(number, version)}],
            }

    def _state(self, number: int) -> bool | str:
        """True: published as it should be; False: not yet; a sentence: as it should never be."""
        place, version = f"articles/{self._id(number)}/", self._versions(number)
        pointer = self._bucket.json(f"{place}latest.json")
        if pointer is None or pointer["version"] != version:
            return False
        timeline, audio = self._bucket.json(f"{place}timeline.json"), self._bucket.get(f"{place}full.mp3")
        edition = self._bucket.get(f"{place}editions/{pointer['edition']}/full.mp3")
        if timeline is None or audio is None or timeline["version"] != version:
            return False  # Publish heals the stable keys after it has moved the pointer
        spoken = " ".join(item["text"] for item in timeline["items"] if item.get("text"))
        if self._text(number, version) not in spoken:
            return f"{self._id(number)}: its timeline holds another text: {spoken[:80]!r}"
        if edition is None or audio != edition:
            return f"{self._id(number)}: full.mp3 is not the audio of version {version}"
        return True
