"""API Gateway: a method that stands for all in the OpenAPI document of a REST API.

AWS: ``x-amazon-apigateway-any-method`` of a path answers every HTTP method that the path does not name (API Gateway
developer guide, "x-amazon-apigateway-any-method object"). SAM writes it for an ``Api`` event with ``Method: any``.
MiniStack: passes over it, so that the path has no method at all.
"""

from __future__ import annotations

from collections.abc import Callable

from ministack.services import apigateway_v1

from local.gaps import _seams
from local.gaps._types import Json, Record

LEANS_ON = {
    "services.apigateway_v1._import_path_item": "(api_id, path, path_item, scheme_map=None, default_security=None)",
    "services.apigateway_v1._import_operation": (
        "(api_id, resource_id, http_method, operation, scheme_map=None, default_security=None)"
    ),
    "services.apigateway_v1._resources": "AccountRegionScopedDict",
}

_ANY = "x-amazon-apigateway-any-method"


def _with_any(import_path: Callable[..., None]) -> Callable[..., None]:
    def import_path_item(
        api_id: str, path: str, path_item: Record, scheme_map: Record | None = None, default_security: Json = None
    ) -> None:
        import_path(api_id, path, path_item, scheme_map, default_security)
        if _ANY in path_item:
            resources = apigateway_v1._resources[api_id]
            (resource,) = [found for found, resource in resources.items() if resource["path"] == path]
            apigateway_v1._import_operation(api_id, resource, "ANY", path_item[_ANY], scheme_map, default_security)

    return import_path_item


def install() -> None:
    """Close the gap in this process."""
    _seams.replace("services.apigateway_v1._import_path_item", _with_any)
