"""Lines of a program in CloudWatch Logs, written with the role that it runs under, as SageMaker does.

A role that may not write logs loses them and nothing else; the switchboard's usage counts that (``logs_refused``).
"""

from __future__ import annotations

import threading
import time
from typing import Any, Final

MOST_EVENTS: Final = 1_000
MOST_BYTES: Final = 600_000
"""Of one PutLogEvents, which takes 1,048,576 with 26 more for each event."""
MOST_LINE: Final = 16_000
KEPT: Final = 40
"""Lines that stay in memory, for the FailureReason and for the end of a long log."""
MOST_LINES: Final = 20_000
"""Of one stream: the local cloud holds its logs in memory. What is beyond is counted, and the end of it kept."""


class Log:
    """One stream of one group."""

    def __init__(self, client: Any, group: str, stream: str, refused: Any) -> None:
        self.group, self.stream = group, stream
        self._client, self._refused = client, refused
        self._lock = threading.Lock()
        self._waiting: list[dict[str, Any]] = []
        self._bytes = 0
        self._open = False
        self._lost = False
        self._lines = 0
        self.last: list[str] = []

    def line(self, text: str) -> None:
        """One more; sent when there are enough."""
        with self._lock:
            self.last = [*self.last[-KEPT + 1 :], text]
            self._lines += bool(text)
            if not text or self._lost or self._lines > MOST_LINES:
                return
            self._keep(text)
            full = len(self._waiting) >= MOST_EVENTS or self._bytes >= MOST_BYTES
        if full:
            self.flush()

    def _keep(self, text: str) -> None:
        self._waiting.append({"timestamp": int(time.time() * 1000), "message": text[:MOST_LINE]})
        self._bytes += len(text[:MOST_LINE].encode()) + 26

    def end(self) -> None:
        """Send what waits, and of a log that was too long its last lines."""
        with self._lock:
            if self._lines > MOST_LINES:
                left = self._lines - MOST_LINES
                self._keep(f"The local cloud keeps {MOST_LINES} lines of a log and left out {left}, but for the last:")
                for text in [line for line in self.last if line][-left:]:
                    self._keep(text)
                self._lines = 0
        self.flush()

    def flush(self) -> None:
        """Send what waits."""
        from botocore.exceptions import ClientError

        with self._lock:
            events, self._waiting, self._bytes = self._waiting, [], 0
            if not events or self._lost:
                return
            try:
                self._make()
                self._client.put_log_events(logGroupName=self.group, logStreamName=self.stream, logEvents=events)
            except ClientError:
                self._lost = True
                self._refused()

    def _make(self) -> None:
        if self._open:
            return
        already = self._client.exceptions.ResourceAlreadyExistsException
        for make in (
            lambda: self._client.create_log_group(logGroupName=self.group),
            lambda: self._client.create_log_stream(logGroupName=self.group, logStreamName=self.stream),
        ):
            try:
                make()
            except already:
                continue
        self._open = True
