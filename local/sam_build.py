"""``sam build`` for this machine: ``.venv-tools/bin/python local/sam_build.py [options of sam build]``.

SAM CLI asks no machine which C library it has: of Python 3.11 it takes wheels for Amazon Linux 2 (glibc 2.26) alone.
That is right for Lambda, where this application does not run on 3.11, and wrong for the local cloud, where it does:
Pillow has wheels from 2.27 on. So it is told what this machine has. Imports nothing of the project: SAM CLI has its own
environment.
"""

from __future__ import annotations

import importlib
import platform
import sys

KNOWN = ((2, 34), (2, 26), (2, 17))
"""C libraries that SAM CLI knows wheels for, the newest first."""


def main(arguments: list[str]) -> None:
    packager = importlib.import_module("aws_lambda_builders.workflows.python_pip.packager")
    name, version = platform.libc_ver()
    if name == "glibc":
        here = tuple(int(number) for number in version.split(".")[:2])
        fits = next((known for known in KNOWN if known <= here), None)
        glibc = packager.DependencyBuilder._RUNTIME_GLIBC
        for abi in glibc if fits else ():
            glibc[abi] = max(fits, glibc[abi])
    importlib.import_module("samcli.cli.main").cli(["build", *arguments])


if __name__ == "__main__":
    main(sys.argv[1:])
