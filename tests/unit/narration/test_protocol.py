"""The promises of narration under crashes, duplicates and races: never stale, never lost, nothing premium in reach.

The real handlers run the real state machine on an account in memory. Between any two AWS calls of a handler, and
before the first and after the last, hypothesis lets it die (also to go on as another release, with other pauses), runs
the same invocation a second time, or runs a step of another execution. In the end everything that waits is delivered,
redriven and run to its end, and then what is published must be what the highest version says.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest import mock

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from common import aws as common_aws
from common import executions
from narration.audio import express, mastering, recipe, silence, timeline
from narration.audio.codecs import mp3
from narration.audio.merging import Material, Merged
from narration.errors import EditionGone, VersionConflict
from narration.handlers import merge, plan, publish, reject, remerge, retag, start, synthesize
from narration.model import SAMPLE_RATE, Clip, Item
from narration.publishing import editions, feed_commits, keys, pointers, purchases
from narration.speech import polly
from tests.unit.narration import feed_promise, speaking
from tests.unit.narration.fake_aws import FakeAws
from tests.unit.narration.small_states import Execution

MACHINE = "arn:aws:states:us-east-1:123456789012:stateMachine:narrate"
ENVIRONMENT = {
    "AUDIO_BUCKET": "audio",
    "EVENT_BUS": "default",
    "MACHINE_ARN": MACHINE,
    "PUBLIC_BASE_URL": feed_promise.BASE_URL,
    "POWERTOOLS_SERVICE_NAME": "narration",
    "POWERTOOLS_METRICS_NAMESPACE": "Millrace/Narration",
    "POWERTOOLS_DEV": "false",
    **speaking.ENVIRONMENT,
}
SECRET = "Only members may hear this paragraph"
SOUND = "sounds/jingle.wav"
DATES = {"x": "2026-03-01T06:00:00Z", "y": "2026-03-02T06:00:00Z"}
MOST_CALLS = 70
"""Calls of the busiest handler here; a fault that is aimed beyond the last call does not happen."""


class Crash(BaseException):
    """The worker is gone: no except clause and no finally of a handler may count on anything."""


@dataclass(frozen=True)
class Fault:
    kind: str
    call: int
    when: str


FAULTS = st.none() | st.builds(
    Fault,
    st.sampled_from(["crash", "release", "duplicate", "other", "all others"]),
    st.integers(0, 12) | st.integers(0, MOST_CALLS),
    st.sampled_from(["before", "after"]),
)


@dataclass(frozen=True)
class Spec:
    """What a message says; the same version may come with two of them, which is a publisher's mistake."""

    status: str
    premium: bool
    text: str
    title: str
    sound: bool = False
    section: str | None = None

    def message(self, article: str, version: int) -> dict[str, Any]:
        if self.status == "withdrawn":
            return {"id": article, "version": version, "status": "withdrawn"}
        return {
            "id": article,
            "version": version,
            "status": self.status,
            "title": f"Title {self.title}",
            "language": "en-US",
            "premium": self.premium,
            **({"section": self.section} if self.section else {}),
            **({"published_at": DATES[self.title]} if self.text == "one" else {}),
            "paragraphs": [
                *([{"kind": "sound", "sound": SOUND}] if self.sound else []),
                {"kind": "heading", "text": "Heading"},
                {"kind": "text", "text": f"Open paragraph {self.text}."},
                {"kind": "text", "text": f"{SECRET} {self.text}."},
            ],
        }


SPECS = st.builds(
    Spec,
    st.sampled_from(["published", "published", "published", "withdrawn", "draft"]),
    st.booleans(),
    st.sampled_from(["one", "two"]),
    st.sampled_from(sorted(DATES)),
    st.booleans(),
    st.sampled_from(["city", "travel", None]),
)


def fake_merge(
    items: Sequence[Item], files: Material, _workdir: Path, out: Path, *, title: str = "", deadline: float | None = None
) -> Merged:
    """Joins the bytes of the fragments, so that what is heard can be read."""
    paths = {**files.fragments, **files.sounds}
    heard = [item for item in items if (item.fragment or item.sound) in paths]
    out.write_bytes(b"".join(paths[str(item.fragment or item.sound)].read_bytes() for item in heard))
    known = {**files.clips, **{key: Clip(path.stat().st_size, 0, 0) for key, path in files.sounds.items()}}
    return Merged(timeline.build(heard, known, title), tuple(timeline.place(heard, known)), {})


@contextmanager
def account(aws: FakeAws) -> Iterator[None]:
    """The handlers' world: this account, no FFmpeg, one thread so that an example can be repeated."""
    patches = [
        mock.patch.dict("os.environ", ENVIRONMENT),
        mock.patch.object(common_aws, "client", aws.client),
        mock.patch.object(mastering, "merge", fake_merge),
        mock.patch.object(express, "merge", fake_merge),
        mock.patch.object(timeline, "PAUSE", dict(timeline.PAUSE)),
        mock.patch.object(mp3, "measure", lambda data: mp3.Frames(len(data), len(data) * 576, 24000)),
        mock.patch.object(silence, "measure_clip", lambda data: Clip(len(data) * 576, 0, 0)),
        mock.patch.object(purchases, "LOOKERS", 1),
        mock.patch.object(editions, "LOADERS", 1),
        mock.patch.object(feed_commits, "LOOKERS", 1),
        mock.patch.object(pointers, "LOOKERS", 1),
        mock.patch.object(remerge, "STARTERS", 1),
    ]
    for patch in patches:
        patch.start()
    try:
        yield
    finally:
        for patch in reversed(patches):
            patch.stop()


CONTEXT = SimpleNamespace(
    function_name="f",
    memory_limit_in_mb=512,
    invoked_function_arn="arn:aws:lambda:us-east-1:123456789012:function:f",
    aws_request_id="1",
    get_remaining_time_in_millis=lambda: 300_000,
)
HANDLERS = {
    "Plan": plan.handler,
    "Synthesize": synthesize.handler,
    "Merge": merge.handler,
    "Retag": retag.handler,
    "Publish": publish.handler,
    "Reject": reject.handler,
    "Start": start.handler,
    "Remerge": remerge.handler,
}


class Newsroom(RuleBasedStateMachine):
    """Publishers, a queue that delivers at least once, and executions that die, repeat and overtake each other."""

    def __init__(self) -> None:
        super().__init__()
        self.aws = FakeAws()
        self.aws.hook = self.hook
        self.world = account(self.aws)
        self.world.__enter__()
        polly.offered.cache_clear()
        self.running: dict[str, Execution] = {}
        self.queue: list[str] = []
        self.sounds: list[str] = []
        self.events = 0
        self.said: dict[tuple[str, int], set[Spec]] = {}
        self.seen: dict[str, int] = {}
        self.stepping: set[str] = set()
        self.fault: Fault | None = None
        self.calls = 0
        self.current: tuple[str, Any] | None = None
        self.pauses: dict[str, int] = {}
        self.release(450)

    def teardown(self) -> None:
        try:
            self.finish()
            for article in {name for name, _ in self.said}:
                self.check(article)
            feed_promise.check(self.aws)
        finally:
            self.world.__exit__(None, None, None)

    # What hypothesis may do

    @rule(article=st.sampled_from(["a", "../b"]), version=st.integers(1, 4), spec=SPECS)
    def save(self, article: str, version: int, spec: Spec) -> None:
        known = self.said.setdefault((article, version), set())
        if len(known) < 2:
            known.add(spec)
            self.queue.append(json.dumps(spec.message(article, version)))

    @precondition(lambda self: self.said)
    @rule(data=st.data())
    def deliver_again(self, data: st.DataObject) -> None:
        """SNS and SQS deliver at least once, and late."""
        article, version = data.draw(st.sampled_from(sorted(self.said)))
        spec = data.draw(st.sampled_from(sorted(self.said[article, version], key=repr)))
        self.queue.append(json.dumps(spec.message(article, version)))

    @precondition(lambda self: self.queue)
    @rule(fault=FAULTS)
    def receive(self, fault: Fault | None) -> None:
        body = self.queue.pop(0)
        try:
            failed = self.invoke("Start", _batch(body), fault)["batchItemFailures"]
        except Crash:
            failed = ["all"]
        if failed:
            self.queue.append(body)

    @rule(marks=st.sampled_from(["none", "word"]), mode=st.sampled_from(["mastered", "express"]))
    def deploy(self, marks: str, mode: str) -> None:
        """An operator changes the stack's parameters; what runs goes on by its plan."""
        os.environ.update(MARKS=marks, MERGE=mode)

    @rule(milliseconds=st.sampled_from([450, 2_000]))
    def release(self, milliseconds: int) -> None:
        """A release of the application with other pauses; what is merged in part must not be completed by it."""
        timeline.PAUSE["text"] = milliseconds * SAMPLE_RATE // 1000  # type: ignore[index]
        for mode in ("mastered", "express"):
            self.pauses[recipe.digest(mode)] = timeline.PAUSE["text"]

    @rule(body=st.sampled_from([b"<ding>", b"<dong>", None]))
    def replace_sound(self, body: bytes | None) -> None:
        editor = self.aws.client("s3")
        if body is None:
            editor.delete_object(Bucket="audio", Key=SOUND)
        else:
            editor.put_object(Bucket="audio", Key=SOUND, Body=body)
        self.events += 1
        self.sounds.append(json.dumps({"id": str(self.events), "detail": {"object": {"key": SOUND}}}))

    @precondition(lambda self: self.sounds)
    @rule(fault=FAULTS)
    def hear_of_sound(self, fault: Fault | None) -> None:
        body = self.sounds.pop(0)
        try:
            failed = self.invoke("Remerge", _batch(body), fault)["batchItemFailures"]
        except Crash:
            failed = ["all"]
        if failed:
            self.sounds.append(body)

    @precondition(lambda self: self.alive())
    @rule(data=st.data(), fault=FAULTS)
    def step(self, data: st.DataObject, fault: Fault | None) -> None:
        self.advance(data.draw(st.sampled_from(self.alive())), fault)

    @rule(
        article=st.sampled_from(["a", "../b"]),
        runners=st.lists(st.tuples(st.integers(1, 4), SPECS), min_size=2, max_size=3),
        course=st.lists(st.tuples(st.integers(0, 2), FAULTS), min_size=8, max_size=24),
    )
    def race(self, article: str, runners: list[tuple[int, Spec]], course: list[tuple[int, Fault | None]]) -> None:
        """A few versions of one article, all started, then pushed forward in any order with faults on the way."""
        known = set(self.running)
        for version, spec in runners:
            self.save(article, version, spec)
        while self.queue:
            self.receive(None)
        new = sorted(set(self.running) - known) or self.alive()
        for runner, fault in course:
            if new:
                self.advance(new[runner % len(new)], fault)

    @precondition(lambda self: self.dead())
    @rule(data=st.data())
    def redrive(self, data: st.DataObject) -> None:
        self.again(data.draw(st.sampled_from(self.dead())))

    # How it is done

    def alive(self) -> list[str]:
        return sorted(name for name, one in self.running.items() if one.status == "RUNNING")

    def dead(self) -> list[str]:
        """Failed executions that nobody has started again: the last attempt of its work, where that has failed."""
        last: dict[str, str] = {}
        for name in sorted(self.running, key=lambda name: int(name.rpartition("-")[2])):
            last[name.rpartition("-")[0]] = name
        return sorted(name for name in last.values() if self.running[name].status == "FAILED")

    def advance(self, name: str, fault: Fault | None = None) -> None:
        execution = self.running[name]
        if execution.status != "RUNNING":
            return
        self.armed = fault
        self.stepping.add(name)
        execution.step()
        self.stepping.remove(name)
        self.armed = None
        self.aws.executions[f"{MACHINE.replace(':stateMachine:', ':execution:')}:{name}"]["status"] = execution.status

    def again(self, name: str) -> None:
        kind, work, attempt = name.split("-")
        executions.start(MACHINE, kind, work, self.running[name].payload, attempt=int(attempt) + 1)
        self.collect()

    def collect(self) -> None:
        for found in self.aws.executions.values():
            if found["name"] not in self.running:
                handlers = {name: self.handler(name) for name in HANDLERS}
                self.running[found["name"]] = Execution.start(json.loads(found["input"]), handlers)

    armed: Fault | None = None

    def handler(self, name: str) -> Any:
        if name == "Synthesize":
            return lambda ask: speaking.speak(self.aws, ask, lambda event: self.invoke(name, event, self.armed))
        return lambda payload: self.invoke(name, payload, self.armed)

    def invoke(self, name: str, payload: Any, fault: Fault | None) -> Any:
        before = (self.current, self.fault, self.calls)
        self.current, self.fault, self.calls = (name, payload), fault, 0
        try:
            return HANDLERS[name](payload, CONTEXT)
        finally:
            self.current, self.fault, self.calls = before
            self.collect()

    def hook(self, where: str) -> None:
        """Called around every AWS call of whatever handler runs."""
        fault = self.fault
        if fault is None or self.current is None:
            return
        when = where.partition(" ")[0]
        hit = when == fault.when and self.calls == fault.call
        self.calls += when == "after"
        if not hit:
            return
        self.fault = None
        if fault.kind == "release":
            self.release(2_000 if timeline.PAUSE["text"] == SAMPLE_RATE * 450 // 1000 else 450)
        if fault.kind in {"crash", "release"}:
            raise Crash(where)
        armed, self.armed = self.armed, None
        if fault.kind == "duplicate":
            self.twin(*self.current)
        elif fault.kind == "other":
            self.other()
        else:
            while self.other():
                pass
        self.armed = armed

    def twin(self, name: str, payload: Any) -> None:
        """Lambda runs the same invocation a second time; what comes of it, nobody asks."""
        with suppress(EditionGone, VersionConflict):
            self.invoke(name, payload, None)

    def other(self) -> bool:
        """Another execution's step, if there is another one that runs."""
        waiting = [name for name in self.alive() if name not in self.stepping]
        if waiting:
            self.advance(waiting[0])
        return bool(waiting)

    def finish(self) -> None:
        for _ in range(60):
            if self.queue:
                self.receive_quietly()
            if self.sounds:
                assert not self.invoke("Remerge", _batch(self.sounds.pop(0)), None)["batchItemFailures"]
            for name in self.alive():
                self.advance(name)
            for name in self.dead():
                self.again(name)
            if not (self.queue or self.sounds or self.alive() or self.dead()):
                return
        left = {name: (one.at, one.error) for name, one in self.running.items() if one.status != "SUCCEEDED"}
        raise AssertionError(f"work is left that never ends: {left}, {len(self.queue)} messages")

    def receive_quietly(self) -> None:
        assert not self.invoke("Start", _batch(self.queue.pop(0)), None)["batchItemFailures"]

    # What must hold

    @invariant()
    def pointers_move_forward_and_name_whole_editions(self) -> None:
        for article in {name for name, _ in self.said}:
            found = self.aws.objects.get(keys.pointer(article))
            if found is None:
                continue
            pointer = json.loads(found.body)
            assert pointer["version"] >= self.seen.get(article, 0)
            self.seen[article] = pointer["version"]
            if pointer["status"] == "published":
                home = keys.edition(article, pointer["edition"], members=pointer["premium"])
                assert home + keys.FULL in self.aws.objects
                assert home + keys.TIMELINE in self.aws.objects

    def check(self, article: str) -> None:
        """Everything has run: what is published is what the highest version says, and nothing else is in reach."""
        versions = {v: specs for (name, v), specs in self.said.items() if name == article}
        versions = {v: {s for s in specs if s.status != "draft"} for v, specs in versions.items()}
        versions = {v: specs for v, specs in versions.items() if specs}
        home = keys.article(article)
        held = {key: one.body for key, one in self.aws.objects.items() if key.startswith(home)}
        if not versions:
            assert held == {}
            return
        highest = max(versions)
        pointer = json.loads(held[keys.pointer(article)])
        assert pointer["version"] == highest
        self.check_announced(article, pointer)
        if pointer["status"] == "withdrawn":
            assert {spec.status for spec in versions[highest]} & {"withdrawn"}
            assert set(held) == {keys.pointer(article)}
            return
        self.check_published(article, pointer, versions[highest], held)

    def check_announced(self, article: str, pointer: Any) -> None:
        """Whoever listens, and goes by the highest version, knows the last state.

        A withdrawal of what nobody heard, or of what is gone already, is no news.
        """
        told = [e for e in self.aws.events if e["Detail"].get("article") == article]
        published = [e["Detail"] for e in told if e["DetailType"] == "ArticlePublished"]
        withdrawn = [e["Detail"]["version"] for e in told if e["DetailType"] == "ArticleWithdrawn"]
        if pointer["status"] == "published":
            assert pointer["edition"] in {detail["edition"] for detail in published}
        elif published:
            assert max(withdrawn, default=0) > max(detail["version"] for detail in published)

    def check_published(self, article: str, pointer: Any, specs: set[Spec], held: dict[str, bytes]) -> None:
        home = keys.article(article)
        wanted = keys.stable(article, pointer["edition"], premium=pointer["premium"])
        for key, source in wanted.items():
            assert held.get(key) == (held[source] if source else None), key
        members = "members/" if pointer["premium"] else ""
        full = held[home + members + keys.FULL].decode(errors="replace")
        made = json.loads(self.aws.objects[keys.plan(pointer["edition"])].body)
        sound = self.aws.objects.get(SOUND)
        jingle = sound.body.decode() if sound else ""
        shown = {
            spec
            for spec in specs
            if spec.status == "published"
            and spec.premium == pointer["premium"]
            and f"{SECRET} {spec.text}." in full
            and f"Open paragraph {spec.text}." in full
            and made["title"] == f"Title {spec.title}"
            and full.count("<d") == (1 if spec.sound and jingle else 0)
            and (not spec.sound or jingle in full)
        }
        assert shown, (
            f"what is heard is not what any message of the highest version says: {full!r}, {jingle!r}, {specs}"
        )
        self.check_timed(made, json.loads(held[home + keys.TIMELINE]))
        self.check_pauses(self.pauses[made["recipe"]], json.loads(held[f"{home}{members}{keys.TIMELINE}"]))
        if pointer["premium"]:
            for key, body in held.items():
                if not key.startswith(f"{home}members/"):
                    assert SECRET.encode() not in body, f"{key} gives a premium article away"
            open_text, whole = (spoken(held[f"{home}{folder}{keys.TIMELINE}"]) for folder in ("", members))
            assert open_text * 4 <= whole, "a quarter of it at most is for everybody"

    def check_pauses(self, pause: int, timeline: Any) -> None:
        """Between its paragraphs an edition has the pauses of the release that planned it."""
        items = timeline["items"]
        between = [one["end"] - one["start"] for before, one, after in zip(items, items[1:], items[2:], strict=False)
                   if before["kind"] == after["kind"] == "text"]  # fmt: skip
        assert between == [pause]

    def check_timed(self, made: Any, timeline: Any) -> None:
        """Words are there for everything that is spoken, or, where none were asked for, for nothing."""
        spoken = [item for item in timeline["items"] if item["fragment"]]
        assert spoken
        assert {bool(item.get("words")) for item in spoken} == {made["options"]["marks"] == "word"}


def spoken(timeline: bytes) -> int:
    """Characters of an article's own text in a timeline."""
    return sum(len(i["text"]) for i in json.loads(timeline)["items"] if i["kind"] not in ("note", "pause"))


def _batch(body: str) -> dict[str, Any]:
    record = {"messageId": "1", "receiptHandle": "r", "body": body, "eventSource": "aws:sqs"}
    return {"Records": [{**record, "attributes": {}, "messageAttributes": {}}]}


TestNewsroom = Newsroom.TestCase
TestNewsroom.settings = settings(
    max_examples=120,
    stateful_step_count=40,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
