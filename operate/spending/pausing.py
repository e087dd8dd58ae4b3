"""A pipeline paused and resumed: an item in the stack's table, which each paid call asks for."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

from operate.clients import Target
from operate.errors import OperateError
from operate.spending import ceilings

WAITS = {
    "narration": "articles wait in their lanes, 13 days at most; what needs no speech goes on",
    "documents": "documents wait where they would buy, pages 13 days at most, a summary 6; then for a redrive",
    "questions": "questions are taken on and wait, for the model four days, for their run one; then for a redrive",
    "knowledge": "searches are answered 503; documents wait for the index, questions for their search one day, for the "
    "model four",
    "training": "manifests are read and checked, and wait for their jobs two days; models answer on",
    "llm": "logs are read on; similarity, sentiment, toxicity and the canary are left out and counted, not made up for",
}
GOES_ON = {
    "narration": "what waits comes by itself within about four minutes",
    "documents": "what waits comes by itself within about four minutes, in Enrich within fifteen",
    "questions": "what waits comes by itself, for the model within about four minutes, for its run within fifteen",
    "knowledge": "what waits comes by itself within about fifteen minutes; searches are answered from now on",
    "training": "what waits comes by itself within about fifteen minutes",
    "llm": "what comes now is measured again; what was left out meanwhile is not made up for",
}
"""What happens with the work of a pipeline that may buy again."""
MOST_WHY = 500
"""Characters of a reason: each worker reads the item that it stands in every 15 seconds."""


def pause(target: Target, pipeline: str, why: str, clock: Callable[[], float] = time.time) -> Iterator[str]:
    """Stops new paid work of a pipeline. Raises OperateError for one that buys nothing, or a long reason."""
    from common.spending import pauses
    from common.table import Table

    ceilings.checked(target, pipeline)
    if len(why) > MOST_WHY:
        raise OperateError(f"--why has {len(why):,} characters, and {MOST_WHY} are kept at most: shorten it.")
    table = Table(ceilings.table_name(target), target.client("dynamodb"))
    at = f"{datetime.fromtimestamp(clock(), UTC):%Y-%m-%dT%H:%M:%SZ}"
    if not pauses.begin(table, pipeline, pauses.Pause(ceilings.caller(target), at, why)):
        held = pauses.read(table, pipeline)
        yield f"{pipeline} is paused already" + (f", since {held.at} by {held.by}" if held else "")
        if why:
            yield "the reason stays as it was; for another one resume it first"
        return
    seconds = f"{pauses.SECONDS:.0f} seconds"
    yield f"{pipeline} is paused: after {seconds} no worker begins another paid call; those under way end"
    yield WAITS[pipeline]
    yield f"go on with: python -m operate resume {pipeline}{target.place()}"


def resume(target: Target, pipeline: str) -> Iterator[str]:
    """Lets it go on; may be repeated."""
    from common.spending import pauses
    from common.table import Table

    ceilings.checked(target, pipeline)
    table = Table(ceilings.table_name(target), target.client("dynamodb"))
    was = pauses.read(table, pipeline)
    pauses.end(table, pipeline)
    if was is None:
        yield f"{pipeline} was not paused"
        return
    yield f"{pipeline} goes on; it was paused since {was.at} by {was.by}"
    yield GOES_ON[pipeline]
