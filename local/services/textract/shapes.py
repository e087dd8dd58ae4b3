"""Requests checked against the shapes of AWS's own model of Textract, which botocore carries."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Mapping
from functools import cache
from typing import Any

from local.services.textract.errors import Invalid, Unreadable

_VERSION = "2018-06-27"


@cache
def model() -> dict[str, Any]:
    """The service model: ``operations``, ``shapes``, ``metadata``."""
    from botocore.loaders import Loader

    loaded: dict[str, Any] = Loader().load_service_model("textract", "service-2", _VERSION)
    return loaded


def error_status(code: str) -> int | None:
    """The HTTP status of one of Textract's own errors; None for a name that it does not have."""
    shape = model()["shapes"].get(code)
    if shape is None or not shape.get("exception"):
        return None
    return 500 if shape.get("fault") else 400


def read(body: bytes, operation: str) -> dict[str, Any]:
    """The request of ``operation``: members that its shape knows, blobs decoded.

    Raises:
        Unreadable: the body is no JSON object, or a member has another JSON type than its shape.
        Invalid: members that break a constraint, all at once, as AWS says it.
    """
    try:
        given = json.loads(body or b"{}")
    except (ValueError, RecursionError) as error:  # not JSON, not UTF-8, nested without end
        raise Unreadable("The request's body is not JSON.") from error
    if not isinstance(given, dict):
        raise Unreadable("The request's body is not a JSON object.")
    problems: list[str] = []
    shape = model()["operations"][operation]["input"]["shape"]
    value: dict[str, Any] = _structure(shape, given, "", problems)
    if problems:
        raise Invalid(*problems)
    return value


def _structure(name: str, given: Mapping[str, Any], path: str, problems: list[str]) -> dict[str, Any]:
    shape = model()["shapes"][name]
    for member in shape.get("required", ()):
        if given.get(member) is None:
            problems.append(_problem(None, _join(path, member), "Member must not be null"))
    return {
        member: _value(rule["shape"], given[member], _join(path, member), problems)
        for member, rule in shape["members"].items()
        if given.get(member) is not None
    }


def _value(name: str, given: Any, path: str, problems: list[str]) -> Any:
    shape = model()["shapes"][name]
    kind = shape["type"]
    if kind == "structure":
        if not isinstance(given, dict):
            raise Unreadable(f"{path} must be an object.")
        return _structure(name, given, path, problems)
    if kind == "list":
        if not isinstance(given, list):
            raise Unreadable(f"{path} must be a list.")
        _length(shape, len(given), given, path, problems)
        member = shape["member"]["shape"]
        return [_value(member, item, f"{path}.{i + 1}.member", problems) for i, item in enumerate(given)]
    if kind == "blob":
        return _blob(shape, given, path, problems)
    if kind in ("integer", "long"):
        return _number(shape, given, path, problems)
    if not isinstance(given, str):
        raise Unreadable(f"{path} must be a string.")
    return _string(shape, given, path, problems)


def _string(shape: Mapping[str, Any], given: str, path: str, problems: list[str]) -> str:
    _length(shape, len(given), given, path, problems)
    if "enum" in shape and given not in shape["enum"]:
        allowed = f"Member must satisfy enum value set: [{', '.join(shape['enum'])}]"
        problems.append(_problem(given, path, allowed))
    if "pattern" in shape and not re.search(rf"^(?:{shape['pattern']})$", given):
        problems.append(_problem(given, path, f"Member must satisfy regular expression pattern: {shape['pattern']}"))
    return given


def _number(shape: Mapping[str, Any], given: Any, path: str, problems: list[str]) -> int:
    if isinstance(given, bool) or not isinstance(given, int):
        raise Unreadable(f"{path} must be a whole number.")
    if given < shape.get("min", given):
        problems.append(_problem(given, path, f"Member must have value greater than or equal to {shape['min']}"))
    return given


def _blob(shape: Mapping[str, Any], given: Any, path: str, problems: list[str]) -> bytes:
    if not isinstance(given, str):
        raise Unreadable(f"{path} must be a string of base64.")
    try:
        data = base64.b64decode(given, validate=True)
    except (binascii.Error, ValueError) as error:
        raise Unreadable(f"{path} is not base64.") from error
    if len(data) < shape.get("min", 0):
        problems.append(_problem("java.nio.HeapByteBuffer", path, "Member must have length greater than or equal to 1"))
    return data


def _length(shape: Mapping[str, Any], length: int, given: Any, path: str, problems: list[str]) -> None:
    if length > shape.get("max", length):
        problems.append(_problem(given, path, f"Member must have length less than or equal to {shape['max']}"))
    if length < shape.get("min", length):
        problems.append(_problem(given, path, f"Member must have length greater than or equal to {shape['min']}"))


def _join(path: str, member: str) -> str:
    named = member[0].lower() + member[1:]
    return f"{path}.{named}" if path else named


def _problem(given: Any, path: str, constraint: str) -> str:
    shown = "Value null" if given is None else f"Value '{given}'"
    return f"{shown} at '{path}' failed to satisfy constraint: {constraint}"
