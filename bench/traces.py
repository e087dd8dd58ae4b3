"""What it costs to tell X-Ray of a call: imports of a cold start, and CPU of a call, against doing without.

The SDK of X-Ray and OpenTelemetry are measured beside it where they can be imported: install them into a folder of
their own (``pip install --target FOLDER aws-xray-sdk opentelemetry-sdk opentelemetry-instrumentation-botocore``, less
the botocore that comes along) and name it in PYTHONPATH.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ROUNDS = 9
CALLS = 300

_IMPORTS = {
    "common.traces": "import common.traces",
    "aws-xray-sdk": "from aws_xray_sdk.core import xray_recorder, patch; patch(['botocore'])",
    "Powertools Tracer": "from aws_lambda_powertools import Tracer; Tracer(service='bench')",
    "OpenTelemetry": "from opentelemetry.sdk.trace import TracerProvider; "
    "from opentelemetry.instrumentation.botocore import BotocoreInstrumentor; "
    "BotocoreInstrumentor().instrument(tracer_provider=TracerProvider())",
}
_IMPORT = "import sys, time, boto3; begun = time.process_time(); {work}; print(time.process_time() - begun)"
_BOTO3 = "import sys, time; begun = time.process_time(); import boto3; print(time.process_time() - begun)"

_CALL = """
import io, os, socket, time
receiver = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
receiver.bind(("127.0.0.1", 0))
sampled = {sampled!r}
root = "Root=1-67891233-abcdef012345678912345678;Parent=53995c3f42cd8ad8"
os.environ.update(AWS_XRAY_DAEMON_ADDRESS="127.0.0.1:%d" % receiver.getsockname()[1],
                  _X_AMZN_TRACE_ID=root + ";Sampled=" + sampled)
import boto3
from botocore.awsrequest import AWSResponse
{setup}
client = boto3.client("polly", region_name="us-east-1", aws_access_key_id="t", aws_secret_access_key="t")
{watch}
class Raw(io.BytesIO):
    def stream(self, **_): yield self.read()
client.meta.events.register_first("before-send", lambda **_: AWSResponse("http://t", 200, {{}}, Raw(b"audio")))
def call(): client.synthesize_speech(Text="A sentence of usual length is spoken.", OutputFormat="mp3", VoiceId="Vicki")
for _ in range(50): call()
receiver.setblocking(False)
spent = 0.0
for _ in range({calls}):
    begun = time.process_time(); call(); spent += time.process_time() - begun
    try:
        while receiver.recv(65536): pass
    except BlockingIOError: pass
print(spent / {calls})
"""
_WAYS = {
    "without": ("1", "", ""),
    "common.traces, not sampled": ("0", "from common import traces", "traces.watch(client, 'polly')"),
    "common.traces, sampled": ("1", "from common import traces", "traces.watch(client, 'polly')"),
    "aws-xray-sdk, sampled": ("1", _IMPORTS["aws-xray-sdk"], ""),
}


def run() -> None:
    works = {name: _IMPORT.format(work=work) for name, work in {"boto3": "import boto3", **_IMPORTS}.items()}
    times = _medians({**works, "boto3": _BOTO3})
    reference = times["boto3"] or 1.0
    print(f"Imports after boto3, as parts of what import boto3 takes ({reference * 1000:.0f} ms of CPU here).")
    for name in _IMPORTS:
        _row(name, times[name], reference, "ms", 1e3)
    works = {name: _CALL.format(sampled=way[0], setup=way[1], watch=way[2], calls=CALLS) for name, way in _WAYS.items()}
    times = _medians(works)
    print(f"\nCPU of a call without a network, medians of {ROUNDS} x {CALLS}, as parts of a call that is not told.")
    for name in _WAYS:
        _row(name, times[name], times["without"] or 1.0, "us", 1e6)


def _row(name: str, seconds: float | None, reference: float, unit: str, scale: float) -> None:
    told = "not installed" if seconds is None else f"{seconds / reference:.2f}{seconds * scale:10.1f} {unit}"
    print(f"{name:<32}{told:>22}")


def _medians(works: Mapping[str, str]) -> dict[str, float | None]:
    """Of CPU seconds that fresh interpreters print, in turns, so that a busy moment meets all of them; None where
    something cannot be imported. As on Lambda, where the SDK of X-Ray makes no client of its own."""
    times: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(ROUNDS):
        for name, work in works.items():
            done = subprocess.run(
                [sys.executable, "-W", "ignore", "-c", work],
                cwd=ROOT / "functions",
                env={**os.environ, "LAMBDA_TASK_ROOT": "/var/task", "AWS_LAMBDA_FUNCTION_NAME": "bench"},
                capture_output=True,
                text=True,
                check=False,
            )
            if "ModuleNotFoundError" not in done.stderr:
                done.check_returncode()
                times[name].append(float(done.stdout.split()[-1]))
    return {name: statistics.median(found) if found else None for name, found in times.items()}
