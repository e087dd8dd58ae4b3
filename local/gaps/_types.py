"""Names for what MiniStack passes around untyped, and answers of the AWS JSON protocol."""

from __future__ import annotations

import json
from typing import Any, TypeAlias

#: A JSON value: the input or output of a state, the payload of a function.
Json: TypeAlias = Any

#: One of MiniStack's records, or a JSON object in general.
Record: TypeAlias = dict[str, Any]

#: Status, headers and body of an answer.
Answer: TypeAlias = tuple[int, dict[str, str], bytes]

_JSON = "application/x-amz-json-1.0"


def json_answer(data: Record) -> Answer:
    """A successful answer of a service that speaks the AWS JSON protocol."""
    return 200, {"Content-Type": _JSON}, json.dumps(data, ensure_ascii=False).encode()


def json_error(code: str, message: str, status: int = 400) -> Answer:
    """An error of such a service: the SDKs read its name from the body or from the header."""
    body = json.dumps({"__type": code, "message": message}, ensure_ascii=False)
    return status, {"Content-Type": _JSON, "x-amzn-errortype": code}, body.encode("utf-8", "surrogatepass")
