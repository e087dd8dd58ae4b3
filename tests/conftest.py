"""Fixtures that start a local cloud; a folder that needs another template overrides `cloud`."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from botocore.loaders import JSONFileLoader
from hypothesis import HealthCheck, settings

from local.cloud.testing import ROOT, Cloud, start_cloud

StartOnce = Callable[[Path | None], Cloud]

# Hypothesis measures each example by default; on a busy machine that would judge the machine, not the code.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")

# Powertools reads it once per process, whichever test counts first; on AWS every function has it.
os.environ.setdefault("POWERTOOLS_METRICS_NAMESPACE", "Millrace/Tests")

_loader = JSONFileLoader()
_load = JSONFileLoader.load_file


@cache
def _load_once(path: str) -> Any:
    return _load(_loader, path)


# botocore reads the models of a service again for each session (0.1 s of CPU for a test with S3 and DynamoDB), and
# moto begins a session for each test.
JSONFileLoader.load_file = lambda _, file_path: _load_once(file_path)  # type: ignore[method-assign]


@pytest.fixture(scope="session")
def clouds() -> Iterator[StartOnce]:
    """Gives a running cloud with a template (None: empty); one cloud a template for the whole session."""
    running: dict[Path | None, Cloud] = {}

    def start(template: Path | None) -> Cloud:
        if template not in running:
            running[template] = start_cloud(template)
        return running[template]

    yield start
    for cloud in running.values():
        cloud.stop()


@pytest.fixture(scope="session")
def cloud(clouds: StartOnce) -> Cloud:
    """The whole application, as `template.yaml` has it."""
    return clouds(ROOT / "template.yaml")
