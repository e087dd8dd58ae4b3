"""A signed URL or signed cookies read, and their policy judged.

Developer Guide, "Serve private content with signed URLs and signed cookies": what is signed is a policy. A custom one
comes with the request; a canned one is put together again out of the address and its time of expiry. The signature is
RSA or ECDSA with SHA-1, under a key of a key group that the behaviour trusts. Where a signed URL comes with cookies,
the URL alone counts.

Codes and messages of the refusals are those that AWS's knowledge center and users show (MissingKey, InvalidKey,
MalformedPolicy, MalformedSignature, AccessDenied).
"""

from __future__ import annotations

import base64
import binascii
import ipaddress
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import unquote_plus

from local.gaps._types import Json, Record
from local.gaps.cloudfront._paths import matches

PARAMETERS = ("Expires", "Policy", "Signature", "Key-Pair-Id")
"""Of a signed URL: they are no part of the address that is signed, and never reach the origin."""
COOKIE = "CloudFront-"
"""What the names of signed cookies begin with, before the name of the parameter."""

_ALPHABET = re.compile(rb"[A-Za-z0-9+/]*={0,2}")


@dataclass(frozen=True)
class Refusal:
    """Why a viewer gets nothing."""

    code: str
    message: str

    @property
    def body(self) -> bytes:
        """The answer's XML."""
        inner = f"<Code>{self.code}</Code><Message>{self.message}</Message>"
        return f'<?xml version="1.0" encoding="UTF-8"?><Error>{inner}</Error>'.encode()


MISSING_KEY = Refusal("MissingKey", "Missing Key-Pair-Id query parameter or cookie value")
UNKNOWN_KEY = Refusal("InvalidKey", "Unknown Key")
MALFORMED_POLICY = Refusal("MalformedPolicy", "Malformed Policy")
MALFORMED_SIGNATURE = Refusal("MalformedSignature", "Could not unencode Signature")
DENIED = Refusal("AccessDenied", "Access denied")


class _RefusedError(Exception):
    def __init__(self, why: Refusal) -> None:
        super().__init__(why.message)
        self.why = why


@dataclass(frozen=True)
class Viewer:
    """A request: its address without query, its query and cookies as they were sent, who sends it, and when.

    ``now`` in seconds since 1970.
    """

    address: str
    query: str
    cookies: str
    ip: str
    now: float

    @property
    def url(self) -> str:
        """The address that is signed: with its query, without what the signature adds to it."""
        rest = unsigned_query(self.query)
        return f"{self.address}?{rest}" if rest else self.address


def unsigned_query(query: str) -> str:
    """``query`` without the parameters of a signed URL, otherwise as it was sent."""
    return "&".join(pair for pair in query.split("&") if unquote_plus(pair.partition("=")[0]) not in PARAMETERS)


def unsigned_cookies(cookies: str) -> str:
    """A Cookie header without the cookies of a signature."""
    return "; ".join(f"{name}={value}" for name, value in _cookies(cookies) if _parameter(name) is None)


def _parameter(cookie: str) -> str | None:
    name = cookie.removeprefix(COOKIE)
    return name if name != cookie and name in PARAMETERS else None


def _cookies(header: str) -> Iterator[tuple[str, str]]:
    for pair in header.split(";"):
        name, equals, value = pair.strip().partition("=")
        if equals:
            yield name, value


def refusal(viewer: Viewer, keys: Mapping[str, str]) -> Refusal | None:
    """None where the viewer may have what he asks for. ``keys`` are the trusted ones: id -> public key in PEM."""
    pairs = (pair.partition("=") for pair in viewer.query.split("&"))
    given = {unquote_plus(name): unquote_plus(value) for name, _, value in pairs}
    if not any(given.get(name) for name in ("Signature", "Key-Pair-Id")):
        found = ((_parameter(name), value) for name, value in _cookies(viewer.cookies))
        given = {name: value for name, value in found if name}
    try:
        _judge(viewer, given, keys)
    except _RefusedError as refused:
        return refused.why
    return None


def _judge(viewer: Viewer, given: Mapping[str, str], keys: Mapping[str, str]) -> None:
    key = given.get("Key-Pair-Id")
    if not key:
        raise _RefusedError(MISSING_KEY)
    if key not in keys:
        raise _RefusedError(UNKNOWN_KEY)
    signature = _decoded(given.get("Signature", ""), MALFORMED_SIGNATURE)
    policy = _policy(viewer, given)
    statement = _statement(policy)
    if not (_is_signed(policy, signature, keys[key]) and _allows(statement, viewer)):
        raise _RefusedError(DENIED)


def _policy(viewer: Viewer, given: Mapping[str, str]) -> bytes:
    """The bytes that were signed."""
    if given.get("Policy"):
        return _decoded(given["Policy"], MALFORMED_POLICY)
    expires = given.get("Expires", "")
    if not (expires.isascii() and expires.isdigit()):
        raise _RefusedError(MALFORMED_POLICY)
    condition = f'"Condition":{{"DateLessThan":{{"AWS:EpochTime":{expires}}}}}'
    return f'{{"Statement":[{{"Resource":"{viewer.url}",{condition}}}]}}'.encode()


def _decoded(text: str, otherwise: Refusal) -> bytes:
    """Base64 in which CloudFront's three characters stand for those that mean something in URLs."""
    plain = text.translate(str.maketrans("-_~", "+=/")).encode()
    try:
        found = base64.b64decode(plain) if plain and _ALPHABET.fullmatch(plain) else b""
    except binascii.Error:
        found = b""
    if not found:
        raise _RefusedError(otherwise)
    return found


def _statement(policy: bytes) -> Record:
    """The one statement of a policy, with the time at which it ends."""
    try:
        (statement,) = json.loads(policy)["Statement"]
        if not isinstance(statement["Condition"]["DateLessThan"]["AWS:EpochTime"], int):
            raise _RefusedError(MALFORMED_POLICY)
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise _RefusedError(MALFORMED_POLICY) from error
    return dict(statement)


def _allows(statement: Record, viewer: Viewer) -> bool:
    condition: Record = statement["Condition"]
    if not matches(str(statement.get("Resource", "*")), viewer.url):
        return False
    if viewer.now >= condition["DateLessThan"]["AWS:EpochTime"]:
        return False
    try:
        begins: Json = condition.get("DateGreaterThan", {"AWS:EpochTime": 0})["AWS:EpochTime"]
        network = condition.get("IpAddress", {"AWS:SourceIp": f"{viewer.ip}"})["AWS:SourceIp"]
        return viewer.now > begins and _is_in(viewer.ip, network)
    except (ValueError, TypeError, KeyError) as error:
        raise _RefusedError(MALFORMED_POLICY) from error


def _is_in(ip: str, network: str) -> bool:
    # "0.0.0.0/0" stands for every address, one of IPv6 too.
    return network == "0.0.0.0/0" or ipaddress.ip_address(ip) in ipaddress.ip_network(network, strict=False)


def _is_signed(policy: bytes, signature: bytes, pem: str) -> bool:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
    from cryptography.hazmat.primitives.hashes import SHA1
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    key = load_pem_public_key(pem.encode())
    sha1 = SHA1()  # noqa: S303 - what CloudFront verifies
    try:
        if isinstance(key, rsa.RSAPublicKey):
            key.verify(signature, policy, padding.PKCS1v15(), sha1)
        elif isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(signature, policy, ec.ECDSA(sha1))
        else:
            return False
    except InvalidSignature:
        return False
    return True
