"""Everything that the samples in events/ need, in a running local cloud: a pipeline each, all at the same time.

It may be run again: what is there stays, and what a sample has used up is put there once more as far as AWS allows.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from pathlib import Path

from local.cloud.deploying.deploy import outputs
from local.samples.stack import EVENTS, Stack

Tell = Callable[[str], None]

PIPELINES: Mapping[str, str] = {
    "narration": "NarrateArticleArn",
    "documents": "SummarizeDocumentArn",
    "images": "ImagesBucketName",
    "trips": "TripsStreamName",
    "llm": "ModelLogsBucketName",
    "questions": "QuestionsUrl",
    "knowledge": "KnowledgeUrl",
    "training": "TrainModelArn",
}
"""Folder of events/ -> an output that the stack has where the pipeline is switched on."""


def needed(event: Path, stack: str, url: str, region: str) -> str | None:
    """The pipeline that has to be filled before `event` can be used: that of a sample, where it was not done yet."""
    folder = event.resolve().parent
    if folder.parent != EVENTS or folder.name not in PIPELINES:
        return None
    found = Stack(stack, url, region)
    if PIPELINES[folder.name] not in found.outputs or import_module(f"local.samples.{folder.name}").seeded(found):
        return None
    return folder.name


def seed(stack: str, url: str, region: str, tell: Tell, only: Collection[str] = PIPELINES.keys()) -> None:
    """Fills the pipelines `only` that the stack has, and tells what lies where.

    Raises SeedError, and botocore's ClientError where there is no such stack.
    """
    found = outputs(url, stack, region)
    wanted = [name for name, output in PIPELINES.items() if name in only and output in found]

    def fill(name: str) -> list[str]:
        lines: list[str] = import_module(f"local.samples.{name}").seed(Stack(stack, url, region, found))
        return lines

    with ThreadPoolExecutor(max(1, len(wanted))) as pool:
        for lines in pool.map(fill, wanted):
            for line in lines:
                tell(line)
