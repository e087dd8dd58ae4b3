"""Amazon Textract's text detection and document analysis, by OCR and rules of layout.

The wire is AWS's: names, limits, errors and status codes come from the service model textract/2018-06-27, which
botocore carries. What is found is a stand-in's work, and every answer says so in ``x-millrace-engine``.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Mapping
from typing import Any

from local.cloud.http import Request, Response
from local.services.errors import ServiceError
from local.services.textract import access, engine, switches
from local.services.textract.errors import InvalidParameter
from local.services.textract.jobs import Job, Jobs, new_id
from local.services.textract.pages import MOST_SYNC_BYTES, Document
from local.services.textract.queries import Query
from local.services.textract.switches import MODEL

MOST_SYNC_QUERIES = 15
MOST_ASYNC_QUERIES = 30
"""Queries of one page ("Set Quotas in Amazon Textract")."""

JOBS = Jobs()
control = switches.control

_JSON = "application/x-amz-json-1.1"


def handle(request: Request) -> Response:
    """Answer one Textract call; signature and permissions were checked before."""
    operation = request.headers.get("x-amz-target", "").rpartition(".")[2]
    headers = {"content-type": _JSON, "x-amzn-requestid": str(uuid.uuid4()), "x-millrace-engine": engine.version()}
    try:
        body = _answer(request, operation)
        switches.USAGE.count(**{operation: 1})
    except ServiceError as error:
        switches.USAGE.count(**{error.code: 1})
        return error.response(headers)
    return Response(200, headers, body)


def _answer(request: Request, operation: str) -> bytes:
    answer = _OPERATIONS.get(operation)
    if answer is None:
        known = operation in MODEL.model["operations"]
        raise ServiceError(
            "NotImplementedLocally" if known else "UnknownOperationException",
            f"The local Textract has {', '.join(sorted(_OPERATIONS))}, not {operation or 'a call without a target'}.",
            501 if known else 400,
        )
    body = MODEL.read(operation, request.body or b"{}")
    switches.THROTTLES.of(request.account, request.region).admit(operation)
    switches.strike(operation)
    return answer(request, body)


# --- synchronous -----------------------------------------------------------------------------------------------


def _analyze_document(request: Request, body: Mapping[str, Any]) -> bytes:
    features = _features(body)
    if "HumanLoopConfig" in body:
        raise ServiceError("NotImplementedLocally", "The local Textract has no human review (HumanLoopConfig).", 501)
    queries = _queries(body, features, MOST_SYNC_QUERIES)
    pages, blocks = _synchronous(request, body["Document"], features, queries)
    return json.dumps(
        {"DocumentMetadata": {"Pages": pages}, "Blocks": blocks, "AnalyzeDocumentModelVersion": engine.version()}
    ).encode()


def _detect_document_text(request: Request, body: Mapping[str, Any]) -> bytes:
    pages, blocks = _synchronous(request, body["Document"], frozenset(), ())
    return json.dumps(
        {"DocumentMetadata": {"Pages": pages}, "Blocks": blocks, "DetectDocumentTextModelVersion": engine.version()}
    ).encode()


def _synchronous(
    request: Request, given: Mapping[str, Any], features: frozenset[str], queries: tuple[Query, ...]
) -> tuple[int, list[dict[str, Any]]]:
    data = _document(request, given)
    with Document(data, synchronous=True) as document:
        pages = list(engine.analyse(document, engine.digest(data), features, queries))
        switches.USAGE.count(pages=document.pages)
        return document.pages, [block for page in pages for block in page]


def _document(request: Request, given: Mapping[str, Any]) -> bytes:
    if ("Bytes" in given) == ("S3Object" in given):
        raise InvalidParameter
    if "Bytes" in given:
        data: bytes = given["Bytes"]
        return data
    wanted = access.reference(given["S3Object"])
    found = access.look(request, wanted)
    if found.size > MOST_SYNC_BYTES:
        # Before it is fetched: the same error as by its bytes.
        Document.refuse_size(found.size)
    return access.read(request.region, wanted, found)


def _features(body: Mapping[str, Any]) -> frozenset[str]:
    features = frozenset(body["FeatureTypes"])
    if not features:
        raise InvalidParameter("Request has invalid parameters: FeatureTypes is empty")
    if "AdaptersConfig" in body:
        raise ServiceError("NotImplementedLocally", "The local Textract has no adapters (AdaptersConfig).", 501)
    return features


def _queries(body: Mapping[str, Any], features: frozenset[str], most: int) -> tuple[Query, ...]:
    given = body.get("QueriesConfig", {}).get("Queries", [])
    if bool(given) != ("QUERIES" in features):
        raise InvalidParameter("Request has invalid parameters: QUERIES and QueriesConfig go together")
    queries = tuple(Query(one["Text"], one.get("Alias"), tuple(one.get("Pages") or ("1",))) for one in given)
    if len(queries) > most:
        raise InvalidParameter(f"Request has invalid parameters: more than {most} queries")
    return queries


# --- asynchronous ----------------------------------------------------------------------------------------------


def _start_analysis(request: Request, body: Mapping[str, Any]) -> bytes:
    features = _features(body)
    return _start(request, body, "StartDocumentAnalysis", features, _queries(body, features, MOST_ASYNC_QUERIES))


def _start_detection(request: Request, body: Mapping[str, Any]) -> bytes:
    return _start(request, body, "StartDocumentTextDetection", frozenset(), ())


def _start(
    request: Request, body: Mapping[str, Any], operation: str, features: frozenset[str], queries: tuple[Query, ...]
) -> bytes:
    before = JOBS.known(request, operation, body)
    if before is not None:
        return json.dumps({"JobId": before}).encode()
    reference = access.reference(body["DocumentLocation"].get("S3Object", {}))
    head = access.look(request, reference)
    if "NotificationChannel" in body:
        access.check_role(request, body["NotificationChannel"]["RoleArn"])
    job = Job(
        id=new_id(),
        operation=operation,
        account=request.account,
        region=request.region,
        request=dict(body),
        source=reference,
        found=head,
        fault=switches.job_fault(),
        features=features,
        queries=queries,
    )
    if "OutputConfig" in body:
        config = body["OutputConfig"]
        prefix = f"{config.get('S3Prefix', 'textract_output').strip('/')}/{job.id}"
        access.allow_output(request, config["S3Bucket"], prefix)
    started = JOBS.start(job, switches.THROTTLES.of(request.account, request.region))
    return json.dumps({"JobId": started}).encode()


def _get_analysis(request: Request, body: Mapping[str, Any]) -> bytes:
    return JOBS.get(request, "StartDocumentAnalysis", body)


def _get_detection(request: Request, body: Mapping[str, Any]) -> bytes:
    return JOBS.get(request, "StartDocumentTextDetection", body)


_OPERATIONS: dict[str, Callable[[Request, Mapping[str, Any]], bytes]] = {
    "AnalyzeDocument": _analyze_document,
    "DetectDocumentText": _detect_document_text,
    "StartDocumentAnalysis": _start_analysis,
    "GetDocumentAnalysis": _get_analysis,
    "StartDocumentTextDetection": _start_detection,
    "GetDocumentTextDetection": _get_detection,
}
