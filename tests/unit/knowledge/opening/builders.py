"""A document as the pipelines leave it: in the inbox, read, indexed."""

from __future__ import annotations

import gzip
import json
from typing import Any

from tests.unit.knowledge.answers.builders import ANN
from tests.unit.knowledge.answers.conftest import INBOX, SUMMARIES, Account

VERSION = "0" * 16
KEY = "leases/north & south.pdf"


def shelve(
    account: Account,
    key: str = KEY,
    kind: str = "application/pdf",
    *,
    copy: bool = False,
    reader: str = ANN,
    **about: Any,
) -> None:
    """A document that was read and indexed, which ``reader`` may read: the object, its summary, text and pointer."""
    account.document(key, "Page one.", users=[reader])
    etag = account.s3.put_object(Bucket=INBOX, Key=key, Body=b"the document")["ETag"].strip('"')
    said = {"etag": etag, "sequencer": "1", "version_id": None, "pages": 3, "media_type": kind, **about}
    outputs = {"searchable": f"searchable/{key}.pdf"} if copy else {}
    if copy:
        account.s3.put_object(
            Bucket=SUMMARIES, Key=outputs["searchable"], Body=b"the copy", Metadata={"sequencer": "1"}
        )
    account.put(SUMMARIES, f"summaries/{key}.json", {"schema": 1, "document": said, "outputs": outputs})
    text = {"schema": 1, "document": said, "pages": [{"page": n, "lines": [f"Line of {n}"]} for n in (1, 2, 3)]}
    account.s3.put_object(Bucket=SUMMARIES, Key=f"text/{key}.json.gz", Body=gzip.compress(json.dumps(text).encode()))
