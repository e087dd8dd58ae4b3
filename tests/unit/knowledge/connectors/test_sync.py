"""What a sync brings, skips, removes and tells; each step by the handlers, in the machine's order."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from common.errors import ConcurrentUpdate
from knowledge.connectors import bringing, comparing, kept, listing, repository
from knowledge.connectors.listing import Entry, Listing
from knowledge.errors import InvalidSync, RepositoryMisplaced, RepositoryTooLarge, SyncOvertaken
from tests.unit.knowledge.connectors.world import (
    CONTEXT,
    INBOX,
    INTO,
    KNOWLEDGE,
    PREFIX,
    SOURCE,
    Account,
    Object,
    finish_sync,
    list_repository,
    refusal,
    sync,
    sync_portion,
    working,
)

ANN = {"schema": 1, "users": ["ann"]}


@pytest.fixture
def account() -> Iterator[Account]:
    with working(Account()) as found:
        yield found


def foreign(account: Account, name: str, body: bytes = b"by hand") -> None:
    account.buckets[INBOX][f"{INTO}{name}"] = Object(body, '"hand"')


class TestBringing:
    def test_documents_come_with_their_rights_and_their_origin(self, account: Account):
        account.put("access.json", ANN)
        account.put("a/b.txt", "text")
        account.put("a/b.txt.access.json", {"schema": 1, "groups": ["hr"]})
        account.put("groups.json", {"hr": {"users": ["bob"]}})
        account.buckets[SOURCE][f"{PREFIX}a/"] = Object(b"", '"folder"')
        counts = sync(account)["counts"]
        assert (counts["documents"], counts["copied"], counts["access_written"]) == (1, 1, 2)
        assert account.names() == ["a/b.txt", "a/b.txt.access.json", "access.json"]
        assert account.readers("access.json")["users"] == ["ann"]
        assert account.readers("a/b.txt.access.json")["users"] == ["bob"]
        brought, source = account.buckets[INBOX][f"{INTO}a/b.txt"], account.buckets[SOURCE][f"{PREFIX}a/b.txt"]
        assert (brought.body, brought.content_type) == (b"text", "text/plain")
        assert brought.metadata == {"connector": "repository", "source-etag": source.etag}

    def test_only_what_changed_is_touched(self, account: Account):
        account.replace({"access.json": ANN, "one": "1", "two": "2"})
        sync(account)
        writes: list[str] = []
        account.written = lambda: writes.append("")
        account.put("two", "2, new")
        counts = sync(account, "e2")["counts"]
        assert (len(writes), counts["copied"], counts["documents"]) == (1, 1, 2)

    def test_a_renamed_document_is_another_one(self, account: Account):
        account.replace({"access.json": ANN, "one": "1", "two": "2", "three": "3"})
        sync(account)
        account.delete("one")
        account.put("uno", "1")
        counts = sync(account, "e2")["counts"]
        assert (counts["copied"], counts["removed"]) == (1, 1)
        assert account.names() == ["access.json", "three", "two", "uno"]

    def test_groups_that_changed_change_the_rights(self, account: Account):
        account.replace({"access.json": {"schema": 1, "groups": ["hr"]}, "one": "1", "groups.json": {}})
        sync(account)
        assert account.readers("access.json")["users"] == []
        account.put("groups.json", {"hr": {"users": ["bob"]}})
        sync(account, "e2")
        assert account.readers("access.json")["users"] == ["bob"]
        assert account.readers("access.json")["groups"] == ["hr"]

    def test_more_than_a_portion(self, account: Account, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setattr(kept, "PORTION", 2)
        account.replace({"access.json": ANN, **{str(number): str(number) for number in range(7)}})
        assert sync(account)["counts"]["copied"] == 7
        account.replace({"access.json": ANN})
        assert sync(account, "e2", {"confirm": 7})["counts"]["removed"] == 7


class TestSkipping:
    def test_what_has_no_access_file_stays_out_and_is_counted(self, account: Account):
        account.replace({"a/access.json": ANN, "a/one": "1", "two": "2"})
        assert sync(account)["counts"]["without_access"] == 1
        assert account.names() == ["a/access.json", "a/one"]

    def test_it_comes_where_that_is_wanted(self, account: Account):
        with working(account, SYNC_WITHOUT_ACCESS="true"):
            account.replace({"a/access.json": ANN, "a/one": "1", "two": "2"})
            assert sync(account)["counts"]["documents"] == 2
            account.delete("a/access.json")
            sync(account, "e2")
            assert account.names() == ["a/one", "two"]

    def test_who_loses_the_access_file_goes_before_it(self, account: Account):
        account.replace({"access.json": ANN, "one": "1", "a/two": "2", "a/access.json": ANN})
        sync(account)
        order: list[list[str]] = []
        account.written = lambda: order.append(account.names())
        account.delete("access.json")
        counts = sync(account, "e2")["counts"]
        assert order == [["a/access.json", "a/two", "access.json"], ["a/access.json", "a/two"]]
        assert (counts["removed"], counts["access_removed"], counts["without_access"]) == (1, 1, 1)

    def test_an_unreadable_access_file_is_for_nobody_until_it_is_mended(self, account: Account):
        account.replace({"access.json": "{", "one": "1"})
        assert sync(account)["counts"]["access_unreadable"] == 1
        assert account.readers("access.json") == {
            "schema": 1,
            "users": [],
            "groups": [],
            "everyone": False,
            "denied_users": [],
            "denied_groups": [],
        }
        assert sync(account, "e2")["counts"]["access_unreadable"] == 1  # told until it is mended
        assert f"{INTO}access.json" in report("e2")["access_unreadable"]
        account.put("access.json", ANN)
        assert sync(account, "e3")["counts"]["access_unreadable"] == 0
        assert account.readers("access.json")["users"] == ["ann"]

    def test_what_may_not_be_read_is_told_and_tried_again(self, account: Account):
        account.replace({"access.json": ANN, "one": "1", "two": "2"})
        account.refused = {"one"}
        assert sync(account)["counts"]["refused"] == 1
        assert account.names() == ["access.json", "two"]
        account.refused = {"access.json"}
        account.put("access.json", {"schema": 1, "everyone": True})
        counts = sync(account, "e2")["counts"]
        assert (counts["access_unreadable"], counts["copied"]) == (1, 1)
        assert not account.readers("access.json")["everyone"]
        account.refused = set()
        sync(account, "e3")
        assert account.readers("access.json")["everyone"]

    def test_what_is_too_large_or_too_long_is_counted(self, account: Account, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setattr(listing, "MOST_BYTES", 3)
        longest = "x" * (1024 - len(INTO.encode()))
        account.replace({"access.json": ANN, "one": "1234", longest: "1", f"y{longest}": "1"})
        counts = sync(account)["counts"]
        assert (counts["too_large"], counts["key_too_long"], counts["documents"]) == (1, 1, 1)

    def test_a_document_is_not_left_to_its_folder_where_its_own_access_file_is_too_long(self, account: Account):
        name = "x" * (1024 - len(INTO.encode()) - 5)
        everyone = {"schema": 1, "everyone": True}
        account.replace({"access.json": everyone, name: "1", f"{name}.access.json": ANN})
        sync(account)
        assert account.names() == ["access.json"]


class TestSomebodyElses:
    def test_a_document_of_somebody_else_stays(self, account: Account):
        foreign(account, "one")
        account.replace({"access.json": ANN, "one": "1", "two": "2", "three": "3"})
        assert sync(account)["counts"]["foreign"] == 1
        account.delete("one")
        sync(account, "e2")
        assert account.inbox()[f"{INTO}one"] == b"by hand"
        assert account.names() == ["access.json", "one", "three", "two"]

    def test_what_somebody_has_replaced_is_not_removed(self, account: Account):
        account.replace({"access.json": ANN, "one": "1", "two": "2", "three": "3"})
        sync(account)
        foreign(account, "one")
        account.delete("one")
        assert sync(account, "e2")["counts"]["removed"] == 0
        assert account.inbox()[f"{INTO}one"] == b"by hand"

    def test_no_document_comes_under_an_access_file_of_somebody_else(self, account: Account):
        foreign(account, "a/access.json", b'{"schema": 1, "everyone": true}')
        account.replace({"access.json": ANN, "a/access.json": ANN, "a/one": "1", "two": "2"})
        counts = sync(account)["counts"]
        assert (counts["foreign"], counts["without_its_access_file"]) == (1, 1)
        assert account.names() == ["a/access.json", "access.json", "two"]
        del account.buckets[INBOX][f"{INTO}a/access.json"]
        sync(account, "e2")
        assert account.names() == ["a/access.json", "a/one", "access.json", "two"]

    def test_an_access_file_stays_while_the_one_in_its_place_cannot_be_put(self, account: Account):
        account.replace({"a/one": "1", "a/one.access.json": ANN})
        sync(account)
        foreign(account, "a/access.json", b'{"schema": 1, "everyone": true}')
        account.replace({"a/one": "1", "a/access.json": {"schema": 1, "users": ["bob"]}})
        assert sync(account, "e2")["counts"]["waits"] == 1
        assert account.readers("a/one.access.json")["users"] == ["ann"]
        del account.buckets[INBOX][f"{INTO}a/access.json"]
        sync(account, "e3")
        assert account.names() == ["a/access.json", "a/one"]


class TestListing:
    def test_rights_are_those_of_one_moment(self, account: Account):
        """In the midst of a listing the folder is closed, and then a secret comes into it."""
        account.replace({"access.json": {"schema": 1, "everyone": True}, "a": "1", "b": "2", "z": "public"})

        def close(_: str) -> None:
            calls.append(_)
            if len(calls) == 2:  # after the first page, which has the access file
                account.put("access.json", ANN)
                account.put("z", "secret")

        calls: list[str] = []
        account.hook = close
        found = listing.read(repository.read())
        etag = account.buckets[SOURCE][f"{PREFIX}access.json"].etag
        assert found.entries[f"{INTO}access.json"].etag == etag

    def test_rights_that_change_all_the_time_are_an_error(self, account: Account):
        numbers = iter(range(100))
        account.replace({"access.json": ANN, "a": "1"})
        account.hook = lambda _: account.put("access.json", {"schema": 1, "users": [str(next(numbers))]})
        with pytest.raises(ConcurrentUpdate, match="faster than they can be listed"):
            listing.read(repository.read())

    def test_a_document_that_changes_meanwhile_waits(self, account: Account):
        numbers = iter(range(100))
        account.replace({"access.json": ANN, "a": "1", "b": "2"})
        account.hook = lambda _: account.put("b", str(next(numbers)))
        sync(account)
        assert account.names() == ["a", "access.json"]
        account.hook = lambda _: None
        sync(account, "e2")
        assert account.names() == ["a", "access.json", "b"]

    def test_groups_that_change_while_they_are_read_are_an_error(self, account: Account):
        account.replace({"access.json": ANN, "groups.json": {}})

        def change(operation: str) -> None:
            if operation == "before get_object":
                account.put("groups.json", {"hr": {}})

        account.hook = change
        with pytest.raises(ConcurrentUpdate, match=r"groups\.json was changed"):
            listing.read(repository.read())

    def test_too_many_objects_are_an_error(self, account: Account, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setattr(listing, "MOST_OBJECTS", 2)
        account.replace({"access.json": ANN, "a": "1"})
        sync(account)
        account.put("b", "2")
        with pytest.raises(RepositoryTooLarge, match="SyncPrefix"):
            sync(account, "e2")

    def test_circles_of_groups_are_told(self, account: Account):
        account.replace({"access.json": ANN, "groups.json": {"a": {"groups": ["b"]}, "b": {"groups": ["a"]}}})
        sync(account)
        assert report("e1")["circles"] == [["a", "b", "a"]]

    @pytest.mark.parametrize(
        "more",
        [
            {"SYNC_PREFIX": "papers"},
            {"SYNC_INTO": "brought"},
            {"SYNC_BUCKET": INBOX, "SYNC_INTO": f"{PREFIX}inner/"},
            {"SYNC_BUCKET": INBOX, "SYNC_PREFIX": ""},
        ],
    )
    def test_a_place_that_cannot_be_is_an_error(self, account: Account, more: dict[str, str]):
        with working(account, **more), pytest.raises(RepositoryMisplaced):
            sync(account)
        assert account.items == {}  # the next sync has not to wait for this one

    def test_a_part_of_the_inbox_beside_what_is_brought_can_be(self, account: Account):
        with working(account, SYNC_BUCKET=INBOX):
            account.buckets[INBOX] |= {f"{PREFIX}access.json": Object(b'{"schema": 1}', '"1"')}
            account.buckets[INBOX] |= {f"{PREFIX}one": Object(b"1", '"2"', content_type="text/plain")}
            assert sync(account)["counts"]["copied"] == 1


class TestComparing:
    """What is rare in hypothesis' examples."""

    def entry(self, name: str, mark: str, access: str = "") -> Entry:
        kind = "access" if name.endswith("access.json") else "document"
        return Entry(name, kind, f'"{mark}"', mark, 1, access)

    def phases(self, before: list[Entry], now: list[Entry]) -> list[tuple[str, list[str]]]:
        found = Listing({e.key: e for e in now}, listing.Groups(), listing.Counter(), grouped=False)
        phases = comparing.phases({e.key: e for e in before}, found)
        return [(phase.do, [entry.key for entry in phase.entries]) for phase in phases]

    def test_a_changed_document_stays_under_rights_that_did_not_change(self):
        access = self.entry("access.json", "a")
        before = [access, self.entry("one", "1", "access.json")]
        assert self.phases(before, [access, self.entry("one", "2", "access.json")]) == [("copy", ["one"])]

    @pytest.mark.parametrize(
        ("old", "new"),
        [
            (("a", "access.json", "1"), ("b", "access.json", "2")),
            (("a", "one.access.json", "1"), ("a", "access.json", "2")),
            (("", "access.json", "1"), ("a", "access.json", "2")),
            (("a", "access.json", ""), ("a", "access.json", "2")),
        ],
        ids=["rights", "another file", "rights not certain", "content not certain"],
    )
    def test_it_goes_first_where_they_may_be_others(self, old: tuple[str, str, str], new: tuple[str, str, str]):
        before = [self.entry("access.json", old[0]), self.entry("one", old[2], old[1])]
        now = [self.entry("access.json", new[0]), self.entry("one", new[2], new[1])]
        assert self.phases(before, now)[0] == ("remove", ["one"])
        assert self.phases(before, now)[-1] == ("copy", ["one"])

    def test_a_document_that_is_not_settled_is_not_copied_and_not_kept_under_new_rights(self):
        before = [self.entry("access.json", "a"), self.entry("one", "1", "access.json")]
        now = [self.entry("access.json", "b"), replace(self.entry("one", "2", "access.json"), mark="")]
        assert self.phases(before, now) == [("remove", ["one"]), ("put_access", ["access.json"])]

    def test_the_nearest_come_first_and_go_last(self):
        access = [self.entry(name, "a") for name in ("access.json", "x/access.json", "x/y/access.json")]
        access.append(self.entry("x/one.access.json", "a"))
        order = [["x/y/access.json"], ["x/one.access.json"], ["x/access.json"], ["access.json"]]
        assert [entries for _, entries in self.phases([], access)] == order
        assert [entries for _, entries in self.phases(access, [])] == order[::-1]


class TestTurns:
    @pytest.mark.parametrize("given", [{"confirm": "3"}, {"confirm": True}, {"confirm": -1}, {"confrim": 3}, [], None])
    def test_an_input_that_is_not_known_is_refused(self, account: Account, given: object):
        with pytest.raises(InvalidSync, match="confirm"):
            list_repository.handler({"execution": "e1", "input": given}, CONTEXT)

    def test_a_sync_that_was_overtaken_stops(self, account: Account):
        account.replace({"access.json": ANN, "one": "1"})
        listed = list_repository.handler({"execution": "e1", "input": {}}, CONTEXT)
        assert list_repository.handler({"execution": "e2", "input": {}}, CONTEXT)["outcome"] == "work"
        with pytest.raises(SyncOvertaken):
            sync_portion.handler({"execution": "e1", **listed, "phase": 0, "portion": 0}, CONTEXT)
        assert account.names() == []

    def test_a_sync_that_has_ended_says_the_same_after_the_next_one(self, account: Account):
        account.replace({"access.json": ANN, "one": "1"})
        first = sync(account, "e1")
        account.put("two", "2")
        sync(account, "e2")
        carried = {"execution": "e1", "phases": [{"do": "put_access", "portions": 1}, {"do": "copy", "portions": 1}]}
        assert finish_sync.handler(carried, CONTEXT) == first
        assert len(kept.manifest(bringing.Bucket(KNOWLEDGE)).entries) == 3

    def test_a_lost_condition_is_tried_again_and_not_taken_for_done(self, account: Account):
        account.replace({"access.json": ANN, "one": "1"})

        def interfere(operation: str) -> None:
            if operation == "before copy_object":
                raise refusal("PreconditionFailed", 412, "CopyObject")

        account.hook = interfere
        with pytest.raises(ConcurrentUpdate, match="changed by somebody else"):
            sync(account)

    def test_a_cursor_of_another_schema_is_not_guessed_at(self, account: Account):
        import gzip

        body = gzip.compress(b'{"schema": 99, "run": "", "grouped": false}\n')
        account.buckets[KNOWLEDGE][kept.MANIFEST] = Object(body, '"x"')
        with pytest.raises(kept.WorkGone, match="another version of the code"):
            sync(account)


def report(execution: str) -> dict[str, Any]:
    found = kept.report(bringing.Bucket(KNOWLEDGE), kept.run(execution))
    assert found is not None
    return found
