"""Hypothesis measures each example by default; on a busy machine that would judge the machine, not the code."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")
