"""Signed addresses: what opens, what does not, one spelling of each, and a change of the key."""

from __future__ import annotations

import base64
import json
from urllib.parse import parse_qsl, quote, urljoin, urlsplit

import boto3
import pytest
from hypothesis import given
from hypothesis import strategies as st
from moto import mock_aws

from common import aws
from images.doors import signatures, variant_keys
from images.doors.function_url import Overrides
from images.errors import InvalidParameter
from images.handlers import url_door
from tests.unit.images.builders import encoded, opened, photo
from tests.unit.images.test_url_door import event

OLD, NEW = b"the first key", b"the second key"
WISH = {"profile": "free", "w": "40", "h": "30"}
names = st.dictionaries(st.sampled_from(["profile", "w", "h", "fit", "mode", "format", "q", "v"]), st.text(max_size=9))


class Secret:
    """Stands for Secrets Manager's value, and counts how often it is read."""

    def __init__(self, *keys: bytes) -> None:
        self.keys, self.read = keys, 0

    def __call__(self, _secret: str, *, again: bool = False) -> tuple[bytes, ...]:
        self.read += 1
        return self.keys


@pytest.fixture
def secret(monkeypatch):
    held = Secret(NEW, OLD)
    monkeypatch.setattr(variant_keys, "keys", held)
    return held


@pytest.fixture
def ask(s3, metrics, context, monkeypatch, secret):
    monkeypatch.setenv("OVERRIDES", "signed")
    monkeypatch.setenv("VARIANT_KEYS", "arn:of:the:secret")
    s3.put("a.jpg", encoded(photo(600, 400), "JPEG"))
    s3.put("b.jpg", encoded(photo(300, 200), "JPEG"))

    def call(*arguments, path=None, **more):
        asked = event(*arguments, **more)
        answer = url_door.handler(asked if path is None else asked | {"rawPath": path}, context)
        return answer["statusCode"], answer["headers"], base64.b64decode(answer["body"])

    return call


def signed(parameters, key="a.jpg", by=NEW):
    return signatures.query_of({**parameters, "s": signatures.sign(by, key, parameters)})


def error(answer):
    return answer[0], json.loads(answer[2])["error"]


def test_a_signed_address_is_served(ask):
    status, headers, body = ask(query=signed(WISH))
    assert (status, opened(body).size) == (200, (40, 30))
    assert headers["Cache-Control"] == "public, max-age=3600"
    assert ask(query=signed(WISH)) == (status, headers, body), "as often as somebody asks"


def test_profiles_as_they_stand_need_no_signature_and_read_no_secret(ask, secret):
    assert ask()[0] == ask(query="profile=thumbnail")[0] == 200
    assert secret.read == 0


FORGED = {
    "none": signatures.query_of(WISH),
    "of nobody": signed(WISH, by=b"guessed"),
    "another key's": signed(WISH, key="b.jpg"),
    "of other sizes": signed(WISH).replace("w=40", "w=41"),
    "of fewer parameters": signed({"profile": "free", "w": "40"}).replace("&s=", "&h=30&s="),
    "of more parameters": signed({**WISH, "q": "50"}).replace("&q=50", ""),
    "another profile's": signed(WISH).replace("profile=free", "profile=thumbnail"),
    "cut": signed(WISH)[:-1],
    "padded": signed(WISH) + "%3D",
    "empty": signatures.query_of(WISH) + "&s=",
    "no ASCII": signatures.query_of(WISH) + "&s=%C3%BC",
}


@pytest.mark.parametrize("query", FORGED.values(), ids=FORGED)
def test_a_forged_address_reads_no_original(ask, s3, metrics, query):
    assert error(ask(query=query)) == (403, "InvalidSignature")
    assert s3.requests == []
    assert metrics() == {"SignaturesRefused": [1]}


def test_what_no_signature_can_open_is_told_first(ask, secret):
    assert error(ask(query=signed({"profile": "free", "w": "9999"}))) == (400, "InvalidParameter")
    assert error(ask(query=signed({"profile": "tensor", "w": "9"}))) == (400, "InvalidParameter")
    assert error(ask(query="profile=thumbnail&s=abc")) == (400, "InvalidParameter"), "else each s is a variant"
    assert error(ask(query="profile=thumbnail&s=abc&s=abd")) == (400, "InvalidParameter")
    assert secret.read == 0


# One spelling per address


def turned(query):
    return "&".join(reversed(query.split("&")))


@pytest.mark.parametrize(
    "query",
    [
        turned(signed(WISH)),
        signed(WISH) + "&",
        "&&" + signed(WISH),
        signed(WISH).replace("w=40", "%77=40"),
        signed(WISH).replace("w=40", "w=4%30"),
    ],
)
def test_other_orders_and_spellings_are_sent_to_the_one_that_is_cached(ask, s3, query):
    status, headers, body = ask(query=query)
    assert (status, headers["Location"], body) == (308, f"?{signed(WISH)}", b"")
    assert s3.requests == []
    assert ask(query=headers["Location"][1:])[0] == 200


def test_so_are_those_of_a_profile_as_it_stands(ask):
    for query in ("&", "profile=thumbnail&", "p%72ofile=thumbnail"):
        status, headers, _ = ask(query=query)
        assert status == 308
        assert ask(query=headers["Location"][1:])[0] == 200


@pytest.mark.parametrize("rule", ["signed", "off"])
def test_what_goes_round_caches_does_not_go_round_ours(ask, s3, monkeypatch, rule):
    """Each ?v= would be one more transform; it needs no signature, for it means nothing."""
    monkeypatch.setenv("OVERRIDES", rule)
    status, headers, _ = ask(query="profile=thumbnail&v=1")
    assert (status, headers["Location"], s3.requests) == (308, "?profile=thumbnail", [])
    if rule == "signed":
        wish = {"profile": "thumbnail", "w": "40"}
        assert ask(query=signed(wish))[0] == 200
        status, headers, _ = ask(query=signed(wish) + "&v=7")
        assert (status, headers["Location"]) == (308, f"?{signed(wish)}")


@pytest.mark.parametrize("query", ["", "profile=thumbnail", signed(WISH, "x/y (1)+2%.jpg")])
@pytest.mark.parametrize(
    "path", ["/x/y%20(1)+2%25.jpg", "/x/y%20(1)%2B2%.jpg", "/x/y%20%281)+2%.jpg", "/x/y (1)+2%.jpg"]
)
def test_a_path_has_one_spelling_too(ask, s3, path, query):
    """Else each bracket and comma of a key would double the variants of its picture."""
    s3.put("x/y (1)+2%.jpg", encoded(photo(60, 40), "JPEG"))
    status, headers, _ = ask(query=query, path=path)
    assert (status, s3.requests) == (308, [])
    assert urljoin(f"https://d1.example{path}?{query}", headers["Location"]) == (
        "https://d1.example/x/y%20%281%29%2B2%25.jpg" + (f"?{query}" if query else "")
    )
    assert ask(query=query, path="/x/y%20%281%29%2B2%25.jpg")[0] == 200


def test_path_and_query_are_mended_in_one_go(ask):
    assert ask(query="v=1&profile=thumbnail", path="/a(1).jpg")[1]["Location"] == "./a%281%29.jpg?profile=thumbnail"


@pytest.mark.parametrize(
    "path", ["//evil.example/a(1).jpg", "///a(1)", "/https://evil.example/a+b", "/\\evil.example/(", "//a//b+"]
)
def test_nobody_is_sent_to_another_host(ask, path):
    location = ask(path=path)[1]["Location"]
    assert location.startswith(("./", "../"))
    assert urlsplit(urljoin(f"https://d1.example{path}", location)).netloc == "d1.example"


@given(st.text(min_size=1, max_size=30).filter(lambda key: key.isprintable()))
def test_any_key_has_a_path_that_stays(key):
    overrides = Overrides("off", lambda _again: ())
    try:
        path = signatures.path_of(key)
    except UnicodeEncodeError:
        return
    assert overrides.admit(path, "", {}) is None


@pytest.mark.parametrize(
    ("path", "right"),
    [
        ("/photos/a(1),b.jpg", True),
        ("/photos/a%281%29%2Cb.jpg", True),
        ("/%C3%BC%20%25.jpg", True),
        ("//a-b_c.d~e", True),
        ("/%61.jpg", False),
        ("/a%2Ejpg", False),
        ("/a%2Fb.jpg", False),
        ("/%c3%bc.jpg", False),
        ("/%C3%bC.jpg", False),
        ("/a%39", False),
        ("/%7E", False),
    ],
)
def test_a_path_hides_no_plain_character(path, right):
    if right:
        signatures.check_path(path)
    else:
        with pytest.raises(InvalidParameter):
            signatures.check_path(path)


@given(st.text(min_size=1, max_size=30).filter(lambda key: "\x00" not in key))
def test_what_is_encoded_in_the_usual_way_passes(key):
    try:
        path = quote(key)
    except UnicodeEncodeError:  # a half of a surrogate pair is in no key
        return
    signatures.check_path("/" + path)


@given(names, st.sampled_from(["a.jpg", "ü/a b+c%25?.jpg"]))
def test_the_order_does_not_matter_and_every_value_does(parameters, key):
    right = {**parameters, "s": signatures.sign(NEW, key, parameters)}
    assert signatures.is_signed([OLD, NEW], key, dict(reversed(right.items())))
    assert not signatures.is_signed([OLD], key, right)
    assert dict(parse_qsl(signatures.query_of(right), keep_blank_values=True)) == right
    for name in parameters:
        assert not signatures.is_signed([NEW], key, {**right, name: right[name] + "0"})
    assert not signatures.is_signed([NEW], key + "x", right)


def test_a_query_cannot_be_taken_for_a_part_of_the_key():
    assert signatures.sign(NEW, "a", {"w": "1"}) != signatures.sign(NEW, "a?w=1", {})
    assert signatures.sign(NEW, "a", {"w": "1&h=2"}) != signatures.sign(NEW, "a", {"w": "1", "h": "2"})


def test_the_signature_is_what_the_documentation_says():
    """For who signs in another language; changing it closes every address that was handed out."""
    assert signatures.sign(b"secret", "photos/a b.jpg", {"w": "40", "profile": "free"}) == (
        "NaogOd3WSxeBxzkbzJXTHtMPC4NCQdhBce_jPzg7pbU"
    )


# Where nothing is signed


def test_off_every_change_is_refused(ask, monkeypatch, s3):
    monkeypatch.setenv("OVERRIDES", "off")
    assert error(ask(query=signed(WISH))) == (400, "InvalidParameter")
    assert error(ask(query="profile=thumbnail&w=40")) == (400, "InvalidParameter")
    assert s3.requests == []
    assert ask(query="profile=thumbnail")[0] == 200
    assert ask(query="profile=thumbnail&")[0] == 308


def test_open_nothing_needs_a_signature(ask, monkeypatch):
    monkeypatch.setenv("OVERRIDES", "open")
    assert ask(query="h=30&w=40&profile=free&")[0] == 200


# Keys


@pytest.fixture
def account(monkeypatch):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setattr(variant_keys, "_last", None)
    now = [1000.0]
    monkeypatch.setattr(variant_keys.time, "monotonic", lambda: now[0])
    with mock_aws():
        aws.client.cache_clear()
        client = boto3.client("secretsmanager")
        arn = client.create_secret(Name="keys", SecretString="first")["ARN"]
        yield client, arn, now
    aws.client.cache_clear()


def test_a_changed_key_opens_at_once_and_the_one_before_stays(account):
    client, arn, now = account
    assert variant_keys.keys(arn) == (b"first",)
    client.put_secret_value(SecretId=arn, SecretString="second")
    assert variant_keys.keys(arn, again=True) == (b"first",), "forged signatures must not cost a call each"
    now[0] += variant_keys.AGAIN_SECONDS
    assert variant_keys.keys(arn) == (b"first",)
    assert variant_keys.keys(arn, again=True) == (b"second", b"first")
    client.put_secret_value(SecretId=arn, SecretString="third")
    now[0] += variant_keys.FRESH_SECONDS
    assert variant_keys.keys(arn) == (b"third", b"second"), "the first opens nothing any more"


def test_while_secrets_manager_fails_the_keys_that_are_known_open(account, monkeypatch):
    from common.errors import ServiceUnavailable

    _, arn, now = account
    variant_keys.keys(arn)

    def fails(*_arguments):
        raise ServiceUnavailable("secretsmanager could not answer just now.")

    monkeypatch.setattr(variant_keys, "_key", fails)
    now[0] += variant_keys.FRESH_SECONDS
    assert variant_keys.keys(arn) == (b"first",)
    monkeypatch.setattr(variant_keys, "_last", None)
    with pytest.raises(ServiceUnavailable):
        variant_keys.keys(arn)


def test_a_secret_that_is_gone_fails_loudly(account):
    _, arn, _ = account
    with pytest.raises(Exception, match="ResourceNotFound"):
        variant_keys.keys(arn + "x")
