"""Lambda: an alias between two versions shares its calls out.

AWS: an alias with ``RoutingConfig`` sends the share of each additional version there, by chance, and the rest to its
own version; what is asked about the function by the alias is said of its own version (Lambda developer guide,
"Implement Lambda canary deployments using a weighted alias").
MiniStack: keeps the weights, and every call goes to the alias's own version.
"""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from typing import Any

from ministack.services import lambda_svc

from local.gaps import _seams
from local.gaps._types import Answer, Record

LEANS_ON = {
    "services.lambda_svc._effective_func_record_for_qualifier": "(func, qualifier)",
    "services.lambda_svc._functions": "AccountRegionScopedDict",
    "services.lambda_svc._get_function": "(name, qualifier=None)",
    "services.lambda_svc._get_function_config": "(name, qualifier=None)",
    "services.lambda_svc._invoke": "(name, event, headers, path_qualifier=None, query_params=None)",
    "services.lambda_svc._qp_first": "(query_params, key, default='')",
}

_Effective = Callable[[Record | None, str | None], tuple[Record | None, Record | None]]

_asked_about: ContextVar[bool] = ContextVar("asked_about", default=False)
"""While a function is described, nothing is drawn."""


def drawn(func: Record | None, qualifier: str | None) -> str | None:
    """The qualifier of one call: where an alias has weights, now and then an additional version."""
    alias = ((func or {}).get("aliases") or {}).get(qualifier or "") or {}
    weights = (alias.get("RoutingConfig") or {}).get("AdditionalVersionWeights") or {}
    left = random.random()  # noqa: S311 - a share of calls, no secret
    for version, weight in weights.items():
        left -= float(weight)
        if left < 0:
            return str(version)
    return qualifier


def _sharing(effective: _Effective) -> _Effective:
    def effective_func_record_for_qualifier(
        func: Record | None, qualifier: str | None
    ) -> tuple[Record | None, Record | None]:
        return effective(func, qualifier if _asked_about.get() else drawn(func, qualifier))

    return effective_func_record_for_qualifier


def _invoking(invoke: Callable[..., Awaitable[Answer]]) -> Callable[..., Awaitable[Answer]]:
    async def _invoke(
        name: str, event: Record, headers: Record, path_qualifier: str | None = None, query_params: Any = None
    ) -> Answer:
        asked = path_qualifier or lambda_svc._qp_first(query_params or {}, "Qualifier") or None
        if headers.get("x-amz-invocation-type", headers.get("X-Amz-Invocation-Type")) != "Event":
            # An asynchronous call keeps its alias, whose retries and destinations it has; it is drawn when it runs.
            asked = drawn(lambda_svc._functions.get(name), asked)
        return await invoke(name, event, headers, asked, query_params)

    return _invoke


def _describing(describe: Callable[..., Answer]) -> Callable[..., Answer]:
    def described(name: str, qualifier: str | None = None) -> Answer:
        token = _asked_about.set(True)
        try:
            return describe(name, qualifier)
        finally:
            _asked_about.reset(token)

    return described


def install() -> None:
    """Close the gap in this process."""
    _seams.replace("services.lambda_svc._effective_func_record_for_qualifier", _sharing)
    _seams.replace("services.lambda_svc._invoke", _invoking)
    for name in ("_get_function", "_get_function_config"):
        _seams.replace(f"services.lambda_svc.{name}", _describing)
