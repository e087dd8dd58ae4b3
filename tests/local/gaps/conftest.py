"""One server for all gap tests."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.local.gaps.harness import PATIENCE, Cloud


def _answers(url: str) -> bool:
    try:
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(url + "/_ministack/health", timeout=1):
            return True
    except OSError:
        return False


def _free_port() -> int:
    """A port that nobody has."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="session")
def cloud_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the server of ``cloud`` puts its temporary files."""
    return tmp_path_factory.mktemp("gaps")


@pytest.fixture(scope="session")
def cloud(cloud_folder: Path) -> Iterator[Cloud]:
    """A running MiniStack with every gap closed."""
    folder = cloud_folder
    log = folder / "server.log"
    environ = {key: value for key, value in os.environ.items() if not key.startswith("AWS_")}
    port = _free_port()
    url = f"http://127.0.0.1:{port}"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("serve.py")), str(port)],
            env={**environ, "TMPDIR": str(folder)},
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        end = time.monotonic() + PATIENCE
        while process.poll() is None and time.monotonic() < end and not _answers(url):
            time.sleep(0.05)
        assert process.poll() is None, log.read_text()[-4000:]
        made = Cloud(url)
        yield made
        made.close()
    finally:
        process.terminate()
        process.wait(PATIENCE)
