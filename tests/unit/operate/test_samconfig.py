"""Where a command goes by samconfig.toml: an explicit name wins always, and what cannot be read is one sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from operate import cli, preflight, samconfig
from operate.clients import Target
from operate.delete import command as deletion
from operate.errors import OperateError

CONFIG = """
[default.global.parameters]
stack_name = "mine"
[staging.global.parameters]
stack_name = "mine-staging"
parameter_overrides = ["Stage=staging"]
[staging.deploy.parameters]
profile = "p"
region = "r"
"""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "samconfig.toml"
    path.write_text(CONFIG)
    return path


def test_stack_profile_and_region_are_those_that_sam_takes(config: Path):
    assert samconfig.named(Target(), config, "staging") == Target("mine-staging", None, "p", "r")
    asked = Target(profile="q", region="t")
    assert samconfig.named(asked, config, "staging") == Target("mine-staging", None, "q", "t")
    with pytest.raises(OperateError, match="no environment prod; it has default, staging"):
        samconfig.named(Target(), config, "prod")


@pytest.mark.parametrize("stack", ["millrace", "other"])
def test_a_stack_that_is_named_wins_even_where_it_is_called_like_the_default(config: Path, stack: str):
    assert samconfig.named(Target(stack), config, "staging", stack).stack == stack


@pytest.mark.parametrize(
    ("words", "stack"),
    [
        ([], "mine"),
        (["--env", "staging"], "mine-staging"),
        (["--stack-name", "millrace", "--env", "staging"], "millrace"),
        (["--stack-name", "other"], "other"),
    ],
)
@pytest.mark.parametrize("name", ["preflight", "delete"])
def test_the_commands_about_a_deployment_go_to_the_stack_that_is_named(monkeypatch, config, name, words, stack):
    seen: list[str] = []
    place = {"preflight": preflight, "delete": deletion}[name]
    monkeypatch.setattr(place, "command", lambda target, *_, **__: seen.append(target.stack) or [])
    assert cli.main([name, *words, "--config", str(config)]) == 0
    assert seen == [stack]


@pytest.mark.parametrize(
    ("words", "stack"),
    [
        ([], "millrace"),
        (["--env", "staging", "--config", "CONFIG"], "mine-staging"),
        (["--env", "staging", "--config", "CONFIG", "--stack-name", "millrace"], "millrace"),
    ],
)
def test_the_other_commands_take_an_environment_where_it_is_named(monkeypatch, config, words, stack):
    seen: list[Target] = []
    monkeypatch.setattr("operate.redrive.pipelines.command", lambda target, *_: seen.append(target) or [])
    assert cli.main(["redrive", "llm", *(str(config) if word == "CONFIG" else word for word in words)]) == 0
    assert [target.stack for target in seen] == [stack]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (None, "There is no .*nope.toml here; run this where samconfig.toml lies, or name the file with --config"),
        ("[a", "cannot be read as TOML"),
        ("\udcff", "cannot be read as TOML"),
        ('[default.global.parameters]\nparameter_overrides = "Stage"\n', "has 'Stage' in parameter_overrides"),
        ('[default.global.parameters]\nparameter_overrides = "A=\'b"\n', "parameter_overrides that cannot be read"),
    ],
)
def test_a_file_that_cannot_be_used_is_one_sentence(capsys, tmp_path: Path, text, sentence):
    path = tmp_path / "nope.toml"
    if text is not None:
        path.write_bytes(text.encode(errors="surrogateescape"))
    with pytest.raises(OperateError, match=sentence):
        samconfig.overrides(path, "default")
    assert cli.main(["preflight", "--config", str(path)]) == 1
    error = capsys.readouterr().err
    assert error.startswith("error: ")
    assert "Errno" not in error
    assert error.count("\n") == 1


def test_values_with_blanks_are_read_as_sam_reads_them(tmp_path: Path):
    path = tmp_path / "samconfig.toml"
    path.write_text("[a.deploy.parameters]\nparameter_overrides = \"A=b Queries='Who is it?'\"\n")
    assert samconfig.overrides(path, "a") == {"A": "b", "Queries": "Who is it?"}


def test_a_file_without_an_environment_is_refused_and_not_ignored(capsys, config: Path):
    assert cli.main(["cost", "--config", str(config)]) == 1
    assert "--config is the file of --env" in capsys.readouterr().err


def test_sam_is_not_asked_about_the_local_cloud_nor_a_profile(capsys, config: Path):
    assert cli.main(["delete", "--config", str(config), "--port", "1", "--sam", "sam", "--yes"]) == 1
    assert "SAM CLI would ask AWS itself" in capsys.readouterr().err
    assert cli.main(["cost", "--port", "1", "--profile", "p"]) == 1
    assert "--profile is of AWS" in capsys.readouterr().err
