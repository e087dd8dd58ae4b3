"""The Python that programs run under: ``.venv-training``, from requirements/training.txt, made when first needed.

It is apart from ``.venv`` so that nothing of the application can lean on scikit-learn or numpy by accident.
"""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[4]
LOCK_FILE: Final = ROOT / "requirements" / "training.txt"
FOLDER: Final = ROOT / ".venv-training"
SETTING: Final = "LOCAL_SAGEMAKER_PYTHON"
"""Another Python to run programs under, for tests and for who has an environment of his own."""

_PINNED = re.compile(r"^([A-Za-z0-9_.-]+)==([^\s;\\]+)", re.MULTILINE)
_making = threading.Lock()


class EnvironmentMissing(Exception):
    """The environment could not be made; the message says why and what to do."""


def python(tell: Callable[[str], None]) -> Path:
    """The environment's Python; makes the environment where there is none. Raises EnvironmentMissing."""
    chosen = os.environ.get(SETTING)
    if chosen:
        return Path(chosen)
    found = FOLDER / "bin" / "python"
    if not _is_ready():
        _make(tell)
    return found


def _is_ready() -> bool:
    """Whether every package of the lock is there, in a release that the lock names."""
    there = {folder.name.lower() for folder in FOLDER.glob("lib/python3.*/site-packages/*.dist-info")}
    wanted: dict[str, set[str]] = {}
    for name, version in _PINNED.findall(LOCK_FILE.read_text()):
        wanted.setdefault(name, set()).add(f"{name.lower().replace('-', '_')}-{version}.dist-info")
    return (FOLDER / "bin" / "python").exists() and all(there & releases for releases in wanted.values())


def _make(tell: Callable[[str], None]) -> None:
    with _making, (ROOT / ".venv-training.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # another cloud, or a test, may be making it
        if _is_ready():
            return
        if FOLDER.is_symlink():
            raise EnvironmentMissing(f"{FOLDER.name} is a link, and holds other packages than {LOCK_FILE.name} names")
        said = f"making {FOLDER.name} for training jobs, once: a minute or two"
        tell(said)
        print(said, flush=True)
        version = f"{sys.version_info[0]}.{sys.version_info[1]}"
        if not (3, 11) <= sys.version_info[:2] <= (3, 13):
            raise EnvironmentMissing(f"training needs Python 3.11, 3.12 or 3.13, and this is {version}")
        shutil.rmtree(FOLDER, ignore_errors=True)
        _run("venv", str(FOLDER))
        options = ("--disable-pip-version-check", "--no-deps", "--require-hashes", "--progress-bar", "off", "-q")
        _run("pip", "install", *options, "-r", str(LOCK_FILE), python=FOLDER / "bin" / "python")
        (FOLDER / ".ready").touch()
        print(f"made {FOLDER.name}", flush=True)


def _run(module: str, *arguments: str, python: Path | None = None) -> None:
    done = subprocess.run(
        [str(python or sys.executable), "-m", module, *arguments], capture_output=True, text=True, check=False
    )
    if done.returncode:
        said = (done.stderr or done.stdout).strip().splitlines()[-1:] or ["no reason given"]
        raise EnvironmentMissing(
            f"{FOLDER.name} cannot be made: {said[0]}. Run 'make {FOLDER.name}/.ready' where a package registry can be "
            "reached."
        )
