"""What an option of a command may be: names, numbers, spans of time, days; and where every command may go."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from operate import samconfig
from operate.clients import DEFAULT_PORT, DEFAULT_STACK
from operate.errors import OperateError

LONGEST_DAYS = 455
"""CloudWatch keeps metrics for 15 months (user guide, "Metrics retention")."""


def number(text: str) -> int:
    """A number of 1 or more."""
    found = int(text) if text.isdecimal() else 0
    if found < 1:
        raise argparse.ArgumentTypeError("a number of 1 or more")
    return found


def name(text: str) -> str:
    """A name that is not empty: a script's variable without a value is no wish for the default, nor for everything."""
    if not text.strip():
        raise argparse.ArgumentTypeError("a name, and not nothing: is a variable of your script without a value?")
    return text


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
    found = int(text) if text.isdecimal() and len(text) <= 5 else 0
    if not 1 <= found <= 65_535:
        raise argparse.ArgumentTypeError("a port from 1 to 65535")
    return found


def default_port() -> int:
    """Of the local cloud, where none is named: PORT, as for make. Raises OperateError where that is no port."""
    named = os.environ.get("PORT", "")
    try:
        return port(named) if named else DEFAULT_PORT
    except argparse.ArgumentTypeError as error:
        raise OperateError(f"PORT={named[:20]} is not {error}; correct it, or name the port with --port.") from error


def add_where(command: argparse.ArgumentParser) -> None:
    """Where it goes; an explicit name of a stack wins."""
    command.add_argument("--stack-name", type=name, help=f"as deployed (default: that of --env, else {DEFAULT_STACK})")
    command.add_argument(
        "--env", type=name, help="of samconfig.toml, for stack, profile and Region (preflight, delete: default)"
    )
    command.add_argument("--config", type=Path, help=f"with an environment: the file (default: {samconfig.FILE})")
    command.add_argument("--local", action="store_true", help="a local cloud that runs (make up), instead of AWS")
    command.add_argument(
        "--port", type=port, help=f"of the local cloud; implies --local (default: PORT or {DEFAULT_PORT})"
    )
    command.add_argument("--profile", type=name, help="AWS profile (default: your environment's)")
    command.add_argument("--region", type=name, help="AWS Region (default: your environment's)")
