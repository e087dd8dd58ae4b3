"""Run one function or state machine of the stack with one event, as `sam local invoke` does for functions."""

from __future__ import annotations

import base64
import http.client
import sys
import time
import uuid
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from local.cloud import stacks
from local.cloud.clients import client

FINISH_SECONDS = 120
"""For which executions that were started on the way may go on."""
_MACHINE = ":stateMachine:"


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


def invoke(name: str, event: bytes, stack: str, url: str, region: str) -> int:
    """Call the function, or run the machine, with logical id `name`; its JSON answer goes to stdout.

    A function's log goes to stderr, and so does what an execution failed with. The exit code is 1 where it failed.
    Raises UnknownResource where the stack has no such thing, and ClientError where there is no stack.
    """
    physical = stacks.physical_id(client("cloudformation", url, region), stack, name)
    if _MACHINE in physical:
        return _run(client("stepfunctions", url, region), physical, event)
    answer = client("lambda", url, region).invoke(FunctionName=physical, Payload=event, LogType="Tail")
    # AWS gives the last 4 KB; the runtime client separates a traceback's lines by carriage returns.
    log = base64.b64decode(answer.get("LogResult", "")).decode("utf-8", "replace").replace("\r", "\n")
    print(log, end="" if log.endswith("\n") or not log else "\n", file=sys.stderr, flush=True)
    print(answer["Payload"].read().decode(), flush=True)
    return 1 if answer.get("FunctionError") else 0


def _run(states: Any, machine: str, event: bytes) -> int:
    started = states.start_execution(stateMachineArn=machine, name=f"invoke-{uuid.uuid4()}", input=event.decode())
    execution = started["executionArn"]
    while (found := states.describe_execution(executionArn=execution))["status"] == "RUNNING":
        time.sleep(0.1)
    if found["status"] == "SUCCEEDED":
        print(found["output"], flush=True)
        return 0
    why = ": ".join(found[part] for part in ("error", "cause") if found.get(part))
    print(f"{found['status']} {why}".rstrip(), file=sys.stderr, flush=True)
    return 1


def finish(url: str, region: str, tell: Callable[[str], None], seconds: int = FINISH_SECONDS) -> None:
    """Lets every execution of the account come to its end, for so many seconds at most, and aborts the rest."""
    states = client("stepfunctions", url, region)
    running, end, told = _running(states), time.monotonic() + seconds, 0
    while running and time.monotonic() < end:
        if len(running) > told:
            told = len(running)
            tell(f"waiting for {told} execution{'s' * (told > 1)} to end, {seconds} s at most")
        time.sleep(0.2)
        running = _running(states)
    for execution in running:
        tell(f"aborted: {execution.rpartition(':')[2]}")
        states.stop_execution(executionArn=execution, cause="The local cloud ends with the call that it was for.")


def _running(states: Any) -> list[str]:
    found: list[str] = []
    for machines in states.get_paginator("list_state_machines").paginate():
        for machine in machines["stateMachines"]:
            if machine["type"] == "EXPRESS":
                continue  # Step Functions lists none of them
            pages = states.get_paginator("list_executions").paginate(
                stateMachineArn=machine["stateMachineArn"], statusFilter="RUNNING"
            )
            found += [entry["executionArn"] for page in pages for entry in page["executions"]]
    return found
