"""Authorisation of the stand-in engines by MiniStack's own evaluator, the one that guards its other services.

A function whose role lacks `polly:SynthesizeSpeech` gets AccessDeniedException with the assumed role's ARN, as on
AWS.
"""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import unquote

from local.cloud.http import Response
from local.cloud.settings import HOST
from local.services.bedrock import bases, guardrails, models
from local.services.s3vectors import access
from local.services.sagemaker import access as sagemaker

LEANS_ON = {
    "app._request_account_scope": "(access_key_id)",
    "core.iam_actions.access_denied_response": (
        "(service, action, principal_arn, request_id, *, error_code='', message='', headers=None, "
        "resource_arn='*', explicit_deny=False, resource_policy_arn='')"
    ),
    "core.iam_actions.identity_denial_message": "(action, principal_arn, resource, explicit_deny)",
    "core.iam_evaluator.AuthError": "class",
    "core.iam_evaluator.enforce": (
        "(access_key_id, iam_action, service, region, resource_arn='*', service_context=None)"
    ),
    "core.iam_evaluator.pin_request_origin": "(source_ip, secure_transport)",
    "core.iam_evaluator.pin_signed_request": "(method, raw_path, query_params, raw_headers, handshake=False)",
    "core.iam_evaluator.pin_signed_body": "(body)",
    "core.responses.set_request_account_id": "(access_key_id)",
    "core.responses.set_request_region": "(region)",
    "core.responses.get_account_id": "()",
    **models.LEANS_ON,
}


@dataclass(frozen=True)
class Call:
    """An API call as it came in, before it is known who calls. `raw_headers` are pairs of bytes, as ASGI has them."""

    service: str
    method: str
    path: str
    raw_path: str
    query: Mapping[str, list[str]]
    headers: Mapping[str, str]
    raw_headers: Iterable[tuple[bytes, bytes]]
    body: bytes
    region: str
    access_key: str


# The signing name of a service, where botocore calls the model that serves it otherwise.
_MODELS = {"bedrock": "bedrock-runtime", "sagemaker": "sagemaker-runtime"}
_ALSO = {"bedrock": ("bedrock-agent-runtime",)}
# Operations that are allowed under another action's name (service authorization reference, Amazon Bedrock).
_ACTION_NAMES = {
    ("bedrock", "Converse"): "InvokeModel",
    ("bedrock", "ConverseStream"): "InvokeModelWithResponseStream",
}
# Resources of the services in front, as the service authorization reference has them, by the path's first part.
_POLLY_LEXICON = "arn:aws:polly:{region}:{account}:lexicon/{name}"
_BATCH_JOB = "arn:aws:bedrock:{region}:{account}:model-invocation-job/{name}"


def authorise(call: Call) -> tuple[str, Response | None]:
    """The caller's account, and None when the call is allowed, else the refusal to send.

    Checks the signature and the session token too. It sets MiniStack's per-request context, so it must run in the
    context (task or thread) of this one call.
    """
    from ministack import app
    from ministack.core import iam_evaluator, responses

    responses.set_request_account_id(app._request_account_scope(call.access_key))
    responses.set_request_region(call.region)
    iam_evaluator.pin_request_origin(HOST, True)
    iam_evaluator.pin_signed_request(call.method, call.raw_path, dict(call.query), list(call.raw_headers))
    iam_evaluator.pin_signed_body(call.body)
    account = responses.get_account_id()
    asked = [(action_of(call), resource, keys) for resource, keys in resources_of(call, account)]
    for action, resource, keys in [*asked, *_also_asked(call, account)]:
        denied = iam_evaluator.enforce(
            call.access_key, action, action.partition(":")[0], call.region, resource_arn=resource, service_context=keys
        )
        if denied is not None:
            return account, _refusal(call, action, resource, denied)
    return account, _of_a_key(call, account) if call.service == "s3vectors" else None


def _of_a_key(call: Call, account: str) -> Response | None:
    """The refusal of the KMS key that vectors lie under."""
    from local.gaps import _vector_keys
    from local.services.errors import ServiceError

    try:
        for making, place, encryption in access.sealed(call.raw_path, call.body, call.region, account):
            if making:
                _vector_keys.check_making(call.access_key, place, encryption)
            else:
                _vector_keys.check(call.access_key, call.raw_path.strip("/"), place)
    except ServiceError as error:
        return error.response({})
    return None


def _refusal(call: Call, action: str, resource: str, denied: Any) -> Response:
    from ministack.core import iam_actions, iam_evaluator

    request_id = str(uuid.uuid4())
    if isinstance(denied, iam_evaluator.AuthError):
        answer = iam_actions.access_denied_response(
            call.service,
            action,
            "",
            request_id,
            error_code=denied.code,
            message=denied.message,
            headers=dict(call.headers),
        )
    else:
        explicit = denied.decision == "Deny"
        # Bedrock and SageMaker name the resource that was lacking; a service that has none says nothing about it.
        named = resource != "*" and not denied.resource_policy_arn
        answer = iam_actions.access_denied_response(
            call.service,
            action,
            denied.principal_arn,
            request_id,
            headers=dict(call.headers),
            message=iam_actions.identity_denial_message(action, denied.principal_arn, resource, explicit)
            if named
            else "",
            explicit_deny=explicit,
            resource_policy_arn=denied.resource_policy_arn,
        )
    status, headers, body = answer
    return Response(status, {**headers, "x-amzn-requestid": request_id}, body)


def action_of(call: Call) -> str:
    """The IAM action of a call, such as `polly:SynthesizeSpeech`, from botocore's model of the service.

    Raises LookupError where the model has no such operation: such a call must not pass unchecked.
    """
    target = call.headers.get("x-amz-target")
    # The path as it was sent: in a decoded one an ARN's slash would look like the end of the model's id.
    operation = target.rpartition(".")[2] if target else _operation(call.service, call.method, call.raw_path)
    if not operation:
        raise LookupError(f"{call.method} {call.path} is no operation of {call.service}.")
    return f"{call.service}:{_ACTION_NAMES.get((call.service, operation), operation)}"


def _target(call: Call) -> str:
    """The operation that a call of a JSON protocol names."""
    return call.headers.get("x-amz-target", "")


def _operation(service: str, method: str, path: str) -> str | None:
    """The operation whose HTTP method and URI template fit, for services that put it into the path."""
    # Bedrock signs all of its services alike.
    for model in dict.fromkeys((_MODELS.get(service, service), service, *_ALSO.get(service, ()))):
        for name, wanted, pattern in _routes(model):
            if method == wanted and pattern.fullmatch(path):
                return name
    return None


@cache
def _routes(model: str) -> list[tuple[str, str, re.Pattern[str]]]:
    from botocore.session import get_session

    loaded = get_session().get_service_model(model)
    routes = []
    for name in loaded.operation_names:
        http = loaded.operation_model(name).http
        template = http["requestUri"].split("?")[0]
        pattern = "".join(
            "[^/]+" if part.startswith("{") else re.escape(part) for part in re.split(r"(\{[^}]+\})", template)
        )
        routes.append((name, http["method"], re.compile(pattern)))
    return routes


def resources_of(call: Call, account: str) -> list[tuple[str, dict[str, str]]]:
    """The resources on all of which the action must be allowed, each with condition keys of the service's own;
    Textract, Comprehend and X-Ray have none, Polly has lexicons, S3 Vectors buckets and indexes,
    SageMaker what it made."""
    parts = [unquote(part) for part in call.raw_path.strip("/").split("/")]
    if call.service == "s3vectors":
        return access.resources(call.raw_path, call.body, call.region, account)
    if call.service == "bedrock":
        return _of_bedrock(parts, call.region, account)
    if call.service == "sagemaker":
        return sagemaker.resources(call.raw_path, _target(call), call.body, call.region, account)
    if call.service == "polly" and parts[:2] == ["v1", "lexicons"] and len(parts) > 2:
        return [(_POLLY_LEXICON.format(region=call.region, account=account, name=parts[2]), {})]
    return [("*", {})]


def _of_bedrock(parts: list[str], region: str, account: str) -> list[tuple[str, dict[str, str]]]:
    if parts[0] == "model" and len(parts) > 1:
        return models.resources(parts[1], region, account)
    if parts[0] == "guardrail" and len(parts) > 1:
        return [(guardrails.arn(parts[1], region, account), {})]
    if parts[0] == "knowledgebases" and len(parts) > 1:
        return [(bases.arn(parts[1], region, account), {})]
    if parts[0] == "model-invocation-job" and len(parts) > 1:
        return [(_BATCH_JOB.format(region=region, account=account, name=parts[1].rpartition("/")[2]), {})]
    return [("*", {})]


def _also_asked(call: Call, account: str) -> list[tuple[str, str, dict[str, str]]]:
    """Actions and resources beside the call's own: a model that is asked behind a guardrail needs the right to it too
    (Bedrock user guide, "Set up permissions to use Amazon Bedrock Guardrails"); metadata of vectors need GetVectors."""
    if call.service == "s3vectors":
        return access.also(call.raw_path, call.body, call.region, account)
    if call.service == "sagemaker":
        return list(sagemaker.also(_target(call), call.body, call.region, account))
    if call.service != "bedrock" or not call.raw_path.endswith("/converse") or b'"guardrailConfig"' not in call.body:
        return []
    try:
        config = json.loads(call.body)["guardrailConfig"]
        identifier = str(config["guardrailIdentifier"])
    except (ValueError, RecursionError, KeyError, TypeError):
        return []  # no such request: the engine says what is wrong with it
    return [("bedrock:ApplyGuardrail", guardrails.arn(identifier, call.region, account), {})]
