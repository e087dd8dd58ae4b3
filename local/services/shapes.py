"""Requests checked against the shapes of AWS's own service models, which botocore carries."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Mapping
from functools import cache, cached_property
from typing import Any

from local.services.errors import InvalidMembers, Unreadable

Shape = Mapping[str, Any]


class ServiceModel:
    """One service's model of one version, or the newest, read with its first request."""

    def __init__(self, service: str, version: str | None = None) -> None:
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
        return self.members(operation, json_object(body))

    def members(self, operation: str, request: Mapping[str, Any]) -> dict[str, Any]:
        """The same for members that are parsed already, as those of a query string. Raises as ``read``."""
        problems: list[str] = []
        value = self._structure(self._input(operation), request, "", problems)
        if problems:
            raise InvalidMembers(*problems)
        return value

    def problems(self, operation: str, request: Mapping[str, Any]) -> list[str]:
        """The constraints that a request's members break, each in AWS's words. Raises Unreadable as ``read``."""
        problems: list[str] = []
        self._structure(self._input(operation), request, "", problems)
        return problems

    def typed(self, operation: str, properties: Mapping[str, Any]) -> dict[str, Any]:
        """A template's properties as members of a request: "30" is a number, where the shape says so.

        A property that has another form than the member of its name is left out.
        """
        return self._typed_structure(self.model["shapes"][self._input(operation)], properties)

    def takes(self, operation: str) -> bool:
        """Whether the service has this operation, and it has members."""
        return "input" in self.model["operations"].get(operation, {})

    def _input(self, operation: str) -> str:
        return str(self.model["operations"][operation]["input"]["shape"])

    def _typed_structure(self, shape: Shape, properties: Mapping[str, Any]) -> dict[str, Any]:
        values = {
            member: self._typed(rule["shape"], properties[member])
            for member, rule in shape["members"].items()
            if properties.get(member) is not None
        }
        return {member: value for member, value in values.items() if value is not None}

    def _typed(self, name: str, value: Any) -> Any:
        """The value in its shape's type, or None when it has none."""
        shape = self.model["shapes"][name]
        match shape["type"], value:
            case "structure", dict():
                return self._typed_structure(shape, value)
            case "list", list():
                return [
                    item for item in (self._typed(shape["member"]["shape"], one) for one in value) if item is not None
                ]
            case "map", dict():
                return {str(key): self._typed(shape["value"]["shape"], item) for key, item in value.items()}
            case (("structure" | "list" | "map" | "blob" | "timestamp"), _):
                return None
        return _scalar(shape["type"], value)

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
            case "structure" | "list" | "map":
                return value if shape.get("document") else self._container(name, value, path, problems)
            case "blob":
                return _blob(shape, value, path, problems)
            case "integer" | "long" | "double" | "float":
                return _number(shape, value, path, problems)
            case "boolean":
                _require(value, bool, path, "a Boolean")
                return value
            case "timestamp":
                return _timestamp(value, path)
        return _string(shape, value, path, problems)

    def _container(self, name: str, value: Any, path: str, problems: list[str]) -> Any:
        shape = self.model["shapes"][name]
        kind = list if shape["type"] == "list" else dict
        _require(value, kind, path, "a List" if kind is list else "a Map")
        if shape["type"] == "structure":
            return self._structure(name, value, path, problems)
        _length(shape, value, path, problems)
        if shape["type"] == "list":
            member = shape["member"]["shape"]
            return [self._value(member, item, f"{path}.{n}.member", problems) for n, item in enumerate(value, 1)]
        keys, values = shape["key"]["shape"], shape["value"]["shape"]
        return {
            self._value(keys, key, f"{path}.key", problems): self._value(values, item, f"{path}.{key}", problems)
            for key, item in value.items()
            if item is not None
        }


def json_object(body: bytes) -> dict[str, Any]:
    """A request's body.

    Raises:
        Unreadable: it is no JSON object.
    """
    try:
        request = json.loads(body)
    except (ValueError, RecursionError) as error:  # not JSON, not UTF-8, nested without end
        raise Unreadable("The request's body is not JSON.") from error
    if not isinstance(request, dict):
        raise Unreadable("The request's body is not a JSON object.")
    return request


def problem(value: Any, path: str, constraint: str) -> str:
    """One broken constraint, in AWS's words."""
    shown = "Value null" if value is None else f"Value '{value}'"
    return f"{shown} at '{path}' failed to satisfy constraint: {constraint}"


def _broken(shape: Shape, value: Any, path: str, constraint: str) -> str:
    """The same for a member of this shape: AWS does not repeat what its model calls sensitive."""
    if shape.get("sensitive"):
        return f"Value at '{path}' failed to satisfy constraint: {constraint}"
    return problem(value, path, constraint)


def _join(path: str, member: str) -> str:
    named = member[0].lower() + member[1:]
    return f"{path}.{named}" if path else named


def _require(value: Any, kind: type, path: str, name: str) -> None:
    if not isinstance(value, kind):
        raise _unreadable(value, path, name)


def _unreadable(value: Any, path: str, name: str) -> Unreadable:
    """AWS's words, and the member, which AWS leaves out."""
    match value:
        case list():
            return Unreadable(f"Start of list found where not expected, at '{path}'")
        case dict():
            return Unreadable(f"Start of structure or map found where not expected, at '{path}'")
        case bool():
            found = f"{value}_VALUE".upper()
        case int() | float():
            found = "NUMBER_VALUE"
        case _:
            found = "STRING_VALUE"
    return Unreadable(f"{found} can not be converted to {name}, at '{path}'")


def _string(shape: Shape, value: Any, path: str, problems: list[str]) -> str:
    _require(value, str, path, "a String")
    text = str(value)
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise Unreadable(f"{path} holds half of a surrogate pair, which is no character.") from error
    _length(shape, text, path, problems)
    if "enum" in shape and text not in shape["enum"]:
        problems.append(_broken(shape, text, path, f"Member must satisfy enum value set: [{', '.join(shape['enum'])}]"))
    if "pattern" in shape and not _matches(shape["pattern"], text):
        problems.append(
            _broken(shape, text, path, f"Member must satisfy regular expression pattern: {shape['pattern']}")
        )
    return text


def _matches(pattern: str, text: str) -> bool:
    """Whether a text has a pattern of AWS's models."""
    compiled = _compiled(pattern)
    return compiled is None or compiled.search(text) is not None


@cache
def _compiled(pattern: str) -> re.Pattern[str] | None:
    """None for what Java alone understands, and for what may take Python's time without end."""
    if _NESTED.search(pattern.replace(_LINEAR, "-")):
        return None
    try:
        return re.compile(rf"^(?:{pattern})$")
    except re.error:
        return None


#: Nested, and read in one way only: each turn ends with one character that no hyphen is.
_LINEAR = "(-*[a-zA-Z0-9])"
#: A repeated group that ends with something repeated: "(a+)*".
_NESTED = re.compile(r"[+*}]\)?[^()]*\)(?:[+*]|\{\d*,)")


def _number(shape: Shape, value: Any, path: str, problems: list[str]) -> int | float:
    whole = shape["type"] in ("integer", "long")
    if not whole and value in ("NaN", "Infinity", "-Infinity"):
        return float(value)
    if isinstance(value, bool) or not isinstance(value, int | float) or (whole and not float(value).is_integer()):
        raise _unreadable(value, path, "an Integer" if whole else "a Double")
    if value < shape.get("min", value):
        problems.append(problem(value, path, f"Member must have value greater than or equal to {shape['min']}"))
    if value > shape.get("max", value):
        problems.append(problem(value, path, f"Member must have value less than or equal to {shape['max']}"))
    return value


def _timestamp(value: Any, path: str) -> Any:
    """A number of seconds, or a text of a date: services differ in what they read, and look closer themselves."""
    if isinstance(value, bool | list | dict):
        raise _unreadable(value, path, "a Date")
    return value


def _scalar(kind: str, value: Any) -> Any:
    """A template's scalar as ``kind``, or None when it is not one."""
    if isinstance(value, dict | list):
        return None
    try:
        match kind:
            case "integer" | "long":
                return int(value)
            case "double" | "float":
                return float(value)
            case "boolean":
                return {"true": True, "false": False}.get(str(value).lower())
    except (TypeError, ValueError):
        return None
    return str(value)


def _blob(shape: Shape, value: Any, path: str, problems: list[str]) -> bytes:
    _require(value, str, path, "a Blob")
    try:
        data = base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError) as error:
        raise Unreadable(f"{path} is not base64.") from error
    if len(data) < shape.get("min", 0):
        problems.append(problem("java.nio.HeapByteBuffer", path, "Member must have length greater than or equal to 1"))
    return data


def _length(shape: Shape, value: str | list[Any] | dict[str, Any], path: str, problems: list[str]) -> None:
    if len(value) > shape.get("max", len(value)):
        problems.append(_broken(shape, value, path, f"Member must have length less than or equal to {shape['max']}"))
    if len(value) < shape.get("min", 0):
        problems.append(_broken(shape, value, path, f"Member must have length greater than or equal to {shape['min']}"))
