"""A run's input -> its manifest, the channels it comes to, and the version that they are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from common.objects import Bucket
from common.table import Table
from training.errors import ChannelUnreadable, ManifestInvalid, ProgramUnusable
from training.manifest import Channel, Manifest, Program
from training.manifests import data, parser, parts, versions
from training.manifests.works import Work
from training.model import Json
from training.programs import archive, source

BUILT = "train#dataset#"
"""Item of the table: the latest training set that was built of a dataset."""
FOR_EVER = 10 * 365 * 86_400
MOST_STACK = 20
"""Characters of a stack's name that leave room in the 63 of an endpoint's."""


@dataclass(frozen=True, slots=True)
class Rules:
    """What the stack asks of every manifest. ``stack``: what its endpoints' names begin with. ``margin``: the least
    that a gate's ``better_than_live_by`` may be."""

    stack: str
    margin: float


@dataclass(frozen=True, slots=True)
class Source:
    """``channels`` is empty where the dataset was never built; then there is no version either."""

    manifest: Manifest
    ignored: list[str]
    channels: tuple[Channel, ...] = ()
    version: str = ""
    work: Work | None = None

    @property
    def objects_left_out(self) -> int:
        return sum(each.objects for each in self.work.left_out.values()) if self.work else 0

    def document(self) -> Json:
        assert self.work is not None  # noqa: S101 - there are channels
        return self.work.to_json()


def read(event: Mapping[str, Any], table: Table, rules: Rules) -> Source:
    """``event``: ``{manifest: {bucket, key, version_id?}, dataset?: {bucket, key}}``.

    Raises ManifestInvalid, ChannelUnreadable, ProgramUnusable, StorageUnavailable.
    """
    manifest, ignored = parser.parse(_body(event["manifest"]))
    _obeys(manifest, rules)
    channels = _channels(manifest, event, table)
    if not channels:
        return Source(manifest, ignored)
    found = {each.name: data.found(each) for each in channels}
    listing = {name: tuple(each.rows) for name, each in found.items()}
    data.apart(listing)
    program = digest(manifest.program)
    left_out = {name: each.left_out for name, each in found.items() if each.left_out.objects}
    work = Work(manifest, {each.name: each for each in channels}, listing, program, left_out, tuple(ignored))
    return Source(manifest, ignored, channels, versions.of(manifest, listing, program), work)


def _obeys(manifest: Manifest, rules: Rules) -> None:
    """Raises ManifestInvalid."""
    if manifest.deploy.kind == "serverless" and len(rules.stack) > MOST_STACK:
        raise ManifestInvalid(
            f"A serverless endpoint's name begins with the stack's, which has more than {MOST_STACK} characters: "
            'deploy under a shorter name, or set deploy.kind to "function".'
        )
    margin = manifest.gate.better_than_live_by
    if margin < rules.margin:
        raise ManifestInvalid(
            f"gate.better_than_live_by is {margin:g}, and this stack takes {rules.margin:g} or more "
            "(TrainingMarginFloor): with less, a model may take the place of a better one."
        )


def _body(place: Mapping[str, Any]) -> bytes:
    stored = Bucket(place["bucket"]).get(
        place["key"], at_most=parser.MOST_BYTES + 1, version_id=place.get("version_id")
    )
    if stored is None:
        raise ManifestInvalid(f"s3://{place['bucket']}/{place['key']} is not there any more: put it again.")
    return stored.body


def _channels(manifest: Manifest, event: Mapping[str, Any], table: Table) -> tuple[Channel, ...]:
    if not manifest.dataset:
        return manifest.channels
    place = event.get("dataset") or table.get(BUILT + manifest.dataset)
    return data.dataset(place["bucket"], place["key"]) if place else ()


def built(table: Table, dataset: str, place: Mapping[str, Any], at: str) -> None:
    """Keeps which set of a dataset was built last, for manifests that are put later."""
    item = {"bucket": place["bucket"], "key": place["key"], "at": at}
    condition = "attribute_not_exists(#at) OR #at <= :at"
    table.put(BUILT + dataset, item, seconds=FOR_EVER, condition=condition, values={"at": at})


def digest(program: Program) -> str:
    """Of what will run: our own source, and the user's archive as it lies there now. Raises ProgramUnusable."""
    return archive.digest(program.kind, own(program), program.entry_point)


def own(program: Program) -> bytes:
    """The user's archive; empty for a program of ours. Raises ProgramUnusable, StorageUnavailable."""
    if program.kind != "script":
        return b""
    place = parts.split(program.source)
    if place is None:
        raise ProgramUnusable(f"{program.source} is no place in S3.")
    try:
        with data.readable(f"The program's archive {program.source}"):
            stored = Bucket(place[0]).get(place[1], at_most=source.MOST_PACKED + 1)
    except ChannelUnreadable as error:
        raise ProgramUnusable(str(error)) from error
    if stored is None:
        raise ProgramUnusable(f"There is no archive at {program.source}: put it there, then the manifest again.")
    return stored.body
