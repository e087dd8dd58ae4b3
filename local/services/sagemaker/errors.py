"""SageMaker's errors, in the words that AWS's answers and reports of its users show."""

from __future__ import annotations

from typing import Final

from local.services.errors import ServiceError
from local.services.shapes import ServiceModel

MODEL: Final = ServiceModel("sagemaker")


class Invalid(ServiceError):
    """ValidationException: what the service answers to nearly everything that cannot be."""

    def __init__(self, message: str) -> None:
        super().__init__("ValidationException", message)


class NotHere(ServiceError):
    """What SageMaker can do and this stand-in cannot: loud, and under no name of AWS's."""

    def __init__(self, what: str) -> None:
        super().__init__("NotImplementedLocally", f"The local SageMaker has no {what}.", 501)


def in_use(arn: str) -> ServiceError:
    """The name of a training job is taken, for ever."""
    return ServiceError(
        "ResourceInUse",
        f"Job name must be unique within an AWS account and region, and a job with this name already exists ({arn})",
    )


def limit(what: str, most: int, now: int, kind: str = "Instances") -> ServiceError:
    """An account's quota is used up."""
    return ServiceError(
        "ResourceLimitExceeded",
        f"The account-level service limit '{what}' is {most} {kind}, with current utilization of {now} {kind} and a "
        f"request delta of 1 {kind}. Please use AWS Service Quotas to request an increase for this quota. If AWS "
        "Service Quotas is not available, contact AWS support to request an increase for this quota.",
    )


def throttled() -> ServiceError:
    """Not in the model, and answered all the same (sagemaker-python-sdk #645)."""
    return ServiceError("ThrottlingException", "Rate exceeded")


def exists(what: str, arn: str) -> Invalid:
    """The name of a model, endpoint or configuration is taken."""
    return Invalid(f'Cannot create already existing {what} "{arn}".')


def missing(what: str, arn: str) -> Invalid:
    """There is no such model, endpoint or configuration."""
    return Invalid(f'Could not find {what} "{arn}".')
