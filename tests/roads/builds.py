"""`sam build` of this application and of others, once for all tests of the roads.

The first build downloads wheels and takes up to a minute an architecture; later ones come from SAM's cache below
.aws-sam/tests, and where nothing has changed there is none.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

import pytest

from local.cloud.testing import ROOT

SAM = ROOT / ".venv-tools" / "bin" / "sam"
BUILD = (str(SAM.with_name("python")), str(ROOT / "local" / "sam_build.py"))
"""`sam build` for this machine, as `make deploy ENV=local` has it."""
WORK = ROOT / ".aws-sam" / "tests"
SOURCES = ("template.yaml", "pipelines", "functions", "layers", "statemachines")

ARCHITECTURES = ("x86_64", "arm64")
HERE = {"x86_64": "x86_64", "AMD64": "x86_64", "aarch64": "arm64", "arm64": "arm64"}.get(platform.machine(), "none")
"""The architecture of this machine, by its name on Lambda."""


def supported(interpreter: str) -> tuple[str, str] | None:
    """Path and version ("3.12") where the command is a Python that this project runs on."""
    code = "import sys; print(sys.executable); print('%d.%d' % sys.version_info[:2])"
    try:
        answer = subprocess.run([interpreter, "-c", code], check=True, capture_output=True, text=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    path, version = answer.stdout.splitlines()
    return (path, version) if version in {"3.11", "3.12", "3.13"} else None


@cache
def python() -> tuple[str, str]:
    """Path and version of the interpreter to build with: the version that runs these tests, for the built function
    is to run too; else the newest on the path. SAM builds for 3.11 too, where Lambda has 3.12 and 3.13 alone."""
    own = "{}.{}".format(*sys.version_info)
    for command in (f"python{own}", "python3.13", "python3.12", "python3.11", "python3", "python"):
        found = supported(command)
        if found:
            return found
    pytest.fail("sam build needs Python 3.11, 3.12 or 3.13 on the path, and there is none: install one of them.")


@cache
def built(architecture: str) -> Path:
    """The folder of the built template. Whoever comes second, in another process too, waits for the first."""
    if not SAM.exists():
        pytest.fail(f"{SAM.relative_to(ROOT)} is not there: run make test, which installs the tools first.")
    home = WORK / architecture
    home.mkdir(parents=True, exist_ok=True)
    made = home / ".aws-sam" / "build"
    with _alone(home):
        state, stamp = _state(), home / "built"
        if not (made / "template.yaml").exists() or not stamp.exists() or stamp.read_text() != state:
            stamp.unlink(missing_ok=True)
            copy_tree(home)
            build(home, {"Architecture": architecture, "PythonRuntime": f"python{python()[1]}"}, "--parallel")
            stamp.write_text(state)
    return made


def build(home: Path, parameters: Mapping[str, str], *options: str) -> None:
    """`sam build` of the template in a folder."""
    command = [*BUILD, "--cached", *options]
    command += ["--parameter-overrides", *(f"{name}={value}" for name, value in parameters.items())]
    environment = {**os.environ, "SAM_CLI_TELEMETRY": "0"}
    done = subprocess.run(command, cwd=home, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.fail(f"{' '.join(command[1:])} with {python()[0]} failed:\n{done.stdout[-2000:]}{done.stderr[-4000:]}")


def copy_built(architecture: str, home: Path) -> None:
    """The tree in a new folder with what was built of it, so that SAM builds there from its cache."""
    start = built(architecture).parents[1]
    shutil.rmtree(home, ignore_errors=True)
    shutil.copytree(start / ".aws-sam", home / ".aws-sam")
    copy_tree(home)
    index = home / ".aws-sam" / "build.toml"  # names the sources by their whole path
    index.write_text(index.read_text().replace(f"{start}{os.sep}", f"{home}{os.sep}"))


def copy_tree(home: Path) -> None:
    """What is built, copied: the user's .aws-sam/build stays as it is."""
    for name in SOURCES:
        source, target = ROOT / name, home / name
        if source.is_file():
            shutil.copy(source, target)
        else:
            shutil.rmtree(target, ignore_errors=True)
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))


@contextlib.contextmanager
def _alone(home: Path) -> Iterator[None]:
    """Nobody else builds in this folder meanwhile."""
    with (home / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _state() -> str:
    """Changes with every file that goes into a build, and with the tools that make it."""
    hashed = hashlib.sha256(f"{python()} {(ROOT / 'requirements' / 'tools.txt').read_text()}".encode())
    for name in SOURCES:
        for path in sorted([ROOT / name] if (ROOT / name).is_file() else (ROOT / name).rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                hashed.update(f"{path.relative_to(ROOT)}\0{path.stat().st_mode}\0{path.stat().st_size}\0".encode())
                hashed.update(path.read_bytes())
    return hashed.hexdigest()
