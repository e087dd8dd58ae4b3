"""The first thing that runs inside a function's process: `python -I -S -X utf8 bootstrap.py '<json>'`.

It knows nothing of this repository. It sets the limits, makes `sys.path` what Lambda's is (function, layers,
runtime, standard library; see the developer guide, "Working with layers for Python") and hands over to AWS's
own runtime client. Started with -I -S, the interpreter has no site-packages of any kind.
"""

import json
import resource
import sys


def main(arguments: dict) -> None:  # type: ignore[type-arg]
    """`arguments`: path (folders before the standard library), handler, largest_file (bytes)."""
    size = arguments["largest_file"]
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    sys.path[:0] = arguments["path"]
    sys.argv = ["awslambdaric", arguments["handler"]]
    from awslambdaric.__main__ import main as serve  # found in the runtime folder of `path`

    serve(sys.argv)


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
