"""IAM: aws:PrincipalArn of a role's session is the role.

AWS: for a principal that has assumed a role the key holds the ARN of the role, never that of the session (IAM User
Guide, "AWS global condition context keys", aws:PrincipalArn).
MiniStack: gives it the session's ARN, so that a policy that names roles matches nobody.
"""

from __future__ import annotations

from collections.abc import Callable

from ministack.core import iam_evaluator as iam
from ministack.services import iam as iam_service

from local.gaps import _seams
from local.gaps._types import Json

LEANS_ON = {
    "core.iam_evaluator._resolve_condition_key": "(key, ctx)",
    "core.iam_evaluator._role_name_from_assumed_arn": "(assumed_arn)",
    "services.iam._roles": "AccountScopedDict",
}


def _of_the_role(resolve: Callable[[str, Json], Json]) -> Callable[[str, Json], Json]:
    def resolve_condition_key(key: str, ctx: Json) -> Json:
        value = resolve(key, ctx)
        if key.lower() != "aws:principalarn" or ":assumed-role/" not in str(value):
            return value
        role = iam_service._roles.get(iam._role_name_from_assumed_arn(value))
        return role["Arn"] if role else value

    return resolve_condition_key


def install() -> None:
    """Close the gap in this process."""
    _seams.replace("core.iam_evaluator._resolve_condition_key", _of_the_role)
