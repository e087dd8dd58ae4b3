"""Documents through the state machine, the lanes of Textract and of the model, and their workers."""

from __future__ import annotations

from collections import deque
from collections.abc import Generator
from dataclasses import dataclass, field

from bench.admission.account import Bill, Functions, Quota
from bench.admission.clock import Clock, Process, Signal
from bench.capacity import quotas
from common.admission import Lane, patience
from documents.intake import lanes

Found = Generator[float | Signal, None, bool]
"""A part of a process that comes to an answer."""

TIMEOUT = {"Analyze": 120, "StartAnalysis": 120, "Summarize": 600}
LEFT = {"Analyze": 65, "StartAnalysis": 65, "Summarize": 260}
VISIBILITY, RECEIVES = {name: 6 * seconds for name, seconds in TIMEOUT.items()}, 5
"""Of the workers and of their queues; a test compares them with template and handlers."""
RETRY_LONGEST, RETRY_ATTEMPTS = 300, 1_200
"""Of the machine's retrier for functions that find no place."""

ARRIVALS = quotas.number("start_execution")
"""Executions that EventBridge starts in a second."""
START_SECONDS = 0.15
"""Until a worker asks its service: who waits, what is newer, what is kept."""
JOB_SECONDS = 40.0
"""Which a job of Textract is open for."""
BEFORE = (("Claim", 0.2), ("Inspect", 1.2))
BETWEEN = (("Transform", 1.0), ("Enrich", 1.5))
AFTER = (("Write", 1.5),)
GIGABYTES = {
    "Claim": 0.5,
    "Inspect": 1.73,
    "Analyze": 0.5,
    "StartAnalysis": 0.5,
    "CollectAnalysis": 0.5,
    "Transform": 2.0,
    "Enrich": 1.73,
    "Summarize": 1.0,
    "Write": 2.94,
}
SECONDS = {"Analyze": 2.8, "StartAnalysis": 0.3, "Summarize": 4.0}
"""Of one call."""
LATE_AT = (0.15, 0.45, 0.75)
"""When the late documents come, as parts of the time that the flood takes at least."""


@dataclass(frozen=True)
class Desk:
    """One row: so many documents at once, and what is unusual about their account. ``rate``: calls in a second."""

    name: str
    documents: int = 20_000
    rate: float = 10.0
    jobs: int = 0
    """How many of Textract may be open; 0 for documents of one page, which need none."""
    models: float = 50.0
    others: float = 0.0
    functions: int = 1_000
    workers: int = 40
    first_workers: int = 10
    job_workers: int = 4
    job_first_workers: int = 2
    summary_workers: int = 40
    summary_first_workers: int = 10
    crashes: float = 0.0
    """The part of a worker's turns in which it dies."""
    late: int = len(LATE_AT)

    @property
    def ideal(self) -> float:
        """Seconds in which Textract could read them all."""
        most = min(self.rate, self.jobs / JOB_SECONDS) if self.jobs else self.rate
        return self.documents / most


@dataclass
class Ask:
    done: Signal
    receives: int = 0
    failed: bool = False
    job: float = 0.0


@dataclass
class Step:
    """A throttled step: the quota behind it and its two lanes."""

    name: str
    quota: Quota
    lanes: dict[Lane, tuple[deque[Ask], Signal]]


@dataclass
class Inbox:
    """A case as it runs. ``waits``: seconds from a late document's upload to its summary, but for those of its job."""

    case: Desk
    clock: Clock = field(default_factory=Clock)
    bill: Bill = field(default_factory=Bill)
    waits: list[float] = field(default_factory=list)
    ended: int = 0
    failed: int = 0
    nearly: float = 0.0
    """When 99 of 100 documents were with Textract: who died of the last ones is seen again long after."""

    def __post_init__(self) -> None:
        case, clock = self.case, self.clock
        self.functions = Functions(clock, case.functions, self.bill)
        self.allowance = (-1, 0)
        at_once = case.jobs or 1_000_000
        textract = Quota(clock, case.rate, max(1.0, case.rate), at_once, others=case.others, away=(0.0, 0.0))
        models = Quota(clock, case.models, case.models, 1_000_000, away=(0.0, 0.0))
        self.read = self._step("StartAnalysis" if case.jobs else "Analyze", textract)
        self.said = self._step("Summarize", models)

    def _step(self, name: str, quota: Quota) -> Step:
        return Step(name, quota, {lane: (deque(), Signal(self.clock)) for lane in patience.PAUSES})

    def run(self) -> Inbox:
        case, clock = self.case, self.clock
        pages = (case.job_first_workers, case.job_workers) if case.jobs else (case.first_workers, case.workers)
        for step, (first, following) in (
            (self.read, pages),
            (self.said, (case.summary_first_workers, case.summary_workers)),
        ):
            for lane, workers in (("first", first), ("next", following)):
                for _ in range(workers):
                    clock.spawn(self._worker(step, lane))  # type: ignore[arg-type]
        for number in range(case.documents):
            clock.spawn(self._document(), number / ARRIVALS)
        for part in LATE_AT[: case.late]:
            clock.spawn(self._document(late=True), case.documents / ARRIVALS + 60 + case.ideal * part)
        clock.run(lambda: self.ended >= case.documents + case.late)
        return self

    def share_used(self) -> float:
        """Of what the quota gave until 99 of 100 documents were read, and others left."""
        quota, used = self.read.quota, self.read.quota.used
        quota.used = min(used, int(0.99 * self.case.documents))
        try:
            return min(1.0, quota.share_used(self.nearly))
        finally:
            quota.used = used

    # A document

    def _document(self, *, late: bool = False) -> Process:
        began, ok, job = self.clock.now, True, Ask(Signal(self.clock))
        self.bill.counts["transitions"] += 4  # Claimed, Route, Analyzed, Summarized
        for name, seconds in BEFORE:
            ok = ok and (yield from self._function(name, seconds))
        lane = self._lane()
        ok = ok and (yield from self._queued(self.read, lane, job))
        if self.case.jobs and ok:
            self.bill.counts["transitions"] += 1  # Collected
            ok = yield from self._function("CollectAnalysis", 1.0)
        for name, seconds in BETWEEN:
            ok = ok and (yield from self._function(name, seconds))
        ok = ok and (yield from self._queued(self.said, lane, Ask(Signal(self.clock))))
        for name, seconds in AFTER:
            ok = ok and (yield from self._function(name, seconds))
        self.ended += 1
        self.failed += not ok
        if late and ok:
            self.waits.append(self.clock.now - began - job.job)

    def _function(self, name: str, seconds: float) -> Found:
        """A Lambda task with the retrier for functions that find no place; whether it found one."""
        for attempt in range(RETRY_ATTEMPTS + 1):
            self.bill.counts["transitions"] += 1
            began = self.clock.now
            if self.functions.enter():
                yield self.clock.about(seconds)
                self.functions.leave(began, GIGABYTES[name])
                return True
            yield self.clock.chance.uniform(0, min(RETRY_LONGEST, 2.0 * 2 ** min(attempt, 12)))
        return False

    def _queued(self, step: Step, lane: Lane, ask: Ask) -> Found:
        """A task behind a queue; whether it was answered."""
        self.bill.counts["transitions"] += 1
        self.bill.counts["sqs"] += 1
        self._put(step, lane, ask)
        yield ask.done
        return not ask.failed

    def _lane(self) -> Lane:
        """As ``common.admission.choose`` for documents of no priority."""
        self.bill.counts["writes"] += 1
        minute = int(self.clock.now // 60)
        used = self.allowance[1] if self.allowance[0] == minute else 0
        fits = used < lanes.PER_MINUTE
        self.allowance = (minute, used + fits)
        return "first" if fits else "next"

    # A worker

    def _put(self, step: Step, lane: Lane, ask: Ask) -> None:
        waiting, signal = step.lanes[lane]
        waiting.append(ask)
        signal.wake_one()

    def _worker(self, step: Step, lane: Lane) -> Process:
        """A place that the event source has: it takes the oldest message, as long as there are any."""
        waiting, signal = step.lanes[lane]
        while True:
            while not waiting:
                yield signal
            ask = waiting.popleft()
            self.bill.counts["sqs"] += 2  # received, and deleted
            ask.receives += 1
            placed = False
            for _ in range(VISIBILITY[step.name]):  # Lambda tries until the message would be seen again
                placed = self.functions.enter()
                if placed:
                    break
                yield self.clock.chance.uniform(0.5, 1.5)
            if placed:
                yield from self._turn(step, lane, ask)
            else:
                self._return(step, lane, ask)

    def _turn(self, step: Step, lane: Lane, ask: Ask) -> Process:
        clock, began = self.clock, self.clock.now
        yield START_SECONDS
        if clock.chance.random() < self.case.crashes:
            yield clock.chance.uniform(0, 5)
            self.functions.leave(began, GIGABYTES[step.name])
            clock.spawn(self._later(step, lane, ask))
            return
        floor, ceiling = patience.PAUSES[lane]
        pause, ends = floor, began + TIMEOUT[step.name] - LEFT[step.name]
        while not step.quota.take():
            self.bill.counts["throttled"] += 1
            pause = min(ceiling, pause * patience.GROWTH)
            yield 0.03 + clock.chance.uniform(0.5, 1.5) * pause
            if clock.now >= ends:
                self.functions.leave(began, GIGABYTES[step.name])
                self.bill.counts["handed"] += 1
                self.bill.counts["sqs"] += 1
                ask.receives = 0  # a new message
                self._put(step, lane, ask)
                return
        if step is self.read and step.quota.used <= 0.99 * self.case.documents:
            self.nearly = clock.now
        yield clock.about(SECONDS[step.name])
        self.functions.leave(began, GIGABYTES[step.name])
        if step is self.read and self.case.jobs:
            self.bill.counts["sqs"] += 6  # its end from the topic, and the look
            clock.spawn(self._job(step, ask))
            return
        step.quota.running -= 1
        ask.done.fire()

    def _job(self, step: Step, ask: Ask) -> Process:
        ask.job = self.clock.about(JOB_SECONDS, 0.6)
        yield ask.job
        step.quota.running -= 1
        ask.done.fire()

    def _return(self, step: Step, lane: Lane, ask: Ask) -> None:
        """The same message once more, or the dead letters, whose consumer fails the execution."""
        if ask.receives < RECEIVES:
            self._put(step, lane, ask)
            return
        self.bill.counts["abandoned"] += 1
        ask.failed = True
        ask.done.fire()

    def _later(self, step: Step, lane: Lane, ask: Ask) -> Process:
        yield VISIBILITY[step.name]
        self._return(step, lane, ask)
