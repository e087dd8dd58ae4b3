"""The figures and the decision behind a version, or why nothing came of a manifest."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from operate.clients import Target
from operate.errors import OperateError
from operate.training import overview

if TYPE_CHECKING:
    from common.objects import Bucket
    from common.table import Table

FIGURES = ("roc_auc", "pr_auc", "accuracy", "log_loss")
MOST_REFUSALS = 5


def command(target: Target, name: str, version: str) -> Iterator[str]:
    """Lines for a person: of ``version``, or of what serves and of the last refusals. Raises OperateError."""
    from operate.models.judge import clean

    here = overview.places(target)
    for line in _lines(here.bucket, name, version, here.table):
        yield clean(line)  # names and reasons are what people wrote, and a terminal obeys


def _lines(bucket: Bucket, name: str, version: str, table: Table) -> Iterator[str]:
    from training.serving import pointers

    if version:
        yield from _of_version(bucket, name, version)
        return
    pointer = pointers.read(bucket, name)
    refusals = _refusals(bucket, name)
    waiting = list(_waiting(bucket, table, name))
    if pointer is None and not refusals and not waiting:
        raise OperateError(
            f"Nothing is known of a model {name!r}; models list shows all, and manifests are put below "
            f"s3://{bucket.name}/manifests/."
        )
    if pointer is not None and pointer.version is not None:
        yield from _of_version(bucket, name, pointer.version)
    else:
        yield f"No version of {name} serves."
    for refused in refusals[-MOST_REFUSALS:]:
        yield _refused(refused)
    yield from waiting


def _waiting(bucket: Bucket, table: Table, name: str) -> Iterator[str]:
    """The manifests of this model whose dataset was never built."""
    from training.deploying import starting
    from training.errors import ManifestInvalid
    from training.manifests import parser, sources

    for key in bucket.keys(starting.PREFIX):
        stored = bucket.get(key, at_most=parser.MOST_BYTES + 1) if starting.is_manifest(key) else None
        if stored is None:
            continue
        try:
            manifest, _ = parser.parse(stored.body)
        except ManifestInvalid:
            continue  # it was refused when it was put, and its refusal says why
        if manifest.name == name and manifest.dataset and table.get(sources.BUILT + manifest.dataset) is None:
            yield (
                f"s3://{bucket.name}/{key} waits for TrainingSetBuilt: no training set of {manifest.dataset} was built "
                "yet. Build one (docs/trips.md), and it is trained on that"
            )


def _of_version(bucket: Bucket, name: str, beginning: str) -> Iterator[str]:
    whole = complete(bucket, name, beginning)
    report = _json(bucket, f"models/{name}/{whole}/report.json") or _json(bucket, f"steps/{whole}/report.json")
    refused = _json(bucket, f"rejected/{name}/{whole}.json")
    if report is not None:
        yield f"{name} {whole}: {'accepted' if report['accepted'] else 'refused'} by its gate"
        yield from _figures(report)
        yield from (f"  {reason}" for reason in report["reasons"])
        yield from (f"  caution: {caution}" for caution in report.get("cautions", ()))
        yield from _left_out(report)
    if refused is not None:
        yield _refused(refused)
    if report is None and refused is None:
        raise OperateError(f"{name} {whole} was neither judged nor refused; its execution says where it stands.")


def _figures(report: Mapping[str, Any]) -> Iterator[str]:
    tested = report["counts"]["tested"]
    for who, title in (("new", "this one"), ("live", "what served"), ("baseline", "the commoner class")):
        figures = report.get(who)
        if figures:
            told = ", ".join(f"{each} {figures[each]:.4f}" for each in FIGURES if figures.get(each) is not None)
            yield f"  {title}: {told} on {tested:,} rows"
    if report.get("above_live") is not None:
        yield f"  surely better than {report['live_version'][: overview.SHORT]} by {report['above_live']:+.4f}"


def _left_out(report: Mapping[str, Any]) -> Iterator[str]:
    """Columns and rows that nobody looked at, though they were given."""
    yield from (f"  left out: {name}. {reason}" for name, reason in report.get("left_out", {}).items())
    if rows := report["counts"].get("test_rows_left_out"):
        yield f"  left out: {rows:,} rows of test, which are more than are asked"
    for channel, objects in report.get("objects_left_out", {}).items():
        shown = ", ".join(objects["some"])
        yield f"  left out: {objects['objects']:,} objects of {channel} that end in neither .csv nor .csv.gz: {shown}"
    if members := report.get("members_ignored"):
        yield f"  left out: {', '.join(members)} of the manifest, which nobody reads"
    for channel in report.get("not_all_rows_looked_at", ()):
        yield f"  left out: rows of {channel} behind the first {report['counts']['rows'][channel]:,}, in the check"


def _refused(document: Mapping[str, Any]) -> str:
    version = str(document.get("version") or "")[: overview.SHORT] or "not read"
    return f"{document['name']} {version} was refused at {document['at']}: {document['error']}: {document['message']}"


def _refusals(bucket: Bucket, name: str) -> list[dict[str, Any]]:
    """The oldest first."""
    found = [_json(bucket, key) for key in bucket.keys(f"rejected/{name}/")]
    return sorted((each for each in found if each is not None), key=lambda each: str(each["at"]))


def complete(bucket: Bucket, name: str, beginning: str) -> str:
    """The version that begins so. Raises OperateError where none or several do."""
    from training.serving import pointers

    pointer = pointers.read(bucket, name)
    known = {pointer.version, pointer.previous} - {None} if pointer else set()
    for prefix in (f"models/{name}/", f"rejected/{name}/"):
        known |= {key.removeprefix(prefix).partition("/")[0].removesuffix(".json") for key in bucket.keys(prefix)}
    found = sorted(str(each) for each in known if str(each).startswith(beginning))
    if len(found) != 1:
        many = f"{len(found)} versions of {name} begin so" if found else f"No version of {name} begins so"
        raise OperateError(f"{many}: {beginning}. Give more of its digits; models why {name} tells of the last ones.")
    return found[0]


def _json(bucket: Bucket, key: str) -> dict[str, Any] | None:
    stored = bucket.get(key)
    return None if stored is None else dict(stored.json())
