"""Articles through the state machine, the lanes and their workers. What the application decides has its numbers."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice

from bench.admission.account import Bill, Functions, Quota
from bench.admission.clock import Clock, Process, Signal
from bench.capacity import quotas
from common.admission import Lane, patience
from narration.admission import lanes, ranges
from narration.publishing import purchases

TIMEOUT, VISIBILITY, RECEIVES = 120, 720, 5
"""Of Synthesize and of its queues; a test compares them with the template."""
RETRY_LONGEST, RETRY_ATTEMPTS = 300, 2_000
"""Of the machine's retrier for functions that find no place."""

OWN_SECONDS = 0.15
"""What a fragment takes beside Polly: HEAD, two PUTs, its silence measured."""
START_SECONDS = 0.12
"""Until a worker asks Polly: who waits, what is wanted, the plan."""
START_WORKERS, START_BATCH, BATCH_SECONDS = 10, 10, 0.5
"""Of NarrationStart: batches at a time, messages in one, and how long one takes."""
GIGABYTES = {"Start": 0.5, "Plan": 1.0, "Synthesize": 0.75, "Merge": 1.73, "Publish": 0.5}
LATE_AT = (0.15, 0.45, 0.75)
"""When the late articles come, as parts of the time that the flood takes at least."""
QUOTAS = {
    engine: (quotas.number(f"polly_{engine}"), quotas.number(f"polly_{engine}", "burst"))
    for engine in ("neural", "standard")
}
"""Requests a second and burst."""
PLAN_SECONDS, PUBLISH_SECONDS = 0.6, 0.5


def merge_seconds(paragraphs: int) -> float:
    return 4 + 0.1 * paragraphs


@dataclass(frozen=True)
class Case:
    """One row: so many articles of so many paragraphs at once, and what is unusual about their account."""

    name: str
    articles: int = 10_000
    paragraphs: int = 40
    engine: str = "neural"
    others: float = 0.0
    functions: int = 1_000
    workers: int = 12
    first_workers: int = 4
    polly_seconds: float = 0.7
    crashes: float = 0.0
    """The part of a worker's turns in which it dies."""
    away: tuple[float, float] = (0.0, 0.0)
    late: int = len(LATE_AT)


@dataclass
class Ask:
    """A range of an article: fragments left, the article's ranges left, and the signal of its end."""

    left: int
    article: Article
    receives: int = 0


@dataclass
class Article:
    ranges: int
    spoken: Signal
    failed: bool = False


@dataclass
class Turn:
    """One worker's time with one ask."""

    ask: Ask
    ends: float
    callers: int
    done: Signal
    begun: int = 0
    left_over: int = 0


@dataclass
class Newsroom:
    """A case as it runs. ``waits``: seconds from a late article's start to its end."""

    case: Case
    clock: Clock = field(default_factory=Clock)
    bill: Bill = field(default_factory=Bill)
    waits: list[float] = field(default_factory=list)
    ended: int = 0
    failed: int = 0
    end: float = 0.0

    def __post_init__(self) -> None:
        case, clock = self.case, self.clock
        rate, burst = QUOTAS[case.engine]
        at_once = ranges.AT_ONCE[case.engine]
        self.quota = Quota(clock, rate, burst, at_once, others=case.others, away=case.away)
        self.functions = Functions(clock, case.functions, self.bill)
        self.lanes: dict[Lane, tuple[deque[Ask], Signal]] = {lane: (deque(), Signal(clock)) for lane in patience.PAUSES}
        self.width = ranges.side_by_side(case.engine, case.workers)
        self.allowance = (-1, 0)

    def run(self) -> Newsroom:
        case = self.case
        for lane, workers in (("first", case.first_workers), ("next", case.workers)):
            for _ in range(workers):
                self.clock.spawn(self._worker(lane))  # type: ignore[arg-type]
        messages = iter(range(case.articles))
        for _ in range(START_WORKERS):
            self.clock.spawn(self._starter(messages))
        ideal = case.articles * case.paragraphs / self.quota.rate
        for part in LATE_AT[: case.late]:
            self.clock.spawn(self._article(late=True), 30 + ideal * part)
        self.clock.run(lambda: self.ended >= case.articles + case.late)
        return self

    # An article

    def _starter(self, messages: Iterator[int]) -> Process:
        while batch := list(islice(messages, START_BATCH)):
            while not self.functions.enter():
                yield self.clock.chance.uniform(0.5, 1.5)
            began = self.clock.now
            yield self.clock.about(BATCH_SECONDS)
            self.functions.leave(began, GIGABYTES["Start"])
            for _ in batch:
                self.clock.spawn(self._article())

    def _article(self, *, late: bool = False) -> Process:
        began, paragraphs = self.clock.now, self.case.paragraphs
        most = purchases.RANGE_FRAGMENTS
        spans = [min(most, paragraphs - number) for number in range(0, paragraphs, most)]
        article = Article(len(spans), Signal(self.clock))
        self.bill.counts["sqs"] += 3  # on its way from the topic
        self.bill.counts["transitions"] += 5 + len(spans)  # Decide, SynthesizeRanges, Spoken, Settled, Published
        yield from self._step("Plan", PLAN_SECONDS, article)
        if not article.failed:
            self._ask(article, spans)
            yield article.spoken
        for name, seconds in (("Merge", merge_seconds(paragraphs)), ("Publish", PUBLISH_SECONDS)):
            if not article.failed:
                yield from self._step(name, seconds, article)
        self.ended += 1
        self.failed += article.failed
        self.end = max(self.end, self.clock.now)
        if late and not article.failed:
            self.waits.append(self.clock.now - began)

    def _step(self, name: str, seconds: float, article: Article) -> Process:
        """A Lambda task with the retrier for functions that find no place."""
        for attempt in range(RETRY_ATTEMPTS + 1):
            self.bill.counts["transitions"] += 1
            began = self.clock.now
            if self.functions.enter():
                yield self.clock.about(seconds)
                self.functions.leave(began, GIGABYTES[name])
                return
            yield self.clock.chance.uniform(0, min(RETRY_LONGEST, 2.0 * 2 ** min(attempt, 12)))
        article.failed = True

    def _ask(self, article: Article, spans: list[int]) -> None:
        lane = self._lane(len(spans))
        waiting, signal = self.lanes[lane]
        for span in spans:
            waiting.append(Ask(span, article))
            self.bill.counts["sqs"] += 1
            signal.wake_one()

    def _lane(self, asks: int) -> Lane:
        """As ``common.admission.choose`` for articles of no priority."""
        if asks > lanes.MOST_RANGES:
            return "next"
        self.bill.counts["writes"] += 1
        minute = int(self.clock.now // 60)
        used = self.allowance[1] if self.allowance[0] == minute else 0
        fits = used + asks <= lanes.RANGES_PER_MINUTE
        self.allowance = (minute, used + asks if fits else used)
        return "first" if fits else "next"

    # A worker

    def _worker(self, lane: Lane) -> Process:
        """A place that the event source has: it takes the oldest message, as long as there are any."""
        waiting, signal = self.lanes[lane]
        while True:
            while not waiting:
                yield signal
            ask = waiting.popleft()
            self.bill.counts["sqs"] += 2  # received, and deleted
            ask.receives += 1
            placed = False
            for _ in range(VISIBILITY):  # Lambda tries until the message would be seen again
                placed = self.functions.enter()
                if placed:
                    break
                yield self.clock.chance.uniform(0.5, 1.5)
            if not placed:
                self._return(lane, ask)
                continue
            yield from self._turn(lane, ask)

    def _turn(self, lane: Lane, ask: Ask) -> Process:
        clock, began = self.clock, self.clock.now
        yield START_SECONDS
        if clock.chance.random() < self.case.crashes:
            yield clock.chance.uniform(0, 5)
            self.functions.leave(began, GIGABYTES["Synthesize"])
            clock.spawn(self._later(lane, ask, VISIBILITY))
            return
        width = min(self.width, ask.left)
        turn = Turn(ask, began + TIMEOUT - patience.LEFT_SECONDS, width, Signal(clock))
        for _ in range(width):
            clock.spawn(self._caller(lane, turn))
        yield turn.done
        self.functions.leave(began, GIGABYTES["Synthesize"])
        if ask.left:
            self.bill.counts["handed"] += 1
            self.bill.counts["sqs"] += 1
            # A new message: its receives are counted from nought.
            later = clock.chance.uniform(*patience.LATER_SECONDS) if self.quota.is_away() else 0.0
            clock.spawn(self._later(lane, Ask(ask.left, ask.article), later))
            return
        ask.article.ranges -= 1
        if ask.article.ranges == 0:
            ask.article.spoken.fire()

    def _caller(self, lane: Lane, turn: Turn) -> Process:
        """One of a worker's requests at a time, with the pauses of ``common.admission``."""
        clock, pause = self.clock, patience.PAUSES[lane][0]
        failing = 0.0
        total = turn.ask.left
        while turn.begun < total and clock.now < turn.ends:
            turn.begun += 1
            bought = False
            while clock.now < turn.ends:
                if self.quota.is_away():
                    failing = failing or clock.now
                    if clock.now - failing > patience.OUTAGE_SECONDS:
                        turn.ends = clock.now
                        break
                    yield clock.chance.uniform(0.5, 1.5) * patience.OUTAGE_PAUSES[1]
                elif self.quota.take():
                    yield clock.about(self.case.polly_seconds)
                    self.quota.running -= 1
                    pause = max(patience.PAUSES[lane][0], pause * patience.SHRINKING)
                    bought = True
                    break
                else:
                    self.bill.counts["throttled"] += 1
                    pause = min(patience.PAUSES[lane][1], pause * patience.GROWTH)
                    yield 0.03 + clock.chance.uniform(0.5, 1.5) * pause
            if not bought:
                break
            yield OWN_SECONDS
            turn.ask.left -= 1
        turn.callers -= 1
        if turn.callers == 0:
            turn.done.fire()

    def _return(self, lane: Lane, ask: Ask) -> None:
        """The same message once more, or the dead letters, whose consumer fails the execution."""
        if ask.receives < RECEIVES:
            waiting, signal = self.lanes[lane]
            waiting.append(ask)
            signal.wake_one()
            return
        self.bill.counts["abandoned"] += 1
        ask.article.failed = True
        ask.article.spoken.fire()

    def _later(self, lane: Lane, ask: Ask, seconds: float) -> Process:
        yield seconds
        self._return(lane, ask)
