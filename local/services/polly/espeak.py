"""The parent's side of the eSpeak NG fork server: started when first needed, restarted when it is gone."""

from __future__ import annotations

import atexit
import socket
import subprocess
import sys
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from local.services.polly.errors import ServiceFailure
from local.services.polly.espeak_worker import message, read_exactly, read_message

NAME = "espeak-ng 1.52"

EVENT_WORD, EVENT_SENTENCE, EVENT_MARK, EVENT_PHONEME = 1, 2, 3, 7

_ATTEMPTS = 3
_ANSWER_SECONDS = 90.0
"""Longer than the child's own alarm: 3,000 characters take well under a second."""


@dataclass(frozen=True, slots=True)
class Wish:
    """One text for one eSpeak NG voice, such as ``gmw/en-US+f2``."""

    voice: str
    pitch: int
    ssml: str


@dataclass(frozen=True, slots=True)
class Event:
    """What happened when: ``position`` counts characters of the wish's SSML from 1, ``ms`` is its time."""

    type: int
    position: int
    length: int
    ms: int
    name: str


@dataclass(frozen=True, slots=True)
class Speech:
    """Mono 16-bit samples and the events in them."""

    rate: int
    samples: bytes
    events: tuple[Event, ...]


class ForkServer:
    """Safe to call from any number of threads; each call is one forked child."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None

    @property
    def pid(self) -> int | None:
        """The server's process id while it runs."""
        process = self._process
        return process.pid if process is not None and process.poll() is None else None

    def speak(self, wishes: Sequence[Wish]) -> list[Speech]:
        """Speak the wishes one after the other, in one child.

        The same wishes always give the same samples. A server that has died is started again.

        Raises:
            ServiceFailure: eSpeak NG failed on the same text again and again.
        """
        for _ in range(_ATTEMPTS):
            try:
                return self._ask(wishes)
            except (OSError, EOFError):
                self._drop_if_dead()
        raise ServiceFailure("The local speech engine failed on this text; standard error says why.")

    def close(self) -> None:
        """End the server and wait for it."""
        with self._lock:
            self._end()

    def _ask(self, wishes: Sequence[Wish]) -> list[Speech]:
        ours, theirs = socket.socketpair()
        with ours:
            with theirs:
                self._hand_over(theirs)
            ours.settimeout(_ANSWER_SECONDS)
            runs = [{"voice": wish.voice, "pitch": wish.pitch, "ssml": wish.ssml} for wish in wishes]
            ours.sendall(message({"runs": runs}))
            header = read_message(ours)
            return [
                Speech(
                    rate=header["rate"],
                    samples=read_exactly(ours, run["samples"] * 2),
                    events=tuple(Event(*event) for event in run["events"]),
                )
                for run in header["runs"]
            ]

    def _hand_over(self, connection: socket.socket) -> None:
        with self._lock:
            if self._control is None:
                self._control = self._start()
            socket.send_fds(self._control, [b"."], [connection.fileno()])

    def _start(self) -> socket.socket:
        ours, theirs = socket.socketpair()
        with theirs:
            # -I: nothing of this folder or of the user's PYTHON* variables gets into it.
            self._process = subprocess.Popen(
                [
                    sys.executable,
                    "-I",
                    str(Path(__file__).with_name("espeak_worker.py")),
                    str(theirs.fileno()),
                ],
                stdin=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
                start_new_session=True,
            )
        return ours

    def _drop_if_dead(self) -> None:
        """Clear away a server whose end of the control socket is closed: the kernel does that first of all."""
        with self._lock:
            if self._control is None:
                return
            try:
                gone = self._control.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT) == b""
            except BlockingIOError:
                return  # only the child died
            except OSError:
                gone = True
            if gone:
                self._end()

    def _end(self) -> None:
        if self._control is not None:
            self._control.close()
            self._control = None
        if self._process is not None:
            try:
                self._process.wait(5)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            self._process = None


SERVER = ForkServer()
"""One for the whole process; nothing runs until the first call."""
atexit.register(SERVER.close)
