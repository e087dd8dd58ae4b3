"""Which work meets which fault. Each scene is a function of a cloud, a size and a seed, and ends with a Whole."""

from __future__ import annotations

import secrets
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from bench.faults.account import PEEK_SETTING, Account
from bench.faults.streams.articles import Articles
from bench.faults.streams.asked import Questions
from bench.faults.streams.calls import Calls
from bench.faults.streams.papers import Papers
from bench.faults.streams.rides import Rides
from bench.faults.streams.stream import Stream
from bench.faults.whole import Count, Whole
from bench.load import By, Load, LoadError, Run
from bench.questions import desk, lake
from local.cloud.testing import ROOT, start_cloud

Tell = Callable[[str], None]
LOOK_EVERY, SHARE, LOOK_AT_LEAST = 2.0, 8, 60.0
"""Seconds between two looks, or so many times what a look takes, for it is a request for each piece; but at least once
in so many seconds."""
TELL_EVERY = 15.0
QUIET = 90.0
"""Seconds without a change after which what waits is redriven: a message whose worker died is seen again after 60."""
REDRIVES = 4
SETTLES = 150.0
"""Seconds at most until nothing works any more: a message whose worker died last is seen again after 60."""
LOOKS, LOOK_AGAIN = 4, 5.0
WAVE, TRIPS = 20, 2000
"""Articles and documents at a time, until enough workers were killed; trips beside them."""
SKEWED = 30.0
"""Seconds by which some clock has to be off, of the 240 that it may be."""


@dataclass(frozen=True)
class Size:
    """How much of everything; ``patience``: seconds until a scene that has not ended is counted as it stands."""

    articles: int
    questions: int
    documents: int
    trips: int
    kills: int
    outage: float
    """Seconds."""
    mixed: int
    """Articles, documents and questions that meet a fault which is no kill."""
    patience: float


LONG = Size(articles=1000, questions=1000, documents=1000, trips=100_000, kills=200, outage=60, mixed=60, patience=3600)
SHORT = Size(articles=40, questions=40, documents=60, trips=20_000, kills=20, outage=10, mixed=8, patience=150)


@dataclass(frozen=True)
class Stage:
    """What a scene has: sizes, a seed, where to tell, and a cloud that scenes with the same settings share."""

    size: Size
    seed: int
    tell: Tell
    _clouds: dict[str, Account] = field(default_factory=dict)

    def account(self, **environ: str) -> Account:
        """A running cloud with these settings and the whole stack."""
        key = str(sorted(environ.items()))
        if key not in self._clouds:
            self.close()
            word = secrets.token_hex(16)
            cloud = start_cloud(
                ROOT / "template.yaml", parameters=FAST, environ={**environ, PEEK_SETTING: word}, log=LOG
            )
            self._clouds[key] = Account(cloud, word)
            self._clouds[key].hurry()
            lake.make(cloud.client)
        return self._clouds[key]

    def close(self) -> None:
        """No cloud is left."""
        for account in self._clouds.values():
            account.cloud.stop()
        self._clouds.clear()


LOG = ROOT / "bench-output" / "faults.log"
"""What the local clouds print: a function that was killed prints all of its log."""
FAST: Mapping[str, str] = {
    "TripsBufferSeconds": "1",
    "UseImages": "false",
    "UseObjectLambda": "false",
    "UseQuestions": "true",
    **desk.PARAMETERS,
}


def _ended(
    stage: Stage, account: Account, scene: str, fault: Callable[[], str], streams: Sequence[Stream], begun: float
) -> Whole:
    """Waits until everything is out, redriving what stands still, and until nothing works any more; then counts."""
    redriven, changed, told, last = 0, time.monotonic(), time.monotonic(), -1
    end = time.monotonic() + stage.size.patience
    while True:
        looking = time.monotonic()
        counts = _look(account, streams)
        pause = min(LOOK_AT_LEAST, max(LOOK_EVERY, SHARE * (time.monotonic() - looking)))
        out = sum(count.out for count in counts)
        if out != last:
            last, changed = out, time.monotonic()
        if all(count.ended for count in counts) or time.monotonic() > end:
            break
        if time.monotonic() - told > TELL_EVERY:
            told = time.monotonic()
            stage.tell(
                f"  {told - begun:5.0f} s  " + ", ".join(f"{one.out} of {one.given} {one.kind}" for one in counts)
            )
        if time.monotonic() - changed > QUIET and redriven < REDRIVES:
            redriven += 1
            for line in account.redrive():
                stage.tell(f"  redrive: {line}")
            changed = time.monotonic()
        time.sleep(pause)
    took = time.monotonic() - begun
    counts = _counted(account, streams)
    whole = Whole(scene, fault(), tuple(counts), account.depths(), took, redriven, account.threads, account.megabytes)
    return whole if not whole.sum("lost") else replace(whole, standing=tuple(account.standing()))


def _counted(account: Account, streams: Sequence[Stream]) -> list[Count]:
    """The last look: at every piece anew, once nothing works any more, for a worker that comes late may spoil what was
    right. What is neither out nor named by anything that waits is looked for once more: it may just have moved."""
    before, end = _out(account, streams), time.monotonic() + SETTLES
    while account.at_work() and time.monotonic() < end:
        time.sleep(LOOK_EVERY)
    moving = _out(account, streams) > before
    for stream in streams:
        stream.again()
    for _ in range(LOOKS):
        words = account.waiting(moving)
        counts = [_with_waiting(stream, words) for stream in streams]
        if not any(count.lost for count in counts):
            break
        time.sleep(LOOK_AGAIN)
    return counts


def _with_waiting(stream: Stream, words: str) -> Count:
    found = stream.look()
    return found if found.out >= found.given else replace(found, waiting=stream.waits(words))


def _out(account: Account, streams: Sequence[Stream]) -> int:
    return sum(count.out for count in _look(account, streams))


def _look(account: Account, streams: Sequence[Stream]) -> list[Count]:
    account.look_at_size()
    return [stream.look() for stream in streams]


# ---- load


def articles(stage: Stage) -> Whole:
    """A burst, while Polly has the rate that AWS gives by default."""
    account, begun = stage.account(), time.monotonic()
    stream = Articles(account, f"burst-{stage.seed}")
    account.switch("/_local/polly/usage", method="DELETE")
    stream.send(stage.size.articles)
    whole = _ended(stage, account, "articles in a burst", lambda: "Polly at AWS's default rates", [stream], begun)
    asked = account.switch("/_local/polly/usage", method="GET")["requests"]
    return replace(whole, fault=f"{whole.fault}: {asked:,} requests for {stream.fragments:,} paragraphs")


def documents_by_events(stage: Stage) -> Whole:
    """Uploads that start an execution each."""
    return _documents(stage, "events")


def documents_as_a_batch(stage: Stage) -> Whole:
    """The same by the distributed map."""
    return _documents(stage, "batch")


def _documents(stage: Stage, by: By) -> Whole:
    """On a cloud of its own, which has a batch of the size that it wants."""
    stage.close()
    number, word = stage.size.documents, secrets.token_hex(16)
    load = Load(number, number // 20, by, "on", seconds=stage.size.patience)
    settings = {f"LOCAL_{engine.upper()}_THROTTLE": load.throttle for engine in ("textract", "comprehend")}
    template, concurrency = ROOT / "pipelines" / "documents.yaml", {"BatchConcurrency": str(load.concurrency)}
    cloud = start_cloud(template, parameters=concurrency, environ={**settings, PEEK_SETTING: word}, log=LOG)
    account, begun = Account(cloud, word), time.monotonic()
    try:
        run = Run(cloud, load, lambda line: stage.tell(f"  {line}"))
        run.beside = account.look_at_size
        try:
            problems = run.play()
        except LoadError as error:
            problems = [str(error)]
        took, how = time.monotonic() - begun, "Textract and Comprehend at AWS's default rates"
        outcomes = run.outcomes()
        problems += [f"{key} was refused" for key, outcome in outcomes.items() if outcome == "rejected"]
        words = account.waiting(moving=False)
        missing = [key for key, outcome in outcomes.items() if outcome in ("failed", "lost")]
        waiting = sum(key in words for key in missing)
        count = Count("documents", number, len(outcomes) - len(missing), waiting, tuple(problems))
        name = f"documents {'by' if by == 'events' else 'as a'} {by}"
        return Whole(name, how, (count,), account.depths(), took, 0, account.threads, account.megabytes)
    finally:
        cloud.stop()


def questions(stage: Stage) -> Whole:
    """All at once, each sent twice, while the model refuses as many calls as there are questions."""
    account, begun = stage.account(), time.monotonic()
    stream = Questions(account, f"burst-{stage.seed}")
    account.switch("/_local/bedrock/usage", method="DELETE")
    account.switch("/_local/bedrock/faults", {"mode": "ThrottlingException", "times": stage.size.questions})
    stream.send(stage.size.questions)
    said = f"the model refuses {stage.size.questions:,} calls"
    whole = _ended(stage, account, "questions at once", lambda: said, [stream], begun)
    account.switch("/_local/bedrock/faults")
    asked = account.switch("/_local/bedrock/usage", method="GET")["requests"]
    return whole if asked == 2 * stage.size.questions else replace(whole, unproved=f"the model was asked {asked} times")


def trips(stage: Stage) -> Whole:
    account, begun = stage.account(), time.monotonic()
    stream = Rides(account, stage.seed)
    stream.send(stage.size.trips)
    return _ended(stage, account, "trips", lambda: "none", [stream], begun)


def logs(stage: Stage) -> Whole:
    account, begun = stage.account(), time.monotonic()
    stream = Calls(account, stage.seed)
    stream.send(1)
    return _ended(stage, account, "a day of logs of models", lambda: "none", [stream], begun)


# ---- faults


def kills(stage: Stage) -> Whole:
    """Functions' processes killed at random in the middle of their events, while all pipelines work."""
    account, begun = stage.account(), time.monotonic()
    articles_, papers, asked, rides, calls = streams = _mixed(account, f"kills-{stage.seed}", stage.seed)
    account.switch("/_local/lambda/usage", method="DELETE")
    account.switch("/_local/lambda/kills", {"share": 0.2, "times": stage.size.kills, "seed": stage.seed})
    calls.send(1)
    while _killed(account) < stage.size.kills and time.monotonic() - begun < stage.size.patience:
        for stream, number in ((articles_, WAVE), (papers, WAVE), (asked, WAVE), (rides, TRIPS)):
            stream.send(number)
        wave = time.monotonic()
        while time.monotonic() - wave < QUIET and _killed(account) < stage.size.kills:
            if all(count.ended for count in _look(account, streams)):
                break
            time.sleep(LOOK_EVERY)
        stage.tell(f"  {time.monotonic() - begun:5.0f} s  {_killed(account)} killed, {articles_.look().given} articles")
    account.switch("/_local/lambda/kills")
    by_function = Counter[str](account.switch("/_local/lambda/usage", method="GET"))
    killed = by_function.pop("killed")
    calls.allow(*(_of(by_function, word) for word in ("LlmReadLogs", "LlmEvaluate")))
    for name, times in by_function.most_common():
        stage.tell(f"  killed {times:>3} times: {name}")
    said = f"{killed} processes of {len(by_function)} functions killed in the middle"
    whole = _ended(stage, account, "workers killed", lambda: said, streams, begun)
    return whole if killed >= stage.size.kills else replace(whole, unproved=f"only {killed} processes were killed")


def _of(by_function: Mapping[str, int], word: str) -> int:
    return sum(times for name, times in by_function.items() if word in name)


def skew(stage: Stage) -> Whole:
    """Each process has a clock of its own, at most four minutes off: AWS refuses signatures from five on."""
    account, begun = stage.account(LOCAL_CLOCK_SKEW="240"), time.monotonic()
    streams = _mixed(account, f"skew-{stage.seed}", stage.seed + 1000)
    _send(stage, streams)
    whole = _ended(stage, account, "clocks off", lambda: "each process up to 240 s early or late", streams, begun)
    off = account.clocks_off()
    return whole if off > SKEWED else replace(whole, unproved=f"the clocks were off by {off:.0f} s at most")


def services_down(stage: Stage) -> Whole:
    """Polly, Textract, Comprehend and the models answer that they are unavailable."""
    account, begun = stage.account(), time.monotonic()
    streams = _mixed(account, f"down-{stage.seed}", stage.seed + 2000)
    with _down(account):
        _send(stage, streams)
        time.sleep(max(0.0, stage.size.outage - (time.monotonic() - begun)))
        early = sum(stream.look().out for stream in streams[:3])
    said = f"Polly, Textract, Comprehend and models down for {stage.size.outage:.0f} s"
    whole = _ended(stage, account, "AI services down", lambda: said, streams, begun)
    return (
        replace(whole, unproved=f"{early} articles, documents and questions came out without them") if early else whole
    )


def s3_busy(stage: Stage) -> Whole:
    """S3 refuses half of what functions and machines ask of it."""
    account, begun = stage.account(), time.monotonic()
    streams = _mixed(account, f"busy-{stage.seed}", stage.seed + 3000)
    account.switch("/_local/s3/usage", method="DELETE")
    account.switch("/_local/s3/faults", {"share": 0.5, "seed": stage.seed})
    try:
        _send(stage, streams)
        time.sleep(max(0.0, stage.size.outage - (time.monotonic() - begun)))
    finally:
        account.switch("/_local/s3/faults")
    refused = account.switch("/_local/s3/usage", method="GET")["refused"]
    said = f"half of S3's answers are 503 for {stage.size.outage:.0f} s ({refused} answers)"
    whole = _ended(stage, account, "S3 answers 503", lambda: said, streams, begun)
    return whole if refused else replace(whole, unproved="S3 refused nothing")


@contextmanager
def _down(account: Account) -> Iterator[None]:
    wishes: dict[str, dict[str, object]] = {
        "/_local/polly/faults": {"mode": "down"},
        "/_local/textract/calls": {"error": "InternalServerError", "times": None},
        "/_local/comprehend/faults": {"error": "InternalServerException", "times": None},
        "/_local/bedrock/faults": {"mode": "ServiceUnavailableException", "times": None},
    }
    for path, wish in wishes.items():
        account.switch(path, wish)
    try:
        yield
    finally:
        for path in wishes:
            account.switch(path)


def _mixed(account: Account, name: str, seed: int) -> tuple[Articles, Papers, Questions, Rides, Calls]:
    asked = Questions(account, name)
    return Articles(account, name), Papers(account, name), asked, Rides(account, seed), Calls(account, seed)


def _send(stage: Stage, streams: Sequence[Stream]) -> None:
    for stream, number in zip(streams, (*[stage.size.mixed] * 3, TRIPS, 1), strict=True):
        stream.send(number)


def _killed(account: Account) -> int:
    return int(account.switch("/_local/lambda/usage", method="GET")["killed"])


LOADS = {
    "articles": articles,
    "questions": questions,
    "trips": trips,
    "logs": logs,
    "documents": documents_by_events,
    "batch": documents_as_a_batch,
}
FAULTS = {"services": services_down, "s3": s3_busy, "kills": kills, "clocks": skew}
