"""Fixtures that start a local cloud; a folder that needs another template overrides `cloud`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from local.cloud.testing import ROOT, Cloud, start_cloud

StartOnce = Callable[[Path | None], Cloud]


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
