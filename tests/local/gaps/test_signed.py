"""Signed URLs and cookies: what opens, and what each wrong one is told. The maker is `operate sign`, and botocore."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from botocore.signers import CloudFrontSigner
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st

from local.gaps.cloudfront import _paths, _signed
from operate import sign
from tests import members

HOST = "https://d111.cloudfront.net"
FILE = f"{HOST}/articles/a/members/full.mp3"
END = 1_900_000_000
OURS, THEIRS = members.rsa_key("ours"), members.rsa_key("theirs")
KEYS = {"K1": members.public_pem(OURS)}


def safe(data: bytes) -> str:
    return base64.b64encode(data).decode().translate(str.maketrans("+=/", "-_~"))


def viewer(address: str = FILE, query: str = "", cookies: str = "", **more: Any) -> _signed.Viewer:
    return _signed.Viewer(address, query, cookies, **{"ip": "127.0.0.1", "now": END - 1.0, **more})


def header(cookies: dict[str, str]) -> str:
    return "; ".join(f"{name}={value}" for name, value in cookies.items())


def custom(policy: Any, key: Any = OURS, key_id: str = "K1") -> str:
    """A Cookie header with this policy, signed."""
    document = policy if isinstance(policy, bytes) else json.dumps(policy).encode()
    return header(
        {
            "CloudFront-Policy": safe(document),
            "CloudFront-Signature": safe(members.signature(key, document)),
            "CloudFront-Key-Pair-Id": key_id,
        }
    )


def statement(resource: str | None = f"{HOST}/articles/a/members/*", **condition: Any) -> dict[str, Any]:
    found = {"Condition": {"DateLessThan": {"AWS:EpochTime": END}, **condition}}
    return {"Statement": [found if resource is None else {"Resource": resource, **found}]}


def canned(url: str, key: Any = OURS, expires: int = END) -> str:
    """Botocore's own signed URL."""
    signer = CloudFrontSigner("K1", lambda message: members.signature(key, message))
    return str(signer.generate_presigned_url(url, date_less_than=datetime.fromtimestamp(expires, UTC)))


def asking(url: str, **more: Any) -> _signed.Viewer:
    parts = urlsplit(url)
    return viewer(f"{parts.scheme}://{parts.netloc}{parts.path}", parts.query, **more)


@pytest.fixture(scope="module")
def private_key(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return members.written(OURS, tmp_path_factory.mktemp("keys"))


class TestOpens:
    def test_cookies_of_operate_sign(self, private_key: Path):
        made = header(sign.signed_cookies("K1", private_key, sign.members_of(HOST, "a"), END))
        assert _signed.refusal(viewer(cookies=made), KEYS) is None
        assert _signed.refusal(viewer(f"{HOST}/articles/a/members/editions/e/full.mp3", cookies=made), KEYS) is None
        assert _signed.refusal(viewer(f"{HOST}/articles/b/members/full.mp3", cookies=made), KEYS) == _signed.DENIED

    def test_cookies_for_every_article(self, private_key: Path):
        made = header(sign.signed_cookies("K1", private_key, sign.members_of(HOST, None), END))
        for article in ("a", "a%252Fb"):
            address = f"{HOST}/articles/{article}/members/full.mp3"
            assert _signed.refusal(viewer(address, cookies=made), KEYS) is None

    def test_a_url_of_operate_sign(self, private_key: Path):
        url = sign.signed_url("K1", private_key, FILE, END)
        assert _signed.refusal(asking(url), KEYS) is None

    @pytest.mark.parametrize("more", ["", "?download=1", "?a=b&c=%20d"])
    def test_a_canned_url_of_botocore(self, more: str):
        assert _signed.refusal(asking(canned(FILE + more)), KEYS) is None

    def test_canned_cookies(self):
        policy = f'{{"Statement":[{{"Resource":"{FILE}","Condition":{{"DateLessThan":{{"AWS:EpochTime":{END}}}}}}}]}}'
        made = {
            "CloudFront-Expires": str(END),
            "CloudFront-Signature": safe(members.signature(OURS, policy.encode())),
            "CloudFront-Key-Pair-Id": "K1",
        }
        assert _signed.refusal(viewer(cookies=header(made)), KEYS) is None
        later = header({**made, "CloudFront-Expires": str(END + 3600)})
        assert _signed.refusal(viewer(cookies=later), KEYS) == _signed.DENIED

    def test_a_key_of_an_elliptic_curve(self):
        key = ec.generate_private_key(ec.SECP256R1())
        assert _signed.refusal(viewer(cookies=custom(statement(), key)), {"K1": members.public_pem(key)}) is None
        assert _signed.refusal(viewer(cookies=custom(statement(), key)), KEYS) == _signed.DENIED

    def test_cookies_among_others(self):
        assert _signed.refusal(viewer(cookies=f"theme=dark; {custom(statement())};lang=de"), KEYS) is None

    @pytest.mark.parametrize(
        "resource",
        [None, "*", FILE, "http*://d111.cloudfront.net/*", f"{HOST}/articles/?/members/full.mp?", f"{HOST}/*.mp3"],
    )
    def test_wildcards(self, resource: str | None):
        assert _signed.refusal(viewer(cookies=custom(statement(resource))), KEYS) is None

    def test_networks(self):
        for network in ("127.0.0.1", "127.0.0.0/8", "0.0.0.0/0"):
            made = custom(statement(IpAddress={"AWS:SourceIp": network}))
            assert _signed.refusal(viewer(cookies=made), KEYS) is None, network


class TestRefuses:
    def test_who_brings_nothing(self):
        assert _signed.refusal(viewer(), KEYS) == _signed.MISSING_KEY
        assert _signed.refusal(viewer(query="download=1", cookies="theme=dark"), KEYS) == _signed.MISSING_KEY

    def test_the_end(self):
        made = custom(statement())
        assert _signed.refusal(viewer(cookies=made, now=END), KEYS) == _signed.DENIED
        assert _signed.refusal(asking(canned(FILE), now=END + 1.0), KEYS) == _signed.DENIED

    def test_before_the_beginning(self):
        made = custom(statement(DateGreaterThan={"AWS:EpochTime": END - 10}))
        assert _signed.refusal(viewer(cookies=made, now=END - 10), KEYS) == _signed.DENIED
        assert _signed.refusal(viewer(cookies=made), KEYS) is None

    def test_another_network(self):
        for network in ("192.0.2.0/24", "2001:db8::/32"):
            made = custom(statement(IpAddress={"AWS:SourceIp": network}))
            assert _signed.refusal(viewer(cookies=made), KEYS) == _signed.DENIED

    def test_a_foreign_key(self):
        assert _signed.refusal(viewer(cookies=custom(statement(), THEIRS)), KEYS) == _signed.DENIED
        assert _signed.refusal(viewer(cookies=custom(statement(), key_id="K2")), KEYS) == _signed.UNKNOWN_KEY
        assert _signed.refusal(viewer(cookies=custom(statement())), {}) == _signed.UNKNOWN_KEY

    @pytest.mark.parametrize(
        "address",
        [
            f"{HOST}/articles/b/members/full.mp3",
            f"{HOST}/articles/a/members",
            f"{HOST}/articles/A/members/full.mp3",
            f"{HOST}/articles/a/%6Dembers/full.mp3",
            f"{HOST}//articles/a/members/full.mp3",
            FILE.replace("https", "http"),
            FILE.replace("d111", "d222"),
        ],
    )
    def test_another_address(self, address: str):
        assert _signed.refusal(viewer(address, cookies=custom(statement())), KEYS) == _signed.DENIED

    def test_another_query_than_was_signed(self):
        url = canned(f"{FILE}?a=1")
        assert _signed.refusal(asking(url.replace("a=1", "a=2")), KEYS) == _signed.DENIED
        assert _signed.refusal(asking(f"{url}&b=1"), KEYS) == _signed.DENIED

    @pytest.mark.parametrize(
        "policy",
        [b"", b"no json", b"[" * 100_000, b"[]", b"{}", {"Statement": []}, {"Statement": [{"Resource": "*"}]},
         {"Statement": statement()["Statement"] * 2}, statement(DateLessThan={"AWS:EpochTime": "soon"}),
         statement(DateGreaterThan={}), statement(IpAddress={"AWS:SourceIp": "everywhere"}), statement(IpAddress=[])],
    )  # fmt: skip
    def test_a_policy_that_is_none(self, policy: Any):
        assert _signed.refusal(viewer(cookies=custom(policy)), KEYS) == _signed.MALFORMED_POLICY

    def test_a_signature_that_is_none(self):
        good = custom(statement())
        start = good.index("CloudFront-Signature=")
        for text in ("", "?", "a", "ä"):
            bad = f"{good[:start]}CloudFront-Signature={text}; CloudFront-Key-Pair-Id=K1"
            assert _signed.refusal(viewer(cookies=bad), KEYS) == _signed.MALFORMED_SIGNATURE, text

    def test_a_url_alone_counts_where_cookies_come_with_it(self):
        expired = urlsplit(canned(FILE, expires=END - 100)).query
        assert _signed.refusal(viewer(query=expired, cookies=custom(statement())), KEYS) == _signed.DENIED

    @given(st.data())
    def test_a_policy_that_was_changed_anywhere(self, data: st.DataObject):
        document = json.dumps(statement()).encode()
        signed = safe(members.signature(OURS, document))
        place = data.draw(st.integers(0, len(document) - 1))
        other = data.draw(st.integers(0, 255).filter(lambda byte: byte != document[place]))
        changed = document[:place] + bytes([other]) + document[place + 1 :]
        cookies = {"CloudFront-Policy": safe(changed), "CloudFront-Signature": signed, "CloudFront-Key-Pair-Id": "K1"}
        assert _signed.refusal(viewer(cookies=header(cookies)), KEYS) is not None

    @given(query=st.text(st.characters(min_codepoint=33, max_codepoint=126)), cookies=st.text(max_size=200))
    def test_nothing_that_was_not_signed_opens_or_breaks(self, query: str, cookies: str):
        assert _signed.refusal(viewer(query=query, cookies=cookies), KEYS) is not None

    def test_the_answer_is_xml(self):
        error = b"<Error><Code>InvalidKey</Code><Message>Unknown Key</Message></Error>"
        assert _signed.UNKNOWN_KEY.body == b'<?xml version="1.0" encoding="UTF-8"?>' + error


class TestUnsigned:
    def test_the_origin_sees_no_signature(self):
        query = urlsplit(canned(f"{FILE}?a=1&b")).query
        assert _signed.unsigned_query(query) == "a=1&b"
        assert _signed.unsigned_cookies(f"theme=dark; {custom(statement())}; a=b=c") == "theme=dark; a=b=c"


class TestPaths:
    @pytest.mark.parametrize(
        ("raw", "seen"),
        [
            ("/articles/a/members/full.mp3", "/articles/a/members/full.mp3"),
            ("/articles/a/%6Dembers/full%2emp3", "/articles/a/members/full.mp3"),
            ("/articles/a%2fmembers%2Ffull.mp3", "/articles/a%2Fmembers%2Ffull.mp3"),
            ("//articles///a/x", "/articles/a/x"),
            ("/articles/a/../b/./x", "/articles/b/x"),
            ("/articles/%2e%2E/b", "/b"),
            ("/a/b/..", "/a/"),
            ("/../..", "/"),
            ("/a%252Fb/%25", "/a%252Fb/%25"),
            ("", "/"),
            ("/a/", "/a/"),
        ],
    )
    def test_normalized(self, raw: str, seen: str):
        assert _paths.normalized(raw) == seen
        assert _paths.normalized(seen) == seen

    @pytest.mark.parametrize(
        ("pattern", "text", "fits"),
        [
            ("/articles/*/members/*", "/articles/a/b/members/", True),
            ("/articles/*/members/*", "/articles/members/x", False),
            ("a?c", "abc", True),
            ("a?c", "ac", False),
            (r"a\?c", "a?c", True),
            (r"a\?c", "abc", False),
            ("a.c", "abc", False),
            ("*", "a\nb", True),
        ],
    )
    def test_patterns(self, pattern: str, text: str, fits: bool):
        assert _paths.matches(pattern, text) is fits
