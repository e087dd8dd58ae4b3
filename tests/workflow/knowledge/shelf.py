"""The buckets that the pipeline documents has, and papers in them as it leaves them."""

from __future__ import annotations

import itertools
import json
from dataclasses import dataclass, field
from typing import Any

from local.cloud.testing import Cloud
from tests.e2e.waiting import eventually
from tests.unit.knowledge.indexing import builders

INBOX, SUMMARIES = "library-inbox", "library-summaries"
PAPERS = {
    "ann/contract.md": ("The notice period of Anna Berg is fourteen weeks.", "She earns 4,812 euros in a month."),
    "ann/lease.md": ("The lease of Hall Nine at Kestrelwick ends on 3 May 2031.", "The rent is 990 euros."),
    "ann/minutes.md": ("The board of Kestrelwick chose Otto Lund as its treasurer.",),
    "bob/contract.md": ("The notice period of Otto Lund is six weeks.", "He earns 3,977 euros in a month."),
}
"""Of ann and of bob: nobody else reads anything."""
_numbers = itertools.count(1)


def make(cloud: Cloud) -> None:
    s3 = cloud.client("s3")
    for bucket in (INBOX, SUMMARIES):
        s3.create_bucket(Bucket=bucket)
    s3.put_bucket_notification_configuration(Bucket=INBOX, NotificationConfiguration={"EventBridgeConfiguration": {}})


@dataclass
class Shelf:
    cloud: Cloud
    sequencers: dict[str, str] = field(default_factory=dict)

    @property
    def s3(self) -> Any:
        return self.cloud.client("s3")

    def put(self, key: str, *lines: str) -> None:
        """A paper's text, its summary last, and the event."""
        self.sequencers[key] = sequencer = f"{next(_numbers):016X}"
        tag = self.s3.put_object(Bucket=INBOX, Key=key, Body=sequencer.encode())["ETag"].strip('"')
        about = {**builders.about(key, tag, sequencer), "bucket": INBOX}
        self.s3.put_object(Bucket=SUMMARIES, Key=f"text/{key}.json.gz", Body=builders.text(about, lines))
        self.s3.put_object(Bucket=SUMMARIES, Key=f"summaries/{key}.json", Body=builders.summary(about))
        self.tell("DocumentSummarized", key)

    def delete(self, key: str) -> None:
        self.s3.delete_object(Bucket=INBOX, Key=key)
        for name in (f"summaries/{key}.json", f"text/{key}.json.gz"):
            self.s3.delete_object(Bucket=SUMMARIES, Key=name)
        self.tell("DocumentDeleted", key)

    def allow(self, path: str, **readers: Any) -> None:
        """An access file; S3 tells of it by itself."""
        said = {"schema": 1, "users": [], "groups": [], "everyone": False, **readers}
        self.s3.put_object(Bucket=INBOX, Key=path, Body=json.dumps(said).encode())

    def forget(self, path: str) -> None:
        self.s3.delete_object(Bucket=INBOX, Key=path)

    def pointer(self, key: str) -> dict[str, Any] | None:
        found = self.s3.list_objects_v2(Bucket=self.bucket, Prefix=f"knowledge/{key}.json").get("Contents")
        if not found:
            return None
        return dict(json.loads(self.s3.get_object(Bucket=self.bucket, Key=f"knowledge/{key}.json")["Body"].read()))

    @property
    def bucket(self) -> str:
        return str(self.cloud.outputs["KnowledgeBucketName"])

    def indexed(self, key: str) -> dict[str, Any]:
        """Waits until the version that was put last counts, and nothing is on its way; the pointer."""

        def look() -> dict[str, Any] | None:
            found = self.pointer(key)
            done = found and found["version"] and not found["pending"] and found["sequencer"] == self.sequencers[key]
            return found if done else None

        return eventually(look, f"{key} in the index")

    def gone(self, key: str) -> None:
        def look() -> bool | None:
            found = self.pointer(key)
            return True if found and found["version"] is None and not found["pending"] else None

        eventually(look, f"{key} out of the index")

    def vectors(self, key: str) -> list[str]:
        """Keys of a paper's vectors, of any version."""
        from knowledge.indexing import pointers

        pages = (
            self.cloud.client("s3vectors")
            .get_paginator("list_vectors")
            .paginate(indexArn=self.cloud.outputs["VectorIndexArn"])
        )
        found = [vector["key"] for page in pages for vector in page["vectors"]]
        return [each for each in found if each.startswith(f"{pointers.doc(key)}/")]

    def tell(self, kind: str, key: str) -> None:
        """An event of the pipeline documents."""
        detail = {"schema": 1, "source": f"s3://{INBOX}/{key}", "bucket": INBOX, "key": key}
        entry = {"Source": "millrace.documents", "DetailType": kind, "Detail": json.dumps(detail)}
        answer = self.cloud.client("events").put_events(Entries=[entry])
        assert answer["FailedEntryCount"] == 0
