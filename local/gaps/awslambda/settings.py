"""Lambda: what stands around a function: asynchronous settings, URLs, permissions, aliases, layers, tags.

AWS: the ranges, patterns and enums of the model (botocore: PutFunctionEventInvokeConfig, CreateFunctionUrlConfig,
AddPermission, CreateAlias, PublishLayerVersion, TagResource); a destination or dead-letter queue that the function's
role may not send to is InvalidParameterValueException (Developer Guide, "Capturing records of Lambda asynchronous
invocations"), and so is a principal that is no account, ARN or service, and FunctionUrlAuthType for another action
than lambda:InvokeFunctionUrl. An alias of a version that is not there is ResourceNotFoundException.
MiniStack: takes them all.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from ministack.services import lambda_svc

from local.gaps import _authority, _doors, _seams
from local.gaps._doors import RefusedError
from local.gaps._types import Json, Record
from local.gaps.awslambda import configuration
from local.gaps.awslambda.asynchronous import SEND

LEANS_ON = {
    **_doors.LEANS_ON,
    **_authority.LEANS_ON,
    "services.lambda_svc._functions": "AccountRegionScopedDict",
    "services.lambda_svc._get_func_record_for_ref": "(function_ref)",
    "services.lambda_svc._put_event_invoke_config": "(func_name, qualifier, data)",
    "services.lambda_svc._create_function_url_config": "(func_name, data, qualifier)",
    "services.lambda_svc._update_function_url_config": "(func_name, data, qualifier)",
    "services.lambda_svc._add_permission": "(func_name, data, query_params=None, path_qualifier=None)",
    "services.lambda_svc._create_alias": "(func_name, data)",
    "services.lambda_svc._update_alias": "(func_name, alias_name, data)",
    "services.lambda_svc._publish_layer_version": "(layer_name, data)",
    "services.lambda_svc._tag_resource": "(resource_arn, data)",
    "services.lambda_svc._create_function": "(data)",
    "services.lambda_svc._update_config": "(name, data)",
}

_INVALID = "InvalidParameterValueException"
_PRINCIPAL = re.compile(r"\*|\d{12}|arn:aws[\w-]*:(iam|sts)::\d{12}:.+|[\w.-]+\.(amazonaws\.com(\.cn)?|amazon\.com)")
_URL_ACTIONS = ("lambda:InvokeFunctionUrl",)

_invoke_config = _doors.by_model("lambda", "PutFunctionEventInvokeConfig")
_url = _doors.by_model("lambda", "CreateFunctionUrlConfig")
_permission = _doors.by_model("lambda", "AddPermission")
_alias = _doors.by_model("lambda", "CreateAlias")
_layer = _doors.by_model("lambda", "PublishLayerVersion")
_tags = _doors.by_model("lambda", "TagResource")


def _unsendable(config: Record, target: str) -> str | None:
    """The call that the function's role may not make to ``target``."""
    service = [*target.split(":"), "", "", ""][2]
    if service not in SEND:
        return None
    role, name = str(config.get("Role", "")), str(config.get("FunctionName"))
    denied = _authority.role_may(role, name, SEND[service], target, keys=False)
    return denied.action.partition(":")[2] if denied else None


def _asynchronous(function: str, _qualifier: str | None, data: Record) -> None:
    _invoke_config({**data, "FunctionName": None})
    _, config, _ = lambda_svc._get_func_record_for_ref(function)
    if config is None:
        return
    for way in (data.get("DestinationConfig") or {}).values():
        target = str((way or {}).get("Destination") or "")
        if call := _unsendable(config, target):
            raise RefusedError(
                _INVALID, f"The function's execution role does not have permissions to call {call} on {target}"
            )


def _dead_letters(data: Record) -> None:
    target = str((data.get("DeadLetterConfig") or {}).get("TargetArn") or "")
    if target and (call := _unsendable(data, target)):
        service = target.split(":")[2].upper()
        raise RefusedError(
            _INVALID, f"The provided execution role does not have permissions to call {call} on {service}"
        )


def _dead_letters_of(name: str, data: Record) -> None:
    function = lambda_svc._functions.get(name)
    if function is not None and "DeadLetterConfig" in data:
        _dead_letters({**function["config"], **data})


def _granted(data: Record) -> None:
    _permission(data)
    if not _PRINCIPAL.fullmatch(str(data.get("Principal") or "*")):
        raise RefusedError(_INVALID, "The provided principal was invalid. Please check the principal and try again.")
    if data.get("FunctionUrlAuthType") and data.get("Action") not in _URL_ACTIONS:
        raise RefusedError(_INVALID, "FunctionUrlAuthType is only supported for lambda:InvokeFunctionUrl action.")


def _granting(_function: str, data: Record, query_params: Record | None = None, *_path: Json, **_named: Json) -> None:
    # CloudFormation's provisioner comes without a query and with a statement id that it made up.
    _granted(data if query_params is not None else {**data, "StatementId": None})


def _addressed(_function: str, data: Record, _qualifier: str | None) -> None:
    _url(data)


def _named(function: str, data: Record) -> None:
    _alias(data)
    _versions(function, data)


def _moved(function: str, alias: str, data: Record) -> None:
    _alias({**data, "Name": alias})
    _versions(function, data)


def _versions(function: str, data: Record) -> None:
    """The versions that an alias names."""
    record = lambda_svc._functions.get(function)
    weights = (data.get("RoutingConfig") or {}).get("AdditionalVersionWeights") or {}
    listed = weights if isinstance(weights, dict) else {one.get("FunctionVersion"): None for one in weights}
    for version in (data.get("FunctionVersion") or "$LATEST", *listed):
        if record is not None and version != "$LATEST" and str(version) not in record["versions"]:
            arn = f"{record['config']['FunctionArn']}:{version}"
            raise RefusedError("ResourceNotFoundException", f"Function not found: {arn}", 404)


def _templates_alias(properties: Record) -> None:
    _alias(properties)
    _, config, _ = lambda_svc._get_func_record_for_ref(str(properties.get("FunctionName") or ""))
    if config is not None:
        _versions(str(config["FunctionName"]), properties)


def _layered(name: str, data: Record) -> None:
    _layer({**data, "LayerName": name, "Content": None})


def _tagged(_arn: str, data: Record) -> None:
    _tags(data)
    if len(data.get("Tags") or {}) > configuration.MAX_TAGS:
        raise RefusedError(_INVALID, f"The number of tags exceeded the allowed limit: {configuration.MAX_TAGS}.")


_CALLS: dict[str, Callable[..., None]] = {
    "_put_event_invoke_config": _asynchronous,
    "_create_function_url_config": _addressed,
    "_update_function_url_config": _addressed,
    "_add_permission": _granting,
    "_create_alias": _named,
    "_update_alias": _moved,
    "_publish_layer_version": _layered,
    "_tag_resource": _tagged,
    "_create_function": _dead_letters,
    "_update_config": _dead_letters_of,
}

#: Where the provisioner does not come through the call. Settings, URLs and permissions do.
_TEMPLATES = {
    "AWS::Lambda::Alias": _templates_alias,
    "AWS::Lambda::Permission": _granted,
    "AWS::Lambda::LayerVersion": _doors.by_model("lambda", "PublishLayerVersion"),
    "AWS::Lambda::Function": _dead_letters,
}


def install() -> None:
    """Close the gap in this process."""
    for name, check in _CALLS.items():
        _seams.replace(f"services.lambda_svc.{name}", _doors.at_call(check))
    _seams.replace(_doors.HANDLERS, _doors.in_templates(_TEMPLATES))
