"""The stand-in engines behind the local cloud's AI services.

``ROUTES`` maps the service name in a request's signature to the function that answers it; ``CONTROL`` maps
AWS-free path prefixes to the switches that tests use.
"""

from __future__ import annotations

from local.engines.faults import control
from local.engines.polly import handle
from local.http import Handler

ROUTES: dict[str, Handler] = {"polly": handle}
CONTROL: dict[str, Handler] = {"/_local/polly": control}
