"""Who may change a profile where everybody may ask: HMAC-SHA256 over a picture's address, one spelling per address.

Each variant costs a transform and each spelling of an address is a place of its own in CloudFront's cache. So a
profile is changed there by addresses that were signed, or not at all, and one that is spelled otherwise is sent to its
canonical spelling, or refused, before an original is read.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Mapping
from urllib.parse import quote, urlencode

from images.errors import InvalidParameter, InvalidSignature

PARAMETER = "s"
_SCHEME = "millrace-image-1"
"""Begins what is signed, so that no signature made for something else with the same key opens anything here."""
_SPELLED_OTHERWISE = re.compile(r"%(?:2D|2E|2F|3[0-9]|4[1-9A-F]|5[0-9A]|5F|6[1-9A-F]|7[0-9A]|7E)|%(?:[a-f].|.[a-f])")
"""Percent-encoded what RFC 3986 (2.3) has everybody write plainly, a slash, or hexadecimal digits in small letters."""


def unsigned(parameters: Mapping[str, str]) -> dict[str, str]:
    """All but the signature."""
    return {name: text for name, text in parameters.items() if name != PARAMETER}


def query_of(parameters: Mapping[str, str]) -> str:
    """The one spelling of a query: sorted by name, the signature last."""
    plain = sorted(unsigned(parameters).items())
    if PARAMETER in parameters:
        plain.append((PARAMETER, parameters[PARAMETER]))
    return urlencode(plain, quote_via=quote, safe="")


def path_of(key: str) -> str:
    """The one spelling of a path: all that RFC 3986 (2.3) lets be encoded is, but for slashes.

    So parentheses, commas and the like, which stand plain or encoded elsewhere, have one way to be written too.
    """
    return f"/{quote(key, safe='/')}"


def sign(secret: bytes, key: str, parameters: Mapping[str, str]) -> str:
    """URL-safe base64, without padding, of HMAC-SHA256 over the scheme, a line feed, and ``/key?query``.

    ``key`` and values as they are, not percent-encoded; a signature among ``parameters`` is left out.
    """
    import hmac

    address = f"{_SCHEME}\n{path_of(key)}?{query_of(unsigned(parameters))}"
    return base64.urlsafe_b64encode(hmac.digest(secret, address.encode(), "sha256")).rstrip(b"=").decode()


def is_signed(secrets: Iterable[bytes], key: str, parameters: Mapping[str, str]) -> bool:
    """Whether the signature among ``parameters`` is one of ours. Takes the same time however much of it is right."""
    import hmac

    given = parameters.get(PARAMETER, "").encode()
    fits = [hmac.compare_digest(sign(secret, key, parameters).encode(), given) for secret in secrets]
    return any(fits)


def check_path(path: str) -> None:
    """Raises InvalidParameter for a path, as it was sent, that hides plain characters."""
    if _SPELLED_OTHERWISE.search(path):
        raise InvalidParameter(
            "Letters, digits, hyphens, dots, underscores, tildes and slashes of a key are not percent-encoded here, "
            "and what is encoded has capital letters."
        )


def check_parameters(parameters: Mapping[str, str], *, signed: bool) -> bool:
    """Whether these parameters need a signature, which they have then.

    ``signed``: whether signatures open anything here. Raises InvalidParameter, InvalidSignature.
    """
    guarded = sorted(set(parameters) - {"profile", PARAMETER})
    if not guarded:
        if PARAMETER in parameters:
            raise InvalidParameter("A profile as it stands needs no signature; leave s out.")
        return False
    names = ", ".join(guarded)
    if not signed:
        raise InvalidParameter(f"Profiles cannot be changed through this address; leave {names} out, or use another.")
    if PARAMETER not in parameters:
        raise InvalidSignature(f"{names} need a signature here; ask for an address that is signed.")
    return True
