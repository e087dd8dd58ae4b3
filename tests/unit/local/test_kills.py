"""Who dies, when, how often, and whose clock is off: by a seed, so that a run can be seen again."""

from __future__ import annotations

import json
import subprocess
import sys
import textwrap
import threading

import pytest

from local.cloud.outages import Outage
from local.cloud.settings import ACCESS_KEY
from local.cloud.workers import bootstrap, kills


def moments(**wish: object) -> list[float | None]:
    chosen = kills.Kills()
    chosen.wish(**{"share": 0.5, "times": 3, "seed": 7, **wish})
    chosen.took("Reader", 10.0)
    return [chosen.moment("Reader") for _ in range(20)]


def test_the_same_seed_kills_the_same_at_the_same_moments():
    assert moments() == moments() != moments(seed=8)
    struck = [moment for moment in moments() if moment is not None]
    assert 0 < len(struck) < 20
    assert all(0 <= moment <= 20 for moment in struck), "within twice the time that it took last"


def test_only_functions_of_the_name_die():
    assert set(moments(match="Writer")) == {None}


def test_after_so_many_nobody_dies():
    chosen = kills.Kills()
    chosen.wish(share=1, times=2)
    assert [chosen.used("Reader") for _ in range(3)] == [True, True, False]
    assert chosen.moment("Reader") is None


class Process:
    """Told when it dies."""

    def __init__(self) -> None:
        self.dead = threading.Event()

    def die(self, may):
        if may():
            self.dead.set()
        return True


@pytest.mark.parametrize(("after", "before_the_event"), [(0.0, True), (0.01, False)])
def test_who_dies_after_no_time_dies_before_the_event_is_sent(monkeypatch, after, before_the_event):
    chosen = kills.Kills()
    chosen.wish(share=1, times=1, after=after)
    monkeypatch.setattr(kills, "KILLS", chosen)
    process = Process()
    with kills.in_danger("Reader", process) as at_once:
        if before_the_event:
            assert not process.dead.is_set()
            at_once()
            assert process.dead.is_set()
        else:
            at_once()
            assert process.dead.wait(60)


@pytest.mark.parametrize("wish", [{"share": 0}, {"share": 1.1}, {"times": 0}, {"match": "("}])
def test_what_cannot_be_is_refused(wish):
    with pytest.raises(ValueError, match=r"share|regular expression"):
        moments(**wish)


def test_clocks_are_off_by_at_most_what_is_set(monkeypatch):
    assert kills.clock_skew("Reader-1") == 0
    monkeypatch.setenv(kills.CLOCK_SETTING, "240")
    found = {name: kills.clock_skew(name) for name in ("Reader-1", "Reader-2", "Writer-3")}
    assert len(set(found.values())) == 3
    assert all(abs(seconds) <= 240 for seconds in found.values())
    assert kills.clock_skew("Reader-1") == found["Reader-1"]
    monkeypatch.setenv(kills.CLOCK_SETTING, "soon")
    with pytest.raises(ValueError, match="number of seconds"):
        kills.clock_skew("Reader-1")


def test_every_clock_of_python_is_off():
    """In a process of its own: a shifted clock cannot be put right again."""
    code = f"""
        import json, runpy, time
        true = time.time()
        runpy.run_path({bootstrap.__file__!r})["shift_clock"](1000)
        import datetime, email.utils, logging
        now = datetime.datetime.now(datetime.UTC)
        record = logging.LogRecord("x", 10, "x", 1, "x", None, None)
        utc = datetime.datetime.utcnow().replace(tzinfo=datetime.UTC)
        print(json.dumps({{
            "time": time.time() - true, "ns": time.time_ns() / 1e9 - true, "now": now.timestamp() - true,
            "utcnow": utc.timestamp() - true, "log": record.created - true,
            "mail": email.utils.mktime_tz(email.utils.parsedate_tz(email.utils.formatdate())) - true,
            "kind": isinstance(now, datetime.datetime), "old": time.strftime("%Y", time.gmtime(0)),
        }}))
    """
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", textwrap.dedent(code)], capture_output=True, text=True, check=True
    )
    found = json.loads(done.stdout)
    assert (found.pop("kind"), found.pop("old")) == (True, "1970")
    assert {name: 900 < seconds < 1100 for name, seconds in found.items()} == dict.fromkeys(found, True)


class TestOutage:
    def test_functions_are_refused_so_often_and_who_looks_on_is_not(self):
        outage = Outage()
        outage.begin(1, times=2)
        assert not outage.strikes(ACCESS_KEY)
        assert [outage.strikes("ASIA1") for _ in range(3)] == [True, True, False]

    def test_it_ends(self):
        outage = Outage()
        outage.begin(1)
        assert outage.strikes("ASIA1")
        outage.end()
        assert not outage.strikes("ASIA1")

    @pytest.mark.parametrize("wish", [{"share": 0}, {"share": 2}, {"share": 1, "times": 0}])
    def test_what_cannot_be_is_refused(self, wish):
        with pytest.raises(ValueError, match="share is above 0"):
            Outage().begin(**wish)
