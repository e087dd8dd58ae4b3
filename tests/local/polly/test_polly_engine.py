"""The eSpeak NG fork server: repeatable, safe in threads, restarted when killed, gone when its parent is gone."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from local.services.polly.errors import ServiceFailure
from local.services.polly.espeak import ForkServer, Wish

ROOT = Path(__file__).parents[3]
HELLO = Wish("gmw/en-US+f2", 50, "Hello there, how are you?")


@pytest.fixture
def server() -> Iterator[ForkServer]:
    server = ForkServer()
    yield server
    server.close()


def _alive(pid: int) -> bool:
    """Whether a process runs; one that has ended and waits to be reaped does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def _wait_until_gone(pid: int) -> bool:
    for _ in range(200):
        if not _alive(pid):
            return True
        time.sleep(0.05)
    return False


def test_nothing_runs_before_the_first_call(server: ForkServer) -> None:
    assert server.pid is None


def test_the_same_text_gives_the_same_samples_again_and_again(server: ForkServer) -> None:
    spoken = {server.speak([HELLO])[0].samples for _ in range(5)}
    assert len(spoken) == 1
    assert len(spoken.pop()) > 20_000


def test_a_text_sounds_alike_whatever_the_server_said_before(server: ForkServer) -> None:
    alone = server.speak([HELLO])
    server.speak([Wish("gmw/de+m3", 70, "Etwas ganz anderes.")])
    assert server.speak([HELLO]) == alone


def test_a_server_started_in_another_second_says_the_same(server: ForkServer) -> None:
    """eSpeak NG seeds its noise from the clock when it starts; what was said yesterday must be said so today."""
    spoken = server.speak([HELLO])
    started = int(time.time())
    while int(time.time()) == started:
        time.sleep(0.05)
    other = ForkServer()
    try:
        assert other.speak([HELLO]) == spoken
    finally:
        other.close()


def test_threads_do_not_disturb_each_other(server: ForkServer) -> None:
    wishes = [Wish("gmw/en-US+f2", 50, f"Text number {number}.") for number in range(24)]
    alone = [server.speak([wish]) for wish in wishes]
    with ThreadPoolExecutor(12) as pool:
        together = list(pool.map(lambda wish: server.speak([wish]), wishes))
    assert together == alone


def test_a_killed_server_is_started_again(server: ForkServer) -> None:
    before = server.speak([HELLO])
    old = server.pid
    assert old is not None
    os.kill(old, signal.SIGKILL)
    assert server.speak([HELLO]) == before
    assert server.pid not in (None, old)


def test_a_server_killed_under_many_threads_loses_no_request(server: ForkServer) -> None:
    before = server.speak([HELLO])
    with ThreadPoolExecutor(8) as pool:
        running = [pool.submit(server.speak, [HELLO]) for _ in range(16)]
        os.kill(server.pid or 0, signal.SIGKILL)
        assert [future.result() for future in running] == [before] * 16


def test_a_failure_of_one_text_leaves_the_server_running(server: ForkServer, capfd: pytest.CaptureFixture[str]) -> None:
    server.speak([HELLO])
    pid = server.pid
    with pytest.raises(ServiceFailure):
        server.speak([Wish("no/such-voice", 50, "Hello.")])
    assert server.pid == pid
    assert "no voice no/such-voice" in capfd.readouterr().err
    server.speak([HELLO])


def test_close_leaves_no_process(server: ForkServer) -> None:
    server.speak([HELLO])
    pid = server.pid
    assert pid is not None
    server.close()
    assert not _alive(pid)


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks at processes through /proc")
@pytest.mark.parametrize("way", ["exit", "SIGTERM", "SIGKILL"])
def test_the_server_dies_with_its_parent_however_it_dies(way: str) -> None:
    script = (
        "import time\n"
        "from local.services.polly.espeak import SERVER, Wish\n"
        "SERVER.speak([Wish('gmw/en-US', 50, 'Hello.')])\n"
        "print(SERVER.pid, flush=True)\n" + ("" if way == "exit" else "time.sleep(60)\n")
    )
    with subprocess.Popen([sys.executable, "-c", script], cwd=ROOT, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        if way != "exit":
            parent.send_signal(signal.Signals[way])
        parent.wait(120)
    assert _wait_until_gone(pid)
