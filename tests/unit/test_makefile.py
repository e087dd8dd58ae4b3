"""make build takes a Python that Lambda has, and says what to do where there is none."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from local.cloud.testing import ROOT

TOOLS = ("make", "grep", "sh", "awk")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A folder to be the whole PATH, with what make needs and no Python."""
    for name in TOOLS:
        found = shutil.which(name)
        if found is None:
            pytest.skip(f"{name} is not installed here")
        (tmp_path / name).symlink_to(found)
    return tmp_path


def interpreter(path: Path, name: str, version: str) -> None:
    """Answers what any interpreter of that version answers the Makefile."""
    fits = version in ("3.12", "3.13")
    (path / name).write_text(f"#!/bin/sh\necho python{version}\nexit {0 if fits else 1}\n")
    (path / name).chmod(0o755)


def build(path: Path, *options: str) -> subprocess.CompletedProcess[str]:
    command = [str(path / "make"), "-o", ".venv-tools/.ready", *options, "build"]
    return subprocess.run(command, cwd=ROOT, env={"PATH": str(path)}, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("version", ["3.12", "3.13"])
def test_the_newest_python_that_lambda_has_is_built_for(path: Path, version: str):
    interpreter(path, "python3.11", "3.11")
    interpreter(path, "python3", version)
    assert f"PythonRuntime=python{version}\n" in build(path, "-n").stdout


@pytest.mark.parametrize("version", ["3.11", "3.14"])
def test_without_one_it_says_what_to_do(path: Path, version: str):
    interpreter(path, "python3", version)
    done = build(path)
    assert done.returncode != 0
    assert "Functions run on Python 3.12 or 3.13, and neither is on the path" in done.stderr
    assert "--use-container" in done.stderr
