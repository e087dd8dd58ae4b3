"""Before a deployment: is there an account, do the workers of the lanes fit into it, does the Region have the services,
may the models be called, and does the lake stay readable?

A new account runs ten functions at once. Workers hold their places for as long as Polly, Textract or a model is busy.
Where they hold them all, nothing else runs: nothing is planned or written, and Lambda's own refusals make dead letters
of messages that nobody has looked at.

identity: credentials that work, or which do not and what to run
regions: services that the parameters use and the Region lacks
models: models that the account may not call
arguments: what preflight takes, what it needs, an example
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from operate import amounts
from operate.clients import NoStack, Target
from operate.errors import OperateError
from operate.preflight import identity, models, regions

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
    Pipeline("questions", "UseQuestions", {"QuestionsWorkers": 5, "QuestionsFirstWorkers": 5}),
    Pipeline(
        "knowledge",
        "UseKnowledge",
        {"IndexWorkers": 2, "IndexFirstWorkers": 3, "ComposeWorkers": 3, "ComposeFirstWorkers": 3},
    ),
)
"""As template.yaml has them."""


class TooManyWorkers(OperateError):
    """The workers of a pipeline would leave too little to all other functions; the sentence says what to set."""


class BadNumber(OperateError):
    """A number of workers is none; the sentence names it."""


class LakeUnreadable(OperateError):
    """The table would read what lies in the lake by other columns or in another form; the sentence says what to do."""


CHECKS = ("workers", "regions", "models", "lake")


def command(target: Target, wanted: Mapping[str, str], skip: Collection[str] = ()) -> Iterator[str]:
    """Lines about what is as it should be, and about what was not looked at. ``target``: where the deployment goes;
    ``wanted``: the parameters that it gives, the others stay as they are; ``skip``: some of CHECKS.

    Raises NoAccess, TooManyWorkers, NotInRegion, NoModel, LakeUnreadable, BadNumber.
    """
    yield f"account: {identity.account(target)}, by credentials that work."
    yield f"stack: {target.stack}"
    functions = target.client("lambda")
    given = {**_deployed(target), **wanted}
    here = functions.meta.endpoint_url.startswith(("http://127.0.0.1", "http://localhost"))
    if here:
        yield "regions, models: not looked at, for the local cloud has its own stand-ins."
    left = [name for name in CHECKS if name not in skip and not (here and name in ("regions", "models"))]
    yield from (f"{name}: skipped, as asked." for name in CHECKS if name in skip)
    if "workers" in left:
        yield from workers(functions, given)
        yield from fixed(functions, given)
    if "regions" in left:
        yield regions.check(functions.meta.region_name, given)
    if "models" in left:
        yield from models.check(target, given)
    if "lake" in left:
        check_lake(target, wanted)
    yield from emptied(target, wanted)


def _deployed(target: Target) -> dict[str, str]:
    """Parameters that a deployment keeps where samconfig.toml does not give them."""
    try:
        return target.parameters()
    except NoStack:
        return {}


LOG_READERS = 10
"""MaximumConcurrency of LlmReadLogs (llm.yaml)."""


def fixed(functions: Any, given: Mapping[str, str]) -> Iterator[str]:
    """A line where what takes places without a parameter of its own may not find them."""
    limit = int(functions.get_account_settings()["AccountLimit"]["ConcurrentExecutions"])
    if given.get("UseLlm", "true") == "true" and limit < 2 * LOG_READERS:
        yield (
            f"llm: up to {LOG_READERS} log objects are read at once, and the account runs {limit:,} functions: they "
            "wait in their queue, and what was throttled too often is a dead letter. Ask AWS for more (docs/limits.md)."
        )
    if given.get("UseTrips", "true") == "true" and limit < 2 * LOG_READERS:
        yield (
            f"trips: Firehose calls its function beside all others, and the account runs {limit:,}: batches that found "
            "no place four times lie under errors/ (docs/trips.md). Ask AWS for more (docs/limits.md)."
        )


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


def emptied(target: Target, given: Mapping[str, str]) -> Iterator[str]:
    """A line where the deployment replaces the index of knowledge by an empty one: no error, and no alarm, tells later
    that searches find nothing. ``given``: parameters of the deployment; those that are not given stay as they are."""
    deployed = _deployed(target)
    use, key = (given.get(name, deployed.get(name, "")) for name in ("UseKnowledge", "KmsKeyArn"))
    if {deployed.get("UseKnowledge"), use} == {"true"} and key != deployed.get("KmsKeyArn", ""):
        yield (
            "knowledge: KmsKeyArn changes, and with it the vector bucket, which begins empty: nothing is found until "
            f"you run python -m operate index --all{target.place()} after the deployment (docs/operations.md)."
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


def workers(functions: Any, given: Mapping[str, str]) -> Iterator[str]:
    """A line for each pipeline whose workers fit. ``given``: parameters of the deployment, with those that it keeps.

    Raises TooManyWorkers, BadNumber.
    """
    limit = int(functions.get_account_settings()["AccountLimit"]["ConcurrentExecutions"])
    for pipeline in PIPELINES:
        if {**regions.DEFAULTS, **given}[pipeline.switch] != "true":
            continue
        wanted = {name: _number(name, given.get(name, default)) for name, default in pipeline.workers.items()}
        check(limit, pipeline, wanted)
        total = sum(wanted.values())
        said = f"{pipeline.name}: {amounts.of(total, 'worker')}, and the account runs {limit:,} functions at once"
        fits = total <= limit // 2
        yield f"{said}: that fits." if fits else f"{said}: nothing will fail, but ask AWS for more (docs/limits.md)."


def _number(name: str, value: str | int) -> int:
    try:
        return int(value)
    except ValueError as error:
        raise BadNumber(f"{name}={value} is no whole number; correct it in parameter_overrides.") from error


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
