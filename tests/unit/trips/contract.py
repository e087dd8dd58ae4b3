"""What Firehose demands of an answer; raises AssertionError with a sentence.

Firehose developer guide, "Required parameters for data transformation" and "Transform source data"; Lambda quotas.
"""

from __future__ import annotations

import base64
import json
from typing import Any

LIMIT = 6_291_456
RESULTS = {"Ok", "Dropped", "ProcessingFailed"}


def check(event: dict[str, Any], answer: Any) -> None:
    """One result for each record, in the right form, and small enough to be returned."""
    text = json.dumps(answer)
    assert len(text.encode()) <= LIMIT, f"the response has {len(text)} bytes"
    assert set(answer) == {"records"}, f"members {sorted(answer)}"
    asked = [record["recordId"] for record in event["records"]]
    given = [record["recordId"] for record in answer["records"]]
    assert given == asked, f"{len(set(asked) - set(given))} ids are missing, {len(given) - len(set(given))} doubled"
    for sent, got in zip(event["records"], answer["records"], strict=True):
        assert set(got) - {"metadata"} == {"recordId", "result", "data"}, f"members {sorted(got)}"
        assert got["result"] in RESULTS, f"result {got['result']}"
        assert isinstance(got["data"], str)
        data = base64.b64decode(got["data"], validate=True)
        match got["result"]:
            case "Ok":
                assert data, "a record that is Ok has no data"
                assert data.endswith(b"\n"), "the next record of the object would run into its last line"
            case "Dropped":
                assert not data, "data that nobody will see"
            case _:
                assert got["data"] == sent["data"], "a failed record is given back as it came"
