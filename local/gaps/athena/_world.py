"""MiniStack's catalogue, buckets and evaluator, as a query of Athena may ask them."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

from ministack import app
from ministack.core import iam_actions, iam_evaluator
from ministack.core.responses import get_account_id, get_region
from ministack.services import athena, glue, s3

from local.gaps import _authority, _keys
from local.gaps._types import Answer, Json, Record
from local.services.athena.errors import QueryError
from local.services.athena.world import Object

LEANS_ON = {
    **_authority.LEANS_ON,
    "app.AUTH": "bool",
    "core.iam_actions.identity_denial_message": "(action, principal_arn, resource, explicit_deny)",
    "core.iam_evaluator.enforce": (
        "(access_key_id, iam_action, service, region, resource_arn='*', service_context=None)"
    ),
    "services.athena._create_table_input": "(ddl)",
    "services.athena._parse_ddl": "(query)",
    "services.athena._prepared_statements": "AccountRegionScopedDict",
    "services.glue._batch_create_partition": "(data)",
    "services.glue._create_database": "(data)",
    "services.glue._create_table": "(data)",
    "services.glue._databases": "AccountRegionScopedDict",
    "services.glue._delete_database": "(data)",
    "services.glue._delete_partition": "(data)",
    "services.glue._delete_table": "(data)",
    "services.glue._partitions": "AccountRegionScopedDict",
    "services.glue._tables": "AccountRegionScopedDict",
    "services.glue._update_table": "(data)",
    "services.s3._buckets": "AccountScopedDict",
    "services.s3._get_object_data": "(bucket_name, key, version_id=None)",
    "services.s3._put_object": "(bucket_name, key, body, headers)",
}

T = TypeVar("T")
#: Athena calls other services for its caller; policies may ask for that.
_CALLED_BY_ATHENA = {"aws:viaawsservice": "true", "aws:calledvia": ["athena.amazonaws.com"]}


class MiniStackWorld:
    """The cloud of one query. Stores are changed on the server's loop alone; a query runs on a thread of its own."""

    def __init__(self, access_key: str, workgroup: str, loop: asyncio.AbstractEventLoop) -> None:
        self.account, self.region = get_account_id(), get_region()
        self._key, self._group, self._loop = access_key, workgroup, loop
        self._allowed: dict[tuple[str, str], str | None] = {}

    def _on_loop(self, work: Callable[[], T]) -> T:
        async def now() -> T:
            return work()

        try:
            running = asyncio.get_running_loop()
        except RuntimeError:
            running = None
        if running is self._loop:
            return work()
        return asyncio.run_coroutine_threadsafe(now(), self._loop).result()

    def denied(self, action: str, resource: str) -> str | None:
        """AWS's sentence when the caller may not do ``action`` on ``resource``, else None."""
        if (action, resource) not in self._allowed:
            self._allowed[action, resource] = self._on_loop(lambda: self._ask(action, resource))
        return self._allowed[action, resource]

    def _ask(self, action: str, resource: str) -> str | None:
        if not app.AUTH:
            return None
        service = action.split(":", maxsplit=1)[0]
        found: Json = iam_evaluator.enforce(
            self._key, action, service, self.region, resource_arn=resource, service_context=_CALLED_BY_ATHENA
        )
        if found is None:
            refusal = _authority.keys_refuse(self._key, _keys.uses(action, resource))
            return None if refusal is None else refusal.message
        if isinstance(found, iam_evaluator.AuthError):
            return str(found.message)
        explicit = found.decision == "Deny"
        return str(iam_actions.identity_denial_message(action, found.principal_arn, resource, explicit))

    def databases(self) -> list[Record]:
        return self._on_loop(lambda: list(glue._databases.values()))

    def tables(self, database: str) -> list[Record]:
        start = f"{database}/"
        return self._on_loop(lambda: [t for key, t in glue._tables.items() if key.lower().startswith(start)])

    def partitions(self, database: str, table: str) -> list[Record]:
        return self._on_loop(lambda: list(glue._partitions.get(f"{database}/{table}") or ()))

    def glue(self, operation: str, request: Record) -> Record:
        """Change the catalogue. Raises QueryError with Glue's sentence."""
        calls = {
            "BatchCreatePartition": glue._batch_create_partition,
            "CreateDatabase": glue._create_database,
            "CreateTable": glue._create_table,
            "DeleteDatabase": glue._delete_database,
            "DeletePartition": glue._delete_partition,
            "DeleteTable": glue._delete_table,
            "UpdateTable": glue._update_table,
        }
        status, _headers, body = self._on_loop(lambda: calls[operation](request))
        found: Record = json.loads(body or b"{}")
        if status >= 300:
            raise QueryError("HIVE_METASTORE_ERROR", str(found.get("message") or found))
        return found

    def table_input(self, text: str) -> Record | None:
        """CREATE TABLE as Glue's CreateTable wants it."""
        found = athena._parse_ddl(text)
        if not isinstance(found, athena._CreateTable) or found.iceberg:
            return None
        table = athena._create_table_input(found)
        return {"DatabaseName": found.database, "TableInput": table, "IfNotExists": found.if_not_exists}

    def prepared(self, name: str) -> str | None:
        found = self._on_loop(lambda: athena._prepared_statements.get(f"{self._group}/{name}"))
        return str(found["QueryStatement"]) if found else None

    def prepare(self, name: str, text: str | None) -> None:
        def change() -> None:
            if text is None:
                del athena._prepared_statements[f"{self._group}/{name}"]
                return
            athena._prepared_statements[f"{self._group}/{name}"] = {
                "StatementName": name,
                "WorkGroupName": self._group,
                "QueryStatement": text,
                "Description": "",
                "LastModifiedTime": int(time.time()),
            }

        self._on_loop(change)

    def objects(self, bucket: str, prefix: str) -> list[Object] | None:
        def look() -> list[Object] | None:
            found = s3._buckets.get(bucket)
            if found is None:
                return None
            items = [(key, item) for key, item in list(found["objects"].items()) if key.startswith(prefix)]
            return [
                Object(bucket, key, int(item["size"]), _seconds(item.get("last_modified")))
                for key, item in sorted(items)
            ]

        return self._on_loop(look)

    def read(self, item: Object) -> bytes:
        body = self._on_loop(lambda: s3._get_object_data(item.bucket, item.key))
        if body is None:
            raise QueryError("HIVE_CANNOT_OPEN_SPLIT", f"Error opening Hive split {item.url}: the object is gone")
        return bytes(body)

    def write(self, bucket: str, key: str, body: bytes) -> None:
        headers = {"content-type": "application/octet-stream", "content-length": str(len(body))}
        answer: Answer = self._on_loop(lambda: s3._put_object(bucket, key, body, headers))
        if answer[0] >= 300:
            raise QueryError("", f"Unable to write to s3://{bucket}/{key}: {answer[2].decode(errors='replace')}")


def _seconds(stamp: Json) -> float:
    """A moment of MiniStack: seconds, or a text of ISO 8601."""
    if isinstance(stamp, (int, float)):
        return float(stamp)
    return datetime.fromisoformat(str(stamp)).timestamp() if stamp else 0.0
