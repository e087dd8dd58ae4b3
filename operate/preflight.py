"""Before a deployment: do the workers of the lanes fit into the account, and does the lake stay readable?

A new account runs ten functions at once. Workers hold their places for as long as Polly, Textract or a model is busy.
Where they hold them all, nothing else runs: nothing is planned or written, and Lambda's own refusals make dead letters
of messages that nobody has looked at.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from operate.clients import NoStack, Target
from operate.errors import OperateError

LEAST = 2
"""MaximumConcurrency of an event source (API reference, ScalingConfig)."""


@dataclass(frozen=True)
class Pipeline:
    """``switch``: the parameter that leaves it out; ``workers``: parameters of its lanes with their defaults."""

    name: str
    switch: str
    workers: Mapping[str, int]


PIPELINES = (
    Pipeline("narration", "UseNarration", {"SpeechWorkers": 12, "SpeechFirstWorkers": 4}),
    Pipeline(
        "documents",
        "UseDocuments",
        {
            "AnalysisWorkers": 40,
            "AnalysisFirstWorkers": 10,
            "JobWorkers": 4,
            "JobFirstWorkers": 2,
            "SummaryWorkers": 40,
            "SummaryFirstWorkers": 10,
        },
    ),
)
"""As template.yaml has them."""


class TooManyWorkers(OperateError):
    """The workers of a pipeline would leave too little to all other functions; the sentence says what to set."""


class LakeUnreadable(OperateError):
    """The table would read what lies in the lake by other columns or in another form; the sentence says what to do."""


def command(target: Target, config: Path, environment: str) -> Iterator[str]:
    """A line for each pipeline where all fits. Raises TooManyWorkers, LakeUnreadable."""
    yield from workers(target.client("lambda"), config, environment)
    section = tomllib.loads(config.read_text(encoding="utf-8")).get(environment, {})
    named = section.get("global", {}).get("parameters", {}).get("stack_name", target.stack)
    check_lake(replace(target, stack=named), overrides(config, environment))


def check_lake(target: Target, given: Mapping[str, str]) -> None:
    """``given``: parameters of the deployment; those that are not given stay as they are.

    Raises LakeUnreadable where the stack's lake has rows, and its table would become one of other columns or of another
    form: nothing else would notice, for a query succeeds with values in the wrong columns.
    """
    try:
        deployed = target.parameters()
    except NoStack:
        return
    if "false" in {deployed.get("UseTrips"), given.get("UseTrips")}:
        return
    changed = [name for name in LAKE if name in deployed and given.get(name, deployed[name]) != deployed[name]]
    if "Recipe" in changed and _same_columns(deployed["Recipe"], given["Recipe"]):
        changed.remove("Recipe")
    if not changed:
        return
    said = " ".join(f"{name}={deployed[name]}" for name in changed)
    if "PartitionBy" in changed:
        raise LakeUnreadable(
            f"{target.stack} has {said}, and Firehose cannot change that; deploy another stack beside it."
        )
    bucket = target.outputs().get("LakeBucketName")
    if bucket and target.client("s3").list_objects_v2(Bucket=bucket, Prefix="trips/", MaxKeys=1).get("KeyCount"):
        raise LakeUnreadable(
            f"The rows in the lake of {target.stack} were written with {said}; after this deployment queries would "
            f"read them wrongly, without an error. Deploy another stack beside it, or move s3://{bucket}/trips/ away."
        )


LAKE = ("Recipe", "OutputFormat", "UseParquet", "PartitionBy")
"""Parameters by which the table reads what lies in the lake already."""


def _same_columns(one: str, other: str) -> bool:
    from trips.errors import BadRecipe
    from trips.recipe import parser

    try:
        return parser.named(one).outputs == parser.named(other).outputs
    except BadRecipe:  # of another version; nobody knows its columns
        return False


def workers(functions: Any, config: Path, environment: str) -> Iterator[str]:
    """A line for each pipeline whose workers fit. Raises TooManyWorkers."""
    limit = int(functions.get_account_settings()["AccountLimit"]["ConcurrentExecutions"])
    given = overrides(config, environment)
    for pipeline in PIPELINES:
        if given.get(pipeline.switch, "true") != "true":
            continue
        wanted = {name: int(given.get(name, default)) for name, default in pipeline.workers.items()}
        check(limit, pipeline, wanted)
        total = sum(wanted.values())
        said = f"{pipeline.name}: {total} workers, and the account runs {limit:,} functions at once"
        fits = total <= limit // 2
        yield f"{said}: that fits." if fits else f"{said}: nothing will fail, but ask AWS for more (docs/limits.md)."


def overrides(config: Path, environment: str) -> dict[str, str]:
    """The parameters that samconfig.toml gives for an environment."""
    section = tomllib.loads(config.read_text(encoding="utf-8")).get(environment, {})
    given: dict[str, str] = {}
    for place in ("global", "deploy"):
        found = section.get(place, {}).get("parameters", {}).get("parameter_overrides", [])
        parts = found.split() if isinstance(found, str) else found
        given |= dict(part.split("=", 1) for part in parts)
    return given


def check(limit: int, pipeline: Pipeline, wanted: Mapping[str, int]) -> None:
    """``limit``: functions that the account runs at once.

    Raises TooManyWorkers where the pipeline takes more than half of them, unless each lane has the least that it may.
    """
    half = limit // 2
    if sum(wanted.values()) <= half or all(number <= LEAST for number in wanted.values()):
        return
    advised = " ".join(f"{name}={number}" for name, number in advice(half, pipeline.workers).items())
    raise TooManyWorkers(
        f"The account runs {limit:,} functions at once, and {sum(wanted.values())} of them would be workers of "
        f"{pipeline.name}. Set {advised} in parameter_overrides of samconfig.toml, or ask AWS for more (Service "
        f"Quotas, Lambda, Concurrent executions); docs/limits.md says how fast each is."
    )


def advice(room: int, defaults: Mapping[str, int]) -> dict[str, int]:
    """As many workers as fit into ``room``, shared out as the defaults are; LEAST each where they do not fit."""
    together = max(room, sum(defaults.values()))
    found = {name: max(LEAST, number * room // together) for name, number in defaults.items()}
    while sum(found.values()) > room and max(found.values()) > LEAST:
        found[max(found, key=lambda name: found[name])] -= 1
    return found
