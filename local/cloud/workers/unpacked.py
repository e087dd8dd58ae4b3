"""Deployment packages, unpacked once each: function code, layers, AWS's runtime client, a few tools."""

from __future__ import annotations

import hashlib
import io
import json
import shutil
import threading
import zipfile
from collections.abc import Callable, Collection
from pathlib import Path

from packaging.requirements import Requirement

from local.cloud.deploying import layers

# A layer's package that holds this file alone stands for "link these requirements", see `stand_in`.
MARKER = "layer.json"
# What a Lambda image has on its PATH and a function may rightly call. Nothing else of this machine is on PATH.
TOOLS = ("sh", "cat", "cp", "env", "false", "grep", "ls", "mkdir", "mv", "rm", "sed", "sleep", "true", "uname")


def stand_in(requirements: str, files: dict[str, bytes], shipped: Collection[str] | None = None) -> bytes:
    """A small zip that stands for a python layer: its requirements.in and its own files, by path in the layer.

    `shipped` names all that its lock file names; what is not there is left out (see `layers.closure`).

    The same text gives the same bytes, so that a stack is only updated when something changed.
    """
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        wanted = sorted(str(r) for r in layers.read_requirements(requirements))
        members = {"requirements": wanted, "shipped": None if shipped is None else sorted(shipped)}
        write(archive, MARKER, json.dumps(members).encode())
        for name in sorted(files):
            write(archive, name, files[name])
    return buffer.getvalue()


def write(archive: zipfile.ZipFile, name: str, content: bytes, mode: int = 0o644) -> None:
    """Add a file with a fixed date: the same content is the same archive."""
    entry = zipfile.ZipInfo(name)  # its date is 1980-01-01
    entry.external_attr = (0o100000 | mode) << 16
    entry.compress_type = zipfile.ZIP_DEFLATED
    archive.writestr(entry, content)


_Build = Callable[[bytes, Path], None]


class Unpacked:
    """Folders under `temp`, one per distinct package; safe to ask from many threads at once."""

    def __init__(self, temp: Path) -> None:
        self._root = temp / "packages"
        self._lock = threading.Lock()

    def code(self, package: bytes) -> Path:
        """The folder of a function's code (/var/task on Lambda)."""
        return self._once(package, self._extract)

    def layer(self, package: bytes) -> Path:
        """The folder of a layer (/opt on Lambda)."""
        return self._once(package, self._build_layer)

    def runtime(self) -> Path:
        """What Lambda's own runtime for Python has: its client and boto3, with what they need (/var/runtime there)."""

        def build(_: bytes, target: Path) -> None:
            layers.link(layers.closure([Requirement("awslambdaric"), Requirement("boto3")]).values(), target)

        return self._once(b"runtime", build)

    def tools(self) -> Path:
        """A folder of links to the few commands in TOOLS."""

        def build(_: bytes, target: Path) -> None:
            target.mkdir(parents=True)
            for name in TOOLS:
                found = shutil.which(name, path="/bin:/usr/bin")
                if found:
                    (target / name).symlink_to(found)

        return self._once(b"tools", build)

    def _once(self, package: bytes, build: _Build) -> Path:
        target = self._root / hashlib.sha256(package).hexdigest()[:32]
        # Two first calls at once must not see a folder that is half there.
        with self._lock:
            if not target.exists():
                draft = target.with_suffix(".draft")
                build(package, draft)
                draft.rename(target)
        return target

    def _extract(self, package: bytes, target: Path) -> None:
        target.mkdir(parents=True)
        if not package:
            return
        with zipfile.ZipFile(io.BytesIO(package)) as archive:
            for entry in archive.infolist():
                place = Path(archive.extract(entry, target))
                mode = (entry.external_attr >> 16) & 0o777
                if mode and not entry.is_dir():
                    place.chmod(mode)

    def _build_layer(self, package: bytes, target: Path) -> None:
        self._extract(package, target)
        marker = target / MARKER
        if marker.exists():
            members = json.loads(marker.read_text())
            marker.unlink()
            wanted = map(Requirement, members["requirements"])
            layers.link(layers.closure(wanted, members["shipped"]).values(), target / "python")
