"""``python -m bench questions``: every mistake of the local model, mended by our loop and by the article's.

Both ask the same stand-in about the same rows, in the same local Athena. The stand-in is deterministic, as a model at
temperature 0 is: the same prompt gets the same answer again. Shares say what a loop makes of a mistake; nothing here
says how often a model makes one.
"""

from __future__ import annotations

import statistics
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from bench.questions import lake
from bench.questions.article import ArticleLoop
from bench.questions.desk import Desk, side_by_side, start

THEIRS, THEIR_BUCKET, RESULTS = "theirs", "lake-of-theirs", "results-of-theirs"
AT_A_TIME = 4
"""Questions, of each side alike."""
PLAIN = 15
"""Questions without a mistake, one after another."""
RIGHT, NAMED, NONE, WRITTEN = "answered rightly", "refused by name", "a wrong answer or none", "changed the lake"
ENDLESS = ("long_range", "recursion")
"""Not played: Athena ends both by limits of its own, and the local one would run them until its memory is full."""
OUTCOMES = (RIGHT, NAMED, NONE, WRITTEN)


@dataclass
class Side:
    """What became of each mistake, and how many seconds it took: measured and slept."""

    outcomes: dict[str, str] = field(default_factory=dict)
    seconds: list[float] = field(default_factory=list)
    slept: list[float] = field(default_factory=list)

    def add(self, names: Iterable[str], played: Iterable[tuple[str, float, float]]) -> None:
        """Outcome, seconds, seconds slept of each."""
        for name, (outcome, worked, slept) in zip(names, played, strict=True):
            self.outcomes[name] = outcome
            self.seconds.append(worked)
            self.slept.append(slept)

    def share(self, names: Sequence[str], outcome: str) -> float:
        return sum(self.outcomes[name] == outcome for name in names) / len(names)


def run() -> None:
    from local.services.bedrock.sql import faults

    groups = {
        "grouping": list(faults.GROUPING), "names": list(faults.NAMES), "other dialects": list(faults.DIALECTS),
        "types": list(faults.TYPES), "syntax": list(faults.SYNTAX), "cost without bound": list(faults.COSTS),
        "forbidden": list(faults.FORBIDDEN), "form of the answer": list(faults.FORMS), "no end": list(faults.ENDLESS),
    }  # fmt: skip
    groups = {group: [name for name in names if name not in ENDLESS] for group, names in groups.items()}
    with _desk() as desk:
        numbered = {
            name: number for number, name in enumerate((each for group in groups.values() for each in group), 1)
        }
        for name, number in numbered.items():
            desk.writes(lake.question(number), faults=[name])
        desk.asked(lake.question(lake.LOANS))  # the functions are warm, as the other side's client is
        sides = {
            "ours": _ours(desk, numbered),
            "article": _articles(desk, numbered, meant=False),
            "as meant": _articles(desk, numbered, meant=True),
        }
        plain = _plain(desk, len(numbered) + 1)
    _print_shares(groups, sides)
    _print_seconds(sides, *plain)


@contextmanager
def _desk() -> Iterator[Desk]:
    cloud = start()
    try:
        lake.make(cloud.client)
        cloud.client("s3").create_bucket(Bucket=RESULTS)
        yield Desk(cloud)
    finally:
        cloud.stop()


def _ours(desk: Desk, numbered: Mapping[str, int]) -> Side:
    before = _lake(desk, lake.DATABASE, lake.BUCKET)

    def play(number: int) -> tuple[str, float, float]:
        begun = time.monotonic()
        answer = desk.asked(lake.question(number))
        return _outcome(answer, number), time.monotonic() - begun, 0.0

    side = Side()
    side.add(numbered, side_by_side(play, list(numbered.values()), AT_A_TIME))
    if _lake(desk, lake.DATABASE, lake.BUCKET) != before:
        raise RuntimeError("A statement of ours has changed the lake.")
    return side


def _outcome(answer: Mapping[str, Any], number: int) -> str:
    if answer["state"] == "refused":
        return NAMED
    return RIGHT if answer["preview"] == [[str(lake.answer(number))]] else NONE


def _articles(desk: Desk, numbered: Mapping[str, int], *, meant: bool) -> Side:
    """What is forbidden is played alone, since it may change the lake under the others."""
    from local.services.bedrock.sql import faults

    _remake(desk)
    loop, before = _loop(desk, meant=meant), _lake(desk, THEIRS, THEIR_BUCKET)

    def play(number: int) -> tuple[str, float, float]:
        played = loop.play(lake.question(number))
        right = played.rows == [[str(lake.answer(number))]]
        return RIGHT if right else NONE, played.worked, played.slept

    side = Side()
    harmless = {name: number for name, number in numbered.items() if name not in faults.FORBIDDEN}
    side.add(harmless, side_by_side(play, list(harmless.values()), AT_A_TIME))
    if _lake(desk, THEIRS, THEIR_BUCKET) != before:
        raise RuntimeError("A mistake that is not among the forbidden ones has changed the lake.")
    for name in faults.FORBIDDEN:
        side.add([name], [play(numbered[name])])
        if _lake(desk, THEIRS, THEIR_BUCKET) != before:
            side.outcomes[name] = WRITTEN
            _remake(desk)
    return side


def _loop(desk: Desk, *, meant: bool) -> ArticleLoop:
    from questions.tables import catalogue

    client = desk.cloud.client
    name = desk.cloud.outputs["QuestionsGenerateName"]
    model = client("lambda").get_function_configuration(FunctionName=name)["Environment"]["Variables"]["MODEL_ID"]
    tables = catalogue.read(client("glue"), THEIRS, [THEIRS])
    return ArticleLoop(
        client("athena"), client("bedrock-runtime"), client("s3"), model, tables, THEIRS, RESULTS, meant=meant
    )


def _lake(desk: Desk, database: str, bucket: str) -> tuple[dict[str, str], list[str]]:
    return lake.objects(desk.cloud.client, bucket), lake.catalogue(desk.cloud.client)[database]


def _remake(desk: Desk) -> None:
    """What the other side may have dropped or written, as it was."""
    client = desk.cloud.client
    if THEIRS in lake.catalogue(client):
        client("glue").delete_database(Name=THEIRS)
        for key in lake.objects(client, THEIR_BUCKET):
            client("s3").delete_object(Bucket=THEIR_BUCKET, Key=key)
    lake.make(client, database=THEIRS, bucket=THEIR_BUCKET)


def _plain(desk: Desk, first: int) -> tuple[list[float], list[float]]:
    """Seconds from POST to the answer of questions without a mistake, and of the same statements at Athena alone."""
    asked, bare = [], []
    loop = _loop(desk, meant=False)
    for number in range(first, first + PLAIN):
        begun = time.monotonic()
        answer = desk.asked(lake.question(number))
        asked.append(time.monotonic() - begun)
        begun = time.monotonic()
        loop.rows_of(str(answer["sql"]), lake.DATABASE)
        bare.append(time.monotonic() - begun)
    return asked, bare


def _print_shares(groups: Mapping[str, list[str]], sides: Mapping[str, Side]) -> None:
    names = [name for group in groups.values() for name in group]
    print(f"{len(names)} mistakes, each in the first answer to a question of its own. Of them in percent:")
    print(f"{'mistakes':<22}{'':>4}  " + "".join(f"{side:>12}" for side in sides) + "  " + RIGHT)
    for group, members in {**groups, "all": names}.items():
        shares = "".join(f"{100 * side.share(members, RIGHT):>11.0f}%" for side in sides.values())
        print(f"{group:<22}{len(members):>4}  {shares}")
    for side_name, side in sides.items():
        counts = Counter(side.outcomes.values())
        print(f"{side_name}: " + ", ".join(f"{counts[outcome]} {outcome}" for outcome in OUTCOMES))


def _print_seconds(sides: Mapping[str, Side], asked: Sequence[float], bare: Sequence[float]) -> None:
    ours = statistics.median(sides["ours"].seconds)
    for name, side in sides.items():
        whole = [worked + slept for worked, slept in zip(side.seconds, side.slept, strict=True)]
        slept, median = statistics.median(side.slept), statistics.median(whole)
        print(f"{name}: {median:.1f} s for a mistake (median), {slept:.0f} of them slept: {median / ours:.1f} x ours")
    waits = statistics.median(asked) / statistics.median(bare)
    print(
        f"no mistake: {statistics.median(asked):.2f} s from POST to the answer (median of {len(asked)}), "
        f"the same SQL at Athena alone {statistics.median(bare):.2f} s: {waits:.1f} x"
    )
