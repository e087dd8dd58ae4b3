"""Lambda: ReservedConcurrentExecutions of a template, and numbers of an event source that a parameter gives.

AWS: CloudFormation sets ReservedConcurrentExecutions on the function, and removes it when the property goes
(AWS::Lambda::Function). It sends a number as a number, also where a parameter gives it, and so as a text
(AWS::Lambda::EventSourceMapping, ScalingConfig).
MiniStack: drops the first property, so a function that must not run twice at a time does; and keeps the text, on which
its poller fails for every queue of the account.
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
    "services.cloudformation.provisioners._lambda_esm_create": "(logical_id, props, stack_name)",
    "services.cloudformation.provisioners._lambda_esm_update": "(physical_id, old_props, new_props, stack_name)",
    "services.lambda_svc._functions": "AccountRegionScopedDict",
}

#: Names of functions may be digits.
_TEXTS = frozenset({"FunctionName", "FilterCriteria"})
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


def _numbers(value: Json) -> Json:
    """An event source's properties with whole numbers for texts that are nothing else, as none of its texts is."""
    if isinstance(value, dict):
        return {name: value[name] if name in _TEXTS else _numbers(value[name]) for name in value}
    return int(value) if isinstance(value, str) and value.lstrip("-").isdigit() else value


def _mapping_created(create: Callable[..., tuple[str, Record]]) -> Callable[..., tuple[str, Record]]:
    return lambda logical_id, props, stack_name: create(logical_id, _numbers(props), stack_name)


def _mapping_updated(update: Callable[..., tuple[str, Record]]) -> Callable[..., tuple[str, Record]]:
    def mapping_update(physical_id: str, old: Record, new: Record, *rest: Json) -> tuple[str, Record]:
        return update(physical_id, _numbers(old), _numbers(new), *rest)

    return mapping_update


def _wired(handlers: dict[str, Json]) -> dict[str, Json]:
    kind = handlers["AWS::Lambda::Function"]
    kind["create"] = _creating(kind["create"])
    kind["update"] = _updating(kind["update"])
    mapping = handlers["AWS::Lambda::EventSourceMapping"]
    mapping["create"] = _mapping_created(mapping["create"])
    mapping["update"] = _mapping_updated(mapping["update"])
    return handlers


def install() -> None:
    """Close the gap in this process."""
    _seams.replace("services.cloudformation.provisioners._RESOURCE_HANDLERS", _wired)
