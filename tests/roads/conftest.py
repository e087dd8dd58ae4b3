"""What roads share with the workflows, and the shell in which they walk."""

import os

from tests.workflow.conftest import account

__all__ = ["account"]

# Roads run `make` as a person types it. Beneath `make test-roads` it would take that one's options, and print
# "Entering directory" and "Leaving directory" round its lines.
for _name in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL"):
    os.environ.pop(_name, None)
