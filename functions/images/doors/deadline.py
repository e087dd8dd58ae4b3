"""An answer in time, whatever a decoder does.

Decoders run in C and cannot be interrupted, so the work runs in a thread and the handler waits only as long as it may.
What is left over ends by itself, soon, since ``images.decoding.memory_limits`` bounds it; until then nothing else is
begun in this process, so two images never share its memory.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any, TypeVar

from images.errors import OutOfTime

T = TypeVar("T")

MARGIN_SECONDS = 1.5
"""Kept for sending the answer."""

_one_at_a_time = threading.Lock()


def left(context: Any) -> float:
    """Seconds that work may take in this invocation."""
    return max(0.0, float(context.get_remaining_time_in_millis()) / 1000 - MARGIN_SECONDS)


def within(seconds: float, work: Callable[[], T]) -> T:
    """What ``work`` returns or raises; OutOfTime after ``seconds``."""
    end = time.monotonic() + seconds
    late = OutOfTime("The image was not done in time; try again, or send a smaller one.")
    if not _one_at_a_time.acquire(timeout=seconds):
        raise late
    results: list[T] = []
    errors: list[BaseException] = []

    def run() -> None:
        try:
            results.append(work())
        except BaseException as error:  # noqa: BLE001 - raised again in the thread that waits
            errors.append(error)
        finally:
            _one_at_a_time.release()

    thread = threading.Thread(target=run, name="image", daemon=True)
    thread.start()
    thread.join(max(0.0, end - time.monotonic()))
    if thread.is_alive():
        raise late
    if errors:
        raise errors[0]
    return results[0]
