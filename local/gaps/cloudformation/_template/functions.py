"""Names and arguments of intrinsic functions."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from local.gaps._types import Json, Record
from local.gaps.cloudformation._template.nodes import Fault, calls, section, variables

_SUPPORTED = (
    "Fn::Base64, Fn::GetAtt, Fn::GetAZs, Fn::ImportValue, Fn::Join, Fn::Split, Fn::FindInMap, Fn::Select, Ref,"
    " Fn::Equals, Fn::If, Fn::Not, Condition, Fn::And, Fn::Or, Fn::Contains, Fn::EachMemberEquals, Fn::EachMemberIn,"
    " Fn::ValueOf, Fn::ValueOfAll, Fn::RefAll, Fn::Sub, Fn::Cidr"
)
# AWS::LanguageExtensions and AWS::Include bring these; whether they may stand there is asked where they are expanded.
_OTHERS = ("Fn::ToJsonString", "Fn::Length", "Fn::Transform", "Fn::GetStackOutput")
_KNOWN = frozenset(_SUPPORTED.split(", ")) | frozenset(_OTHERS)
_VARIABLE = re.compile(r"[A-Za-z0-9_.:]+")

Holds = Callable[[Json], bool]


def _list(least: int, most: int | None = None) -> Holds:
    return lambda argument: isinstance(argument, list) and least <= len(argument) <= (most or least)


def _join(argument: Json) -> bool:
    return _list(2)(argument) and isinstance(argument[0], str) and isinstance(argument[1], (list, dict))


def _select(argument: Json) -> bool:
    if not _list(2)(argument) or not isinstance(argument[1], (list, dict)):
        return False
    return isinstance(argument[0], (int, dict)) or str(argument[0]).isdigit()


def _attribute(argument: Json) -> bool:
    if isinstance(argument, str):
        name, _, attribute = argument.partition(".")
        return bool(name and attribute)
    return _list(2)(argument) and all(argument) and isinstance(argument[0], str)


def _sub(argument: Json) -> bool:
    return isinstance(argument, str) or (
        _list(1, 2)(argument)
        and isinstance(argument[0], str)
        and all(isinstance(given, dict) for given in argument[1:])
    )


#: Function: what its argument must be, and AWS's sentence where it is not.
_ARGUMENTS: dict[str, tuple[Holds, str]] = {
    "Ref": (lambda argument: isinstance(argument, str), "Template format error: All References must be of type string"),
    "Fn::GetAtt": (
        _attribute,
        "Template error: every Fn::GetAtt object requires two non-empty parameters, the resource name and the"
        " resource attribute",
    ),
    "Fn::Join": (
        _join,
        "Template error: every Fn::Join object requires two parameters, (1) a string delimiter and (2) a list of"
        " strings to be joined or a function that returns a list of strings (such as Fn::GetAZs) to be joined.",
    ),
    "Fn::Select": (
        _select,
        "Template error: Fn::Select requires a list argument with two elements: an integer index and a list",
    ),
    "Fn::Split": (
        _list(2),
        "Template error: every Fn::Split object requires two parameters, (1) a string delimiter and (2) a string to"
        " be split or a function that returns a string to be split.",
    ),
    "Fn::FindInMap": (
        _list(3, 4),
        "Template error: every Fn::FindInMap object requires three parameters, the map name, map key and the"
        " attribute for return value",
    ),
    "Fn::If": (_list(3), "Template error: Fn::If requires a list argument with three elements"),
    "Fn::Equals": (_list(2), "Template error: every Fn::Equals object requires a list of 2 string parameters."),
    "Fn::Not": (_list(1), "Template error: every Fn::Not object requires a list with exactly 1 boolean parameter."),
    "Fn::Sub": (
        _sub,
        "Template error: One or more Fn::Sub intrinsic functions don't specify expected arguments. Specify a string"
        " as first argument, and an optional second argument to specify a mapping of values to replace in the string",
    ),
    "Fn::Base64": (
        lambda argument: isinstance(argument, (str, dict)),
        "Template error: every Fn::Base64 object must have a String-typed value.",
    ),
    "Fn::Cidr": (
        _list(2, 3),
        "Template error: every Fn::Cidr object requires two or three parameters, (1) an IP block, (2) a count and (3)"
        " the number of subnet bits",
    ),
    **{
        f"Fn::{name}": (
            _list(2, 10),
            f"Template error: every Fn::{name} object requires a list of at least 2 and at most 10 boolean parameters.",
        )
        for name in ("And", "Or")
    },
}


def faults(template: Record) -> Iterator[Fault]:
    """Functions that CloudFormation does not have, and arguments that they do not take."""
    for block in ("Conditions", "Resources", "Outputs"):
        for path, function, argument in calls(section(template, block), (block,)):
            if function not in _KNOWN and not function.startswith("Fn::ForEach"):
                yield Fault(
                    path,
                    f"Template format error: Encountered unsupported function: {function} Supported functions are:"
                    f" [{_SUPPORTED}]",
                )
            holds, sentence = _ARGUMENTS.get(function, (None, ""))
            if holds is not None and not holds(argument):
                yield Fault(path, sentence)
            elif function == "Fn::Sub":
                text = argument if isinstance(argument, str) else argument[0]
                if not all(_VARIABLE.fullmatch(variable) for variable in variables(text)):
                    yield Fault(
                        path,
                        "Template error: variable names in Fn::Sub syntax must contain only alphanumeric characters,"
                        " underscores, periods, and colons",
                    )
