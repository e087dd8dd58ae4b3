"""Handlers that do one thing each, as the event says."""

import importlib
import os
import shutil
import socket
import subprocess
import sys
import time


class TooLoudError(Exception):
    pass


def echo(event, context):
    """Gives back what the function sees; or fails, as the event says."""
    print("a line on stdout")
    print("a line on stderr", file=sys.stderr)
    match event.get("do") if isinstance(event, dict) else None:
        case "raise":
            raise TooLoudError("turn it down")
        case "exit":
            os._exit(3)
        case "large":
            return "x" * event["size"]
        case "environ":
            return {"environ": dict(os.environ), "path": sys.path, "cwd": os.getcwd()}
        case "tools":
            return {name: shutil.which(name) for name in event["names"]}
        case "resolve":
            return sorted({found[4][0] for found in socket.getaddrinfo(event["host"], 80)})
        case "write":
            with open(os.path.join(os.environ["TMPDIR"], "file"), "wb") as file:
                file.truncate(event["size"])
        case "fill":
            for number in range(event["files"]):
                with open(os.path.join(os.environ["TMPDIR"], f"part-{number}"), "wb") as file:
                    os.posix_fallocate(file.fileno(), 0, event["size"])
    return {
        "event": event,
        "arn": context.invoked_function_arn,
        "request_id": context.aws_request_id,
        "left": context.get_remaining_time_in_millis(),
        "memory": context.memory_limit_in_mb,
        "process": os.getpid(),
    }


def imports(event, context):
    """Which of the modules can be imported."""
    found = {}
    for name in event:
        try:
            importlib.import_module(name)
            found[name] = True
        except ImportError:
            found[name] = False
    return found


def allocate(event, context):
    """Takes memory, here or in a child process, and gives it back at once where it is asked to."""
    if event.get("child"):
        program = f"import time; x = bytearray({event['megabytes']} * 1024 ** 2); time.sleep(5)"
        subprocess.run([sys.executable, "-c", program], check=False)
    block = bytearray(event["megabytes"] * 1024**2)
    return len(block)


def sleep(event, context):
    """Sleeps; with a child that would outlive it."""
    if event.get("child"):
        subprocess.Popen([sys.executable, "-c", f"import time; time.sleep(60)  # {event['child']}"])
    print("sleeping")
    time.sleep(event["seconds"])
    return os.getpid()


def aws(event, context):
    """One AWS call: `[service, operation, arguments]`; the keys of its answer."""
    import boto3

    service, operation, arguments = event
    answer = getattr(boto3.client(service), operation)(**arguments)
    return sorted(answer)
