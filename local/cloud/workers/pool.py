"""Functions run in clean processes under AWS's runtime client, a bounded number of each at a time.

MiniStack decides when a function is called and with what; this module answers "call it" for every python
runtime. MiniStack's own python workers inherit the whole environment and report every exception as
`Runtime.HandlerError`.
"""

from __future__ import annotations

import hashlib
import json
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

from local.cloud.settings import Settings
from local.cloud.workers import kills, segments
from local.cloud.workers.environment import Environment, Launch
from local.cloud.workers.runtime_api import Invocation
from local.cloud.workers.sandbox import launch_of
from local.cloud.workers.unpacked import Unpacked
from local.gaps import _seams
from local.services.xray import daemon

# Processes of one function at a time, where neither ReservedConcurrentExecutions nor its queues say otherwise. AWS
# would go on to the account's limit; 300 events at once were 245 processes and 13 GB on one laptop.
DEFAULT_CONCURRENCY = 4
# Likewise of a function that several queues share: the sum of their MaximumConcurrency, so that none of them waits for
# another's messages, as far as one machine goes.
MOST_CONCURRENCY = 8
# Seconds that an idle process is kept for the next event. Of a cloud that nothing happens on, all of them end.
KEEP_SECONDS = 60.0

LEANS_ON = {
    "services.lambda_svc._execute_function_warm": "(func, event, request_id)",
    "services.lambda_svc._probe_peak_memory_mb": "(func)",
    "services.lambda_svc._resolve_layer_zip": "(attachment)",
    "services.lambda_svc._runtime_env_vars": "(config)",
    "services.lambda_svc._xray_trace_id_for_invocation": "(config, inbound_trace_header=None)",
    "core.lambda_runtime.execution_credentials": "(config)",
    "services.lambda_svc._reserved_concurrency": "(func, config)",
    "services.lambda_svc._functions": "AccountRegionScopedDict",
    "services.lambda_svc._esms": "AccountRegionScopedDict",
    "services.cloudformation.provisioners._lambda_create": "(logical_id, props, stack_name)",
    "services.cloudformation.provisioners._RESOURCE_HANDLERS": "dict",
}

Config = dict[str, Any]


class ClosedError(RuntimeError):
    """An event came for a function while the cloud was stopping."""


class Workers:
    """All execution environments of this local cloud."""

    def __init__(
        self, settings: Settings, credentials: Callable[[Config], dict[str, str]], keep_seconds: float = KEEP_SECONDS
    ) -> None:
        self._settings = settings
        self._keep_seconds = keep_seconds
        self._credentials = credentials
        self._unpacked = Unpacked(settings.temp)
        self._lock = threading.Lock()
        self._idle: dict[str, list[Environment]] = defaultdict(list)
        self._busy: set[Environment] = set()
        self._slots: dict[str, tuple[int, threading.BoundedSemaphore]] = {}
        self._peaks: dict[str, int] = {}
        self._made = 0
        self._closed = False
        self._ending = threading.Event()
        threading.Thread(target=self._end_idle_ones, name="idle functions", daemon=True).start()

    def run(
        self, function: Config, event: object, request_id: str, trace_id: str | None, reserved: int | None
    ) -> dict[str, Any]:
        """Call a function as MiniStack's executor would: `{body, error?, log}` with `body` parsed JSON.

        `reserved` is the function's ReservedConcurrentExecutions, or what its queues ask for, where it has either.
        """
        config: Config = function.get("config") or function
        name = config["FunctionName"]
        invocation = Invocation(request_id, json.dumps(event).encode(), 0, config.get("FunctionArn", ""), trace_id)
        with self._slot(name, reserved):
            environment = self._take(config, function.get("code_zip") or b"")
            begun, at = time.monotonic(), time.time()
            try:
                with kills.in_danger(name, environment) as doom:
                    outcome = environment.invoke(invocation, doom)
                kills.KILLS.took(name, time.monotonic() - begun)
                segments.tell(config, request_id, trace_id, at, outcome.failed)
            finally:
                self._give_back(config, environment)
        self._peaks[name] = outcome.peak_mb
        result: dict[str, Any] = {"body": json.loads(outcome.body), "log": outcome.log}
        return {**result, "error": True} if outcome.failed else result

    def peak_mb(self, function: dict[str, Any]) -> int:
        """Megabytes for the REPORT line of the function's last event."""
        return self._peaks.get((function.get("config") or function).get("FunctionName", ""), 0)

    def close(self) -> None:
        """Kill every process; no new one is started afterwards."""
        self._ending.set()
        with self._lock:
            self._closed = True
            doomed = [e for idle in self._idle.values() for e in idle] + list(self._busy)
            self._idle.clear()
        for environment in doomed:
            environment.close()

    def _slot(self, name: str, reserved: int | None) -> threading.BoundedSemaphore:
        """MiniStack itself throttles at ReservedConcurrentExecutions; here events wait for a free process."""
        size = DEFAULT_CONCURRENCY if reserved is None else max(1, reserved)
        with self._lock:
            if self._slots.get(name, (0, None))[0] != size:
                self._slots[name] = (size, threading.BoundedSemaphore(size))
            return self._slots[name][1]

    def _take(self, config: Config, code: bytes) -> Environment:
        key = _key(config)
        with self._lock:
            if self._closed:
                raise ClosedError("The local cloud is shutting down.")
            idle = self._idle[key]
            environment = idle.pop() if idle else None
            if environment is None:
                self._made += 1
                scratch = self._settings.temp / "scratch" / f"{config['FunctionName']}-{self._made}"
            else:
                self._busy.add(environment)
                return environment
        environment = Environment(self._launch(config, code, scratch))
        with self._lock:
            if self._closed:
                environment.close()  # it will not start, and says so
            self._busy.add(environment)
        return environment

    def _give_back(self, config: Config, environment: Environment) -> None:
        key, name, version = _key(config), config["FunctionName"], config.get("Version", "$LATEST")
        with self._lock:
            self._busy.discard(environment)
            doomed = [] if environment.usable and not self._closed else [environment]
            if not doomed:
                self._idle[key].append(environment)
            doomed += self._take_out(lambda other, _: other.startswith(f"{name}:{version}:") and other != key)
        for old in doomed:
            old.kill()

    def _end_idle_ones(self) -> None:
        while not self._ending.wait(self._keep_seconds / 4):
            with self._lock:
                doomed = self._take_out(lambda _, each: each.last_used < time.monotonic() - self._keep_seconds)
            for old in doomed:
                old.kill()

    def _take_out(self, of: Callable[[str, Environment], bool]) -> list[Environment]:
        """Those of `_idle` that a key and a process tell; the caller holds the lock, and ends them without it."""
        doomed = {e for key, idle in self._idle.items() for e in idle if of(key, e)}
        for key, idle in list(self._idle.items()):
            self._idle[key] = [e for e in idle if e not in doomed]
            if not self._idle[key]:
                del self._idle[key]
        return list(doomed)

    def _launch(self, config: Config, code: bytes, scratch: Path) -> Launch:
        from ministack.services import lambda_svc

        layers = []
        for attached in config.get("Layers") or []:
            content = lambda_svc._resolve_layer_zip(attached)
            if content:
                layers.append(self._unpacked.layer(content))
        return launch_of(
            config=config,
            variables=lambda_svc._runtime_env_vars(config),
            credentials=self._credentials(config),
            task_root=self._unpacked.code(code),
            layers=layers,
            runtime=self._unpacked.runtime(),
            tools=self._unpacked.tools(),
            scratch=scratch,
            endpoint=self._settings.url,
            region=self._settings.region,
            xray_daemon=daemon.address(),
        )


def _key(config: Config) -> str:
    """The same key: the same code, role, settings and layers, so that a process can be used again."""
    parts = [
        config.get(name)
        for name in (
            "CodeSha256",
            "Handler",
            "Role",
            "Timeout",
            "MemorySize",
            "Environment",
            "Layers",
            "EphemeralStorage",
            "LoggingConfig",
            "Runtime",
        )
    ]
    digest = hashlib.sha256(json.dumps(parts, sort_keys=True, default=str).encode()).hexdigest()
    return f"{config['FunctionName']}:{config.get('Version', '$LATEST')}:{digest}"


def let_threads_end() -> None:
    """A thread that only carried an event to a function ends with the cloud, and prints nothing of that."""
    told = threading.excepthook

    def hook(ended: threading.ExceptHookArgs) -> None:
        if not isinstance(ended.exc_value, ClosedError):
            told(ended)

    threading.excepthook = hook


def install(settings: Settings) -> Workers:
    """Make MiniStack call python functions through a new `Workers`; the caller closes it.

    Raises SeamMovedError when MiniStack no longer has a name that this leans on.
    """
    from ministack.core import lambda_runtime
    from ministack.services import lambda_svc

    _seams.check(LEANS_ON)
    workers = Workers(settings, lambda_runtime.execution_credentials)

    def replaced(original: Callable[..., dict[str, Any]]) -> Callable[..., dict[str, Any]]:
        def execute(function: dict[str, Any], event: object, request_id: str) -> dict[str, Any]:
            config = function.get("config") or function
            if not str(config.get("Runtime", "")).startswith("python"):
                return original(function, event, request_id)
            trace_id = lambda_svc._xray_trace_id_for_invocation(config)
            reserved = lambda_svc._reserved_concurrency(function, config)
            shared = _of_its_queues(config["FunctionName"]) if reserved is None else None
            return workers.run(function, event, request_id, trace_id, shared or reserved)

        return execute

    _seams.replace("services.lambda_svc._execute_function_warm", replaced)
    _seams.replace("services.lambda_svc._probe_peak_memory_mb", lambda _: workers.peak_mb)
    _keep_reserved_concurrency()
    return workers


def _of_its_queues(name: str) -> int | None:
    """Processes of a function that several queues share; None where it has at most one."""
    from ministack.services import lambda_svc

    bounds = [
        int(mapping["ScalingConfig"]["MaximumConcurrency"])
        for mapping in list(lambda_svc._esms.values())
        if mapping["FunctionName"] == name and (mapping.get("ScalingConfig") or {}).get("MaximumConcurrency")
    ]
    return min(MOST_CONCURRENCY, max(DEFAULT_CONCURRENCY, sum(bounds))) if len(bounds) > 1 else None


def _keep_reserved_concurrency() -> None:
    """CloudFormation sets ReservedConcurrentExecutions; MiniStack drops it, on create and on update."""
    from ministack.services import lambda_svc
    from ministack.services.cloudformation import provisioners

    handlers = provisioners._RESOURCE_HANDLERS["AWS::Lambda::Function"]
    create, update = handlers["create"], handlers["update"]

    def keep(name: str, properties: Config) -> None:
        reserved = properties.get("ReservedConcurrentExecutions")
        lambda_svc._functions[name]["concurrency"] = None if reserved is None else int(reserved)

    def create_and_keep(logical_id: str, properties: Config, *rest: Any) -> Any:
        made = create(logical_id, properties, *rest)
        keep(made[0], properties)
        return made

    def update_and_keep(physical_id: str, old: Config, new: Config, *rest: Any) -> Any:
        made = update(physical_id, old, new, *rest)
        keep(made[0], new)
        return made

    def of_the_function(original: Callable[..., int | None]) -> Callable[..., int | None]:
        """Versions and aliases share the function's own; their records do not hold it."""
        return lambda func, config: original(lambda_svc._functions.get(config.get("FunctionName")) or func, config)

    handlers["create"], handlers["update"] = create_and_keep, update_and_keep
    _seams.replace("services.lambda_svc._reserved_concurrency", of_the_function)
