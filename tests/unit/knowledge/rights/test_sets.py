"""Sets of readers in the table: the same whatever the order, and after whatever death."""

from __future__ import annotations

import random

import pytest

from common import table as table_module
from common.errors import StorageUnavailable
from common.table import Table
from knowledge.errors import TooManySets
from knowledge.model import Access, Reader
from knowledge.rights import decide, files, sets


def access(
    users: str = "", groups: str = "", everyone: bool = False, no_users: str = "", no_groups: str = ""
) -> Access:
    lists = [frozenset(text.split()) for text in (users, groups, no_users, no_groups)]
    return Access(lists[0], lists[1], everyone, lists[2], lists[3])


def reader(name: str, *groups: str) -> Reader:
    return Reader("id", name, groups)


def test_an_id_is_of_what_is_said_and_not_of_how():
    one = files.parse(b'{"schema": 1, "users": ["a", "b", "a"], "everyone": false}')
    two = files.parse(b'{"users": ["b", "a"], "denied_groups": [], "schema": 1}')
    assert sets.identifier(one) == sets.identifier(two)
    assert len(sets.identifier(one)) == 32
    different = [
        access(), access("a"), access("", "a"), access("a b"), access("ab"), access("A"), access("a", everyone=True),
        access(no_users="a"), access(no_groups="a"), access("M\u00fcller"), access("Mu\u0308ller"),
    ]  # fmt: skip
    assert len({sets.identifier(each) for each in different}) == len(different)


def test_a_reader_finds_the_sets_that_allow_him(table: Table):
    own, of_group, all_, other = (
        sets.keep(table, each) for each in (access("u"), access("x", "g"), access(everyone=True), access("x"))
    )
    assert sets.readable(table, reader("u", "g")) == sorted([own, of_group, all_])
    assert sets.readable(table, reader("u")) == sorted([own, all_])
    assert sets.readable(table, reader("x")) == sorted([of_group, all_, other])
    assert sets.readable(table, reader("g", "u")) == [all_]
    assert sets.readable(table, reader("U", "G", "g ")) == [all_]


def test_who_is_denied_does_not_find_the_set(table: Table):
    kept = sets.keep(table, access("u v", "g", True, no_users="v", no_groups="h"))
    assert sets.readable(table, reader("u", "g")) == [kept]
    assert sets.readable(table, reader("v", "g")) == []
    assert sets.readable(table, reader("u", "g", "h")) == []


def test_nobody_who_was_never_named_finds_anything(table: Table):
    sets.keep(table, access("u"))
    sets.keep(table, access())
    assert sets.readable(table, reader("x", "y")) == []


def test_a_name_of_any_signs_is_found_and_only_that(table: Table):
    names = ["a#b", "a", "日本", "#", "user", "", "everyone", "\ud800"]
    kept = {name: sets.keep(table, Access(frozenset({name}))) for name in names[:5]}
    for name in names:
        assert sets.readable(table, reader(name)) == ([kept[name]] if name in kept else [])


@pytest.mark.parametrize("seed", range(5))
def test_what_is_found_is_what_may_be_read(table: Table, seed: int):
    chance = random.Random(seed)
    names = ["a", "b", "A", "ab", "a b"]

    def some() -> frozenset[str]:
        return frozenset(name for name in names if chance.random() < 0.25)

    there = [Access(some(), some(), chance.random() < 0.2, some(), some()) for _ in range(15)]
    for each in there:
        sets.keep(table, each)
    for _ in range(15):
        who = reader(chance.choice(names), *some())
        expected = {sets.identifier(each) for each in there if decide.may_read(each, who)}
        assert set(sets.readable(table, who)) == expected


def test_a_set_that_is_there_costs_one_read_and_no_write(table: Table, monkeypatch):
    name = sets.keep(table, access("u", "g"))
    for write in ("put", "add_member", "amend"):
        monkeypatch.setattr(Table, write, lambda *_, **__: pytest.fail("written again"))
    assert sets.keep(table, access("u", "g")) == name


@pytest.mark.parametrize("writes", range(5))
def test_whoever_dies_between_two_writes_is_repeated_in_whole(table: Table, monkeypatch, writes: int):
    """One of five writes never happens: nobody finds more than he may, and after a repeat each finds it."""
    said, made = access("u v", "g"), []
    put, add, amend = Table.put, Table.add_member, Table.amend

    def dying(write):
        def call(*arguments, **named):
            if len(made) == writes:
                raise StorageUnavailable("dead")
            made.append(write.__name__)
            return write(*arguments, **named)

        return call

    monkeypatch.setattr(sets, "WORKERS", 1)
    monkeypatch.setattr(Table, "put", dying(put))
    monkeypatch.setattr(Table, "add_member", dying(add))
    monkeypatch.setattr(Table, "amend", dying(amend))
    with pytest.raises(StorageUnavailable):
        sets.keep(table, said)
    monkeypatch.setattr(Table, "put", put)
    monkeypatch.setattr(Table, "add_member", add)
    monkeypatch.setattr(Table, "amend", amend)
    assert sets.readable(table, reader("x", "h")) == []
    name = sets.keep(table, said)
    for who in (reader("u"), reader("v"), reader("x", "g")):
        assert sets.readable(table, who) == [name]


def test_a_set_is_kept_on_when_half_of_its_time_is_over(table: Table, monkeypatch):
    real, ahead = table_module.time.time, [0.0]
    monkeypatch.setattr(table_module.time, "time", lambda: real() + ahead[0])
    name = sets.keep(table, access("u"))
    ahead[0] = 0.6 * sets.KEPT_SECONDS
    assert sets.keep(table, access("u")) == name
    ahead[0] = 1.4 * sets.KEPT_SECONDS
    assert sets.readable(table, reader("u")) == [name]


def test_too_many_sets_of_one_name_are_told_with_what_to_do(table: Table, monkeypatch):
    monkeypatch.setattr(sets, "MOST_SETS", 2)
    first = sets.keep(table, access("u", "g"))
    sets.keep(table, access("u"))
    with pytest.raises(TooManySets, match=r"The user u is in 2 different access files"):
        sets.keep(table, access("u v"))
    monkeypatch.setattr(sets, "KEPT_SECONDS", 3 * sets.KEPT_SECONDS)  # so that it is written again
    assert sets.keep(table, access("u", "g")) == first


def test_what_a_set_says_can_be_read(table: Table):
    said = access("u", "g", True, "v", "h")
    assert sets.read(table, sets.keep(table, said)) == said
    assert sets.read(table, "0" * 32) is None


def test_more_than_an_item_holds_is_kept_without_what_it_says(table: Table, monkeypatch):
    monkeypatch.setattr(sets, "MOST_SAID", 100)
    name = sets.keep(table, access("u" * 256))
    assert sets.read(table, name) is None
    assert sets.readable(table, reader("u" * 256)) == [name]


# Forgetting


def nobody(_name: str) -> bool:
    """No passage carries the set."""
    return False


def test_a_set_that_no_passage_carries_is_forgotten(table: Table):
    gone, stays = sets.keep(table, access("u", "g", True, "v", "h")), sets.keep(table, access("u"))
    assert sets.forget(table, gone, nobody)
    assert sets.readable(table, reader("u", "g")) == [stays]
    assert sets.read(table, gone) is None
    assert sets.keep(table, access("u", "g", True, "v", "h")) == gone
    assert sets.readable(table, reader("u", "g")) == sorted([gone, stays])
    assert sets.readable(table, reader("u", "h")) == [stays]


def test_a_set_that_a_passage_carries_stays(table: Table):
    name = sets.keep(table, access("u"))
    assert not sets.forget(table, name, lambda _name: True)
    assert not sets.forget(table, "0" * 32, nobody)
    assert sets.readable(table, reader("u")) == [name]


def test_a_set_that_a_passage_carries_meanwhile_is_kept_again(table: Table):
    name, answers = sets.keep(table, access("u", "g")), iter([False, True])
    assert not sets.forget(table, name, lambda _name: next(answers))
    for who in (reader("u"), reader("x", "g")):
        assert sets.readable(table, who) == [name]
