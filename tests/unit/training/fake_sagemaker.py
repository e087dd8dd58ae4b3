"""SageMaker's registry and endpoints in memory, in place of ``services.sagemaker``."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest

from services import sagemaker


@dataclass
class FakeSageMaker:
    """``hook``: told before and after each call. ``status``: that new endpoints get."""

    hook: Callable[[str], None] = lambda _: None
    groups: set[str] = field(default_factory=set)
    packages: dict[str, dict[str, Any]] = field(default_factory=dict)
    models: dict[str, dict[str, Any]] = field(default_factory=dict)
    configs: dict[str, dict[str, Any]] = field(default_factory=dict)
    endpoints: dict[str, dict[str, Any]] = field(default_factory=dict)
    status: str = "InService"

    def install(self, monkeypatch: pytest.MonkeyPatch) -> None:
        for name in (
            "ensure_group", "create_package", "set_approval", "approval_of", "ensure_model", "ensure_config",
            "ensure_endpoint", "endpoint_state", "delete_endpoint", "list_endpoints",
        ):  # fmt: skip
            monkeypatch.setattr(sagemaker, name, self._hooked(name))
        monkeypatch.setattr(sagemaker, "patient", _patient)

    def _hooked(self, name: str) -> Callable[..., Any]:
        does = getattr(self, name)

        def call(*arguments: Any, **named: Any) -> Any:
            self.hook(f"before sagemaker.{name}")
            answer = does(*arguments, **named)
            self.hook(f"after sagemaker.{name}")
            return answer

        return call

    def ensure_group(self, name: str) -> None:
        self.groups.add(name)

    def create_package(self, group: str, *, token: str, approval: str, **said: Any) -> str:
        assert group in self.groups
        for arn, package in self.packages.items():
            if package["token"] == token:
                return arn
        arn = f"arn:aws:sagemaker:us-east-1:123456789012:model-package/{group}/{len(self.packages) + 1}"
        self.packages[arn] = {"token": token, "approval": approval, **said}
        return arn

    def set_approval(self, arn: str, state: str) -> None:
        self.packages[arn]["approval"] = state

    def approval_of(self, arn: str) -> str:
        return str(self.packages[arn]["approval"])

    def ensure_model(self, name: str, **said: Any) -> None:
        self.models.setdefault(name, said)

    def ensure_config(self, name: str, **said: Any) -> None:
        assert said["model"] in self.models
        self.configs.setdefault(name, said)

    def ensure_endpoint(self, name: str, *, config: str) -> None:
        assert config in self.configs
        self.endpoints.setdefault(name, {"status": self.status, "config": config, "reason": ""})

    def endpoint_state(self, name: str) -> tuple[str, str, str] | None:
        found = self.endpoints.get(name)
        return None if found is None else (found["status"], found["config"], found["reason"])

    def delete_endpoint(self, name: str) -> None:
        for kept in (self.endpoints, self.configs, self.models):
            kept.pop(name, None)

    def list_endpoints(self, prefix: str) -> list[str]:
        return [name for name in self.endpoints if name.startswith(prefix)]


@contextmanager
def _patient(**_: Any) -> Iterator[None]:
    yield
