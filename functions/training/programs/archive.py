"""The source archive of a program (``sourcedir.tar.gz`` of script mode), the same bytes for the same sources.

Our package lies in a folder of its own, ``millrace``, which only our entry points put on the path: a user's modules may
be called ``common`` or ``training``. The digest is that of the tar, as two builds of zlib compress to two things.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import tarfile
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from training.model import ProgramKind
from training.programs import source

ROOT: Final = Path(__file__).resolve().parents[2]
"""The folder that holds the packages ``training`` and ``common``."""
FOLDER: Final = source.OURS
PACKAGES: Final = ("training/transform", "training/serving", "training/programs")
MODULES: Final = (
    "training/__init__.py", "training/archives.py", "training/errors.py", "training/model.py", "common/__init__.py",
    "common/errors.py", "common/content/__init__.py", "common/content/numbers.py", "common/strict_json.py",
)  # fmt: skip
LEFT_OUT: Final = frozenset(
    f"training/serving/{name}.py" for name in ("asked", "contracts", "endpoints", "models", "pointers")
)
"""What asks AWS, and is no business of a job."""
SERVED: Final = "inference.py"

_ENTRY: Final = """\
\"\"\"Entry point of script mode; the program itself is millrace/training/programs/{module}.py.\"\"\"

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent / "{folder}"))

"""
_STARTS: Final = """\
from training.programs import {module}

sys.exit({module}.main())
"""
_SERVES: Final = """\
from training.programs.inference import input_fn, model_fn, output_fn, predict_fn  # noqa: F401
"""
_PROGRAMS: Final[Mapping[ProgramKind, str]] = {
    "tabular": "tabular",
    "text_classifier": "text_classifier",
    "script": "run_script",
}


def entry_point(kind: ProgramKind) -> str:
    """What ``sagemaker_program`` has to name."""
    return f"{FOLDER}_{_PROGRAMS[kind]}.py"


def build(kind: ProgramKind, own: bytes = b"", script: str = "train.py") -> bytes:
    """A tar.gz. ``own``: the user's archive, and ``script`` its entry point, for the kind ``script``.

    Raises ProgramUnusable.
    """
    return gzip.compress(_tar(kind, own, script), compresslevel=6, mtime=0)


def digest(kind: ProgramKind, own: bytes = b"", script: str = "train.py") -> str:
    """64 hex of what the archive holds. Raises ProgramUnusable."""
    return hashlib.sha256(_tar(kind, own, script)).hexdigest()


def leave(folder: Path) -> None:
    """The program of an endpoint, into a model's folder ``code``: this package as it runs, and ``inference.py``."""
    for name, body in _served().items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body)


def _served() -> dict[str, bytes]:
    return {f"{FOLDER}/{name}": body for name, body in _package().items()} | {SERVED: _entry("inference", _SERVES)}


def _tar(kind: ProgramKind, own: bytes, script: str) -> bytes:
    files = {f"{FOLDER}/{name}": body for name, body in _package().items()}
    files[entry_point(kind)] = _entry(_PROGRAMS[kind], _STARTS)
    if kind == "script":
        files |= source.files(own, script)
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for name in sorted(files):
            member = tarfile.TarInfo(name)
            member.size, member.mode, member.mtime = len(files[name]), 0o644, 0
            tar.addfile(member, io.BytesIO(files[name]))
    return out.getvalue()


def _package() -> dict[str, bytes]:
    paths = [ROOT / name for name in MODULES]
    for package in PACKAGES:
        paths += sorted((ROOT / package).glob("*.py"))
    found = {path.relative_to(ROOT).as_posix(): path.read_bytes() for path in paths}
    return {name: body for name, body in found.items() if name not in LEFT_OUT}


def _entry(module: str, rest: str) -> bytes:
    return (_ENTRY + rest).format(module=module, folder=FOLDER).encode()
