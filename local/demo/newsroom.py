"""A newsroom beside the running application: it publishes articles and looks, through AWS's APIs alone, at what comes.

It knows the stack's outputs and nothing of the local cloud.
"""

from __future__ import annotations

import json
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from local.demo.account import DONE, PATIENCE, Bucket, Client, DemoError, wait

NAMESPACE = "Millrace/Narration"
_MOST_IN_A_BATCH = 10
"""Messages in one request to SNS."""
COUNTERS = ("CharactersSynthesized", "CharactersReused")


@dataclass(frozen=True)
class Outcome:
    """What one message led to: seconds of audio that are published after it, and what it cost."""

    outcome: str
    billed: int
    reused: int
    audio_seconds: float
    took_seconds: float
    pointer: dict[str, Any]


class Newsroom:
    """Publishes messages and reads what is published."""

    def __init__(self, client: Client, outputs: dict[str, str], stack: str = "millrace") -> None:
        self._client = client
        self._outputs = outputs
        self._stack = stack
        self.audio = Bucket(client, outputs["AudioBucketName"])

    def configure(self, parameters: dict[str, str]) -> dict[str, str]:
        """Updates parameters of the stack in place; gives all of them as they were before."""
        cloudformation = self._client("cloudformation")
        stack = cloudformation.describe_stacks(StackName=self._stack)["Stacks"][0]
        before = {one["ParameterKey"]: one["ParameterValue"] for one in stack["Parameters"]}
        if before | parameters != before:
            settings = [
                {"ParameterKey": name, "ParameterValue": parameters[name]}
                if name in parameters
                else {"ParameterKey": name, "UsePreviousValue": True}
                for name in before
            ]
            cloudformation.update_stack(
                StackName=self._stack,
                UsePreviousTemplate=True,
                Parameters=settings,
                Capabilities=["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"],
            )
            cloudformation.get_waiter("stack_update_complete").wait(StackName=self._stack, WaiterConfig={"Delay": 1})
        return before

    def publish(self, message: dict[str, Any]) -> Outcome:
        """Sends a message and waits for the execution it starts. Raises DemoError if that fails or never comes."""
        earlier = {one["executionArn"] for one in self._executions()}
        before = self._counters()
        begun = time.monotonic()
        self._client("sns").publish(TopicArn=self._outputs["ArticlesTopicArn"], Message=json.dumps(message))
        output = self._wait(earlier)
        took = time.monotonic() - begun
        after = self._counters()
        pointer = self.audio.json(self.key(message["id"], "latest.json")) or {}
        return Outcome(
            outcome=output["action"] if output["outcome"] == "advanced" else output["outcome"],
            billed=round(after["CharactersSynthesized"] - before["CharactersSynthesized"]),
            reused=round(after["CharactersReused"] - before["CharactersReused"]),
            audio_seconds=self._seconds(message["id"], pointer),
            took_seconds=took,
            pointer=pointer,
        )

    def publish_all(self, messages: list[dict[str, Any]]) -> Counter[str]:
        """Sends all messages at once and waits for their executions: how many ended in which status.

        Raises DemoError if some do not come, or do not end.
        """
        earlier = {one["executionArn"] for one in self._executions()}
        sns = self._client("sns")
        for batch in range(0, len(messages), _MOST_IN_A_BATCH):
            entries = [
                {"Id": str(number), "Message": json.dumps(message)}
                for number, message in enumerate(messages[batch : batch + _MOST_IN_A_BATCH])
            ]
            refused = sns.publish_batch(
                TopicArn=self._outputs["ArticlesTopicArn"], PublishBatchRequestEntries=entries
            ).get("Failed")
            if refused:
                raise DemoError(f"The topic refused {len(refused)} of {len(entries)} messages: {refused[0]}")

        def ended() -> Counter[str] | None:
            new = [one["status"] for one in self._executions() if one["executionArn"] not in earlier]
            return Counter(new) if len(new) >= len(messages) and set(new) <= set(DONE) else None

        found = wait(ended, 0.25)
        if found is None:
            raise DemoError(f"{len(messages)} articles were sent; not all were narrated within {PATIENCE} s.")
        return found

    def is_published(self, article: str) -> bool:
        """Whether the article's pointer says so and its audio is there."""
        pointer = self.audio.json(self.key(article, "latest.json")) or {}
        return pointer.get("status") == "published" and self.audio.get(self.key(article, "full.mp3")) is not None

    def replace_sound(self, key: str, body: bytes, articles: list[str]) -> tuple[int, float]:
        """Uploads a sound and waits until each of these articles shows another edition: characters billed, seconds."""
        before = {article: self._edition(article) for article in articles}
        billed = self._counters()["CharactersSynthesized"]
        begun = time.monotonic()
        self.audio.put(key, body)
        if wait(lambda: all(self._edition(name) != old for name, old in before.items()) or None, 0.1) is None:
            raise DemoError(f"The sound {key} was replaced, but its articles were not merged again.")
        return round(self._counters()["CharactersSynthesized"] - billed), time.monotonic() - begun

    def _edition(self, article: str) -> str:
        return str(self.audio.json(self.key(article, "latest.json"))["edition"])

    @staticmethod
    def key(article: str, name: str) -> str:
        return f"articles/{quote(article, safe='')}/{name}"

    def download(self, prefix: str, folder: Path) -> list[Path]:
        """Saves everything below a prefix, but not the editions, into a folder."""
        saved = []
        for key in self.audio.keys(prefix):
            name = key.removeprefix(prefix)
            if "editions/" in name:
                continue
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(self.audio.get(key) or b"")
            saved.append(path)
        return saved

    def spoken(self, article: str, folder: str = "") -> int:
        """Characters of the article's own text, without a teaser's note, in the audio below ``folder``."""
        timeline = self.audio.json(self.key(article, folder + "timeline.json"))
        return sum(len(item["text"]) for item in timeline["items"] if item["kind"] not in ("note", "pause"))

    def _seconds(self, article: str, pointer: dict[str, Any]) -> float:
        if pointer.get("status") != "published":
            return 0.0
        folder = "members/" if pointer.get("premium") else ""
        timeline = self.audio.json(self.key(article, folder + "timeline.json"))
        return float(timeline["samples"] / timeline["sample_rate"])

    def _executions(self) -> list[dict[str, Any]]:
        pages = self._client("stepfunctions").get_paginator("list_executions")
        machine = self._outputs["NarrateArticleArn"]
        return [one for page in pages.paginate(stateMachineArn=machine) for one in page["executions"]]

    def _wait(self, known: set[str]) -> dict[str, Any]:
        def ended() -> dict[str, Any] | None:
            new = [one for one in self._executions() if one["executionArn"] not in known]
            if not new or new[0]["status"] not in DONE:
                return None
            return dict(self._client("stepfunctions").describe_execution(executionArn=new[0]["executionArn"]))

        execution = wait(ended, 0.1)
        if execution is None:
            raise DemoError(f"No narration ended within {PATIENCE} s; is the queue being read? See the log above.")
        if execution["status"] != "SUCCEEDED":
            raise DemoError(f"The narration {execution['status']}: {execution.get('error')}: {execution.get('cause')}")
        return dict(json.loads(execution["output"]))

    def _counters(self) -> dict[str, float]:
        """Sums over the last hours, so that a difference is what happened in between."""
        now = time.time()
        sums = {}
        for name in COUNTERS:
            points = self._client("cloudwatch").get_metric_statistics(
                Namespace=NAMESPACE,
                MetricName=name,
                Dimensions=[{"Name": "service", "Value": f"{self._stack}-narration"}],
                StartTime=now - 6 * 3600,
                EndTime=now + 3600,
                Period=3600,
                Statistics=["Sum"],
            )["Datapoints"]
            sums[name] = sum(point["Sum"] for point in points)
        return sums
