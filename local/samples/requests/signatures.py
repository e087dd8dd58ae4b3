"""The signature of events/images/url_door_signed.json, which only the stack's own secret can make.

It is made as a web server would, by docs/images.md, "Signed addresses": nothing here imports the functions.
"""

from __future__ import annotations

import base64
import hmac
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlencode

NAME = "VariantSignature"
OUTPUT = "ImageVariantKeysArn"
"""The secret, which a stack has with `UseSignedVariants=true`."""


def signature(request: Mapping[str, Any], secret: str, client: Callable[[str], Any]) -> str:
    """What opens the address of a request at the Function URL; `secret`: the ARN of the keys."""
    value = client("secretsmanager").get_secret_value(SecretId=secret)["SecretString"]
    parameters = [(name, text) for name, text in parse_qsl(request["rawQueryString"]) if name != "s"]
    address = f"{quote(unquote(request['rawPath']))}?{urlencode(sorted(parameters), quote_via=quote)}"
    code = hmac.digest(value.encode(), f"millrace-image-1\n{address}".encode(), "sha256")
    return base64.urlsafe_b64encode(code).rstrip(b"=").decode()
