"""The fork server: eSpeak NG initialised once in a single-threaded process, one forked child per synthesis.

eSpeak NG keeps state from one text to the next, so the same text gives other samples the second time in a
process; and it is not safe in threads. A child forked from the untouched process always starts from the same
state: the same request gives the same bytes, at the price of a fork.

Run as ``python -I espeak_worker.py FD``. FD is a Unix socket over which the parent sends one connected socket a
request. When the parent goes away, however it dies, that socket ends and so does this process. It imports
nothing of this repository.

A request on its own socket: a 4-byte big-endian length and JSON ``{"runs": [{"voice", "pitch", "ssml"}]}``. The
answer: a length and JSON ``{"rate", "runs": [{"samples", "events": [[type, text position, length, ms, name]]}]}``,
then all the samples, 16 bits, in this machine's byte order.
"""

from __future__ import annotations

import ctypes
import json
import os
import signal
import socket
import struct
import sys
from typing import Any

CHILD_SECONDS = 60
"""A child that is not done by then is killed by its own alarm."""

# speak_lib.h of eSpeak NG 1.52
_AUDIO_OUTPUT_SYNCHRONOUS = 2
_INITIALIZE_PHONEME_EVENTS = 1
_INITIALIZE_PHONEME_IPA = 2
_CHARS_UTF8 = 1
_SSML = 0x10
_VOLUME, _PITCH = 2, 3
_EVENT_END, _EVENT_MARK, _EVENT_PHONEME = 0, 3, 7
# Half of eSpeak NG's normal amplitude: room for <prosody volume="+6dB"> without clipping.
_BASE_VOLUME = 50


class _Identifier(ctypes.Union):
    _fields_ = (("number", ctypes.c_int), ("name", ctypes.c_char_p), ("string", ctypes.c_char * 8))


class _Event(ctypes.Structure):
    _fields_ = (
        ("type", ctypes.c_int),
        ("unique_identifier", ctypes.c_uint),
        ("text_position", ctypes.c_int),
        ("length", ctypes.c_int),
        ("audio_position", ctypes.c_int),
        ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        ("id", _Identifier),
    )


_Wave = ctypes.POINTER(ctypes.c_short)
_Callback = ctypes.CFUNCTYPE(ctypes.c_int, _Wave, ctypes.c_int, ctypes.POINTER(_Event))


class _Speaker:
    """The library, and what its callback has collected."""

    def __init__(self) -> None:
        import espeakng_loader  # type: ignore[import-untyped]

        self.library = espeakng_loader.load_library()
        self.library.espeak_Initialize.argtypes = [ctypes.c_int, ctypes.c_int, ctypes.c_char_p, ctypes.c_int]
        self.library.espeak_Synth.argtypes = [
            ctypes.c_void_p,
            ctypes.c_size_t,
            ctypes.c_uint,
            ctypes.c_int,
            ctypes.c_uint,
            ctypes.c_uint,
            ctypes.POINTER(ctypes.c_uint),
            ctypes.c_void_p,
        ]
        self.rate = self.library.espeak_Initialize(
            _AUDIO_OUTPUT_SYNCHRONOUS,
            0,
            espeakng_loader.get_data_path().encode(),
            _INITIALIZE_PHONEME_EVENTS | _INITIALIZE_PHONEME_IPA,
        )
        if self.rate <= 0:
            raise RuntimeError("eSpeak NG did not start: reinstall espeakng-loader, its data is missing")
        self.samples = bytearray()
        self.events: list[tuple[int, int, int, int, str]] = []
        self.callback = _Callback(self._collect)  # kept: the library holds only a pointer to it
        self.library.espeak_SetSynthCallback(self.callback)

    def _collect(self, wave: Any, count: int, events: Any) -> int:
        if wave and count > 0:
            self.samples.extend(ctypes.string_at(wave, count * 2))
        index = 0
        while events[index].type != _EVENT_END:
            event = events[index]
            name = b""
            if event.type == _EVENT_MARK:
                name = event.id.name or b""
            elif event.type == _EVENT_PHONEME:
                name = event.id.string
            self.events.append(
                (
                    event.type,
                    event.text_position,
                    event.length,
                    event.audio_position,
                    name.decode("utf-8", "replace"),
                )
            )
            index += 1
        return 0

    def speak(self, voice: str, pitch: int, ssml: str) -> tuple[bytes, list[tuple[int, int, int, int, str]]]:
        self.samples.clear()
        self.events = []
        if self.library.espeak_SetVoiceByName(voice.encode()) != 0:
            raise RuntimeError(f"eSpeak NG has no voice {voice}")
        self.library.espeak_SetParameter(_VOLUME, _BASE_VOLUME, 0)
        self.library.espeak_SetParameter(_PITCH, pitch, 0)
        # Breath and noise are random, seeded from the clock at the start: another server would sound different.
        self.library.espeak_ng_SetRandSeed(ctypes.c_long(1))
        text = ssml.encode() + b"\0"
        status = self.library.espeak_Synth(text, len(text), 0, 1, 0, _CHARS_UTF8 | _SSML, None, None)
        if status != 0:
            raise RuntimeError(f"eSpeak NG answered {status} to {len(text)} bytes of text")
        self.library.espeak_Synchronize()
        return bytes(self.samples), self.events


def read_exactly(connection: socket.socket, count: int) -> bytes:
    """``count`` bytes, or EOFError where the other side closes before."""
    data = bytearray()
    while len(data) < count:
        part = connection.recv(min(1 << 20, count - len(data)))
        if not part:
            raise EOFError("the connection ended early")
        data += part
    return bytes(data)


def read_message(connection: socket.socket) -> Any:
    """One length-prefixed JSON message."""
    (length,) = struct.unpack(">I", read_exactly(connection, 4))
    return json.loads(read_exactly(connection, length))


def message(value: object) -> bytes:
    """A length-prefixed JSON message."""
    data = json.dumps(value, separators=(",", ":")).encode()
    return struct.pack(">I", len(data)) + data


def _answer(speaker: _Speaker, connection: socket.socket) -> None:
    request = read_message(connection)
    spoken = [speaker.speak(run["voice"], run["pitch"], run["ssml"]) for run in request["runs"]]
    runs = [{"samples": len(samples) // 2, "events": events} for samples, events in spoken]
    connection.sendall(message({"rate": speaker.rate, "runs": runs}))
    for samples, _ in spoken:
        connection.sendall(samples)


def _serve(control: socket.socket, speaker: _Speaker) -> None:
    while True:
        note, descriptors, _, _ = socket.recv_fds(control, 1, 1)
        if not note:
            return
        if os.fork() == 0:
            status = 1
            try:
                control.close()
                signal.alarm(CHILD_SECONDS)
                with socket.socket(fileno=descriptors[0]) as connection:
                    _answer(speaker, connection)
                status = 0
            except (OSError, EOFError):
                status = 2  # the caller is gone: no answer can be given
            except Exception as error:  # noqa: BLE001 - reported, and the closed socket tells the parent
                print(f"eSpeak NG: {error}", file=sys.stderr, flush=True)
            finally:
                os._exit(status)
        for descriptor in descriptors:
            os.close(descriptor)


def main() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's; ours is the socket's end
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # children are reaped by the kernel
    with socket.socket(fileno=int(sys.argv[1])) as control:
        _serve(control, _Speaker())


if __name__ == "__main__":
    main()
