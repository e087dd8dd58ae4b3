"""The life of a local cloud: start, deploy, serve, stop, and leave nothing behind."""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import fcntl
import logging
import os
import shutil
import signal
import socket
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from local.cloud.settings import HOST, Settings, default_region, server_environment

if TYPE_CHECKING:
    from local.cloud.deploying.deploy import Deployment
    from local.cloud.workers.pool import Workers

# The one version whose private names `local` was written against.
MINISTACK_VERSION = "1.5.33"

Tell = Callable[[str], None]
Task = Callable[[Settings], int]
"""Something to do once the cloud is ready; the cloud then stops and exits with what it returns."""


class StartError(Exception):
    """The cloud cannot start; the message says why and what to do."""


@dataclass(frozen=True)
class Plan:
    """What to start: a port (0 picks a free one), where to keep state, and what to deploy if anything."""

    port: int
    data: Path | None
    deployment: Deployment | None


def run(plan: Plan, tell: Tell, task: Task | None = None) -> NoReturn:
    """Start, deploy and serve until SIGINT or SIGTERM, or until `task` is done; then end this process.

    Exit codes: 0 stopped as asked, 1 the stack could not be made (or what `task` returned). Raises StartError
    when nothing was started.
    """
    check_ministack(metadata.version("ministack"))
    # A signal while modules are still being imported must clean up too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    code = 0
    try:
        with _listening(plan.port) as listener, _state_folder(plan.data), _temporary_folder() as temp:
            port = int(listener.getsockname()[1])
            data = plan.data.resolve() if plan.data else None
            settings = Settings(port=port, region=default_region(), temp=temp, data=data)
            code = _serve(settings, listener, plan.deployment, tell, task)
    except (KeyboardInterrupt, SystemExit) as stopped:
        code = stopped.code if isinstance(stopped, SystemExit) and isinstance(stopped.code, int) else 0
    sys.stdout.flush()
    sys.stderr.flush()
    # MiniStack's threads sleep in loops without an end; nothing of theirs is left to finish.
    os._exit(code)


def check_ministack(version: str) -> None:
    """Raise StartError unless `version` is the one that the gaps were written for."""
    if version != MINISTACK_VERSION:
        raise StartError(
            f"MiniStack {version} is installed, but local/ leans on private names of {MINISTACK_VERSION};"
            " run 'make setup', or move the pin and run tests/local."
        )


def _serve(
    settings: Settings, listener: socket.socket, deployment: Deployment | None, tell: Tell, task: Task | None
) -> int:
    environ = server_environment(settings, os.environ)
    os.environ.clear()
    os.environ.update(environ)
    tempfile.tempdir = str(settings.temp)
    tell(f"starting MiniStack {MINISTACK_VERSION}")
    workers = _prepare(settings)
    try:
        # Not asyncio.run: at its end it would wait for calls that sleep in MiniStack's threads.
        loop = asyncio.new_event_loop()
        return loop.run_until_complete(_until_stopped(settings, listener, deployment, tell, task, workers))
    finally:
        workers.close()
        atexit._run_exitfuncs()  # engines register the end of their processes there; os._exit would skip it


def _prepare(settings: Settings) -> Workers:
    """Import MiniStack, which reads its environment now, and fit it with workers and gaps before it serves."""
    from local import gaps
    from local.cloud import iam
    from local.cloud.workers import pool
    from local.gaps import _seams

    # It warns at every start about metrics of its own, which are not collected here.
    logging.getLogger("samtranslator.metrics").setLevel(logging.ERROR)

    try:
        _seams.check(iam.LEANS_ON)
        made = pool.install(settings)
        pool.let_threads_end()
        gaps.install_all()
    except _seams.SeamMovedError as error:
        raise StartError(str(error)) from error
    return made


async def _until_stopped(
    settings: Settings,
    listener: socket.socket,
    deployment: Deployment | None,
    tell: Tell,
    task: Task | None,
    workers: Workers,
) -> int:
    from hypercorn.asyncio import serve
    from hypercorn.config import Config
    from ministack import app

    from local import services
    from local.cloud import model_metrics, outages
    from local.cloud.server import Front
    from local.cloud.workers import kills
    from local.gaps.cloudwatch import _control as cloudwatch_control
    from local.gaps.s3 import object_lambda

    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    codes: list[int] = []

    def work() -> None:
        code = 1  # stays so when something unforeseen is raised, which the thread then prints
        try:
            code = _bring_up(settings, deployment, tell, task)
        finally:
            codes.append(code)
            if task is not None or code != 0:
                loop.call_soon_threadsafe(stop.set)

    config = Config()
    config.bind = [f"fd://{listener.fileno()}"]
    config.accesslog = None
    config.errorlog = None
    config.graceful_timeout = 0.5
    config.keep_alive_timeout = 75

    async def stopped() -> None:
        await stop.wait()
        # Executions that still wait end with the cloud: their next step finds no function, which is no news.
        logging.getLogger("states").setLevel(logging.CRITICAL)
        loop.set_exception_handler(_tell_defects_alone)
        workers.close()  # first of all, so that no request waits for a function any more

    # Requests wait in the listener's backlog until the server takes them.
    threading.Thread(target=work, daemon=True, name="deploy").start()
    controls: dict[str, Any] = {
        **services.CONTROL,
        "/_local/s3-object-lambda": object_lambda.control,
        cloudwatch_control.PATH: cloudwatch_control.control,
        "/_local/s3/": outages.control,
        "/_local/lambda/": kills.control,
    }
    routes = {**services.ROUTES, "bedrock": model_metrics.counting(services.ROUTES["bedrock"])}
    front: Any = Front(routes, controls, app.app)
    await serve(front, config, shutdown_trigger=stopped)
    return codes[0] if codes else 0


def _tell_defects_alone(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Python 3.11 prints a traceback for each connection that is cancelled with its server; that is no defect."""
    if not isinstance(context.get("exception"), asyncio.CancelledError):
        loop.default_exception_handler(context)


def _bring_up(settings: Settings, deployment: Deployment | None, tell: Tell, task: Task | None) -> int:
    """Deploy, say that the cloud is ready, do the task; the exit code."""
    from botocore.exceptions import BotoCoreError, ClientError

    from local.cloud.deploying.deploy import DeployError, deploy
    from local.cloud.deploying.layers import LayerError
    from local.cloud.deploying.template import TemplateError

    try:
        if deployment is not None:
            deploy(settings, deployment, tell)
        tell(f"ready {settings.url}")
        return task(settings) if task is not None else 0
    except (DeployError, TemplateError, LayerError, ClientError, BotoCoreError) as error:
        print(f"error: {error}", file=sys.stderr, flush=True)
        return 1


@contextlib.contextmanager
def _listening(port: int) -> Iterator[socket.socket]:
    """A socket on 127.0.0.1; the port is taken before anything else, so that no other process takes it meanwhile."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
    except OSError as error:
        listener.close()
        raise StartError(f"Port {port} of {HOST} is busy; stop what uses it or choose another --port.") from error
    listener.listen(128)
    try:
        yield listener
    finally:
        with contextlib.suppress(OSError):  # the server has closed its own copy of the descriptor
            listener.close()


@contextlib.contextmanager
def _state_folder(data: Path | None) -> Iterator[None]:
    """Hold the state folder alone: two clouds would overwrite each other's state."""
    if data is None:
        yield
        return
    data.mkdir(parents=True, exist_ok=True)
    with (data / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise StartError(f"Another local cloud keeps its state in '{data}'; choose another --data.") from error
        yield


@contextlib.contextmanager
def _temporary_folder() -> Iterator[Path]:
    """The one folder for everything temporary: packages, scratch space of functions, MiniStack's own files."""
    folder = Path(tempfile.mkdtemp(prefix="millrace-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
