"""Builders for calls to the local Polly, and an independent reading of what it answers."""

from __future__ import annotations

import itertools
import json
import re
import subprocess
from dataclasses import dataclass

from local.cloud.http import Request, Response
from local.services.polly import encode, service

_accounts = itertools.count(100_000_000_000)

SENTENCE = "Mary had a little lamb, and everywhere that Mary went the lamb was sure to go."


def request(method: str, path: str, body: object = None, *, account: str | None = None, **query: str) -> Request:
    """A request as the front door hands it over; each caller is another account, so throttles start full."""
    return Request(
        method=method,
        path=path,
        query={name: [value] for name, value in query.items()},
        headers={"content-type": "application/json"},
        body=body if isinstance(body, bytes) else json.dumps(body if body is not None else {}).encode(),
        region="us-east-1",
        account=account or str(next(_accounts)),
    )


def speak(text: str = SENTENCE, *, account: str | None = None, **members: object) -> Response:
    """SynthesizeSpeech with Joanna, neural, MP3, unless ``members`` say otherwise (None leaves one out)."""
    body: dict[str, object] = {"Text": text, "VoiceId": "Joanna", "Engine": "neural", "OutputFormat": "mp3"}
    body.update(members)
    given = {name: value for name, value in body.items() if value is not None}
    return service.handle(request("POST", "/v1/speech", given, account=account))


def ssml(inner: str, **members: object) -> Response:
    """SynthesizeSpeech of ``<speak>inner</speak>``."""
    return speak(f"<speak>{inner}</speak>", TextType="ssml", **members)


def marks(response: Response) -> list[dict[str, object]]:
    """The speech marks of an answer; lines end in line feeds only, for JSON may hold other line ends."""
    assert response.status == 200, response.body
    return [json.loads(line) for line in response.body.split(b"\n") if line]


def error(response: Response) -> str:
    """``400 InvalidSsmlException`` or the like; every error has a message for a person."""
    assert len(json.loads(response.body)["message"]) > 10
    assert response.headers["x-millrace-engine"].startswith("espeak-ng")
    return f"{response.status} {response.headers['x-amzn-errortype']}"


@dataclass(frozen=True)
class Frame:
    """One MPEG audio frame, read from its header and side information (ISO 11172-3, 13818-3)."""

    version: int
    layer: int
    bitrate: int
    sample_rate: int
    channels: int
    back: int
    """Bytes of the bit reservoir that this frame begins in."""
    body: bytes


_BITRATES = {
    1: (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    2: (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
_RATES = {3: (44100, 48000, 32000), 2: (22050, 24000, 16000), 0: (11025, 12000, 8000)}


def frames(data: bytes) -> list[Frame]:
    """Every frame of ``data``, which must hold nothing else."""
    found = []
    at = 0
    while at < len(data):
        head = int.from_bytes(data[at : at + 4], "big")
        assert head >> 21 == 0x7FF, f"no frame at byte {at}"
        version = head >> 19 & 3
        generation = 1 if version == 3 else 2
        bitrate = _BITRATES[generation][head >> 12 & 15]
        sample_rate = _RATES[version][head >> 10 & 3]
        length = (144 if generation == 1 else 72) * bitrate * 1000 // sample_rate + (head >> 9 & 1)
        side = at + (4 if head >> 16 & 1 else 6)
        back = data[side] << 1 | data[side + 1] >> 7 if generation == 1 else data[side]
        channels = 1 if head >> 6 & 3 == 3 else 2
        layer = 4 - (head >> 17 & 3)
        found.append(Frame(generation, layer, bitrate, sample_rate, channels, back, data[at : at + length]))
        at += length
    assert at == len(data), "the last frame is cut"
    return found


@dataclass(frozen=True)
class Hearing:
    """What a listener would measure, in seconds and LUFS."""

    seconds: float
    lead: float
    tail: float
    loudness: float


def hear(audio: bytes) -> Hearing:
    """Decode ``audio`` with FFmpeg and measure it; silence is under -60 dBFS."""
    chain = "ebur128,silencedetect=noise=-60dB:duration=0.02"
    command = [encode.ffmpeg(), "-hide_banner", "-nostats", "-i", "pipe:0", "-af", chain, "-f", "null", "-"]
    report = subprocess.run(command, input=audio, capture_output=True, check=True).stderr.decode()
    starts = [float(value) for value in re.findall(r"silence_start: (-?[\d.]+)", report)]
    ends = [float(value) for value in re.findall(r"silence_end: ([\d.]+)", report)]
    loudness = float(re.findall(r"I: +(-?[\d.]+) LUFS", report)[-1])
    seconds = len(decode(audio)) / 2 / 24000
    lead = ends[0] if starts and starts[0] <= 0 else 0.0
    tail = seconds - starts[-1] if starts and ends[-1] >= seconds - 0.002 else 0.0
    return Hearing(seconds, lead, tail, loudness)


def decode(audio: bytes) -> bytes:
    """16-bit mono samples of 24 kHz."""
    command = [encode.ffmpeg(), "-hide_banner", "-loglevel", "error", "-i", "pipe:0"]
    command += ["-f", "s16le", "-ar", "24000", "-ac", "1", "pipe:1"]
    return subprocess.run(command, input=audio, capture_output=True, check=True).stdout


def pcm_seconds(response: Response) -> float:
    """Length of an answer in Polly's ``pcm`` at 16 kHz."""
    assert response.status == 200, response.body
    return len(response.body) / 2 / 16000
