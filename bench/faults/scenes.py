"""Which work meets which fault. Each scene is a function of a cloud, a size and a seed, and ends with a Whole."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from bench.faults.account import Account
from bench.faults.streams.articles import Articles
from bench.faults.streams.calls import Calls
from bench.faults.streams.papers import Papers
from bench.faults.streams.rides import Rides
from bench.faults.streams.stream import Stream
from bench.faults.whole import Count, Whole
from bench.load import Load, Run
from local.cloud.testing import ROOT, start_cloud

Tell = Callable[[str], None]
LOOK_EVERY = 2.0
TELL_EVERY = 15.0
QUIET = 90.0
"""Seconds without a change after which what waits is redriven: a message whose worker died is seen again after 60."""
REDRIVES = 4
WAVE = 20
"""Articles and documents at a time, until enough workers were killed."""


@dataclass(frozen=True)
class Size:
    """How much of everything; ``patience``: seconds until a scene that has not ended is counted as it stands."""

    articles: int
    documents: int
    trips: int
    kills: int
    outage: float
    """Seconds."""
    mixed: int
    """Articles, and documents, that meet a fault which is no kill."""
    patience: float


LONG = Size(articles=1000, documents=1000, trips=100_000, kills=200, outage=60, mixed=60, patience=1800)
SHORT = Size(articles=40, documents=60, trips=20_000, kills=20, outage=10, mixed=8, patience=150)


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
            cloud = start_cloud(ROOT / "template.yaml", parameters=FAST, environ=environ)
            self._clouds[key] = Account(cloud)
            self._clouds[key].hurry()
        return self._clouds[key]

    def close(self) -> None:
        """No cloud is left."""
        for account in self._clouds.values():
            account.cloud.stop()
        self._clouds.clear()


FAST: Mapping[str, str] = {"TripsBufferSeconds": "1", "UseImages": "false", "UseObjectLambda": "false"}


def _ended(
    stage: Stage, account: Account, scene: str, fault: Callable[[], str], streams: list[Stream], begun: float
) -> Whole:
    """Waits until everything is out, redriving what stands still; then counts."""
    redriven, changed, told, last = 0, time.monotonic(), time.monotonic(), -1
    end = time.monotonic() + stage.size.patience
    while True:
        counts = _look(account, streams)
        out = sum(count.out for count in counts)
        if out != last:
            last, changed = out, time.monotonic()
        if all(count.out >= count.given or count.wrong for count in counts) or time.monotonic() > end:
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
        time.sleep(LOOK_EVERY)
    words = tuple(word for stream in streams for word in stream.queues)
    took = time.monotonic() - begun
    return Whole(scene, fault(), tuple(counts), account.depths(words), took, redriven, account.threads)


def _look(account: Account, streams: list[Stream]) -> list[Count]:
    return [stream.look(sum(account.depths(stream.queues).values())) for stream in streams]


# ---- load


def articles(stage: Stage) -> Whole:
    """A burst, while Polly has the rate that AWS gives by default."""
    account, begun = stage.account(), time.monotonic()
    stream = Articles(account, f"burst-{stage.seed}")
    stream.send(stage.size.articles)
    return _ended(stage, account, "articles in a burst", lambda: "Polly at AWS's default rates", [stream], begun)


def documents_by_events(stage: Stage) -> Whole:
    """Uploads that start an execution each."""
    return _documents(stage, "events")


def documents_as_a_batch(stage: Stage) -> Whole:
    """The same by the distributed map."""
    return _documents(stage, "batch")


def _documents(stage: Stage, by: str) -> Whole:
    stage.close()
    number = stage.size.documents
    load = Load(number, number // 20, "events" if by == "events" else "batch", "on", seconds=stage.size.patience)
    settings = {f"LOCAL_{engine.upper()}_THROTTLE": load.throttle for engine in ("textract", "comprehend")}
    cloud = start_cloud(
        ROOT / "pipelines" / "documents.yaml", parameters={"BatchConcurrency": str(load.concurrency)}, environ=settings
    )
    account, begun = Account(cloud), time.monotonic()
    try:
        run = Run(cloud, load, lambda line: stage.tell(f"  {line}"))
        run.beside = account.look_at_threads
        problems = run.play()
        outcomes = list(run.found.values())
        failed = outcomes.count("failed")
        count = Count("documents", number, len(outcomes) - outcomes.count("lost") - failed, failed, tuple(problems))
        took, how = time.monotonic() - begun, "Textract and Comprehend at AWS's default rates"
        return Whole(
            f"documents {'by' if by == 'events' else 'as a'} {by}",
            how,
            (count,),
            account.depths(),
            took,
            0,
            account.threads,
        )
    finally:
        cloud.stop()


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
    streams = _mixed(account, f"kills-{stage.seed}", stage.seed)
    account.switch("/_local/lambda/usage", method="DELETE")
    account.switch("/_local/lambda/kills", {"share": 0.2, "times": stage.size.kills, "seed": stage.seed})
    streams[3].send(1)
    while _killed(account) < stage.size.kills and time.monotonic() - begun < stage.size.patience:
        for stream, number in zip(streams, (WAVE, WAVE, 2000), strict=False):
            stream.send(number)
        wave = time.monotonic()
        while time.monotonic() - wave < QUIET and _killed(account) < stage.size.kills:
            counts = _look(account, streams)
            if all(count.out >= count.given for count in counts):
                break
            time.sleep(LOOK_EVERY)
        stage.tell(
            f"  {time.monotonic() - begun:5.0f} s  {_killed(account)} killed, {streams[0].look(0).given} articles sent"
        )
    account.switch("/_local/lambda/kills")
    return _ended(
        stage, account, "workers killed", lambda: f"{_killed(account)} processes killed in the middle", streams, begun
    )


def skew(stage: Stage) -> Whole:
    """Each process has a clock of its own, at most four minutes off: AWS refuses signatures from five on."""
    account, begun = stage.account(LOCAL_CLOCK_SKEW="240"), time.monotonic()
    streams = _mixed(account, f"skew-{stage.seed}", stage.seed + 1000)
    _send(stage, streams)
    return _ended(stage, account, "clocks off", lambda: "each process up to 240 s early or late", streams, begun)


def services_down(stage: Stage) -> Whole:
    """Polly, Textract, Comprehend and the models answer that they are unavailable."""
    account, begun = stage.account(), time.monotonic()
    streams = _mixed(account, f"down-{stage.seed}", stage.seed + 2000)
    with _down(account):
        _send(stage, streams)
        time.sleep(max(0.0, stage.size.outage - (time.monotonic() - begun)))
    said = f"Polly, Textract, Comprehend and models down for {stage.size.outage:.0f} s"
    return _ended(stage, account, "AI services down", lambda: said, streams, begun)


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
    return _ended(stage, account, "S3 answers 503", lambda: said, streams, begun)


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


def _mixed(account: Account, name: str, seed: int) -> list[Stream]:
    return [Articles(account, name), Papers(account, name), Rides(account, seed), Calls(account, seed)]


def _send(stage: Stage, streams: list[Stream]) -> None:
    for stream, number in zip(streams, (stage.size.mixed, stage.size.mixed, 2000, 1), strict=True):
        stream.send(number)


def _killed(account: Account) -> int:
    return int(account.switch("/_local/lambda/usage", method="GET")["killed"])


LOADS = {
    "articles": articles,
    "trips": trips,
    "logs": logs,
    "documents": documents_by_events,
    "batch": documents_as_a_batch,
}
FAULTS = {"services": services_down, "s3": s3_busy, "kills": kills, "clocks": skew}
