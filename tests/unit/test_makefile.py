"""make build takes a Python that Lambda has; what asks a stack asks that of ENV; nothing that is said is ignored."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from local.cloud.testing import ROOT
from tests.roads.sam_local import road
from tests.roads.test_samples import ELSEWHERE, invokable

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


ASKING = ("redrive", "cost", "prices", "ask", "stream", "bedrock-logging")


def told(path: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [str(path / "make"), "-o", ".venv/.ready", "-o", ".venv-tools/.ready", "-o", "python-of-lambda", *words]
    return subprocess.run(command, cwd=ROOT, env={"PATH": str(path)}, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("target", ASKING)
def test_what_asks_a_stack_asks_that_of_env(path: Path, target: str):
    assert f"-m operate {target}" in told(path, "-n", target).stdout
    assert told(path, "-n", target).stdout.rstrip().endswith("--env default")
    assert told(path, "-n", target, "ENV=prod").stdout.rstrip().endswith("--env prod")
    assert told(path, "-n", target, "LOCAL=yes", "PORT=4777").stdout.rstrip().endswith("--port 4777")


def test_every_target_with_an_environment_of_its_own_is_tried():
    lines = (ROOT / "Makefile").read_text().splitlines()
    assert {line.split("operate ")[1].split()[0] for line in lines if line.endswith("$(ON)")} == set(ASKING)


@pytest.mark.parametrize("target", ["deploy", "preflight", "delete", "logs"])
def test_what_would_go_to_aws_all_the_same_refuses_local(path: Path, target: str):
    done = told(path, target, "LOCAL=yes")
    assert done.returncode != 0
    assert "say ENV=local for the local cloud" in done.stderr
    assert done.stdout == "", "nothing is begun"


@pytest.mark.parametrize(
    ("options", "command"), [([], "-m local demo"), (["CHAPTER=questions"], "-m local demo --chapter questions")]
)
def test_one_chapter_of_the_demo(path: Path, options: list[str], command: str):
    line = [str(path / "make"), "-n", "-o", ".venv/.ready", "-o", ".venv-training/.ready", *options, "demo"]
    done = subprocess.run(line, cwd=ROOT, env={"PATH": str(path)}, capture_output=True, text=True, check=True)
    assert done.stdout.rstrip().endswith(command)


def test_sam_local_runs_the_functions_of_every_pipeline():
    """And one of each is as many as the Makefile says."""
    pipelines = [path.stem.capitalize() for path in (ROOT / "pipelines").glob("*.yaml")]
    assert sorted(road.PIPELINES) == sorted(pipelines)
    functions = {name for name, kind in invokable().items() if kind == "AWS::Serverless::Function"}
    assert set(road.chosen(one_per_pipeline=False)) == functions - ELSEWHERE
    assert len(road.chosen(one_per_pipeline=True)) == len(pipelines)
    number = {7: "seven", 8: "eight"}[len(pipelines)]
    assert f"(ONE_PER_PIPELINE=yes: {number})" in (ROOT / "Makefile").read_text()
