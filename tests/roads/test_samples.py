"""Every sample in events/ does what it is a sample of: one local cloud, one seed, any order.

The samples run in an order that says nothing, since each has its own to work on.
"""

from __future__ import annotations

import base64
import json
import random
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from knowledge.answers import documents
from local.cloud.deploying.template import read_template
from local.cloud.testing import ROOT, Cloud, start_cloud
from local.samples import knowledge, narration, tokens, training
from local.samples.stack import EVENTS, SeedError, Stack
from narration.publishing import keys
from tests import metrics, samples
from tests.e2e.schemas import check
from tests.e2e.waiting import eventually
from tests.template.translate import TEMPLATE, templates
from tests.unit.images.builders import opened

INVOKABLE = {"AWS::Serverless::Function", "AWS::Serverless::StateMachine"}
ARTICLES = ("article", "article_retitled", "article_premium", "article_withdrawn", "article_invalid")


def snake(logical_id: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", logical_id).lower()


def invokable() -> dict[str, str]:
    """Logical ids of all functions and machines -> their type."""
    return {
        name: entry["Type"]
        for path in templates()
        for name, entry in read_template(path)["Resources"].items()
        if entry["Type"] in INVOKABLE
    }


class Room:
    """The seeded stack, and what it keeps."""

    def __init__(self, cloud: Cloud) -> None:
        self.cloud = cloud
        self.stack = Stack(cloud.stack, cloud.url, cloud.region)
        self.written = narration.samples(self.stack)

    def local(self, *arguments: str, **more: Any) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "local", *arguments, "--port", self.cloud.url.rpartition(":")[2]]
        return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=1500, **more)

    def answer(self, logical_id: str) -> Any:
        """To its own sample, by the command that the README has for it."""
        done = self.local("invoke", logical_id, "-e", str(samples.path_of(snake(logical_id))))
        assert done.returncode == 0, done.stdout + done.stderr
        return json.loads(done.stdout)

    def get(self, output: str, key: str) -> bytes:
        return self.stack.get(output, key)

    def document(self, output: str, key: str, schema: str) -> Any:
        document = json.loads(self.get(output, key))
        check(document, schema)
        return document

    def pointer(self, article: str) -> Any:
        return json.loads(self.get("AudioBucketName", keys.pointer(article)))

    def executions(self, output: str, prefix: str, count: int) -> dict[str, str]:
        """Name and status of so many executions whose name begins so, once they are over."""
        pages = self.cloud.client("stepfunctions").get_paginator("list_executions")

        def look() -> dict[str, str] | None:
            found = pages.paginate(stateMachineArn=self.cloud.outputs[output])
            entries = {e["name"]: e["status"] for page in found for e in page["executions"]}
            named = {name: status for name, status in entries.items() if name.startswith(prefix)}
            return named if len(named) >= count and "RUNNING" not in named.values() else None

        return eventually(look, f"{count} executions named {prefix}*")

    def executions_of(self, machine: str) -> list[Any]:
        """Of a machine beside the stack: the outputs of those that succeeded, the errors of those that failed."""
        states = self.cloud.client("stepfunctions")
        (arn,) = [
            one["stateMachineArn"]
            for page in states.get_paginator("list_state_machines").paginate()
            for one in page["stateMachines"]
            if one["name"] == machine
        ]
        pages = states.get_paginator("list_executions").paginate(stateMachineArn=arn)
        ended = [
            states.describe_execution(executionArn=e["executionArn"]) for page in pages for e in page["executions"]
        ]
        return [one.get("error") or json.loads(one["output"]) for one in ended if one["status"] != "RUNNING"]

    def metric(self, name: str) -> float:
        """Sum of the llm pipeline's own of the last day."""
        return metrics.total(self.cloud.client("cloudwatch"), "Millrace/LLM", name, f"{self.cloud.stack}-llm", hours=23)


@pytest.fixture(scope="module")
def room() -> Iterator[Room]:
    """A fresh stack, seeded once: other tests' articles would get in the way of what is looked at here."""
    cloud = start_cloud(TEMPLATE)
    try:
        found = Room(cloud)
        done = found.local("seed")
        assert done.returncode == 0, done.stderr
        yield found
    finally:
        cloud.stop()


Check = Callable[[Room, Any], None]
CHECKS: dict[str, Check] = {}
"""Logical id -> what its sample has done, given the answer."""


def does(function: Check) -> Check:
    CHECKS["".join(part.capitalize() for part in function.__name__.split("_"))] = function
    return function


@does
def narration_plan(_room: Room, answer: Any) -> None:
    assert (answer["action"], answer["counts"]["reused"]) == ("synthesize", 0)
    assert answer["ranges"]


@does
def narration_synthesize(room: Room, answer: Any) -> None:
    assert answer == {"batchItemFailures": []}
    work = json.loads(sample("narration_synthesize")["Records"][0]["body"])["work"]
    told = room.executions_of(tokens.NAME)
    assert {"characters": 130, "fragments": 3} in told, "the execution that waits is answered"
    plan = json.loads(room.get("AudioBucketName", keys.plan(work["edition"])))
    for fragment in plan["fragments"]:
        room.document("AudioBucketName", keys.fragment_sidecar(fragment["hash"]), "fragment-sidecar")


@does
def narration_give_up(room: Room, answer: Any) -> None:
    assert answer == {"batchItemFailures": []}
    assert "SpeechAbandoned" in room.executions_of(tokens.NAME)


@does
def narration_merge(room: Room, answer: Any) -> None:
    assert answer == {**sample("narration_merge"), "ranges": []}
    home = keys.edition("samples/merge", answer["edition"])
    timeline = room.document("AudioBucketName", home + keys.TIMELINE, "timeline")
    assert [chapter["title"] for chapter in timeline["chapters"]] == ["An article for merge"]
    assert room.get("AudioBucketName", home + keys.FULL).startswith(b"ID3")


@does
def narration_publish(room: Room, answer: Any) -> None:
    assert answer["outcome"] == "advanced"
    assert room.pointer("samples/publish")["edition"] == sample("narration_publish")["edition"]
    assert room.get("AudioBucketName", keys.article("samples/publish") + keys.FULL).startswith(b"ID3")


@does
def narration_retag(room: Room, answer: Any) -> None:
    event = sample("narration_retag")
    assert answer == event
    old, new = (
        room.get("AudioBucketName", keys.edition("samples/retag", event[name]) + keys.FULL)
        for name in ("from", "edition")
    )
    assert b"An article for retag!" in new.replace(b"\x00", b"")
    assert b"An article for retag!" not in old.replace(b"\x00", b"")
    assert old[-5_000:] == new[-5_000:], "behind the tag, whose length differs, every byte is the same"


@does
def narration_reject(room: Room, answer: Any) -> None:
    key = sample("narration_reject")["message"].replace("inbox/", "rejected/")
    assert answer == room.document("AudioBucketName", key, "rejected")
    assert (answer["error"], answer["message"]) == ("InvalidArticle", "title is missing: add it.")


@does
def narrate_article(room: Room, answer: Any) -> None:
    assert (answer["article"], answer["outcome"]) == ("samples/narrate_article", "advanced")
    assert room.pointer("samples/narrate_article")["status"] == "published"


@does
def narration_start(room: Room, answer: Any) -> None:
    assert answer == {"batchItemFailures": []}
    names = [f"narrate-{narration.key(narration.body(name))[6:46]}-1" for name in ("article", "article_premium")]
    for name in names:
        assert room.executions("NarrateArticleArn", name, 1) == {name: "SUCCEEDED"}
    assert room.pointer("city/harbour-bridge")["status"] == "published"
    assert room.get("AudioBucketName", keys.article("reportage/ueber-den-pass") + "members/full.mp3").startswith(b"ID3")


@does
def narration_remerge(room: Room, answer: Any) -> None:
    assert answer == {"batchItemFailures": []}
    assert set(room.executions("NarrateArticleArn", "remerge-", 1).values()) == {"SUCCEEDED"}
    assert room.pointer("samples/remerge")["sounds_revision"] == 1


@does
def narration_redrive_failed(room: Room, answer: Any) -> None:
    assert answer == {"started": 1, "running": 0, "refused": []}
    assert set(room.executions("NarrateArticleArn", "redrive-", 1).values()) == {"SUCCEEDED"}


@does
def documents_claim(_room: Room, answer: Any) -> None:
    assert answer["action"] == "work"


@does
def documents_inspect(_room: Room, answer: Any) -> None:
    assert answer["inspection"]["route"] == "text"


@does
def documents_analyze(room: Room, answer: Any) -> None:
    assert answer == {"batchItemFailures": []}
    assert {"answer": {"parts": 1}} in room.executions_of(tokens.NAME)


@does
def documents_start_analysis(_room: Room, answer: Any) -> None:
    assert answer == {"batchItemFailures": []}


@does
def documents_give_up(room: Room, answer: Any) -> None:
    assert answer == {"batchItemFailures": []}
    assert "DocumentAbandoned" in room.executions_of(tokens.NAME)


@does
def documents_finish_analysis(_room: Room, answer: Any) -> None:
    assert answer == {"batchItemFailures": []}


@does
def documents_collect_analysis(_room: Room, answer: Any) -> None:
    assert answer["answer"] == {"parts": 1}


@does
def documents_transform(_room: Room, answer: Any) -> None:
    assert answer["extraction"]["forms"] == 2


@does
def documents_enrich(_room: Room, answer: Any) -> None:
    assert answer["enrichment"]["entities"] > answer["enrichment"]["secrets"] == 0


@does
def documents_summarize(room: Room, answer: Any) -> None:
    assert answer == {"batchItemFailures": []}
    told = room.executions_of(tokens.NAME)
    assert [one for one in told if isinstance(one, dict) and one.get("summary", {}).get("sentences", 0) > 0]


@does
def documents_write(room: Room, answer: Any) -> None:
    assert answer["outcome"] == "summarized"
    room.document("SummariesBucketName", answer["summary"], "document-summary")


@does
def documents_reject(room: Room, answer: Any) -> None:
    assert answer["outcome"] == "rejected"
    room.document("SummariesBucketName", answer["rejected"], "rejected")


@does
def documents_delete(_room: Room, answer: Any) -> None:
    assert answer == {"batchItemFailures": []}


@does
def documents_redrive_failed(room: Room, answer: Any) -> None:
    assert answer == {"started": 1, "running": 0, "refused": []}
    assert set(room.executions("SummarizeDocumentArn", "redrive-", 1).values()) == {"SUCCEEDED"}


@does
def documents_batch_prepare(room: Room, answer: Any) -> None:
    assert (answer["documents"], answer["left_out"]["not_documents"]) == (3, 1)
    assert room.get("SummariesBucketName", answer["list"]).count(b"\n") == 3


@does
def documents_batch_report(room: Room, answer: Any) -> None:
    assert (answer["counts"]["total"], answer["counts"]["summarized"]) == (3, 3)
    assert json.loads(room.get("SummariesBucketName", answer["report"]))["map_run"]


@does
def summarize_document(_room: Room, answer: Any) -> None:
    assert answer["outcome"] == "summarized"


@does
def summarize_batch(_room: Room, answer: Any) -> None:
    assert (answer["counts"]["total"], answer["counts"]["summarized"]) == (3, 3)


@does
def images_url_door(_room: Room, answer: Any) -> None:
    image = opened(base64.b64decode(answer["body"]))
    assert (answer["statusCode"], image.format, image.size) == (200, "WEBP", (160, 120))


@does
def images_access_point_door(_room: Room, answer: Any) -> None:
    assert answer == {"status_code": 206}, "one part was asked for"


@does
def trips_clean(_room: Room, answer: Any) -> None:
    assert [record["result"] for record in answer["records"]] == ["Ok", "Dropped", "ProcessingFailed", "Dropped"]


@does
def trips_build_training_set(room: Room, answer: Any) -> None:
    assert answer["rows"]["train"] > answer["rows"]["test"] > 0
    assert json.loads(room.get("LakeBucketName", answer["manifest"]))["rows"] == answer["rows"]


@does
def llm_read_logs(room: Room, answer: Any) -> None:
    assert answer == {"batchItemFailures": []}
    eventually(lambda: room.metric("ObjectsRead") == 1 or None, "the log object")
    assert room.metric("ObjectsDuplicate") == 0


@does
def llm_read_stream(room: Room, answer: Any) -> None:
    assert answer == {"batchItemFailures": []}
    eventually(lambda: room.metric("SkippedMalformed") >= 1 or None, "the record that is none")


@does
def llm_evaluate(_room: Room, answer: Any) -> None:
    assert answer == {"module": "similarity", "outcome": "measured", "evaluated": 25}


@does
def evaluate_pairs(_room: Room, answer: Any) -> None:
    assert {(each["outcome"], each["evaluated"]) for each in answer} == {("measured", 25)}
    assert len(answer) == 3


@does
def questions_door(_room: Room, answer: Any) -> None:
    assert answer["statusCode"] == 202
    check(json.loads(answer["body"]), "question-taken")


@does
def questions_read_tables(room: Room, answer: Any) -> None:
    assert answer["attempt"] == 0
    assert answer["lane"] in {"first", "next"}, (
        "all samples are of one user, who has used up the minute's first ones or not"
    )
    assert [
        table["name"] for table in json.loads(room.get("AnswersBucketName", f"{answer['work']}/tables.json"))["tables"]
    ]


@does
def questions_generate(room: Room, answer: Any) -> None:
    assert answer == {"batchItemFailures": []}
    assert {"generated": 0} in room.executions_of(tokens.NAME), "the execution that waits is answered"


@does
def questions_give_up(room: Room, answer: Any) -> None:
    assert answer == {"batchItemFailures": []}
    assert "GivenUp" in room.executions_of(tokens.NAME)


@does
def questions_prove(_room: Room, answer: Any) -> None:
    assert (answer["outcome"], answer["warnings"]) == ("run", [])


@does
def questions_judge(_room: Room, answer: Any) -> None:
    assert answer == {"outcome": "answer"}


@does
def questions_answer(room: Room, answer: Any) -> None:
    assert answer["outcome"] == "answered"
    assert room.document("AnswersBucketName", answer["answer"], "question-answer")["columns"][0]["name"] == "trips"


@does
def questions_refuse(room: Room, answer: Any) -> None:
    assert (answer["outcome"], answer["error"]) == ("refused", "Unanswerable")
    document = room.document("AnswersBucketName", answer["answer"], "question-answer")
    assert document["reason"]["message"] == "The tables say nothing of the weather."


@does
def questions_redrive_failed(room: Room, answer: Any) -> None:
    assert answer == {"started": 1, "running": 0, "refused": []}
    assert set(room.executions("AnswerQuestionArn", "redrive-", 1).values()) == {"SUCCEEDED"}


@does
def answer_question(room: Room, answer: Any) -> None:
    assert answer["outcome"] == "answered"
    assert room.document("AnswersBucketName", answer["answer"], "question-answer")["bytes_scanned"] > 0


@does
def knowledge_index(room: Room, answer: Any) -> None:
    assert answer == {"batchItemFailures": []}
    assert json.loads(room.get("KnowledgeBucketName", f"knowledge/{knowledge.KEY}.json"))["pending"] == []


@does
def knowledge_list_repository(_room: Room, answer: Any) -> None:
    assert answer["outcome"] in {"work", "busy"}  # busy where the sample of the machine runs just now


@does
def knowledge_sync_portion(_room: Room, answer: Any) -> None:
    # 0 where the sample of ListRepository came before: what was listed twice is first taken away, and nothing is there.
    assert answer in ({"done": 1, "skipped": 0}, {"done": 0, "skipped": 0})


@does
def knowledge_finish_sync(room: Room, answer: Any) -> None:
    assert (answer["outcome"], answer["counts"]["copied"], answer["counts"]["access_written"]) == ("synced", 1, 1)
    assert room.get("InboxBucketName", "brought/handbook.txt")
    readers = json.loads(room.get("InboxBucketName", "brought/access.json"))
    assert (readers["users"], readers["denied_users"]) == (["ann"], ["bob"])


@does
def sync_repository(room: Room, answer: Any) -> None:
    assert answer["outcome"] == "synced"
    assert room.get("InboxBucketName", "brought/holidays.txt")


@does
def knowledge_door(_room: Room, answer: Any) -> None:
    assert answer["statusCode"] == 202
    check(json.loads(answer["body"]), "ask-taken")


@does
def knowledge_show(_room: Room, answer: Any) -> None:
    document = json.loads(answer["body"])
    assert (answer["statusCode"], document["key"]) == (200, knowledge.KEY)
    assert any("120 days" in line for line in document["lines"])


@does
def knowledge_retrieve(room: Room, answer: Any) -> None:
    assert answer["lane"] in {"first", "next"}
    assert json.loads(room.get("KnowledgeBucketName", f"{answer['work']}/found.json"))["hits"]


@does
def knowledge_compose(room: Room, answer: Any) -> None:
    assert answer == {"batchItemFailures": []}
    assert {"composed": True} in room.executions_of(tokens.NAME), "the execution that waits is answered"


@does
def knowledge_give_up(room: Room, answer: Any) -> None:
    assert answer == {"batchItemFailures": []}
    assert "GivenUp" in room.executions_of(tokens.NAME)


@does
def knowledge_answer(room: Room, answer: Any) -> None:
    assert answer["outcome"] == "answered"
    document = told(room, answer["answer"])
    assert [citation["text"] for citation in document["citations"]] == [knowledge.SAID]


@does
def knowledge_refuse(room: Room, answer: Any) -> None:
    assert (answer["outcome"], answer["error"]) == ("refused", "NotInDocuments")
    assert room.document("KnowledgeBucketName", answer["answer"], "ask-answer")["state"] == "refused"


@does
def knowledge_redrive_failed(room: Room, answer: Any) -> None:
    assert answer == {"started": 1, "running": 0, "refused": []}
    assert set(room.executions("AnswerFromDocumentsArn", "redrive-", 1).values()) == {"SUCCEEDED"}


@does
def answer_from_documents(room: Room, answer: Any) -> None:
    assert answer["outcome"] == "answered"
    assert "120 days" in told(room, answer["answer"])["answer"]


def told(room: Room, key: str) -> Any:
    """A kept answer as the door tells it: without what it rests on, which is the document of the samples."""
    kept = json.loads(room.get("KnowledgeBucketName", key))
    assert [source["key"] for source in kept["rests_on"]] == [knowledge.KEY]
    document = documents.to_tell(kept)
    check(document, "ask-answer")
    return document


def sample(name: str) -> Any:
    return json.loads(samples.path_of(name).read_text(encoding="utf-8"))


@does
def train_model(_room: Room, answer: Any) -> None:
    assert answer.get("outcome") == "deployed" or answer["action"] in ("serving", "duplicate")


@does
def training_start(room: Room, answer: Any) -> None:
    assert answer == {"batchItemFailures": []}
    assert set(room.executions("TrainModelArn", "train-", 1).values()) == {"SUCCEEDED"}


@does
def training_claim(_room: Room, answer: Any) -> None:
    assert (answer["action"], answer["name"]) == ("serving", "riders")


@does
def training_validate(_room: Room, answer: Any) -> None:
    assert answer["rows"] == training.COUNTS


@does
def training_prepare(_room: Room, answer: Any) -> None:
    assert answer == {"request": {}, "trials": []}, "it was trained before"


@does
def training_choose(room: Room, answer: Any) -> None:
    assert json.loads(room.get("ModelsBucketName", f"{answer['model']}model.json"))["kind"] == "trees"


@does
def training_evaluate(_room: Room, answer: Any) -> None:
    assert answer["tested"] == training.COUNTS["test"]


@does
def training_gate(room: Room, answer: Any) -> None:
    assert json.loads(room.get("ModelsBucketName", answer["report"]))["accepted"] is True


@does
def training_register(_room: Room, answer: Any) -> None:
    assert (answer["package"].startswith("arn:"), answer["approve"]) == (True, False)


@does
def training_approval_ask(_room: Room, answer: Any) -> None:
    assert answer["state"] in ("waiting", "approved")


@does
def training_approval_decided(_room: Room, answer: Any) -> None:
    assert answer["state"] == "approved"


@does
def training_endpoint_deploy(_room: Room, answer: Any) -> None:
    assert answer == {"endpoint": ""}


@does
def training_endpoint_look(_room: Room, answer: Any) -> None:
    assert answer == {"in_service": ""}


@does
def training_smoke(_room: Room, answer: Any) -> None:
    assert answer == {"smoked": 20}


@does
def training_point(room: Room, answer: Any) -> None:
    assert answer["outcome"] == "deployed"
    assert json.loads(room.get("ModelsBucketName", "pointers/sample.json"))["version"] == training.version(room.stack)


@does
def training_retire(_room: Room, answer: Any) -> None:
    assert (answer["outcome"], answer["retired"]) == ("deployed", "")


@does
def training_refuse(room: Room, answer: Any) -> None:
    document = room.document("ModelsBucketName", answer["rejected"], "model-rejected")
    assert document["error"] == answer["error"] == "ManifestInvalid"


@does
def training_predict(_room: Room, answer: Any) -> None:
    document = json.loads(answer["body"])
    assert answer["statusCode"] == 200
    check(document, "model-predictions")
    assert [each["label"] for each in document["predictions"]] == ["guest", "member"]


@does
def training_inventory(_room: Room, answer: Any) -> None:
    assert answer["endpoints"] == []


@does
def training_redrive_failed(_room: Room, answer: Any) -> None:
    assert (answer["started"], answer["refused"]) == (1, [])


SHUFFLED = random.Random(12).sample(sorted(CHECKS), len(CHECKS))
"""Behind the last check: one that comes later would not be run."""


@pytest.mark.parametrize("logical_id", SHUFFLED)
def test_sample(room, logical_id):
    CHECKS[logical_id](room, room.answer(logical_id))


SIGNED = "images_url_door_signed"
"""For a stack with a parameter too: tests/roads/test_docs.py runs it."""
TOKENS = ("questions_door_token", "knowledge_door_token")
"""Likewise: tests/unit/questions/answers/test_question_samples.py and tests/unit/knowledge/answers/test_ask_samples.py
take them."""
ELSEWHERE = {"LlmTakeEvents", "LlmCanary"}
"""Functions that a stack has only with a parameter: tests/roads/test_switches.py and tests/e2e/test_llm.py run them,
and tests/unit/llm/test_sources.py and test_canary.py their samples."""


def test_every_file_is_the_sample_of_something_that_is_run_here():
    assert CHECKS.keys() | ELSEWHERE == invokable().keys()
    assert set(SHUFFLED) == CHECKS.keys()
    whole = {
        *map(samples.path_of, map(snake, [*CHECKS, *ELSEWHERE])),
        *map(samples.path_of, [*ARTICLES, SIGNED, *TOKENS]),
    }
    assert {path for path in EVENTS.glob("*/*.json") if path.parent.name != "schemas"} == whole


def test_a_second_seed_changes_nothing_that_is_there(room):
    done = room.local("seed")
    assert (done.returncode, done.stderr) == (0, "")
    assert "narration: s3://" in done.stdout


@pytest.mark.parametrize("name", [name for name in ARTICLES if name != "article_invalid"])
def test_articles_hold_their_contract(name):
    check(sample(name), "article-message")


def test_the_invalid_article_does_not():
    import jsonschema

    with pytest.raises(jsonschema.ValidationError, match="'title' is a required property"):
        check(sample("article_invalid"), "article-message")


def test_articles_by_the_topic(room):
    """As events/README.md has them, one after another."""
    for name, wanted in (("article", (1, "published")), ("article_retitled", (2, "published")),
                         ("article_withdrawn", (3, "withdrawn"))):  # fmt: skip
        topic = room.cloud.outputs["ArticlesTopicArn"]
        room.cloud.client("sns").publish(TopicArn=topic, Message=narration.body(name))

        def look(wanted: tuple[int, str] = wanted) -> bool | None:
            try:
                pointer = room.pointer("city/harbour-bridge")
            except room.cloud.client("s3").exceptions.NoSuchKey:
                return None
            return (pointer["version"], pointer["status"]) == wanted or None

        eventually(look, f"{wanted} of {name}")


class TestWhatIsSaid:
    @pytest.fixture
    def nobody(self) -> str:
        import socket

        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            return str(free.getsockname()[1])

    @pytest.mark.parametrize("command", [("seed",), ("event", "events/llm/evaluate.json")])
    def test_a_closed_port(self, nobody, command):
        done = subprocess.run(
            [sys.executable, "-m", "local", *command], cwd=ROOT, capture_output=True, text=True, check=False,
            env={"PORT": nobody, "PATH": ""}, timeout=60,
        )  # fmt: skip
        sentence = f"error: No local cloud answers at http://127.0.0.1:{nobody}; start one with 'make up', or name its"
        assert (done.returncode, done.stdout, done.stderr) == (2, "", f"{sentence} --port.\n")

    def test_the_endpoint_of_the_shell_counts(self, room):
        done = subprocess.run(
            [sys.executable, "-m", "local", "event", "events/llm/evaluate.json"], cwd=ROOT, capture_output=True,
            text=True, check=False, env={"AWS_ENDPOINT_URL": room.cloud.url, "PORT": "1", "PATH": ""}, timeout=60,
        )  # fmt: skip
        assert json.loads(done.stdout)["bucket"] == room.cloud.outputs["ModelLogsBucketName"]

    def test_a_name_that_the_stack_has_not(self, room):
        done = room.local("event", "-", input='{"a": "${NoSuchBucketName} ${price}"}')
        assert done.returncode == 2
        assert "The event names ${NoSuchBucketName}, and the stack 'millrace' has no such output" in done.stderr

    def test_what_names_nothing_is_written_as_it_came(self, room):
        for text in ('{"a":  "${price} and $HOME"}', "no json", ""):
            assert room.local("event", "-", input=text).stdout == text

    def test_a_stack_that_is_not_there(self, room):
        done = room.local("seed", "--stack-name", "another")
        assert (done.returncode, done.stderr) == (2, "error: Stack with id another does not exist\n")


def test_written_anew_the_samples_are_those_of_the_tree(room):
    """Hashes included: what Plan makes of their articles today. Written by `python -m local seed --write`."""
    assert {name: narration.written(document) for name, document in room.written.items()} == {
        name: (narration.FOLDER / f"{name}.json").read_text(encoding="utf-8") for name in room.written
    }


def test_samples_are_not_written_on_a_stack_that_was_seeded(room):
    with pytest.raises(SeedError, match="start a new local cloud"):
        narration.samples(room.stack)
