"""CloudFormation: GetTemplate names the templates of nested applications by S3's own address.

AWS: an object has an address below amazonaws.com, and ``sam deploy`` writes that one into the template
(``https://s3.{region}.amazonaws.com/{bucket}/{key}``). ``sam delete`` reads the template back, and takes nothing else.
MiniStack: ``sam deploy`` writes the address of the endpoint that it was given, and that is what GetTemplate answers;
``sam delete`` then ends in "not a valid S3 url", with the stack as it was.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from ministack.core.responses import get_region
from ministack.services import s3

from local.gaps import _seams
from local.gaps._types import Answer, Json, Record

LEANS_ON = {
    "services.cloudformation.handlers._ACTION_HANDLERS": "dict",
    "services.s3._buckets": "AccountScopedDict",
    "core.responses.get_region": "()",
}

_NESTED = re.compile(
    r"(?P<name>\b(?:Location|TemplateURL)(?:&quot;|\")?\s*:\s*(?:&quot;|[\"'])?)"
    r"(?P<endpoint>https?://[^/\s]+)/(?P<bucket>[a-z0-9.-]+)/"
)


def by_s3(text: str) -> str:
    """The template with the endpoint's address replaced where it names an object of a bucket that exists."""

    def address(found: re.Match[str]) -> str:
        if ".amazonaws.com" in found["endpoint"] or found["bucket"] not in s3._buckets:
            return found[0]
        return f"{found['name']}https://s3.{get_region()}.amazonaws.com/{found['bucket']}/"

    return _NESTED.sub(address, text)


def _rewriting(answer: Callable[[Record], Answer]) -> Callable[[Record], Answer]:
    def get_template(params: Record) -> Answer:
        status, headers, body = answer(params)
        return status, headers, by_s3(body.decode()).encode()

    return get_template


def _extended(handlers: dict[str, Json]) -> dict[str, Json]:
    handlers["GetTemplate"] = _rewriting(handlers["GetTemplate"])
    return handlers


def install() -> None:
    """Close the gap in this process."""
    _seams.replace("services.cloudformation.handlers._ACTION_HANDLERS", _extended)
