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


def deploy(path: Path, environment: str = "prod") -> subprocess.CompletedProcess[str]:
    command = [str(path / "make"), "-o", ".venv/.ready", f"ENV={environment}", "python-of-lambda"]
    sed = shutil.which("sed")
    assert sed
    (path / "sed").symlink_to(sed)
    return subprocess.run(command, cwd=ROOT, env={"PATH": str(path)}, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("environment", ["default", "staging", "prod"])
def test_a_deployment_without_the_python_of_its_parameters_ends_before_anything(path: Path, environment: str):
    (path / "python3.12").write_text(
        "#!/bin/sh\necho python3.12\ncase $2 in *SystemExit\\(not*) exit 0;; esac\nexit 1\n"
    )
    (path / "python3.12").chmod(0o755)
    done = deploy(path, environment)
    assert done.returncode != 0
    assert f"{environment} is built for python3.13 (PythonRuntime in samconfig.toml), and no such Python" in done.stderr
    assert "uv python install 3.13" in done.stderr


def test_a_deployment_with_it_goes_on(path: Path):
    (path / "python3.13").write_text("#!/bin/sh\nexit 0\n")
    (path / "python3.13").chmod(0o755)
    assert deploy(path).returncode == 0


def test_it_is_asked_for_first():
    (line,) = [line for line in (ROOT / "Makefile").read_text().splitlines() if line.startswith("deploy:")]
    assert line.split("##")[0].split()[1] == "python-of-lambda"


@pytest.mark.parametrize(
    ("options", "command"), [([], "-m local demo"), (["CHAPTER=questions"], "-m local demo --chapter questions")]
)
def test_one_chapter_of_the_demo(path: Path, options: list[str], command: str):
    line = [str(path / "make"), "-n", "-o", ".venv/.ready", *options, "demo"]
    done = subprocess.run(line, cwd=ROOT, env={"PATH": str(path)}, capture_output=True, text=True, check=True)
    assert done.stdout.rstrip().endswith(command)
