"""InvokeEndpoint: its limits are botocore's and SageMaker's, and its troubles have names."""

from __future__ import annotations

import io
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError
from botocore.session import get_session

from common import aws
from common.errors import ServiceUnavailable
from services import sagemaker_runtime
from tests.unit.llm.paid_builders import refusal


def test_the_largest_body_is_botocores():
    shape = get_session().get_service_model("sagemaker-runtime").shape_for("BodyBlob")
    assert shape.metadata["max"] == sagemaker_runtime.MOST_BYTES


def test_a_model_has_its_60_seconds_and_a_little(monkeypatch: pytest.MonkeyPatch):
    asked: list[dict[str, Any]] = []

    class Client:
        def invoke_endpoint(self, **request: Any) -> dict[str, Any]:
            asked.append(request)
            return {"Body": io.BytesIO(b"[]")}

    def client(_service: str, *, attempts: int, read_timeout: int) -> Client:
        assert attempts == 2
        assert 60 < read_timeout < 120
        return Client()

    monkeypatch.setattr(aws, "client", client)
    assert sagemaker_runtime.invoke("writer", b"{}") == b"[]"
    assert asked[0]["EndpointName"] == "writer"
    assert asked[0]["Body"] == b"{}"


@pytest.mark.parametrize("left", [*sagemaker_runtime.SHORTER_SECONDS, 10.0, 14.9, 15.0, 24.9, 25.0, 26.0])
def test_a_caller_with_less_time_has_its_answer_before_it_is_over(monkeypatch: pytest.MonkeyPatch, left: float):
    def client(_service: str, *, attempts: int, read_timeout: int) -> Any:
        assert attempts * (read_timeout + sagemaker_runtime.CONNECT_SECONDS) <= left
        return SimpleNamespace(invoke_endpoint=lambda **_: {"Body": io.BytesIO(b"[]")})

    monkeypatch.setattr(aws, "client", client)
    if left < sagemaker_runtime.LEAST_SECONDS:
        with pytest.raises(ServiceUnavailable, match="no time left"):
            sagemaker_runtime.invoke("writer", b"{}", left=left)
    else:
        assert sagemaker_runtime.invoke("writer", b"{}", left=left) == b"[]"


def test_connecting_takes_as_long_as_clients_let_it(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    aws.client.cache_clear()
    client = aws.client("sagemaker-runtime", attempts=1, read_timeout=5)
    assert client.meta.config.connect_timeout == sagemaker_runtime.CONNECT_SECONDS


@pytest.mark.parametrize("code", ["ThrottlingException", *sorted(sagemaker_runtime.AILING)])
def test_what_may_pass_later_is_named_so(code: str):
    with pytest.raises(ServiceUnavailable, match=code), sagemaker_runtime.patient("writer"):
        raise refusal(code)


@pytest.mark.parametrize(
    ("status", "fault"), [(400, 400), (422, 422), (408, None), (429, None), (500, None), ("400", None), (None, None)]
)
def test_whose_fault_a_containers_error_is(status: object, fault: int | None):
    error = ClientError({"Error": {"Code": "ModelError"}, "OriginalStatusCode": status}, "InvokeEndpoint")  # type: ignore[typeddict-unknown-key]
    assert sagemaker_runtime.refused_request(error) == fault
