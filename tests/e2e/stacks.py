"""The stack under test, found through its outputs: on the local cloud, or deployed on AWS.

``MILLRACE_E2E=aws`` uses the caller's own credentials and Region and the stack called ``MILLRACE_STACK`` (millrace).
Tests leave articles, fragments and sounds behind whose names hold ``e2e-``, and turn an alarm on: give them a stack of
their own.
"""

from __future__ import annotations

import json
import os
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NoReturn

import pytest

from local.cloud import stacks
from local.cloud.settings import DEFAULT_STACK
from local.cloud.testing import Cloud


@dataclass(frozen=True)
class Usage:
    """What Polly answered and billed so far."""

    requests: int
    characters: int


@dataclass
class Stack:
    """A deployed stack and the clients of its account."""

    name: str
    make_client: Callable[[str], Any]
    usage: Callable[[], Usage] | None = None
    """Polly's own count; only the local cloud's Polly tells it."""
    _clients: dict[str, Any] = field(default_factory=dict, repr=False)

    def client(self, service: str) -> Any:
        if service not in self._clients:
            self._clients[service] = self.make_client(service)
        return self._clients[service]

    @cached_property
    def _described(self) -> Mapping[str, Any]:
        found: Mapping[str, Any] = self.client("cloudformation").describe_stacks(StackName=self.name)["Stacks"][0]
        return found

    @cached_property
    def outputs(self) -> Mapping[str, str]:
        return {output["OutputKey"]: output["OutputValue"] for output in self._described["Outputs"]}

    @cached_property
    def parameters(self) -> Mapping[str, str]:
        return {one["ParameterKey"]: one["ParameterValue"] for one in self._described["Parameters"]}

    def physical_id(self, logical_id: str) -> str:
        """The name that the stack, or an application nested in it, gave to a resource."""
        return stacks.physical_id(self.client("cloudformation"), self.name, logical_id)


def wants_aws() -> bool:
    """Whether the caller asked for a deployed stack. Raises ValueError for a word that means nothing."""
    word = os.environ.get("MILLRACE_E2E", "local")
    if word not in {"local", "aws"}:
        raise ValueError(f"MILLRACE_E2E={word!r}: use aws for a deployed stack, or leave it out")
    return word == "aws"


def lacks(reason: str) -> NoReturn:
    """Ends a test for which the stack has nothing: skipped where an owner chose so, failed on the local cloud, whose
    parameters are ours."""
    if wants_aws():
        pytest.skip(reason)
    pytest.fail(f"{reason}: see [local] in samconfig.toml")


def deployed() -> Stack:
    import boto3

    session: Any = boto3.session.Session()
    return Stack(os.environ.get("MILLRACE_STACK", DEFAULT_STACK), session.client)


def local(cloud: Cloud) -> Stack:
    def usage() -> Usage:
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(f"{cloud.url}/_local/polly/usage", timeout=10) as answer:
            told = json.load(answer)
        return Usage(told["requests"], told["characters"])

    return Stack(cloud.stack, cloud.client, usage)
