"""Lambda: requests of the members and types that the operation has.

AWS: a body that is no JSON object, a member of another type than its shape and a number in the query that is none are
SerializationException; members that are missing or break a length, range, enum or pattern of the model are
ValidationException, in the path, the query, the headers and the body alike (botocore: the operations' shapes; "1
validation error detected: Value 'Foo' at 'invocationType' failed to satisfy constraint"). Other members are ignored.
MiniStack: takes a body that is not JSON for an empty one, a member of a wrong type as it comes, and breaks down over
a number that is none.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from functools import cache
from typing import NamedTuple
from urllib.parse import unquote

from local.gaps import _doors, _seams
from local.gaps._types import Answer, Json, Record, json_error
from local.services.errors import Unreadable
from local.services.shapes import json_object

LEANS_ON = {"services.lambda_svc.handle_request": "(method, path, headers, body, query_params)"}

_Handle = Callable[[str, str, Record, bytes, Record], Awaitable[Answer]]
_MARK = re.compile(r"\\\{(\w+)\\?\+?\\\}")


class _Route(NamedTuple):
    method: str
    path: re.Pattern[str]
    query: dict[str, str]
    operation: str


@cache
def _routes() -> list[_Route]:
    """The operations by method and path; those that also need something in the query come first."""
    found = []
    for name, operation in _doors.model("lambda").model["operations"].items():
        path, _, query = operation["http"]["requestUri"].partition("?")
        pattern = _MARK.sub(r"(?P<\1>[^/]+)", re.escape(path.rstrip("/")))
        needed = dict(part.partition("=")[::2] for part in query.split("&") if part)
        found.append(_Route(operation["http"]["method"], re.compile(pattern), needed, name))
    return sorted(found, key=lambda route: not route.query)


def _matching(method: str, path: str, query: Record) -> tuple[str, dict[str, str]] | None:
    """The operation and the members in its path; None for what the model does not have."""
    for route in _routes():
        match = route.method == method and route.path.fullmatch(path)
        if match and all(_first(query, name) == value for name, value in route.query.items()):
            return route.operation, match.groupdict()
    return None


def _first(query: Record, name: str) -> str | None:
    value = query.get(name)
    return value[0] if isinstance(value, list) else value


def _members(operation: str, places: dict[str, str], headers: Record, body: bytes, query: Record) -> Record:
    """The members of a request, wherever they stand.

    Raises:
        Unreadable: the body is no JSON object, or a number is none.
    """
    model = _doors.model("lambda").model
    shape = model["shapes"][model["operations"][operation]["input"]["shape"]]
    payload = shape.get("payload")
    found = {} if payload else json_object(body or b"{}")
    for name, rule in shape["members"].items():
        kind, place = model["shapes"][rule["shape"]], rule.get("locationName", name)
        match rule.get("location"):
            case "uri":
                found[name] = _typed(kind, places.get(place), name)
            case "querystring":
                values = query.get(place)
                found[name] = values if kind["type"] == "list" else _typed(kind, _first(query, place), name)
            case "header":
                found[name] = _typed(kind, headers.get(place.lower()), name)
    return {name: value for name, value in found.items() if name != payload}


def _typed(shape: Record, text: str | None, name: str) -> Json:
    """What is text in a path, a query or a header, in the type of its shape."""
    if text is None or shape["type"] not in ("integer", "long", "boolean"):
        return text
    if shape["type"] == "boolean":
        return text.lower() == "true"
    try:
        return int(text)
    except ValueError as error:
        raise Unreadable(
            f"STRING_VALUE can not be converted to an Integer, at '{name[0].lower()}{name[1:]}'"
        ) from error


def refusal(method: str, path: str, headers: Record, body: bytes, query: Record) -> Answer | None:
    """The answer to a request that its operation cannot be; None for all others."""
    found = _matching(method, unquote(path).rstrip("/"), query)
    model = _doors.model("lambda")
    if found is None or not model.takes(found[0]):
        return None
    try:
        problems = model.problems(found[0], _members(*found, headers, body, query))
        problems = [said for said in problems if " at 'runtime' " not in said]  # it has words of its own: configuration
    except Unreadable as error:
        return json_error(error.code, error.message)
    try:
        _doors.refuse(problems)
    except _doors.RefusedError as error:
        return json_error(error.code, error.message)
    return None


def _checked(handle: _Handle) -> _Handle:
    async def handle_request(method: str, path: str, headers: Record, body: bytes, query: Record) -> Answer:
        return refusal(method, path, headers, body, query) or await handle(method, path, headers, body, query)

    return handle_request


def install() -> None:
    """Close the gap in this process."""
    _seams.replace("services.lambda_svc.handle_request", _checked)
