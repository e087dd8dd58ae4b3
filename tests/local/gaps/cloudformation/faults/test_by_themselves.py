"""The checks of a template by themselves: they never raise, whatever stands in it, and say nothing of good ones."""

from __future__ import annotations

import copy
import itertools
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from local import gaps
from local.cloud.deploying.package import package
from local.gaps import _seams
from local.gaps.cloudformation import parameters, template_format
from local.gaps.cloudformation._static import Scope, known
from local.gaps.cloudformation._template import activity, rules, schemas
from local.gaps.cloudformation._template.nodes import section
from tests.local.gaps.cloudformation.faults.builders import alarm, function, role, table, template
from tests.local.gaps.cloudformation.faults.test_at_the_resource import AT_THE_RESOURCE
from tests.local.gaps.cloudformation.faults.test_at_validation import AT_VALIDATION

ROOT = Path(__file__).parents[5]
OURS = [
    ROOT / "template.yaml",
    *sorted((ROOT / "pipelines").glob("*.yaml")),
    *sorted((ROOT / "tests" / "local" / "templates").rglob("template.yaml")),
]

SCALARS = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(max_size=5))
KEYS = st.one_of(
    st.sampled_from(["Ref", "Fn::Sub", "Fn::GetAtt", "Fn::If", "Fn::FindInMap", "Fn::Join", "Statement", "Rules"]),
    st.text(max_size=5),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(KEYS, inner, max_size=2)),
    max_leaves=6,
)


@pytest.fixture(autouse=True, scope="module")
def _every_gap() -> None:
    """The checks ask MiniStack for a parameter's value, as this gap left it."""
    if parameters.__name__ not in gaps._installed:
        _seams.check(parameters.LEANS_ON)
        parameters.install()
        gaps._installed.add(parameters.__name__)


def read(path: Path) -> dict[str, Any]:
    return package(path, lambda key, _: f"s3://artifacts/{key}")


def told(sent: dict[str, Any], translated: dict[str, Any]) -> list[tuple[str, str]]:
    """What the checks say without a server, where values of resources are unknown.

    Of the faults at the call the first, as the call does: what comes after it may lean on it.
    """
    faults = list(itertools.islice(template_format.format_faults(sent, translated), 1))
    if not faults:
        faults += activity.faults(translated, {})
        for name, made in section(translated, "Resources").items():
            path = ("Resources", name, "Properties")
            for fault in schemas.faults(made["Type"], made.get("Properties") or {}, "us-east-1"):
                faults.append(type(fault)((*path, *fault.path), fault.sentence))
    return [(fault.pointer(), fault.sentence) for fault in faults]


@pytest.mark.parametrize("path", OURS, ids=[str(path.relative_to(ROOT)) for path in OURS])
def test_our_own_templates_have_no_fault(path: Path) -> None:
    from ministack.services.cloudformation import engine

    sent = read(path)
    assert told(sent, engine._apply_transforms(copy.deepcopy(sent))) == []


def good() -> dict[str, Any]:
    """A template with something of every kind that the checks look at."""
    document = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:Get*", "Resource": "*"}]}
    return template(
        sections={
            "Parameters": {"P": {"Type": "String", "Default": "a", "AllowedValues": ["a", "b"]}},
            "Mappings": {"M": {"a": {"b": "c"}}},
            "Conditions": {"C": {"Fn::Equals": [{"Ref": "P"}, "a"]}, "D": {"Fn::Not": [{"Condition": "C"}]}},
            "Outputs": {"O": {"Value": {"Fn::Sub": "${R}-${Table.Arn}"}, "Export": {"Name": "o"}}},
        },
        R=role(document),
        Table=table(["id"], ["id"]),
        F=function(Environment={"Variables": {"NAME": {"Fn::If": ["C", {"Ref": "R"}, "x"]}}}),
        A=alarm(),
    )


def test_the_good_template_has_no_fault() -> None:
    assert told(good(), good()) == []


def places(node: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    return [path, *(place for key, value in inner for place in places(value, (*path, key)))][1 if not path else 0 :]


@settings(max_examples=300)
@given(place=st.sampled_from(places(good())), value=VALUES)
def test_nothing_that_stands_anywhere_breaks_the_checks(place: tuple[Any, ...], value: Any) -> None:
    broken = copy.deepcopy(good())
    node: Any = broken
    for key in place[:-1]:
        node = node[key]
    node[place[-1]] = value
    if told(broken, broken):
        return
    scope = Scope.of(broken, {"P": {"Value": "a", "Type": "String"}}, frozenset(), "s", "arn")
    for made in broken["Resources"].values():
        properties = known(made.get("Properties") or {}, scope)
        list(rules.sentences(made["Type"], properties))


RULED = ["KeySchema", "AttributeDefinitions", "ProvisionedThroughput", "Policies", "PolicyDocument", "RedrivePolicy"]
RULED += ["AssumeRolePolicyDocument", "Period", "OwnershipControls", "EventSourceArn"]


@settings(max_examples=200)
@given(
    kind=st.sampled_from(sorted(rules._RULES)), properties=st.dictionaries(st.sampled_from(RULED), VALUES, max_size=4)
)
def test_rules_take_any_value(kind: str, properties: dict[str, Any]) -> None:
    assert all(isinstance(sentence, str) for sentence in rules.sentences(kind, properties))


@pytest.mark.parametrize("kind", sorted({
    made["Type"]
    for body, *_ in (*AT_VALIDATION.values(), *AT_THE_RESOURCE.values())
    for made in body["Resources"].values()
    if not made["Type"].startswith("Custom::")
}))  # fmt: skip
def test_every_type_of_the_probes_has_its_schema(kind: str) -> None:
    assert schemas.schema(kind, "us-east-1") is not None


def test_no_schema_breaks_the_validator() -> None:
    """Each type of a Region, with a property that it surely does not have: the answer is a fault, never an error."""
    silent = [
        kind
        for kind in schemas.types("us-east-1")
        if not list(schemas.faults(kind, {"NoSuchProperty": [{"a": 1}]}, "us-east-1"))
    ]
    assert silent == []
