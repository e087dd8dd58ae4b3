"""What an execution is started with."""

from __future__ import annotations

import pytest

from documents.errors import UnusableRequest
from documents.intake import requests
from tests.unit.documents.pipeline_aws import INBOX


def test_a_request_needs_bucket_and_key():
    for event in (
        {},
        {"detail": None},
        {"detail": {"bucket": {}, "object": {"key": "a"}}},
        {"detail": {"bucket": INBOX}},
    ):
        with pytest.raises(UnusableRequest, match="Start the machine with"):
            requests.read(event)
    for bad in ({"key": 7}, {"key": ""}, {"key": "a", "size": "big"}, {"key": "a", "etag": ["e"]}):
        with pytest.raises(UnusableRequest):
            requests.read({"detail": {"bucket": {"name": INBOX}, "object": bad}})
