"""Signed addresses of changed profiles, for a web server to learn from, and another key for them.

``images.doors.signatures`` says what is signed. ``python -m operate sign-image`` prints one address; with ``--new-key``
it changes the key: the one before opens what it signed until the key is changed again.
"""

from __future__ import annotations

import argparse
import secrets
from collections.abc import Iterator, Mapping, Sequence
from urllib.parse import quote

from operate.clients import Target
from operate.errors import OperateError, refuse

_INSTEAD = "deploy it with UseSignedVariants=true"


def command(target: Target, options: argparse.Namespace) -> Iterator[str]:
    """What ``sign-image`` prints."""
    if options.new_key:
        refuse(options.key, options.key, "a new key is of all pictures; leave the picture out, or --new-key")
        refuse(options.base_url, "--base-url", "it is of an address; leave it out, or --new-key")
        return change(target, confirm=options.confirm)
    refuse(options.confirm, "--confirm", "it is of --new-key")
    if not options.key:
        raise OperateError("Name an original, by its key in the images bucket; or say --new-key.")
    return iter([address(target, options.key, options.parameters, options.base_url)])


def address(target: Target, key: str, parameters: Sequence[str], base_url: str | None = None) -> str:
    """The address at which the original ``key`` comes as ``parameters`` (``name=value``) say.

    ``base_url``: None for CloudFront's, or the Function URL where there is no CloudFront. Raises OperateError.
    """
    from images import profiles
    from images.doors import signatures
    from images.errors import RequestRefused

    outputs = target.outputs()
    asked = _pairs(parameters)
    try:
        profile = profiles.choose(
            asked.get("profile"), {name: text for name, text in asked.items() if name != "profile"}
        )
    except RequestRefused as error:
        raise OperateError(str(error)) from error
    # What means nothing is no part of the address that is signed: the door leaves it out before it looks.
    asked = {name: text for name, text in asked.items() if name not in profile.ignores}
    if set(asked) - {"profile"}:
        secret = target.output("ImageVariantKeysArn", _INSTEAD)
        value = target.client("secretsmanager").get_secret_value(SecretId=secret)["SecretString"]
        asked[signatures.PARAMETER] = signatures.sign(value.encode(), key, asked)
    query = signatures.query_of(asked)
    return f"{_base(outputs, base_url)}{quote(key)}" + (f"?{query}" if query else "")


def change(target: Target, *, confirm: bool) -> Iterator[str]:
    """Makes another key; without ``confirm`` says what would be."""
    secret = target.output("ImageVariantKeysArn", _INSTEAD)
    if not confirm:
        yield "A new key would sign from now on, and the one that signs now would open what it signed until the next"
        yield "change. What the one before that signed would be closed. Add --confirm to do it."
        return
    target.client("secretsmanager").put_secret_value(SecretId=secret, SecretString=secrets.token_urlsafe(48))
    yield "A new key signs. For half a minute workers may refuse what it signs: change your pages a minute from now."


def _pairs(parameters: Sequence[str]) -> dict[str, str]:
    pairs: dict[str, str] = {}
    for parameter in parameters:
        name, equals, text = parameter.partition("=")
        if not equals:
            raise OperateError(f"{parameter} is no NAME=VALUE, such as w=200.")
        if name in pairs:
            raise OperateError(f"{name} stands there twice; give each once.")
        pairs[name] = text
    return pairs


def _base(outputs: Mapping[str, str], base_url: str | None) -> str:
    if base_url is not None:
        return base_url.rstrip("/") + "/"
    if "ImageDistributionDomain" in outputs:
        return f"https://{outputs['ImageDistributionDomain']}/"
    if "ImageUrl" not in outputs:
        raise OperateError("The stack has no images; deploy it with UseImages=true.")
    return outputs["ImageUrl"]
