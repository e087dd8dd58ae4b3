"""Sessions belong to one user, hold the last turns in their order, and lose none to a race."""

from __future__ import annotations

import itertools
from concurrent.futures import ThreadPoolExecutor

import pytest

from common.doors import sessions as conversations
from common.errors import ConcurrentUpdate
from common.table import Table
from questions.answers import sessions, taken
from questions.answers.asked import Question
from tests.doors import NOW, one_request_at_a_time
from tests.unit.questions.answers.builders import SESSION, TABLE, USER

DAY = 86_400
OTHER = "b" * 40
KIND = taken.KIND.session


@pytest.fixture
def items(account, clock):
    return Table(TABLE)


def question(number, *, user=USER, session=SESSION, asked=None):
    at = f"2026-11-20T08:00:{number if asked is None else asked:02}.000Z"
    return Question(f"{number:040x}", user, f"question {number}", "lake", session, at)


def add(items, number, **more):
    sessions.add(items, question(number, **more), f"SELECT {number}", ["a", "b"], DAY)


def asked(items, user=USER, session=SESSION):
    return [turn["question"] for turn in sessions.turns(items, user, session)]


def test_a_turn_is_what_a_prompt_needs(items):
    add(items, 1)
    assert sessions.turns(items, USER, SESSION) == [
        {"question": "question 1", "sql": "SELECT 1", "columns": ["a", "b"]}
    ]


def test_a_session_that_was_begun_is_there_and_empty(items):
    assert not conversations.exists(items, KIND, USER, SESSION)
    conversations.begin(items, KIND, USER, SESSION, DAY)
    assert conversations.exists(items, KIND, USER, SESSION)
    assert sessions.turns(items, USER, SESSION) == []


def test_to_begin_again_loses_nothing(items):
    add(items, 1)
    conversations.begin(items, KIND, USER, SESSION, DAY)
    assert asked(items) == ["question 1"]


def test_none_is_no_session(items):
    add(items, 1, session=None)
    assert sessions.turns(items, USER, None) == []


def test_another_user_has_another_session_of_the_same_name(items):
    add(items, 1)
    assert not conversations.exists(items, KIND, OTHER, SESSION)
    assert asked(items, OTHER) == []
    add(items, 2, user=OTHER)
    assert asked(items) == ["question 1"]


def test_names_of_user_and_session_are_not_run_together(items):
    add(items, 1, user="a" * 40, session="b#c")
    assert not conversations.exists(items, KIND, f"{'a' * 40}#b", "c#")
    assert not conversations.exists(items, KIND, "a" * 40, "b")


def test_the_last_turns_are_kept(items):
    for number in range(9):
        add(items, number)
    assert asked(items) == [f"question {number}" for number in range(9 - conversations.MOST_TURNS, 9)]


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_turns_stand_in_the_order_of_their_questions(items, order):
    for number in order:
        add(items, number)
    assert asked(items) == ["question 0", "question 1", "question 2"]


def test_the_same_turn_twice_is_one_and_late_ones_push_nothing_out(items):
    for number in (*range(8), 7, 0):
        add(items, number)
    assert asked(items) == [f"question {number}" for number in range(2, 8)]


def test_a_turn_that_is_too_long_pushes_older_ones_out(items):
    for number in range(3):
        sessions.add(items, question(number), "ü" * 60_000, ["c" * 500] * 500, DAY)
    assert asked(items) == ["question 2"]
    (turn,) = sessions.turns(items, USER, SESSION)
    assert len(turn["columns"]) == sessions.MOST_COLUMNS
    assert {len(name) for name in turn["columns"]} == {sessions.MOST_NAME}


def test_races_lose_no_turn(items, monkeypatch):
    one_request_at_a_time(monkeypatch)
    monkeypatch.setattr(conversations, "TRIES", 100)
    with ThreadPoolExecutor(conversations.MOST_TURNS) as pool:
        list(pool.map(lambda number: add(items, number), range(conversations.MOST_TURNS)))
    assert asked(items) == [f"question {number}" for number in range(conversations.MOST_TURNS)]


def test_a_session_that_never_stands_still_is_tried_again_later(items, monkeypatch):
    add(items, 1)
    monkeypatch.setattr(Table, "put", lambda *_, **__: False)
    with pytest.raises(ConcurrentUpdate):
        add(items, 2)


def test_it_is_kept_from_its_last_turn_on(items, clock):
    add(items, 1)
    clock.now += DAY - 1
    add(items, 2)
    clock.now += DAY - 1
    assert asked(items) == ["question 1", "question 2"]
    clock.now += 2
    assert asked(items) == []
    assert not conversations.exists(items, KIND, USER, SESSION)


def test_a_session_whose_date_has_passed_begins_anew(items, clock):
    add(items, 1)
    clock.now = NOW + DAY + 1
    add(items, 2)
    assert asked(items) == ["question 2"]


def place():
    return f"{KIND}{USER}#{SESSION}"


def forget(items, *gone):
    return conversations.forget(items, place(), lambda turn: turn["question"] in gone)


def test_turns_are_taken_out_and_the_session_goes_when_it_would_have_gone(items):
    for number in (1, 2, 3):
        add(items, number)
    before = items.get(place())["expires"]
    assert forget(items, "question 1", "question 3", "question 9") == 2
    assert asked(items) == ["question 2"]
    assert items.get(place())["expires"] == before
    assert forget(items, "question 1") == 0


def test_of_a_session_that_is_gone_nothing_is_taken_and_none_is_made(items):
    assert forget(items, "question 1") == 0
    assert not conversations.exists(items, KIND, USER, SESSION)


def test_a_turn_that_comes_while_others_are_taken_out_stays(items, monkeypatch):
    add(items, 1)
    amend, late = Table.amend, iter([2])

    def after_another(table, *given, **more):
        for number in late:
            add(items, number)
        return amend(table, *given, **more)

    monkeypatch.setattr(Table, "amend", after_another)
    assert forget(items, "question 1") == 1
    assert asked(items) == ["question 2"]


def test_a_session_that_never_rests_is_tried_again_later(items, monkeypatch):
    add(items, 1)
    monkeypatch.setattr(Table, "amend", lambda *_, **__: False)
    with pytest.raises(ConcurrentUpdate):
        forget(items, "question 1")
