"""What members, truth and equality are in JavaScript, and what it throws."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, TypeAlias
from urllib.parse import quote, unquote_to_bytes

from local.gaps.cloudfront._javascript.words import NotKnown

Value: TypeAlias = Any


class Thrown(Exception):
    """JavaScript threw, and nothing caught it."""


class _Undefined:
    def __bool__(self) -> bool:
        return False


UNDEFINED = _Undefined()


def _decode(text: str) -> str:
    if re.search(r"%(?![0-9A-Fa-f]{2})", text):
        raise Thrown("URI malformed")
    try:
        return unquote_to_bytes(text).decode()
    except UnicodeDecodeError as error:
        raise Thrown("URI malformed") from error


GLOBALS: dict[str, Value] = {
    "decodeURIComponent": _decode,
    "encodeURIComponent": lambda text: quote(text, safe="-_.!~*'()"),
}
_STRING: dict[str, Callable[..., Value]] = {
    "startsWith": str.startswith,
    "endsWith": str.endswith,
    "includes": lambda text, part: part in text,
    "toLowerCase": str.lower,
}


def member(value: Value, name: Value) -> Value:
    """`value.name`. Raises Thrown as JavaScript throws, NotKnown for a member that is not built here."""
    if isinstance(value, dict):
        return value.get(name, UNDEFINED)
    if isinstance(value, list):
        return _item(value, name)
    if isinstance(value, str) and name in _STRING:
        method = _STRING[name]
        return lambda *given: method(value, *given)
    if isinstance(value, re.Pattern) and name == "test":
        return lambda text: value.search(text) is not None
    if value is None or value is UNDEFINED:
        raise Thrown(f"Cannot read properties of {'null' if value is None else 'undefined'} (reading '{name}')")
    raise NotKnown(f"not known here: the member {name} of a {type(value).__name__}")


def _item(items: list[Value], name: Value) -> Value:
    if name == "length":
        return len(items)
    if isinstance(name, int):
        return items[name] if name < len(items) else UNDEFINED
    raise NotKnown(f"not known here: the member {name} of an array")


def truth(value: Value) -> bool:
    """Whether a value counts as true."""
    # An empty object or array is true in JavaScript.
    return True if isinstance(value, dict | list) else bool(value)


def same(one: Value, other: Value) -> bool:
    """`one === other`."""
    if isinstance(one, dict | list) or isinstance(other, dict | list):
        return one is other
    numbers = [isinstance(value, int | float) and not isinstance(value, bool) for value in (one, other)]
    return (all(numbers) or type(one) is type(other)) and bool(one == other)


def added(one: Value, other: Value) -> Value:
    """`one + other` of texts. Raises NotKnown for others, which JavaScript would convert."""
    if isinstance(one, str) and isinstance(other, str):
        return one + other
    raise NotKnown("not known here: + of what is no text")
