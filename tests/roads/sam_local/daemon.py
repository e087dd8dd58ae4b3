"""The Docker daemon that answers here; or, for who is root and has dockerd, one of our own that ends with the road."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

BRIDGE = "172.30.77.1/24"
START_SECONDS = 60


class NoDaemonError(Exception):
    """There is none and none can be started; the message says why."""


@dataclass(frozen=True)
class Daemon:
    """Where it listens (None: where docker looks by itself) and this machine's address on its bridge."""

    host: str | None
    bridge: str

    @property
    def environment(self) -> dict[str, str]:
        """For `docker` and `sam`, which both read DOCKER_HOST."""
        return {**os.environ, **({"DOCKER_HOST": self.host} if self.host else {})}

    def docker(
        self, *words: str, stdin: IO[bytes] | None = None, timeout: float | None = None
    ) -> subprocess.CompletedProcess[bytes]:
        """One command of Docker's client, whatever it ends with."""
        command = [shutil.which("docker") or "docker", *words]
        return subprocess.run(
            command, env=self.environment, stdin=stdin, timeout=timeout, capture_output=True, check=False
        )


@contextlib.contextmanager
def found() -> Iterator[Daemon]:
    """A daemon that answers, until the end of the block. Raises NoDaemonError."""
    if shutil.which("docker") is None:
        raise NoDaemonError("Docker is not installed.")
    there = Daemon(None, "")
    if there.docker("info").returncode == 0:
        yield Daemon(None, _bridge(there))
        return
    if shutil.which("dockerd") is None or os.geteuid() != 0:
        raise NoDaemonError("No Docker daemon answers, and only root can start one of its own.")
    with tempfile.TemporaryDirectory(prefix="millrace-docker-") as folder, _started(Path(folder)) as own:
        yield own


def _bridge(daemon: Daemon) -> str:
    asked = daemon.docker("network", "inspect", "bridge", "--format", "{{(index .IPAM.Config 0).Gateway}}")
    return asked.stdout.decode().strip()


@contextlib.contextmanager
def _started(folder: Path) -> Iterator[Daemon]:
    """Without iptables: containers reach this machine, and nothing else."""
    host = f"unix://{folder}/docker.sock"
    command = [
        "dockerd", "--iptables=false", "--ip6tables=false", f"--bip={BRIDGE}", f"--data-root={folder}/data",
        f"--exec-root={folder}/exec", f"--pidfile={folder}/dockerd.pid", "--host", host,
    ]  # fmt: skip
    log = folder / "dockerd.log"
    with log.open("wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT)
    try:
        daemon = Daemon(host, BRIDGE.partition("/")[0])
        end = time.monotonic() + START_SECONDS
        while daemon.docker("info").returncode != 0:
            if process.poll() is not None or time.monotonic() > end:
                raise NoDaemonError(f"dockerd does not start here: {log.read_text(errors='replace')[-600:].strip()}")
            time.sleep(0.2)
        yield daemon
    finally:
        process.terminate()
        process.wait(timeout=60)
