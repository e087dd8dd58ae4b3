"""One empty local cloud, a lab in it, and switches that go back after each test."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest

from local.cloud.testing import Cloud, start_cloud
from local.services.sagemaker.training import environment
from tests.local.sagemaker.builders import Lab, switch


@pytest.fixture(scope="session")
def cloud() -> Iterator[Cloud]:
    """Its programs run under the tests' own Python: none of them needs scikit-learn."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(environment.SETTING, sys.executable)
        started = start_cloud(None)
    yield started
    started.stop()


@pytest.fixture(scope="session")
def lab(cloud: Cloud) -> Lab:
    return Lab(cloud)


@pytest.fixture(autouse=True)
def _calm(cloud: Cloud) -> Iterator[None]:
    yield
    for name in ("limits", "events", "calls"):
        switch(cloud, name)
