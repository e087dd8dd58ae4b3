"""API Gateway: an API is called under the host name that AWS gives it.

AWS: ``https://{api}.execute-api.{region}.amazonaws.com/{stage}/{path}`` (API Gateway developer guide, "Invoke REST APIs
in API Gateway"). Templates put that address together in their outputs, as the application of ``sam init`` does.
MiniStack: knows an API below the host that it was started with, here ``{api}.execute-api.127.0.0.1``, which no resolver
knows; all other names it takes for a call without credentials.

The name leads to Amazon's network, not here: a client must say where to go, as ``curl --connect-to`` does, or send the
name as its Host header. ``/_aws/execute-api/{api}/{stage}/{path}`` needs neither.
"""

from __future__ import annotations

import re

from ministack import app

from local.gaps import _seams

LEANS_ON = {"app._EXECUTE_API_RE": "Pattern", "app._MINISTACK_HOST": "str"}

_NAMES = r"localhost|[a-z0-9-]+\.amazonaws\.com(?:\.cn)?"


def _also_of_aws(_known: re.Pattern[str]) -> re.Pattern[str]:
    """The first group is the API, as its reader expects."""
    return re.compile(rf"^([a-f0-9]{{8}})\.execute-api\.(?:{re.escape(app._MINISTACK_HOST)}|{_NAMES})(?::\d+)?$")


def install() -> None:
    """Close the gap in this process."""
    _seams.replace("app._EXECUTE_API_RE", _also_of_aws)
