"""Every command of the pages is run from the page itself; what is not run says why, there."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from local.cloud.testing import ROOT, Cloud, start_cloud
from local.demo.llm import maker as llm
from local.demo.trips import maker
from local.samples import documents, images
from local.samples.quiet import failed_execution
from local.samples.stack import Stack, wait
from tests import members, samples
from tests.roads.docs import aws_stand_in, pages, shell
from tests.template.translate import TEMPLATE

BLOCKS = [block for page in pages.pages() for block in pages.blocks(page)]
RUN = [block for block in BLOCKS if block.is_shell and not block.skipped]
PAGES = sorted({block.page for block in RUN})


KEY = members.rsa_key("reader")


@pytest.fixture(scope="module")
def cloud() -> Iterator[Cloud]:
    """With the distribution of docs/paywall.md, whose key the reader has, and the signatures of docs/images.md."""
    keys = {"MembersPublicKey": members.public_pem(KEY), "UseSignedVariants": "true"}
    found = start_cloud(TEMPLATE, parameters={"UseDistribution": "true", **keys})
    yield found
    found.stop()


@pytest.fixture(scope="module")
def reader(cloud: Cloud, tmp_path_factory: pytest.TempPathFactory) -> shell.Shell:
    """What a reader of the pages has already: documents, a photo, a file of trips, things that went wrong."""
    stack, home = Stack(cloud.stack, cloud.url, cloud.region), tmp_path_factory.mktemp("reader")
    cloud.client("s3").create_bucket(Bucket="a-bucket-of-yours")
    for key in ("forms/intake form.pdf", "archive/2025/a.txt", "archive/2025/b.txt"):
        stack.put("InboxBucketName", key, documents.note(key))
    images.seed(stack)
    photo = stack.get("ImagesBucketName", images.PHOTO)
    stack.put("ImagesBucketName", "photos/a.jpg", photo, "image/jpeg")
    text = maker.text(2_000)
    stack.client("firehose").put_record(
        DeliveryStreamName=cloud.outputs["TripsStreamName"], Record={"Data": text.encode()}
    )
    for prefix in ("trips/day=", "errors/rows/"):
        wait(lambda prefix=prefix: next(stack.keys("LakeBucketName", prefix), None), prefix)  # type: ignore[misc]
    machine, queue = cloud.outputs["NarrateArticleArn"], cloud.outputs["NarrationFailedQueueUrl"]
    failed_execution(stack, machine, queue, {"message": "inbox/none.json"})
    pairs = [{"completion": text, "label": "answered"} for _, text in llm.QUESTIONS] * 4
    pairs += [{"completion": text, "label": "refused"} for text in llm.REFUSALS] * 6
    lines = (json.dumps({**pair, "completion": f"{number}. {pair['completion']}"}) for number, pair in enumerate(pairs))
    (home / "pairs.jsonl").write_text("\n".join(lines), encoding="utf-8")
    shell.settle(cloud.url, cloud.region)
    for key in ("a", "b"):  # the archive was there before the pipeline was, so no summary of it is
        summary = f"summaries/archive/2025/{key}.txt.json"
        cloud.client("s3").delete_object(Bucket=cloud.outputs["SummariesBucketName"], Key=summary)
    (home / "trips.csv").write_text(text, encoding="utf-8")
    members.written(KEY, home)
    return shell.Shell(cloud, home, {"bucket": "a-bucket-of-yours"})


@pytest.mark.parametrize("page", PAGES)
def test_the_commands_of_a_page(reader, page):
    done = reader.run([block for block in RUN if block.page == page])
    assert done.returncode == 0, f"{done.stdout[-2000:]}\n{done.stderr[-2000:]}"


def test_the_sample_of_a_signed_address(cloud):
    """events/README.md has it for a stack that signs, as this one does."""
    port = cloud.url.rpartition(":")[2]
    command = [sys.executable, "-m", "local", "invoke", "ImagesUrlDoor", "--port", port, "-e"]
    done = subprocess.run(
        [*command, str(samples.path_of("images_url_door_signed"))], cwd=ROOT, capture_output=True, text=True,
        check=False, timeout=300,
    )  # fmt: skip
    answer = json.loads(done.stdout)
    assert (answer["statusCode"], answer["headers"]["Content-Type"]) == (200, "image/webp")


def test_what_is_not_run_says_why(record_property):
    """And how much that is: a page that grows a block which nobody runs shows here."""
    skipped = Counter(block.skipped for block in BLOCKS if block.is_shell and block.skipped)
    assert skipped.keys() <= pages.WHY.keys()
    for why, count in skipped.items():
        record_property(f"not run, {pages.WHY[why]}", count)
    assert dict(skipped) == {"aws": 9, "docker": 3, "road": 1, "serves": 4, "whole": 2}
    assert len(RUN) >= 16


def test_commands_stand_in_fences_that_are_looked_at():
    """Neither in a fence without a name nor in an indented block."""
    hidden = [
        f"{block.page}:{block.line}"
        for block in BLOCKS
        if not block.is_shell and any(pages.COMMAND.match(line) for line in block.text.splitlines())
        and block.info not in {"python", "toml", "json"}
    ]  # fmt: skip
    indented = [
        f"{page}: {line}"
        for page in pages.pages()
        for line in pages.prose(page).splitlines()
        if line.startswith("    ") and pages.COMMAND.match(line)
    ]
    assert (hidden, indented) == ([], [])


def test_every_named_target_of_make_exists():
    targets = set(re.findall(r"^([a-z][a-z-]*):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    for page in pages.pages():
        whole = pages.prose(page) + "".join(block.text for block in BLOCKS if block.page == page and block.is_shell)
        named = set(re.findall(r"`make ([a-z][a-z-]*)", whole)) | set(
            re.findall(r"^make ([a-z-]+)", whole, re.MULTILINE)
        )
        assert named <= targets, page


def test_every_named_output_exists(reader):
    """In prose too: `<DocumentsDeadLettersArn>`."""
    for page in pages.pages():
        named = set(re.findall(r"<([A-Z][A-Za-z]+(?:Arn|Url|Name|Alias|Uri))>", pages.read(page)))
        assert named <= reader.cloud.outputs.keys(), page


def test_commands_of_this_project_know_the_options_that_prose_gives_them():
    """`python -m local ...` and `-m operate ...` in prose: the command exists, and so does each option."""
    for page in pages.pages():
        for module, command, rest in re.findall(
            r"`(?:\S+/)?python -m (local|operate) ([a-z-]+)([^`]*)`", pages.prose(page)
        ):
            told = subprocess.run(
                [sys.executable, "-m", module, command, "--help"], cwd=ROOT, capture_output=True, text=True, check=False
            )
            assert told.returncode == 0, (page, command)
            for option in re.findall(r"(--[a-z-]+)", rest):
                assert option in told.stdout, (page, command, option)


class TestShell:
    def test_a_command_that_fails_is_named(self, reader):
        block = pages.Block("some.md", 7, "sh", "true\naws sqs no-such-operation\necho never\n")
        done = reader.run([block])
        assert done.returncode == aws_stand_in.USAGE
        assert "some.md:7: exit code 252: aws sqs no-such-operation" in done.stderr
        assert "never" not in done.stdout

    def test_a_failure_in_a_pipe_or_a_substitution_counts(self, reader):
        for text in ("false | cat\n", "x=$(false)\necho $x\n"):
            assert reader.run([pages.Block("some.md", 1, "sh", text)]).returncode == 1

    def test_a_place_that_is_no_output_is_told(self, reader):
        with pytest.raises(shell.UnknownPlace, match="<NoSuchArn> is no output"):
            reader.filled("aws sns publish --topic-arn <NoSuchArn>")

    def test_a_page_is_read_to_its_last_fence(self):
        assert all(block.text.strip() for block in BLOCKS)
        with pytest.raises(AssertionError, match="not closed"):
            list(_blocks_of("```sh\nmake up\n"))

    def test_blocks(self):
        first, second = _blocks_of("a\n```sh skip=aws\nmake deploy\n```\n~~~\n```\n~~~\n")
        assert (first.line, first.is_shell, first.skipped, first.text) == (2, True, "aws", "make deploy\n")
        assert (second.line, second.is_shell, second.text) == (5, False, "```\n")


def _blocks_of(text: str) -> list[pages.Block]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pages, "read", lambda _page: text)
        return list(pages.blocks("some.md"))


class TestStandIn:
    """What it refuses: whatever the AWS CLI would refuse."""

    @pytest.mark.parametrize(
        "command",
        [
            "", "sqs", "nothing list", "sqs list-nothing", "sqs list-queues --no-such-option 1",
            "sqs list-queues extra",
            "sqs start-message-move-task --source-arn", "s3 mv s3://a/b s3://a/c", "s3 ls", "s3 ls nowhere",
            "lambda invoke --function-name f", "sqs list-queues --output yaml",
        ],
    )  # fmt: skip
    def test_usage(self, command: str, monkeypatch: pytest.MonkeyPatch, capsys: Any):
        monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        try:
            code = aws_stand_in.main(command.split())
        except SystemExit as ended:
            code = 252 if ended.code == 2 else ended.code
        assert code == aws_stand_in.USAGE
        assert capsys.readouterr().err

    def test_an_answer_of_a_function_goes_to_a_file(self, reader, tmp_path: Path):
        name, file = reader.cloud.outputs["NarrationRedriveFailedName"], tmp_path / "answer.json"
        flags = "--cli-binary-format raw-in-base64-out --payload '{\"most\": 1}'"
        text = f"aws lambda invoke --function-name {name} {flags} {file} --query StatusCode --output text\n"
        done = reader.run([pages.Block("some.md", 1, "sh", text)])
        assert done.stdout == "200\n"
        assert "started" in file.read_text()

    def test_a_payload_is_base64_unless_it_is_said_otherwise(self, reader):
        name = reader.cloud.outputs["NarrationRedriveFailedName"]
        text = f"aws lambda invoke --function-name {name} --payload '{{\"most\": 1}}' answer.json\n"
        done = reader.run([pages.Block("some.md", 1, "sh", text)])
        assert done.returncode != 0
        assert "base64" in done.stderr.lower() or "Error" in done.stderr
