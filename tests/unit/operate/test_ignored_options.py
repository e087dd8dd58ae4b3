"""An option that would do nothing is refused: who gives one expects that it does something."""

from __future__ import annotations

from pathlib import Path

import pytest

from operate import cli
from operate.clients import Target

SIGN = ["sign", "a", "--base-url", "https://audio.example.org", "--key-id", "K", "--private-key", "none.pem"]


@pytest.mark.parametrize(
    ("words", "option"),
    [
        ([*SIGN, "--url", "full.mp3", "--domain", "example.org"], "--domain"),
        ([*SIGN, "--cookie-header", "--domain", "example.org"], "--domain"),
        (["stream", "rows.csv", "--stream", "s", "--stack-name", "millrace"], "--stack-name"),
        (["resend", "--failed", "--header", "trips.csv"], "--header"),
        (["prices", "--stack-name", "millrace"], "--stack-name"),
        (["prices", "--region", "eu-west-1"], "--region"),
        (["sign-image", "a.jpg", "--new-key"], "a.jpg"),
        (["sign-image", "--new-key", "--base-url", "https://i.example.org"], "--base-url"),
        (["sign-image", "a.jpg", "--confirm"], "--confirm"),
        (["calibrate", "pairs.jsonl", "--data", "folder"], "--data"),
        (["calibrate", "--keep", "rows.gz"], "--keep"),
    ],
)
def test_what_would_do_nothing_is_refused_before_anything(monkeypatch, capsys, tmp_path: Path, words, option):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(Target, "client", lambda *_: pytest.fail("AWS was asked"))
    assert cli.main(words) == 1
    told = capsys.readouterr()
    assert told.err.startswith(f"error: {option} would do nothing here: ")
    assert told.out == ""
    assert list(tmp_path.iterdir()) == []
