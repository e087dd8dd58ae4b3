"""The process behind an endpoint: started, asked one request at a time, ended when it is late, large or idle."""

from __future__ import annotations

import base64
import contextlib
import json
import shutil
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Final

from local.services.sagemaker.switches import NOW
from local.services.sagemaker.training.logs import Log
from local.services.sagemaker.training.process import Group

HOST: Final = Path(__file__).with_name("host.py")
_LOOK_EVERY = 0.05
_IDLE_LOOK = 0.5


class Unhealthy(Exception):
    """The model was not loaded; the message says why."""


class Broken(Exception):
    """A request found no answer; ``status`` is the container's, 0 where it was too late."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True)
class Served:
    """What the process is to run: Python, the unpacked archive, the folder of its code, its program, variables."""

    python: Path
    folder: Path
    code: Path
    program: str
    env: Mapping[str, str]


class Container:
    """One process at a time; a process that has ended is started again by the next request."""

    def __init__(self, served: Served, log: Log) -> None:
        self._served, self._log = served, log
        self._lock = threading.Lock()
        self._group: Group | None = None
        self._used = time.monotonic()
        self._closed = False

    def start(self) -> None:
        """Load the model. Raises Unhealthy."""
        with self._lock:
            self._begin()
        threading.Thread(target=self._end_when_idle, daemon=True, name="idle endpoint").start()

    def ask(self, body: bytes, content_type: str, accept: str) -> tuple[bytes, str]:
        """The model's answer and its content type. Raises Broken, and Unhealthy where it cannot be loaded again."""
        asked = {"body": base64.b64encode(body).decode(), "content_type": content_type, "accept": accept}
        with self._lock:
            self._used = time.monotonic()
            group = self._begin()
            with self._bounded(group, NOW.limits.invocation_seconds) as ended_for:
                found = self._exchange(group, asked)
            self._used = time.monotonic()
        if found is None:
            raise self._died(ended_for)
        if found["status"] != 200:
            raise Broken(found["status"], found["error"])
        return base64.b64decode(found["body"]), found["content_type"]

    def running(self) -> bool:
        """Whether there is a process now."""
        group = self._group
        return group is not None and group.process.poll() is None

    def close(self) -> None:
        """End it for good and remove its files."""
        self._closed = True
        self._end()
        self._log.flush()
        shutil.rmtree(self._served.folder, ignore_errors=True)

    def _begin(self) -> Group:
        if self._closed:
            raise Unhealthy("the endpoint is gone")
        if self._group is not None and self._group.process.poll() is None:
            return self._group
        self._end()
        served = self._served
        command = [str(served.python), str(HOST), str(served.folder), str(served.code), served.program]
        self._group = group = Group(command, served.folder, served.env, subprocess.PIPE, subprocess.PIPE)
        threading.Thread(target=self._read_log, args=(group.process.stderr,), daemon=True).start()
        with self._bounded(group, NOW.limits.start_seconds) as ended_for:
            said = self._line(group)
        if said is None or "error" in said:
            self._end()
            why = f"it used more than {NOW.limits.memory_mb} MB" if ended_for == ["memory"] else "it ended"
            why = f"it was not loaded after {NOW.limits.start_seconds:g} seconds" if ended_for == ["time"] else why
            raise Unhealthy(why if said is None else said["error"])
        return group

    def _exchange(self, group: Group, asked: Mapping[str, Any]) -> dict[str, Any] | None:
        assert group.process.stdin is not None  # noqa: S101 - it was asked for
        try:
            group.process.stdin.write(json.dumps(asked).encode() + b"\n")
            group.process.stdin.flush()
        except OSError:
            return None
        return self._line(group)

    def _line(self, group: Group) -> dict[str, Any] | None:
        assert group.process.stdout is not None  # noqa: S101 - it was asked for
        line = group.process.stdout.readline()
        if not line.endswith(b"\n"):
            self._end()
            return None
        found: dict[str, Any] = json.loads(line)
        return found

    def _died(self, ended_for: list[str]) -> Broken:
        if ended_for == ["time"]:
            said = "Your invocation timed out while waiting for a response from container primary. Review the latency "
            said += "metrics for each container in Amazon CloudWatch, resolve the issue, and try again."
            return Broken(0, said)
        more = f": it used more than {NOW.limits.memory_mb} MB" if ended_for == ["memory"] else ""
        return Broken(500, f"The container's worker ended{more}")

    @contextmanager
    def _bounded(self, group: Group, seconds: float) -> Iterator[list[str]]:
        """Kill the group when it is late or too large; what it was killed for is in the list."""
        done, why = threading.Event(), list[str]()

        def watch() -> None:
            end = time.monotonic() + seconds
            while not done.wait(_LOOK_EVERY):
                large = group.memory() > NOW.limits.memory_mb << 20
                if large or time.monotonic() > end:
                    why.append("memory" if large else "time")
                    group.signal(9)
                    return

        watching = threading.Thread(target=watch, daemon=True)
        watching.start()
        try:
            yield why
        finally:
            done.set()
            watching.join()

    def _end(self) -> None:
        group, self._group = self._group, None
        if group is None:
            return
        group.close()
        for stream in (group.process.stdin, group.process.stdout):
            with contextlib.suppress(OSError, ValueError):  # what was not written has no reader
                if stream is not None:
                    stream.close()

    def _end_when_idle(self) -> None:
        while not self._closed:
            time.sleep(_IDLE_LOOK)
            self._log.flush()
            if time.monotonic() - self._used > NOW.limits.idle_seconds and self._lock.acquire(blocking=False):
                try:
                    self._end()
                finally:
                    self._lock.release()

    def _read_log(self, errors: IO[bytes] | None) -> None:
        assert errors is not None  # noqa: S101 - it was asked for
        with errors:
            for raw in iter(lambda: errors.readline(65_536), b""):
                self._log.line(raw.decode("utf-8", "replace").rstrip("\r\n"))
