"""What a function's process can see: its command line, its environment variables, its folders.

Everything is built from nothing. The list of variables is that of the Lambda developer guide, "Defined runtime
environment variables".
"""

from __future__ import annotations

import json
import os
import sys
import time
import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from local.cloud.workers.environment import Launch
from local.cloud.workers.kills import clock_skew

_BOOTSTRAP = Path(__file__).with_name("bootstrap.py")
_MEGABYTE = 1024 * 1024


def launch_of(  # noqa: PLR0913 - each is a part of the process, by name
    *,
    config: Mapping[str, Any],
    variables: Mapping[str, str],
    credentials: Mapping[str, str],
    task_root: Path,
    layers: Sequence[Path],
    runtime: Path,
    tools: Path,
    scratch: Path,
    endpoint: str,
    region: str,
    xray_daemon: str,
) -> Launch:
    """How to start a process for the function `config` (as GetFunctionConfiguration gives it).

    `variables` are the function's own; they never override what Lambda reserves. The interpreter is the one that
    runs the local cloud, whatever the function's Runtime says, since the layers hold wheels made for it.
    """
    python = f"python{sys.version_info.major}.{sys.version_info.minor}"
    path = [str(task_root)]
    for layer in layers:
        path += [str(layer / "python" / "lib" / python / "site-packages"), str(layer / "python")]
    storage_mb = int((config.get("EphemeralStorage") or {}).get("Size", 512))
    skew = clock_skew(scratch.name)
    bootstrap = {
        "path": [*path, str(runtime)],
        "handler": config["Handler"],
        "largest_file": storage_mb * _MEGABYTE,
        "clock_skew": skew,
    }
    environ = {
        "AWS_XRAY_CONTEXT_MISSING": "LOG_ERROR",
        "AWS_XRAY_DAEMON_ADDRESS": xray_daemon,
        **_defaults(config, layers, task_root, tools, scratch),
        **variables,
        **_reserved(config, task_root, runtime, region),
        **{name: value for name, value in credentials.items() if value},
        "AWS_ENDPOINT_URL": endpoint,
        # Else the SDK asks `sync-127.0.0.1` for StartSyncExecution.
        "AWS_DISABLE_HOST_PREFIX_INJECTION": "true",
    }
    return Launch(
        # Not the virtual environment's interpreter: that one would find its site-packages.
        command=[_base_interpreter(), "-I", "-S", "-X", "utf8", str(_BOOTSTRAP), json.dumps(bootstrap)],
        environ=environ,
        task_root=task_root,
        scratch=scratch,
        memory_mb=int(config.get("MemorySize") or 128),
        storage_mb=storage_mb,
        timeout=float(config.get("Timeout") or 3),
        clock_skew=skew,
    )


def _base_interpreter() -> str:
    return getattr(sys, "_base_executable", None) or sys.executable


def _defaults(
    config: Mapping[str, Any], layers: Sequence[Path], task_root: Path, tools: Path, scratch: Path
) -> dict[str, str]:
    """What Lambda sets and a function may override."""
    logging = config.get("LoggingConfig") or {}
    libraries = [task_root, task_root / "lib", *(layer / "lib" for layer in layers)]
    level = logging.get("ApplicationLogLevel")
    return {
        "PATH": os.pathsep.join(str(p) for p in (*(layer / "bin" for layer in layers), tools)),
        "LD_LIBRARY_PATH": os.pathsep.join(str(p) for p in libraries),
        "LANG": "en_US.UTF-8",
        "TZ": ":UTC",
        "AWS_LAMBDA_LOG_FORMAT": logging.get("LogFormat", "Text"),
        **({"AWS_LAMBDA_LOG_LEVEL": level} if level else {}),
        # Beyond Lambda's list: /tmp of its own, and no look at the user's AWS profile or at a metadata service.
        "TMPDIR": str(scratch),
        "AWS_CONFIG_FILE": str(scratch / "no-config"),
        "AWS_SHARED_CREDENTIALS_FILE": str(scratch / "no-credentials"),
        "AWS_EC2_METADATA_DISABLED": "true",
        # boto3 would put a route or account before 127.0.0.1 in host names.
        "AWS_DISABLE_HOST_PREFIX_INJECTION": "true",
    }


def _reserved(config: Mapping[str, Any], task_root: Path, runtime: Path, region: str) -> dict[str, str]:
    """What Lambda sets and a function cannot override."""
    name, version = config["FunctionName"], config.get("Version", "$LATEST")
    logging = config.get("LoggingConfig") or {}
    return {
        "_HANDLER": config["Handler"],
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
        "AWS_EXECUTION_ENV": f"AWS_Lambda_{config['Runtime']}",
        "AWS_LAMBDA_FUNCTION_NAME": name,
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(config.get("MemorySize") or 128),
        "AWS_LAMBDA_FUNCTION_VERSION": version,
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_LAMBDA_LOG_GROUP_NAME": logging.get("LogGroup") or f"/aws/lambda/{name}",
        "AWS_LAMBDA_LOG_STREAM_NAME": f"{time.strftime('%Y/%m/%d')}/[{version}]{uuid.uuid4().hex}",
        "LAMBDA_TASK_ROOT": str(task_root),
        "LAMBDA_RUNTIME_DIR": str(runtime),
    }
