"""The first thing that runs inside a function's process: `python -I -S -X utf8 bootstrap.py '<json>'`.

It knows nothing of this repository. It sets the limits, makes `sys.path` what Lambda's is (function, layers,
runtime, standard library; see the developer guide, "Working with layers for Python") and hands over to AWS's
own runtime client. Started with -I -S, the interpreter has no site-packages of any kind.
"""

import json
import resource
import socket
import sys
from typing import Any

LOOPBACK = "127.0.0.1"


def find_hosts_here() -> None:
    """Names below the loopback address are the loopback address, as names below a Region's endpoint are that endpoint.

    The SDK asks `images-123456789012.127.0.0.1` where a function names an access point by its ARN.
    """
    resolve = socket.getaddrinfo

    def getaddrinfo(host: bytes | str | None, *rest: Any, **more: Any) -> Any:
        here = isinstance(host, str) and host.endswith(f".{LOOPBACK}")
        return resolve(LOOPBACK if here else host, *rest, **more)

    socket.getaddrinfo = getaddrinfo


def shift_clock(seconds: float) -> None:
    """Every clock that Python reads is off by ``seconds``, as that of a host may be. Nothing else is imported yet."""
    import datetime as dates
    import time

    now, now_ns, gmtime, localtime, strftime = time.time, time.time_ns, time.gmtime, time.localtime, time.strftime
    time.time = lambda: now() + seconds
    time.time_ns = lambda: now_ns() + int(seconds * 1e9)
    time.gmtime = lambda at=None: gmtime(now() + seconds if at is None else at)
    time.localtime = lambda at=None: localtime(now() + seconds if at is None else at)
    time.strftime = lambda form, at=None: strftime(form, time.localtime() if at is None else at)
    true: Any = dates.datetime

    class Meta(type):
        def __instancecheck__(cls, value: object) -> bool:
            return isinstance(value, true)

        def __subclasscheck__(cls, other: type) -> bool:
            return issubclass(other, true)

    class Shifted(true, metaclass=Meta):  # type: ignore[misc]
        @classmethod
        def now(cls, tz: Any = None) -> Any:
            return true.now(tz) + dates.timedelta(seconds=seconds)

        @classmethod
        def utcnow(cls) -> Any:
            return true.now(dates.UTC).replace(tzinfo=None) + dates.timedelta(seconds=seconds)

    dates.datetime = Shifted  # type: ignore[misc]


def main(arguments: dict) -> None:  # type: ignore[type-arg]
    """`arguments`: path (folders before the standard library), handler, largest_file (bytes), clock_skew (seconds)."""
    size = arguments["largest_file"]
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    find_hosts_here()
    if arguments.get("clock_skew"):
        shift_clock(arguments["clock_skew"])
    sys.path[:0] = arguments["path"]
    sys.argv = ["awslambdaric", arguments["handler"]]
    from awslambdaric.__main__ import main as serve  # found in the runtime folder of `path`

    serve(sys.argv)


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
