"""The calls of Amazon S3 Vectors: which operation a request is, what its members are, what it answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final
from urllib.parse import unquote

from local.cloud.http import Request, Response, as_json
from local.services.errors import InvalidMembers, ServiceError
from local.services.s3vectors import buckets, errors, records, switches
from local.services.shapes import ServiceModel, json_object

NAME: Final = "millrace-vectors (exact, numpy)"
MOST_BYTES: Final = 20 * 1_048_576
"""Of a request (S3 user guide, "Limitations and restrictions")."""
_TAGS: Final = "/tags/"
_TAG_CALLS: Final = {"GET": "ListTagsForResource", "POST": "TagResource", "DELETE": "UntagResource"}

Call = Callable[[Mapping[str, Any], str, str], dict[str, Any]]
CALLS: Final[Mapping[str, Call]] = {
    "CreateVectorBucket": buckets.create_bucket,
    "GetVectorBucket": buckets.get_bucket,
    "ListVectorBuckets": buckets.list_buckets,
    "DeleteVectorBucket": buckets.delete_bucket,
    "PutVectorBucketDefaultIndexMode": buckets.default_mode,
    "PutVectorBucketPolicy": buckets.put_policy,
    "GetVectorBucketPolicy": buckets.get_policy,
    "DeleteVectorBucketPolicy": buckets.delete_policy,
    "CreateIndex": buckets.create_index,
    "GetIndex": buckets.get_index,
    "ListIndexes": buckets.list_indexes,
    "DeleteIndex": buckets.delete_index,
    "UpdateIndexMode": buckets.index_mode,
    "PutVectors": records.put,
    "GetVectors": records.get,
    "DeleteVectors": records.delete,
    "ListVectors": records.listed,
    "QueryVectors": records.query,
    "ListTagsForResource": buckets.list_tags,
    "TagResource": buckets.tag,
    "UntagResource": buckets.untag,
}
MODEL: Final = ServiceModel("s3vectors")
control = switches.control


def handle(request: Request) -> Response:
    """Answer one call; signature and permissions were checked before."""
    operation = _operation(request)
    call = CALLS.get(operation)
    if call is None:
        return _error(ServiceError("UnknownOperationException", f"S3 Vectors has no {request.path}.", 404))
    switches.USAGE.count(requests=1)
    try:
        switches.strike(operation)
        return as_json(200, call(_members(operation, request), request.region, request.account), _HEADERS)
    except InvalidMembers as error:
        return _error(errors.invalid(error.problems))
    except ServiceError as error:
        if error.code == "TooManyRequestsException":
            switches.USAGE.count(throttled=1)
        return _error(error)


_HEADERS: Final = {"x-millrace-engine": NAME}


def _error(error: ServiceError) -> Response:
    return error.response(_HEADERS)


def _operation(request: Request) -> str:
    if request.path.startswith(_TAGS):
        return _TAG_CALLS.get(request.method, "")
    return request.path.strip("/") if request.method == "POST" else ""


def _members(operation: str, request: Request) -> dict[str, Any]:
    if len(request.body) > MOST_BYTES:
        raise errors.Invalid(f"A request has at most {MOST_BYTES} bytes")
    members = json_object(request.body or b"{}")
    if request.path.startswith(_TAGS):
        members["resourceArn"] = unquote(request.path.removeprefix(_TAGS))
        if operation == "UntagResource":
            members["tagKeys"] = list(request.query.get("tagKeys", []))
    lists = _taken_out(members)
    checked = MODEL.members(operation, members)
    for holder, numbers in zip(_holders(checked), lists, strict=True):
        if numbers is not None:
            holder["float32"] = numbers
    return checked


def _holders(members: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The structures of a request that hold a vector's numbers."""
    vectors = members.get("vectors")
    found = [one.get("data") for one in vectors if isinstance(one, dict)] if isinstance(vectors, list) else []
    found.append(members.get("queryVector"))
    return [one for one in found if isinstance(one, dict)]


def _taken_out(members: Mapping[str, Any]) -> list[list[Any] | None]:
    """The numbers of each vector, which the model is not asked about one by one: a request may have two million."""
    taken: list[list[Any] | None] = []
    for holder in _holders(members):
        numbers = holder.get("float32")
        taken.append(numbers if isinstance(numbers, list) else None)
        if isinstance(numbers, list):
            holder["float32"] = []
    return taken
