"""Every single right that the template gives to a role, and a way to take one of them away on a running stack."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from local.cloud.deploying.template import read_template
from local.cloud.testing import ROOT, Cloud

OWNERS = {"AWS::Serverless::Function", "AWS::Serverless::StateMachine"}


@dataclass(frozen=True)
class Grant:
    """One action on one resource, as one statement of one policy of a function or state machine allows it."""

    owner: str
    action: str
    resource: str
    """The resource as the template's reader sees it: a key pattern, a logical id, or a SAM policy template's name."""
    policy: int
    statement: int
    place: int | None
    """Which of the statement's resources it is; None where there is but one."""

    @property
    def key(self) -> tuple[str, str, str]:
        return self.owner, self.action, self.resource


REDRIVE = "DocumentsRedriveFailed"


def of_template() -> list[Grant]:
    """All grants of narration, and those of the redrive of documents, in the templates' order.

    What is behind a condition (BodiesBucketName) is left out. The other pipelines' rights are tested beside them.
    """
    return _of_owners(_resources("narration") | {REDRIVE: _resources("documents")[REDRIVE]})


def of_documents(left_out: Collection[str]) -> list[Grant]:
    """Those of the functions of documents that are not ``left_out``; what is behind a condition is left out too."""
    resources = _resources("documents")
    functions = [name for name, each in resources.items() if each["Type"] == "AWS::Serverless::Function"]
    return _of_owners({name: resources[name] for name in functions if name not in left_out})


def _resources(pipeline: str) -> dict[str, Any]:
    found: dict[str, Any] = read_template(ROOT / "pipelines" / f"{pipeline}.yaml")["Resources"]
    return found


def _of_owners(owners: Mapping[str, Any]) -> list[Grant]:
    found: list[Grant] = []
    for owner, resource in owners.items():
        if resource["Type"] in OWNERS:
            for number, policy in enumerate(resource["Properties"].get("Policies", [])):
                found += _of_policy(owner, number, policy)
    return found


def _of_policy(owner: str, number: int, policy: Mapping[str, Any]) -> Iterator[Grant]:
    if "Fn::If" in policy:
        return
    if "Statement" not in policy:
        ((name, parameters),) = policy.items()
        for action in _sam_actions(name):
            yield Grant(owner, action, _sam_target(name, parameters), number, 0, None)
        return
    for place, statement in enumerate(policy["Statement"]):
        assert statement["Effect"] == "Allow"
        resources = statement["Resource"]
        several = isinstance(resources, list)
        for action in _listed(statement["Action"]):
            for index, resource in enumerate(_listed(resources)):
                yield Grant(owner, action, _in_words(resource), number, place, index if several else None)


def _sam_actions(name: str) -> list[str]:
    data = json.loads(files("samtranslator").joinpath("policy_templates_data/policy_templates.json").read_text())
    (statement,) = data["Templates"][name]["Definition"]["Statement"]
    return _listed(statement["Action"])


def _sam_target(name: str, parameters: Mapping[str, Any]) -> str:
    """A SAM policy template gives one resource: the one named by its only parameter."""
    (value,) = parameters.values()
    return _in_words(value)


def _in_words(resource: Any) -> str:
    if isinstance(resource, str):
        return resource
    ((function, value),) = resource.items()
    if function == "Fn::If":  # the application's own, or one that it was given in its place
        return _in_words(value[1])
    if function == "Fn::GetAtt":
        name, attribute = value
        # An output of a nested application is called after its resource.
        return (
            re.sub(r"Outputs\.(\w+?)(Arn|Name)?$", r"\1", attribute) if attribute.startswith("Outputs.") else str(name)
        )
    text = str(value).removeprefix("${AudioBucket.Arn}/").removeprefix("${SummariesBucket.Arn}/")
    text = text.replace("${InboxBucket.Arn}/", "the inbox's ")
    if ":execution:" not in text:
        return text
    nested = re.search(r"Outputs\.(\w+)Name", text)
    return f"executions of {nested[1]}" if nested else "its executions"


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


@contextmanager
def without(cloud: Cloud, grant: Grant) -> Iterator[None]:
    """The owner's role lacks exactly this grant inside the block."""
    roles, role = cloud.client("iam"), cloud.physical_id(f"{grant.owner}Role")
    name = f"{grant.owner}RolePolicy{grant.policy}"
    kept = roles.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
    roles.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=json.dumps(_cut(kept, grant)))
    try:
        yield
    finally:
        roles.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=json.dumps(kept))


def _cut(document: Mapping[str, Any], grant: Grant) -> dict[str, Any]:
    """The policy without the grant: the statement loses the action, and the action keeps its other resources."""
    cut = deepcopy(dict(document))
    statement = cut["Statement"][grant.statement]
    actions = _listed(statement["Action"])
    assert grant.action in actions, f"{grant} is not what was deployed"
    rest = [{**statement, "Sid": f"Rest{grant.statement}", "Action": [one for one in actions if one != grant.action]}]
    if grant.place is not None:
        others = [one for index, one in enumerate(_listed(statement["Resource"])) if index != grant.place]
        rest.append({**statement, "Sid": f"Others{grant.statement}", "Action": [grant.action], "Resource": others})
    others = [one for index, one in enumerate(cut["Statement"]) if index != grant.statement]
    cut["Statement"] = others + [one for one in rest if one["Action"] and one["Resource"]]
    # A policy must say something; this says nothing that anybody here asks for.
    cut["Statement"] = cut["Statement"] or [{"Effect": "Allow", "Action": "sts:GetCallerIdentity", "Resource": "*"}]
    return cut
