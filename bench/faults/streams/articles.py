"""Articles in a burst; one in ten is edited at once, so that two versions of it are on their way."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from bench.faults.account import Account
from bench.faults.streams.stream import Pieces
from local.demo.account import Bucket

EDITED = 10
"""Every tenth article has a second version."""
IN_A_BATCH = 10
ENCODER = 1152
"""Samples that LAME adds before the first and behind the last one; players leave them out."""


class Articles(Pieces):
    """``name`` keeps articles of several scenes apart."""

    kind = "articles"

    def __init__(self, account: Account, name: str) -> None:
        super().__init__()
        self._account, self._name = account, name
        self._bucket = Bucket(account.cloud.client, account.cloud.outputs["AudioBucketName"])

    def send(self, number: int) -> None:
        """All at once, as an import of an archive does."""
        begin = len(self._words)
        messages = [text for each in range(begin, begin + number) for text in self._added(each)]
        topic, sns = self._account.cloud.outputs["ArticlesTopicArn"], self._account.cloud.client("sns")
        for start in range(0, len(messages), IN_A_BATCH):
            entries = [
                {"Id": str(place), "Message": message}
                for place, message in enumerate(messages[start : start + IN_A_BATCH])
            ]
            answer = sns.publish_batch(TopicArn=topic, PublishBatchRequestEntries=entries)
            if answer.get("Failed"):
                raise RuntimeError(f"The topic refused messages: {answer['Failed'][0]}")

    @property
    def fragments(self) -> int:
        """Texts that Polly has to speak once, if it speaks both versions of what was edited."""
        return sum(len(self._texts(name, version)) for name in self._words for version in self._versions(name))

    def _added(self, number: int) -> Iterator[str]:
        """Its messages. An execution is told by the hash of its message, which names it."""
        from common.executions import digest

        name = f"{self._name}-{number:05}"
        messages = [json.dumps(self._message(name, version)) for version in self._versions(name)]
        self._words[name] = (name, *(digest(message.encode()) for message in messages))
        yield from messages

    def _versions(self, name: str) -> range:
        return range(1, 3 if int(name[-5:]) % EDITED == 0 else 2)

    def _texts(self, name: str, version: int) -> list[str]:
        return [
            f"The night train {int(name[-5:])} of the {self._name} line, edition {version}, is on time.",
            f"Passengers of train {int(name[-5:])} with edition {version} of the timetable change at {self._name}.",
        ]

    def _message(self, name: str, version: int) -> dict[str, Any]:
        return {
            "id": name,
            "version": version,
            "title": f"Departure {int(name[-5:])}",
            "language": "en-GB",
            "status": "published",
            "voice": "Amy",
            "priority": "low",
            "paragraphs": [{"kind": "text", "text": text} for text in self._texts(name, version)],
        }

    def state(self, name: str) -> bool | str:
        place, version = f"articles/{name}/", self._versions(name)[-1]
        pointer = self._bucket.json(f"{place}latest.json")
        if pointer is None or pointer["version"] != version:
            return False
        timeline, audio = self._bucket.json(f"{place}timeline.json"), self._bucket.get(f"{place}full.mp3")
        edition = self._bucket.get(f"{place}editions/{pointer['edition']}/full.mp3")
        if timeline is None or audio is None or timeline["version"] != version:
            return False  # Publish heals the stable keys after it has moved the pointer
        if edition is None or audio != edition:
            return f"{name}: full.mp3 is not the audio of version {version}"
        return heard(name, timeline, audio, self._texts(name, version))


def heard(name: str, timeline: dict[str, Any], audio: bytes, texts: list[str]) -> bool | str:
    """Whether an article is spoken whole: each text once, in its order, and the audio as long as the timeline says."""
    from narration.audio.codecs import mp3

    spoken = [item["text"] for item in timeline["items"] if item.get("text")]
    if spoken != texts:
        return f"{name}: its timeline holds {spoken}, not {texts}"
    length = mp3.measure(audio).samples
    if not 0 <= length - timeline["samples"] <= ENCODER:
        return f"{name}: its audio has {length} samples, its timeline {timeline['samples']}"
    return True
