"""One execution environment: a clean process under awslambdaric, its limits and its death.

What AWS reports is reported here in the same words: `Sandbox.Timedout`, `Runtime.ExitError`,
`Function.ResponseSizeTooLarge`, and a Python exception under its own class name.
"""

from __future__ import annotations

import contextlib
import json
import os
import queue
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from local.cloud.workers import memory
from local.cloud.workers.runtime_api import MAX_RESPONSE_BYTES, Invocation, Message, RuntimeApi

# Seconds; "The Init phase is limited to 10 seconds" and is then run again under the function's own limit
# (Lambda developer guide, "Understanding the Lambda execution environment lifecycle").
INIT_SECONDS = 10.0
# Seconds between two looks at a busy process: is it alive, how large is it, is its time up.
LOOK_EVERY = 0.05


@dataclass(frozen=True)
class Launch:
    """How to start a function's process. `memory_mb`, `storage_mb` and `timeout` (seconds) are its own limits;
    `clock_skew`: seconds by which its clock is ahead."""

    command: list[str]
    environ: Mapping[str, str]
    task_root: Path
    scratch: Path
    memory_mb: int
    storage_mb: int
    timeout: float
    clock_skew: float = 0.0


@dataclass(frozen=True)
class Outcome:
    """What an invocation ended with: a JSON document, whether it is an error, the function's output, peak MB."""

    body: bytes
    failed: bool
    log: str
    peak_mb: int


class Environment:
    """A process that serves one event at a time; started by the first one. `usable` says if it may serve more."""

    def __init__(self, launch: Launch) -> None:
        self.launch = launch
        self.last_used = time.monotonic()
        self._running: _Running | None = None
        self._log: _Log | None = None
        self._peak_mb = 0
        self._gate = threading.Lock()
        self._closed = False

    @property
    def usable(self) -> bool:
        """True while the process lives and waits for another event."""
        return self._running is not None and self._running.process.poll() is None

    def invoke(self, invocation: Invocation, before: Callable[[], None] = lambda: None) -> Outcome:
        """Run one event to its end. Never raises for what the function did; the outcome says it.

        ``before`` is called when the process is there and the event is not sent yet.
        """
        message = None if self.usable else self._start(invocation.request_id)
        running = self._running
        if message is None and running is not None:
            before()
            # By the clock of its host, which is the process's own: what is left of its time is right there too.
            deadline_ms = int((time.time() + self.launch.clock_skew + self.launch.timeout) * 1000)
            running.api.send(replace(invocation, deadline_ms=deadline_ms))
            message = self._wait(running, {"response", "error"}, invocation.request_id, self.launch.timeout)
        self.last_used = time.monotonic()
        return self._settle(message or _killed(invocation.request_id), invocation.request_id)

    def die(self, may: Callable[[], bool]) -> bool:
        """Kill the process from outside while it serves an event, as a host that fails does; who waits is told.

        False where there is no process yet.
        """
        running = self._running
        if running is None or running.process.poll() is not None:
            return False
        if may():
            with contextlib.suppress(ProcessLookupError):
                os.killpg(running.process.pid, signal.SIGKILL)
        return True

    def kill(self) -> None:
        """End the process, all its children and its Runtime API, now; what it wrote to its scratch folder goes."""
        running, self._running = self._running, None
        if running is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(running.process.pid, signal.SIGKILL)
            running.process.wait()
            running.log.join()
            running.api.close()
        shutil.rmtree(self.launch.scratch, ignore_errors=True)

    def close(self) -> None:
        """Kill it for good: an event that is being served ends as an error, and no process is started again."""
        with self._gate:
            self._closed = True
        self.kill()

    def _start(self, request_id: str) -> Message | None:
        """Start the process and wait for its first poll; a message other than None is why it failed."""
        message = _killed(request_id)
        for seconds in (INIT_SECONDS, self.launch.timeout):
            self.kill()
            self._peak_mb = 0
            running = self._spawn()
            if running is None:
                break
            message = self._wait(running, {"next", "init_error"}, request_id, seconds)
            if message.kind == "next":
                return None
            if not _timed_out(message):
                break
        return message

    def _spawn(self) -> _Running | None:
        """A new process; None when the environment was closed meanwhile."""
        with self._gate:
            if self._closed:
                return None
            self.launch.scratch.mkdir(parents=True, exist_ok=True)
            api = RuntimeApi()
            process = subprocess.Popen(
                self.launch.command,
                cwd=self.launch.task_root,
                env={**self.launch.environ, "AWS_LAMBDA_RUNTIME_API": api.address},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                bufsize=0,
                start_new_session=True,  # a group of its own, so that its children die with it
            )
            self._running = _Running(process, api, _Log(process))
            self._log = self._running.log
            return self._running

    def _wait(self, running: _Running, kinds: set[str], request_id: str, seconds: float) -> Message:
        """The next message of one of `kinds`, or an error in AWS's words: too long, too large, or gone."""
        deadline = time.monotonic() + seconds
        while True:
            with contextlib.suppress(queue.Empty):
                message = running.api.inbox.get(timeout=LOOK_EVERY)
                if message.kind in kinds:
                    return self._over_a_limit(running, request_id) or message
                continue
            status = running.process.poll()
            if status is not None:
                return _last_words(running, kinds, request_id, status)
            if (over := self._over_a_limit(running, request_id)) is not None:
                return over
            if time.monotonic() >= deadline:
                # The text has two digits after the point: "Task timed out after 3.00 seconds".
                return _error(request_id, "Sandbox.Timedout", f"Task timed out after {self.launch.timeout:.2f} seconds")

    def _over_a_limit(self, running: _Running, request_id: str) -> Message | None:
        self._peak_mb = max(self._peak_mb, memory.in_use_mb(running.process.pid))
        if self._peak_mb > self.launch.memory_mb:
            return _killed(request_id)
        if _stored_bytes(self.launch.scratch) > self.launch.storage_mb * 1024**2:
            # On Lambda the write itself fails, with this text as an OSError.
            text = f"No space left on device: more than {self.launch.storage_mb} MB of ephemeral storage"
            return _error(request_id, "Runtime.ExitError", text)
        return None

    def _settle(self, message: Message, request_id: str) -> Outcome:
        if message.kind == "response" and len(message.body) > MAX_RESPONSE_BYTES:
            message = _error(
                request_id,
                "Function.ResponseSizeTooLarge",
                f"Response payload size exceeded maximum allowed payload size ({MAX_RESPONSE_BYTES} bytes).",
                prefixed=False,
            )
        elif message.kind == "init_error" or (message.kind == "error" and not message.request_id):
            self.kill()
        log = self._log.take() if self._log is not None else ""
        if message.kind == "error" and not message.request_id:
            # Lambda writes how the environment ended into the function's log.
            log += f"{json.loads(message.body)['errorMessage']}\n"
        return Outcome(message.body, message.kind != "response", log, self._peak_mb)


class _Log:
    """Everything the process prints. A thread empties the pipe, so that the process never blocks on it."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stdout is not None  # noqa: S101
        self._pipe = process.stdout
        os.set_blocking(self._pipe.fileno(), False)
        self._lock = threading.Lock()
        self._text = bytearray()
        self._thread = threading.Thread(target=self._pump, daemon=True, name="function-log")
        self._thread.start()

    def take(self) -> str:
        """What was printed since the last call, complete: the process prints before it posts its answer."""
        with self._lock:
            self._read()
            text, self._text = self._text, bytearray()
        return text.decode("utf-8", "replace")

    def join(self) -> None:
        """Read to the end; the process and its children are gone."""
        self._thread.join(timeout=1.0)  # a child that left the group could hold the pipe open without end

    def _read(self) -> bool:
        """Read all that is there now; False at the end of the stream. The caller holds the lock."""
        if self._pipe.closed:
            return False
        with contextlib.suppress(BlockingIOError):
            while chunk := os.read(self._pipe.fileno(), 65536):
                self._text += chunk
            return False
        return True

    def _pump(self) -> None:
        import select

        poll = select.poll()
        poll.register(self._pipe.fileno(), select.POLLIN)
        while True:
            poll.poll()
            with self._lock:
                if not self._read():
                    self._pipe.close()
                    return


@dataclass(frozen=True)
class _Running:
    """What belongs to one process, from its start to its end."""

    process: subprocess.Popen[bytes]
    api: RuntimeApi
    log: _Log


def _stored_bytes(folder: Path) -> int:
    """Bytes that the files under `folder` take up on the disk; sparse files count what they hold."""
    total = 0
    for parent, _, names in os.walk(folder):
        for name in names:
            with contextlib.suppress(FileNotFoundError):  # deleted since
                total += (Path(parent) / name).lstat().st_blocks * 512
    return total


def _last_words(running: _Running, kinds: set[str], request_id: str, status: int) -> Message:
    """A process may end just after it has posted; otherwise the way it ended is the error."""
    with contextlib.suppress(queue.Empty):
        while True:
            message = running.api.inbox.get(timeout=LOOK_EVERY)
            if message.kind in kinds:
                return message
    if status == 0:
        return _error(request_id, "Runtime.ExitError", "Runtime exited without providing a reason")
    how = f"exit status {status}" if status > 0 else f"signal: {_signal_name(-status)}"
    return _error(request_id, "Runtime.ExitError", f"Runtime exited with error: {how}")


def _error(request_id: str, kind: str, text: str, *, prefixed: bool = True) -> Message:
    """An error of the environment itself; its empty request id tells it from the function's own."""
    text = f"RequestId: {request_id} Error: {text}" if prefixed else text
    return Message("error", "", json.dumps({"errorType": kind, "errorMessage": text}).encode())


def _killed(request_id: str) -> Message:
    return _error(request_id, "Runtime.ExitError", "Runtime exited with error: signal: killed")


def _timed_out(message: Message) -> bool:
    return message.kind == "error" and b'"Sandbox.Timedout"' in message.body


def _signal_name(number: int) -> str:
    # Lambda's runtime manager is written in Go and names signals as Go does.
    names = {signal.SIGKILL: "killed", signal.SIGSEGV: "segmentation fault", signal.SIGABRT: "aborted"}
    return names.get(signal.Signals(number), signal.Signals(number).name)
