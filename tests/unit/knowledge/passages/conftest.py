"""An account in memory, for tests that ask for one."""

from __future__ import annotations

from tests.unit.common.conftest import account

__all__ = ["account"]
