"""The account under test: its queues, the switches of the local cloud around it, and what an operator does."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.request import ProxyHandler, Request, build_opener

from local.cloud.testing import Cloud
from operate import resend
from operate.clients import Target
from operate.redrive import pipelines

SEEN_AGAIN = 60
"""Seconds after which a message whose worker has died is seen again. The template waits six time-outs of its function,
up to an hour; a worker that takes longer than this does its work beside a second one."""
MOST = 100_000
PAUSES = 0.1
"""Pauses of state machines between two tries are so much of their time."""
MACHINES = (
    "NarrateArticleArn",
    "SummarizeDocumentArn",
    "AnswerQuestionArn",
    "AnswerFromDocumentsArn",
    "SyncRepositoryArn",
    "TrainModelArn",
)
PEEK_SETTING, PEEK_HEADER, MESSAGES = "LOCAL_PEEK", "x-local-peek", "/_ministack/sqs/messages"
"""With the word of the setting in the header, the local cloud shows every message, taken or not."""
DEPTHS = ("ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible", "ApproximateNumberOfMessagesDelayed")


@dataclass
class Account:
    """One local cloud with the stack in it."""

    cloud: Cloud
    peek: str = ""
    """The word with which the cloud was started, to look at its messages."""
    threads: int = 0
    """The most threads that the cloud's process was seen to have."""
    megabytes: int = 0
    """The most memory that it was seen to have, resident."""
    _urls: list[str] = field(default_factory=list)

    def switch(self, path: str, wish: dict[str, Any] | None = None, method: str = "") -> Any:
        """Sets a switch of the local cloud; without a wish it is cleared, or read by GET."""
        body = None if wish is None else json.dumps(wish).encode()
        asked = Request(f"{self.cloud.url}{path}", body, method=method or ("POST" if wish else "DELETE"))  # noqa: S310
        asked.add_header("Content-Type", "application/json")
        asked.add_header(PEEK_HEADER, self.peek)
        with build_opener(ProxyHandler({})).open(asked, timeout=30) as answer:
            return json.load(answer)

    def hurry(self) -> None:
        """Waits that are long for the sake of an account on AWS become short; docs/faults.md says so."""
        self.switch("/_ministack/config", {"stepfunctions._SFN_WAIT_SCALE": PAUSES})
        sqs = self.cloud.client("sqs")
        for url in self.queues():
            found = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["VisibilityTimeout"])["Attributes"]
            if "Failed" not in url and int(found["VisibilityTimeout"]) > SEEN_AGAIN:
                sqs.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": str(SEEN_AGAIN)})

    def queues(self) -> list[str]:
        """URLs of all queues."""
        if not self._urls:
            pages = self.cloud.client("sqs").get_paginator("list_queues").paginate()
            self._urls = [url for page in pages for url in page.get("QueueUrls", [])]
        return self._urls

    def depths(self, words: tuple[str, ...] = ("",)) -> dict[str, int]:
        """Messages by queue, those included that somebody has taken, of queues that have any and whose name says so."""
        sqs, found = self.cloud.client("sqs"), Counter[str]()
        for url in self.queues():
            name = _short(url.rpartition("/")[2])
            if any(word in name for word in words):
                said = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=list(DEPTHS))["Attributes"]
                found[name] += sum(int(said[depth]) for depth in DEPTHS)
        return {name: depth for name, depth in found.items() if depth}

    def at_work(self) -> bool:
        """Whether an execution is open, or a message is in a queue that a function reads."""
        busy = [name for name in self.depths() if not name.endswith(("FailedQueue", "DeadLetters"))]
        return bool(busy or self._open())

    def waiting(self, moving: bool) -> str:
        """All that waits, as one text: the bodies of all messages, those that somebody has taken included, and, while
        work is still ``moving``, names and inputs of open executions. Where nothing moves any more, an execution of
        which no message speaks waits for nothing: its work is lost."""
        words = []
        if moving:
            states = self.cloud.client("stepfunctions")
            for arn in self._open():
                words += [arn, states.describe_execution(executionArn=arn)["input"]]
        for regions in self.switch(MESSAGES, method="GET")["messages"].values():
            for queues in regions.values():
                words += [message["Body"] for messages in queues.values() for message in messages]
        return "\n".join(words)

    def standing(self) -> list[str]:
        """Where each open execution stands: its name, the state it entered last, since when, and its last event."""
        states, said = self.cloud.client("stepfunctions"), []
        for arn in self._open():
            pages = states.get_paginator("get_execution_history").paginate(executionArn=arn)
            events = [event for page in pages for event in page["events"]]
            entered = [event for event in events if "stateEnteredEventDetails" in event]
            if entered:
                state, since = entered[-1]["stateEnteredEventDetails"]["name"], entered[-1]["timestamp"]
                said.append(f"{arn.partition(':execution:')[2]} is in {state} since {since}: {events[-1]['type']}")
        return said

    def _open(self) -> list[str]:
        outputs = self.cloud.outputs
        pages = self.cloud.client("stepfunctions").get_paginator("list_executions")
        return [
            entry["executionArn"]
            for machine in MACHINES
            if machine in outputs
            for page in pages.paginate(stateMachineArn=outputs[machine], statusFilter="RUNNING")
            for entry in page["executions"]
        ]

    def executions(self, machine: str, status: str) -> list[str]:
        """Names of executions of the machine that an output names."""
        pages = self.cloud.client("stepfunctions").get_paginator("list_executions")
        found = pages.paginate(stateMachineArn=self.cloud.outputs[machine], statusFilter=status)
        return [entry["name"] for page in found for entry in page["executions"]]

    def redrive(self) -> list[str]:
        """What ``make redrive`` and ``operate resend`` do, for everything that waits; what they say."""
        target = Target(self.cloud.stack, port=int(self.cloud.url.rpartition(":")[2]))
        said: list[str] = []
        for pipeline in ("narration", "documents", "llm", "questions", "knowledge", "training"):
            if f"{pipeline.capitalize()}DeadLettersUrl" in self.cloud.outputs:
                said += pipelines.command(target, pipeline, MOST)
        if "LakeBucketName" in self.cloud.outputs:
            said += resend.command(target, resend.Wish(failed=True, confirm=True))
        return [line for line in said if not line.startswith(("0 started", "nothing is left", "there are no"))]

    def clocks_off(self) -> float:
        """The most seconds between what a line of a function's log says of its time and when CloudWatch took it."""
        logs, most = self.cloud.client("logs"), 0.0
        for page in logs.get_paginator("describe_log_groups").paginate():
            for group in page["logGroups"]:
                name = group["logGroupName"]
                for event in logs.filter_log_events(logGroupName=name, filterPattern="{ $.timestamp = * }")["events"]:
                    said = _time_of(event["message"])
                    if said is not None:
                        most = max(most, abs(said - event["ingestionTime"] / 1000))
        return most

    def look_at_size(self) -> None:
        """Remembers the most threads and memory; of a machine without /proc nothing."""
        status = Path(f"/proc/{self.cloud.process.pid}/status")
        if status.exists():
            said = dict(line.split(":", 1) for line in status.read_text().splitlines())
            self.threads = max(self.threads, int(said["Threads"]))
            size = said.get("VmRSS", "0 kB")  # a process that has ended has none
            self.megabytes = max(self.megabytes, int(size.split()[0]) // 1024)


def _time_of(line: str) -> float | None:
    """When a JSON line was written, by the clock of its process."""
    try:
        return datetime.fromisoformat(json.loads(line)["timestamp"]).timestamp()
    except (ValueError, KeyError, TypeError):
        return None


def _short(name: str) -> str:
    """A queue's logical id: without the stacks before it and CloudFormation's letters behind."""
    parts = name.split("-")
    return parts[-2] if len(parts) > 2 else name
