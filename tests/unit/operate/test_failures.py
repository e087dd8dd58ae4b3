"""Whatever fails, an operator reads one sentence that says what to change; Ctrl-C says what was done."""

from __future__ import annotations

import subprocess
import sys

import pytest
from botocore import exceptions
from botocore.exceptions import ClientError

from common.errors import StorageUnavailable
from local.cloud.testing import ROOT
from operate import asking, cli, failures
from operate.asking import Stopped
from operate.clients import Target
from operate.errors import OperateError


def refused(code: str, message: str = "no") -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": message}}, "GetItem")


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (exceptions.NoCredentialsError(), "There are no AWS credentials in the profile work; run aws configure"),
        (exceptions.NoRegionError(), "No Region is set in the profile work; set AWS_REGION"),
        (exceptions.InvalidRegionError(region_name="a b"), "Name a Region such as eu-west-1"),
        (exceptions.EndpointConnectionError(endpoint_url="https://sqs.nowhere-1"), "Look at the network, the proxy"),
        (exceptions.ReadTimeoutError(endpoint_url="https://sqs"), "AWS cannot be reached from here"),
        (exceptions.EndpointConnectionError(endpoint_url="http://127.0.0.1:1/"), "start it (make up)"),
        (refused("ExpiredToken"), "have expired; run aws sso login --profile work"),
        (refused("AccessDenied", "not authorized."), "AWS does not allow GetItem (AccessDenied): not authorized. Give"),
        (refused("ThrottlingException"), "Run the command again in a minute."),
        (refused("ResourceNotFoundException", "gone"), "AWS refused GetItem (ResourceNotFoundException): gone"),
        (exceptions.ParamValidationError(report="a\nb"), "look at the names that you gave."),
        (FileNotFoundError(2, "No such file or directory", "rows.csv"), "There is no file rows.csv"),
        (IsADirectoryError(21, "Is a directory", b"rows"), "rows is a folder; name a file."),
        (PermissionError(13, "Permission denied", "key.pem"), "You may not open key.pem"),
        (OSError(28, "No space left on device", "out.json"), "out.json cannot be used: No space left on device."),
        (OSError(28, "No space left on device"), "This machine says: No space left on device."),
        (OperateError("As it is."), "As it is."),
    ],
)
def test_a_sentence_for_each(error: Exception, sentence: str):
    said = failures.sentence(error, "work")
    assert sentence in said
    assert "\n" not in said
    assert "Errno" not in said


WAYS = (
    ["cost"],
    ["spending"],
    ["delete", "--yes"],
    ["ask", "How many trips?"],
    ["pause", "llm"],
    ["resume", "llm"],
    ["redrive", "llm"],
    ["erase", "--article", "a"],
    ["replay", "narration", "--all"],
    ["prices"],
    ["preflight"],
    ["sign-image", "a.jpg"],
    ["bedrock-logging"],
    ["stream", "rows.csv"],
    ["resend"],
    ["judge"],
    ["index", "--all"],
    ["why", "a.pdf"],
    ["search", "words"],
    ["open", "a.pdf"],
    ["models", "list"],
    ["models", "why", "rides"],
    ["models", "approve", "rides", "3f1c2a3e"],
    ["models", "refuse", "rides", "3f1c2a3e", "--reason", "half a month"],
    ["models", "retire", "rides", "--yes"],
)


@pytest.mark.parametrize("words", WAYS, ids=lambda words: " ".join(words[:2]))
@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (exceptions.NoCredentialsError(), "There are no AWS credentials"),
        (exceptions.NoRegionError(), "No Region is set"),
        (exceptions.EndpointConnectionError(endpoint_url="https://x"), "AWS cannot be reached from here"),
        (StorageUnavailable("DynamoDB's state is busy."), "DynamoDB's state is busy."),
    ],
)
def test_each_command_says_it(monkeypatch, capsys, words, error, sentence):
    def client(_self, _service):
        raise error

    monkeypatch.setattr(Target, "client", client)
    assert cli.main(words) == 1
    said = capsys.readouterr().err
    assert said.startswith(f"error: {sentence}")
    assert said.count("\n") == 1


def test_every_command_on_a_stack_is_tried_here(capsys):
    with pytest.raises(SystemExit):
        cli.main(["--help"])
    named = {
        line.split()[0] for line in capsys.readouterr().out.splitlines() if line.startswith("    ") and line[4] != " "
    }
    assert named - {words[0] for words in WAYS} == {"sign", "read", "calibrate"}


def test_an_endpoint_that_is_none_is_one_sentence(monkeypatch, capsys):
    monkeypatch.setenv("AWS_ENDPOINT_URL", "foo")
    assert cli.main(["cost", "--region", "eu-west-1"]) == 1
    assert "correct AWS_ENDPOINT_URL" in capsys.readouterr().err


def test_who_reads_no_further_hears_no_error(tmp_path):
    body = tmp_path / "long.html"
    body.write_text("<p>Said once more.</p>" * 20_000)
    words = [sys.executable, "-m", "operate", "read", str(body)]
    with subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as reading:
        assert reading.stdout is not None
        assert reading.stderr is not None
        assert reading.stdout.readline().startswith("Spoken: 20,000 paragraphs")
        reading.stdout.close()
        assert reading.stderr.read() == ""
        assert reading.wait() == 141


# Ctrl-C


def interrupted(_question: str = "") -> str:
    raise KeyboardInterrupt


def closed(_question: str = "") -> str:
    raise EOFError


def test_a_question_that_is_broken_off_did_nothing():
    with pytest.raises(Stopped, match="nothing was done"):
        asking.answer("Delete?", "never", interrupted)
    with pytest.raises(OperateError, match="Say it beforehand"):
        asking.answer("Delete?", "Say it beforehand.", closed)


@pytest.mark.parametrize("words", [["delete"], ["erase", "--article", "a"]], ids=lambda words: words[0])
@pytest.mark.parametrize(("person", "code", "said"), [(interrupted, 130, "nothing was done"), (closed, 1, "Nothing")])
def test_a_command_that_is_stopped_at_its_question(monkeypatch, capsys, words, person, code, said):
    def command(*_, agreed):
        yield "this goes"
        agreed()
        pytest.fail("it went on")

    monkeypatch.setattr(f"operate.{words[0]}.command.command", command)
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)
    monkeypatch.setattr("builtins.input", person)
    assert cli.main(words) == code
    told = capsys.readouterr()
    assert told.out == "this goes\n"
    assert said in told.err


def test_a_command_that_is_stopped_elsewhere_says_that_it_may_have_done_something(monkeypatch, capsys):
    def command(*_):
        yield "50 started again"
        raise KeyboardInterrupt

    monkeypatch.setattr("operate.redrive.pipelines.command", command)
    assert cli.main(["redrive", "llm"]) == 130
    assert "what was done by then stays done" in capsys.readouterr().err
