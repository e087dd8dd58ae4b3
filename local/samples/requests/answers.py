"""The request behind events/images/access_point_door.json, which S3 Object Lambda would have made.

The function fetches the original by a presigned URL and hands its answer to the request that waits under a route and a
token. No request waits for a sample; so the local cloud is asked to take an answer under a new route
(`local.gaps.s3.object_lambda`), and the original's URL is signed here.
"""

from __future__ import annotations

import json
import urllib.request
import uuid
from collections.abc import Mapping

from local.cloud import stacks
from local.cloud.clients import client

PHOTO = "photos/old harbour bridge.jpg"
"""The original that the samples of both doors ask for."""
NAMES = frozenset({"InputS3Url", "OutputRoute", "OutputToken", "ObjectLambdaArn"})


def values(found: Mapping[str, str], stack: str, url: str, region: str, seen_at: str) -> dict[str, str]:
    """What the four names stand for. `seen_at`: the cloud's address as the function sees it."""
    name = stacks.physical_id(client("cloudformation", url, region), stack, "ImageAccessPoint")
    account = client("sts", url, region).get_caller_identity()["Account"]
    arn = f"arn:aws:s3-object-lambda:{region}:{account}:accesspoint/{name}"
    route, token = f"io-sample-{uuid.uuid4().hex[:12]}", uuid.uuid4().hex
    wanted = json.dumps({"route": route, "token": token, "arn": arn}).encode()
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    opener.open(urllib.request.Request(f"{url}/_local/s3-object-lambda", wanted), timeout=10).close()  # noqa: S310
    place = {"Bucket": found["ImagesBucketName"], "Key": PHOTO}
    signed = client("s3", seen_at, region).generate_presigned_url("get_object", Params=place, ExpiresIn=3600)
    return {"InputS3Url": signed, "OutputRoute": route, "OutputToken": token, "ObjectLambdaArn": arn}
