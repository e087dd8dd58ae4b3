"""AWS's rates, with Polly's engines as the example, by a clock that stands still unless told."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from local.services.polly.errors import Throttled
from local.services.polly.switches import QUOTAS, SETTING
from local.services.throttle import Throttle, Throttles
from tests.local.polly.builders import error, speak


class Clock:
    """Seconds that pass only when a test says so."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def polly(clock: Clock, factor: float = 1.0) -> Throttle:
    return Throttle(QUOTAS, Throttled, factor, clock)


def admitted(throttle: Throttle, engine: str, attempts: int) -> int:
    """How many of ``attempts`` short requests at the same instant get in."""
    count = 0
    for _ in range(attempts):
        try:
            with throttle.running(engine):
                count += 1
        except Throttled:
            continue
    return count


@pytest.mark.parametrize(("engine", "burst", "rate"), [("standard", 100, 80), ("neural", 10, 8), ("long-form", 10, 8)])
def test_a_burst_then_the_rate(engine: str, burst: int, rate: int) -> None:
    clock = Clock()
    throttle = polly(clock)
    assert admitted(throttle, engine, 200) == burst
    clock.now += 1.0
    assert admitted(throttle, engine, 200) == rate
    clock.now += 0.5
    assert admitted(throttle, engine, 200) == rate // 2
    clock.now += 3600.0
    assert admitted(throttle, engine, 200) == burst


@pytest.mark.parametrize(("engine", "most"), [("neural", 18), ("long-form", 26), ("generative", 26), ("standard", 80)])
def test_concurrency_is_bounded(engine: str, most: int) -> None:
    clock = Clock()
    throttle = polly(clock)
    running = []
    for _ in range(most):
        clock.now += 1.0
        request = throttle.running(engine)
        request.__enter__()
        running.append(request)
    clock.now += 60.0
    with pytest.raises(Throttled), throttle.running(engine):
        pass
    running.pop().__exit__(None, None, None)
    assert admitted(throttle, engine, 1) == 1


def test_engines_have_rates_of_their_own() -> None:
    throttle = polly(Clock())
    assert admitted(throttle, "neural", 50) == 10
    assert admitted(throttle, "standard", 50) == 50


def test_a_request_that_fails_gives_its_place_back() -> None:
    clock = Clock()
    throttle = polly(clock)
    for _ in range(100):
        clock.now += 1.0
        with pytest.raises(KeyError), throttle.running("neural"):
            raise KeyError
    assert admitted(throttle, "neural", 1) == 1


def test_a_factor_scales_every_quota() -> None:
    assert admitted(polly(Clock(), 0.5), "neural", 50) == 5
    assert admitted(polly(Clock(), 3), "neural", 50) == 30
    assert admitted(polly(Clock(), 0.001), "neural", 50) == 1


def test_accounts_and_regions_do_not_share() -> None:
    shares = Throttles(SETTING, QUOTAS, Throttled)
    assert shares.of("1", "us-east-1") is shares.of("1", "us-east-1")
    assert shares.of("1", "us-east-1") is not shares.of("2", "us-east-1")
    assert shares.of("1", "us-east-1") is not shares.of("1", "eu-west-1")


def test_polly_throttles_as_400_throttling_exception(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(SETTING, "0.2")  # neural: a burst of 2
    account = "111111111111"
    wish = {"OutputFormat": "json", "SpeechMarkTypes": ["word"]}
    with ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(lambda _: speak("Hello.", account=account, **wish), range(12)))
    refused = [answer for answer in answers if answer.status != 200]
    assert 1 <= len(answers) - len(refused) < 12
    assert {error(answer) for answer in refused} == {"400 ThrottlingException"}


def test_throttling_can_be_switched_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(SETTING, "off")
    wish = {"OutputFormat": "json", "SpeechMarkTypes": ["word"]}
    answers = [speak("Hello.", account="222222222222", **wish) for _ in range(3 * int(QUOTAS["neural"].burst))]
    assert {answer.status for answer in answers} == {200}


@pytest.mark.parametrize("setting", ["", "no", "0", "-1", "nan", "inf"])
def test_a_setting_that_means_nothing_is_said_so(monkeypatch: pytest.MonkeyPatch, setting: str) -> None:
    monkeypatch.setenv(SETTING, setting)
    with pytest.raises(ValueError, match=SETTING):
        Throttles(SETTING, QUOTAS, Throttled).of("1", "us-east-1")
