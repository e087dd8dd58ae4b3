"""A newsroom beside the running application: it publishes articles and looks, through AWS's APIs alone, at what comes.

It knows the stack's outputs and nothing of the local cloud.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

NAMESPACE = "Millrace/Narration"
COUNTERS = ("CharactersSynthesized", "CharactersReused")
DONE = ("SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED")
PATIENCE = 300
"""Seconds until an execution that has not ended counts as lost."""


class DemoError(Exception):
    """Something did not happen that should have; the message says what."""


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

    def __init__(self, client: Callable[[str], Any], outputs: dict[str, str], stack: str = "millrace") -> None:
        self._client = client
        self._outputs = outputs
        self._stack = stack
        self.bucket = outputs["AudioBucketName"]

    def configure(self, parameters: dict[str, str]) -> dict[str, str]:
        """Updates parameters of the stack in place; gives all of them as they were before."""
        cloudformation = self._client("cloudformation")
        stack = cloudformation.describe_stacks(StackName=self._stack)["Stacks"][0]
        before = {one["ParameterKey"]: one["ParameterValue"] for one in stack["Parameters"]}
        if before | parameters != before:
            wanted = [
                {"ParameterKey": name, "ParameterValue": parameters[name]}
                if name in parameters
                else {"ParameterKey": name, "UsePreviousValue": True}
                for name in before
            ]
            cloudformation.update_stack(
                StackName=self._stack,
                UsePreviousTemplate=True,
                Parameters=wanted,
                Capabilities=["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"],
            )
            cloudformation.get_waiter("stack_update_complete").wait(StackName=self._stack, WaiterConfig={"Delay": 1})
        return before

    def upload(self, key: str, body: bytes) -> None:
        self._client("s3").put_object(Bucket=self.bucket, Key=key, Body=body)

    def publish(self, message: dict[str, Any]) -> Outcome:
        """Sends a message and waits for the execution it starts. Raises DemoError if that fails or never comes."""
        known = {one["executionArn"] for one in self._executions()}
        before = self._counters()
        begun = time.monotonic()
        self._client("sns").publish(TopicArn=self._outputs["ArticlesTopicArn"], Message=json.dumps(message))
        output = self._wait(known, begun)
        took = time.monotonic() - begun
        after = self._counters()
        pointer = self.json(self.key(message["id"], "latest.json")) or {}
        return Outcome(
            outcome=output["action"] if output["outcome"] == "advanced" else output["outcome"],
            billed=round(after["CharactersSynthesized"] - before["CharactersSynthesized"]),
            reused=round(after["CharactersReused"] - before["CharactersReused"]),
            audio_seconds=self._seconds(message["id"], pointer),
            took_seconds=took,
            pointer=pointer,
        )

    def replace_sound(self, key: str, body: bytes, articles: list[str]) -> tuple[int, float]:
        """Uploads a sound and waits until each of these articles shows another edition: characters billed, seconds."""
        before = {article: self._edition(article) for article in articles}
        billed = self._counters()["CharactersSynthesized"]
        begun = time.monotonic()
        self.upload(key, body)
        while any(self._edition(article) == edition for article, edition in before.items()):
            if time.monotonic() - begun > PATIENCE:
                raise DemoError(f"The sound {key} was replaced, but its articles were not merged again.")
            time.sleep(0.1)
        return round(self._counters()["CharactersSynthesized"] - billed), time.monotonic() - begun

    def _edition(self, article: str) -> str:
        return str(self.json(self.key(article, "latest.json"))["edition"])

    @staticmethod
    def key(article: str, name: str) -> str:
        return f"articles/{quote(article, safe='')}/{name}"

    def get(self, key: str) -> bytes | None:
        client = self._client("s3")
        try:
            return bytes(client.get_object(Bucket=self.bucket, Key=key)["Body"].read())
        except client.exceptions.NoSuchKey:
            return None

    def json(self, key: str) -> Any:
        body = self.get(key)
        return None if body is None else json.loads(body)

    def keys(self, prefix: str) -> list[str]:
        pages = self._client("s3").get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=prefix)
        return [entry["Key"] for page in pages for entry in page.get("Contents", [])]

    def download(self, prefix: str, folder: Path) -> list[Path]:
        """Saves everything below a prefix, but not the editions, into a folder."""
        saved = []
        for key in self.keys(prefix):
            name = key.removeprefix(prefix)
            if "editions/" in name:
                continue
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(self.get(key) or b"")
            saved.append(path)
        return saved

    def _seconds(self, article: str, pointer: dict[str, Any]) -> float:
        if pointer.get("status") != "published":
            return 0.0
        folder = "members/" if pointer.get("premium") else ""
        timeline = self.json(self.key(article, folder + "timeline.json"))
        return float(timeline["samples"] / timeline["sample_rate"])

    def _executions(self) -> list[dict[str, Any]]:
        pages = self._client("stepfunctions").get_paginator("list_executions")
        machine = self._outputs["NarrateArticleArn"]
        return [one for page in pages.paginate(stateMachineArn=machine) for one in page["executions"]]

    def _wait(self, known: set[str], begun: float) -> dict[str, Any]:
        while time.monotonic() - begun < PATIENCE:
            new = [one for one in self._executions() if one["executionArn"] not in known]
            if new and new[0]["status"] in DONE:
                found = self._client("stepfunctions").describe_execution(executionArn=new[0]["executionArn"])
                if found["status"] != "SUCCEEDED":
                    raise DemoError(f"The narration {found['status']}: {found.get('error')}: {found.get('cause')}")
                return dict(json.loads(found["output"]))
            time.sleep(0.1)
        raise DemoError(f"No narration ended within {PATIENCE} s; is the queue being read? See the log above.")

    def _counters(self) -> dict[str, float]:
        """Sums over the last hours, so that a difference is what happened in between."""
        now = time.time()
        sums = {}
        for name in COUNTERS:
            points = self._client("cloudwatch").get_metric_statistics(
                Namespace=NAMESPACE,
                MetricName=name,
                Dimensions=[{"Name": "service", "Value": "narration"}],
                StartTime=now - 6 * 3600,
                EndTime=now + 3600,
                Period=3600,
                Statistics=["Sum"],
            )["Datapoints"]
            sums[name] = sum(point["Sum"] for point in points)
        return sums
