"""CloudFormation: types whose service is here, and whose provisioner is not.

AWS: AWS::StepFunctions::Activity, AWS::Events::Connection, AWS::Events::ApiDestination and
AWS::SNS::TopicInlinePolicy are made by the calls of their services; another name replaces the resource
(CloudFormation Template Reference of these types).
MiniStack: has the services, and does not know the types. Its ARNs of connections and destinations have no unique part
at their end, which the schemas of both ask for: it is added here, and taken off again before the service reads it.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from dataclasses import dataclass

from ministack.services import eventbridge, sns
from ministack.services import stepfunctions as sfn
from ministack.services.cloudformation import provisioners

from local.gaps import _seams
from local.gaps._types import Answer, Json, Record

LEANS_ON = {
    "services.cloudformation.provisioners._RESOURCE_HANDLERS": "dict",
    "services.cloudformation.provisioners._physical_name": (
        "(stack_name, logical_id, *, lowercase=False, max_len=128, seeded=True)"
    ),
    **{
        f"services.eventbridge._{verb}_{what}": "(data)"
        for verb in ("create", "update", "delete")
        for what in ("connection", "api_destination")
    },
    "services.stepfunctions._create_activity": "(data)",
    "services.stepfunctions._delete_activity": "(data)",
    "services.sns._topics": "AccountRegionScopedDict",
}

_Made = tuple[str, Record]
_INLINE = "AWS::SNS::TopicInlinePolicy"


def _answered(answer: Answer, kind: str) -> Record:
    """The JSON body of a service's answer. Raises ValueError with the sentence of its error."""
    body: Record = json.loads(answer[2] or b"{}")
    if answer[0] >= 400:
        raise ValueError(f"{kind}: {body.get('message') or body.get('Message') or body}")
    return body


@dataclass(frozen=True)
class _Named:
    """A type of EventBridge: its name is its physical id, its properties are the members of the calls."""

    kind: str
    arn: str
    create_call: Callable[[Record], Answer]
    update_call: Callable[[Record], Answer]
    delete_call: Callable[[Record], Answer]
    more: Callable[[str], Record] = lambda _: {}

    def create(self, logical_id: str, props: Record, stack_name: str) -> _Made:
        name = props.get("Name") or provisioners._physical_name(stack_name, logical_id, max_len=64)
        return self._made(name, _answered(self.create_call({**props, "Name": name}), self.kind))

    def update(self, name: str, old: Record, new: Record, stack_name: str, logical_id: str | None = None) -> _Made:
        if new.get("Name") != old.get("Name"):
            made = self.create(logical_id or name, new, stack_name)
            self.delete(name, old)
            return made
        return self._made(name, _answered(self.update_call({**new, "Name": name}), self.kind))

    def delete(self, name: str, _props: Record) -> None:
        self.delete_call({"Name": name})  # one that is gone already is no fault

    def _made(self, name: str, answer: Record) -> _Made:
        arn = answer[self.arn]
        return name, {"Arn": f"{arn}/{uuid.uuid5(uuid.NAMESPACE_URL, arn)}", "ArnForPolicy": arn, **self.more(arn)}


def _plain(props: Record) -> Record:
    """The properties of a destination as MiniStack's service reads them."""
    return {**props, "ConnectionArn": "/".join(str(props["ConnectionArn"]).split("/")[:2])}


def _secret(connection: str) -> Record:
    """The secret in which EventBridge keeps what a connection signs with."""
    name = connection.rsplit("/", 1)[-1]
    arn = connection.replace(":events:", ":secretsmanager:").rsplit(":", 1)[0]
    return {"SecretArn": f"{arn}:secret:events!connection/{name}"}


_CONNECTION = _Named(
    "AWS::Events::Connection",
    "ConnectionArn",
    eventbridge._create_connection,
    eventbridge._update_connection,
    eventbridge._delete_connection,
    _secret,
)
_DESTINATION = _Named(
    "AWS::Events::ApiDestination",
    "ApiDestinationArn",
    lambda data: eventbridge._create_api_destination(_plain(data)),
    lambda data: eventbridge._update_api_destination(_plain(data)),
    eventbridge._delete_api_destination,
)


def _activity_create(_logical_id: str, props: Record, _stack_name: str) -> _Made:
    tags = [{key.lower(): value for key, value in tag.items()} for tag in props.get("Tags") or []]
    made = _answered(sfn._create_activity({"name": props["Name"], "tags": tags}), "AWS::StepFunctions::Activity")
    return made["activityArn"], {"Arn": made["activityArn"], "Name": props["Name"]}


def _activity_update(arn: str, old: Record, new: Record, stack_name: str) -> _Made:
    if new["Name"] == old["Name"]:
        return arn, {"Arn": arn, "Name": new["Name"]}
    made = _activity_create("", new, stack_name)
    _activity_delete(arn, old)
    return made


def _activity_delete(arn: str, _props: Record) -> None:
    sfn._delete_activity({"activityArn": arn})


def _policy_create(_logical_id: str, props: Record, _stack_name: str) -> _Made:
    arn, document = props["TopicArn"], props["PolicyDocument"]
    topic = sns._topics.get(arn)
    if topic is None:
        raise ValueError(f"{_INLINE}: Topic does not exist: {arn}")
    topic["attributes"]["Policy"] = document if isinstance(document, str) else json.dumps(document)
    return arn, {}


def _policy_update(arn: str, old: Record, new: Record, stack_name: str) -> _Made:
    made = _policy_create("", new, stack_name)
    if made[0] != arn:
        _policy_delete(arn, old)
    return made


def _policy_delete(arn: str, _props: Record) -> None:
    topic = sns._topics.get(arn)
    if topic is not None:
        topic["attributes"].pop("Policy", None)


TYPES: dict[str, dict[str, Json]] = {
    **{
        one.kind: {"create": one.create, "update": one.update, "delete": one.delete, "update_with_logical_id": True}
        for one in (_CONNECTION, _DESTINATION)
    },
    "AWS::StepFunctions::Activity": {
        "create": _activity_create,
        "update": _activity_update,
        "delete": _activity_delete,
    },
    _INLINE: {"create": _policy_create, "update": _policy_update, "delete": _policy_delete},
}


def _extended(handlers: dict[str, Json]) -> dict[str, Json]:
    for kind, made in TYPES.items():
        if kind in handlers:
            raise _seams.SeamMovedError(f"MiniStack now knows {kind}: take it out of {__name__}.")
        handlers[kind] = made
    return handlers


def install() -> None:
    """Close the gap in this process."""
    _seams.replace("services.cloudformation.provisioners._RESOURCE_HANDLERS", _extended)
