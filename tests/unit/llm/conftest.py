"""An account in memory, as the common tests have it; and hypothesis, which measures each example by default: on a busy
machine that would judge the machine, not the code."""

from __future__ import annotations

from hypothesis import settings

from tests.unit.common.conftest import account

__all__ = ["account"]

settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")
