"""What `sam local invoke` has to be told: the functions' settings in a stack of the local cloud, and what was built.

SAM takes a template's references for names: a function would ask for a bucket called "AudioBucket". So it is given the
settings that the same function has in the running local cloud, with the cloud's address as a container sees it.
"""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from local.cloud import stacks
from local.cloud.clients import client
from local.cloud.settings import ACCESS_KEY, default_region
from local.samples.stack import SeedError

CONTAINERS = "host.docker.internal"
"""This machine, as a container of Docker sees it (Docker's documentation, "Networking"; on Linux by --add-host)."""


def settings(stack: str, url: str, region: str, seen_at: str) -> dict[str, dict[str, str]]:
    """The file for --env-vars: the settings of each function, and the address for all."""
    functions = client("lambda", url, region)
    found: dict[str, dict[str, str]] = {"Parameters": {"AWS_ENDPOINT_URL": seen_at}}
    for resource in stacks.resources(client("cloudformation", url, region), stack):
        if resource["ResourceType"] == "AWS::Lambda::Function":
            of: Any = functions.get_function_configuration(FunctionName=resource["PhysicalResourceId"])
            found[resource["LogicalResourceId"]] = dict(of.get("Environment", {}).get("Variables", {}))
    return found


def built(build: Path) -> tuple[str, str]:
    """Architecture and runtime that `sam build` has built for, by its own note. Raises SeedError without one."""
    note = build.with_suffix(".toml")  # .aws-sam/build.toml lies beside .aws-sam/build
    if not (build / "template.yaml").exists() or not note.exists():
        raise SeedError("Nothing is built yet; run 'make build ARCHITECTURE=x86_64' or arm64, as this machine is.")
    definitions = tomllib.loads(note.read_text(encoding="utf-8")).get("function_build_definitions", {}).values()
    found = {(each.get("architecture", "x86_64"), each["runtime"]) for each in definitions}
    if len(found) != 1:
        raise SeedError(f"{note} tells of several builds; run 'make build' again.")
    return found.pop()


def invoke(function: str, event: bytes, settings: dict[str, dict[str, str]], sam: str, more: Sequence[str]) -> int:
    """Runs `sam local invoke` for what was built below the working folder; its exit code.

    Raises SeedError where nothing was built, or there is no SAM.
    """
    architecture, runtime = built(Path(".aws-sam", "build"))
    keys = {"AWS_ACCESS_KEY_ID": ACCESS_KEY, "AWS_SECRET_ACCESS_KEY": ACCESS_KEY}
    environment = {**os.environ, "AWS_DEFAULT_REGION": default_region(), **keys, "SAM_CLI_TELEMETRY": "0"}
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        (place / "event.json").write_bytes(event)
        (place / "settings.json").write_text(json.dumps(settings), encoding="utf-8")
        # Without the overrides SAM would take those of samconfig.toml, whatever was built.
        command = [
            sam, "local", "invoke", function, "--event", str(place / "event.json"),
            "--env-vars", str(place / "settings.json"),
            "--parameter-overrides", f"Architecture={architecture}", f"PythonRuntime={runtime}", *more,
        ]  # fmt: skip
        try:
            return subprocess.run(command, env=environment, check=False).returncode
        except FileNotFoundError as error:
            raise SeedError(f"There is no {sam}; run 'make build', which installs SAM CLI.") from error
