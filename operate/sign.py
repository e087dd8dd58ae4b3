"""Signed URLs and cookies that open members' audio behind the distribution, for a publisher's web server to learn from.

CloudFront, developer guide, "Using signed cookies": one custom policy, signed with RSA and SHA-1, opens every path that
its resource matches until it expires. `python -m operate sign` prints them.
"""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlsplit

from operate.errors import OperateError


@dataclass(frozen=True)
class Signer:
    """Who signs: the id that CloudFront gave the public key, and the file with the private one."""

    key_id: str
    private_key: Path


def cookies(signer: Signer, base_url: str, article: str | None, hours: int, domain: str | None = None) -> Iterator[str]:
    """One Set-Cookie header per line; they open the article's members' files (None: every article's) for ``hours``.

    ``domain`` is the one that the site and the distribution share. Each article's cookies have a path of their own,
    so those of one do not push out another's. Raises OperateError where the key cannot sign.
    """
    place = members_of("", article)
    # A cookie's path has no wildcards: what is for every article goes with each request below articles/.
    path = place.partition("*")[0]
    more = f"; Domain={domain}" if domain else ""
    for name, value in _cookies_until(signer, base_url, article, hours).items():
        yield f"Set-Cookie: {name}={value}; Secure; HttpOnly; Path={path}{more}"


def cookie_header(signer: Signer, base_url: str, article: str | None, hours: int) -> str:
    """The header with which a browser sends these cookies back."""
    pairs = _cookies_until(signer, base_url, article, hours).items()
    return "Cookie: " + "; ".join(f"{name}={value}" for name, value in pairs)


def file_url(signer: Signer, base_url: str, article: str, hours: int, name: str) -> str:
    """An address that opens one of the article's members' files, such as ``full.mp3``, for ``hours`` from now."""
    url = members_of(_base(base_url), article).removesuffix("*") + quote(name)
    return signed_url(signer.key_id, signer.private_key, url, _end(hours))


def _cookies_until(signer: Signer, base_url: str, article: str | None, hours: int) -> dict[str, str]:
    resource = members_of(_base(base_url), article)
    return signed_cookies(signer.key_id, signer.private_key, resource, _end(hours))


def _base(url: str) -> str:
    """Scheme and host. Raises OperateError for what no viewer's address begins with."""
    parts = urlsplit(url)
    if parts.scheme not in {"https", "http"} or not parts.netloc or parts.path.strip("/") or parts.query:
        raise OperateError(f"{url} is no address such as https://audio.example.org, without a path.")
    return f"{parts.scheme}://{parts.netloc}"


def _end(hours: int) -> int:
    return int(time.time()) + hours * 3600


def policy(resource: str, expires: int) -> bytes:
    """A custom policy: ``resource`` may hold ``*``; ``expires`` in seconds since 1970."""
    statement = {"Resource": resource, "Condition": {"DateLessThan": {"AWS:EpochTime": expires}}}
    return json.dumps({"Statement": [statement]}, separators=(",", ":")).encode()


def members_of(base_url: str, article: str | None) -> str:
    """All of one article's members' files, or of every article's. Keys hold the encoded id, so the address encodes its
    percent signs again."""
    folder = "*" if article is None else quote(quote(article, safe=""))
    return f"{base_url}/articles/{folder}/members/*"


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
