"""Step Functions: an optimised integration answers with the metadata of the SDK.

AWS: the result of lambda:invoke, dynamodb:*, sqs:sendMessage, sns:publish, events:putEvents and states:startExecution
holds, beside what the service answered, SdkHttpMetadata (AllHttpHeaders, HttpHeaders, HttpStatusCode) and
SdkResponseMetadata (RequestId): Developer Guide, "Manipulate data with ResultSelector", and the answers of a real
account that localstack keeps under tests/aws/services/stepfunctions/v2/services. lambda:invoke names ExecutedVersion
too. aws-sdk:* integrations have none of it, nor has startExecution with ``.sync``.
MiniStack: gives only what the service answered. A state without ResultSelector, ResultPath or Output hands on another
shape than on AWS, some 700 bytes smaller.

The headers are those that AWS sends, in its order and capitals; x-amz-crc32 of DynamoDB is that of the answer's JSON.
"""

from __future__ import annotations

import binascii
import json
from collections.abc import Callable
from email.utils import formatdate

from ministack.core.responses import new_uuid
from ministack.services import lambda_svc

from local.gaps import _seams
from local.gaps._types import Json, Record

LEANS_ON = {
    "services.stepfunctions._invoke_resource": "(resource, input_data)",
    "services.lambda_svc._functions": "AccountRegionScopedDict",
}

_JSON, _JSON_1_0, _JSON_1_1 = "application/json", "application/x-amz-json-1.0", "application/x-amz-json-1.1"
_TYPES = {
    "dynamodb": _JSON_1_0,
    "sqs": _JSON_1_0,
    "states": _JSON_1_0,
    "events": _JSON_1_1,
    "sagemaker": _JSON_1_1,
    "sns": "text/xml",
    "lambda": _JSON,
}
_LATEST = "$LATEST"


def _call(resource: str) -> str:
    """ "dynamodb:putItem", or nothing where the answer has no metadata."""
    parts = resource.split(":states:::", 1)
    call = parts[1] if len(parts) == 2 else ""
    return "" if ".sync" in call or ".waitForTaskToken" in call or call.partition(":")[0] not in _TYPES else call


def executed_version(data: Record) -> str:
    """The version that lambda:invoke has run: of an alias the version that it points to."""
    name = str(data.get("FunctionName", "")).rsplit(":function:", 1)[-1]
    name, _, qualifier = name.partition(":")
    qualifier = str(data.get("Qualifier", "")) or qualifier
    alias = ((lambda_svc._functions.get(name) or {}).get("aliases") or {}).get(qualifier) or {}
    return str(alias.get("FunctionVersion") or qualifier or _LATEST)


def metadata(service: str, answer: Json, status: int, version: str | None = None) -> Record:
    """SdkHttpMetadata and SdkResponseMetadata of an answer of ``service``."""
    body = json.dumps(answer, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")
    request = new_uuid()
    own: dict[str, str] = {}
    if service == "dynamodb":
        own = {"Server": "Server", "x-amz-crc32": str(binascii.crc32(body))}
    elif service == "lambda":
        own = {"X-Amz-Executed-Version": version or _LATEST, "x-amzn-Remapped-Content-Length": "0"}
    headers = {
        **own,
        "Connection": "keep-alive",
        "x-amzn-RequestId": request,
        "Content-Length": str(len(body)),
        "Date": formatdate(usegmt=True),
        "Content-Type": _TYPES[service],
    }
    http = {
        "AllHttpHeaders": {name: [value] for name, value in headers.items()},
        "HttpHeaders": dict(sorted(headers.items(), key=lambda header: header[0].lower())),
        "HttpStatusCode": status,
    }
    return {"SdkHttpMetadata": http, "SdkResponseMetadata": {"RequestId": request}}


def _described(invoke: Callable[[str, Json], Json]) -> Callable[[str, Json], Json]:
    def invoke_resource(resource: str, input_data: Json) -> Json:
        answer = invoke(resource, input_data)
        service = _call(resource).partition(":")[0]
        if not service or not isinstance(answer, dict):
            return answer
        if service != "lambda":
            return {**answer, **metadata(service, answer, 200)}
        version = executed_version(input_data)
        described = metadata(service, answer.get("Payload"), answer.get("StatusCode", 200), version)
        return {"ExecutedVersion": version, **answer, **described}

    return invoke_resource


def install() -> None:
    """Close the gap in this process."""
    _seams.replace("services.stepfunctions._invoke_resource", _described)
