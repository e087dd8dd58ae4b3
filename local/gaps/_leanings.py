"""What another version of MiniStack would cost: which private names it still has, and in which shape.

A name is kept, or moved (it is there in another shape), or gone. The server refuses to start at the first that is not
kept; here each is looked at, and nothing is installed.
"""

from __future__ import annotations

import importlib
import importlib.metadata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from local import gaps
from local.gaps import _seams

#: What leans on MiniStack without being a gap.
OTHERS = ("local.cloud.iam", "local.cloud.workers.pool")


@dataclass(frozen=True)
class Bill:
    """What is to be done in one module."""

    module: str
    kept: int
    moved: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()
    #: Why the module cannot even be imported.
    broken: str = ""

    @property
    def due(self) -> bool:
        """Whether the module must be looked at."""
        return bool(self.moved or self.gone or self.broken)

    def lines(self) -> Iterator[str]:
        """The counts, then each name that is not kept."""
        if self.broken:
            yield f"{self.module}: cannot be imported: {self.broken}"
            return
        yield f"{self.module}: {self.kept} kept, {len(self.moved)} moved, {len(self.gone)} gone"
        yield from (f"    {said}" for said in (*self.moved, *self.gone))


def bill(module: str, leans_on: Mapping[str, str]) -> Bill:
    """One module's names, compared with what MiniStack ships."""
    kept, moved, gone = 0, [], []
    for path, expected in sorted(leans_on.items()):
        try:
            found = _seams.shape(_seams.shipped(path))
        except _seams.SeamMovedError:
            gone.append(f"gone: {path}")
            continue
        if found == expected:
            kept += 1
        else:
            moved.append(f"moved: {path} is now {found}, was {expected}")
    return Bill(module, kept, tuple(moved), tuple(gone))


def bills() -> Iterator[Bill]:
    """One for each module that leans on MiniStack."""
    for name in (*(f"local.gaps.{gap}" for gap in gaps.NAMES), *OTHERS):
        try:
            module = importlib.import_module(name)
        except (ImportError, AttributeError) as error:  # a whole module of MiniStack, or a name read at import, is gone
            yield Bill(name, 0, broken=str(error))
            continue
        yield bill(name, module.LEANS_ON)


def report(found: list[Bill]) -> Iterator[str]:
    """The bills as lines, with the sum at the end."""
    yield f"MiniStack {importlib.metadata.version('ministack')}"
    for one in found:
        yield from one.lines()
    moved, gone = sum(len(one.moved) for one in found), sum(len(one.gone) for one in found)
    due = sum(one.due for one in found)
    yield (
        f"{len(found)} modules, {sum(one.kept for one in found)} leanings kept, {moved} moved, {gone} gone: "
        f"{due} modules to look at"
    )
