"""Services and actions of the aws-sdk integrations, by the models of botocore; nothing is loaded until it is asked."""

from __future__ import annotations

from functools import lru_cache
from typing import Any


@lru_cache(maxsize=1)
def _session() -> Any:
    import botocore.session

    return botocore.session.Session()


@lru_cache(maxsize=1)
def service_names() -> dict[str, Any]:
    """ "cognitoidentityprovider" -> "cognito-idp": the names are those of the AWS SDK for Java 2, which leaves out
    hyphens and a "service" at the end (Developer Guide, "Learning to use AWS service SDK integrations").
    """
    from botocore.utils import EVENT_ALIASES

    found = {}
    for name in _session().get_available_services():
        java = EVENT_ALIASES.get(name, name).replace("-", "")
        found[java.removesuffix("service") or java] = name
    return found


@lru_cache(maxsize=64)
def operations(service: str) -> dict[str, Any] | None:
    """The operations of a service by their lower-case names; None for a service that botocore does not know."""
    name = service_names().get(service)
    if name is None:
        return None
    model = _session().get_service_model(name)
    return {operation.lower(): model.operation_model(operation) for operation in model.operation_names}
