"""Who asks: credentials that work, or a sentence that says which do not and what to run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from operate.errors import OperateError

if TYPE_CHECKING:
    from operate.clients import Target

EXPIRED = frozenset({"ExpiredToken", "ExpiredTokenException", "RequestExpired", "TokenRefreshRequired"})
WRONG = frozenset(
    {
        "InvalidClientTokenId",
        "UnrecognizedClientException",
        "SignatureDoesNotMatch",
        "InvalidAccessKeyId",
        "AuthFailure",
    }
)
"""Codes of errors (AWS general reference, "Common errors"; STS API reference)."""


class NoAccess(OperateError):
    """Nobody can be asked in this account; the sentence says why and what to run."""


def account(target: Target) -> str:
    """The account's number. Raises NoAccess where there are no credentials, or none that work, or no Region."""
    from botocore import exceptions

    profile = f"the profile {_profile(target)}"
    login = f"aws sso login --profile {_profile(target)}"
    try:
        return str(target.client("sts").get_caller_identity()["Account"])
    except exceptions.ProfileNotFound as error:
        raise NoAccess(
            f"There is no AWS profile of the name {_profile(target)}; make it with aws configure, or set AWS_PROFILE."
        ) from error
    except (exceptions.NoCredentialsError, exceptions.PartialCredentialsError) as error:
        raise NoAccess(f"There are no AWS credentials in {profile}; run aws configure, or {login}.") from error
    except exceptions.NoRegionError as error:
        raise NoAccess(f"No Region is set in {profile}; set AWS_REGION, or region in samconfig.toml.") from error
    except (exceptions.SSOError, exceptions.TokenRetrievalError, exceptions.CredentialRetrievalError) as error:
        raise NoAccess(f"The login of {profile} is over or incomplete; run {login}. ({error})") from error
    except exceptions.EndpointConnectionError as error:
        raise NoAccess(f"AWS cannot be reached from here: {error}") from error
    except exceptions.ClientError as error:
        raise _refused(error, profile, login) from error


def _refused(error: Any, profile: str, login: str) -> Exception:
    code = error.response["Error"]["Code"]
    if code in EXPIRED:
        return NoAccess(f"The credentials in {profile} have expired; run {login}, or get new ones. ({code})")
    if code in WRONG:
        return NoAccess(f"AWS does not take the credentials in {profile}; put valid ones there. ({code})")
    refused: Exception = error
    return refused


def _profile(target: Target) -> str:
    import os

    return target.profile or os.environ.get("AWS_PROFILE") or os.environ.get("AWS_DEFAULT_PROFILE") or "default"
