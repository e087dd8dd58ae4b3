"""Every sample in events/ goes through the real function on the local cloud, in the order of the pipeline.

Each leaves what the next one needs, as events/README.md says; so these tests stand in one order and share a stack.
"""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
import uuid
import wave
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from local.cloud.clients import client
from local.cloud.deploying.template import read_template
from local.cloud.testing import ROOT, Cloud, start_cloud
from narration.publishing import keys
from tests import samples
from tests.e2e.schemas import check
from tests.e2e.waiting import eventually
from tests.template.translate import TEMPLATE, applications, templates
from tests.workflow import seed

INVOKABLE = {"AWS::Serverless::Function", "AWS::Serverless::StateMachine"}


def snake(logical_id: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", logical_id).lower()


def invokable(*templates: Path) -> set[str]:
    return {
        snake(name)
        for path in templates
        for name, entry in read_template(path)["Resources"].items()
        if entry["Type"] in INVOKABLE
    }


SAMPLES = sorted(invokable(applications()["Narration"]))
"""Those of narration; the other pipelines' samples are tested beside their handlers."""

ARTICLE, PREMIUM = "city/harbour-bridge", "reportage/ueber-den-pass"


def sample(name: str) -> Any:
    return json.loads(samples.path_of(name).read_text(encoding="utf-8"))


def test_every_function_and_machine_has_a_sample():
    wanted = invokable(*templates())
    assert wanted <= samples.names()
    assert [name for name in wanted if not samples.path_of(name).exists()] == []
    whole = {*map(samples.path_of, wanted), *map(samples.path_of, seed.ARTICLES)}
    assert {path for path in samples.EVENTS.glob("*/*.json") if path.parent.name != "schemas"} == whole


@pytest.fixture(scope="module")
def seeds() -> seed.Seeds:
    return seed.seeds()


@pytest.mark.parametrize("name", SAMPLES)
def test_samples_are_what_the_functions_pass_on(seeds, name):
    """Hashes included. Write them anew with `python -m tests.workflow.seed --write`."""
    assert samples.path_of(name).read_text(encoding="utf-8") == seed.text(seeds.samples[name])


def test_every_sample_is_made_by_the_functions(seeds):
    assert set(SAMPLES) == set(seeds.samples)


def test_a_broken_function_breaks_tests_and_not_the_collection():
    """Whatever is run here at import would hide every other test behind one mistake in a handler."""
    program = "from narration.handlers import plan; del plan.handler; import tests.workflow.test_samples"
    environment = {**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'functions'}"}
    subprocess.run([sys.executable, "-c", program], check=True, cwd=ROOT, env=environment, timeout=60)


@pytest.mark.parametrize("name", [name for name in seed.ARTICLES if name != "article_invalid"])
def test_articles_hold_their_contract(name):
    check(sample(name), "article-message")


def test_the_invalid_article_does_not():
    import jsonschema

    with pytest.raises(jsonschema.ValidationError, match="'title' is a required property"):
        check(sample("article_invalid"), "article-message")


@pytest.fixture(scope="module")
def stack() -> Iterator[Cloud]:
    """A fresh stack with the seeds: other tests' articles would get in the way of what is looked at here."""
    cloud = start_cloud(TEMPLATE)
    try:
        seed.upload(cloud.client("s3"), cloud.outputs["AudioBucketName"])
        yield cloud
    finally:
        cloud.stop()


class Room:
    """The stack, its bucket and its functions."""

    def __init__(self, cloud: Cloud) -> None:
        self.cloud = cloud
        self.bucket = cloud.outputs["AudioBucketName"]

    def invoke(self, logical_id: str) -> Any:
        """The answer to the function's own sample, which must not be an error."""
        payload = samples.path_of(snake(logical_id)).read_bytes()
        name = f"{self.cloud.physical_id(logical_id)}:live"
        answer = self.cloud.client("lambda").invoke(FunctionName=name, Payload=payload)
        result = json.loads(answer["Payload"].read())
        assert "FunctionError" not in answer, result
        return result

    def get(self, key: str) -> bytes | None:
        s3 = self.cloud.client("s3")
        try:
            return bytes(s3.get_object(Bucket=self.bucket, Key=key)["Body"].read())
        except s3.exceptions.NoSuchKey:
            return None

    def document(self, key: str, schema: str) -> Any:
        found = self.get(key)
        assert found is not None, key
        document = json.loads(found)
        check(document, schema)
        return document

    def publish(self, name: str) -> None:
        self.cloud.client("sns").publish(TopicArn=self.cloud.outputs["ArticlesTopicArn"], Message=seed.body(name))

    def pointer(self, article: str) -> Any:
        found = self.get(keys.pointer(article))
        return json.loads(found) if found else None

    def executions(self, prefix: str) -> dict[str, str]:
        """Name and status of each execution whose name begins so."""
        pages = self.cloud.client("stepfunctions").get_paginator("list_executions")
        found = pages.paginate(stateMachineArn=self.cloud.outputs["NarrateArticleArn"])
        listed = {entry["name"]: entry["status"] for page in found for entry in page["executions"]}
        return {name: status for name, status in listed.items() if name.startswith(prefix)}

    def all_done(self, prefix: str, most: int) -> set[str]:
        """Waits until that many executions have come to an end; the ways they ended."""

        def look() -> set[str] | None:
            found = self.executions(prefix)
            return set(found.values()) if len(found) >= most and "RUNNING" not in found.values() else None

        return eventually(look, f"{most} executions named {prefix}*")


@pytest.fixture(scope="module")
def room(stack: Cloud) -> Room:
    return Room(stack)


def test_plan(room):
    answer = room.invoke("NarrationPlan")
    assert answer == sample("narration_merge"), "what Plan answers is what the later samples are"
    assert answer["action"] == "synthesize"
    assert answer["ranges"] == [sample("narration_synthesize")]


def test_synthesize(room):
    wanted = sample("narration_merge")["counts"]
    assert room.invoke("NarrationSynthesize") == {"characters": wanted["requested"], "fragments": wanted["fragments"]}
    plan = json.loads(room.get(keys.plan(sample("narration_synthesize")["edition"])) or b"")
    for fragment in plan["fragments"]:
        room.document(keys.fragment_sidecar(fragment["hash"]), "fragment-sidecar")
    assert room.invoke("NarrationSynthesize") == {"characters": 0, "fragments": 0}


def test_merge(room):
    assert room.invoke("NarrationMerge") == sample("narration_publish")
    home = keys.edition(ARTICLE, sample("narration_merge")["edition"])
    timeline = room.document(home + keys.TIMELINE, "timeline")
    assert [chapter["title"] for chapter in timeline["chapters"]][-1] == "What was done"
    assert (room.get(home + keys.FULL) or b"").startswith(b"ID3")


def test_publish(room):
    assert room.invoke("NarrationPublish")["outcome"] == "advanced"
    assert room.document(keys.pointer(ARTICLE), "pointer")["edition"] == sample("narration_publish")["edition"]
    edition = keys.edition(ARTICLE, sample("narration_publish")["edition"])
    assert room.get(keys.article(ARTICLE) + keys.FULL) == room.get(edition + keys.FULL)


def test_retag(room):
    event = sample("narration_retag")
    assert room.invoke("NarrationRetag") == event
    old, new = (room.get(keys.edition(ARTICLE, event[name]) + keys.FULL) or b"" for name in ("from", "edition"))
    assert b"harbour bridge is open" in new.replace(b"\x00", b"")
    assert b"harbour bridge is open" not in old.replace(b"\x00", b"")
    # Behind the tag, whose length differs, every byte is the same.
    assert old[-20_000:] == new[-20_000:]


def test_reject(room):
    event = sample("narration_reject")
    answer = room.invoke("NarrationReject")
    assert answer == room.document(event["message"].replace("inbox/", "rejected/"), "rejected")
    assert (answer["error"], answer["message"]) == ("InvalidArticle", "title is missing: add it.")


def test_narrate_article(room):
    states = room.cloud.client("stepfunctions")
    event = samples.path_of("narrate_article").read_text()
    started = states.start_execution(
        stateMachineArn=room.cloud.outputs["NarrateArticleArn"], name=f"sample-{uuid.uuid4()}", input=event
    )
    assert room.all_done("sample-", 1) == {"SUCCEEDED"}
    output = json.loads(states.describe_execution(executionArn=started["executionArn"])["output"])
    assert (output["article"], output["action"]) == (ARTICLE, "nothing"), "it is published already"


def test_start(room):
    assert room.invoke("NarrationStart") == {"batchItemFailures": []}
    assert room.all_done("narrate-", 2) == {"SUCCEEDED"}
    names = sorted(f"narrate-{Path(seed.kept_as(name)).stem}-1" for name in ("article", "article_premium"))
    assert sorted(room.executions("narrate-")) == names
    home = keys.article(PREMIUM)
    assert room.get(home + "members/full.mp3")
    assert room.get(home + "full.mp3") is None


def test_remerge(room):
    """The sample says that the gong was uploaded; here it really is, so the premium article is merged again."""
    room.cloud.client("s3").put_object(Bucket=room.bucket, Key=seed.SOUND, Body=gong())
    assert room.invoke("NarrationRemerge") == {"batchItemFailures": []}
    assert room.all_done("remerge-", 1) == {"SUCCEEDED"}
    assert room.pointer(PREMIUM)["sounds_revision"] == 1


def gong() -> bytes:
    """Half a second of a square wave, as WAV."""
    content = io.BytesIO()
    with wave.open(content, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(24_000)
        out.writeframes((b"\x00\x10" * 50 + b"\x00\xf0" * 50) * 120)
    return content.getvalue()


def test_redrive_failed(room):
    """An execution that failed for want of its message succeeds after the message has been put back."""
    states, s3 = room.cloud.client("stepfunctions"), room.cloud.client("s3")
    body = seed.body("article_retitled").replace('"version": 2', '"version": 4').replace("harbour-bridge", "redriven")
    key = keys.message("0" * 40)
    states.start_execution(
        stateMachineArn=room.cloud.outputs["NarrateArticleArn"],
        name=f"narrate-{'0' * 40}-1",
        input=json.dumps({"message": key}),
    )
    assert room.all_done(f"narrate-{'0' * 40}", 1) == {"FAILED"}
    s3.put_object(Bucket=room.bucket, Key=key, Body=body.encode())
    queue = room.cloud.outputs["NarrationFailedQueueUrl"]
    eventually(lambda: _waiting(room.cloud, queue) or None, "message in the failed queue")
    assert room.invoke("NarrationRedriveFailed") == {"started": 1, "running": 0, "refused": []}
    room.all_done(f"narrate-{'0' * 40}", 2)
    assert room.executions(f"narrate-{'0' * 40}-2") == {f"narrate-{'0' * 40}-2": "SUCCEEDED"}
    assert _waiting(room.cloud, queue) == 0


def _waiting(cloud: Cloud, queue: str) -> int:
    name = "ApproximateNumberOfMessages"
    found = cloud.client("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=[name])
    return int(found["Attributes"][name])


@pytest.mark.parametrize(
    ("name", "wanted"), [("article_retitled", (2, "published")), ("article_withdrawn", (3, "withdrawn"))]
)
def test_message_for_the_topic(room, name, wanted):
    room.publish(name)

    def look() -> bool | None:
        pointer = room.pointer(ARTICLE)
        return (pointer["version"], pointer["status"]) == wanted or None

    eventually(look, f"{wanted} of {ARTICLE}")


def test_invalid_message_for_the_topic(room):
    room.publish("article_invalid")
    assert room.all_done(f"narrate-{Path(seed.kept_as('article_invalid')).stem}", 1) == {"SUCCEEDED"}


def test_sam_local_reaches_this_cloud(stack, monkeypatch: pytest.MonkeyPatch):
    """The address in env.local.json, seen from a container: only the port is the test's own."""
    import socket
    from urllib.parse import urlsplit

    address = urlsplit(json.loads((samples.EVENTS / "env.local.json").read_text())["Parameters"]["AWS_ENDPOINT_URL"])
    assert (address.hostname, address.port) == ("host.docker.internal", 4566)
    resolve: Callable[..., Any] = socket.getaddrinfo

    def as_in_a_container(host: str, *arguments: Any, **options: Any) -> Any:
        return resolve("127.0.0.1" if host == address.hostname else host, *arguments, **options)

    monkeypatch.setattr(socket, "getaddrinfo", as_in_a_container)
    url = f"http://{address.hostname}:{urlsplit(stack.url).port}"
    names = seed.settings(stack.outputs)
    kept = client("s3", url).get_object(Bucket=names["AUDIO_BUCKET"], Key=seed.kept_as("article"))["Body"].read()
    assert kept.decode() == seed.body("article")
    assert client("stepfunctions", url).describe_state_machine(stateMachineArn=names["MACHINE_ARN"])
    queue = names["FAILED_QUEUE"]
    assert client("sqs", url).get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]
    assert {*names, "AWS_ENDPOINT_URL"} <= _declared()


def _declared() -> set[str]:
    """Every variable that the template names for some function; SAM sets no other."""
    found: set[str] = set()
    for path in templates():
        template = read_template(path)
        for place in (
            template.get("Globals", {}).get("Function", {}),
            *(e.get("Properties", {}) for e in template["Resources"].values()),
        ):
            found |= set(place.get("Environment", {}).get("Variables", {}))
    return found


def test_the_seed_tells_a_shell_the_names(stack, capsys):
    assert seed.main(["--url", stack.url]) == 0
    assert capsys.readouterr().out.splitlines() == [
        f"export {name}={value}" for name, value in seed.settings(stack.outputs).items()
    ]
