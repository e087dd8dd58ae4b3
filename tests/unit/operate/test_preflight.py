"""Preflight: what is advised fits, and what fits is let through."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.cloud.testing import ROOT
from operate import preflight
from operate.preflight import TooManyWorkers
from tests.template.translate import source


def settings(limit: int) -> SimpleNamespace:
    return SimpleNamespace(get_account_settings=lambda: {"AccountLimit": {"ConcurrentExecutions": limit}})


def test_the_defaults_are_those_of_the_template():
    declared = source()["Parameters"]
    assert {name: declared[name]["Default"] for name in preflight.DEFAULTS} == preflight.DEFAULTS
    assert {declared[name]["MinValue"] for name in preflight.DEFAULTS} == {preflight.LEAST}


@pytest.mark.parametrize("environment", ["default", "staging", "prod", "local"])
def test_an_account_of_a_thousand_has_room(environment):
    (line,) = preflight.command(settings(1_000), ROOT / "samconfig.toml", environment)
    assert line.endswith("that fits.")


def test_an_account_of_ten_is_told_what_to_set():
    with pytest.raises(TooManyWorkers, match="SpeechWorkers=3 and SpeechFirstWorkers=2 in parameter_overrides"):
        list(preflight.command(settings(10), ROOT / "samconfig.toml", "prod"))


def test_parameters_of_a_section_come_before_the_defaults(tmp_path):
    config = tmp_path / "samconfig.toml"
    config.write_text(
        '[a.global.parameters]\nparameter_overrides = ["SpeechWorkers=3", "Stage=dev"]\n'
        '[b.deploy.parameters]\nparameter_overrides = "SpeechFirstWorkers=2 Stage=dev"\n'
    )
    assert preflight.parameters(config, "a") == {"SpeechWorkers": 3, "SpeechFirstWorkers": 4}
    assert preflight.parameters(config, "b") == {"SpeechWorkers": 12, "SpeechFirstWorkers": 2}


@given(limit=st.integers(8, 2_000), workers=st.integers(2, 1_000), first=st.integers(2, 1_000))
def test_what_is_advised_passes(limit, workers, first):
    try:
        preflight.check(limit, workers, first)
    except TooManyWorkers as error:
        words = str(error).replace("=", " ").split()
        advised = {name: int(words[words.index(name) + 1]) for name in preflight.DEFAULTS}
        preflight.check(limit, advised["SpeechWorkers"], advised["SpeechFirstWorkers"])
    else:
        assert workers + first <= limit / 2
