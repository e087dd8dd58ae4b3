"""Lambda: ReservedConcurrentExecutions of a template.

AWS: CloudFormation sets it on the function, and removes it when the property goes (AWS::Lambda::Function).
MiniStack: drops the property, so a function that must not run twice at a time does.
"""

from __future__ import annotations

from collections.abc import Callable

from ministack.services import lambda_svc

from local.gaps import _seams
from local.gaps._types import Json, Record

LEANS_ON = {
    "services.cloudformation.provisioners._RESOURCE_HANDLERS": "dict",
    "services.cloudformation.provisioners._lambda_create": "(logical_id, props, stack_name)",
    "services.cloudformation.provisioners._lambda_update": (
        "(physical_id, old_props, new_props, stack_name, logical_id=None)"
    ),
    "services.lambda_svc._functions": "AccountRegionScopedDict",
}

_PROPERTY = "ReservedConcurrentExecutions"


def _set(name: str, props: Record, old: Record) -> None:
    function = lambda_svc._functions.get(name)
    if function is None:
        return
    if _PROPERTY in props:
        function["concurrency"] = int(props[_PROPERTY])
    elif _PROPERTY in old:
        function["concurrency"] = None


def _creating(create: Callable[..., tuple[str, Record]]) -> Callable[..., tuple[str, Record]]:
    def lambda_create(logical_id: str, props: Record, stack_name: str) -> tuple[str, Record]:
        name, attributes = create(logical_id, props, stack_name)
        _set(name, props, {})
        return name, attributes

    return lambda_create


def _updating(update: Callable[..., tuple[str, Record]]) -> Callable[..., tuple[str, Record]]:
    def lambda_update(
        physical_id: str, old_props: Record, new_props: Record, stack_name: str, logical_id: str | None = None
    ) -> tuple[str, Record]:
        name, attributes = update(physical_id, old_props, new_props, stack_name, logical_id)
        _set(name, new_props, old_props)
        return name, attributes

    return lambda_update


def _wired(handlers: dict[str, Json]) -> dict[str, Json]:
    kind = handlers["AWS::Lambda::Function"]
    kind["create"] = _creating(kind["create"])
    kind["update"] = _updating(kind["update"])
    return handlers


def install() -> None:
    """Close the gap in this process."""
    _seams.replace("services.cloudformation.provisioners._RESOURCE_HANDLERS", _wired)
