"""Errors of AWS, of the network and of files -> one sentence for a person: what is wrong, and what to change."""

from __future__ import annotations

import os
from typing import Any

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
DENIED = frozenset({"AccessDenied", "AccessDeniedException", "AuthorizationError", "UnauthorizedOperation", "403"})
BUSY = frozenset(
    {
        "Throttling",
        "ThrottlingException",
        "ThrottledException",
        "RequestLimitExceeded",
        "TooManyRequestsException",
        "ProvisionedThroughputExceededException",
        "SlowDown",
        "RequestThrottled",
    }
)
"""Codes of errors (AWS general reference, "Common errors"; STS API reference; botocore's own list of throttling)."""


def sentence(error: BaseException, profile: str | None = None) -> str:
    """What to print of an error that ends a command, in one line. ``profile``: that was named, None for the
    environment's."""
    said = of_access(error, profile) or _of_request(error) or _of_file(error) or str(error) or type(error).__name__
    return " ".join(said.split())


def of_access(error: BaseException, profile: str | None = None) -> str | None:
    """Why nobody can be asked at all: credentials, Region, network. None for other errors."""
    from botocore import exceptions

    known = profile or os.environ.get("AWS_PROFILE") or os.environ.get("AWS_DEFAULT_PROFILE") or "default"
    place, login = f"the profile {known}", f"aws sso login --profile {known}"
    sso = (exceptions.SSOError, exceptions.TokenRetrievalError, exceptions.CredentialRetrievalError)
    if isinstance(error, exceptions.ClientError):
        return _of_credentials(error.response["Error"].get("Code", ""), place, login)
    if isinstance(error, exceptions.ConnectionError | exceptions.HTTPClientError):
        return _of_network(error)
    sentences: tuple[tuple[tuple[type[Exception], ...], str], ...] = (
        (
            (exceptions.ProfileNotFound,),
            f"There is no AWS profile of the name {known}; make it with aws configure, or set AWS_PROFILE.",
        ),
        (
            (exceptions.NoCredentialsError, exceptions.PartialCredentialsError),
            f"There are no AWS credentials in {place}; run aws configure, or {login}.",
        ),
        (
            (exceptions.NoRegionError,),
            f"No Region is set in {place}; set AWS_REGION, or region in samconfig.toml, or say --region.",
        ),
        ((exceptions.InvalidRegionError,), f"{error} Name a Region such as eu-west-1 (--region, AWS_REGION)."),
        (sso, f"The login of {place} is over or incomplete; run {login}. ({error})"),
    )
    return next((said for kinds, said in sentences if isinstance(error, kinds)), None)


def _of_credentials(code: str, place: str, login: str) -> str | None:
    if code in EXPIRED:
        return f"The credentials in {place} have expired; run {login}, or get new ones. ({code})"
    if code in WRONG:
        return f"AWS does not take the credentials in {place}; put valid ones there. ({code})"
    return None


def _of_network(error: Any) -> str:
    if any(here in str(error) for here in ("//127.0.0.1", "//localhost")):
        return f"No local cloud answers there; start it (make up), or name its port with --port. ({error})"
    return f"AWS cannot be reached from here: {error} Look at the network, the proxy and the Region (--region)."


def _of_request(error: BaseException) -> str | None:
    from botocore import exceptions

    if isinstance(error, exceptions.ParamValidationError):
        return f"AWS takes no such request; look at the names that you gave. {error}"
    if not isinstance(error, exceptions.ClientError):
        return None
    about = error.response["Error"]
    code = about.get("Code", "")
    said = f"{error.operation_name} ({code}): {about.get('Message') or 'without a reason'}"
    if code in DENIED:
        return f"AWS does not allow {said.rstrip('.')}. Give the caller that right; --help names all that are needed."
    if code in BUSY:
        return f"AWS is asked too often, at {said.rstrip('.')}. Run the command again in a minute."
    return f"AWS refused {said}"


def _of_file(error: BaseException) -> str | None:
    """The system's own words begin with a number, and say nothing to do."""
    if not isinstance(error, OSError):
        return None
    if error.filename is None:
        return f"This machine says: {error.strerror}." if error.strerror else None
    name = os.fsdecode(error.filename) if isinstance(error.filename, str | bytes) else str(error.filename)
    match error:
        case FileNotFoundError():
            return f"There is no file {name}; look at its name, and at the folder that you are in."
        case IsADirectoryError():
            return f"{name} is a folder; name a file."
        case PermissionError():
            return f"You may not open {name}; look at its owner and rights."
    return f"{name} cannot be used: {error.strerror}."
