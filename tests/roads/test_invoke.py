"""`local invoke` without a running cloud, and what `make invoke` tells SAM CLI."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from local.cloud.testing import ROOT, Cloud, start_cloud
from local.samples import sam
from local.samples.stack import SeedError
from tests.template.translate import TEMPLATE


def local(*arguments: str, home: Path = ROOT, **environment: str) -> subprocess.CompletedProcess[str]:
    variables = {**os.environ, "PYTHONPATH": str(ROOT), **environment}
    return subprocess.run(
        [sys.executable, "-m", "local", *arguments],
        cwd=home,
        env=variables,
        capture_output=True,
        text=True,
        check=False,
        timeout=400,
    )


@pytest.fixture
def nobody() -> str:
    """A port that is closed."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return str(free.getsockname()[1])


class TestWithoutACloud:
    """One is started for the call, filled, and ends after all that was begun."""

    def test_what_a_function_starts_comes_to_its_end(self, nobody):
        done = local("invoke", "NarrationStart", "-e", "events/narration/start.json", "--port", nobody)
        assert (done.returncode, done.stdout) == (0, '{"batchItemFailures": []}\n')
        assert "putting there what the samples in events/narration need\n" in done.stderr
        assert "executions to end, 120 s at most\n" in done.stderr
        assert "aborted" not in done.stderr
        assert "Traceback" not in done.stderr

    def test_a_machine(self, nobody):
        event = "events/narration/narrate_article.json"
        done = local("invoke", "NarrateArticle", "-e", event, "--port", nobody)
        assert (done.returncode, json.loads(done.stdout)["outcome"]) == (0, "advanced")
        assert "Traceback" not in done.stderr

    def test_an_unknown_name_is_one_sentence(self, nobody, tmp_path: Path):
        event = tmp_path / "event.json"
        event.write_text("{}", encoding="utf-8")
        done = local("invoke", "Nobody", "-e", str(event), "--port", nobody)
        last = done.stderr.splitlines()[-1]
        assert (done.returncode, done.stdout) == (2, "")
        assert last == "error: The stack 'millrace' has no resource 'Nobody'; the templates list them."
        assert "Traceback" not in done.stderr


FAKE = """#!/bin/sh
for word in "$@"; do
  test -f "$word" && cp "$word" . && chmod u+w "$(basename "$word")"
  printf '%s\\n' "$word" >> words
done
printf '%s\\n' "$AWS_ACCESS_KEY_ID" "$AWS_DEFAULT_REGION" "$SAM_CLI_TELEMETRY" > environment
exit 7
"""


@pytest.fixture(scope="module")
def cloud() -> Iterator[Cloud]:
    found = start_cloud(TEMPLATE)
    yield found
    found.stop()


class TestSam:
    """Docker is not needed here: a program in the place of SAM CLI keeps what it was told."""

    @pytest.fixture
    def home(self, tmp_path: Path) -> Path:
        (tmp_path / "sam").write_text(FAKE, encoding="utf-8")
        (tmp_path / "sam").chmod(0o755)
        return tmp_path

    def build(self, home: Path, *built: tuple[str, str]) -> None:
        (home / ".aws-sam" / "build").mkdir(parents=True)
        (home / ".aws-sam" / "build" / "template.yaml").touch()
        notes = [
            f'[function_build_definitions.n{number}]\nruntime = "{runtime}"\narchitecture = "{architecture}"\n'
            for number, (architecture, runtime) in enumerate(built)
        ]
        (home / ".aws-sam" / "build.toml").write_text("\n".join(notes), encoding="utf-8")

    def run(self, cloud: Cloud, home: Path, *more: str) -> Any:
        port, event = cloud.url.rpartition(":")[2], str(ROOT / "events/images/url_door.json")
        return local("sam", "ImagesUrlDoor", "-e", event, "--port", port, "--sam", "./sam", *more, home=home)

    def test_it_is_told_what_was_built_and_what_the_function_has_here(self, cloud, home):
        self.build(home, ("x86_64", "python3.12"), ("x86_64", "python3.12"))
        done = self.run(cloud, home, "--", "--skip-pull-image")
        assert done.returncode == 7, "SAM's own exit code"
        words = (home / "words").read_text().splitlines()
        assert words[:3] == ["local", "invoke", "ImagesUrlDoor"]
        overrides = words.index("--parameter-overrides")
        assert words[overrides + 1 :] == ["Architecture=x86_64", "PythonRuntime=python3.12", "--skip-pull-image"]
        assert (home / "environment").read_text().split() == ["test", cloud.region, "0"]
        settings = json.loads((home / "settings.json").read_text())
        port = cloud.url.rpartition(":")[2]
        assert settings["Parameters"] == {"AWS_ENDPOINT_URL": f"http://host.docker.internal:{port}"}
        assert settings["ImagesUrlDoor"]["IMAGES_BUCKET"] == cloud.outputs["ImagesBucketName"]
        functions = {snake for snake in settings if snake != "Parameters"}
        assert {"NarrationStart", "DocumentsClaim", "TripsClean", "LlmReadLogs"} <= functions
        assert json.loads((home / "event.json").read_text())["version"] == "2.0"
        found = cloud.client("s3").list_objects_v2(Bucket=cloud.outputs["ImagesBucketName"])["KeyCount"]
        assert found == 1, "what the sample needs was put there"

    def test_an_event_for_a_container_names_the_address_that_it_sees(self, cloud):
        port = cloud.url.rpartition(":")[2]
        done = local(
            "event", "events/images/access_point_door.json", "--port", port, "--seen-at", "http://172.30.77.1:4566"
        )
        url = json.loads(done.stdout)["getObjectContext"]["inputS3Url"]
        assert url.startswith("http://172.30.77.1:4566/")

    def test_nothing_is_built(self, cloud, home):
        done = self.run(cloud, home)
        assert done.returncode == 2
        assert done.stderr.endswith("run 'make build ARCHITECTURE=x86_64' or arm64, as this machine is.\n")

    def test_two_builds_are_none(self, home):
        self.build(home, ("x86_64", "python3.12"), ("arm64", "python3.12"))
        with pytest.raises(SeedError, match="several builds"):
            sam.built(home / ".aws-sam" / "build")

    def test_no_sam(self, cloud, home):
        self.build(home, ("x86_64", "python3.12"))
        (home / "sam").unlink()
        done = self.run(cloud, home)
        assert (done.returncode, "There is no ./sam; run 'make build'" in done.stderr) == (2, True)

    def test_no_cloud(self, nobody, home):
        done = local(
            "sam", "ImagesUrlDoor", "-e", str(ROOT / "events/images/url_door.json"), "--port", nobody, home=home
        )
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr.startswith(f"error: No local cloud answers at http://127.0.0.1:{nobody}")
