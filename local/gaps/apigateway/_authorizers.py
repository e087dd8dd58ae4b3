"""Who may call the routes of an OpenAPI document: its security schemes as authorizers of an HTTP API.

A scheme has its authorizer in ``x-amazon-apigateway-authorizer``, of the type ``jwt`` or ``request`` (a function), or
says ``x-amazon-apigateway-authtype: awsSigv4``. SAM writes the scheme NONE for a route without any.
"""

from __future__ import annotations

import json
from typing import Any

from ministack.services import apigateway

from local.gaps._types import Record

LEANS_ON = {
    "services.apigateway._create_authorizer": "(api_id, data)",
    "services.apigateway._authorizers": "AccountRegionScopedDict",
}

_AUTHORIZER = "x-amazon-apigateway-authorizer"
_SIGNED = "awsSigv4"
#: Type of the authorizer, and of a route that has it.
_TYPES = {"jwt": ("JWT", "JWT"), "oauth2": ("JWT", "JWT"), "request": ("REQUEST", "CUSTOM")}


def _schemes(document: Record) -> Record:
    found: Record = (document.get("components") or {}).get("securitySchemes") or {}
    return found


def wanted(document: Record, operation: Record, key: str) -> Record:
    """The members of a route that say who may call it; authorizerId is the name of the scheme still.

    Raises ValueError for a scheme that names nobody.
    """
    for requirement in operation.get("security", document.get("security")) or []:
        for name, scopes in requirement.items():
            if name == "NONE":
                continue
            scheme = _schemes(document).get(name) or {}
            if scheme.get("x-amazon-apigateway-authtype") == _SIGNED:
                return {"authorizationType": "AWS_IAM"}
            kind = str((scheme.get(_AUTHORIZER) or {}).get("type", "")).lower()
            if kind not in _TYPES:
                raise ValueError(f"{key} asks for the security scheme {name}, which has no authorizer.")
            return {"authorizationType": _TYPES[kind][1], "authorizerId": name, "authorizationScopes": scopes or []}
    return {}


def make(api: str, document: Record) -> dict[str, str]:
    """The authorizers of a document anew; their ids by the names of their schemes."""
    made = {}
    found = {name: scheme.get(_AUTHORIZER) or {} for name, scheme in _schemes(document).items()}
    given = {name: one for name, one in found.items() if str(one.get("type", "")).lower() in _TYPES}
    if given:
        apigateway._authorizers[api] = {}
    for name, authorizer in given.items():
        answer = apigateway._create_authorizer(api, _request(name, authorizer))
        if answer[0] >= 400:
            raise ValueError(f"Authorizer {name}: {answer[2].decode('utf-8', 'replace')}")
        made[name] = json.loads(answer[2])["authorizerId"]
    return made


def _request(name: str, authorizer: Record) -> Record:
    """The CreateAuthorizer that the import sends."""
    kind = _TYPES[str(authorizer["type"]).lower()][0]
    sources: Any = authorizer.get("identitySource") or (["$request.header.Authorization"] if kind == "JWT" else [])
    if isinstance(sources, str):
        sources = [one.strip() for one in sources.split(",")]
    request = {**authorizer, "name": name, "authorizerType": kind, "identitySource": sources}
    if "authorizerPayloadFormatVersion" in authorizer:  # YAML makes a number of it
        request["authorizerPayloadFormatVersion"] = f"{float(authorizer['authorizerPayloadFormatVersion']):.1f}"
    return request
