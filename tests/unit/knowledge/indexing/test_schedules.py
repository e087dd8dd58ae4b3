"""No order of events, no doubled message and no death of a worker leaves the index wrong.

In each state that can come about: the version that counts has all its vectors; and if every worker died there, one more
message would bring the index to what S3 says: exactly the newest version's vectors, each with the set of who may read
it, and no pending.
"""

from __future__ import annotations

import json
import logging

import pytest

from common.table import Table
from knowledge.indexing import pointers, reconcile, vectors
from knowledge.indexing.pointers import LIVING_SECONDS
from knowledge.model import Access
from knowledge.passages import sources
from knowledge.rights import files, sets
from tests.unit.knowledge.indexing import builders, schedules
from tests.unit.knowledge.indexing.builders import KEY
from tests.unit.knowledge.indexing.schedules import Explorer, State

OLD, NEW = builders.about(), builders.about(etag="e2", sequencer="02")
TEXTS = {"01": [["one"], ["two"]], "02": [["three"]], "03": [["one"], ["two"]]}
ACCESS = f"{KEY}.access.json"
MARK = f"deleted/{sources._hashed(KEY)}/all.json"


@pytest.fixture(autouse=True)
def _sets(monkeypatch: pytest.MonkeyPatch) -> None:
    """The table is another test's."""

    def keep(_table: Table, access: Access) -> str:
        return sets.identifier(access)

    monkeypatch.setattr(sets, "keep", keep)
    monkeypatch.setattr(schedules.state_module, "look", schedules.look)
    # A look that changes nothing: what follows from it is test_turns'.
    monkeypatch.setattr(schedules.state_module, "is_replaced", lambda *_: False)
    monkeypatch.setattr(reconcile, "logger", lambda: logging.getLogger("muted"))


def put_text(document):
    place = ("summaries", sources.text(KEY))
    body = builders.text(document, *TEXTS[document["sequencer"]])
    return frozenset({place}), lambda state: state.with_object(*place, body)


def put_summary(document, **more):
    place = ("summaries", sources.summary(KEY))
    return frozenset({place}), lambda state: state.with_object(*place, builders.summary(document, **more))


def allow(*groups):
    place = ("inbox", ACCESS)
    return frozenset({place}), lambda state: state.with_object(*place, builders.access(*groups))


def mark(sequencer):
    place = ("summaries", MARK)
    return frozenset({place}), lambda state: state.with_object(*place, b"{}", {"sequencer": sequencer})


def drop(key):
    place = ("summaries", key)
    return frozenset({place}), lambda state: state.with_object(*place, None)


UPLOAD_OLD = [put_text(OLD), put_summary(OLD)]
UPLOAD_NEW = [put_text(NEW), put_summary(NEW)]
REPLAY = put_summary(OLD, type={"name": "bill"})
DELETE_OLD = [mark("01"), drop(sources.summary(KEY)), drop(sources.text(KEY))]
DELETE_NEW = [mark("02"), drop(sources.summary(KEY)), drop(sources.text(KEY))]
SAME_AGAIN = [put_text({**OLD, "sequencer": "03"}), put_summary({**OLD, "sequencer": "03"})]


def expected(state):
    """The vectors that S3 asks for, with their access set."""
    bucket = schedules.TapedBucket(Now(state), "summaries")
    read = sources.read(bucket, KEY)
    if read is None:
        return frozenset()
    body = state.get("inbox", ACCESS)
    acl = sets.identifier(files.parse(body[0]) if body else Access())
    return frozenset((key, acl) for key in vectors.keys(pointers.doc(KEY), read.document.version, len(read.pages)))


class Now(schedules.Tape):
    def __init__(self, state):
        super().__init__(())
        self.state = state

    def ask(self, *op):
        return schedules.apply(self.state, op)[1]


def is_whole(state):
    """Whether the version that counts misses no passage."""
    found = state.get("knowledge", pointers.place(KEY))
    pointer = json.loads(found[0]) if found else {"version": None}
    if pointer["version"] is None:
        return True
    there = {key for key, _ in state.vectors}
    return there >= set(vectors.keys(pointer["doc"], pointer["version"], pointer["passages"]))


def indexed(*writes):
    """The state after these writes and one worker."""
    state = State()
    for _, write in writes:
        state = write(state)
    return Explorer(KEY, (), (), lambda _: None).ended(state, -LIVING_SECONDS)


def explore(start, writes, owners, now=schedules.NOW):
    explorer = Explorer(KEY, writes, owners, lambda state: check(explorer, state), now)
    explorer.explore(start)
    return explorer


def check(explorer, state):
    assert is_whole(state)
    after = explorer.ended(state, LIVING_SECONDS + 1)
    if unsettled(state):
        assert is_whole(after)
        return
    assert after.vectors == expected(after)
    found = after.get("knowledge", pointers.place(KEY))
    assert found is None or json.loads(found[0])["pending"] == []


def unsettled(state):
    """A text whose summary is still to come: what counts stays as it is until then."""
    read = sources.read(schedules.TapedBucket(Now(state), "summaries"), KEY)
    return read is not None and read.unread == "TextNotYet"


SCENES = {
    "an upload": ([], UPLOAD_OLD),
    "two versions": ([], UPLOAD_OLD + UPLOAD_NEW),
    "a new version": ([*UPLOAD_OLD, allow("a")], UPLOAD_NEW),
    "a deletion": (UPLOAD_OLD, DELETE_OLD),
    "a right that changes twice": ([*UPLOAD_OLD, allow("a")], [allow("b"), allow("c")]),
    "a right that changes and is as before": ([*UPLOAD_OLD, allow("a")], [allow("b"), allow("a")]),
    "a replay": (UPLOAD_OLD, [REPLAY]),
    "a new version and a right": ([*UPLOAD_OLD, allow("a")], [allow("b"), *UPLOAD_NEW, allow("c")]),
    "two versions and a deletion": ([], UPLOAD_OLD + UPLOAD_NEW + DELETE_NEW),
    "a deletion and the same again": (UPLOAD_OLD, DELETE_OLD + SAME_AGAIN),
}
"""What was there, and what happens."""
LONGEST = ("a new version and a right", "two versions and a deletion")
"""Of three workers these have millions of schedules."""


def start(scene):
    before, writes = SCENES[scene]
    return indexed(*before) if before else State(), writes


@pytest.mark.parametrize("scene", SCENES)
def test_two_workers_at_any_time(scene):
    before, writes = start(scene)
    explorer = explore(before, writes, ("a", "b"))
    assert explorer.schedules > 250
    assert any(each.vectors == expected(each) for each in explorer.worlds)


@pytest.mark.parametrize("scene", sorted(SCENES.keys() - set(LONGEST)))
def test_three_workers_at_any_time(scene):
    before, writes = start(scene)
    assert explore(before, writes, ("a", "b", "c")).schedules > 2_000


@pytest.mark.parametrize("scene", SCENES)
def test_two_workers_after_one_has_died_anywhere(scene):
    before, writes = start(scene)
    deaths = explore(before, writes, ("dead",)).worlds
    assert len(deaths) > 3
    for left in deaths:
        explore(left, [], ("a", "b"), schedules.NOW + LIVING_SECONDS + 1)


def test_a_world_without_conditional_writes_is_found_out(monkeypatch):
    """These tests see what the conditions prevent."""
    right = schedules.apply

    def careless(state, op):
        return right(state, (*op[:4], None) if op[0] == "put" else op)

    monkeypatch.setattr(schedules, "apply", careless)
    with pytest.raises(AssertionError):
        explore(*start("a new version and a right"), ("a", "b"))


def test_workers_that_do_not_say_what_they_delete_are_found_out(monkeypatch):
    """Without ``leaving`` the same version, come again, would lose its vectors to who deletes them still."""

    monkeypatch.setattr(pointers.Pending, "lives", lambda self, now: not self.leaving)
    with pytest.raises(AssertionError):
        explore(*start("a deletion and the same again"), ("a", "b"))
