"""Bodies over 100 KB, which Bedrock stores beside the log and which may land after it."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterable
from pathlib import Path

from common import aws
from common.objects import Bucket
from llm.logs import lines, records
from llm.logs.records import BodyMissing, BodyTooLong

MOST_BODY = 32 << 20
"""Bytes of a body once unpacked: a request with images may have 25 MB."""

AT_ONCE = 16

KEY = re.compile(r"(?:[^/\s][^\s]{0,500}/)?AWSLogs/[\w./=-]{1,1000}", re.ASCII)
"""Where Bedrock puts them, below the prefix of its logging configuration, if it has one. A record may name anything."""


class Bodies:
    """The off-loaded bodies of the logs in one bucket. Paths to elsewhere, and keys that the function may not
    read, count as missing at once: waiting will not change that."""

    def __init__(self, bucket: Bucket) -> None:
        self._bucket = bucket

    def fetch(self, path: str) -> object:
        """The parsed body; None where it is no JSON. Raises BodyMissing, BodyTooLong."""
        from botocore.exceptions import ClientError

        key = self._key(path)
        if key is None:
            raise BodyMissing
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder, "body")
            try:
                stored = self._bucket.download(key, file, at_most=MOST_BODY)
            except ClientError as error:
                if not aws.is_forbidden(error):
                    raise
                raise BodyMissing from error
            if stored is None:
                raise BodyMissing
            if stored.size > MOST_BODY:
                raise BodyTooLong
            body = lines.inflate(file.read_bytes(), MOST_BODY)
        if body is None:
            raise BodyTooLong
        return records.parse(body)

    def are_there(self, paths: Iterable[str]) -> bool:
        """Whether all bodies that can land have landed."""
        from concurrent.futures import ThreadPoolExecutor

        keys = sorted({key for path in paths if (key := self._key(path))})
        if not keys:
            return True
        with ThreadPoolExecutor(AT_ONCE) as pool:
            for start in range(0, len(keys), AT_ONCE * 4):
                if not all(pool.map(self._has_landed, keys[start : start + AT_ONCE * 4])):
                    return False
        return True

    def _has_landed(self, key: str) -> bool:
        """Whether it is there, or is none that will ever be read."""
        from botocore.exceptions import ClientError

        try:
            return self._bucket.head(key) is not None
        except ClientError as error:
            if not aws.is_forbidden(error):
                raise
            return True

    def _key(self, path: str) -> str | None:
        ours = f"s3://{self._bucket.name}/"
        key = path.removeprefix(ours) if path.startswith(ours) else ""
        return key if KEY.fullmatch(key) else None
