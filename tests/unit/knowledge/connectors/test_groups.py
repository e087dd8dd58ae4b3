"""A repository's groups, and its access files with the groups resolved."""

from __future__ import annotations

import itertools
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.connectors import access_form, groups
from knowledge.connectors.groups import Groups
from knowledge.errors import GroupsUnreadable
from knowledge.model import Access, Reader
from knowledge.rights import decide, files

NAMES = st.sampled_from("abcde")
MEMBERS = st.dictionaries(
    NAMES, st.fixed_dictionaries({"users": st.lists(NAMES, max_size=2), "groups": st.lists(NAMES, max_size=3)})
)


def of(members: Any) -> Groups:
    return groups.parse(json.dumps(members).encode())


def flat(document: Any, members: Any) -> Access:
    found = access_form.flatten(json.dumps(document).encode(), of(members))
    assert found.problem == ""
    return files.parse(found.body)


class TestGroups:
    def test_who_is_in_a_group_is_in_those_above_it(self):
        found = of({"sales": {"groups": ["emea"]}, "emea": {"users": ["ann"], "groups": ["berlin"]}})
        assert found.below(["sales"]) == ({"ann"}, {"sales", "emea", "berlin"})
        assert found.below(["emea"]) == ({"ann"}, {"emea", "berlin"})
        assert found.below(["berlin"]) == (set(), {"berlin"})

    @given(MEMBERS, st.lists(NAMES))
    def test_below_is_what_can_be_reached(self, members: dict[str, Any], names: list[str]):
        reached = set(names)
        for _ in range(10):
            reached |= {inner for name in reached & members.keys() for inner in members[name]["groups"]}
        users = {user for name in reached & members.keys() for user in members[name]["users"]}
        assert of(members).below(names) == (users, reached)

    @given(MEMBERS)
    def test_a_circle_is_told_where_there_is_one(self, members: dict[str, Any]):
        found = of(members)
        for circle in found.circles():
            assert circle[0] == circle[-1]
            assert all(other in found.groups[one] for one, other in itertools.pairwise(circle))
        circular = any(name in found.below(found.groups[name])[1] for name in found.groups)
        assert bool(found.circles()) == circular

    def test_groups_may_nest_deeper_than_python_does(self):
        chain = {str(number): {"groups": [str(number + 1)]} for number in range(20_000)}
        found = of({**chain, "20000": {"users": ["ann"]}})
        assert found.below(["0"])[0] == {"ann"}
        assert found.circles() == []
        assert len(of({**chain, "20000": {"groups": ["0"]}}).circles()) == 1

    @pytest.mark.parametrize(
        ("body", "said"),
        [
            (b"{", "JSON"),
            (b"[]", "valid dictionary"),
            (b'{"hr": []}', "hr"),
            (b'{"hr": {"members": []}}', "hr.members"),
            (b'{"hr": {"users": [1]}}', "hr.users.0"),
            (b'{"hr": {"users": [""]}}', "hr.users.0"),
            (b'{"hr": {"users": ["a"]}, "hr": {}}', "twice"),
            (b"\xff", "UTF-8"),
        ],
    )
    def test_what_is_no_form_stops_the_sync(self, body: bytes, said: str):
        with pytest.raises(GroupsUnreadable, match=said):
            groups.parse(body)


class TestAccess:
    def test_allowed_and_denied_are_resolved_alike(self):
        members = {"staff": {"groups": ["hr"]}, "hr": {"users": ["ann"]}, "temps": {"users": ["bob"], "groups": ["x"]}}
        document = {
            "schema": 1,
            "users": ["eve"],
            "groups": ["staff"],
            "denied": {"users": ["dan"], "groups": ["temps"]},
        }
        assert flat(document, members) == Access(
            users=frozenset({"ann", "eve"}),
            groups=frozenset({"staff", "hr"}),
            denied_users=frozenset({"bob", "dan"}),
            denied_groups=frozenset({"temps", "x"}),
        )

    @given(MEMBERS, st.lists(NAMES), st.lists(NAMES), st.booleans(), NAMES, st.lists(NAMES, max_size=2))
    def test_denied_beats_allowed_by_whatever_group(
        self, members: Any, allowed: Any, denied: Any, everyone: bool, name: str, mine: list[str]
    ):
        document = {"schema": 1, "groups": allowed, "everyone": everyone, "denied": {"groups": denied}}

        def is_in(names: list[str]) -> bool:
            users, below = of(members).below(names)
            return name in users or bool(below & set(mine))

        wanted = (everyone or is_in(allowed)) and not is_in(denied)
        assert decide.may_read(flat(document, members), Reader("id", name, tuple(mine))) == wanted

    @pytest.mark.parametrize(
        ("body", "said"),
        [
            (b"no json", "JSON"),
            (b"{}", "schema"),
            (b'{"schema": 2}', "schema"),
            (b'{"schema": 1, "user": ["ann"]}', "user"),
            (b'{"schema": 1, "denied_users": ["ann"]}', "denied_users: An inbox's access files have this; in a"),
            (b'{"schema": 1, "denied_users": ["ann"]}', 'write "denied": {"users": [...]} instead'),
            (b'{"schema": 1, "denied_groups": ["hr"]}', 'write "denied": {"groups": [...]} instead'),
            (b'{"schema": 1, "everyone": "yes"}', "everyone"),
            (b'{"schema": 1, "denied": {"everyone": true}}', "denied.everyone"),
            (b'{"schema": 1, "users": ["a"], "users": []}', "twice"),
            (json.dumps({"schema": 1, "users": [str(n) for n in range(10_001)]}).encode(), "10,000 names"),
        ],
    )
    def test_what_cannot_be_read_is_for_nobody(self, body: bytes, said: str):
        found = access_form.flatten(body, Groups())
        assert said in found.problem
        assert files.parse(found.body) == Access()

    def test_what_is_too_long_with_its_groups_is_for_nobody(self):
        members = {"all": {"users": [f"user {number}" for number in range(10_000)]}}
        found = access_form.flatten(b'{"schema": 1, "groups": ["all"]}', of(members))
        assert "With its groups resolved" in found.problem
        assert files.parse(found.body) == Access()
