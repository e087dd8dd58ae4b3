"""Who calls a door: the user of a token that API Gateway has verified, or whoever signed the request.

Nothing in an identity may be chosen by its caller. API Gateway verifies a token's signature, issuer, audience and,
where they are there, its times (HTTP API developer guide, "Control access to HTTP APIs with JWT authorizers"); a token
without ``exp`` passes it, and would be good for ever. It hands the claims on as flattened strings: the groups
``["hr", "board"]`` and the one group ``hr board`` look alike. So the payload of the same token is read again here, and
has to name the issuer and the user that were verified.

Of a signed request the identity is the ARN of the IAM user. For an assumed role it is the role's, since a session's
name is chosen by whoever assumes it; all who may assume a role are one identity, also the users of an identity pool or
of one permission set. The path of a role is in no session's ARN and is left out: names are unique in an account
without it. The root user is one identity, as whoever has it has the account. A federated user (GetFederationToken) is
refused: its name is chosen by its caller too, and its ARN does not say whose it is.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from common import strict_json
from common.doors.errors import SIGNATURE, Forbidden, Unauthenticated

_TOKEN = re.compile(r"[A-Za-z0-9_-]+\.([A-Za-z0-9_-]+)\.[A-Za-z0-9_-]+")
"""A signed token in its compact form (RFC 7515, section 7.1); two headers of one name come joined by a comma."""
_ARN = re.compile(r"arn:(aws[a-z-]*):(iam|sts)::([0-9]{12}):(.+)")
_SKEW_SECONDS = 60
"""How far the clock of an issuer may be ahead; API Gateway has looked at ``nbf`` already."""


@dataclass(frozen=True, slots=True)
class Trust:
    """Whom a door believes. ``issuer``: of tokens; empty: requests that are signed by IAM are taken, and nothing else.

    ``groups_claim``: the claim that holds a user's groups; empty where a door has no use for groups.
    """

    issuer: str = ""
    groups_claim: str = ""


@dataclass(frozen=True, slots=True)
class Identity:
    """``id``: 40 hex, the same for the same caller at every door. ``name``: the token's ``sub``, or an ARN."""

    id: str
    name: str
    groups: tuple[str, ...] = ()


def of(event: Mapping[str, Any], trust: Trust, now: float) -> Identity:
    """Who sent a request in payload format 2.0. ``now``: seconds of the epoch.

    Raises Unauthenticated, Forbidden.
    """
    authorizer = event["requestContext"].get("authorizer") or {}
    if trust.issuer:
        return _of_token(event, authorizer.get("jwt") or {}, trust, now)
    return _of_signature(authorizer.get("iam") or {})


def _of_token(event: Mapping[str, Any], verified: Mapping[str, Any], trust: Trust, now: float) -> Identity:
    claims = verified.get("claims")
    if not isinstance(claims, Mapping):
        raise Unauthenticated("Send a token in the header Authorization: Bearer <token>.")
    payload = _payload(event)
    issuer, user = payload.get("iss"), payload.get("sub")
    if issuer != trust.issuer:
        raise Unauthenticated("The token is of another issuer than the one that is believed here.")
    if not isinstance(user, str) or not user.strip():
        raise Unauthenticated("The token has no sub, so nobody knows whose it is.")
    if not _is_whole(user):
        raise Unauthenticated("The token's sub holds half a character (a surrogate alone); ask its issuer for another.")
    if (claims.get("iss"), claims.get("sub")) != (issuer, user):
        raise Unauthenticated("The token in the header Authorization is not the one that was verified.")
    _check_times(payload, now)
    return Identity(token_id(trust.issuer, user), user, _groups(payload, trust.groups_claim))


def _payload(event: Mapping[str, Any]) -> dict[str, Any]:
    """The claims of the token, as it was signed. Raises Unauthenticated."""
    headers = (event.get("headers") or {}).items()
    sent = next((text for name, text in headers if name.lower() == "authorization"), "")
    scheme, _, rest = sent.strip().partition(" ")
    found = _TOKEN.fullmatch(rest.strip() if scheme.lower() == "bearer" else sent.strip())
    if found is None:
        raise Unauthenticated("Send one token, and once, in the header Authorization: Bearer <token>.")
    import base64  # a cold start needs none

    part = found[1]
    try:
        text = base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)).decode()
        payload = strict_json.read(text)
    except (ValueError, RecursionError):
        payload = None
    if not isinstance(payload, dict):
        raise Unauthenticated("The token's payload is not a JSON object that names each claim once.")
    return payload


def _check_times(payload: Mapping[str, Any], now: float) -> None:
    """``exp`` is required and to come, ``nbf`` is past where it is there (RFC 7519, sections 4.1.4 and 4.1.5)."""
    ends = _seconds(payload.get("exp"))
    if ends is None:
        raise Unauthenticated("The token has no exp; ask its issuer for one that ends.")
    if ends <= now:
        raise Unauthenticated("The token has ended; ask its issuer for a new one.")
    if "nbf" in payload:
        begins = _seconds(payload["nbf"])
        if begins is None or begins > now + _SKEW_SECONDS:
            raise Unauthenticated("The token is not good yet.")


def _seconds(value: Any) -> float | None:
    """A NumericDate; None for what is none: a text, true, or more than any number holds."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        seconds = float(value)
    except OverflowError:
        return None
    return seconds if math.isfinite(seconds) else None


def _groups(payload: Mapping[str, Any], claim: str) -> tuple[str, ...]:
    """Exact names; a text is one group, whatever is in it. Raises Unauthenticated for anything else."""
    if not claim or payload.get(claim) is None:
        return ()
    found = payload[claim]
    names = [found] if isinstance(found, str) else found
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise Unauthenticated(f"The token's claim {claim} is not a list of texts.")
    if not all(map(_is_whole, names)):
        raise Unauthenticated(
            f"The token's claim {claim} holds half a character (a surrogate alone); ask its issuer for another."
        )
    return tuple(dict.fromkeys(names))


def _is_whole(text: str) -> bool:
    """JSON can escape half of a surrogate pair, which is no character: no table, queue or execution takes it."""
    return text.isascii() or not any("\ud800" <= sign <= "\udfff" for sign in text)


def _of_signature(caller: Mapping[str, Any]) -> Identity:
    found = _ARN.fullmatch(str(caller.get("userArn") or ""))
    if found is None:
        raise Unauthenticated("Sign the request for execute-api with the keys of an IAM user or role.", SIGNATURE)
    partition, service, account, resource = found.groups()
    kind, _, rest = resource.partition("/")
    match service, kind:
        case ("iam", "user") if rest:
            arn = found[0]
        case ("iam", "root") if not rest:
            arn = found[0]
        case ("sts", "assumed-role") if rest.count("/") == 1 and all(rest.split("/")):
            arn = f"arn:{partition}:iam::{account}:role/{rest.partition('/')[0]}"
        case _:
            raise Forbidden(
                "Sign the request as an IAM user or as a role: this caller's name is one of its own choice."
            )
    return Identity(signer_id(arn), arn)


def token_id(issuer: str, user: str) -> str:
    """The id of the user ``user`` (``sub``) of an issuer."""
    from common import executions

    return executions.digest(b"token", issuer.encode(), user.encode("utf-8", "surrogatepass"))


def signer_id(arn: str) -> str:
    """The id of whoever signs: the ARN of a user, of a role without its path, or of the root user."""
    from common import executions

    return executions.digest(b"signature", arn.encode())
