"""Settings come whole or not at all."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from common import settings
from common.errors import MissingSetting


@dataclass(frozen=True)
class Settings:
    audio_bucket: str
    machine_arn: str
    most: int = 7
    voice: str = "Joanna"


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AUDIO_BUCKET", "MACHINE_ARN", "MOST", "VOICE"):
        monkeypatch.delenv(name, raising=False)


def test_all_that_is_missing_is_named_at_once():
    with pytest.raises(MissingSetting, match=r"^Set AUDIO_BUCKET, MACHINE_ARN in the function's Environment"):
        settings.read(Settings)


def test_only_what_is_missing_is_named(monkeypatch):
    monkeypatch.setenv("AUDIO_BUCKET", "audio")
    with pytest.raises(MissingSetting, match=r"^Set MACHINE_ARN in"):
        settings.read(Settings)


def test_an_empty_variable_is_a_missing_one(monkeypatch):
    """CloudFormation turns a parameter without a value into an empty text."""
    monkeypatch.setenv("AUDIO_BUCKET", "")
    monkeypatch.setenv("MACHINE_ARN", "arn")
    with pytest.raises(MissingSetting, match="AUDIO_BUCKET"):
        settings.read(Settings)


def test_defaults_and_numbers(monkeypatch):
    monkeypatch.setenv("AUDIO_BUCKET", "audio")
    monkeypatch.setenv("MACHINE_ARN", "arn")
    assert settings.read(Settings) == Settings("audio", "arn", 7, "Joanna")
    monkeypatch.setenv("MOST", "12")
    monkeypatch.setenv("VOICE", "Vicki")
    assert settings.read(Settings) == Settings("audio", "arn", 12, "Vicki")


def test_nothing_is_kept_from_one_reading_to_the_next(monkeypatch):
    monkeypatch.setenv("MACHINE_ARN", "arn")
    monkeypatch.setenv("AUDIO_BUCKET", "one")
    assert settings.read(Settings).audio_bucket == "one"
    monkeypatch.setenv("AUDIO_BUCKET", "two")
    assert settings.read(Settings).audio_bucket == "two"
