"""A publisher's key pairs, what is signed with them, and viewers who ask a distribution for a file."""

from __future__ import annotations

import http.client
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat


@cache
def rsa_key(name: str) -> rsa.RSAPrivateKey:
    """One key for each name: to make one takes a while."""
    assert name
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def private_pem(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def public_pem(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> str:
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def written(key: rsa.RSAPrivateKey, folder: Path) -> Path:
    """A file with the private key."""
    path = folder / "members.pem"
    path.write_bytes(private_pem(key))
    return path


def signature(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey, message: bytes) -> bytes:
    if isinstance(key, rsa.RSAPrivateKey):
        return key.sign(message, padding.PKCS1v15(), SHA1())
    return key.sign(message, ec.ECDSA(SHA1()))


@dataclass(frozen=True)
class Answer:
    status: int
    headers: http.client.HTTPMessage
    body: bytes


def ask(cloud_url: str, host: str, path: str, method: str = "GET", **headers: str) -> Answer:
    """A request to a distribution of the local cloud: the path goes out as it stands here.

    An underscore in a header's name stands for a hyphen.
    """
    connection = http.client.HTTPConnection(urlsplit(cloud_url).netloc, timeout=30)
    try:
        connection.putrequest(method, path, skip_host=True)
        connection.putheader("Host", host)
        for name, value in headers.items():
            connection.putheader(name.replace("_", "-"), value)
        connection.endheaders()
        answer = connection.getresponse()
        return Answer(answer.status, answer.headers, answer.read())
    finally:
        connection.close()
