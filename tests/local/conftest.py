"""The local cloud is tested with a small template of its own, so that its tests say nothing about the application."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from local.cloud.testing import Cloud

TEMPLATES = Path(__file__).parent / "templates"


@pytest.fixture(scope="session")
def cloud(clouds: Callable[[Path | None], Cloud]) -> Cloud:
    """A cloud with `templates/small`."""
    return clouds(TEMPLATES / "small" / "template.yaml")


@pytest.fixture(scope="session")
def call(cloud: Cloud) -> Callable[..., dict[str, Any]]:
    """Calls a function by its logical id: `{error: None or "Unhandled", payload, log}`."""
    functions = cloud.client("lambda")

    def invoke(logical_id: str, event: object = None) -> dict[str, Any]:
        import base64

        answer = functions.invoke(FunctionName=cloud.physical_id(logical_id), Payload=json.dumps(event), LogType="Tail")
        return {
            "error": answer.get("FunctionError"),
            "payload": json.loads(answer["Payload"].read()),
            "log": base64.b64decode(answer.get("LogResult", "")).decode(),
        }

    return invoke
