"""Lines about a document in what a batch keeps: its list, the result files of its map, its failures.

Other lines stay as they are, so that the files stay manifests and results. A list whose batch has not ended is left:
its map and its report read it again and would call the batch broken.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from operate.erase.erasure import Tally
from operate.erase.names import Wanted, named_in
from operate.erase.versions import Version, Versions

FOLDER = "batches/"


def files(summaries: Versions, wanted: Wanted) -> list[str]:
    """Keys of the files of batches that have a line about it, in any version."""
    lines = (one for one in summaries.below(FOLDER) if not one.is_marker and _holds_lines(one.key))
    return sorted({one.key for one in lines if _names(summaries, one, wanted)})


def _holds_lines(key: str) -> bool:
    return key.endswith((".jsonl", ".json")) and not key.endswith(("/report.json", "/manifest.json"))


def erase(summaries: Versions, keys: Iterable[str], wanted: Wanted, tally: Tally) -> None:
    for key in keys:
        if not _has_ended(summaries, key):
            tally.fail(f"s3://{summaries.bucket}/{key}: its batch has no report yet; run this again when it has ended")
            continue
        found = summaries.of([key])
        current = [one for one in found if one.is_latest and not one.is_marker]
        for version in current:
            if not _names(summaries, version, wanted) or _rewrite(summaries, version, wanted, tally):
                found = [one for one in summaries.of([key]) if not one.is_latest or one.is_marker]
                summaries.delete([one for one in found if one.is_marker or _names(summaries, one, wanted)], tally)
        if not current:
            summaries.delete(found, tally)


def _has_ended(summaries: Versions, key: str) -> bool:
    home = "/".join(key.split("/")[:2])
    return any(one.is_latest and not one.is_marker for one in summaries.of([f"{home}/report.json"]))


def _names(summaries: Versions, version: Version, wanted: Wanted) -> bool:
    return any(named_in(line, wanted) for line in _body(summaries, version)["Body"].iter_lines())


def _body(summaries: Versions, version: Version) -> Any:
    return summaries.s3.get_object(Bucket=summaries.bucket, Key=version.key, VersionId=version.id)


def _rewrite(summaries: Versions, version: Version, wanted: Wanted, tally: Tally) -> bool:
    """The file without its lines about the document; False, and a failure, where somebody wrote it meanwhile."""
    from botocore.exceptions import ClientError

    answer = _body(summaries, version)
    gone = 0
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "lines")
        with path.open("wb") as out:
            for line in answer["Body"].iter_lines():
                if named_in(line, wanted):
                    gone += 1
                elif line:
                    out.write(line + b"\n")
        with path.open("rb") as body:
            try:
                summaries.s3.put_object(
                    Bucket=summaries.bucket,
                    Key=version.key,
                    Body=body,
                    ContentType=answer.get("ContentType", "application/json"),
                    IfMatch=answer["ETag"],
                )
            except ClientError as error:
                if error.response["Error"]["Code"] not in {"PreconditionFailed", "ConditionalRequestConflict"}:
                    raise
                tally.fail(f"s3://{summaries.bucket}/{version.key} was written meanwhile; run the command again")
                return False
    tally.count("lines of batches", gone)
    return True
