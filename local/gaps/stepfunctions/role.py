"""Step Functions: tasks act with the role of their machine, aws-sdk integrations included.

AWS: an execution assumes the machine's role and every integration is authorised with it (Developer Guide,
"How Step Functions generates IAM policies for integrated services"). A missing permission fails the task, for
lambda:invoke as Lambda.AWSLambdaException whose Cause is the sentence of the AccessDenied error. aws-sdk:*
errors are called ``<Service>.<Error>Exception`` after the AWS SDK for Java 2; an error that the service's
model does not name is its ``<Service>.<Service>Exception`` (Developer Guide, "Learning to use AWS service SDK
integrations").
MiniStack: calls its own service modules whatever the role allows. Its aws-sdk:* integrations
know a part of the services and none that this project's engines answer.

Here the optimised integrations are checked before MiniStack runs them, and aws-sdk:* goes as a request signed
with the machine's role to this server's own port, where it meets the same checks and the same engines as any
other.
"""

from __future__ import annotations

import json
import os
import re
import threading
from collections.abc import Callable
from functools import lru_cache

from ministack.core.responses import get_account_id, get_region
from ministack.services import stepfunctions as sfn

from local.asl import sdk
from local.gaps import _authority, _seams
from local.gaps._types import Json, Record
from local.gaps.stepfunctions.execution import current

LEANS_ON = {
    **_authority.LEANS_ON,
    "services.stepfunctions._invoke_resource": "(resource, input_data)",
    "services.stepfunctions._invoke_with_callback": "(resource, input_data, token, state_def)",
    "services.stepfunctions._invoke_aws_sdk_integration": "(resource, input_data)",
    "services.stepfunctions._state_machines": "AccountRegionScopedDict",
    "services.stepfunctions._ExecutionError": "class",
}

#: Error under which a task fails when its role lacks the permission: names of the AWS SDK for Java 1, which
#: the optimised integrations use. Lambda's is documented by many reports; the others follow the same rule.
_REFUSED = {
    "lambda": "Lambda.AWSLambdaException",
    "sqs": "SQS.AmazonSQSException",
    "sns": "SNS.AuthorizationErrorException",
    "events": "Events.AmazonEventBridgeException",
    "dynamodb": "DynamoDB.AmazonDynamoDBException",
    "states": "StepFunctions.AWSStepFunctionsException",
}

_RULE = "rule/StepFunctionsGetEventsForStepFunctionsExecutionRule"


def machine_role(execution: Record) -> str | None:
    """The role ARN of the execution's machine; None when the machine is gone.

    A child of a distributed Map has the machine "<machine>/<label>" and acts with the role of its parent's.
    """
    machine = sfn._state_machines.get(execution["stateMachineArn"].split("/")[0])
    return None if machine is None else str(machine["roleArn"])


def session_name(execution: Record) -> str:
    """The session under which Step Functions assumes the machine's role here: the machine's name."""
    return str(execution["stateMachineArn"]).split(":")[6].split("/")[0][:64]


def _here(service: str, resource: str) -> str:
    return f"arn:aws:{service}:{get_region()}:{get_account_id()}:{resource}"


def _function_arn(reference: str) -> str:
    if reference.startswith("arn:"):
        return reference
    return _here("lambda", f"function:{reference.rsplit(':function:', 1)[-1]}")


def _bus_arn(entry: Record) -> str:
    name = str(entry.get("EventBusName", "default"))
    return name if name.startswith("arn:") else _here("events", f"event-bus/{name}")


def _nested(machine: str, waits: bool) -> list[tuple[str, str]]:
    """A machine that waits for another one describes and stops its executions, and hears of their end by a rule that
    Step Functions keeps in the account (Developer Guide, "IAM policies for nested workflow executions").
    """
    pairs = [("states:StartExecution", machine)]
    if waits:
        parts = machine.split(":")
        executions = ":".join([*parts[:5], "execution", *parts[6:7], "any"])
        pairs += [("states:DescribeExecution", executions), ("states:StopExecution", executions)]
        pairs += [(f"events:{action}", _here("events", _RULE)) for action in ("PutTargets", "PutRule", "DescribeRule")]
    return pairs


def needed(resource: str, data: Json) -> list[tuple[str, str]]:
    """The (action, resource ARN) pairs that a task needs; empty for activities and aws-sdk integrations."""
    data = data if isinstance(data, dict) else {}
    if ":function:" in resource:
        return [("lambda:InvokeFunction", resource)]
    service, _, action = resource.removeprefix("arn:aws:states:::").partition(":")
    action = action.split(".")[0]
    pairs: list[tuple[str, str]] = []
    match service, action:
        case "lambda", "invoke":
            pairs = [("lambda:InvokeFunction", _function_arn(str(data.get("FunctionName", ""))))]
        case "sqs", "sendMessage":
            pairs = [("sqs:SendMessage", _here("sqs", str(data.get("QueueUrl", "")).rsplit("/", 1)[-1]))]
        case "sns", "publish":
            pairs = [("sns:Publish", str(data.get("TopicArn", "*")))]
        case "events", "putEvents":
            pairs = [("events:PutEvents", _bus_arn(entry)) for entry in data.get("Entries", [])]
        case "dynamodb", _:
            table = str(data.get("TableName", ""))
            arn = table if table.startswith("arn:") else _here("dynamodb", f"table/{table}")
            pairs = [(f"dynamodb:{action[:1].upper()}{action[1:]}", arn)]
        case "states", "startExecution":
            pairs = _nested(str(data.get("StateMachineArn", "*")), waits=".sync" in resource)
    return pairs


def _session() -> tuple[str, str] | None:
    """Role ARN and session name of this thread's execution."""
    execution = current()
    role = machine_role(execution) if execution is not None else None
    return None if role is None or execution is None else (role, session_name(execution))


def _allowed(invoke: Callable[..., Json]) -> Callable[..., Json]:
    def authorised(resource: str, input_data: Json, *rest: Json) -> Json:
        session = _session()
        role, name = session or ("", "")
        for action, arn in needed(resource, input_data) if role else []:
            denied = _authority.role_may(role, name, action, arn)
            if denied is not None:
                service = action.split(":", 1)[0]
                raise sfn._ExecutionError(_REFUSED[service], denied.message)
        return invoke(resource, input_data, *rest)

    return authorised


def _plain(value: Json) -> Json:
    """An SDK answer as JSON: times as text, streams and bytes as text, without ResponseMetadata."""
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items() if key != "ResponseMetadata"}
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    if hasattr(value, "isoformat"):
        return value.strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
    value = value.read() if hasattr(value, "read") else value
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value


def _arguments(shape: Json, data: Record) -> Record:
    """Members of the operation's input under their real names; objects for text members become JSON text."""
    members = {name.lower(): name for name in shape.members} if shape is not None else {}
    arguments = {}
    for key, value in data.items():
        name = members.get(key.lower(), key)
        text = name in getattr(shape, "members", {}) and shape.members[name].type_name in ("blob", "string")
        arguments[name] = json.dumps(value) if text and not isinstance(value, str | bytes) else value
    return arguments


def error_name(service_id: str, code: str, modelled: bool) -> str:
    """The error of an aws-sdk task after the SDK for Java 2: "S3", "NoSuchKey", True ->
    "S3.NoSuchKeyException".
    """
    words = re.findall(r"[A-Z]+(?![a-z])|[A-Z][a-z0-9]*|[a-z0-9]+", service_id)
    prefix = "".join(word.capitalize() for word in words)
    return f"{prefix}.{code.removesuffix('Exception') if modelled else prefix}Exception"


_client_lock = threading.Lock()


@lru_cache(maxsize=256)
def _cached_client(service: str, region: str, role_arn: str, session: str) -> Json:
    import boto3
    from botocore.config import Config

    return boto3.client(
        sdk.service_names().get(service, service),
        region_name=region,
        endpoint_url=f"http://127.0.0.1:{os.environ.get('GATEWAY_PORT', '4566')}",
        config=Config(inject_host_prefix=False, s3={"addressing_style": "path"}, proxies={}),
        **_authority.role_credentials(role_arn, session),
    )


def client_for_execution(service: str) -> Json:
    """A client of this server that signs as the machine of this thread's execution."""
    session = _session()
    if session is None:
        raise sfn._ExecutionError("States.Runtime", "The state machine of this execution no longer exists.")
    _authority.role_credentials(*session)  # after a reset of the server the cached client's session must live again
    with _client_lock:
        return _cached_client(service.lower(), get_region(), *session)


def _over_http(_dispatch: Callable[..., Json]) -> Callable[..., Json]:
    def invoke_aws_sdk_integration(resource: str, input_data: Record) -> Json:
        from botocore import xform_name
        from botocore.exceptions import ClientError, ParamValidationError

        _, service, action = resource.split(".waitFor", maxsplit=1)[0].rsplit(":", 2)
        client = client_for_execution(service)
        model = client.meta.service_model
        operation = next((name for name in model.operation_names if name.lower() == action.lower()), None)
        if operation is None:
            raise sfn._ExecutionError("States.Runtime", f"The SDK has no action {resource}.")
        try:
            answer = getattr(client, xform_name(operation))(
                **_arguments(model.operation_model(operation).input_shape, input_data)
            )
        except ParamValidationError as error:
            raise sfn._ExecutionError("States.Runtime", str(error)) from error
        except ClientError as error:
            code = error.response["Error"]["Code"]
            modelled = any(shape.error_code == code for shape in model.error_shapes)
            raise sfn._ExecutionError(error_name(model.service_id, code, modelled), str(error)) from error
        return {key[:1].upper() + key[1:]: value for key, value in _plain(answer).items()}

    return invoke_aws_sdk_integration


def install() -> None:
    """Close the gap in this process."""
    _seams.replace("services.stepfunctions._invoke_resource", _allowed)
    _seams.replace("services.stepfunctions._invoke_with_callback", _allowed)
    _seams.replace("services.stepfunctions._invoke_aws_sdk_integration", _over_http)
