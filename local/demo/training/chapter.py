"""The training chapter: a model of July's trips earns its place, two do not, and a third waits for a person.

Somebody asks the whole time: they are answered by the first model until the last one takes its place, never in vain.
"""

from __future__ import annotations

import json
import textwrap
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from local.demo.account import PATIENCE, Bucket, Client, DemoError, Tell
from local.demo.training import manifests
from local.demo.training.desk import Desk, Ended
from local.demo.training.manifests import RIDES, SHUFFLED
from local.demo.training.rider import Rider
from local.demo.trips import chapter as trips

WIDTH = 110
"""Characters of a row."""
Approve = Callable[[str, str], None]
"""What an operator does: ``operate models approve NAME VERSION``."""


@dataclass
class Story:
    """What was seen, for the rows at the end."""

    first: str = ""
    better: str = ""
    reports: dict[str, Any] = field(default_factory=dict)
    refused: dict[str, Ended] = field(default_factory=dict)
    again: Mapping[str, Any] = field(default_factory=dict)
    jobs: dict[str, int] = field(default_factory=dict)
    answers: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    while_waiting: str | None = None
    heard: bool = False


def play(client: Client, outputs: dict[str, str], desk: Desk, approve: Approve, folder: Path, tell: Tell) -> int:
    """Plays the chapter with clients of any account, saves the reports; returns how many promises were broken.

    Where the lake is empty, trips are put there first.
    """
    tell("\nTraining: a manifest becomes a model that had to earn its place\n")
    lake = trips.Lake(client, outputs)
    if lake.rows() == 0:
        rows = trips.fill(client, outputs, lake, folder / "trips.csv")
        tell(f"{rows:,} trips were put into the lake for it\n")
    sets = trips.build(client, outputs)
    begun, story = time.monotonic(), Story()
    _first(desk, story, sets, tell)
    with Rider(lambda: desk.ask(RIDES, manifests.WHEN, [manifests.EARLY])) as rider:
        _refused(client, outputs, desk, story, sets, tell)
        _again(desk, story, tell)
        _better(desk, approve, story, tell)
        story.heard = rider.wait_for(story.better, PATIENCE)
    tell(f"({len(rider.told)} requests were answered meanwhile; all of it took {time.monotonic() - begun:.0f} s)\n")
    (folder / "reports.json").write_text(json.dumps(story.reports, indent=2), encoding="utf-8")
    checks = [*_checks(story), *_of_rider(story, rider)]
    for promise, kept in checks:
        tell(f"{'yes' if kept else 'NO':<4} {promise}")
    tell("\nsaved: reports.json")
    return sum(not kept for _, kept in checks)


def _first(desk: Desk, story: Story, sets: Mapping[str, Any], tell: Tell) -> None:
    """A grid of trials, the best of which serves; asked, and why it says so."""
    rows = sets["rows"]
    tell(f"rides: learns from {rows['train']:,} trips of {sets['month']}, is measured on {rows['test']:,} as they come")
    before, begun = desk.jobs(), desk.put(RIDES, manifests.body(manifests.first()))
    story.first = desk.deployed(RIDES)
    seconds = time.monotonic() - begun
    story.jobs["first"] = desk.jobs() - before
    report = story.reports["first"] = desk.report(RIDES, story.first)
    for line in _figures(report):
        tell(line)
    tell(f"     deployed after {seconds:.0f} s as a function, which costs nothing while nobody asks\n")
    story.answers["first"] = _asked(desk, manifests.WHEN, (manifests.EARLY, manifests.LEISURE), tell)


def _refused(
    client: Client, outputs: Mapping[str, str], desk: Desk, story: Story, sets: Mapping[str, Any], tell: Tell
) -> None:
    """A worse model under the same name, and one of labels that were dealt out anew: both at once."""
    lake = Bucket(client, outputs["LakeBucketName"])
    parts = [lake.get(part["key"]) or b"" for part in sets["files"]["train"]["parts"]]
    place = f"datasets/{SHUFFLED}/train.csv"
    desk.models.put(place, manifests.without_a_lesson(parts))
    lesson = manifests.shuffled(f"s3://{desk.models.name}/{place}", sets["channels"])
    before = desk.executions()
    worse_begun, shuffled_begun = (
        desk.put("rides-worse", manifests.body(manifests.worse())),
        desk.put(SHUFFLED, manifests.body(lesson)),
    )
    for name, begun, what in (
        ("rides-worse", worse_begun, "rides, from the day of the week alone"),
        (SHUFFLED, shuffled_begun, "rides with their labels shuffled"),
    ):
        ended = story.refused[name] = desk.ended(name, before, begun)
        document = desk.models.json(ended.output["rejected"]) if ended.error else {"message": "it was not refused"}
        story.reports[name] = document
        tell(f"{what}: refused after {ended.seconds:.0f} s")
        for line in _wrapped(f"{ended.error}: {document['message']}"):
            tell(line)
    tell("")


def _again(desk: Desk, story: Story, tell: Tell) -> None:
    """The same manifest once more."""
    before, jobs = desk.executions(), desk.jobs()
    begun = desk.put(RIDES, manifests.body(manifests.first()))
    ended = desk.ended(RIDES, before, begun)
    story.again, story.jobs["again"] = ended.output, desk.jobs() - jobs
    tell(f"rides, the same manifest again: {ended.output['action']}, {story.jobs['again']} training jobs\n")


def _better(desk: Desk, approve: Approve, story: Story, tell: Tell) -> None:
    """A model that sees more; a person says when it may serve."""
    desk.put("rides-better", manifests.body(manifests.better()))
    story.better = desk.waiting(RIDES, story.first)
    story.while_waiting = desk.serving(RIDES)
    tell(f"rides, who rides as well: {story.better[:8]} waits for a person, {str(story.while_waiting)[:8]} serves")
    tell(f"python -m operate models approve {RIDES} {story.better}")
    approve(RIDES, story.better)
    served = desk.deployed(RIDES, story.first)
    if served != story.better:
        raise DemoError(f"{served} of {RIDES} serves, and {story.better} was approved.")
    report = story.reports["better"] = desk.report(RIDES, story.better)
    for line in _figures(report):
        tell(line)
    # Workers look at the pointer again after some seconds; until then the first one may answer, and refuses what it
    # does not know.
    columns = [*manifests.WHEN, "user_type"]
    story.answers["better"] = _asked(desk, columns, (manifests.EARLY, manifests.TOURIST), tell, story.better)


def _figures(report: Mapping[str, Any]) -> Iterator[str]:
    """Trials, and why the best of them was taken."""
    for trial in report["trials"]:
        chosen = ", the best" if trial["trial"] == report["trial"] else ""
        yield f"     trial {trial['trial']}: roc_auc {trial['metrics']['roc_auc']:.4f} on validation{chosen}"
    new, baseline, live = report["new"], report["baseline"], report["live"]
    yield (
        f"     on the test: roc_auc {new['roc_auc']:.4f}, pr_auc {new['pr_auc']:.4f}; "
        f"who always says the commoner class has {baseline['roc_auc']:.4f} and {baseline['pr_auc']:.4f}"
    )
    if live:
        yield f"     the one that served has {live['roc_auc']:.4f} there; surely better by {report['above_live']:.4f}"


def _asked(
    desk: Desk, columns: Any, rides: tuple[Mapping[str, Any], ...], tell: Tell, version: str = ""
) -> list[dict[str, Any]]:
    """The answers to ``rides``, by ``version`` where it is given. Raises DemoError."""
    end = time.monotonic() + PATIENCE
    while (answer := desk.ask(RIDES, columns, rides)).status != 200 or version not in ("", answer.document["version"]):
        if time.monotonic() > end:
            raise DemoError(f"The door answered {answer.status} for {PATIENCE} s: {answer.document}")
        time.sleep(1)
    found: list[dict[str, Any]] = answer.document["predictions"]
    for ride, one in zip(rides, found, strict=True):
        tell(f"     {manifests.told(ride):<40} {one['label']:<4} {one['probability']:.3f}")
    tell("")
    return found


def _wrapped(row: str) -> list[str]:
    return textwrap.wrap(
        row, WIDTH, initial_indent="     ", subsequent_indent="       ", max_lines=3, placeholder=" ..."
    )


def _checks(story: Story) -> list[tuple[str, bool]]:
    """Each promise, and whether it was kept."""
    first, better = story.reports["first"], story.reports["better"]
    worse, shuffled = story.refused["rides-worse"], story.refused[SHUFFLED]
    early, leisure = story.answers["first"]
    rider, tourist = story.answers["better"]
    return [
        ("a grid of four was trained, and the best of them serves",
         story.jobs["first"] == len(first["trials"]) == 4
         and max(first["trials"], key=lambda one: one["metrics"]["roc_auc"])["trial"] == first["trial"]),
        ("it was measured on trips as they come, and is surely better than always saying the commoner class",
         first["counts"]["positives"]["test"] < 0.12 * first["counts"]["rows"]["test"]
         and first["above_baseline"] > 0 and first["new"]["roc_auc"] >= manifests.FLOOR),
        ("asked over HTTP it has learned what was planted: early on a weekday, not on a Saturday afternoon",
         early["label"] == "Yes" and leisure["label"] == "No"),
        ("a worse manifest is refused, because it is not better than the one that serves",
         worse.error == "GateRefused" and "not better than" in story.reports["rides-worse"]["message"]),
        ("shuffled labels are refused by the floor",
         shuffled.error == "GateRefused" and "gate.at_least" in story.reports[SHUFFLED]["message"]),
        ("the same manifest again trains nothing",
         story.again["action"] == "serving" and story.jobs["again"] == 0),
        ("a model that waits for a person does not serve, and serves once they agree",
         story.while_waiting == story.first and better["live_version"] == story.first
         and better["above_live"] > 0),
        ("it knows what the first could not: a customer's ride at that hour is another one",
         rider["label"] == "Yes" and tourist["label"] == "No"),
    ]  # fmt: skip


def _of_rider(story: Story, rider: Rider) -> list[tuple[str, bool]]:
    """What somebody was told who asked the whole time."""
    return [
        ("the old model served throughout: no request failed, and none was answered by anything in between",
         not rider.failed and rider.steady() and story.heard and set(rider.versions()) == {story.first, story.better}),
    ]  # fmt: skip
