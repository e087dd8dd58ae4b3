"""The two queues before a throttled step of a running stack, and the workers behind them."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from local.cloud.testing import Cloud
from tests.e2e.waiting import eventually


@dataclass(frozen=True)
class Lanes:
    """``worker``: logical id of the function that takes from ``queues``."""

    cloud: Cloud
    worker: str
    queues: tuple[str, str]

    @contextmanager
    def closed(self) -> Iterator[None]:
        """No worker takes anything from the two lanes inside the block."""
        functions = self.cloud.client("lambda")
        name = f"{self.cloud.physical_id(self.worker)}:live"
        sources = functions.list_event_source_mappings(FunctionName=name)["EventSourceMappings"]
        assert len(sources) == 2
        for source in sources:
            functions.update_event_source_mapping(UUID=source["UUID"], Enabled=False)
        try:
            yield
        finally:
            for source in sources:
                functions.update_event_source_mapping(UUID=source["UUID"], Enabled=True)

    def depth(self, queue: str = "") -> int:
        """Messages of a queue, or of both, those included that somebody has taken or that are not to be seen yet."""
        names = [f"ApproximateNumberOfMessages{kind}" for kind in ("", "NotVisible", "Delayed")]
        found = 0
        for each in [queue] if queue else self.queues:
            answer = self.cloud.client("sqs").get_queue_attributes(QueueUrl=self._url(each), AttributeNames=names)
            found += sum(int(answer["Attributes"][name]) for name in names)
        return found

    def filled(self, asks: int = 1) -> None:
        eventually(lambda: self.depth() >= asks or None, f"{asks} asks in the lanes")

    def empty(self) -> None:
        eventually(lambda: self.depth() == 0 or None, "end of the lanes")

    def copy(self) -> str:
        """The body of a message that waits, which stays; empty where none does."""
        sqs = self.cloud.client("sqs")
        for url in map(self._url, self.queues):
            for message in sqs.receive_message(QueueUrl=url, VisibilityTimeout=0).get("Messages", []):
                return str(message["Body"])
        return ""

    def send(self, body: str) -> None:
        """The same message once more, in the lane that can wait."""
        self.cloud.client("sqs").send_message(QueueUrl=self._url(self.queues[1]), MessageBody=body)

    @contextmanager
    def seen_again_after(self, seconds: int) -> Iterator[None]:
        """A message whose worker has died comes back sooner than it would."""
        sqs = self.cloud.client("sqs")
        urls = [self._url(name) for name in self.queues]
        own = [sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["VisibilityTimeout"]) for url in urls]
        for url in urls:
            sqs.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": str(seconds)})
        try:
            yield
        finally:
            for url, kept in zip(urls, own, strict=True):
                sqs.set_queue_attributes(QueueUrl=url, Attributes=kept["Attributes"])

    def kill(self) -> int:
        """Kills the workers that there are, as Lambda does with one that takes too much; how many there were."""
        pids = self._workers()
        for pid in pids:
            os.kill(pid, signal.SIGKILL)
        return len(pids)

    def _workers(self) -> set[int]:
        """Processes of the worker's function, by the cloud that this test has started."""
        name = self.cloud.physical_id(self.worker).encode()
        found = set()
        for folder in Path("/proc").iterdir():
            if not folder.name.isdigit():
                continue
            try:
                said = (folder / "environ").read_bytes()
            except OSError:
                continue  # ended meanwhile, or another's
            if b"AWS_LAMBDA_FUNCTION_NAME=" + name in said and self.cloud.url.encode() in said:
                found.add(int(folder.name))
        return found

    def _url(self, queue: str) -> str:
        name = self.cloud.physical_id(queue).rpartition("/")[2]
        return str(self.cloud.client("sqs").get_queue_url(QueueName=name)["QueueUrl"])
