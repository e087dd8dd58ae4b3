"""What an option of a command may be: numbers, spans of time, days."""

from __future__ import annotations

import argparse

LONGEST_DAYS = 455
"""CloudWatch keeps metrics for 15 months (user guide, "Metrics retention")."""


def number(text: str) -> int:
    """A number of 1 or more."""
    found = int(text) if text.isdecimal() else 0
    if found < 1:
        raise argparse.ArgumentTypeError("a number of 1 or more")
    return found


def span(text: str) -> int:
    """The seconds of 30m, 6h or 2d."""
    seconds = {"m": 60, "h": 3600, "d": 86_400}.get(text[-1:], 0)
    count = int(text[:-1]) if text[:-1].isdecimal() else 0
    if not 1 <= count * seconds <= LONGEST_DAYS * 86_400:
        raise argparse.ArgumentTypeError("a number with m, h or d behind it: 30m, 6h, 2d")
    return count * seconds


def days(text: str) -> int:
    """Days for which CloudWatch has metrics."""
    found = int(text) if text.isdecimal() else 0
    if not 1 <= found <= LONGEST_DAYS:
        raise argparse.ArgumentTypeError(f"a number from 1 to {LONGEST_DAYS}: CloudWatch keeps metrics no longer")
    return found


def port(text: str) -> int:
    """A port of TCP."""
    found = int(text) if text.isdecimal() else 0
    if not 1 <= found <= 65_535:
        raise argparse.ArgumentTypeError("a port from 1 to 65535")
    return found
