"""A model taken out of service; and every endpoint of a stack that is about to go, since no template names them."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from typing import Any

from operate import asking
from operate.clients import Target
from operate.errors import OperateError
from operate.training import overview

GONE = frozenset({"ValidationException", "ResourceNotFound", "ResourceNotFoundException"})
"""What SageMaker says of a thing that is not there."""


def agreed(yes: bool) -> bool:
    """Whether the person has said yes, before or now; a program that does not say it beforehand has not."""
    if yes or not sys.stdin.isatty():
        return yes
    return asking.answer("Nobody is answered by it then. Type yes: ", "Nothing was retired.") == "yes"


def command(target: Target, name: str, agreed: Callable[[], bool]) -> Iterator[str]:
    """Lines for a person. Raises OperateError where no such model serves, or nobody has agreed; ConcurrentUpdate."""
    from training.deploying import endpoints, retirement
    from training.serving import pointers

    here = overview.places(target)
    serves = pointers.read(here.bucket, name)
    if serves is None or serves.version is None:
        raise OperateError(f"No version of {name} serves: models list shows what does.")
    yield f"{name} {serves.version} serves; its versions stay in s3://{here.bucket.name}/models/{name}/"
    if not agreed():
        raise OperateError("Nothing was retired. To retire it without being asked: --yes.")
    before = retirement.withdraw(here.bucket, name)
    yield f"{name} is retired: who asks is answered 404 within seconds; put a manifest to train it anew"
    if before and before.endpoint:
        delete(target.client("sagemaker"), before.endpoint)
        endpoints.forget(here.table, before.endpoint)
        yield f"its endpoint {before.endpoint} is deleted"


def all_of(target: Target) -> Iterator[str]:
    """Deletes every endpoint of the stack, a line each; none where it has no training."""
    prefix = target.outputs().get("TrainingPrefix")
    if prefix is None:
        return
    client = target.client("sagemaker")
    for name in overview.endpoints_of(target, prefix):
        delete(client, name)
        yield name


def delete(client: Any, name: str) -> None:
    """The endpoint, its configuration and its model, which share a name; what is gone is fine."""
    from botocore.exceptions import ClientError

    for call, member in (
        (client.delete_endpoint, "EndpointName"),
        (client.delete_endpoint_config, "EndpointConfigName"),
        (client.delete_model, "ModelName"),
    ):
        try:
            call(**{member: name})
        except ClientError as error:
            if error.response["Error"]["Code"] not in GONE:
                raise
