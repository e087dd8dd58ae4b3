"""Fenced blocks of shell commands in the pages: `sh` is run; `sh skip=<why>` is not, and `WHY` says what that means."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from local.cloud.testing import ROOT

WHY = {
    "aws": "it deploys to an AWS account, or is about what the local cloud has not",
    "docker": "it needs Docker; make test-sam walks that road",
    "road": "another test of tests/roads walks it",
    "serves": "it runs until somebody stops it",
    "whole": "it is a whole run of its own, which .ci/run does",
}
COMMAND = re.compile(r"\s*(?:\$ )?(?:aws|make|sam|export|curl|eval|jq|socat|python3?|pip|\.venv\S*)\s")
_FENCE = re.compile(r"( *)(```+|~~~+)(.*)")


@dataclass(frozen=True)
class Block:
    page: str
    line: int
    """Of the fence, counted from 1."""
    info: str
    text: str

    @property
    def is_shell(self) -> bool:
        return self.info.split(" ")[0] == "sh"

    @property
    def skipped(self) -> str:
        """Why it is not run; empty where it is."""
        return self.info.partition("skip=")[2]


def pages() -> list[str]:
    return ["README.md", "events/README.md", *sorted(str(p.relative_to(ROOT)) for p in (ROOT / "docs").rglob("*.md"))]


def blocks(page: str) -> Iterator[Block]:
    fence, first, lines = "", 0, list[str]()
    info = ""
    for number, line in enumerate(read(page).splitlines(), 1):
        found = _FENCE.fullmatch(line)
        if not fence and found:
            fence, info, first, lines = found[2], found[3].strip(), number, []
        elif fence and line.strip() == fence:
            yield Block(page, first, info, "\n".join(lines) + "\n")
            fence = ""
        elif fence:
            lines.append(line)
    if fence:
        raise AssertionError(f"{page}:{first}: the fence is not closed")


def prose(page: str) -> str:
    """The page without its fenced blocks."""
    text, inside = [], False
    for line in read(page).splitlines():
        if _FENCE.fullmatch(line):
            inside = not inside
        elif not inside:
            text.append(line)
    return "\n".join(text)


def read(page: str) -> str:
    return (ROOT / Path(page)).read_text(encoding="utf-8")
