"""Whether an error says that nothing was billed: the service refused the request, or never got it."""

from __future__ import annotations

from collections.abc import Iterator


def is_unbilled(error: BaseException) -> bool:
    """True where AWS answered with an error, or no connection came about. An answer that broke off, or that nobody
    waited for any longer, may be billed. AWS bills no request that it answers with an error."""
    from botocore.exceptions import (
        ClientError,
        ConnectTimeoutError,
        EndpointConnectionError,
        NoCredentialsError,
        ParamValidationError,
    )

    unsent = (ClientError, ConnectTimeoutError, EndpointConnectionError, NoCredentialsError, ParamValidationError)
    return any(isinstance(each, unsent) for each in _behind(error))


def _behind(error: BaseException) -> Iterator[BaseException]:
    """The error and what it was raised from: our own names stand in front of AWS's."""
    seen: set[int] = set()
    each: BaseException | None = error
    while each is not None and id(each) not in seen:
        seen.add(id(each))
        yield each
        each = each.__cause__ or each.__context__
