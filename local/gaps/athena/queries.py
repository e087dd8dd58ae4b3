"""Athena: a query goes to the locked engine of local/services/athena, with the rights of its caller.

AWS: Athena reads Trino's SQL over the Glue catalogue and S3 with the rights of the caller (Athena user guide,
"Security"); partitions that a query does not need are not read; a workgroup's BytesScannedCutoffPerQuery ends a query;
the answer lies at the OutputLocation that GetQueryExecution names, as CSV with every value in quotes. Calls about a
query are authorised for the workgroup it runs in (Service Authorization Reference, Athena), and its answer is streamed
from S3 to those who may read it there (API reference, GetQueryResults).
MiniStack: runs the text of a query in DuckDB as it is, with the server's rights over files, settings and the network,
and without a right to S3 or Glue; reads every partition; answers ``mock_value`` where DuckDB is not installed; asks
for every resource where a call names a query; gives the answer of any query to whoever may call GetQueryResults.
"""

from __future__ import annotations

import asyncio
import atexit
import contextvars
import json
import re
from collections.abc import Awaitable, Callable, MutableMapping
from typing import cast

from ministack.core.router import extract_access_key_id
from ministack.services import athena

from local.gaps import _seams
from local.gaps._types import Answer, Json, Record, json_answer, json_error
from local.gaps.athena import _world
from local.services.athena.errors import QueryError, Refused
from local.services.athena.service import Service

LEANS_ON = {
    **_world.LEANS_ON,
    "core.iam_actions.extract_resource_arn": "(service, method, path, headers, body, query_params, region, account_id)",
    "core.router.extract_access_key_id": "(headers, query_params=None)",
    "services.athena._ensure_default_workgroup": "()",
    "services.athena._executions": "AccountRegionScopedDict",
    "services.athena._workgroups": "AccountRegionScopedDict",
    "services.athena.handle_request": "(method, path, headers, body, query_params)",
}

Handler = Callable[..., Awaitable[Answer]]

_access_key: contextvars.ContextVar[str] = contextvars.ContextVar("athena_access_key", default="")
_loop: contextvars.ContextVar[asyncio.AbstractEventLoop] = contextvars.ContextVar("athena_loop")


class _Home:
    """MiniStack's executions and workgroups."""

    executions = cast("MutableMapping[str, Record]", athena._executions)

    def workgroup(self, name: str) -> Record | None:
        athena._ensure_default_workgroup()
        return cast("Record | None", athena._workgroups.get(name))

    def world(self, workgroup: str) -> _world.MiniStackWorld:
        return _world.MiniStackWorld(_access_key.get(), workgroup, _loop.get())


_service = Service(_Home())
_CALLS: dict[str, Callable[[Record], Record]] = {
    "StartQueryExecution": _service.start,
    "StopQueryExecution": _service.stop,
    "GetQueryResults": _service.results,
    "GetQueryRuntimeStatistics": _service.statistics,
}

#: Calls that name a workgroup, or mean this one.
_OF_PRIMARY = ("StartQueryExecution", "ListQueryExecutions", "ListNamedQueries", "CreateNamedQuery")


def _own(handle: Handler) -> Handler:
    async def handle_request(method: str, path: str, headers: Record, body: bytes, query_params: Record) -> Answer:
        call = _CALLS.get(headers.get("x-amz-target", "").rpartition(".")[2])
        if call is None:
            return await handle(method, path, headers, body, query_params)
        _access_key.set(extract_access_key_id(headers, query_params) or "")
        _loop.set(asyncio.get_running_loop())
        try:
            data = json.loads(body or b"{}")
        except ValueError:
            return json_error("SerializationException", "The request is no JSON.")
        try:
            return json_answer(await asyncio.to_thread(call, data))
        except Refused as error:
            return _refusal(error.message, error.code)
        except QueryError as error:
            return _refusal(error.reason, "INVALID_INPUT")

    return handle_request


def _refusal(message: str, code: str) -> Answer:
    status, headers, body = json_error("InvalidRequestException", message)
    found = {**json.loads(body), "AthenaErrorCode": code}
    return status, headers, json.dumps(found).encode()


def _of_the_query(extract: Callable[..., str]) -> Callable[..., str]:
    def extract_resource_arn(service: str, *rest: Json) -> str:
        found = extract(service, *rest)
        if service != "athena" or found != "*":
            return found
        headers, body, _query, region, account = rest[-5:]
        named = re.search(rb'"QueryExecutionIds?"\s*:\s*(\[[^\]]*\]|"[^"]+")', body or b"")
        queries = re.findall(r'"([^"]+)"', named[1].decode(errors="replace")) if named else []
        groups = {known["WorkGroup"] for query in queries if (known := athena._executions.get(query))}
        if headers.get("x-amz-target", "").rpartition(".")[2] in _OF_PRIMARY:
            groups = {"primary"}
        # MiniStack asks for one resource: the right to queries of several workgroups must be the right to all.
        return f"arn:aws:athena:{region}:{account}:workgroup/{groups.pop()}" if len(groups) == 1 else found

    return extract_resource_arn


def install() -> None:
    """Close the gap in this process."""
    _seams.replace("services.athena.handle_request", _own)
    atexit.register(_service.close)
    _seams.replace("core.iam_actions.extract_resource_arn", _of_the_query)
