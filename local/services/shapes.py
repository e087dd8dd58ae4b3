"""Requests checked against the shapes of AWS's own service models, which botocore carries."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Mapping
from functools import cached_property
from typing import Any

from local.services.errors import InvalidMembers, Unreadable

Shape = Mapping[str, Any]


class ServiceModel:
    """One service's model of one version, read with its first request."""

    def __init__(self, service: str, version: str) -> None:
        self.service, self.version = service, version

    @cached_property
    def model(self) -> dict[str, Any]:
        """The service model: ``operations``, ``shapes``, ``metadata``."""
        from botocore.loaders import Loader

        loaded: dict[str, Any] = Loader().load_service_model(self.service, "service-2", self.version)
        return loaded

    def error_status(self, code: str) -> int | None:
        """The HTTP status of one of the service's own errors; None for a name that it does not have."""
        shape = self.model["shapes"].get(code)
        if shape is None or not shape.get("exception"):
            return None
        return 500 if shape.get("fault") else 400

    def read(self, operation: str, body: bytes) -> dict[str, Any]:
        """The request of ``operation``: members that its shape knows, blobs decoded.

        Raises:
            Unreadable: the body is no JSON object, or a member has another JSON type than its shape.
            InvalidMembers: members that break a constraint, all at once, as AWS says it.
        """
        try:
            request = json.loads(body)
        except (ValueError, RecursionError) as error:  # not JSON, not UTF-8, nested without end
            raise Unreadable("The request's body is not JSON.") from error
        if not isinstance(request, dict):
            raise Unreadable("The request's body is not a JSON object.")
        return self.members(operation, request)

    def members(self, operation: str, request: Mapping[str, Any]) -> dict[str, Any]:
        """The same for members that are parsed already, as those of a query string. Raises as ``read``."""
        problems: list[str] = []
        value = self._structure(self.model["operations"][operation]["input"]["shape"], request, "", problems)
        if problems:
            raise InvalidMembers(*problems)
        return value

    def _structure(self, name: str, request: Mapping[str, Any], path: str, problems: list[str]) -> dict[str, Any]:
        shape = self.model["shapes"][name]
        for member in shape.get("required", ()):
            if request.get(member) is None:
                problems.append(problem(None, _join(path, member), "Member must not be null"))
        return {
            member: self._value(rule["shape"], request[member], _join(path, member), problems)
            for member, rule in shape["members"].items()
            if request.get(member) is not None
        }

    def _value(self, name: str, value: Any, path: str, problems: list[str]) -> Any:
        shape = self.model["shapes"][name]
        match shape["type"]:
            case "structure":
                _require(value, dict, path, "an object")
                return self._structure(name, value, path, problems)
            case "list":
                _require(value, list, path, "a list")
                _length(shape, value, path, problems)
                member = shape["member"]["shape"]
                return [self._value(member, item, f"{path}.{n}.member", problems) for n, item in enumerate(value, 1)]
            case "blob":
                return _blob(shape, value, path, problems)
            case "integer" | "long":
                return _number(shape, value, path, problems)
            case "boolean":
                _require(value, bool, path, "true or false")
                return value
            case _:
                return _string(shape, value, path, problems)


def problem(value: Any, path: str, constraint: str) -> str:
    """One broken constraint, in AWS's words."""
    shown = "Value null" if value is None else f"Value '{value}'"
    return f"{shown} at '{path}' failed to satisfy constraint: {constraint}"


def _join(path: str, member: str) -> str:
    named = member[0].lower() + member[1:]
    return f"{path}.{named}" if path else named


def _require(value: Any, kind: type, path: str, name: str) -> None:
    if not isinstance(value, kind):
        raise Unreadable(f"{path} must be {name}.")


def _string(shape: Shape, value: Any, path: str, problems: list[str]) -> str:
    _require(value, str, path, "a string")
    text = str(value)
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise Unreadable(f"{path} holds half of a surrogate pair, which is no character.") from error
    _length(shape, text, path, problems)
    if "enum" in shape and text not in shape["enum"]:
        problems.append(problem(text, path, f"Member must satisfy enum value set: [{', '.join(shape['enum'])}]"))
    if "pattern" in shape and not re.search(rf"^(?:{shape['pattern']})$", text):
        problems.append(problem(text, path, f"Member must satisfy regular expression pattern: {shape['pattern']}"))
    return text


def _number(shape: Shape, value: Any, path: str, problems: list[str]) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise Unreadable(f"{path} must be a whole number.")
    if value < shape.get("min", value):
        problems.append(problem(value, path, f"Member must have value greater than or equal to {shape['min']}"))
    return value


def _blob(shape: Shape, value: Any, path: str, problems: list[str]) -> bytes:
    _require(value, str, path, "a string of base64")
    try:
        data = base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError) as error:
        raise Unreadable(f"{path} is not base64.") from error
    if len(data) < shape.get("min", 0):
        problems.append(problem("java.nio.HeapByteBuffer", path, "Member must have length greater than or equal to 1"))
    return data


def _length(shape: Shape, value: str | list[Any], path: str, problems: list[str]) -> None:
    if len(value) > shape.get("max", len(value)):
        problems.append(problem(value, path, f"Member must have length less than or equal to {shape['max']}"))
    if len(value) < shape.get("min", 0):
        problems.append(problem(value, path, f"Member must have length greater than or equal to {shape['min']}"))
