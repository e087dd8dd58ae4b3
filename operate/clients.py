"""Where a command goes: to AWS with the caller's own profile and Region, or to a local cloud that runs."""

from __future__ import annotations

import os
import shlex
from dataclasses import dataclass
from typing import Any

from operate.errors import OperateError

DEFAULT_STACK = "millrace"
DEFAULT_PORT = 4566


class NoStack(OperateError):
    """There is no stack of the name."""


@dataclass(frozen=True)
class Target:
    """``port``: of a local cloud on 127.0.0.1; None is AWS. ``profile``, ``region``: None for the environment's own."""

    stack: str = DEFAULT_STACK
    port: int | None = None
    profile: str | None = None
    region: str | None = None

    def place(self) -> str:
        """The options by which another command goes to the same stack, with a space before them."""
        stack = self.stack if self.stack != DEFAULT_STACK else None
        given = {"stack-name": stack, "port": self.port, "profile": self.profile, "region": self.region}
        if self.port is not None:  # which has no profiles
            given["profile"] = None
        return "".join(f" --{option} {shlex.quote(str(value))}" for option, value in given.items() if value)

    def client(self, service: str) -> Any:
        """A boto3 client: of AWS with the profile's credentials, or of the local cloud as its root user."""
        import boto3
        from botocore.config import Config

        # Made at run time, so the stubs' literal names do not fit.
        session: Any = boto3.session.Session(profile_name=None if self.port else self.profile, region_name=self.region)
        if self.port is None:
            return _of_aws(session, service)
        return session.client(
            service,
            endpoint_url=f"http://127.0.0.1:{self.port}",
            region_name=self.region or os.environ.get("AWS_DEFAULT_REGION") or "us-east-1",
            aws_access_key_id="test",
            aws_secret_access_key="test",  # noqa: S106 - the local cloud's root user
            config=Config(proxies={}, retries={"max_attempts": 2}),
        )

    def outputs(self) -> dict[str, str]:
        """The stack's outputs by name. Raises OperateError where there is no such stack."""
        return {output["OutputKey"]: str(output["OutputValue"]) for output in self._described().get("Outputs", [])}

    def parameters(self) -> dict[str, str]:
        """The stack's parameters by name, as it was deployed. Raises OperateError where there is no such stack."""
        return {
            each["ParameterKey"]: str(each.get("ParameterValue", ""))
            for each in self._described().get("Parameters", [])
        }

    def resources(self) -> dict[str, str]:
        """Logical id -> name, URL or ARN of every resource of the stack and of the applications nested in it. Logical
        ids are unique over all templates of this application. Raises OperateError where there is no such stack."""
        return {name: place for name, (_, place) in self.typed_resources().items()}

    def typed_resources(self) -> dict[str, tuple[str, str]]:
        """The same with the type of each resource before its name."""
        self._described()
        found: dict[str, tuple[str, str]] = {}
        cloudformation, left = self.client("cloudformation"), [self.stack]
        while left:
            for page in cloudformation.get_paginator("list_stack_resources").paginate(StackName=left.pop()):
                for each in page["StackResourceSummaries"]:
                    name = str(each.get("PhysicalResourceId", ""))
                    if each["ResourceType"] == "AWS::CloudFormation::Stack" and name:
                        left.append(name)
                    found[each["LogicalResourceId"]] = (each["ResourceType"], name)
        return found

    def created(self) -> float:
        """When the stack was created, in epoch seconds. Raises OperateError where there is no such stack."""
        return float(self._described()["CreationTime"].timestamp())

    def _described(self) -> Any:
        from botocore.exceptions import ClientError

        cloudformation = self.client("cloudformation")
        try:
            return cloudformation.describe_stacks(StackName=self.stack)["Stacks"][0]
        except ClientError as error:
            if error.response["Error"]["Code"] != "ValidationError":
                raise
            place = f"the local cloud on port {self.port}" if self.port else cloudformation.meta.region_name
            raise NoStack(f"There is no stack {self.stack} in {place}; name yours with --stack-name.") from error

    def output(self, name: str, instead: str) -> str:
        """One output. Raises OperateError where the stack lacks it; ``instead`` says what to do then."""
        outputs = self.outputs()
        if name not in outputs:
            raise OperateError(f"The stack {self.stack} has no output {name}; {instead}.")
        return outputs[name]


def _of_aws(session: Any, service: str) -> Any:
    try:
        return session.client(service)
    except ValueError as error:  # botocore's "Invalid endpoint"
        from botocore.exceptions import BotoCoreError

        if isinstance(error, BotoCoreError):  # such as a Region that is none
            raise
        raise OperateError(f"{error}: correct AWS_ENDPOINT_URL, or unset it for AWS itself.") from error
