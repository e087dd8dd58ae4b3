"""API Gateway: an HTTP API is made of the OpenAPI document in its template.

AWS: ``Body`` of AWS::ApiGatewayV2::Api is the definition of the API: a route per path and method, the integration
from ``x-amazon-apigateway-integration``, CORS from ``x-amazon-apigateway-cors``, authorizers from
``x-amazon-apigateway-authorizer`` (CloudFormation Template Reference, AWS::ApiGatewayV2::Api; API Gateway developer
guide, "Working with OpenAPI definitions for HTTP APIs"). SAM writes one for every ``HttpApi`` event. ``BodyS3Location``
names one in S3, in JSON or YAML. An update replaces all of it.
MiniStack: makes the API without any route.

What cannot be served here is refused, with the resource: an event of format 1.0.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import yaml
from ministack.services import apigateway, lambda_svc

from local.gaps import _seams
from local.gaps._types import Answer, Json, Record
from local.gaps.apigateway import _authorizers
from local.gaps.cloudformation._template import yaml_text

LEANS_ON = {
    "services.cloudformation.provisioners._RESOURCE_HANDLERS": "dict",
    "services.apigateway._create_integration": "(api_id, data)",
    "services.apigateway._create_route": "(api_id, data)",
    "services.apigateway._routes": "AccountRegionScopedDict",
    "services.apigateway._integrations": "AccountRegionScopedDict",
    "services.lambda_svc._fetch_code_from_s3": "(bucket, key, version_id=None)",
    **_authorizers.LEANS_ON,
}

_TYPE = "AWS::ApiGatewayV2::Api"
_INTEGRATION = "x-amazon-apigateway-integration"
_CORS = "x-amazon-apigateway-cors"
_ANY = "x-amazon-apigateway-any-method"
_METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace", _ANY)

_Made = tuple[str, Record]


def routes(document: Record) -> Iterator[tuple[str, Record, Record]]:
    """Key, integration and `security` of every route. Raises ValueError for what is not served here."""
    for path, operations in (document.get("paths") or {}).items():
        for method, operation in operations.items():
            if method not in _METHODS:
                continue
            key = f"{'ANY' if method == _ANY else method.upper()} {path}"
            wanted = _authorizers.wanted(document, operation, key)
            if _INTEGRATION in operation:
                integration = operation[_INTEGRATION]
                if str(integration.get("payloadFormatVersion", "1.0")) != "2.0":
                    raise ValueError(f"{key} asks for payload format 1.0: the local cloud sends format 2.0 alone.")
                yield "$default" if path == "/$default" else key, integration, wanted


def _document(props: Record) -> Record:
    body = _stored(props["BodyS3Location"]) if props.get("BodyS3Location") else props.get("Body") or {}
    return dict(yaml_text.load(body, yaml.SafeLoader, aliases=True) if isinstance(body, str) else body)


def _stored(where: Record) -> str:
    content = lambda_svc._fetch_code_from_s3(where["Bucket"], where["Key"], where.get("Version"))
    if content is None:
        raise ValueError(f"BodyS3Location: there is no object {where['Key']} in the bucket {where['Bucket']}.")
    return str(content, "utf-8")


def _named(props: Record) -> Record:
    """The properties with what the document says of the API itself."""
    document = _document(props)
    info = document.get("info") or {}
    found = {"Name": info.get("title"), "Version": info.get("version"), "CorsConfiguration": document.get(_CORS)}
    return {**{name: value for name, value in found.items() if value}, **props}


def _body(answer: Answer) -> Record:
    if answer[0] >= 400:
        raise ValueError(f"{_TYPE}: {answer[2].decode('utf-8', 'replace')}")
    return dict(json.loads(answer[2]))


def _import(api: str, document: Record) -> None:
    """All routes anew, as AWS reads the document again."""
    wanted = list(routes(document))
    if not wanted:
        return
    apigateway._routes[api] = {}
    apigateway._integrations[api] = {}
    made_authorizers = _authorizers.make(api, document)
    for key, integration, security in wanted:
        request = {
            "integrationType": str(integration.get("type", "aws_proxy")).upper(),
            "integrationUri": integration.get("uri", ""),
            "integrationMethod": integration.get("httpMethod", "POST"),
            "payloadFormatVersion": "2.0",
        }
        made = _body(apigateway._create_integration(api, request))
        target = f"integrations/{made['integrationId']}"
        route = {"routeKey": key, "target": target, **security}
        if "authorizerId" in security:
            route["authorizerId"] = made_authorizers[security["authorizerId"]]
        _body(apigateway._create_route(api, route))


def _create(create: Callable[..., _Made]) -> Callable[..., _Made]:
    def api_create(logical_id: str, props: Record, stack_name: str) -> _Made:
        document = _document(props)
        list(routes(document))
        made = create(logical_id, _named(props), stack_name)
        _import(made[0], document)
        return made

    return api_create


def _update(update: Callable[..., _Made]) -> Callable[..., _Made]:
    def api_update(
        api: str, old_props: Record, new_props: Record, stack_name: str, logical_id: str | None = None
    ) -> Any:
        document = _document(new_props)
        list(routes(document))
        made = update(api, _named(old_props), _named(new_props), stack_name, logical_id=logical_id)
        _import(made[0], document)
        return made

    return api_update


def _guarded(handlers: dict[str, Json]) -> dict[str, Json]:
    own = handlers[_TYPE]
    handlers[_TYPE] = {**own, "create": _create(own["create"]), "update": _update(own["update"])}
    return handlers


def install() -> None:
    """Close the gap in this process."""
    _seams.replace("services.cloudformation.provisioners._RESOURCE_HANDLERS", _guarded)
