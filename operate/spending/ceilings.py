"""Which pipeline buys what in a day, and where its ceiling stands; which of them a stack has."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from operate.clients import Target
from operate.errors import OperateError

_WITHOUT = "it has no pipeline that buys anything"
INSTEAD = {
    "images": "The images pipeline buys nothing that could be paused; to stop it, deploy with UseImages=false.",
    "trips": "The trips pipeline buys nothing that could be paused; stop its senders, or deploy with UseTrips=false.",
}


@dataclass(frozen=True)
class Kind:
    """What a pipeline buys by the day. ``parameter``: of the stack; empty where the ceiling is the code's.
    ``default``: the parameter's, as template.yaml has it."""

    pipeline: str
    name: str
    parameter: str
    what: str
    default: int


KINDS = (
    Kind("narration", "characters", "DailyCharacters", "characters of Polly", 5_000_000),
    Kind("documents", "pages", "DailyPages", "pages of Textract", 2_000),
    Kind("documents", "model-calls", "DailyModelCalls", "calls of the model, checks of the guardrail", 3_000),
    Kind("documents", "comprehend-characters", "DailyComprehendCharacters", "characters of Comprehend", 10_000_000),
    Kind("llm", "paid-calls", "DailyCalls", "calls of the paid modules", 50_000),
    Kind("llm", "canary-calls", "", "calls of the canary", 1_500),
    Kind("questions", "question-calls", "DailyQuestionCalls", "calls of the model for questions", 2_000),
    Kind("questions", "scanned-megabytes", "DailyScanMegabytes", "megabytes that Athena scans for questions", 200_000),
    Kind("knowledge", "ask-calls", "DailyAskCalls", "calls of the model that answers from documents", 2_000),
    Kind("knowledge", "embedded-tokens", "DailyEmbeddedTokens", "tokens of embeddings", 20_000_000),
    Kind("training", "training-jobs", "DailyTrainingJobs", "training jobs", 50),
)
MOST_TIMES = 10
"""The ceiling, or its default where that is higher, by which a day may be raised in all: a digit too many cannot be
taken back, for a ceiling is never lowered within its day."""
PIPELINES = tuple(dict.fromkeys(kind.pipeline for kind in KINDS))


def of(target: Target) -> Iterator[tuple[Kind, int]]:
    """What the stack's pipelines buy, with the ceilings that it was deployed with."""
    from llm.spending import CANARY_CALLS

    parameters = target.parameters()
    there = {kind.pipeline for kind in KINDS if kind.parameter in parameters and _is_used(kind.pipeline, parameters)}
    for kind in KINDS:
        if kind.pipeline in there:
            yield kind, int(float(parameters[kind.parameter])) if kind.parameter else CANARY_CALLS


def check_raise(kind: Kind, ceiling: int, raised: int, amount: int) -> None:
    """``ceiling``: as deployed; ``raised``: today, before. Raises OperateError for what would be no raise, or an
    absurd one."""
    if amount < 1:
        raise OperateError(
            f"{amount:,} is no raise: a ceiling is raised by 1 or more, and never lowered within its day."
        )
    base = max(ceiling, kind.default)
    room = max(0, MOST_TIMES * base - raised)
    if amount <= room:
        return
    deploy = f"deploy with a higher {kind.parameter}" if kind.parameter else "change it in the code (llm.spending)"
    raise OperateError(
        f"{amount:,} {kind.name} more is too much for a day: raises come to {MOST_TIMES} times {base:,} at most, for "
        f"none can be taken back until midnight UTC. Today it may be raised by {room:,} more; for more {deploy}."
    )


def _is_used(pipeline: str, parameters: dict[str, str]) -> bool:
    """A pipeline that was deployed by itself has no switch."""
    return parameters.get(f"Use{pipeline.capitalize()}", "true") == "true"


def checked(target: Target, pipeline: str) -> str:
    """The name of a pipeline that the stack has and that buys something. Raises OperateError."""
    if pipeline in INSTEAD:
        raise OperateError(INSTEAD[pipeline])
    if pipeline not in PIPELINES:
        raise OperateError(f"There is no pipeline {pipeline!r}: name {', '.join(PIPELINES)}.")
    if pipeline not in {kind.pipeline for kind, _ in of(target)}:
        raise OperateError(f"The stack {target.stack} has no {pipeline}.")
    return pipeline


def table_name(target: Target) -> str:
    return target.output("StateTableName", _WITHOUT)


def caller(target: Target) -> str:
    """Who runs this command, for those who ask later."""
    return str(target.client("sts").get_caller_identity()["Arn"])
