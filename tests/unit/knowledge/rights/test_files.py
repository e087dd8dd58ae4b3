"""Access files: their form, which one rules, and that whatever is not understood lets nobody read."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.objects import Bucket, encode
from knowledge.errors import AccessUnreadable
from knowledge.model import Access, Reader
from knowledge.rights import access_form, decide, files

DEFAULT = Access(groups=frozenset({"staff"}))


def body(**members: object) -> bytes:
    return json.dumps({"schema": 1, **members}).encode()


def put(inbox: Bucket, path: str, **members: object) -> None:
    inbox.put(path, body(**members))


# The form


def test_every_member_is_read():
    found = files.parse(
        body(users=["u"], groups=["g", "h"], everyone=True, denied_users=["v"], denied_groups=["i", "i"])
    )
    assert found == Access(frozenset("u"), frozenset("gh"), True, frozenset("v"), frozenset("i"))


def test_an_empty_one_is_for_nobody():
    assert files.parse(body()) == Access() == files.NOBODY


def test_a_byte_order_mark_is_no_trouble():
    assert files.parse(b"\xef\xbb\xbf" + body(users=["u"])).users == {"u"}


@pytest.mark.parametrize(
    ("written", "named"),
    [
        (b"", "JSON"),
        (b"{", "JSON"),
        (b"\xff\xfe{", "UTF-8"),
        (b"[" * 100_000, "JSON"),
        (b"[]", "one JSON object"),
        (b"null", "one JSON object"),
        (b"{}", "schema"),
        (b'{"schema": 2}', "schema"),
        (b'{"schema": true}', "schema"),
        (b'{"schema": "1"}', "schema"),
        (b'{"schema": 1, "users": ["a"], "users": ["b"]}', "twice"),
        (body(denied_user=["u"]), "denied_user: This member is not known"),
        (
            body(denied={"users": ["u"]}),
            "denied: A repository's access files have this; in the inbox write denied_users",
        ),
        (body(users="u"), "users"),
        (body(users=None), "users"),
        (body(users=[1]), "users.0"),
        (body(groups=["g", ""]), "groups.1"),
        (body(groups=["g" * 257]), "groups.0"),
        (body(everyone="true"), "everyone"),
        (body(everyone=1), "everyone"),
        (b'{"schema": 1, "users": ["\\ud800"]}', "users.0"),
        (body(users=[str(n) for n in range(6_000)], groups=[str(n) for n in range(4_001)]), "10,000 names"),
        (b" " * 1_000_001, "1,000,000 bytes"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_not_of_the_form_is_refused_by_name(written: bytes, named: str):
    with pytest.raises(AccessUnreadable) as told:
        files.parse(written)
    assert named in str(told.value)
    assert len(str(told.value)) < 600


@given(st.binary(max_size=60) | st.recursive(st.none() | st.booleans() | st.text(), st.lists).map(repr).map(str.encode))
def test_any_bytes_are_access_or_unreadable(written: bytes):
    try:
        found = files.parse(written)
    except AccessUnreadable:
        return
    assert files.parse(encode(files.plain(found))) == found


NAMES = st.frozensets(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=8), max_size=4)


@given(st.builds(Access, NAMES, NAMES, st.booleans(), NAMES, NAMES))
def test_what_is_written_is_read_again(access: Access):
    assert files.parse(encode(files.plain(access))) == access


def test_as_many_and_as_long_names_as_are_promised_are_read():
    names = [f"{n:0256}" for n in range(3_000)]
    assert len(files.parse(body(users=names)).users) == 3_000
    assert len(files.parse(body(users=[str(n) for n in range(access_form.MOST_NAMES)])).users) == 10_000


# Which one rules


def test_the_own_file_rules_before_the_folders(inbox: Bucket):
    put(inbox, "access.json", everyone=True)
    put(inbox, "a/access.json", users=["folder"])
    put(inbox, "a/b.pdf.access.json", users=["own"])
    assert files.governing(inbox, "a/b.pdf", DEFAULT) == ("a/b.pdf.access.json", Access(frozenset({"own"})))
    assert files.governing(inbox, "a/c.pdf", DEFAULT)[0] == "a/access.json"
    assert files.governing(inbox, "a/d/e/f.pdf", DEFAULT)[0] == "a/access.json"
    assert files.governing(inbox, "c.pdf", DEFAULT)[0] == "access.json"
    assert files.governing(inbox, "ab/c.pdf", DEFAULT)[0] == "access.json"


def test_without_a_file_the_default_counts(inbox: Bucket):
    assert files.governing(inbox, "a/b.pdf", DEFAULT) == (None, DEFAULT)
    assert files.governing(inbox, "a/b.pdf", files.NOBODY) == (None, Access())


@pytest.mark.parametrize(
    ("key", "places"),
    [
        ("b", ["b.access.json", "access.json"]),
        ("a/b", ["a/b.access.json", "a/access.json", "access.json"]),
        ("a//b", ["a//b.access.json", "a//access.json", "a/access.json", "access.json"]),
        ("/b", ["/b.access.json", "/access.json", "access.json"]),
        ("a/../b", ["a/../b.access.json", "a/../access.json", "a/access.json", "access.json"]),
        ("access.json/b", ["access.json/b.access.json", "access.json/access.json", "access.json"]),
        (
            "in/a.eml.attachments/b.pdf.parts/1.pdf",
            [
                "in/a.eml.attachments/b.pdf.parts/1.pdf.access.json",
                "in/a.eml.attachments/b.pdf.parts/access.json",
                "in/a.eml.attachments/b.pdf.access.json",
                "in/a.eml.attachments/access.json",
                "in/a.eml.access.json",
                "in/access.json",
                "access.json",
            ],
        ),
        (".parts/b", [".parts/b.access.json", ".parts/access.json", "access.json"]),
        ("a.sparts/b", ["a.sparts/b.access.json", "a.sparts/access.json", "access.json"]),
        ("ä ?#%2F+\n/日本", ["ä ?#%2F+\n/日本.access.json", "ä ?#%2F+\n/access.json", "access.json"]),
    ],
)
def test_each_place_is_looked_at_the_nearest_first(inbox: Bucket, key: str, places: list[str]):
    for number, path in reversed(list(enumerate(places))):
        put(inbox, path, users=[str(number)])
        assert files.governing(inbox, key, DEFAULT) == (path, Access(frozenset({str(number)})))


@pytest.mark.parametrize(
    "key", ["access.json", "a/access.json", "a/b.pdf.access.json", ".access.json", "a/.access.json"]
)
def test_an_access_file_is_nobodys_document(inbox: Bucket, key: str):
    put(inbox, key, everyone=True)
    put(inbox, "access.json", everyone=True)
    assert files.is_access_file(key)
    assert files.governing(inbox, key, Access(everyone=True)) == (None, Access())


@pytest.mark.parametrize("key", ["myaccess.json", "access.json.pdf", "a/Access.json", "access.json/b", "b.access.JSON"])
def test_what_is_only_called_alike_is_a_document(key: str):
    assert not files.is_access_file(key)


def test_a_key_as_long_as_s3_allows_has_no_file_of_its_own(inbox: Bucket):
    put(inbox, "access.json", users=["top"])
    longest = "ä" * 500 + "/" + "b" * 23
    assert len(longest.encode()) == 1_024
    assert files.governing(inbox, longest, DEFAULT)[0] == "access.json"


def test_below_very_many_folders_nobody_reads_but_by_a_near_file(inbox: Bucket):
    put(inbox, "access.json", everyone=True)
    near = "a/" * (files.MOST_PLACES - 1)
    assert files.governing(inbox, f"{near}b", DEFAULT)[1] == Access()
    assert "65 nearest places" in files.ruling(inbox, f"{near}b", DEFAULT).trouble
    assert files.governing(inbox, f"{near[2:]}b", DEFAULT)[0] == "access.json"
    put(inbox, f"{near}access.json", users=["u"])
    assert files.governing(inbox, f"{near}b", DEFAULT)[1].users == {"u"}


@pytest.mark.parametrize("path", ["a/b.pdf.access.json", "a/access.json", "access.json"])
def test_an_unreadable_file_lets_nobody_read_whatever_lies_above(inbox: Bucket, path: str):
    if path != "access.json":
        put(inbox, "access.json", everyone=True)
    inbox.put(path, body(denied_user=["u"]))
    found = files.ruling(inbox, "a/b.pdf", Access(everyone=True))
    assert (found.path, found.access) == (path, Access())
    assert "denied_user" in found.trouble
    inbox.put(path, body(users=["u"]))
    assert files.ruling(inbox, "a/b.pdf", DEFAULT) == files.Ruling(path, Access(frozenset("u")))


def test_a_file_of_any_size_is_read_no_further_than_the_bound(inbox: Bucket, monkeypatch):
    inbox.put("access.json", b" " * 3_000_000 + body(everyone=True))
    seen: files.Seen = {}
    assert files.governing(inbox, "b", DEFAULT, seen)[1] == Access()
    assert "1,000,000 bytes" in str(seen["access.json"])


def test_what_was_read_counts_for_one_request_only(inbox: Bucket):
    seen: files.Seen = {}
    put(inbox, "access.json", users=["u"])
    assert files.governing(inbox, "a", DEFAULT, seen)[1].users == {"u"}
    put(inbox, "access.json", users=["v"])
    assert files.governing(inbox, "b", DEFAULT, seen)[1].users == {"u"}
    assert seen["a.access.json"] is None
    assert files.governing(inbox, "b", DEFAULT)[1].users == {"v"}
    assert files.governing(inbox, "b", DEFAULT, {})[1].users == {"v"}


# The rule


def reader(name: str, *groups: str) -> Reader:
    return Reader("id", name, groups)


@pytest.mark.parametrize(
    ("members", "who", "may"),
    [
        ({}, reader("u", "g"), False),
        ({"users": ["u"]}, reader("u"), True),
        ({"groups": ["g"]}, reader("x", "h", "g"), True),
        ({"everyone": True}, reader("x"), True),
        ({"users": ["g"]}, reader("x", "g"), False),
        ({"groups": ["u"]}, reader("u"), False),
        ({"everyone": True, "denied_users": ["u"]}, reader("u"), False),
        ({"users": ["u"], "denied_users": ["u"]}, reader("u"), False),
        ({"users": ["u"], "denied_groups": ["g"]}, reader("u", "h", "g"), False),
        ({"groups": ["g", "h"], "denied_groups": ["h"]}, reader("x", "g", "h"), False),
        ({"everyone": True, "denied_groups": ["u"]}, reader("u"), True),
        # Names are exact.
        ({"groups": ["sales"]}, reader("x", "sale"), False),
        ({"groups": ["sale"]}, reader("x", "sales"), False),
        ({"groups": ["hr", "board"]}, reader("x", "hr board"), False),
        ({"groups": ["hr board"]}, reader("x", "hr", "board"), False),
        ({"groups": ["hr-board"]}, reader("x", "hr", "board"), False),
        ({"groups": ["Board"]}, reader("x", "board"), False),
        ({"users": ["u "]}, reader("u"), False),
        ({"users": ["M\u00fcller"]}, reader("Mu\u0308ller"), False),
        ({"users": ["M\u00fcller"]}, reader("M\u00fcller"), True),
        ({"users": ["stra\u00dfe"]}, reader("strasse"), False),
        ({"users": ["\uff41"]}, reader("a"), False),
        ({"denied_users": ["Mu\u0308ller"], "everyone": True}, reader("M\u00fcller"), True),
        ({"everyone": True}, reader("\ud800"), True),
        ({"users": ["u"]}, reader("\ud800"), False),
    ],
)
def test_who_may_read(members: dict, who: Reader, may: bool):
    assert decide.may_read(files.parse(body(**members)), who) is may
