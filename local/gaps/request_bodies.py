"""Requests of the AWS JSON protocol: a body of the members and types that the operation has.

AWS: a body that is no JSON object, and a member of another JSON type than its shape, are SerializationException, 400
(AWS JSON 1.1 protocol; "NUMBER_VALUE can not be converted to a String"); members that are missing or break a length,
range, enum or pattern of the service's model are ValidationException ("1 validation error detected: Value ... failed to
satisfy constraint", API reference, "Common errors"), which CloudWatch Logs calls InvalidParameterException and Athena
InvalidRequestException. Members that the model does not have are ignored.
MiniStack: looks at single members of single operations; a list for a body, or a number for a name, is an exception of
Python's and 500.

Constraints are kept for the services of ``_CONSTRAINED``, whose models are known to say what the service checks. Of the
others, which have words of their own for each member (SQS, Secrets Manager), only the types are looked at.
Open: requests in CBOR, which SDKs for Java send to Kinesis and all send to CloudWatch; services of the query protocol,
where everything is text.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable

from ministack import app
from ministack.core import iam_evaluator, router

from local.gaps import _doors, _seams
from local.gaps._types import Answer, Record, json_error
from local.services.errors import Unreadable
from local.services.shapes import json_object

LEANS_ON = {
    "app._authenticate_only": "(service, headers, query_params, request_id)",
    "app._decompress_request_body": "(body, headers)",
    "app._dispatch_service_request": "(method, path, headers, body, query_params, request_id)",
    "core.iam_evaluator.pin_request_caller": "(headers, query_params=None)",
    "core.router.detect_service": "(method, path, headers, query_params)",
}

#: What stands before the point in X-Amz-Target: botocore's name of the service.
SERVICES = {
    "AmazonSQS": "sqs",
    "DynamoDBStreams_20120810": "dynamodbstreams",
    "DynamoDB_20120810": "dynamodb",
    "secretsmanager": "secretsmanager",
    "GraniteServiceVersion20100801": "cloudwatch",
    "Logs_20140328": "logs",
    "AmazonSSM": "ssm",
    "AWSEvents": "events",
    "Kinesis_20131202": "kinesis",
    "AWSStepFunctions": "stepfunctions",
    "AmazonEC2ContainerServiceV20141113": "ecs",
    "AWSGlue": "glue",
    "AmazonAthena": "athena",
    "Transcribe": "transcribe",
    "Firehose_20150804": "firehose",
    "AWSCognitoIdentityProviderService": "cognito-idp",
    "AWSCognitoIdentityService": "cognito-identity",
    "ElasticMapReduce": "emr",
    "AmazonEC2ContainerRegistry_V20150921": "ecr",
    "CertificateManager": "acm",
    "AWSWAF_20190729": "wafv2",
    "AWSOrganizationsV20161128": "organizations",
    "TrentService": "kms",
    "CodeBuild_20161006": "codebuild",
    "TransferService": "transfer",
    "Route53AutoNaming_v20170314": "servicediscovery",
    "CloudApiService": "cloudcontrol",
    "StarlingDoveService": "config",
    "ResourceGroupsTaggingAPI_20170126": "resourcegroupstaggingapi",
    "AWSBudgetServiceGateway": "budgets",
}

#: The error by which each says that a member breaks the model.
_CONSTRAINED = {
    "athena": "InvalidRequestException",
    "dynamodb": "ValidationException",
    "dynamodbstreams": "ValidationException",
    "events": "ValidationException",
    "firehose": "ValidationException",
    "glue": "ValidationException",
    "kinesis": "ValidationException",
    "kms": "ValidationException",
    "logs": "InvalidParameterException",
    "ssm": "ValidationException",
    "stepfunctions": "ValidationException",
}

_Dispatch = Callable[[str, str, Record, bytes, Record, str], Awaitable[Answer]]


def refusal(target: str, body: bytes) -> Answer | None:
    """The answer to a request that the operation behind ``target`` cannot be; None for all others."""
    prefix, _, operation = target.rpartition(".")
    service = SERVICES.get(prefix)
    if service is None:
        return None
    try:
        request = json_object(body or b"{}")
        model = _doors.model(service)
        problems = model.problems(operation, request) if model.takes(operation) else []
    except Unreadable as error:
        return json_error(error.code, error.message)
    if service in _CONSTRAINED and problems:
        return _refused(service, problems)
    return None


def _refused(service: str, problems: list[str]) -> Answer:
    try:
        _doors.refuse(problems, _CONSTRAINED[service])
    except _doors.RefusedError as error:
        status, headers, body = json_error(error.code, error.message)
    if service == "athena":
        body = json.dumps({**json.loads(body), "AthenaErrorCode": "INVALID_INPUT"}).encode()
    return status, headers, body


def _checked(dispatch: _Dispatch) -> _Dispatch:
    async def dispatch_service_request(
        method: str, path: str, headers: Record, body: bytes, query_params: Record, request_id: str
    ) -> Answer:
        target = headers.get("x-amz-target")
        if method == "POST" and target and "json" in headers.get("content-type", ""):
            answer = refusal(target, app._decompress_request_body(body, dict(headers)))
            if answer is not None:
                iam_evaluator.pin_request_caller(headers, query_params)
                service = router.detect_service(method, path, headers, query_params)
                unknown: Answer | None = app._authenticate_only(service, headers, query_params, request_id)
                return unknown or answer
        return await dispatch(method, path, headers, body, query_params, request_id)

    return dispatch_service_request


def install() -> None:
    """Close the gap in this process."""
    _seams.replace("app._dispatch_service_request", _checked)
