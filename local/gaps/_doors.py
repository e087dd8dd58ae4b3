"""The two doors through which a wrong resource comes in, and what each says when it is refused.

An API call is answered with an error of its service. CloudFormation's provisioners write MiniStack's stores
themselves, so a rule that only guards the call is passed by every template: ``in_templates`` puts the same rule
before the provisioner, where a refusal fails the resource and rolls the stack back.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from functools import cache, wraps
from typing import TypeAlias

from local.gaps._types import Answer, Json, Record, json_error
from local.services.errors import Unreadable
from local.services.shapes import ServiceModel

#: Both are what ``in_templates`` needs; each module that uses it has them in its own LEANS_ON.
LEANS_ON = {"services.cloudformation.provisioners._RESOURCE_HANDLERS": "dict"}

HANDLERS = "services.cloudformation.provisioners._RESOURCE_HANDLERS"


class RefusedError(Exception):
    """What AWS answers instead of making the resource."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status


#: A rule: it looks at the members of a request, or at a resource's properties, and raises RefusedError.
Check: TypeAlias = Callable[[Record], None]

Says: TypeAlias = Callable[[str, str, int], Answer]


def at_call(check: Callable[..., None], says: Says = json_error) -> Callable[[Callable[..., Answer]], Json]:
    """For ``_seams.replace``: one operation of a service, behind ``check`` with the operation's own arguments."""

    def make(operation: Callable[..., Answer]) -> Callable[..., Answer]:
        @wraps(operation)
        def checked(*arguments: Json, **named: Json) -> Answer:
            try:
                check(*arguments, **named)
            except RefusedError as refused:
                return says(refused.code, refused.message, refused.status)
            return operation(*arguments, **named)

        return checked

    return make


def at_json_service(checks: Mapping[str, Check]) -> Callable[[Callable[..., Awaitable[Answer]]], Json]:
    """For ``_seams.replace``: the ``handle_request`` of a service of the AWS JSON protocol, with a rule for each
    operation's name.
    """

    def make(handle: Callable[..., Awaitable[Answer]]) -> Callable[..., Awaitable[Answer]]:
        @wraps(handle)
        async def handle_request(method: str, path: str, headers: Record, body: bytes, query: Record) -> Answer:
            check = checks.get(headers.get("x-amz-target", "").rpartition(".")[2])
            data = _object(body) if check else None
            if check is not None and data is not None:
                try:
                    check(data)
                except RefusedError as refused:
                    return json_error(refused.code, refused.message, refused.status)
            return await handle(method, path, headers, body, query)

        return handle_request

    return make


def _object(body: bytes) -> Record | None:
    """The request's members; None for what is no JSON object, which MiniStack refuses itself."""
    try:
        data = json.loads(body or b"{}")
    except ValueError:
        return None
    return data if isinstance(data, dict) else None


def in_templates(checks: Mapping[str, Check]) -> Callable[[dict[str, Json]], dict[str, Json]]:
    """For ``_seams.replace(HANDLERS, ...)``: rules before the provisioners of these resource types."""

    def make(handlers: dict[str, Json]) -> dict[str, Json]:
        for kind, check in checks.items():
            handler = handlers[kind]
            handler["create"] = _creating(handler["create"], check)
            if "update" in handler:
                handler["update"] = _updating(handler["update"], check)
        return handlers

    return make


def _creating(create: Callable[..., Json], check: Check) -> Callable[..., Json]:
    @wraps(create)
    def checked(logical_id: str, props: Record, *rest: Json) -> Json:
        check_in_template(check, props)
        return create(logical_id, props, *rest)

    return checked


def _updating(update: Callable[..., Json], check: Check) -> Callable[..., Json]:
    @wraps(update)
    def checked(physical_id: str, old: Record, new: Record, *rest: Json, **named: Json) -> Json:
        check_in_template(check, new)
        return update(physical_id, old, new, *rest, **named)

    return checked


def check_in_template(check: Check, props: Record) -> None:
    """A rule as CloudFormation tells of it, which fails the resource."""
    try:
        check(props)
    except RefusedError as refused:
        raise ValueError(
            f'Resource handler returned message: "{refused.message}" (HandlerErrorCode: InvalidRequest)'
        ) from refused


@cache
def model(service: str) -> ServiceModel:
    """botocore's model of a service, read with its first use."""
    return ServiceModel(service)


def by_model(service: str, operation: str, code: str = "ValidationException") -> Check:
    """The rule that a request keeps the lengths, ranges, patterns and enums of the service's model.

    A member that is missing is no fault here: the SDKs never send such a call, and in a template it is often the
    name that CloudFormation makes up.
    """

    def check(data: Record) -> None:
        known = model(service)
        try:
            problems = [
                said for said in known.problems(operation, known.typed(operation, data)) if not _is_missing(said)
            ]
        except Unreadable as wrong:
            raise RefusedError("SerializationException", wrong.message) from wrong
        refuse(problems, code)

    return check


def _is_missing(said: str) -> bool:
    return said.startswith("Value null at ")


def refuse(problems: list[str], code: str = "ValidationException") -> None:
    """Raise RefusedError in AWS's words, if there are problems."""
    if problems:
        count = f"{len(problems)} validation error{'s' if len(problems) > 1 else ''} detected: "
        raise RefusedError(code, count + "; ".join(problems))


def both(*checks: Check) -> Check:
    """All of these rules, one after the other."""

    def check(data: Record) -> None:
        for one in checks:
            one(data)

    return check
