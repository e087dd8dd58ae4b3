"""Importing a door loads nothing that costs time."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from local.cloud.testing import ROOT

HEAVY = {
    "PIL",
    "boto3",
    "botocore",
    "pydantic",
    "yaml",
    "aws_lambda_powertools",
    "http.client",
    "ssl",
    "tomllib",
    "urllib3",
    "logging",
}


def loaded(module: str) -> set[str]:
    program = f"import json, sys; import {module}; print(json.dumps(sorted(sys.modules)))"
    ran = subprocess.run(
        [sys.executable, "-S", "-c", program],
        env={"PYTHONPATH": str(ROOT / "functions")},
        capture_output=True,
        text=True,
        check=True,
    )
    return set(json.loads(ran.stdout))


@pytest.mark.parametrize("module", ["images.handlers.url_door", "images.handlers.access_point_door"])
def test_importing_a_door_is_cheap(module):
    assert loaded(module) & HEAVY == set()


def test_the_check_can_see():
    assert "logging" in loaded("logging")
