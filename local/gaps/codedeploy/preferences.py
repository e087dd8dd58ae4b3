"""CloudFormation: parameters that a DeploymentPreference names have their values when SAM reads it.

AWS: the transform is given the values of a stack's parameters, a nested stack's too, and SAM resolves `Enabled` and
`Type` of a DeploymentPreference by them and by the mappings (SAM developer guide, "DeploymentPreference";
samtranslator, `_validate_deployment_preference_and_add_update_policy`).
MiniStack: transforms without them, so that the defaults decide.

Only the parameters that stand in a DeploymentPreference are given: the rest stays a reference for CloudFormation either
way, and a nested template is transformed once for all its other values.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from ministack.services.cloudformation import engine

from local.gaps import _seams
from local.gaps._types import Json, Record
from local.gaps.cloudformation._template.nodes import section

LEANS_ON = {
    "services.cloudformation.engine._TransformFailed": "class",
    "services.cloudformation.engine._intrinsic_references": "(value)",
    "services.cloudformation.engine._transform_parameters": "(template, provided_params, previous_params)",
    **{
        f"services.cloudformation.{module}._apply_transforms": (
            "(template, provided_params=None, previous_params=None)"
        )
        for module in ("handlers", "changesets", "engine")
    },
}

_Apply = Callable[..., Record]


def named(template: Record) -> set[str]:
    """The parameters that stand in a DeploymentPreference of a template that is not transformed yet."""
    found = {name for preference in _preferences(template) for name, _ in engine._intrinsic_references(preference)}
    return found & section(template, "Parameters").keys()


def _preferences(template: Record) -> Iterator[Json]:
    for resource in section(template, "Resources").values():
        properties = resource.get("Properties") if isinstance(resource, dict) else None
        if isinstance(properties, dict):
            yield properties.get("DeploymentPreference")
    shared = section(template, "Globals").get("Function")
    if isinstance(shared, dict):
        yield shared.get("DeploymentPreference")


def _valued(apply: _Apply) -> _Apply:
    def apply_transforms(template: Record, provided_params: Any = None, previous_params: Any = None) -> Record:
        names = named(template)
        if not names:
            return apply(template, provided_params, previous_params)
        values = engine._transform_parameters(template, provided_params, previous_params)
        declared = template["Parameters"]
        # SAM takes the default of a parameter that it is not given.
        put = {name: {**declared[name], "Default": values[name]} for name in names & values.keys()}
        made = apply({**template, "Parameters": {**declared, **put}}, provided_params, previous_params)
        if isinstance(made, engine._TransformFailed):
            failed: Record = made
            return failed
        return {**made, "Parameters": declared}

    return apply_transforms


def install() -> None:
    """Close the gap in this process."""
    for module in ("handlers", "changesets", "engine"):
        _seams.replace(f"services.cloudformation.{module}._apply_transforms", _valued)
