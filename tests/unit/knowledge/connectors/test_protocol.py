"""What the connector promises while workers die, the repository changes and syncs overtake each other.

At every moment: a document of the inbox lies under rights that it had in the repository with this very content, or
under none at all. In the end, after one more sync: the inbox is what the repository is.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from common.errors import TransientError
from knowledge.connectors import access_form, groups
from knowledge.errors import GroupsGone, RepositoryShrank, SyncOvertaken
from knowledge.rights import files
from tests.unit.knowledge.connectors.world import INTO, PREFIX, SOURCE, Account, Crash, sync, working

NOBODY = access_form.nobody("").body

DOCUMENTS = ["a/b/one", "a/b/two", "a/three", "a/three.parts/01", "four"]
ACCESS = [
    "access.json",
    "a/access.json",
    "a/b/access.json",
    "a/b/one.access.json",
    "a/three.access.json",
    "a/three.parts/access.json",
    "four.access.json",
]

Files = dict[str, Any]


def _access(users: list[str], groups: list[str], denied: list[str]) -> Files:
    return {"schema": 1, "users": users, "groups": groups, "denied": {"groups": denied}}


_NAMES = st.lists(st.sampled_from(["ann", "bob"]), max_size=1)
_GROUPS = st.lists(st.sampled_from(["hr", "board"]), max_size=1)
ACCESS_FILES = st.builds(_access, _NAMES, _GROUPS, _GROUPS) | st.just("no json")
FILES = st.builds(
    lambda documents, access, members: {**documents, **access, "groups.json": members},
    st.dictionaries(st.sampled_from(DOCUMENTS), st.sampled_from(["x", "y"]), min_size=1),
    st.dictionaries(st.sampled_from(ACCESS), ACCESS_FILES, max_size=4),
    st.sampled_from([{}, {"hr": {"users": ["eve"]}}, {"hr": {"groups": ["board"]}, "board": {"groups": ["hr"]}}]),
)


def pairs(source: Mapping[str, bytes]) -> dict[str, tuple[bytes, bytes]]:
    """Of each document that has an access file: its content, and the inbox's access file that it is to be under."""
    known = groups.parse(source.get("groups.json", b"{}"))
    found = {}
    for name, body in source.items():
        if name != "groups.json" and not files.is_access_file(name):
            ruling = next((place for place in files.places(name) if place in source), None)
            if ruling is not None:
                found[name] = (body, access_form.flatten(source[ruling], known).body)
    return found


class Watch:
    """Remembers every state of the repository, and looks at the inbox after each change of it."""

    def __init__(self, account: Account) -> None:
        self.account, self.seen = account, set[tuple[str, bytes, bytes]]()
        account.written = self.look
        self.remember()

    def source(self) -> dict[str, bytes]:
        return {key.removeprefix(PREFIX): found.body for key, found in self.account.buckets[SOURCE].items()}

    def remember(self) -> None:
        self.seen |= {(name, *pair) for name, pair in pairs(self.source()).items()}

    def change(self, wanted: Files) -> None:
        self.account.replace(wanted)
        self.remember()

    def inbox(self) -> dict[str, tuple[bytes, bytes | None]]:
        """As the rights of the inbox have it: each document with the access file that rules over it."""
        there = {key.removeprefix(INTO): body for key, body in self.account.inbox().items()}
        found = {}
        for name, body in there.items():
            if not files.is_access_file(name):
                ruling = next((place for place in files.places(name) if place in there), None)
                found[name] = (body, None if ruling is None else there[ruling])
        return found

    def look(self) -> None:
        for name, (body, access) in self.inbox().items():
            assert access is not None, f"{name} lies there without an access file"
            if access != NOBODY:
                assert (name, body, access) in self.seen, f"{name} is under rights that it never had: {access!r}"

    def settle(self) -> None:
        """Syncs until one has nothing more to do, as a schedule does."""
        documents = len(self.account.inbox())
        for number in range(3):
            sync(self.account, f"last{number}", {"confirm": documents + 100})
        assert self.inbox() == pairs(self.source())
        there = {name for name in self.account.names() if files.is_access_file(name)}
        assert there == {name for name in self.source() if files.is_access_file(name)}
        changes = list[str]()
        self.account.written = lambda: changes.append("")
        sync(self.account, "idle")
        assert changes == []


class At:
    """Does something once, before or after the call with this number."""

    def __init__(self, call: int, does: Any) -> None:
        self.left, self.does = call, does

    def __call__(self, _: str) -> None:
        self.left -= 1
        if self.left == 0:
            self.does()


def crash() -> None:
    raise Crash


def attempt(account: Account, execution: str) -> str:
    """One sync of a schedule, however it ends."""
    try:
        return str(sync(account, execution, {"confirm": 100})["outcome"])
    except (Crash, TransientError, SyncOvertaken) as error:
        return type(error).__name__
    finally:
        account.hook = lambda _: None


STATES = st.lists(FILES, min_size=2, max_size=4)
UNTIMED = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))


@UNTIMED
@given(STATES, st.lists(st.integers(1, 90), min_size=1, max_size=3), st.integers(0, 2))
def test_a_worker_may_die_between_any_two_calls(states: list[Files], calls: list[int], back: int):
    with working(Account()) as account:
        account.replace(states[0])
        watch = Watch(account)
        attempt(account, "first")
        for number, (state, call) in enumerate(zip(states[1:], calls, strict=False)):
            watch.change(state)
            account.hook = At(call, crash)
            event(attempt(account, f"dies{number}"))
        watch.change(states[min(back, len(states) - 1)])
        watch.settle()


@UNTIMED
@given(STATES, st.lists(st.integers(1, 90), min_size=3, max_size=3))
def test_the_repository_may_change_between_any_two_calls(states: list[Files], calls: list[int]):
    with working(Account()) as account:
        account.replace(states[0])
        watch = Watch(account)
        for number, (state, call) in enumerate(zip(states[1:], calls, strict=False)):
            account.hook = At(call, lambda state=state: watch.change(state))
            event(attempt(account, f"sync{number}"))
        watch.settle()


@UNTIMED
@given(STATES, st.integers(1, 90), st.integers(1, 90), st.integers(1, 90))
def test_another_sync_waits_for_the_last_workers_of_one_that_was_stopped(
    states: list[Files], call: int, change: int, dies: int
):
    """Its machine was stopped, and a worker of it goes on, and may die. Nobody works beside it."""
    with working(Account()) as account:
        account.replace(states[0])
        watch = Watch(account)
        attempt(account, "first")
        watch.change(states[1])

        def another() -> None:
            account.running.discard("slow")
            account.stopped["slow"] = 300
            account.hook = At(change, lambda: watch.change(states[-1]))
            # The slow one may have been done already; and groups.json may change while it is read, for another try.
            assert attempt(account, "another") in {"later", "synced", "ConcurrentUpdate"}
            account.hook = At(dies, crash)

        account.hook = At(call, another)
        event(f"slow {attempt(account, 'slow')}")
        account.stopped.clear()
        watch.settle()


def test_two_syncs_do_not_run_at_the_same_time():
    with working(Account()) as account:
        account.put("access.json", {"schema": 1, "users": ["ann"]})
        account.put("one", "1")
        account.hook = At(5, lambda: outcomes.append(sync(account, "second")["outcome"]))
        outcomes: list[str] = []
        sync(account, "first")
        assert outcomes == ["busy"]
        assert account.names() == ["access.json", "one"]


@given(FILES, FILES)
@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
def test_a_step_may_run_twice(one: Files, other: Files):
    with working(Account()) as account:
        for number, state in enumerate((one, other)):
            account.replace(state)
            watch = Watch(account)
            watch.seen |= {(name, *pair) for name, pair in pairs({k: _bytes(v) for k, v in one.items()}).items()}
            repeated(account, f"sync{number}")
        assert watch.inbox() == pairs(watch.source())


def _bytes(body: Any) -> bytes:
    import json

    return body.encode() if isinstance(body, str) else json.dumps(body).encode()


def repeated(account: Account, execution: str) -> None:
    """The machine, each of whose steps Lambda has run twice."""
    from tests.unit.knowledge.connectors.world import CONTEXT, finish_sync, list_repository, sync_portion

    for _ in range(2):
        listed = list_repository.handler({"execution": execution, "input": {"confirm": 100}}, CONTEXT)
    carried = {"execution": execution, "phases": listed["phases"]}
    for phase, found in enumerate(listed["phases"]):
        for portion in list(range(found["portions"])) * 2:
            sync_portion.handler({**carried, "phase": phase, "portion": portion}, CONTEXT)
    assert finish_sync.handler(carried, CONTEXT) == finish_sync.handler(carried, CONTEXT)


def test_what_was_stopped_by_name_changes_nothing():
    with working(Account()) as account:
        account.replace({"access.json": {"schema": 1, "users": ["ann"]}, "one": "1", "two": "2", "three": "3"})
        sync(account)
        before = account.inbox()
        account.delete("one")
        account.delete("two")
        with pytest.raises(RepositoryShrank, match=r'2 of the 3 documents .* {"confirm": 2}'):
            sync(account, "e2")
        with pytest.raises(RepositoryShrank):
            sync(account, "e3", {"confirm": 1})
        assert account.inbox() == before
        assert sync(account, "e4", {"confirm": 2})["counts"]["removed"] == 2
        assert account.names() == ["access.json", "three"]
        account.put("groups.json", {})
        sync(account, "e5")
        account.delete("groups.json")
        with pytest.raises(GroupsGone, match="Put it back"):
            sync(account, "e6")
