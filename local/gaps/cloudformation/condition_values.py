"""CloudFormation: what stands on either side of Fn::Equals in a condition.

AWS: a condition compares texts, parameters, pseudo parameters such as AWS::Region, and what Fn::FindInMap, Fn::Sub,
Fn::Select, Fn::Split and Fn::Join make of them (CloudFormation user guide, "Condition functions").
MiniStack: knows literals, parameters and Fn::Select of a parameter. Any other function fails the stack with a number or
is compared as it is written, and AWS::Region is the text "AWS::Region".
"""

from __future__ import annotations

from collections.abc import Callable

from local.gaps import _seams
from local.gaps._types import Json, Record

_EVALUATE = tuple(
    f"services.cloudformation.{module}._evaluate_conditions"
    for module in ("engine", "handlers", "changesets", "stacks")
)
LEANS_ON = {
    **dict.fromkeys(_EVALUATE, "(template, params)"),
    "services.cloudformation.engine._resolve_refs": (
        "(value, resources, params, conditions, mappings, stack_name, stack_id)"
    ),
}
_LOGIC = frozenset({"Fn::Equals", "Fn::And", "Fn::Or", "Fn::Not", "Condition"})


def _decided(evaluate: Callable[..., Record]) -> Callable[..., Record]:
    def evaluate_conditions(template: Record, params: Record) -> Record:
        from ministack.services.cloudformation import engine

        mappings = template.get("Mappings", {})

        def plain(value: Json) -> Json:
            if not isinstance(value, dict) or value.keys() & _LOGIC or value.get("Ref") in params:
                return value
            return engine._resolve_refs(value, {}, params, {}, mappings, "", "")

        def compared(expression: Json) -> Json:
            if isinstance(expression, list):
                return [compared(each) for each in expression]
            if not isinstance(expression, dict):
                return expression
            return {
                kind: [compared(plain(side)) for side in inner] if kind == "Fn::Equals" else compared(inner)
                for kind, inner in expression.items()
            }

        return evaluate({**template, "Conditions": compared(template.get("Conditions", {}))}, params)

    return evaluate_conditions


def install() -> None:
    """Close the gap in this process."""
    for path in _EVALUATE:
        _seams.replace(path, _decided)
