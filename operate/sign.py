"""Signed URLs and cookies that open members' audio behind the distribution, for a publisher's web server to learn from.

CloudFront, developer guide, "Using signed cookies": one custom policy, signed with RSA and SHA-1, opens every path that
its resource matches until it expires. `python -m operate sign` prints them.
"""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

from operate.errors import OperateError


def command(article: str, base_url: str, key_id: str, private_key: Path, hours: int) -> Iterator[str]:
    """One Set-Cookie header per line; they open the article's members' files for ``hours`` from now.

    Raises OperateError where the key cannot sign.
    """
    resource = members_of(base_url.rstrip("/"), article)
    for name, value in signed_cookies(key_id, private_key, resource, int(time.time()) + hours * 3600).items():
        yield f"Set-Cookie: {name}={value}; Secure; HttpOnly; Path=/"


def policy(resource: str, expires: int) -> bytes:
    """A custom policy: ``resource`` may hold ``*``; ``expires`` in seconds since 1970."""
    statement = {"Resource": resource, "Condition": {"DateLessThan": {"AWS:EpochTime": expires}}}
    return json.dumps({"Statement": [statement]}, separators=(",", ":")).encode()


def members_of(base_url: str, article: str) -> str:
    """All of one article's members' files. Keys hold the encoded id, so the address encodes its percent signs again."""
    return f"{base_url}/articles/{quote(quote(article, safe=''))}/members/*"


def signed_cookies(key_id: str, private_key: Path, resource: str, expires: int) -> dict[str, str]:
    """The three cookies, by name. Send them with Secure, HttpOnly and the distribution's domain."""
    document = policy(resource, expires)
    return {
        "CloudFront-Policy": _safe(document),
        "CloudFront-Signature": _safe(_sign(private_key, document)),
        "CloudFront-Key-Pair-Id": key_id,
    }


def signed_url(key_id: str, private_key: Path, url: str, expires: int) -> str:
    """One address that opens one file, for players that send no cookies."""
    from botocore.signers import CloudFrontSigner

    signer = CloudFrontSigner(key_id, lambda message: _sign(private_key, message))
    return str(signer.generate_presigned_url(url, policy=policy(url, expires).decode()))


def _sign(private_key: Path, message: bytes) -> bytes:
    from cryptography.hazmat.primitives.asymmetric import padding, rsa
    from cryptography.hazmat.primitives.hashes import SHA1
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        key = load_pem_private_key(private_key.read_bytes(), password=None)
    except (ValueError, TypeError) as error:  # no PEM, or a key behind a password
        raise OperateError(f"{private_key} is no private key in PEM without a password.") from error
    if not isinstance(key, rsa.RSAPrivateKey):
        raise OperateError(f"{private_key} is no RSA key; CloudFront's signed cookies need one of 2048 bits.")
    # CloudFront verifies SHA-1 only.
    return key.sign(message, padding.PKCS1v15(), SHA1())  # noqa: S303


def _safe(data: bytes) -> str:
    """Base64 with the three characters replaced that mean something in URLs and cookies."""
    return base64.b64encode(data).decode().translate(str.maketrans("+=/", "-_~"))
