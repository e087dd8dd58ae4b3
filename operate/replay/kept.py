"""JSON that a pipeline keeps, read with an operator's own client of S3."""

from __future__ import annotations

import gzip
import json
from typing import Any

READERS = 16


def json_of(s3: Any, bucket: str, key: str) -> Any:
    """None where there is no such object, or it is no JSON (packed, where its key says so): messages that were refused
    are kept as they came."""
    from botocore.exceptions import ClientError

    try:
        body = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
        return json.loads(gzip.decompress(body) if key.endswith(".gz") else body)
    except (ValueError, gzip.BadGzipFile, EOFError):
        return None
    except ClientError as error:
        if error.response["Error"]["Code"] == "NoSuchKey":
            return None
        raise
