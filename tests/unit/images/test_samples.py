"""The samples in events/ go through the real handlers, with S3 on the loopback address."""

from __future__ import annotations

import base64
from typing import Any

from images.handlers import access_point_door, url_door
from tests import samples
from tests.unit.images.builders import encoded, opened, photo

KEY = "photos/old harbour bridge.jpg"
PHOTO = encoded(photo(300, 200), "JPEG")


def sample(name: str) -> dict[str, Any]:
    return dict(samples.document(name))


def test_the_url_doors_sample(s3, metrics, context):
    s3.put(KEY, PHOTO)
    answer = url_door.handler(sample("images_url_door"), context)
    assert answer["statusCode"] == 200
    image = opened(base64.b64decode(answer["body"]))
    assert (image.format, image.size) == ("WEBP", (160, 120))


def test_the_access_point_doors_sample(s3, metrics, context):
    s3.put(KEY, PHOTO)
    event = sample("images_access_point_door")
    query = event["getObjectContext"]["inputS3Url"].partition("?")[2]
    event["getObjectContext"]["inputS3Url"] = s3.presigned(KEY).partition("?")[0] + "?" + query
    assert access_point_door.handler(event, context) == {"status_code": 206}
    (written,) = s3.answers
    assert opened(written.body).size == (256, 256)
    assert written.headers["x-amz-fwd-header-x-amz-mp-parts-count"] == "1"
