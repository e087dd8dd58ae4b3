"""An account in memory, as the common tests have it."""

from __future__ import annotations

from tests.unit.common.conftest import account

__all__ = ["account"]
