"""Who asks: credentials that work, or a sentence that says which do not and what to run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from operate import failures
from operate.errors import OperateError

if TYPE_CHECKING:
    from operate.clients import Target


class NoAccess(OperateError):
    """Nobody can be asked in this account; the sentence says why and what to run."""


def account(target: Target) -> str:
    """The account's number. Raises NoAccess where there are no credentials, or none that work, or no Region."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        return str(target.client("sts").get_caller_identity()["Account"])
    except (BotoCoreError, ClientError) as error:
        said = failures.of_access(error, target.profile)
        if said is None:
            raise
        raise NoAccess(said) from error
