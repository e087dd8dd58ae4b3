"""A load on the documents pipeline of a local cloud of its own: many small documents at once, counted to the last one.

They come in by the inbox's rule (``events``) or as one batch (``batch``). Afterwards each of them has a summary of its
own version, or is listed as refused or failed; a batch over all of them then has to find that there is nothing left to
do, and its sum has to be whole.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal
from urllib.request import ProxyHandler, Request, build_opener

from bench.faults.streams.papers import problem_of
from local.cloud.testing import Cloud, start_cloud
from local.demo.documents import maker

PREFIX = "load/"
AT_A_TIME = 16
LOOK_EVERY = 2.0
TELL_EVERY = 10.0
ENGINES = ("textract", "comprehend")
"""Engines with rates, and the settings that change them."""

WRONG = "wrong: "
"""So an outcome begins where there is a summary, and it is not right; what follows says why."""

Tell = Callable[[str], None]
By = Literal["events", "batch"]


@dataclass(frozen=True)
class Load:
    """``throttle``: ``off``, ``on`` for AWS's default rates, or a factor on them such as ``0.1``."""

    documents: int
    scans: int
    by: By = "events"
    throttle: str = "off"
    concurrency: int = 8
    seconds: float = 3600.0


class LoadError(Exception):
    """The load did not end; the message says where it stood."""


def command(load: Load, template: Path, tell: Tell) -> int:
    """Exit code 1 where a document is neither summarized nor listed, or where a sum is not whole."""
    settings = {f"LOCAL_{engine.upper()}_THROTTLE": load.throttle for engine in ENGINES}
    tell(f"starting a local cloud, throttling of {' and '.join(ENGINES)}: {load.throttle}")
    cloud = start_cloud(template, parameters={"BatchConcurrency": str(load.concurrency)}, environ=settings)
    try:
        problems = Run(cloud, load, tell).play()
    except LoadError as error:
        problems = [str(error)]
    finally:
        cloud.stop()
    for problem in problems:
        tell(f"NO   {problem}")
    return int(bool(problems))


class Run:
    """One load on a running cloud."""

    def __init__(self, cloud: Cloud, load: Load, tell: Tell) -> None:
        self.cloud, self.load, self.tell = cloud, load, tell
        self.s3, self.states = cloud.client("s3"), cloud.client("stepfunctions")
        self.inbox, self.summaries = cloud.outputs["InboxBucketName"], cloud.outputs["SummariesBucketName"]
        self.machine, self.batch = cloud.outputs["SummarizeDocumentArn"], cloud.outputs["SummarizeBatchArn"]
        self.tags: dict[str, str] = {}
        self.found: dict[str, str] = {}
        """What became of each document, once it was played."""
        self.beside: Callable[[], None] = lambda: None
        """Called again and again while documents are waited for."""

    def play(self) -> list[str]:
        """What did not hold."""
        problems = self._by_events() if self.load.by == "events" else self._by_batch()
        self.found = found = self.outcomes()
        counts = Counter(found.values())
        self.tell(f"outcomes: {_named(Counter(outcome.partition(': ')[0] for outcome in found.values()))}")
        problems += [outcome for outcome in found.values() if outcome.startswith(WRONG)]
        lost = [key for key, outcome in found.items() if outcome == "lost"]
        problems += [f"{len(lost)} documents are neither summarized nor listed, {lost[0]} first"] if lost else []
        if sum(counts.values()) != self.load.documents:
            problems.append(f"{sum(counts.values())} documents are known, {self.load.documents} were uploaded")
        problems += self._nothing_left(counts)
        self._tell_of_engines()
        return problems

    # ---- the work

    def _by_events(self) -> list[str]:
        begun = time.monotonic()
        self._upload()
        self.tell(
            f"{self.load.documents} documents uploaded in {time.monotonic() - begun:.1f} s, {self.load.scans} scans"
        )
        self.wait(begun)
        self._tell_rate("by events", begun)
        return []

    def _by_batch(self) -> list[str]:
        with self._rule_at_rest():
            self._upload()
        begun = time.monotonic()
        counts = self._run_batch("the batch")
        self._tell_rate(f"as a batch, {self.load.concurrency} at a time", begun)
        return self.unequal("the batch", counts, counts)

    def _upload(self) -> None:
        def put(document: tuple[str, bytes]) -> None:
            key, body = document
            self.tags[key] = hashlib.md5(body, usedforsecurity=False).hexdigest()
            self.s3.put_object(Bucket=self.inbox, Key=key, Body=body)

        with ThreadPoolExecutor(AT_A_TIME) as pool:
            for _ in pool.map(put, maker.load(self.load.documents, self.load.scans, PREFIX)):
                pass

    @contextmanager
    def _rule_at_rest(self) -> Iterator[None]:
        """Uploads that start nothing."""
        events, rule = self.cloud.client("events"), self.cloud.physical_id("DocumentsInboxRule").rpartition("|")[2]
        events.disable_rule(Name=rule)
        try:
            yield
        finally:
            events.enable_rule(Name=rule)

    def wait(self, begun: float) -> None:
        """Until every document has a result or a refusal, or its execution has failed."""
        told = begun
        while True:
            done, failed = self._count(), self._failed()
            if done + len(failed) >= self.load.documents and not self._open():
                return
            self.beside()
            now = time.monotonic()
            if now - begun > self.load.seconds:
                raise LoadError(f"after {now - begun:.0f} s only {done} of {self.load.documents} documents are done")
            if now - told > TELL_EVERY:
                told = now
                self.tell(f"{now - begun:6.0f} s  {done} done, {len(failed)} failed")
            time.sleep(LOOK_EVERY)

    def _run_batch(self, name: str) -> dict[str, int]:
        """The counts of a batch over everything. Raises LoadError where it fails."""
        payload = json.dumps({"prefix": PREFIX})
        arn = self.states.start_execution(stateMachineArn=self.batch, input=payload)["executionArn"]
        begun = last_report = time.monotonic()
        while (execution := self.states.describe_execution(executionArn=arn))["status"] == "RUNNING":
            self.beside()
            now = time.monotonic()
            if now - begun > self.load.seconds:
                raise LoadError(f"{name} has not ended within {self.load.seconds:.0f} s")
            if now - last_report > TELL_EVERY:
                last_report = now
                for run in self.states.list_map_runs(executionArn=arn)["mapRuns"]:
                    counts = self.states.describe_map_run(mapRunArn=run["mapRunArn"])["itemCounts"]
                    self.tell(f"{now - begun:6.0f} s  {_named(Counter(counts))}")
            time.sleep(0.2)
        if execution["status"] != "SUCCEEDED":
            raise LoadError(
                f"{name} ended with {execution['status']}: {execution.get('error')}: {execution.get('cause')}"
            )
        counts = json.loads(execution["output"])["counts"]
        self.tell(f"{name}: {_named(Counter(counts))}, in {time.monotonic() - begun:.1f} s")
        return dict(counts)

    # ---- what has to hold

    def outcomes(self) -> dict[str, str]:
        """What became of each document: ``summarized`` only where the summary is of what was uploaded and says it."""
        failed = self._failed()

        def outcome(key: str) -> str:
            summary = self._json(f"summaries/{key}.json")
            if summary is not None:
                problem = problem_of(key, summary, self.tags[key])
                return f"{WRONG}{problem}" if problem else "summarized"
            if self._json(f"rejected/{key}.json") is not None:
                return "rejected"
            return "failed" if key in failed else "lost"

        with ThreadPoolExecutor(AT_A_TIME) as pool:
            return dict(zip(self.tags, pool.map(outcome, self.tags), strict=True))

    def _nothing_left(self, before: Counter[str]) -> list[str]:
        """A batch over what is done is cheap, and has the same sum."""
        name = "a batch over what is done"
        counts = self._run_batch(name)
        problems = self.unequal(name, counts, {"total": self.load.documents})
        if counts["duplicate"] != before["summarized"]:
            problems.append(f"{name} found {counts['duplicate']} done, {before['summarized']} are summarized")
        return problems

    def unequal(self, name: str, counts: dict[str, int], wanted: dict[str, int]) -> list[str]:
        """Where a batch's counts are not whole, or not as ``wanted``."""
        parts = sum(count for outcome, count in counts.items() if outcome != "total")
        problems = []
        if parts != counts["total"] or counts["total"] != self.load.documents:
            problems.append(f"{name} counts {parts} of {counts['total']}, {self.load.documents} were uploaded")
        problems += [f"{name} counts {counts[n]} {n}, not {v}" for n, v in wanted.items() if counts[n] != v]
        return problems

    # ---- looking

    def _count(self) -> int:
        return sum(self._listed(f"{place}/{PREFIX}") for place in ("summaries", "rejected"))

    def _listed(self, prefix: str) -> int:
        pages = self.s3.get_paginator("list_objects_v2").paginate(Bucket=self.summaries, Prefix=prefix)
        return sum(page["KeyCount"] for page in pages)

    def _executions(self, status: str) -> list[str]:
        pages = self.states.get_paginator("list_executions").paginate(stateMachineArn=self.machine, statusFilter=status)
        return [entry["executionArn"] for page in pages for entry in page["executions"]]

    def _open(self) -> bool:
        return bool(self._executions("RUNNING"))

    def _failed(self) -> set[str]:
        """Keys of documents whose execution failed."""
        arns = [arn for status in ("FAILED", "TIMED_OUT", "ABORTED") for arn in self._executions(status)]
        inputs = (json.loads(self.states.describe_execution(executionArn=arn)["input"]) for arn in arns)
        return {given["detail"]["object"]["key"] for given in inputs}

    def _json(self, key: str) -> dict[str, Any] | None:
        try:
            return dict(json.loads(self.s3.get_object(Bucket=self.summaries, Key=key)["Body"].read()))
        except self.s3.exceptions.NoSuchKey:
            return None

    def _tell_rate(self, how: str, begun: float) -> None:
        seconds = time.monotonic() - begun
        self.tell(
            f"{how}: {self.load.documents} documents in {seconds:.1f} s, {self.load.documents / seconds:.1f} per second"
        )

    def _tell_of_engines(self) -> None:
        opener = build_opener(ProxyHandler({}))
        for engine in ENGINES:
            with opener.open(Request(f"{self.cloud.url}/_local/{engine}/usage"), timeout=10) as answer:  # noqa: S310
                self.tell(f"asked of {engine}: {_named(Counter(json.load(answer)))}")


def _named(counts: Counter[str]) -> str:
    return ", ".join(f"{count} {name}" for name, count in sorted(counts.items()) if count) or "nothing"


def main(arguments: list[str] | None = None) -> int:
    """``python -m bench.load``; the exit code."""
    parser = argparse.ArgumentParser(prog="python -m bench.load", description=str(__doc__).splitlines()[0])
    parser.add_argument("--documents", type=int, default=1000)
    parser.add_argument("--scans", type=int, default=50, help="how many of them need OCR")
    parser.add_argument("--by", choices=("events", "batch"), default="events", help="the inbox's rule, or one batch")
    parser.add_argument(
        "--throttle",
        nargs="?",
        const="on",
        default="off",
        metavar="FACTOR",
        help="AWS's default rates, or a factor on them",
    )
    parser.add_argument("--concurrency", type=int, default=8, help="documents of a batch at a time")
    parser.add_argument("--seconds", type=float, default=3600, help="after which a load that has not ended has failed")
    parser.add_argument("--template", type=Path, default=Path("pipelines/documents.yaml"))
    options = vars(parser.parse_args(arguments))
    template = options.pop("template")
    return command(Load(**options), template.resolve(), lambda line: print(line, flush=True))


if __name__ == "__main__":
    sys.exit(main())
