"""The members of a template and of its parameters, mappings, conditions, resources and outputs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from local.gaps._types import Json, Record
from local.gaps.cloudformation._template.nodes import Fault, Path, intrinsic, section

_TOP = frozenset(
    {
        "AWSTemplateFormatVersion",
        "Description",
        "Hooks",
        "Mappings",
        "Metadata",
        "Outputs",
        "Parameters",
        "Resources",
        "Rules",
        "Transform",
        "Conditions",
    }
)
_RESOURCE = frozenset(
    {
        "Condition",
        "CreationPolicy",
        "DeletionPolicy",
        "DependsOn",
        "Metadata",
        "Properties",
        "Type",
        "UpdatePolicy",
        "UpdateReplacePolicy",
        "Version",
    }
)
_OUTPUT = frozenset({"Condition", "Description", "Export", "Value"})
_PARAMETER = frozenset(
    {
        "AllowedPattern",
        "AllowedValues",
        "ConstraintDescription",
        "Default",
        "Description",
        "MaxLength",
        "MaxValue",
        "MinLength",
        "MinValue",
        "NoEcho",
        "Type",
    }
)
_PARAMETER_TYPE = re.compile(
    r"String|Number|CommaDelimitedList|List<Number>|List<String>"
    r"|(?:List<)?AWS::(?:EC2|Route53)::[\w:]+>?|AWS::SSM::Parameter::(?:Name|Value<[\w:<>]+>)"
)
_POLICIES = {
    "DeletionPolicy": frozenset({"Delete", "Retain", "RetainExceptOnCreate", "Snapshot"}),
    "UpdateReplacePolicy": frozenset({"Delete", "Retain", "Snapshot"}),
}
_SNAPSHOTS = frozenset(
    f"AWS::{kind}"
    for kind in (
        "DocDB::DBCluster",
        "EC2::Volume",
        "ElastiCache::CacheCluster",
        "ElastiCache::ReplicationGroup",
        "Neptune::DBCluster",
        "RDS::DBCluster",
        "RDS::DBInstance",
        "Redshift::Cluster",
    )
)
_VERSION = "2010-09-09"
_TRANSFORMS = frozenset(
    {
        "AWS::CodeDeployBlueGreen",
        "AWS::Include",
        "AWS::LanguageExtensions",
        "AWS::SecretsManager-2020-07-23",
        "AWS::SecretsManager-2024-09-16",
        "AWS::Serverless-2016-10-31",
        "AWS::ServiceCatalog",
    }
)
_CONDITIONS = frozenset({"Condition", "Fn::And", "Fn::Equals", "Fn::If", "Fn::Not", "Fn::Or"})
_NAME = re.compile(r"[A-Za-z0-9]+")


def faults(template: Record) -> Iterator[Fault]:
    """What stands in a template and does not belong there, and what it lacks."""
    unknown = [str(key) for key in template if key not in _TOP]
    if unknown:
        yield Fault((unknown[0],), f"Invalid template property or properties [{', '.join(unknown)}]")
    version = template.get("AWSTemplateFormatVersion", _VERSION)
    if str(version) != _VERSION:
        sentence = f"Template format error: {version} is not a supported value for AWSTemplateFormatVersion."
        yield Fault(("AWSTemplateFormatVersion",), sentence)
    if not isinstance(template.get("Description", ""), str):
        yield Fault(("Description",), "Template format error: Every Description member must be a string.")
    for name in ("Parameters", "Mappings", "Conditions", "Resources", "Outputs"):
        if not isinstance(template.get(name, {}), dict):
            yield Fault((name,), f"Template format error: [/{name}] must be an object.")
    if not section(template, "Resources"):
        yield Fault(("Resources",), "Template format error: At least one Resources member must be defined.")
    for name, definition in section(template, "Parameters").items():
        yield from _parameter(str(name), definition)
    yield from _mappings(section(template, "Mappings"))
    yield from _conditions(section(template, "Conditions"))
    for name, definition in section(template, "Resources").items():
        yield from _resource(str(name), definition)
    for name, definition in section(template, "Outputs").items():
        yield from _output(str(name), definition)


def transforms(template: Record) -> Iterator[Fault]:
    """Transforms of a template as it was sent that nobody has; macros of an account are not made here."""
    declared = template.get("Transform", [])
    for entry in declared if isinstance(declared, list) else [declared]:
        name = entry.get("Name") if isinstance(entry, dict) else entry
        if not isinstance(name, str):
            sentence = "Template format error: Every Transform member must be a string or an object with a Name."
            yield Fault(("Transform",), sentence)
        elif name not in _TRANSFORMS:
            yield Fault(("Transform",), f"No transform named {name} found.")


def nulls(node: Json, path: Path = ()) -> Iterator[Fault]:
    """Every value that is empty: CloudFormation has no null."""
    if node is None:
        pointer = "".join(f"/{part}" for part in path)
        yield Fault(path, f"Template format error: [{pointer}] 'null' values are not allowed in templates")
    elif isinstance(node, dict):
        for key, value in node.items():
            yield from nulls(value, (*path, str(key)))
    elif isinstance(node, list):
        for index, value in enumerate(node):
            yield from nulls(value, (*path, str(index)))


def _named(kind: str, name: str, path: Path) -> Iterator[Fault]:
    if not _NAME.fullmatch(name):
        yield Fault(path, f"Template format error: {kind} name {name} is non alphanumeric.")


def _parameter(name: str, definition: Any) -> Iterator[Fault]:
    path = ("Parameters", name)
    yield from _named("Parameter", name, path)
    if not isinstance(definition, dict):
        yield Fault(path, "Template format error: Any Parameters member must be an object.")
        return
    for key in definition:
        if key not in _PARAMETER:
            yield Fault((*path, str(key)), f"Invalid template parameter property '{key}'")
    if "Type" not in definition:
        yield Fault(path, "Template format error: Every Parameters object must contain a Type member.")
    elif not _PARAMETER_TYPE.fullmatch(str(definition["Type"])):
        kind = definition["Type"]
        yield Fault((*path, "Type"), f"Template format error: Unrecognized parameter type: {kind}")
    if isinstance(definition.get("Default"), (dict, list)):
        yield Fault((*path, "Default"), "Template format error: Every Default member must be a string.")
    if not isinstance(definition.get("AllowedValues", []), list):
        yield Fault(
            (*path, "AllowedValues"), f"Template format error: [/Parameters/{name}/AllowedValues] must be a list"
        )


def _mappings(mappings: Record) -> Iterator[Fault]:
    for name, mapping in mappings.items():
        path: Path = ("Mappings", str(name))
        yield from _named("Mappings", str(name), path)
        if not isinstance(mapping, dict):
            yield Fault(path, "Template format error: Any Mappings member must be an object.")
            continue
        for key, values in mapping.items():
            if not isinstance(values, dict):
                yield Fault(
                    (*path, str(key)), f"Template format error: [/Mappings/{name}/{key}] must be a map of attributes."
                )
            elif any(isinstance(value, dict) for value in values.values()):
                yield Fault(
                    (*path, str(key)), "Template format error: Every Mappings attribute must be a String or a List."
                )


def _conditions(conditions: Record) -> Iterator[Fault]:
    for name, expression in conditions.items():
        if not isinstance(expression, dict) or not set(expression) <= _CONDITIONS or not _only_calls(expression):
            yield Fault(
                ("Conditions", str(name)),
                "Template format error: Conditions can only be boolean operations on parameters and other conditions",
            )


def _only_calls(node: Json) -> bool:
    """Whether each map in a condition is one call of a function."""
    if isinstance(node, list):
        return all(_only_calls(part) for part in node)
    if not isinstance(node, dict):
        return True
    function = "Condition" if set(node) == {"Condition"} else intrinsic(node)
    # Fn::FindInMap and Fn::Sub take a map themselves.
    return function in ("Fn::FindInMap", "Fn::Sub") or (function is not None and all(map(_only_calls, node.values())))


def _resource(name: str, definition: Any) -> Iterator[Fault]:
    path = ("Resources", name)
    yield from _named("Resource", name, path)
    if not isinstance(definition, dict):
        yield Fault(path, "Template format error: Any Resources member must be an object.")
        return
    for key in definition:
        if key not in _RESOURCE:
            yield Fault((*path, str(key)), f"Invalid template resource property '{key}'")
    if not isinstance(definition.get("Type"), str):
        pointer = f"[/Resources/{name}]"
        yield Fault(path, f"Template format error: {pointer} Every Resources object must contain a Type member.")
    properties = definition.get("Properties", {})
    if not isinstance(properties, dict) or intrinsic(properties) not in (None, "Fn::Transform"):
        yield Fault((*path, "Properties"), f"Template format error: [/Resources/{name}/Properties] must be an object.")
    wanted = definition.get("DependsOn", [])
    if not all(isinstance(other, str) for other in (wanted if isinstance(wanted, list) else [wanted])):
        yield Fault((*path, "DependsOn"), "Template format error: DependsOn must be a string or a list of strings.")
    if not isinstance(definition.get("Condition", ""), str):
        yield Fault((*path, "Condition"), "Template format error: Every Condition member must be a string.")
    yield from _kept(name, definition)


def _kept(name: str, definition: Record) -> Iterator[Fault]:
    for attribute, allowed in _POLICIES.items():
        policy = definition.get(attribute)
        if not isinstance(policy, str):
            continue
        path = ("Resources", name, attribute)
        if policy not in allowed:
            yield Fault(path, f"Template format error: Unrecognized {attribute} {policy} for resource {name}")
        elif policy == "Snapshot" and definition.get("Type") not in _SNAPSHOTS:
            kind = definition.get("Type")
            words = "deletion policy" if attribute == "DeletionPolicy" else "update replace policy"
            yield Fault(path, f"Template error: resource type {kind} does not support {words} Snapshot")


def _output(name: str, definition: Any) -> Iterator[Fault]:
    path = ("Outputs", name)
    yield from _named("Output", name, path)
    if not isinstance(definition, dict):
        yield Fault(path, "Template format error: Any Outputs member must be an object.")
        return
    if "Value" not in definition:
        yield Fault(path, "Template format error: Every Outputs member must contain a Value object")
    for key in definition:
        if key not in _OUTPUT:
            yield Fault((*path, str(key)), f"Invalid template output property '{key}'")
    export = definition.get("Export")
    if "Export" in definition and (not isinstance(export, dict) or set(export) != {"Name"}):
        yield Fault(
            (*path, "Export"),
            f"Template format error: Output {name} is malformed. The Name field of every Export member must be"
            " specified.",
        )
    elif isinstance(definition.get("Value"), list):
        yield Fault(
            (*path, "Value"),
            "Template format error: The Value field of every Outputs member must evaluate to a String.",
        )
