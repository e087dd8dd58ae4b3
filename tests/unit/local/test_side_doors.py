"""Who may look at the messages of every queue: nobody but the one who started the cloud with a word of his own."""

from __future__ import annotations

import pytest

from local.gaps import side_doors


@pytest.mark.parametrize(
    ("word", "given", "method", "refused"),
    [("", "", "GET", True), ("", "word", "GET", True), ("word", "", "GET", True), ("word", "other", "GET", True),
     ("word", "word", "POST", True), ("word", "word", "GET", False)],
)  # fmt: skip
def test_messages_are_shown_to_whoever_has_the_word(monkeypatch, word, given, method, refused):
    monkeypatch.setenv(side_doors.PEEK_SETTING, word)
    answer = side_doors._refusal(method, side_doors.MESSAGES, {side_doors.PEEK_HEADER: given}, {})
    assert (answer is not None) == refused


def test_the_word_opens_no_other_door(monkeypatch):
    monkeypatch.setenv(side_doors.PEEK_SETTING, "word")
    given = {side_doors.PEEK_HEADER: "word"}
    for path in ("/_ministack/reset", "/_ministack/ses/messages", "/_ministack/sqs/messages/"):
        answer = side_doors._refusal("GET", path, given, {})
        assert answer is not None
        assert answer[0] == 403
