"""The operator's command line: help for a stranger, one sentence where something fails, and where it goes."""

from __future__ import annotations

import shlex

import boto3
import pytest
from botocore.stub import Stubber

from operate import bedrock_logging, cli, stream
from operate.clients import DEFAULT_PORT, Target
from operate.cost import command as cost
from operate.redrive import pipelines as redrive

COMMANDS = (
    "ask",
    "redrive",
    "erase",
    "delete",
    "preflight",
    "cost",
    "spending",
    "pause",
    "resume",
    "replay",
    "prices",
    "sign",
    "sign-image",
    "bedrock-logging",
    "stream",
    "resend",
    "judge",
    "calibrate",
)


def help_of(capsys, *arguments):
    with pytest.raises(SystemExit) as end:
        cli.main([*arguments, "--help"])
    assert end.value.code == 0
    return capsys.readouterr().out


def test_the_list_has_every_command(capsys):
    text = help_of(capsys)
    assert all(f"    {name} " in text or f"    {name}\n" in text for name in COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_help_says_what_it_does_what_it_needs_and_an_example(capsys, name):
    text = help_of(capsys, name)
    assert f"python -m operate {name}" in text
    assert "\nneeds: " in text
    assert f"\nexample: python -m operate {name}" in text
    assert "default: " in text or name in {"calibrate", "bedrock-logging", "sign-image"}
    assert max(map(len, text.splitlines())) <= 120


@pytest.mark.parametrize("name", COMMANDS)
def test_the_example_of_the_help_can_be_typed(capsys, monkeypatch, name):
    examples = help_of(capsys, name).replace("\\\n", " ").split("example: python -m operate ")[1:]
    assert examples
    for example in examples:
        assert callable(cli._parser().parse_args(shlex.split(example)).command)


@pytest.mark.parametrize("name", ["redrive", "stream", "bedrock-logging"])
def test_an_unknown_stack_is_one_sentence(capsys, monkeypatch, name, tmp_path):
    client = boto3.client("cloudformation", region_name="eu-west-1", aws_access_key_id="t", aws_secret_access_key="t")
    monkeypatch.setattr(Target, "client", lambda _self, service: {"cloudformation": client}[service])
    arguments = {"redrive": ["narration"], "stream": [str(tmp_path / "rows.csv")]}.get(name, [])
    with Stubber(client) as stub:
        stub.add_client_error("describe_stacks", "ValidationError", "Stack with id nope does not exist", 400)
        code = cli.main([name, *arguments, "--stack-name", "nope"])
    out, err = capsys.readouterr()
    assert (code, out) == (1, "")
    assert err == "error: There is no stack nope in eu-west-1; name yours with --stack-name.\n"


@pytest.mark.parametrize(
    ("module", "arguments"),
    [(redrive, ["redrive", "documents"]), (bedrock_logging, ["bedrock-logging"])],
)
@pytest.mark.parametrize(("place", "port"), [(["--local"], DEFAULT_PORT), (["--port", "4777"], 4777), ([], None)])
def test_local_goes_to_this_machine(monkeypatch, module, arguments, place, port):
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    targets = []
    monkeypatch.setattr(module, "command", lambda target, *_: targets.append(target) or [])
    assert cli.main([*arguments, *place]) == 0
    (target,) = targets
    assert target.port == port
    host = target.client("lambda").meta.endpoint_url
    assert host == (f"http://127.0.0.1:{port}" if port else "https://lambda.us-east-1.amazonaws.com")


@pytest.mark.parametrize(
    ("module", "arguments", "service"),
    [(cost, ["cost"], "monitoring"), (stream, ["stream", "f.csv", "--stream", "s"], "firehose")],
)
def test_local_clients_go_to_this_machine(monkeypatch, module, arguments, service):
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    hosts = []
    monkeypatch.setattr(
        cost, "command", lambda target, *_: hosts.append(target.client("cloudwatch").meta.endpoint_url) or []
    )
    monkeypatch.setattr(stream, "command", lambda *given: hosts.append(given[-1].meta.endpoint_url) or [])
    assert cli.main([*arguments, "--port", "4777"]) == 0
    assert cli.main(arguments) == 0
    assert hosts[0] == "http://127.0.0.1:4777"
    assert service in hosts[1]
    assert "amazonaws.com" in hosts[1]


@pytest.mark.parametrize("port", ["99999", "0", "http", "9" * 5000])
def test_a_port_of_the_environment_that_is_none_is_one_sentence_and_no_other_cloud(capsys, monkeypatch, port):
    monkeypatch.setenv("PORT", port)
    assert cli.main(["spending", "--local"]) == 1
    err = capsys.readouterr().err
    assert err.startswith(f"error: PORT={port[:20]} is not a port from 1 to 65535; ")
    assert err.count("\n") == 1


def test_a_local_cloud_that_does_not_run_is_one_sentence(capsys):
    assert cli.main(["redrive", "narration", "--port", "1"]) == 1
    err = capsys.readouterr().err
    assert err.startswith("error: ")
    assert "127.0.0.1:1" in err
    assert err.count("\n") == 1


@pytest.mark.parametrize("what", [["--article", "a"], ["--app", "a", "--day", "2026-11-20"]])
def test_a_bucket_of_knowledge_is_of_documents_and_of_who_asked(capsys, what):
    assert cli.main(["erase", *what, "--knowledge-bucket", "b", "--yes"]) == 1
    assert "leave --knowledge-bucket out" in capsys.readouterr().err


ERASED = ("article", "document", "request", "app", "prefix")


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["redrive"],
        ["redrive", "narration", "--most", "0"],
        ["cost", "--days", "456"],
        ["cost", "podcasts"],
        ["stream", "f.csv", "--rows", "none"],
        ["sign", "a1"],
        ["calibrate", "--data"],
        *(["erase", f"--{what}", "", "--day", "2026-11-20", "--yes"] for what in ERASED),
        ["erase", "--document", "a", "--knowledge-bucket", "", "--yes"],
        *(["delete", f"--{where}", "", "--yes"] for where in ("stack-name", "env", "profile", "region")),
    ],
)
def test_wrong_arguments_end_with_2(capsys, arguments):
    with pytest.raises(SystemExit) as end:
        cli.main(arguments)
    assert end.value.code == 2
    assert "usage: python -m operate" in capsys.readouterr().err
