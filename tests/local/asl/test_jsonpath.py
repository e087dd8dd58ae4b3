"""What JSONPaths and intrinsic functions find, without any machine."""

from __future__ import annotations

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.asl.queries import functions, intrinsics
from local.asl.queries.functions import FunctionError
from local.asl.queries.jsonpath import NothingFoundError, PathError, is_path, parse

DATA = {
    "l": [1, 2, 3],
    "o": [{"p": 1, "c": "x"}, {"p": 12, "c": "y/z"}, {"q": 3}],
    "deep": {"x": 1, "b": {"x": [{"x": 2}]}},
    "detail-type": {"@id": 7, "it's": 8},
}
names = st.text(alphabet="abcXYZ019_-äß", min_size=1, max_size=8).filter(lambda name: name[0] not in "-019")
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(names, inner, max_size=4),
)


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("$..x", [1, [{"x": 2}], 2]),
        ("$..b.x[0].x", [2]),
        ("$..['x']", [1, [{"x": 2}], 2]),
        ("$.l.*", [1, 2, 3]),
        ("$.l[::2]", [1, 3]),
        ("$.l[1:].x", []),
        ("$.o[*].c", ["x", "y/z"]),
        ("$.o[?(@.p)].p", [1, 12]),
        ("$.o[?(!@.p)]", [{"q": 3}]),
        ("$.o[?(@.p == $.l[0])].c", ["x"]),
        ("$.o[?(@.p > 1.5 || @.q == 3)].p", [12]),
        ("$.o[?(@.c == 'y/z')].p", [12]),
        ("$.o[?(@.c =~ /X/i)].p", [1]),
        ("$.o[?(@.c =~ /y/)].p", []),
        ("$.deep[?(@.x == 1)].x", [1]),
        ("$.l[?(@ > 1)]", []),
        ("$.detail-type.@id", 7),
        ('$.detail-type["it\'s"]', 8),
        ("$.l.avg()", 2.0),
        ("$.l.max()", 3),
    ],
)
def test_paths(path: str, found: Any) -> None:
    assert is_path(path)
    assert parse(path).find(DATA) == found


@given(values, names)
def test_a_definite_path_finds_the_thing_or_nothing(data: Any, name: str) -> None:
    for written in (f"$.{name}", f"$['{name}']"):
        if isinstance(data, dict) and name in data:
            assert parse(written).find(data) == data[name]
        else:
            with pytest.raises(NothingFoundError):
                parse(written).find(data)


@given(st.lists(values, max_size=5), st.integers(-7, 7), st.integers(-7, 7))
def test_indices_and_slices_are_pythons(items: list[Any], first: int, last: int) -> None:
    assert parse(f"$[{first}:{last}]").find(items) == items[first:last]
    if -len(items) <= first < len(items):
        assert parse(f"$[{first}]").find(items) == items[first]


@given(st.text(alphabet="$.[]()'\"*?@,:=~/ab0- ", max_size=12))
def test_a_path_is_read_or_refused(text: str) -> None:
    """Nothing else comes out of what anybody may write."""
    if is_path(f"${text}"):
        with contextlib.suppress(PathError):
            parse(f"${text}").find(DATA)


@pytest.mark.parametrize(
    ("call", "value"),
    [
        ("States.Array(1, 'it\\'s', null, true, -1.5e1)", [1, "it's", None, True, -15.0]),
        ("States.ArrayPartition(States.ArrayRange(1, 5, 1), 2)", [[1, 2], [3, 4], [5]]),
        ("States.ArrayRange(5, 1, -2)", [5, 3, 1]),
        ("States.ArrayRange(1.4, 3.5, 1)", [1, 2, 3, 4]),
        ("States.ArrayUnique(States.Array(1, true, 1, '1', true))", [1, True, "1"]),
        ("States.Base64Decode(States.Base64Encode('ä'))", "ä"),
        ("States.Base64Decode('YQ')", "a"),
        ("States.Hash('a', 'MD5')", "0cc175b9c0f1b6a831c399e269772661"),
        (
            "States.JsonMerge(States.StringToJson('{\"a\":1}'), States.StringToJson('{\"b\":2}'), false)",
            {"a": 1, "b": 2},
        ),
        ("States.StringSplit('1,2+3,,', ',+')", ["1", "2", "3"]),
        ("States.MathRandom(4, 4)", 4),
        ("States.JsonToString(States.Array('ä'))", '["ä"]'),
        ("States.Format('{}', States.Array(1, null))", "[1, null]"),
    ],
)
def test_functions(call: str, value: Any) -> None:
    assert _value(intrinsics.parse(call)) == value


@pytest.mark.parametrize(
    "call",
    [
        "States.ArrayRange(1, 2000, 1)",
        "States.ArrayRange(1, 2, 0)",
        "States.ArrayPartition(States.Array(1), 0)",
        "States.ArrayLength('a')",
        "States.ArrayGetItem(States.Array(1), -1)",
        "States.Base64Decode('*')",
        "States.Hash('a', 'MD4')",
        "States.Hash('a', States.Array())",
        "States.JsonMerge(States.Array(), States.Array(), false)",
        "States.JsonMerge(States.StringToJson('{}'), States.StringToJson('{}'), true)",
        "States.StringToJson('NaN')",
        "States.MathAdd(true, 1)",
        "States.MathRandom(2, 1)",
        "States.StringSplit(1, ',')",
        "States.Format(1)",
        "States.Format('{}')",
        "States.Format('', 1)",
    ],
)
def test_arguments_that_are_refused(call: str) -> None:
    with pytest.raises(FunctionError):
        _value(intrinsics.parse(call))


@given(values)
def test_json_goes_there_and_back(value: Any) -> None:
    text = functions.call("JsonToString", [value])
    assert functions.call("StringToJson", [text]) == json.loads(text) == value


def _value(part: Any) -> Any:
    """A call without paths."""
    if isinstance(part, intrinsics.Call):
        return functions.call(part.name, [_value(each) for each in part.arguments])
    is_template = isinstance(part.value, str) and "{}" in part.value
    return functions.unescaped(part.value) if isinstance(part.value, str) and not is_template else part.value
