"""What may be bought in a day: never over the ceiling, whoever asks in whatever order; what is refused is not lost."""

from __future__ import annotations

import threading
import time
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError, ConnectTimeoutError, ReadTimeoutError
from hypothesis import given
from hypothesis import strategies as st

from common.errors import CeilingReached, ConcurrentUpdate, PipelinePaused, StorageUnavailable
from common.spending import Purse, accounts, open_purse, pauses, purses
from common.spending.accounts import Account, State, raise_ceiling, read
from common.spending.pauses import Pause
from common.spending.refusals import is_unbilled
from common.table import Table

NOON = 1_795_000_000.0
DAY = accounts.day_of(NOON)


class Clock:
    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> dict[str, float]:
    """What the purses have counted and measured."""
    found: dict[str, float] = {}
    monkeypatch.setattr(purses, "count", lambda name, value=1, **_: found.update({name: found.get(name, 0) + value}))
    monkeypatch.setattr(purses, "measure", lambda name, _unit, value, **_: found.update({name: value}))
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", "millrace-tests")
    return found


@pytest.fixture
def table(account: None, told: dict[str, float]) -> Table:
    boto3.client("dynamodb").create_table(
        TableName="state",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    return Table("state")


def purse(table: Table, clock: Any, ceiling: int, block: int = 0) -> Purse:
    return Purse(Account(table, "narration", "characters", ceiling, clock), block)


def spent(table: Table, day: str = DAY) -> int:
    return read(table, "narration", "characters", day).spent


def spent_now(table: Table) -> int:
    return int((table.get(accounts.key("narration", "characters", DAY)) or {})["spent"])


def refused(code: str = "ThrottlingException", status: int = 400) -> ClientError:
    return ClientError({"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": status}}, "SynthesizeSpeech")


def fail(error: Exception) -> Any:
    def call() -> None:
        raise error

    return call


# The day's account


def test_the_last_unit_goes_to_one_of_two(table, clock):
    one, other = purse(table, clock, 10), purse(table, clock, 10)
    assert one.pay(9, lambda: "done") == "done"
    assert other.pay(1, lambda: "done") == "done"
    for each in (one, other):
        with pytest.raises(CeilingReached, match=r"0 of today's 10 characters of narration are left, and 1 are needed"):
            each.pay(1, pytest.fail)
    assert spent(table) == 10


def test_two_workers_at_once_at_the_last_unit(table, clock, monkeypatch):
    """Both have read that one is left before either takes it; the condition of the write decides."""
    purse(table, clock, 10).pay(9, lambda: None)
    (first, second), results = (purse(table, clock, 10) for _ in range(2)), []
    take, meanwhile = Table.take, [lambda: results.append(second.pay(1, lambda: "second"))]

    def overtaken(self: Table, *given: Any, **named: Any) -> int | None:
        if meanwhile:
            meanwhile.pop()()
        return take(self, *given, **named)

    monkeypatch.setattr(Table, "take", overtaken)
    with pytest.raises(CeilingReached):
        first.pay(1, pytest.fail)
    assert results == ["second"]
    assert spent(table) == 10


def test_a_ceiling_of_nothing_buys_nothing(table, clock):
    with pytest.raises(CeilingReached, match="No day has so many"):
        purse(table, clock, 0, block=100).pay(1, pytest.fail)
    assert purse(table, clock, 0).pay(0, lambda: "what costs nothing") == "what costs nothing"


def test_midnight_lets_the_rest_go(table, clock):
    held = purse(table, clock, 10)
    held.pay(10, lambda: None)
    with pytest.raises(CeilingReached):
        held.pay(1, pytest.fail)
    clock.now += 86_400
    assert held.pay(10, lambda: "next day") == "next day"
    assert (spent(table), spent(table, accounts.day_of(clock.now))) == (10, 10)


def test_raised_today_and_only_today(table, clock):
    purse(table, clock, 10).pay(10, lambda: None)
    assert raise_ceiling(table, "narration", "characters", DAY, 5, "arn:me", "12:00").raised == 5
    accounts.forget()
    with purse(table, clock, 10, block=100) as more:
        assert more.pay(5, lambda: "more") == "more"
        with pytest.raises(CeilingReached, match="of today's 15"):
            more.pay(1, pytest.fail)
    assert read(table, "narration", "characters", DAY) == State(15, 5, ({"by": "arn:me", "at": "12:00", "amount": 5},))
    clock.now += 86_400
    with pytest.raises(CeilingReached):
        purse(table, clock, 10).pay(11, pytest.fail)


class Asked(Table):
    """Counts how often it is asked."""

    def __init__(self) -> None:
        super().__init__("state")
        self.times = 0

    def _dynamodb(self) -> Any:
        self.times += 1
        return super()._dynamodb()


def test_who_was_refused_does_not_ask_again_at_once(table, clock):
    """All workers share one item: at the ceiling a thousand of them would ask it as often as they are called."""
    purse(table, clock, 10).pay(7, lambda: None)
    asked = Asked()
    for _ in range(50):
        with pytest.raises(CeilingReached, match=r"3 of today's 10 .* are left, and 4 are needed"):
            purse(asked, clock, 10).pay(4, pytest.fail)
        clock.now += 0.25
    assert asked.times <= 3, "whether it is paused, what is left, what it was raised by"
    assert purse(asked, clock, 10).pay(3, lambda: "fits") == "fits"


@pytest.mark.parametrize("later", [accounts.REFUSED_SECONDS, 86_400, -3_600])
def test_a_refusal_is_remembered_for_a_quarter_of_a_minute_by_the_clock_of_the_wall(table, clock, later):
    """Not over midnight, and not where the clock was put back."""
    with pytest.raises(CeilingReached):
        purse(table, clock, 10).pay(11, pytest.fail)
    raise_ceiling(table, "narration", "characters", accounts.day_of(clock.now + later), 5, "arn:me", "12:00")
    with pytest.raises(CeilingReached):
        purse(table, clock, 10).pay(11, pytest.fail)
    clock.now += later
    assert purse(table, clock, 10).pay(11, lambda: "bought") == "bought"


def test_it_is_raised_before_anything_is_bought(table, clock):
    raise_ceiling(table, "narration", "characters", DAY, 5, "arn:me", "12:00")
    raise_ceiling(table, "narration", "characters", DAY, 2, "arn:you", "13:00")
    assert purse(table, clock, 0).pay(7, lambda: "bought") == "bought"


def test_of_two_who_raise_it_at_once_the_second_is_told(table, monkeypatch):
    seen = read(table, "narration", "characters", DAY)
    raise_ceiling(table, "narration", "characters", DAY, 5, "arn:me", "12:00")
    monkeypatch.setattr(accounts, "read", lambda *_: seen)
    with pytest.raises(ConcurrentUpdate, match="Somebody else has raised"):
        raise_ceiling(table, "narration", "characters", DAY, 5, "arn:you", "12:00")


def test_without_an_answer_of_the_table_nothing_is_bought(table, clock, monkeypatch):
    def busy(*_: Any, **__: Any) -> None:
        raise StorageUnavailable("busy")

    monkeypatch.setattr(Table, "take", busy)
    with pytest.raises(StorageUnavailable):
        purse(table, clock, 10).pay(1, pytest.fail)


# What is given back


@pytest.mark.parametrize(
    "error",
    [
        refused(),
        refused("ValidationException"),
        refused("InternalFailure", 500),
        ConnectTimeoutError(endpoint_url="x"),
    ],
)
def test_what_was_refused_unbilled_counts_nothing(table, clock, error):
    with purse(table, clock, 10) as held, pytest.raises(type(error)):
        held.pay(10, fail(error))
    assert spent(table) == 0


def test_our_own_name_in_front_of_a_refusal_is_one(table, clock):
    def call() -> None:
        try:
            raise refused()
        except ClientError as error:
            raise KeyError("ours") from error

    with purse(table, clock, 10) as held, pytest.raises(KeyError):
        held.pay(10, call)
    assert spent(table) == 0


@pytest.mark.parametrize("error", [ReadTimeoutError(endpoint_url="x"), ValueError("after the answer")])
def test_what_may_be_billed_counts(table, clock, error):
    assert not is_unbilled(error)
    with purse(table, clock, 10) as held, pytest.raises(type(error)):
        held.pay(4, fail(error))
    assert spent(table) == 4


def test_what_is_asked_again_counts_again(table, clock):
    with purse(table, clock, 10) as held:
        for _ in range(2):
            held.pay(3, lambda: None)
    assert spent(table) == 6


def test_a_service_that_says_what_it_bills_is_believed(table, clock):
    with purse(table, clock, 100, block=50) as held:
        held.pay(10, lambda: 7, billed=lambda answer: answer)
        held.pay(10, lambda: 12, billed=lambda answer: answer)
    assert spent(table) == 19


def test_several_calls_count_what_they_used_also_where_they_fail(table, clock):
    used: list[int] = []

    def some() -> None:
        used.extend([1, 1, 1])
        raise refused()

    with purse(table, clock, 100) as held, pytest.raises(ClientError):
        held.spend(20, some, lambda: len(used))
    assert spent(table) == 3


def test_a_throttled_call_is_tried_again_without_another_write(table, clock, monkeypatch):
    writes: list[Any] = []
    take = Table.take
    monkeypatch.setattr(Table, "take", lambda self, *a, **k: (writes.append(a), take(self, *a, **k))[1])
    with purse(table, clock, 1_000, block=100) as held:
        for _ in range(20):
            with pytest.raises(ClientError):
                held.pay(10, fail(refused()))
        for _ in range(10):
            held.pay(10, lambda: None)
    assert len(writes) == 1
    assert spent(table) == 100


def test_a_block_is_not_needed_where_less_is_left(table, clock):
    with purse(table, clock, 30, block=100) as held:
        held.pay(10, lambda: None)
        held.pay(20, lambda: None)
    assert spent(table) == 30


def test_who_dies_has_taken_a_block_too_much_and_no_more(table, clock):
    purse(table, clock, 100, block=40).pay(10, lambda: None)  # and is never closed
    assert spent(table) == 40
    assert purse(table, clock, 100).pay(60, lambda: "the rest") == "the rest"


def test_what_is_in_hand_at_midnight_goes_back_to_its_day(table, clock):
    with purse(table, clock, 100, block=50) as held:
        held.pay(10, lambda: None)
        clock.now += 86_400
        held.pay(10, lambda: None)
    assert (spent(table), spent(table, accounts.day_of(clock.now))) == (10, 10)


def test_a_call_over_midnight_that_is_refused_goes_back_to_its_day(table, clock):
    def late() -> None:
        clock.now += 86_400
        held.pay(1, lambda: None)
        raise refused()

    with purse(table, clock, 100) as held, pytest.raises(ClientError):
        held.pay(10, late)
    assert (spent(table), spent(table, accounts.day_of(clock.now))) == (0, 1)


def test_a_busy_table_loses_only_what_would_have_come_back(table, clock, monkeypatch):
    held = purse(table, clock, 100, block=50)
    held.pay(10, lambda: None)

    def busy(*_: Any, **__: Any) -> None:
        raise StorageUnavailable("busy")

    monkeypatch.setattr(Table, "take", busy)
    held.close()
    monkeypatch.undo()
    assert spent(table) == 50


def test_threads_of_one_worker_share_its_purse(table, clock):
    done: list[int] = []
    with purse(table, clock, 50, block=20) as held:

        def buy() -> None:
            try:
                held.pay(7, lambda: done.append(7))
            except CeilingReached:
                return

        threads = [threading.Thread(target=buy) for _ in range(12)]
        for each in threads:
            each.start()
        for each in threads:
            each.join()
    assert sum(done) == spent(table) == 49


# The pause


def test_a_pause_stops_what_comes_and_its_end_lets_it_go_on(table, clock, told):
    pauses.begin(table, "narration", Pause("arn:me", "12:00", "price"))
    with purse(table, clock, 10) as held:
        with pytest.raises(
            PipelinePaused, match=r"paused by arn:me at 12:00; it goes on after operate resume narration"
        ):
            held.pay(1, pytest.fail)
        pauses.end(table, "narration")
        pauses.forget()
        held.pay(1, lambda: None)
    assert (told["PipelinePaused"], told["CeilingReached"], spent(table)) == (1, 0, 1)


def test_what_was_taken_already_is_not_spent_in_a_pause(table, clock):
    with purse(table, clock, 100, block=50) as held:
        held.pay(1, lambda: None)
        pauses.begin(table, "narration", Pause("arn:me", "12:00"))
        pauses.forget()
        with pytest.raises(PipelinePaused):
            held.pay(1, pytest.fail)
    assert spent(table) == 1


def test_it_is_asked_for_every_fifteen_seconds(table):
    now = [100.0]
    pauses.check(table, "narration", lambda: now[0])
    assert pauses.begin(table, "narration", Pause("arn:me", "12:00"))
    assert not pauses.begin(table, "narration", Pause("arn:you", "13:00")), "it is paused already"
    now[0] += 14.9
    pauses.check(table, "narration", lambda: now[0])
    now[0] += 0.1
    with pytest.raises(PipelinePaused):
        pauses.check(table, "narration", lambda: now[0])
    pauses.check(table, "documents", lambda: now[0])


def test_a_worker_that_was_frozen_meanwhile_asks_again(table, monkeypatch):
    """Lambda's freeze may stop the monotonic clock, never that of the wall."""
    wall = [NOON]
    monkeypatch.setattr(pauses.time, "monotonic", lambda: 100.0)
    pauses.check(table, "narration", lambda: wall[0])
    pauses.begin(table, "narration", Pause("arn:me", "12:00"))
    wall[0] += 3_600
    with pytest.raises(PipelinePaused):
        pauses.check(table, "narration", lambda: wall[0])
    assert pauses.check.__defaults__ == (time.time,)


def test_a_clock_that_was_put_back_makes_no_answer_older_than_it_may_be(table):
    now = [NOON]
    pauses.check(table, "narration", lambda: now[0])
    pauses.begin(table, "narration", Pause("arn:me", "12:00"))
    now[0] -= 3_600
    with pytest.raises(PipelinePaused):
        pauses.check(table, "narration", lambda: now[0])


def test_a_raise_ends_the_alarm_before_the_old_ceiling_is_passed(table, clock, told):
    with purse(table, clock, 200) as held:
        held.pay(170, lambda: None)
    assert told["SpentPercent"] == 85
    raise_ceiling(table, "narration", "characters", DAY, 200, "arn:me", "12:00")
    with purse(table, clock, 200) as held:
        held.pay(2, lambda: None)
    assert told["SpentPercent"] == 43


def test_a_table_that_is_busy_after_the_payment_holds_up_nothing(table, clock, told, monkeypatch):
    def busy(*_: Any, **__: Any) -> None:
        raise StorageUnavailable("busy")

    with purse(table, clock, 200) as held:
        held.pay(1, lambda: None)
        monkeypatch.setattr(accounts, "read", busy)
        assert held.pay(169, lambda: "bought") == "bought"
    assert (spent_now(table), told["SpentPercent"]) == (170, 85)


@pytest.mark.parametrize(("ceiling", "percent"), [(20_000, 1), (5_000_000, 0.1), (50, 2)])
def test_a_low_ceiling_is_not_spent_by_what_workers_have_in_hand(table, clock, told, ceiling, percent):
    held = open_purse("state", "narration", "characters", ceiling, block=5_000, clock=clock)
    held.pay(1, lambda: None)
    held.close()
    assert told["SpentPercent"] == percent


def test_the_purse_tells_how_far_the_day_is(table, clock, told):
    with purse(table, clock, 200) as held:
        held.pay(160, lambda: None)
    assert (told["SpentPercent"], told["CeilingReached"]) == (80, 0)
    with purse(table, clock, 200) as held, pytest.raises(CeilingReached):
        held.pay(41, pytest.fail)
    assert (told["SpentPercent"], told["CeilingReached"]) == (100, 1)


# Any order


class Items:
    """The table's counters with DynamoDB's conditions, one step each."""

    def __init__(self) -> None:
        self.name = "state"
        self.items: dict[str, dict[str, Any]] = {}

    def get(self, key: str) -> dict[str, Any] | None:
        return self.items.get(key)

    def take(self, key: str, name: str, amount: int, *, seconds: int, at_most: int | None = None) -> int | None:
        item = self.items.setdefault(key, {})
        if at_most is not None and item.get(name, 0) > at_most - amount:
            return None
        item[name] = item.get(name, 0) + amount
        return int(item[name])


STEPS = st.lists(
    st.tuples(
        st.integers(0, 3),  # which worker
        st.sampled_from(["pay", "refused", "lost", "close", "die", "raise"]),
        st.integers(1, 30),
    ),
    max_size=60,
)


@given(STEPS, st.integers(0, 120), st.integers(0, 40))
def test_in_any_order_never_over_the_ceiling_and_nothing_lost(steps, ceiling, block):
    """Workers pay, are refused, lose answers, end or die in any order, and the ceiling is raised in between: what was
    billed is never over the ceiling, the account never under what was billed; and what was refused for want of room can
    be bought as soon as there is room, but for the quarter of a minute for which a refusal is remembered."""
    items: Any = Items()
    account = Account(items, "narration", "characters", ceiling, lambda: NOON)
    key = accounts.key("narration", "characters", DAY)
    pauses._seen[("state", "narration")] = (time.time(), None)
    workers = [Purse(account, block) for _ in range(4)]
    billed = raised = 0
    for number, what, amount in steps:
        accounts.forget()
        worker = workers[number]
        if what == "close":
            worker._settle()
        elif what == "die":
            workers[number] = Purse(account, block)
        elif what == "raise":
            raised += amount
            items.items.setdefault(key, {})["raised"] = raised
        else:
            error = {"refused": refused(), "lost": ReadTimeoutError(endpoint_url="x")}.get(what)
            try:
                worker.pay(amount, fail(error) if error else lambda: None)
                billed += amount
            except ReadTimeoutError:
                billed += amount
            except ClientError:
                pass
            except CeilingReached:
                room = ceiling + raised - items.items.get(key, {}).get("spent", 0)
                assert room + worker._left < amount
        taken = items.items.get(key, {}).get("spent", 0)
        assert billed <= taken <= ceiling + raised
    for worker in workers:
        worker._settle()
    accounts.forget()
    raised += 1_000
    items.items.setdefault(key, {})["raised"] = raised
    assert Purse(account, block).pay(30, lambda: "comes") == "comes"
