"""Which partitions a table has: by Glue's list, or where Athena projects them by its settings and its folders.

What comes out bounds a question's time and says where a small query finds rows. It is no promise: more will come.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Final
from urllib.parse import unquote

from common import aws
from questions.tables.catalogue import Listed

MOST_PAGES: Final = 5
"""Pages of GetPartitions (1,000 each, without their columns) or of S3's list; what lies behind is not looked at."""
MOST_VALUES: Final = 12
_ENUM = "enum"


@dataclass(frozen=True, slots=True)
class Found:
    """``samples`` per key: the first and the last of its values, or all of few. ``newest``: the values of the last
    partition by key, empty where none is known."""

    samples: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    newest: Mapping[str, str] = field(default_factory=dict)


NOTHING = Found()


def look(listed: Listed, glue: Any, s3: Any) -> Found:
    """Raises what boto3 raises: samples are nothing that a question waits for."""
    keys = [column.name for column in listed.table.columns if column.partition]
    if not keys:
        return NOTHING
    if listed.projected:
        return _projected(listed, keys, listed.parameters or {}, s3)
    return _bounds(keys, _listed(listed, glue, len(keys)))


def _listed(listed: Listed, glue: Any, keys: int) -> list[tuple[str, ...]]:
    found: list[tuple[str, ...]] = []
    token = ""
    for _ in range(MOST_PAGES):
        more = {"NextToken": token} if token else {}
        with aws.patient("Glue"):
            page = glue.get_partitions(
                DatabaseName=listed.table.database, TableName=listed.table.name, ExcludeColumnSchema=True, **more
            )
        rows = (tuple(str(value) for value in each.get("Values", ())) for each in page.get("Partitions", ()))
        found += [row for row in rows if len(row) == keys]
        token = page.get("NextToken") or ""
        if not token:
            break
    return found


def _bounds(keys: Sequence[str], rows: Sequence[tuple[str, ...]]) -> Found:
    if not rows:
        return NOTHING
    samples = {key: _ends(sorted({row[at] for row in rows}, key=_order)) for at, key in enumerate(keys)}
    newest = max(rows, key=lambda row: tuple(_order(value) for value in row))
    return Found(samples, dict(zip(keys, newest, strict=True)))


def _order(value: str) -> tuple[int, int, str]:
    """Numbers by their size, then text; dates sort as text."""
    return (0, int(value), value) if value.isdigit() and len(value) < 19 else (1, 0, value)


def _ends(values: Sequence[str]) -> tuple[str, ...]:
    if len(values) <= MOST_VALUES // 2:
        return tuple(values)
    return (values[0], values[-1])


def _projected(listed: Listed, keys: Sequence[str], parameters: Mapping[str, str], s3: Any) -> Found:
    """An enumeration says its values itself; of the first key in the folders' names S3 says which there are."""
    samples = {
        key: tuple(value.strip() for value in parameters.get(f"projection.{key}.values", "").split(","))[:MOST_VALUES]
        for key in keys
        if parameters.get(f"projection.{key}.type", "").lower() == _ENUM
    }
    template = parameters.get("storage.location.template") or _default(listed, keys)
    split = _first_key(template, keys)
    if split is None:
        return Found(samples)
    bucket, prefix, key, behind = split
    values = sorted({value for value in _folders(s3, bucket, prefix, behind) if value}, key=_order)
    if not values:
        return Found(samples)
    return Found({**samples, key: samples.get(key) or _ends(values)}, {key: values[-1]})


def _default(listed: Listed, keys: Sequence[str]) -> str:
    """Hive's own folders."""
    return listed.location.rstrip("/") + "".join(f"/{key}=${{{key}}}" for key in keys) + "/"


def _first_key(template: str, keys: Sequence[str]) -> tuple[str, str, str, str] | None:
    """Bucket, the prefix before the first key's value, the key, and what follows its value in the folder's name."""
    found = re.fullmatch(r"s3://([^/]+)/([^$]*)\$\{([^}]+)\}([^/$]*)(/.*)?", template)
    if found is None or found[3].lower() not in keys:
        return None
    return found[1], found[2], found[3].lower(), found[4]


def _folders(s3: Any, bucket: str, prefix: str, behind: str) -> list[str]:
    """Values of the key by S3's own list of folders."""
    with aws.patient("S3"):
        pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix, Delimiter="/")
        folders = [each["Prefix"] for page in islice(pages, MOST_PAGES) for each in page.get("CommonPrefixes", ())]
    return [unquote(folder[len(prefix) :].rstrip("/").removesuffix(behind)) for folder in folders]
