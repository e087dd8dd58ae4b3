"""Somebody who asks a model about the same ride the whole time: nothing that is trained may be felt there."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise

from operate.questions.calls import Answered

PAUSE = 0.2


@dataclass
class Rider:
    """``with`` it: asks from a thread. ``told``: each answer's version and probability; ``failed``: what was none."""

    ask: Callable[[], Answered]
    told: list[tuple[str, float]] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    _over: threading.Event = field(default_factory=threading.Event, repr=False)
    _thread: threading.Thread | None = field(default=None, repr=False)

    def __enter__(self) -> Rider:
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        if self._thread is not None:
            self._thread.join()

    def wait_for(self, version: str, seconds: float) -> bool:
        """Whether an answer of this version came within so many seconds."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if self.told and self.told[-1][0] == version:
                return True
            time.sleep(PAUSE)
        return False

    def versions(self) -> list[str]:
        """In the order in which they answered: a version that comes back is there twice."""
        heard = [version for version, _ in self.told]
        return heard[:1] + [after for before, after in pairwise(heard) if after != before]

    def steady(self) -> bool:
        """Whether each version gave one probability only."""
        return len(set(self.told)) == len({version for version, _ in self.told})

    def _run(self) -> None:
        while not self._over.wait(PAUSE):
            try:
                answer = self.ask()
            except OSError as error:
                self.failed.append(str(error))
                continue
            if answer.status != 200:
                self.failed.append(f"{answer.status}: {answer.document}")
                continue
            (prediction,) = answer.document["predictions"]
            self.told.append((answer.document["version"], prediction["probability"]))
