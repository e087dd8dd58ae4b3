"""What an intrinsic function gives for its arguments, which are values by then.

AWS: Developer Guide, "Intrinsic functions for JSONPath states". Numbers that are not whole are rounded; MD5 and its
like and Base64 take 10,000 characters, a range has 1,000 members.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import math
import random
import re
import uuid
from collections.abc import Callable
from typing import Any

MOST_CHARACTERS = 10_000
MOST_MEMBERS = 1_000

_HASHES = {"MD5": "md5", "SHA-1": "sha1", "SHA-256": "sha256", "SHA-384": "sha384", "SHA-512": "sha512"}
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_TEMPLATE = re.compile(r"\\(.)|\{\}", re.DOTALL)


class FunctionError(Exception):
    """Arguments that the function does not take."""


def unescaped(text: str) -> str:
    """A text as it stands in a call, without its backslashes."""
    return _ESCAPED.sub(r"\1", text)


def call(name: str, arguments: list[Any]) -> Any:
    """The value of ``States.<name>``. Raises FunctionError."""
    return _FUNCTIONS[name](*arguments)


def _array(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise FunctionError(f"Expected an array, but was {_json(value)}")
    return value


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise FunctionError(f"Expected a string, but was {_json(value)}")
    return value


def _short(value: Any) -> str:
    if len(_text(value)) > MOST_CHARACTERS:
        raise FunctionError(f"Expected at most {MOST_CHARACTERS} characters, but were {len(value)}")
    return str(value)


def _whole(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise FunctionError(f"Expected a number, but was {_json(value)}")
    return math.floor(value + 0.5) if isinstance(value, float) else value


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _same(value: Any) -> str:
    """Equal for what JSON calls equal: true is not 1."""
    return json.dumps(value, sort_keys=True)


def _shown(value: Any) -> str:
    """A value inside of a text: arrays and objects as Java writes them, anything else as JSON."""
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return f"[{', '.join(map(_shown, value))}]"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{name}={_shown(inner)}' for name, inner in value.items())}}}"
    return json.dumps(value)


def _format(template: Any, *values: Any) -> str:
    """``{}`` of the template are replaced in order; ``\\{`` is a bracket of the text."""
    places = sum(match[0] == "{}" for match in _TEMPLATE.finditer(_text(template)))
    if places != len(values):
        raise FunctionError(f"The template has {places} occurrences of '{{}}', but {len(values)} arguments are given")
    left = iter(values)
    return _TEMPLATE.sub(lambda match: _shown(next(left)) if match[0] == "{}" else match[1], template)


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def _parsed(text: Any) -> Any:
    try:
        return json.loads(_text(text), parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise FunctionError(f"The argument is not valid JSON: {error}") from error


def _partition(array: Any, size: Any) -> list[list[Any]]:
    array, size = _array(array), _whole(size)
    if size < 1:
        raise FunctionError(f"Expected a chunk size of at least 1, but was {size}")
    return [array[start : start + size] for start in range(0, len(array), size)]


def _range(first: Any, last: Any, step: Any) -> list[int]:
    first, last, step = _whole(first), _whole(last), _whole(step)
    if step == 0:
        raise FunctionError("Expected an increment that is not 0")
    members = max((last - first) // step + 1, 0)
    if members > MOST_MEMBERS:
        raise FunctionError(f"Expected at most {MOST_MEMBERS} members, but were {members}")
    return [first + number * step for number in range(members)]


def _item(array: Any, index: Any) -> Any:
    array, index = _array(array), _whole(index)
    if not 0 <= index < len(array):
        raise FunctionError(f"The index {index} is out of bounds for an array of length {len(array)}")
    return array[index]


def _unique(array: Any) -> list[Any]:
    found: dict[str, Any] = {}
    for each in _array(array):
        found.setdefault(_same(each), each)
    return list(found.values())


def _contains(array: Any, value: Any) -> bool:
    return _same(value) in {_same(each) for each in _array(array)}


def _encoded(text: Any) -> str:
    return base64.b64encode(_short(text).encode()).decode()


def _decoded(text: Any) -> str:
    text = _short(text)
    try:
        # Padding may be missing.
        return base64.b64decode(text + "=" * (-len(text) % 4), validate=True).decode("utf-8", "replace")
    except binascii.Error as error:
        raise FunctionError(f"The argument is not valid Base64: {error}") from error


def _hash(data: Any, algorithm: Any) -> str:
    if not isinstance(algorithm, str) or algorithm not in _HASHES:
        raise FunctionError(f"Expected one of {', '.join(_HASHES)}, but was {_json(algorithm)}")
    text = data if isinstance(data, str) else _json(data)
    return hashlib.new(_HASHES[algorithm], _short(text).encode()).hexdigest()


def _merged(first: Any, second: Any, deep: Any) -> dict[str, Any]:
    for value in (first, second):
        if not isinstance(value, dict):
            raise FunctionError(f"Expected an object, but was {_json(value)}")
    if deep is not False:
        raise FunctionError("Only the shallow merge is supported: the third argument must be false")
    return {**first, **second}


def _random(first: Any, last: Any, *seed: Any) -> int:
    first, last = _whole(first), _whole(last)
    if last < first:
        raise FunctionError(f"Expected an end of at least {first}, but was {last}")
    return random.Random(*map(_whole, seed)).randint(first, last)  # noqa: S311 - a number, no secret


def _split(text: Any, characters: Any) -> list[str]:
    """Each of ``characters`` parts; there are no empty parts."""
    pattern = f"[{re.escape(_text(characters))}]" if characters else r"(?!)"
    return [part for part in re.split(pattern, _text(text)) if part]


_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "Format": _format,
    "StringToJson": _parsed,
    "JsonToString": _json,
    "Array": lambda *values: list(values),
    "ArrayPartition": _partition,
    "ArrayContains": _contains,
    "ArrayRange": _range,
    "ArrayGetItem": _item,
    "ArrayLength": lambda array: len(_array(array)),
    "ArrayUnique": _unique,
    "Base64Encode": _encoded,
    "Base64Decode": _decoded,
    "Hash": _hash,
    "JsonMerge": _merged,
    "MathRandom": _random,
    "MathAdd": lambda first, second: _whole(first) + _whole(second),
    "StringSplit": _split,
    "UUID": lambda: str(uuid.uuid4()),
}
