"""``models why`` tells what nobody looked at, beside the figures."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

from operate.training import why

VERSION = "3f1c2a3e" * 4
FIGURES = {"roc_auc": 0.9, "pr_auc": 0.8, "accuracy": 0.7, "log_loss": 0.6}


class Objects:
    """A bucket in memory."""

    def __init__(self, **documents: Any) -> None:
        self.held = {key: json.dumps(document).encode() for key, document in documents.items()}

    def get(self, key: str) -> Any:
        body = self.held.get(key)
        return None if body is None else SimpleNamespace(body=body, etag="e", json=lambda: json.loads(body))

    def keys(self, prefix: str) -> list[str]:
        return [key for key in self.held if key.startswith(prefix)]


def test_columns_and_rows_that_were_left_out_are_told():
    report = {
        "accepted": True,
        "reasons": [],
        "counts": {"rows": {"train": 3_000_000, "test": 400}, "tested": 200, "test_rows_left_out": 200},
        "new": FIGURES,
        "left_out": {"started_at": "It has more than 1,000 values, as names and numbers of things have."},
        "not_all_rows_looked_at": ["train"],
        "objects_left_out": {"train": {"objects": 4, "some": ["a/_SUCCESS", "a/notes.txt"]}},
        "members_ignored": ["owner", "tuning.budget"],
    }
    lines = list(why._lines(Objects(**{f"models/rides/{VERSION}/report.json": report}), "rides", "3f1c", None))
    assert "  left out: started_at. It has more than 1,000 values, as names and numbers of things have." in lines
    assert "  left out: 200 rows of test, which are more than are asked" in lines
    assert "  left out: 4 objects of train that end in neither .csv nor .csv.gz: a/_SUCCESS, a/notes.txt" in lines
    assert "  left out: owner, tuning.budget of the manifest, which nobody reads" in lines
    assert "  left out: rows of train behind the first 3,000,000, in the check" in lines


def test_of_a_version_that_saw_everything_nothing_is_told():
    counts = {"rows": {"train": 900, "test": 400}, "tested": 400, "test_rows_left_out": 0}
    report = {"accepted": True, "reasons": [], "counts": counts, "new": FIGURES, "left_out": {}}
    lines = list(why._lines(Objects(**{f"models/rides/{VERSION}/report.json": report}), "rides", VERSION, None))
    assert not [line for line in lines if "left out" in line]
