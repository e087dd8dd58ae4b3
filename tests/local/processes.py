"""What runs on this machine."""

from __future__ import annotations

import subprocess
from pathlib import Path


def processes_with(text: str | Path) -> list[str]:
    """Command lines that hold `text`; a function's process names its folders in its own."""
    # Without -ww the lines are cut to the width of a terminal.
    listed = subprocess.run(["/bin/ps", "-A", "-ww", "-o", "args="], capture_output=True, text=True, check=True)
    return [line for line in listed.stdout.splitlines() if str(text) in line]
