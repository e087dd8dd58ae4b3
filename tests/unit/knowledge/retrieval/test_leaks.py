"""Ten thousand readers, groups, access files and documents by chance: everybody finds what he may read, and only that;
also where rights change in the middle of a search."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest

from knowledge.model import Access, Document, Passage
from knowledge.retrieval import checks, queries, search
from knowledge.retrieval.filters import Filters
from knowledge.rights import files, sets
from tests.unit.knowledge.retrieval import oracle
from tests.unit.knowledge.retrieval.fakes import World, nothing, reader

NAMES = [
    "sale",
    "sales",
    "Sale",
    "hr board",
    "hr",
    "board",
    "hr-board",
    "M\u00fcller",
    "Mu\u0308ller",
    "muller",
    "sale ",
]
FOLDERS = ["", "a/", "a/b/", "a/b/c/", "ab/", "a//", "/"]
DOCUMENTS, READERS, WORLDS = 20, 10, 50
VECTOR = [1.0] + [0.0] * 511
TEXT = "The sum of it all is 4711."


def some(chance: random.Random, share: float) -> list[str]:
    return [name for name in NAMES if chance.random() < share]


def said(chance: random.Random) -> dict[str, Any]:
    """An access file by chance; one in ten cannot be read."""
    if chance.random() < 0.1:
        return {"schema": chance.choice([1, 2]), "everyone": True, "user": []}
    return {
        "schema": 1,
        "users": some(chance, 0.2),
        "groups": some(chance, 0.2),
        "everyone": chance.random() < 0.2,
        "denied_users": some(chance, 0.08),
        "denied_groups": some(chance, 0.08),
    }


@dataclass
class Ever:
    """What a reader could read at some moment."""

    readable: set[str]
    changes: int = 0


class Case:
    """Documents in folders that lie in each other, access files here and there, and what lies where now."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.default = Access(frozenset(some(self.chance, 0.1)), everyone=self.chance.random() < 0.2)
        self.world = World(default=self.default)
        self.world.embed = lambda _text: VECTOR
        self.keys = [f"{self.chance.choice(FOLDERS)}{number}.pdf" for number in range(DOCUMENTS)]
        self.places = [f"{folder}access.json" for folder in FOLDERS] + [f"{key}.access.json" for key in self.keys]
        for place in self.places:
            if self.chance.random() < 0.3:
                self.world.inbox.put_json(place, said(self.chance))
        for key in self.keys:
            text = f"{TEXT} {key}"
            self.world.passages(Document(key, "0" * 16, "1"), [Passage(1, 0, text, 0, 0, ("4711",))], VECTOR)

    def readers(self) -> Iterator[Any]:
        for _ in range(READERS):
            yield reader(self.chance.choice(NAMES), *some(self.chance, 0.2))

    def readable(self, who: Any, inbox: Mapping[str, bytes] | None = None) -> set[str]:
        default = {"users": list(self.default.users), "everyone": self.default.everyone}
        now = self.world.inbox.objects if inbox is None else inbox
        return {key for key in self.keys if oracle.may_read(now, default, key, who.name, who.groups)}

    def found(self, who: Any) -> set[str]:
        hits = search.search(self.world.search(), who, "Is it 4711?", Filters(), search.MOST_TOP).hits
        return {hit.key for hit in hits}

    @contextmanager
    def changing(self, who: Any, moments: Sequence[int]) -> Iterator[Ever]:
        """At these moments, counted over queries and readings, something changes."""
        ever, count = Ever(self.readable(who)), itertools.count()

        def hook() -> None:
            if next(count) in moments:
                self.change()
                ever.changes += 1
                ever.readable |= self.readable(who)

        hooked = (self.world.index, self.world.inbox, self.world.knowledge)
        for each in hooked:
            each.hook = hook
        yield ever
        for each in hooked:
            each.hook = nothing

    def change(self) -> None:
        """An access file is written, replaced or taken away."""
        place = self.chance.choice(self.places)
        if self.chance.random() < 0.4:
            self.world.inbox.objects.pop(place, None)
        else:
            self.world.inbox.put_json(place, said(self.chance))


@pytest.fixture(autouse=True)
def _in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    """One thread each, so that what is read when is the same in every run."""
    for module in (checks, queries, sets):
        monkeypatch.setattr(module, "WORKERS", 1)


@pytest.mark.parametrize("seeds", [range(start, WORLDS, 5) for start in range(5)], ids=str)
def test_everybody_finds_what_he_may_read_and_nothing_else(seeds: range):
    finds = 0
    for seed in seeds:
        case = Case(seed)
        for who in case.readers():
            found = case.found(who)
            assert found == case.readable(who), (seed, who)
            finds += len(found)
    assert finds > DOCUMENTS * len(seeds)


@pytest.mark.parametrize("seeds", [range(start, WORLDS, 5) for start in range(5)], ids=str)
def test_what_may_not_be_read_any_longer_is_not_found_whatever_the_index_says(seeds: range):
    """Rights change behind the index's back: the sets of passages are those of before."""
    gone = 0
    for seed in seeds:
        case = Case(seed)
        before = {key for who in case.readers() for key in case.readable(who)}
        for _ in range(12):
            for _ in range(5):
                case.change()
        for who in case.readers():
            found = case.found(who)
            assert found <= case.readable(who), (seed, who)
            gone += len(before - found)
    assert gone > 0


@pytest.mark.parametrize("seeds", [range(start, WORLDS, 5) for start in range(5)], ids=str)
def test_what_changes_in_the_middle_of_a_search_gives_nobody_what_he_never_had(seeds: range):
    """At two moments by chance - a query, a reading of the table, of a pointer, of an access file - an access file
    changes. Each hit could be read at some moment of the search; looked at again, only what can be read now is left."""
    changed = taken = 0
    for seed in seeds:
        case = Case(seed)
        for who in case.readers():
            with case.changing(who, case.chance.sample(range(80), 2)) as ever:
                world = case.world.search()
                hits = search.search(world, who, "Is it 4711?", Filters(), search.MOST_TOP).hits
            assert {hit.key for hit in hits} <= ever.readable, (seed, who)
            for _ in range(5):
                case.change()
            still = {hit.key for hit in checks.still(world, who, hits)}
            assert still == {hit.key for hit in hits} & case.readable(who), (seed, who)
            changed += ever.changes
            taken += len(hits) - len(still)
    assert changed > READERS * len(seeds) / 2
    assert taken > 0


def test_a_right_that_is_taken_away_while_the_index_answers_counts():
    case = Case(0)
    world = World(default=Access(everyone=True))
    world.embed = case.world.embed
    world.passages(Document("a/b.pdf", "0" * 16, "1"), [Passage(1, 0, TEXT, 0, 0)], VECTOR)
    assert search.search(world.search(), reader("u"), TEXT, Filters()).hits
    world.index.hook = lambda: world.access("a/access.json", Access(everyone=True, denied_users=frozenset("u")))
    found = search.search(world.search(), reader("u"), TEXT, Filters())
    assert (found.hits, found.denied) == ([], 1)
    assert search.search(world.search(), reader("v"), TEXT, Filters()).hits


def test_two_changes_between_two_files_give_nobody_what_he_never_had():
    """First the near folder is closed, then the far one opened: at no moment could the reader read what is near."""
    world = World()
    world.access("access.json", Access(frozenset({"carla"})))
    world.passages(Document("a/b.pdf", "0" * 16, "1"), [Passage(1, 0, TEXT, 0, 0)], VECTOR)
    world.embed = lambda _text: VECTOR
    sets.keep(world.table, Access(everyone=True))
    world.index.retag(sets.identifier(Access(everyone=True)))
    readings = iter(range(100))

    def hook() -> None:
        if next(readings) == 2:  # a/b.pdf.access.json and a/access.json were missing
            world.access("a/access.json", Access(frozenset({"boris"})))
            world.access("access.json", Access(everyone=True))

    world.inbox.hook = hook
    assert search.search(world.search(), reader("anna"), TEXT, Filters()).hits == []


def test_files_that_change_at_every_reading_let_nobody_read():
    world = World(default=Access(everyone=True))
    world.passages(Document("a/b.pdf", "0" * 16, "1"), [Passage(1, 0, TEXT, 0, 0)], VECTOR)
    world.embed = lambda _text: VECTOR
    readings = iter(range(1_000))

    def hook() -> None:
        near = "a/access.json"
        if next(readings) % 2 or world.inbox.objects.pop(near, None) is None:
            world.access(near, Access(everyone=True))

    world.inbox.hook = hook
    found = search.search(world.search(), reader("u"), TEXT, Filters())
    assert (len(found.hits), found.denied) in {(0, 1), (1, 0)}
    assert next(readings) < 40


def test_an_access_file_is_never_found():
    """Should one ever have come into the index, nobody reads it, and it does not rule over itself."""
    world = World(default=Access(everyone=True))
    world.access("a/access.json", Access(everyone=True))
    world.passages(Document("a/access.json", "0" * 16, "1"), [Passage(1, 0, TEXT, 0, 0)], VECTOR)
    world.embed = lambda _text: VECTOR
    world.index.retag(sets.keep(world.table, Access(everyone=True)))
    assert files.is_access_file("a/access.json")
    assert search.search(world.search(), reader("u"), TEXT, Filters()).denied == 1
