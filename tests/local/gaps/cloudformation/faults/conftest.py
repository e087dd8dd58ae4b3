"""A name for one stack of the running server."""

from __future__ import annotations

import pytest

from tests.local.gaps.cloudformation.faults.builders import Stacks
from tests.local.gaps.harness import Cloud


@pytest.fixture
def stacks(cloud: Cloud) -> Stacks:
    return Stacks(cloud)
