"""Starting and stopping: what is said, what is left behind, what survives."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from botocore.exceptions import BotoCoreError, ClientError

from local.cloud import lifecycle
from local.cloud.testing import ROOT, CloudError, start_cloud
from tests.local.processes import alive, descendants, processes_with

SMALL = Path(__file__).parent / "templates" / "small" / "template.yaml"


def _local(*arguments: str, temp: Path | None = None, **more) -> subprocess.CompletedProcess[str]:
    environ = {**os.environ, **({"TMPDIR": str(temp)} if temp else {})}
    command = [sys.executable, "-m", "local", *arguments]
    return subprocess.run(
        command, check=False, cwd=ROOT, env=environ, capture_output=True, text=True, timeout=120, **more
    )


def test_connections_that_end_with_the_server_are_not_told_as_defects(caplog):
    def end(error: BaseException) -> None:
        raise error

    loop = asyncio.new_event_loop()
    loop.set_exception_handler(lifecycle._tell_defects_alone)
    for error in (asyncio.CancelledError(), RuntimeError("a defect")):
        loop.call_soon(end, error)
    loop.call_soon(loop.stop)
    loop.run_forever()
    loop.close()
    assert [str(record.exc_info[1]) for record in caplog.records if record.exc_info] == ["a defect"]


def test_a_busy_port_is_said_so(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        ended = _local("up", "--port", str(port), "--template", str(SMALL), temp=tmp_path)
    assert ended.returncode == 2
    assert ended.stderr == (f"error: Port {port} of 127.0.0.1 is busy; stop what uses it or choose another --port.\n")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_stop_leaves_nothing_behind(tmp_path, number):
    cloud = start_cloud(SMALL, temp=tmp_path)
    functions, name = cloud.client("lambda"), cloud.physical_id("Patient")

    def call() -> None:
        with contextlib.suppress(ClientError, BotoCoreError):  # cut off by the stop
            functions.invoke(FunctionName=name, Payload=b'{"seconds": 8}')

    caller = threading.Thread(target=call, daemon=True)
    caller.start()
    while not processes_with(tmp_path):
        time.sleep(0.02)
    cloud.client("polly").synthesize_speech(Text="one", VoiceId="Joanna", OutputFormat="pcm", Engine="standard")
    started = descendants(cloud.process.pid)
    assert len(started) >= 2, "a function's process and the speech engine's"
    assert cloud.stop(number) == 0
    assert list(tmp_path.iterdir()) == []
    assert alive(started) == set()


def test_a_stop_while_it_starts_leaves_nothing_behind(tmp_path):
    command = [sys.executable, "-m", "local", "up", "--port", "0", "--template", str(SMALL)]
    environ = {**os.environ, "TMPDIR": str(tmp_path)}
    with subprocess.Popen(command, cwd=ROOT, env=environ, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        process.stdout.readline()  # "starting MiniStack"
        process.terminate()
        assert process.wait(timeout=120) == 0
    assert list(tmp_path.iterdir()) == []


def test_the_same_port_can_be_used_again():
    first = start_cloud(None)
    port = int(first.url.rpartition(":")[2])
    first.client("sqs").create_queue(QueueName="gone")
    first.stop()
    second = start_cloud(None, port=port)
    try:
        assert second.url == first.url
        assert not second.client("sqs").list_queues().get("QueueUrls"), "without --data every start is a new one"
    finally:
        second.stop()


def test_state_survives_in_its_folder(tmp_path):
    first = start_cloud(SMALL, data=tmp_path)
    bucket = first.outputs["StoreName"]
    first.client("s3").put_object(Bucket=bucket, Key="kept", Body=b"as it was")
    assert first.stop() == 0
    second = start_cloud(SMALL, data=tmp_path)
    try:
        assert second.outputs == first.outputs
        assert second.client("s3").get_object(Bucket=bucket, Key="kept")["Body"].read() == b"as it was"
        called = second.client("lambda").invoke(
            FunctionName=second.physical_id("Layered"), Payload=b'["boto3", "of_the_layer"]'
        )
        assert json.loads(called["Payload"].read()) == {"boto3": True, "of_the_layer": True}
        with pytest.raises(CloudError, match="Another local cloud keeps its state"):
            start_cloud(None, data=tmp_path)
    finally:
        second.stop()


def test_only_this_machine_can_connect(cloud):
    process = Path(f"/proc/{cloud.process.pid}")
    if not process.exists():
        pytest.skip("needs /proc to list the sockets of a process")
    inodes = {str(fd.readlink()) for fd in (process / "fd").iterdir() if fd.is_symlink()}
    rows = [line.split() for table in ("tcp", "tcp6") for line in (process / "net" / table).read_text().splitlines()]
    listening = {row[1].split(":")[0] for row in rows[1:] if row[3] == "0A" and f"socket:[{row[9]}]" in inodes}
    assert listening == {"0100007F"}, "127.0.0.1 in the kernel's byte order, and nothing else"


def test_a_stack_that_fails_ends_the_start_with_its_reason(tmp_path):
    template = tmp_path / "template.yaml"
    template.write_text("Resources: {Slow: {Type: AWS::SQS::Queue, Properties: {VisibilityTimeout: 99999999}}}\n")
    ended = _local("up", "--port", "0", "--template", str(template), temp=tmp_path)
    assert ended.returncode == 1
    assert "error: Stack millrace is ROLLBACK_COMPLETE.\n" in ended.stderr
    assert f"{template}:1: 99999999 is not less or equal to 43200" in ended.stderr
    assert "ready" not in ended.stdout


def test_a_missing_template_is_said_so(tmp_path):
    ended = _local("up", "--port", "0", "--template", str(tmp_path / "none.yaml"))
    assert ended.returncode == 1
    assert "There is no file" in ended.stderr


class TestInvoke:
    def test_answer_to_stdout_and_log_to_stderr(self, cloud, tmp_path):
        event = tmp_path / "event.json"
        event.write_text('{"a": 1}')
        port = cloud.url.rpartition(":")[2]
        ended = _local("invoke", "Plain", "-e", str(event), "--port", port)
        assert ended.returncode == 0
        assert json.loads(ended.stdout)["event"] == {"a": 1}
        assert ended.stderr == "a line on stdout\na line on stderr\n"

    def test_exit_code_of_a_function_that_fails(self, cloud):
        ended = _local("invoke", "Plain", "-e", "-", "--port", cloud.url.rpartition(":")[2], input='{"do": "raise"}')
        assert ended.returncode == 1
        assert json.loads(ended.stdout)["errorType"] == "TooLoudError"

    def test_unknown_function_is_said_so(self, cloud):
        ended = _local("invoke", "Nobody", "-e", "-", "--port", cloud.url.rpartition(":")[2], input="{}")
        assert ended.returncode == 2
        assert "Nobody" in ended.stderr
        assert "Traceback" not in ended.stderr

    def test_missing_event_is_said_so(self, cloud):
        ended = _local("invoke", "Plain", "-e", "none.json", "--port", cloud.url.rpartition(":")[2])
        assert ended.returncode == 2
        assert ended.stderr == "error: The event 'none.json' cannot be read: No such file or directory.\n"

    def test_without_a_running_cloud_it_starts_one_for_the_call(self, tmp_path):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        ended = _local(
            "invoke", "Plain", "-e", "-", "--port", str(port), "--template", str(SMALL), temp=tmp_path, input='{"a": 2}'
        )
        assert ended.returncode == 0
        assert json.loads(ended.stdout)["event"] == {"a": 2}
        assert list(tmp_path.iterdir()) == []
