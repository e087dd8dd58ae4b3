"""The calls about queries: start, stop, results page by page, statistics; and the life of each execution."""

from __future__ import annotations

import contextvars
import logging
import threading
import time
import uuid
from collections.abc import MutableMapping, Sequence
from typing import Any, Protocol

from local.services.athena import rights
from local.services.athena.answer import Answer
from local.services.athena.errors import QueryError, Refused, Stopped
from local.services.athena.world import World

Record = dict[str, Any]

_ENGINE = {
    "SelectedEngineVersion": "Athena engine version 3",
    "EffectiveEngineVersion": "Athena engine version 3",
}
_AT_ONCE = 4
_GRACE = 5.0
_PAGE = 1000
_log = logging.getLogger("athena")


class Home(Protocol):
    """Where executions and workgroups are kept; a workgroup is None where there is none of this name."""

    executions: MutableMapping[str, Record]

    def workgroup(self, name: str) -> Record | None: ...

    def world(self, workgroup: str) -> World:
        """The cloud as the caller of this request may see it."""


class Service:
    """The calls of StartQueryExecution, StopQueryExecution, GetQueryResults and GetQueryRuntimeStatistics."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._places = threading.Semaphore(_AT_ONCE)
        self._watches: dict[str, Any] = {}
        self._threads: dict[str, threading.Thread] = {}
        self._tokens: dict[tuple[str, str], str] = {}
        self._lock = threading.Lock()

    def start(self, data: Record) -> Record:
        """Take a query.

        Raises:
            Refused: Athena would not take it.
        """
        from local.services.athena.engine.locked import Watch
        from local.services.athena.sql import text
        from local.services.athena.statements import run

        group_name = data.get("WorkGroup") or "primary"
        group = self._home.workgroup(group_name)
        if group is None:
            raise Refused(f"WorkGroup {group_name} is not found.", "INVALID_INPUT")
        if group.get("State") == "DISABLED":
            raise Refused(f"WorkGroup {group_name} is disabled.", "INVALID_INPUT")
        statement = text.read(data.get("QueryString") or "")
        if not data.get("ExecutionParameters"):
            run.check(statement)
        settings = group.get("Configuration") or {}
        place = _output(data, settings)
        world = self._home.world(group_name)
        rights.output(world, place)
        with self._lock:
            token = (world.account, data.get("ClientRequestToken") or uuid.uuid4().hex)
            if token in self._tokens:
                return {"QueryExecutionId": self._same(self._tokens[token], data)}
            query = self._tokens[token] = str(uuid.uuid4())
        record = _record(query, data, statement, group_name, place)
        self._home.executions[query] = record
        watch = self._watches[query] = Watch()
        arguments = (self._wait_and_run, record, data, world, settings, watch)
        thread = threading.Thread(target=contextvars.copy_context().run, args=arguments, daemon=True)
        self._threads[query] = thread
        thread.start()
        return {"QueryExecutionId": query}

    def close(self) -> None:
        """Stop what runs and wait for its folders to go: a query does not hold up the end of the local cloud."""
        for watch in list(self._watches.values()):
            watch.stop()
        until = time.monotonic() + _GRACE
        for thread in list(self._threads.values()):
            thread.join(max(0.0, until - time.monotonic()))

    def _wait_and_run(self, record: Record, data: Record, world: World, settings: Record, watch: Any) -> None:
        try:
            with self._places:
                if not watch.stopped:
                    self._run(record, data, world, settings, watch)
        finally:
            _end(record, "CANCELLED", "Query was cancelled by user")  # one that was stopped while it waited
            self._watches.pop(record["QueryExecutionId"], None)
            self._threads.pop(record["QueryExecutionId"], None)

    def _same(self, query: str, data: Record) -> str:
        record = self._home.executions.get(query)
        if record is None or record["Query"] != data.get("QueryString"):
            raise Refused("Idempotent parameters do not match", "INVALID_INPUT")
        return query

    def _run(self, record: Record, data: Record, world: World, settings: Record, watch: Any) -> None:
        """The whole life of an execution, on a thread of its own."""
        begun = time.time()
        try:
            record["Status"]["State"] = "RUNNING"
            answer = _perform(record, data, world, settings, watch)
            _save(record, answer, world)
            if not watch.stopped:
                _succeed(record, answer)
        except Stopped:
            _end(record, "CANCELLED", "Query was cancelled by user")
        except QueryError as error:
            if error.name == "SCAN_LIMIT":
                _end(record, "CANCELLED", error.message)
            else:
                record["Status"]["AthenaError"] = error.record()
                _end(record, "FAILED", error.reason)
        except Refused as error:
            failure = QueryError("SYNTAX_ERROR", error.message)
            record["Status"]["AthenaError"] = failure.record()
            _end(record, "FAILED", failure.reason)
        except Exception as error:  # noqa: BLE001
            # A fault of this stand-in: told, so that nobody takes it for the query's.
            _log.exception("The local Athena failed on %s", record["QueryExecutionId"])
            failure = QueryError("GENERIC_INTERNAL_ERROR", f"The local Athena failed: {type(error).__name__}: {error}")
            record["Status"]["AthenaError"] = failure.record()
            _end(record, "FAILED", failure.reason)
        finally:
            _times(record, begun)

    def stop(self, data: Record) -> Record:
        """Stop a query; one that has ended stays as it ended."""
        record = self._known(data)
        watch = self._watches.get(record["QueryExecutionId"])
        if watch is not None and record["Status"]["State"] in ("QUEUED", "RUNNING"):
            watch.stop()
            _end(record, "CANCELLED", "Query was cancelled by user")
        return {}

    def results(self, data: Record) -> Record:
        """One page of an answer; the first row of a query's first page is its header."""
        record = self._known(data)
        state = record["Status"]["State"]
        if state in ("QUEUED", "RUNNING"):
            raise Refused(f"Query has not yet finished. Current state: {state}", "INVALID_QUERY_EXECUTION_STATE")
        if state != "SUCCEEDED":
            message = f"Query did not finish successfully. Final query state: {state}"
            raise Refused(message, "INVALID_QUERY_EXECUTION_STATE")
        size = int(data.get("MaxResults", _PAGE))
        if not 1 <= size <= _PAGE:
            raise Refused(f"MaxResults is more than maximum allowed length {_PAGE}.", "INVALID_INPUT")
        rights.results(self._home.world(record["WorkGroup"]), *_key(record["ResultConfiguration"]["OutputLocation"]))
        return _page(record, size, data.get("NextToken"))

    def statistics(self, data: Record) -> Record:
        """GetQueryRuntimeStatistics, without its stages."""
        record = self._known(data)
        found = record["Statistics"]
        rows = record.get("_results") or {}
        timeline = {key: value for key, value in found.items() if key.endswith("InMillis")}
        timeline["EngineExecutionTimeInMillis"] = found["EngineExecutionTimeInMillis"]
        counted = {"InputBytes": found["DataScannedInBytes"], "OutputRows": len(rows.get("rows") or ())}
        return {"QueryRuntimeStatistics": {"Timeline": timeline, "Rows": counted}}

    def _known(self, data: Record) -> Record:
        query = data.get("QueryExecutionId") or ""
        record = self._home.executions.get(query)
        if record is None:
            raise Refused(f"QueryExecution {query} was not found", "INVALID_INPUT")
        return record


def _output(data: Record, settings: Record) -> str:
    """Where the answer goes: as the workgroup says if it enforces that, else as the caller or the workgroup says."""
    asked = (data.get("ResultConfiguration") or {}).get("OutputLocation")
    own = (settings.get("ResultConfiguration") or {}).get("OutputLocation")
    enforced = settings.get("EnforceWorkGroupConfiguration", True) and own
    place = own if enforced else asked or own
    if not place:
        raise Refused(
            "No output location provided. An output location is required either through the Workgroup result "
            "configuration setting or as an API input.",
            "INVALID_INPUT",
        )
    if not place.startswith("s3://"):
        raise Refused(f"outputLocation is not a valid S3 path: {place}", "INVALID_INPUT")
    return str(place if place.endswith("/") else place + "/")


def _record(query: str, data: Record, statement: Any, group: str, place: str) -> Record:
    context = data.get("QueryExecutionContext") or {}
    ending = ".csv" if statement.kind == "DML" or statement.first == "explain" else ".txt"
    parameters = {"ExecutionParameters": data["ExecutionParameters"]} if data.get("ExecutionParameters") else {}
    given = {k: v for k, v in (data.get("ResultConfiguration") or {}).items() if k != "OutputLocation"}
    return {
        "QueryExecutionId": query,
        "Query": data["QueryString"],
        "StatementType": statement.kind,
        "SubstatementType": statement.substatement,
        "ResultConfiguration": {**given, "OutputLocation": f"{place}{query}{ending}"},
        "ResultReuseConfiguration": {"ResultReuseByAgeConfiguration": {"Enabled": False}},
        "QueryExecutionContext": {
            "Database": context.get("Database") or "default",
            "Catalog": (context.get("Catalog") or "awsdatacatalog").lower(),
        },
        "Status": {"State": "QUEUED", "SubmissionDateTime": time.time()},
        "Statistics": {
            "EngineExecutionTimeInMillis": 0,
            "DataScannedInBytes": 0,
            "TotalExecutionTimeInMillis": 0,
            "QueryQueueTimeInMillis": 0,
            "QueryPlanningTimeInMillis": 0,
            "ServiceProcessingTimeInMillis": 0,
            "ResultReuseInformation": {"ReusedPreviousResult": False},
        },
        "WorkGroup": group,
        "EngineVersion": dict(_ENGINE),
        **parameters,
        "_results": None,
        "_column_types": None,
    }


def _perform(record: Record, data: Record, world: World, settings: Record, watch: Any) -> Answer:
    from local.services.athena.catalog import NAME, Catalog
    from local.services.athena.sql.text import read, with_parameters
    from local.services.athena.statements.run import run
    from local.services.athena.statements.select import Session

    context = record["QueryExecutionContext"]
    if context["Catalog"] != NAME:
        raise QueryError("CATALOG_NOT_FOUND", f"Catalog '{context['Catalog']}' does not exist")
    text = data["QueryString"]
    place = record["ResultConfiguration"]["OutputLocation"].rpartition("/")[0] + "/"
    rights.writing(world, *_key(record["ResultConfiguration"]["OutputLocation"]))
    statement = read(text)
    if statement.first != "prepare" and (data.get("ExecutionParameters") or "?" in text):
        given: Sequence[str] = data.get("ExecutionParameters") or []
        if statement.first == "execute":
            text = f"{text} USING {', '.join(given)}" if given else text
            statement = read(text)
        else:
            statement = read(with_parameters(text, given))
    limit = settings.get("BytesScannedCutoffPerQuery")
    enforced = bool(settings.get("EnforceWorkGroupConfiguration", True))
    session = Session(Catalog(world, context["Database"]), watch, int(limit) if limit else None, place, enforced)
    return run(statement, session)


def _key(url: str) -> tuple[str, str]:
    bucket, _, key = url.removeprefix("s3://").partition("/")
    return bucket, key


def _save(record: Record, answer: Answer, world: World) -> None:
    """Put the files: those of the statement, then the answer and what describes it."""
    record["Statistics"]["DataScannedInBytes"] = answer.scanned
    for bucket, key, body in answer.written:
        world.write(bucket, key, body)
    bucket, key = _key(record["ResultConfiguration"]["OutputLocation"])
    if answer.manifest:
        manifest = f"{key.removesuffix('.csv')}-manifest.csv"
        lines = "".join(f"s3://{b}/{k}\n" for b, k, _ in answer.written)
        world.write(bucket, manifest, lines.encode())
        record["Statistics"]["DataManifestLocation"] = f"s3://{bucket}/{manifest}"
    world.write(bucket, key, answer.file())
    world.write(bucket, f"{key}.metadata", answer.metadata())


def _succeed(record: Record, answer: Answer) -> None:
    columns = [name for name, _ in answer.columns]
    record["_results"] = {
        "columns": columns,
        "rows": [list(row) for row in answer.rows],
        "updated": answer.update_count,
    }
    record["_column_types"] = [kind for _, kind in answer.columns]
    record["_header"] = not answer.plain and bool(answer.columns)
    _end(record, "SUCCEEDED", "")


def _end(record: Record, state: str, reason: str) -> None:
    if record["Status"]["State"] not in ("QUEUED", "RUNNING"):
        return
    if reason:
        record["Status"]["StateChangeReason"] = reason
    record["Status"]["CompletionDateTime"] = time.time()
    record["Status"]["State"] = state


def _times(record: Record, begun: float) -> None:
    now, submitted = time.time(), record["Status"]["SubmissionDateTime"]
    record["Statistics"].update(
        EngineExecutionTimeInMillis=int((now - begun) * 1000),
        TotalExecutionTimeInMillis=int((now - submitted) * 1000),
        QueryQueueTimeInMillis=int((begun - submitted) * 1000),
    )


def _page(record: Record, size: int, token: str | None) -> Record:
    from local.services.athena.values import column_info

    found = record["_results"]
    header = [found["columns"]] if record.get("_header") else []
    first = _number(token)
    end = first + size
    rows = [*header, *found["rows"]]
    shown = [{"Data": [{} if value is None else {"VarCharValue": value} for value in row]} for row in rows[first:end]]
    kinds = zip(found["columns"], record["_column_types"], strict=True)
    more = {"NextToken": str(end)} if end < len(rows) else {}
    return {
        "ResultSet": {
            "Rows": shown,
            "ResultSetMetadata": {"ColumnInfo": [column_info(name, kind) for name, kind in kinds]},
        },
        "UpdateCount": found.get("updated", 0),
        **more,
    }


def _number(token: str | None) -> int:
    if token is None:
        return 0
    if not token.isdigit():
        raise Refused("Invalid NextToken", "INVALID_INPUT")
    return int(token)
