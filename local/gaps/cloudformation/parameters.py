"""CloudFormation: parameters that a template does not declare, and AllowedValues of a list parameter.

AWS: refuses a parameter that the template does not declare, at the call or as the failure of a nested stack; and for
List<Number> and CommaDelimitedList each member has to be one of AllowedValues (CloudFormation user guide,
"CloudFormation template Parameters syntax").
MiniStack: drops what is not declared; compares a whole list, as one text, and refuses any list of two.
"""

from __future__ import annotations

from collections.abc import Callable

from local.gaps import _seams
from local.gaps._types import Record

LEANS_ON = {
    f"services.cloudformation.{module}._resolve_parameters": "(template, provided_params, previous_params=None)"
    for module in ("engine", "handlers", "changesets")
}

_LISTS = frozenset({"CommaDelimitedList", "List<Number>"})


def _strictly(resolve: Callable[..., Record]) -> Callable[..., Record]:
    def resolve_parameters(
        template: Record, provided_params: list[Record], previous_params: Record | None = None
    ) -> Record:
        definitions = template.get("Parameters", {})
        undeclared = [given["Key"] for given in provided_params if given.get("Key", "") not in definitions]
        if undeclared:
            raise ValueError(f"Parameters: [{', '.join(undeclared)}] do not exist in the template")
        lists = {name: given for name, given in definitions.items() if given.get("Type") in _LISTS}
        whole = {
            name: {key: value for key, value in given.items() if key != "AllowedValues"}
            for name, given in lists.items()
        }
        resolved = resolve({**template, "Parameters": {**definitions, **whole}}, provided_params, previous_params)
        for name, given in lists.items():
            allowed = [str(value) for value in given.get("AllowedValues", ())]
            members = [member.strip() for member in str(resolved[name]["Value"]).split(",")]
            if allowed and (wrong := [member for member in members if member not in allowed]):
                raise ValueError(f"Parameter '{name}' value '{','.join(wrong)}' is not in AllowedValues: {allowed}")
        return resolved

    return resolve_parameters


def install() -> None:
    """Close the gap in this process."""
    for path in LEANS_ON:
        _seams.replace(path, _strictly)
