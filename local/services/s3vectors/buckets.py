"""Calls about vector buckets, indexes, policies and tags.

Each takes the members of its request, which the model has checked.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from local.services.s3vectors import pages, places
from local.services.s3vectors.errors import Invalid, NotFound
from local.services.s3vectors.places import Place
from local.services.s3vectors.store import MODE, STORE, Bucket, Index, check_tags

Members = Mapping[str, Any]
_PAGE = 500


def create_bucket(members: Members, region: str, account: str) -> dict[str, Any]:
    place = Place(region, account, members["vectorBucketName"])
    STORE.make_bucket(place, members.get("encryptionConfiguration"), members.get("tags") or {})
    return {"vectorBucketArn": place.arn}


def get_bucket(members: Members, region: str, account: str) -> dict[str, Any]:
    found = STORE.bucket(places.bucket(members, region, account))
    more = {"encryptionConfiguration": dict(found.encryption), "defaultIndexMode": MODE}
    return {"vectorBucket": {**_summary_of_bucket(found), **more}}


def list_buckets(members: Members, region: str, account: str) -> dict[str, Any]:
    named = {one.place.bucket: _summary_of_bucket(one) for one in STORE.buckets(account, region)}
    return _page(members, "ListVectorBuckets", "vectorBuckets", named)


def delete_bucket(members: Members, region: str, account: str) -> dict[str, Any]:
    STORE.delete_bucket(places.bucket(members, region, account))
    return {}


def default_mode(members: Members, region: str, account: str) -> dict[str, Any]:
    STORE.bucket(places.bucket(members, region, account))
    _no_classic(members["defaultIndexMode"], "/defaultIndexMode")
    return {}


def create_index(members: Members, region: str, account: str) -> dict[str, Any]:
    named = {key: members[key] for key in ("vectorBucketName", "vectorBucketArn") if key in members}
    within = places.bucket(named, region, account)
    place = Place(within.region, within.account, within.bucket, members["indexName"])
    return {"indexArn": STORE.make_index(place, members).place.arn}


def get_index(members: Members, region: str, account: str) -> dict[str, Any]:
    found = STORE.index(places.index(members, region, account))
    described = {
        **_summary_of_index(found),
        "dataType": "float32",
        "dimension": found.dimension,
        "distanceMetric": found.metric,
        "encryptionConfiguration": dict(found.encryption),
        "indexMode": MODE,
    }
    if found.hidden:
        described["metadataConfiguration"] = {"nonFilterableMetadataKeys": list(found.hidden)}
    return {"index": described}


def list_indexes(members: Members, region: str, account: str) -> dict[str, Any]:
    within = STORE.bucket(places.bucket(members, region, account))
    named = {name: _summary_of_index(within.indexes[name]) for name in sorted(within.indexes)}
    return _page(members, "ListIndexes", "indexes", named)


def delete_index(members: Members, region: str, account: str) -> dict[str, Any]:
    STORE.delete_index(places.index(members, region, account))
    return {}


def index_mode(members: Members, region: str, account: str) -> dict[str, Any]:
    STORE.index(places.index(members, region, account))
    _no_classic(members["indexMode"], "/indexMode")
    return {}


def put_policy(members: Members, region: str, account: str) -> dict[str, Any]:
    found = STORE.bucket(places.bucket(members, region, account))
    try:
        policy = json.loads(members["policy"])
    except (ValueError, RecursionError):
        policy = None
    if not isinstance(policy, dict) or not policy.get("Statement"):
        raise Invalid("Invalid policy document", [("/policy", "A policy is a JSON object with a Statement")])
    found.policy = members["policy"]
    return {}


def get_policy(members: Members, region: str, account: str) -> dict[str, Any]:
    found = STORE.bucket(places.bucket(members, region, account))
    if found.policy is None:
        raise NotFound("vector bucket policy")
    return {"policy": found.policy}


def delete_policy(members: Members, region: str, account: str) -> dict[str, Any]:
    STORE.bucket(places.bucket(members, region, account)).policy = None
    return {}


def list_tags(members: Members, region: str, account: str) -> dict[str, Any]:
    return {"tags": dict(STORE.tagged(members["resourceArn"], region, account).tags)}


def tag(members: Members, region: str, account: str) -> dict[str, Any]:
    found = STORE.tagged(members["resourceArn"], region, account)
    tags = {**found.tags, **members["tags"]}
    check_tags(tags)
    found.tags.update(tags)
    return {}


def untag(members: Members, region: str, account: str) -> dict[str, Any]:
    found = STORE.tagged(members["resourceArn"], region, account)
    for key in members["tagKeys"]:
        found.tags.pop(key, None)
    return {}


def _no_classic(mode: str, path: str) -> None:
    """A bucket that is made here is younger than the mode's end."""
    if mode != MODE:
        message = "CLASSIC can be set only in vector buckets created before September 30, 2026"
        raise Invalid(message, [(path, message)])


def _summary_of_bucket(found: Bucket) -> dict[str, Any]:
    place = found.place
    return {"vectorBucketName": place.bucket, "vectorBucketArn": place.arn, "creationTime": int(found.created)}


def _summary_of_index(found: Index) -> dict[str, Any]:
    place = found.place
    named = {"vectorBucketName": place.bucket, "indexName": place.index, "indexArn": place.arn}
    return {**named, "creationTime": int(found.created)}


def _page(members: Members, call: str, name: str, named: Mapping[str, Any]) -> dict[str, Any]:
    """Some of the named things, in their order, from the one after the token's."""
    asked = [call, members.get("prefix")]
    after = pages.place(members.get("nextToken"), asked)
    names: Sequence[str] = [
        one for one in named if one.startswith(members.get("prefix", "")) and (after is None or one > after)
    ]
    most = members.get("maxResults", _PAGE)
    answer = {name: [named[one] for one in names[:most]]}
    return {**answer, "nextToken": pages.token(asked, names[most - 1])} if len(names) > most else answer
