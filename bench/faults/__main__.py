"""``make load``, ``make faults``: ``python -m bench.faults [load|faults|SCENE ...] [--quick]``.

The exit code is 1 where something is lost or wrong.
"""

from __future__ import annotations

import argparse
import random
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bench.faults.whole import Whole

STOPPED = 128 + signal.SIGTERM
# What resends trips reads their recipe, as ``python -m operate`` does.
sys.path[:0] = [str(Path(__file__).resolve().parents[2] / "functions")]


def main(arguments: list[str] | None = None) -> int:
    from bench.faults import scenes, table

    groups = {"load": scenes.LOADS, "faults": scenes.FAULTS}
    every = {**scenes.LOADS, **scenes.FAULTS}
    parser = argparse.ArgumentParser(prog="python -m bench.faults", description=str(__doc__))
    parser.add_argument("scenes", nargs="+", choices=[*groups, *every], help="a group, or scenes by name")
    parser.add_argument("--quick", action="store_true", help="less of everything; some five minutes for a group")
    parser.add_argument("--seed", type=int, default=random.randrange(10_000), help="the same work, and the same dice")
    parser.add_argument("--write", action="store_true", help="write the table into docs/faults.md")
    options = parser.parse_args(arguments)
    chosen = [name for word in options.scenes for name in groups.get(word, [word])]
    scenes.LOG.parent.mkdir(exist_ok=True)
    print(f"seed {options.seed}; what the local clouds print goes to {scenes.LOG}", flush=True)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(STOPPED))  # as Ctrl-C, so that no cloud is left
    stage = scenes.Stage(scenes.SHORT if options.quick else scenes.LONG, options.seed, _say)
    wholes: list[Whole] = []
    try:
        for name in chosen:
            _say(f"\n== {name} ==")
            wholes.append(every[name](stage))
            for line in wholes[-1].lines():
                _say(line)
    finally:
        stage.close()
    if options.write:
        command = f"python -m bench.faults {' '.join(options.scenes)}{' --quick' if options.quick else ''}"
        table.write(options.scenes[0], table.rows(wholes, command, options.seed))
    return int(not all(whole.well for whole in wholes))


def _say(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    sys.exit(main())
