"""Who calls: what a caller may choose names nobody, and what would be good for ever names nobody either."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.doors import identity
from common.doors.errors import DoorRefusal, Forbidden, Unauthenticated
from common.doors.identity import Trust
from tests.doors import ISSUER, NOW, USER, claims, part, request, safe, unverified, with_signature, with_token

TOKENS, GROUPS, SIGNATURES = Trust(ISSUER), Trust(ISSUER, "cognito:groups"), Trust()
ACCOUNT = "123456789012"


def who(event, trust=TOKENS, now=NOW):
    return identity.of(event, trust, now)


# Tokens


def test_a_user_is_issuer_and_sub():
    found = who(with_token(claims()))
    assert found.name == "ann"
    assert len(found.id) == 40
    assert found == who(with_token(claims(exp=int(NOW) + 9, jti="another", aud="other")))


def test_the_same_sub_of_another_issuer_is_another():
    other = "https://login.example.org/other"
    assert who(with_token(claims())).id != who(with_token(claims(iss=other)), Trust(other)).id


def test_borders_between_issuer_and_sub_count():
    longer = ISSUER + "a"
    assert who(with_token(claims(sub="ab"))).id != who(with_token(claims(iss=longer, sub="b")), Trust(longer)).id


def test_a_user_is_never_a_role():
    assert who(with_token(claims(sub=USER))).id != who(with_signature(USER), SIGNATURES).id


@pytest.mark.parametrize("sent", ["Bearer {}", "bearer {}", "BEARER  {} ", "{}"])
def test_a_token_may_be_sent_as_api_gateway_takes_it(sent):
    payload = claims()
    assert who(with_token(payload, token=sent.format(unverified(payload)))).name == "ann"


def test_the_name_of_the_header_may_be_in_capitals():
    event = with_token(claims())
    event["headers"] = {name.title(): text for name, text in event["headers"].items()}
    assert who(event).name == "ann"


def other_token(payload):
    return f"Bearer {unverified(payload)}"


GOOD = claims()


def with_written(end, payload=GOOD):
    """A token whose payload ends so, whatever JSON says of it."""
    text = json.dumps(payload).removesuffix("}") + end
    return with_token(GOOD, token=f"Bearer a.{part(text.encode())}.c")


ODD_TOKENS = {
    "no authorizer at all": request(headers={"authorization": other_token(GOOD)}),
    "an authorizer of signatures": request(
        authorizer={"iam": {"userArn": USER}}, headers={"authorization": other_token(GOOD)}
    ),
    "an authorizer of ours": request(authorizer={"lambda": GOOD}, headers={"authorization": other_token(GOOD)}),
    "verified claims that are none": request(
        authorizer={"jwt": {"claims": None}}, headers={"authorization": other_token(GOOD)}
    ),
    "no header": request(authorizer={"jwt": {"claims": {"iss": ISSUER, "sub": "ann"}}}),
    "no headers at all": {**with_token(GOOD), "headers": None},
    "an empty header": with_token(GOOD, token=""),
    "a word": with_token(GOOD, token="Bearer"),
    "another scheme": with_token(GOOD, token=f"Basic {unverified(GOOD)}"),
    "two tokens": with_token(GOOD, token=f"{other_token(GOOD)},{other_token(claims(sub='bob'))}"),
    "two tokens with a space": with_token(GOOD, token=f"{other_token(GOOD)}, {other_token(GOOD)}"),
    "two parts": with_token(GOOD, token=f"Bearer {part({})}.{part(GOOD)}"),
    "an empty signature": with_token(GOOD, token=f"Bearer {part({'alg': 'none'})}.{part(GOOD)}."),
    "an encrypted token": with_token(GOOD, token=f"Bearer a.{part(GOOD)}.c.d.e"),
    "padding": with_token(GOOD, token=f"Bearer {part({})}.{part(GOOD)}=.c"),
    "plain base64": with_token(GOOD, token=f"Bearer {part({})}.a+/b.c"),
    "a line's end": with_token(GOOD, token=f"Bearer {part({})}.{part(GOOD)}.c\n.d"),
    "letters that look alike": with_token(GOOD, token=f"Bearer {part({})}.{part(GOOD)}.с"),  # noqa: RUF001
    "no base64": with_token(GOOD, token="Bearer a.b.c"),
    "no UTF-8": with_token(GOOD, token=f"Bearer a.{safe(bytes([123, 255]))}.c"),
    "no JSON": with_token(GOOD, token=f"Bearer a.{part(b'sub=ann')}.c"),
    "a list": with_token(GOOD, token=f"Bearer a.{part([GOOD])}.c"),
    "too deep": with_token(GOOD, token=f"Bearer a.{part(b'[' * 100_000)}.c"),
    "a claim twice": with_written(',"sub":"bob"}'),
    "a claim twice below": with_written(',"x":{"a":1,"a":2}}'),
    "NaN": with_written(',"x":NaN}'),
    "another token than the verified one": with_token(GOOD, token=other_token(claims(sub="bob"))),
    "verified as another": with_token(claims(sub="bob"), verified=GOOD),
    "verified for another issuer": with_token(GOOD, verified=claims(iss=ISSUER + "/")),
    "another issuer": with_token(claims(iss="https://evil.example.org")),
    "an issuer that begins alike": with_token(claims(iss=ISSUER + ".evil.example.org")),
    "an issuer with a slash": with_token(claims(iss=ISSUER + "/")),
    "an issuer in capitals": with_token(claims(iss=ISSUER.upper())),
    "a list of issuers": with_token(claims(iss=[ISSUER])),
    "no issuer": with_token(claims(iss=None)),
    "no sub": with_token(claims(sub=None)),
    "an empty sub": with_token(claims(sub="")),
    "a sub of spaces": with_token(claims(sub="  ")),
    "a number for sub": with_token(claims(sub=7)),
    "a list for sub": with_token(claims(sub=["ann"])),
    "a map for sub": with_token(claims(sub={"$ne": ""})),
    "no exp": with_token(claims(exp=None)),
    "exp null": with_token({**GOOD, "exp": None}),
    "exp is now": with_token(claims(exp=int(NOW))),
    "exp a second ago": with_token(claims(exp=int(NOW) - 1)),
    "exp as a text": with_token(claims(exp=str(int(NOW) + 3600))),
    "exp true": with_token(claims(exp=True)),
    "exp as a list": with_token(claims(exp=[int(NOW) + 3600])),
    "exp below zero": with_token(claims(exp=-1)),
    "exp endless": with_written(',"exp":1e999}', claims(exp=None)),
    "exp larger than any number": with_token(claims(exp=10**400)),
    "not good yet": with_token(claims(nbf=int(NOW) + 3600)),
    "nbf as a text": with_token(claims(nbf="soon")),
    "nbf null": with_token({**GOOD, "nbf": None}),
}


@pytest.mark.parametrize("event", ODD_TOKENS.values(), ids=list(ODD_TOKENS))
def test_an_odd_token_names_nobody(event):
    with pytest.raises(Unauthenticated) as told:
        who(event)
    assert told.value.status == 401
    assert told.value.headers() == {"WWW-Authenticate": "Bearer"}
    assert "ann" not in str(told.value)


def test_a_token_that_was_good_ends():
    event = with_token(claims(exp=int(NOW) + 10))
    assert who(event, now=NOW + 9).name == "ann"
    with pytest.raises(Unauthenticated, match="ended"):
        who(event, now=NOW + 10)


def test_a_clock_may_be_a_minute_ahead():
    assert who(with_token(claims(nbf=int(NOW) + 30))).name == "ann"


# Groups


@pytest.mark.parametrize(
    ("claim", "groups"),
    [
        (["hr", "board"], ("hr", "board")),
        (["hr board"], ("hr board",)),
        ("hr board", ("hr board",)),
        (["HR", "hr", "hr"], ("HR", "hr")),
        ([" hr", "[hr]"], (" hr", "[hr]")),
        ([], ()),
        (None, ()),
    ],
)
def test_groups_are_those_of_the_token_itself(claim, groups):
    assert who(with_token(claims(**{"cognito:groups": claim})), GROUPS).groups == groups


def test_flattened_groups_are_never_read():
    payload = claims()
    found = with_token(payload, verified={**payload, "cognito:groups": ["board"]})
    assert who(found, GROUPS).groups == ()


@pytest.mark.parametrize("half", ["\ud83d", "ann\udc00", "\udfff\ud800"])
@pytest.mark.parametrize("name", ["sub", "cognito:groups"])
def test_half_a_character_names_nobody(name, half):
    payload = claims(**{name: half if name == "sub" else ["hr", half]})
    with pytest.raises(Unauthenticated, match=f"{name} holds half a character"):
        who(with_token(payload), GROUPS)


def test_a_whole_character_of_two_halves_is_a_name():
    payload = claims(sub="ann \U0001f600", **{"cognito:groups": ["\U0001f600"]})
    found = who(with_token(payload), GROUPS)
    assert (found.name, found.groups) == ("ann \U0001f600", ("\U0001f600",))


def test_groups_may_stand_in_another_claim():
    found = with_token(claims(roles=["hr"], **{"cognito:groups": ["board"]}))
    assert who(found, Trust(ISSUER, "roles")).groups == ("hr",)
    assert who(found, TOKENS).groups == ()


@pytest.mark.parametrize("claim", [7, True, {"hr": 1}, ["hr", 7], [["hr"]], [None]])
def test_groups_that_are_no_texts_are_refused_and_not_left_out(claim):
    with pytest.raises(Unauthenticated, match="cognito:groups"):
        who(with_token(claims(**{"cognito:groups": claim})), GROUPS)


# Signatures


def role(name, session, partition="aws"):
    return f"arn:{partition}:sts::{ACCOUNT}:assumed-role/{name}/{session}"


@pytest.mark.parametrize(
    ("arn", "name"),
    [
        (USER, USER),
        (f"arn:aws:iam::{ACCOUNT}:user/staff/eu/ann", f"arn:aws:iam::{ACCOUNT}:user/staff/eu/ann"),
        (f"arn:aws:iam::{ACCOUNT}:root", f"arn:aws:iam::{ACCOUNT}:root"),
        (role("Analyst", "ann"), f"arn:aws:iam::{ACCOUNT}:role/Analyst"),
        (role("Analyst", "ann@example.org"), f"arn:aws:iam::{ACCOUNT}:role/Analyst"),
        (role("Analyst", "a", "aws-cn"), f"arn:aws-cn:iam::{ACCOUNT}:role/Analyst"),
        (role("Analyst", "a", "aws-us-gov"), f"arn:aws-us-gov:iam::{ACCOUNT}:role/Analyst"),
    ],
)
def test_a_signature_names_a_user_or_a_role(arn, name):
    assert who(with_signature(arn), SIGNATURES).name == name


def test_a_session_name_makes_no_other_caller():
    assert len({who(with_signature(role("Analyst", name)), SIGNATURES).id for name in ("ann", "bob", "root")}) == 1


def test_a_role_is_no_user_and_another_account_no_other():
    callers = [
        USER,
        role("ann", "x"),
        role("Analyst", "ann"),
        USER.replace(ACCOUNT, "210987654321"),
        f"arn:aws:iam::{ACCOUNT}:root",
    ]
    assert len({who(with_signature(arn), SIGNATURES).id for arn in callers}) == len(callers)


@pytest.mark.parametrize(
    "arn",
    [
        f"arn:aws:sts::{ACCOUNT}:federated-user/ann",
        f"arn:aws:sts::{ACCOUNT}:assumed-role/Analyst",
        f"arn:aws:sts::{ACCOUNT}:assumed-role/Analyst/",
        f"arn:aws:sts::{ACCOUNT}:assumed-role//ann",
        f"arn:aws:sts::{ACCOUNT}:assumed-role/a/b/c",
        f"arn:aws:sts::{ACCOUNT}:user/ann",
        f"arn:aws:iam::{ACCOUNT}:assumed-role/Analyst/ann",
        f"arn:aws:iam::{ACCOUNT}:user/",
        f"arn:aws:iam::{ACCOUNT}:root/x",
        f"arn:aws:iam::{ACCOUNT}:role/Analyst",
    ],
)
def test_a_name_that_its_caller_chose_is_refused(arn):
    with pytest.raises(Forbidden):
        who(with_signature(arn), SIGNATURES)


@pytest.mark.parametrize(
    "event",
    [
        request(),
        with_signature(None),
        with_signature(""),
        with_signature("ann"),
        with_signature("arn:aws:iam::12:user/ann"),
        with_token(claims()),
    ],
)
def test_no_signature_names_nobody(event):
    with pytest.raises(Unauthenticated) as told:
        who(event, SIGNATURES)
    assert told.value.headers() == {"WWW-Authenticate": "AWS4-HMAC-SHA256"}


def test_where_tokens_are_believed_a_signature_is_not():
    with pytest.raises(Unauthenticated):
        who(with_signature(USER), TOKENS)


# Anything


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(payload=st.dictionaries(st.sampled_from(["iss", "sub", "exp", "nbf", "cognito:groups"]), JSON))
def test_any_payload_is_a_caller_or_refused(payload):
    try:
        found = who(with_token({"iss": ISSUER, **payload}), GROUPS)
    except DoorRefusal:
        return
    assert payload["sub"] == found.name
    assert payload["exp"] > NOW


@given(header=st.text())
def test_any_header_is_refused(header):
    with pytest.raises(Unauthenticated):
        who(with_token(GOOD, token=header))
