"""Folders of third-party code, linked from what is installed here instead of downloaded again.

A layer names its needs in `requirements.in`. `sam build` resolves and downloads them; the local stand-in links the
same distributions, and their dependencies, out of the running environment. A function then sees exactly what its
layer declares, so a need that was forgotten fails here as it would on AWS.
"""

from __future__ import annotations

import csv
import re
from collections import defaultdict
from collections.abc import Collection, Iterable
from functools import cache
from importlib import metadata
from pathlib import Path

from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name


class LayerError(Exception):
    """A layer asks for something that this environment does not have."""


def read_requirements(text: str) -> list[Requirement]:
    """The requirements of a requirements.in whose markers hold here; options such as `-r` are refused."""
    found = []
    for raw in text.splitlines():
        line = raw.split(" #")[0].strip()
        if not line or line.startswith("#"):
            continue
        if line.startswith("-"):
            raise LayerError(f"The line '{line}' is not a requirement; write one requirement a line.")
        requirement = Requirement(line)
        if _holds(requirement.marker, extra=""):
            found.append(requirement)
    return found


def locked(text: str) -> set[str]:
    """The canonical names of a lock file, whatever their markers say."""
    return {canonicalize_name(name) for name in re.findall(r"^([A-Za-z0-9._-]+)==", text, re.MULTILINE)}


def closure(
    requirements: Iterable[Requirement], shipped: Collection[str] | None = None
) -> dict[str, metadata.Distribution]:
    """The installed distributions that satisfy `requirements` and all they depend on, by canonical name.

    Of what they depend on, only what is named in `shipped` where that is given: a layer may leave out what a package
    names as a need and does not need. Raises LayerError for one that is missing or has another version than asked for.
    """
    distributions: dict[str, metadata.Distribution] = {}
    seen: set[tuple[str, str]] = set()
    todo = list(requirements)
    while todo:
        requirement = todo.pop()
        name = canonicalize_name(requirement.name)
        distribution = distributions.setdefault(name, _installed(requirement))
        for extra in ("", *requirement.extras):
            if (name, extra) in seen:
                continue
            seen.add((name, extra))
            for line in distribution.requires or []:
                needed = Requirement(line)
                left_out = shipped is not None and canonicalize_name(needed.name) not in shipped
                if _holds(needed.marker, extra) and not left_out:
                    todo.append(needed)
    return distributions


def link(distributions: Iterable[metadata.Distribution], target: Path) -> None:
    """Make `target` look as if `pip install --target` had put `distributions` there, by symbolic links.

    A folder that belongs to one distribution is one link; a folder that several share is linked file by file.
    """
    target.mkdir(parents=True, exist_ok=True)
    for distribution in distributions:
        for top, files in _contents(distribution).items():
            alone = len(_owners()[top]) == 1
            for relative in [top] if alone else files:
                source = Path(str(distribution.locate_file(relative)))
                place = target / relative
                if source.exists() and not place.exists():
                    place.parent.mkdir(parents=True, exist_ok=True)
                    place.symlink_to(source)


def _installed(requirement: Requirement) -> metadata.Distribution:
    try:
        distribution = metadata.distribution(requirement.name)
    except metadata.PackageNotFoundError:
        raise LayerError(
            f"A layer needs '{requirement.name}', which is not installed here; run 'make setup'."
        ) from None
    if not requirement.specifier.contains(distribution.version, prereleases=True):
        raise LayerError(
            f"A layer needs '{requirement}', but version {distribution.version} is installed here; run 'make setup'."
        )
    return distribution


def _holds(marker: Marker | None, extra: str) -> bool:
    return marker is None or bool(marker.evaluate({"extra": extra}))


def _contents(distribution: metadata.Distribution) -> dict[str, list[str]]:
    """The files of a distribution under each top-level name, without the environment's scripts and caches."""
    found: dict[str, list[str]] = defaultdict(list)
    # Distribution.files would build a path object per line; botocore alone has thousands.
    for row in csv.reader((distribution.read_text("RECORD") or "").splitlines()):
        top = row[0].split("/", 1)[0] if row else ""
        if top not in ("", "..", "__pycache__") and "/__pycache__/" not in row[0]:
            found[top].append(row[0])
    return dict(found)


@cache
def _owners() -> dict[str, set[str]]:
    """Each top-level name of site-packages with the distributions that put files under it."""
    owners: dict[str, set[str]] = defaultdict(set)
    for distribution in metadata.distributions():
        for top in _contents(distribution):
            owners[top].add(canonicalize_name(distribution.metadata["Name"]))
    return dict(owners)
