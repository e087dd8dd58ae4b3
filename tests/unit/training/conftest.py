"""The account of the machine's tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from common import observability
from tests.unit.common.conftest import account
from tests.unit.training import world as worlds

__all__ = ["account"]


@pytest.fixture(name="world")
def _world(account: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[worlds.World]:
    yield worlds.made(monkeypatch)
    observability.metrics().clear_metrics()
