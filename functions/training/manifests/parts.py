"""The parts of a manifest that name objects in S3: channels and a program of one's own."""

from __future__ import annotations

import re
from typing import Any, cast

from training.manifest import Channel, Program
from training.manifests.fields import Fields, Told

CHANNELS = ("train", "validation", "test")
NEEDED = ("train", "test")
FRAMEWORK = "scikit-learn"
KINDS = ("tabular", "text_classifier")
URI = re.compile(r"s3://([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])/(.+)")
MOST_KEY_BYTES = 1_024
PYTHON_FILE = r"[A-Za-z0-9_][A-Za-z0-9_/-]*\.py"


def split(uri: str) -> tuple[str, str] | None:
    """Bucket and key or prefix of an S3 URI; None where it is none."""
    found = URI.fullmatch(uri)
    if found is None or len(found[2].encode("utf-8", "surrogatepass")) > MOST_KEY_BYTES:
        return None
    return found[1], found[2]


def channels(said: Fields, told: Told) -> tuple[Channel, ...]:
    found = [
        _channel(Fields(each, f"channels[{number}]", told), told)
        for number, each in enumerate(said.listed("channels", len(CHANNELS)))
    ]
    names = [each.name for each in found]
    if said.has("channels"):
        for name in NEEDED:
            if name not in names:
                told.wrong(f"channels has no {name}.")
    if len(set(names)) != len(names):
        told.wrong("channels has two channels of one name.")
    places = [(each.bucket, each.prefix) for each in found if each.bucket]
    if len(set(places)) != len(places):
        told.wrong("Two channels are the same rows: a model is tried on rows that it has not seen.")
    return tuple(sorted(found, key=lambda each: each.name))


def _channel(said: Fields, told: Told) -> Channel:
    name, source = said.choice("channelName", CHANNELS), said.inner("s3DataSource")
    uri = source.text("S3Uri")
    place = split(uri) if uri else None
    if uri and place is None:
        told.wrong(f"{source.place}.S3Uri must be s3://bucket/prefix.")
    kind = source.choice("S3DataType", ("S3Prefix", "ManifestFile"), "S3Prefix")
    spread = source.choice("S3DataDistributionType", ("FullyReplicated", "ShardedByS3Key"), "FullyReplicated")
    said.end()
    source.end()
    bucket, prefix = place or ("", "")
    return Channel(name, bucket, prefix, cast("Any", kind), spread)


def program(said: Fields, told: Told) -> Program:
    value = said.raw("program")
    if isinstance(value, str) and value in KINDS:
        return Program(cast("Any", value))
    if not isinstance(value, dict):
        told.wrong(f"program must be {', '.join(KINDS)} or an object with the source of your own.")
        return Program("tabular")
    own = Fields(value, "program", told)
    source = own.text("source")
    if source and (split(source) is None or not source.endswith(".tar.gz")):
        told.wrong("program.source must be s3://bucket/key.tar.gz.")
    entry = own.text("entry_point", "train.py", form=PYTHON_FILE, says="the path of a Python file in the archive")
    framework = own.choice("framework", (FRAMEWORK,), FRAMEWORK)
    version = own.text("version", "", form=r"[0-9]+(\.[0-9]+){0,2}(-[0-9a-z]+)*", says="a version such as 1.9-0")
    own.end()
    return Program("script", source, entry, framework, version)
