"""Run one function of the stack with one event, as `sam local invoke` does."""

from __future__ import annotations

import base64
import http.client
import sys
from urllib.parse import urlsplit

from local.cloud import stacks
from local.cloud.clients import client


def answers(url: str) -> bool:
    """Whether a local cloud runs at `url`."""
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=2)
    try:
        connection.request("GET", "/_ministack/health")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def invoke(function: str, event: bytes, stack: str, url: str, region: str) -> int:
    """Call the function with logical id `function`; its log goes to stderr, its JSON answer to stdout.

    The exit code is 1 when the function failed. Raises UnknownResource when the stack has no such function, and
    ClientError when there is no stack.
    """
    name = stacks.physical_id(client("cloudformation", url, region), stack, function)
    answer = client("lambda", url, region).invoke(FunctionName=name, Payload=event, LogType="Tail")
    # AWS gives the last 4 KB; the runtime client separates a traceback's lines by carriage returns.
    log = base64.b64decode(answer.get("LogResult", "")).decode("utf-8", "replace").replace("\r", "\n")
    print(log, end="" if log.endswith("\n") or not log else "\n", file=sys.stderr, flush=True)
    print(answer["Payload"].read().decode(), flush=True)
    return 1 if answer.get("FunctionError") else 0
