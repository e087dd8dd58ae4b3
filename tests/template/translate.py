"""The templates as CloudFormation gets to see them: translated by the library that SAM uses, conditions decided.

Nested applications are looked at in their place: `resolved` gives one template in which their resources stand beside
the root's, parameters are what the root passes on, and outputs are what they stand for. Rules therefore need not know
where one application ends and the next begins.
"""

from __future__ import annotations

import copy
import json
import logging
import os
import re
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any
from unittest import mock

from samtranslator.translator.transform import transform

from local.cloud.deploying.package import package
from local.cloud.deploying.template import Template, read_template
from local.cloud.testing import ROOT

# It warns at every translation about metrics of its own, which are not collected here.
logging.getLogger("samtranslator.metrics").setLevel(logging.ERROR)

TEMPLATE = ROOT / "template.yaml"
ACCOUNT = {"AWS::Region": "us-east-1", "AWS::AccountId": "123456789012", "AWS::Partition": "aws"}
NO_VALUE = {"Ref": "AWS::NoValue"}
GRADUAL = "Canary10Percent15Minutes"
"""A value of ``Rollout``, which the transform reads: with another one than the default there is more in a template."""

Change = Callable[[Template], object]


NESTED = "AWS::Serverless::Application"
STACK = "AWS::CloudFormation::Stack"


@cache
def _packaged(path: Path) -> str:
    """The template with its local paths replaced by objects, as text, for every caller wants a copy of its own."""
    return json.dumps(package(path, lambda key, _content: f"s3://artefacts/{key}"))


@cache
def applications(path: Path = TEMPLATE) -> dict[str, Path]:
    """Logical id -> file of each application that a template nests."""
    found = read_template(path)["Resources"].items()
    return {name: (path.parent / e["Properties"]["Location"]).resolve() for name, e in found if e["Type"] == NESTED}


def templates(path: Path = TEMPLATE) -> tuple[Path, ...]:
    """template.yaml and the files of its nested applications, at any depth."""
    return (path, *(file for nested in applications(path).values() for file in templates(nested)))


@cache
def source() -> Template:
    """The root template as it is written, with the resources and parameters of all. Not to be changed."""
    whole = read_template(TEMPLATE)
    for path in templates()[1:]:
        nested = read_template(path)
        for section in ("Resources", "Parameters"):
            whole[section] = {**nested[section], **whole[section]}
    return whole


def packaged(path: Path = TEMPLATE) -> Template:
    return dict(json.loads(_packaged(path)))


def translate(template: Template, parameters: Mapping[str, str] | None = None) -> Template:
    """What the SAM transform makes of a packaged template; raises samtranslator's InvalidDocumentException."""

    class NoManagedPolicies:
        def load(self) -> dict[str, str]:
            return {}

    # The library asks boto3 for the Region, only to tell the partition.
    with mock.patch.dict(os.environ, {"AWS_DEFAULT_REGION": ACCOUNT["AWS::Region"]}):
        return dict(transform(copy.deepcopy(template), dict(parameters or {}), NoManagedPolicies()))


def resolve(template: Template, parameters: Mapping[str, str] | None = None) -> Template:
    """A translated template for one set of parameters: resources whose condition does not hold are gone, references
    to parameters and mappings are values. References to resources stay as they are."""
    decided = _decided(template, parameters)
    kept = {
        section: {
            name: entry
            for name, entry in template.get(section, {}).items()
            if "Condition" not in entry or decided.holds(entry["Condition"])
        }
        for section in ("Resources", "Outputs")
    }
    return {**template, **decided.value(kept)}


def _decided(template: Template, parameters: Mapping[str, str] | None) -> _Decided:
    values = {name: str(p.get("Default", "")) for name, p in template.get("Parameters", {}).items()}
    return _Decided(template, values | {"AWS::StackName": "millrace", **ACCOUNT, **(parameters or {})})


def plain(value: Any, template: Template, parameters: Mapping[str, str] | None = None) -> Any:
    """A value of a template for one set of parameters; raises KeyError where it needs a resource."""
    return _decided(template, parameters).plain(value)


class _Decided:
    def __init__(self, template: Template, values: Mapping[str, str]) -> None:
        self._conditions = template.get("Conditions", {})
        self._mappings = template.get("Mappings", {})
        self._values = values

    def holds(self, name: str) -> bool:
        return self._true(self._conditions[name])

    def _true(self, condition: Any) -> bool:
        ((kind, inner),) = condition.items()
        match kind:
            case "Condition":
                return self.holds(inner)
            case "Fn::Not":
                return not self._true(inner[0])
            case "Fn::And":
                return all(map(self._true, inner))
            case "Fn::Or":
                return any(map(self._true, inner))
            case "Fn::Equals":
                left, right = map(self.plain, inner)
                return bool(left == right)
        raise ValueError(f"{kind} is no function of conditions")

    def value(self, value: Any) -> Any:
        if isinstance(value, list):
            return [found for found in map(self.value, value) if found != NO_VALUE]
        if not isinstance(value, dict):
            return value
        match next(iter(value), None), len(value):
            case "Ref", 1 if value["Ref"] in self._values:
                return self._values[value["Ref"]]
            case "Fn::If", 1:
                name, then, other = value["Fn::If"]
                return self.value(then if self.holds(name) else other)
            case "Fn::FindInMap", 1:
                table, first, second = map(self.value, value["Fn::FindInMap"])
                return self._mappings[table][first][second]
        made = {key: self.value(inner) for key, inner in value.items()}
        return {key: inner for key, inner in made.items() if inner != NO_VALUE}

    def plain(self, value: Any) -> Any:  # noqa: PLR0911 - one per function
        """A value without functions; raises KeyError where it needs a resource."""
        match self.value(value):
            case {"Fn::Sub": [str(text), dict(own)]}:
                return self._put_in(text, {name: self.plain(inner) for name, inner in own.items()})
            case {"Fn::Sub": str(text)}:
                return self._put_in(text, {})
            case {"Fn::Split": [str(between), text]}:
                return self.plain(text).split(between)
            case {"Fn::Select": [index, items]}:
                return self.plain(items)[int(index)]
            case {"Fn::Join": [str(between), items]}:
                return between.join(self.plain(items))
            case list(items):
                return list(map(self.plain, items))
            case dict(members):
                return {name: self.plain(inner) for name, inner in members.items()}
            case decided:
                return decided

    def _put_in(self, text: str, own: Mapping[str, str]) -> str:
        return re.sub(r"\$\{([\w:]+)\}", lambda found: {**self._values, **own}[found[1]], text)


@cache
def _resolved(parameters: tuple[tuple[str, str], ...]) -> str:
    return json.dumps(_whole(TEMPLATE, dict(parameters)))


def _whole(path: Path, given: Mapping[str, Any]) -> Template:
    """A template with what it nests in its place; ``given`` are its parameters, literals or references."""
    plain = {key: value for key, value in given.items() if isinstance(value, str)}
    whole = resolve(translate(packaged(path), plain), given)
    for name, file in applications(path).items():
        if name not in whole["Resources"]:
            continue  # switched off
        stack = whole["Resources"].pop(name)
        nested = _whole(file, stack["Properties"].get("Parameters", {}))
        twice = {
            name
            for name in nested["Resources"].keys() & whole["Resources"].keys()
            if nested["Resources"][name] != whole["Resources"][name]  # the same layer, once an application
        }
        if twice:
            raise ValueError(f"{file.name} and another template both have {', '.join(sorted(twice))}")
        outputs = {key: output["Value"] for key, output in nested["Outputs"].items()}
        whole["Resources"] |= nested["Resources"]
        whole = dict(_with_outputs(whole, name, outputs))
    return whole


def _with_outputs(value: Any, application: str, outputs: Mapping[str, Any]) -> Any:
    """A value in which the outputs of a nested application are what they stand for."""
    if isinstance(value, list):
        return [_with_outputs(inner, application, outputs) for inner in value]
    if isinstance(value, str):
        return _named(value, application, outputs)
    if not isinstance(value, dict):
        return value
    match value:
        case {"Fn::GetAtt": [name, str(output)]} if name == application:
            return outputs[output.removeprefix("Outputs.")]
    return {key: _with_outputs(inner, application, outputs) for key, inner in value.items()}


def _named(text: str, application: str, outputs: Mapping[str, Any]) -> str:
    """The text of a Sub; an output in it is the reference behind it."""

    def reference(found: re.Match[str]) -> str:
        match outputs[found[1]]:
            case {"Ref": name}:
                return f"${{{name}}}"
            case {"Fn::GetAtt": [name, attribute]}:
                return f"${{{name}.{attribute}}}"
        raise ValueError(f"{application}.Outputs.{found[1]} is put into a text and is no plain reference")

    return re.sub(rf"\$\{{{application}\.Outputs\.(\w+)\}}", reference, text)


def resolved(**parameters: str) -> Template:
    """The whole application, packaged, translated and resolved; a copy to do with as one likes."""
    return dict(json.loads(_resolved(tuple(sorted(parameters.items())))))


@cache
def handed_on() -> Mapping[str, Any]:
    """Parameter that only a nested application has -> what the template around it passes."""
    declared = read_template(TEMPLATE)["Parameters"]
    return {
        parameter: value
        for path in templates()
        for name in applications(path)
        for parameter, value in read_template(path)["Resources"][name]["Properties"]["Parameters"].items()
        if parameter not in declared
    }


def output(application: str, name: str) -> Any:
    """What an output of a nested application stands for, as that template writes it."""
    (file,) = (nested[application] for nested in map(applications, templates()) if application in nested)
    return read_template(file)["Outputs"][name.removeprefix("Outputs.")]["Value"]


@cache
def machines() -> Mapping[str, dict[str, Any]]:
    """Logical id and properties of every state machine, `DefinitionUri` from the root of the project."""
    found = {}
    for path in templates():
        for name, entry in read_template(path)["Resources"].items():
            if entry["Type"] == "AWS::Serverless::StateMachine":
                definition = (path.parent / entry["Properties"]["DefinitionUri"]).resolve().relative_to(ROOT)
                found[name] = {**entry["Properties"], "DefinitionUri": str(definition)}
    return found


def substitutions(path: Path) -> dict[str, str]:
    """What the templates put into the definition at `path`: defaults of parameters, ARNs of functions' aliases."""
    (machine,) = (m for m in machines().values() if (ROOT / m["DefinitionUri"]).resolve() == path.resolve())
    parameters, resources = source()["Parameters"], source()["Resources"]

    def value(reference: Any) -> str:  # noqa: PLR0911 - one per kind of reference
        match reference:
            case {"Fn::GetAtt": [name, str(attribute)]} if attribute.startswith("Outputs."):
                return value(output(name, attribute))
            case {"Ref": str(name)} if name in handed_on():
                return value(handed_on()[name])
            case {"Fn::Sub": [str(text), {"Id": _}]}:
                return text.replace("${Id}", "8f9e6a30")  # of the stack's id
            case {"Fn::GetAtt": [name, *attribute]}:
                return f"{name}-{'-'.join(attribute)}"
            case {"Ref": str(name)} if name in parameters:
                return str(parameters[name]["Default"])
            case {"Ref": str(name)} if name in resources:
                kind = resources[name]["Type"]
                if kind == "AWS::Serverless::StateMachine":
                    return f"arn:aws:states:{ACCOUNT['AWS::Region']}:{ACCOUNT['AWS::AccountId']}:stateMachine:{name}"
                if kind != "AWS::Serverless::Function":
                    return name.lower()
        name, _, alias = reference["Ref"].partition(".")
        if alias != "Alias":
            raise ValueError(f"{name} is put into {path.name} without its alias: a deployment would not be one step")
        return f"arn:aws:lambda:{ACCOUNT['AWS::Region']}:{ACCOUNT['AWS::AccountId']}:function:{name}:live"

    return {name: value(reference) for name, reference in machine["DefinitionSubstitutions"].items()}
