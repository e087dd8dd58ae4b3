"""Results of a distributed Map: rows about its child executions, in the state's output or written by ResultWriter.

AWS: Developer Guide, "ResultWriter (Map)": the files ``<prefix>/<id of the Map Run>/manifest.json`` and SUCCEEDED_0,
FAILED_0 (failed, timed out, aborted), PENDING_0 (never started) beside it, the transformations NONE, COMPACT and
FLATTEN; a failed child's row is always as with NONE.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from ministack.services import stepfunctions as sfn

from local.gaps._types import Json, Record
from local.gaps.stepfunctions._map_items import Values, only, refused
from local.gaps.stepfunctions.role import client_for_execution

_WRITER = {"Resource", "Parameters", "Arguments", "WriterConfig"}
_PUT = "arn:aws:states:::s3:putObject"


class Writer:
    """What a Map state says of its results."""

    def __init__(self, values: Values) -> None:
        """Raises States.Runtime where AWS would refuse the definition or this cannot follow it."""
        given: Record | None = values.state.get("ResultWriter")
        self.place: Record | None = None
        config: Record = {}
        if given is not None:
            only(_WRITER, given, "ResultWriter")
            config = given.get("WriterConfig") or {}
            only({"Transformation", "OutputType"}, config, "WriterConfig")
            if not given:
                raise refused("A ResultWriter needs Resource and where to write, or WriterConfig.")
            if "Resource" in given:
                if given["Resource"] != _PUT:
                    raise refused(f"The local cloud has no ResultWriter {given['Resource']}.")
                place = values.template(given.get("Arguments" if values.jsonata else "Parameters") or {})
                only({"Bucket", "Prefix"}, place, "ResultWriter")
                self.place = place
        self.shape = config.get("Transformation", "COMPACT" if self.place is None else "NONE")
        self.kind = config.get("OutputType", "JSON")
        if self.shape not in ("NONE", "COMPACT", "FLATTEN") or self.kind not in ("JSON", "JSONL"):
            raise refused(f"There is no WriterConfig {self.shape}, {self.kind}.")

    def rows(self, children: Iterable[Record]) -> list[Json]:
        """A row for each child, or for each member of its output with FLATTEN."""
        found: list[Json] = []
        for child in children:
            if child["status"] != "SUCCEEDED" or self.shape == "NONE":
                found.append(row(child))
                continue
            output = json.loads(child["output"])
            if self.shape == "FLATTEN" and isinstance(output, list):
                found.extend(output)
            else:
                found.append(output)
        return found

    def output(self, children: list[Record]) -> Json:
        """The Map's result where nothing is written to S3."""
        rows = self.rows(children)
        return "\n".join(json.dumps(each, ensure_ascii=False) for each in rows) if self.kind == "JSONL" else rows

    def write(self, run: Record, children: list[Record], pending: list[Record]) -> Record:
        """Write the files and return the Map's result. Raises States.ResultWriterFailed."""
        place = self.place or {}
        folder = "/".join(part for part in (str(place.get("Prefix", "")).rstrip("/"), _id(run)) if part)
        by_status = {
            "FAILED": [child for child in children if child["status"] != "SUCCEEDED"],
            "PENDING": pending,
            "SUCCEEDED": [child for child in children if child["status"] == "SUCCEEDED"],
        }
        files = {name: self._file(folder, name, group) for name, group in by_status.items()}
        manifest = {"DestinationBucket": place["Bucket"], "MapRunArn": run["mapRunArn"], "ResultFiles": files}
        key = f"{folder}/manifest.json"
        self._put(key, json.dumps(manifest).encode())
        run["itemCounts"]["resultsWritten"] = run["itemCounts"]["succeeded"] + run["itemCounts"]["failed"]
        run["executionCounts"]["resultsWritten"] = len(children)
        return {"MapRunArn": run["mapRunArn"], "ResultWriterDetails": {"Bucket": place["Bucket"], "Key": key}}

    def _file(self, folder: str, name: str, children: list[Record]) -> list[dict[str, Any]]:
        if not children:
            return []
        rows = self.rows(children)
        if self.kind == "JSONL":
            body = "".join(json.dumps(each, ensure_ascii=False) + "\n" for each in rows).encode()
        else:
            body = json.dumps(rows, ensure_ascii=False).encode()
        key = f"{folder}/{name}_0.{self.kind.lower()}"
        self._put(key, body)
        return [{"Key": key, "Size": len(body)}]

    def _put(self, key: str, body: bytes) -> None:
        from botocore.exceptions import BotoCoreError, ClientError

        bucket = (self.place or {}).get("Bucket")
        try:
            client_for_execution("s3").put_object(Bucket=bucket, Key=key, Body=body, ContentType="application/json")
        except (ClientError, BotoCoreError) as error:
            raise sfn._ExecutionError("States.ResultWriterFailed", str(error)) from error


def row(child: Record) -> Record:
    """What the result files say of one child execution without a transformation."""
    fields = {
        "ExecutionArn": child["executionArn"],
        "Input": child["input"],
        "InputDetails": {"Included": True},
        "Name": child["name"],
        "StateMachineArn": child["stateMachineArn"],
        "Status": child["status"],
    }
    if child["status"] == "PENDING":
        return fields
    reason = f"Execution is {child['status']} and cannot be redriven"
    fields |= {
        "RedriveCount": 0,
        "RedriveStatus": "NOT_REDRIVABLE",
        "RedriveStatusReason": reason,
        "StartDate": child["startDate"],
        "StopDate": child["stopDate"],
    }
    if child["status"] == "SUCCEEDED":
        return fields | {"Output": child["output"], "OutputDetails": {"Included": True}}
    return fields | {"Error": child.get("error"), "Cause": child.get("cause")}


def _id(run: Record) -> str:
    return str(run["mapRunArn"]).rsplit(":", 1)[-1]
