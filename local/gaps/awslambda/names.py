"""Lambda: the partial ARN of a function.

AWS: where a call takes the name of a function it takes ``123456789012:function:name`` as well, with a version or an
alias behind it (Lambda API reference, FunctionName of GetFunction: "Partial ARN").
MiniStack: reads the account number as the name of the function.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from ministack.core.responses import get_account_id, get_region

from local.gaps import _seams

LEANS_ON = {
    "services.lambda_svc._resolve_name": "(name_or_arn)",
    "services.lambda_svc._resolve_name_and_qualifier": "(name_or_arn)",
}

_PARTIAL = re.compile(r"(?:(?P<region>[a-z]{2}(?:-[a-z]+)+-\d):)?(?P<account>\d{12}):function:(?P<name>.+)")


def whole(name: str) -> str:
    """A partial ARN of this account as the whole one; any other name as it is."""
    found = _PARTIAL.fullmatch(name or "")
    if found is None or found["account"] != get_account_id():
        return name
    region = found["region"] or get_region()
    return f"arn:aws:lambda:{region}:{found['account']}:function:{found['name']}"


def _of_partial(resolve: Callable[[str], Any]) -> Callable[[str], Any]:
    def resolve_name(name_or_arn: str) -> Any:
        return resolve(whole(name_or_arn))

    return resolve_name


def install() -> None:
    """Close the gap in this process."""
    for path in LEANS_ON:
        _seams.replace(path, _of_partial)
