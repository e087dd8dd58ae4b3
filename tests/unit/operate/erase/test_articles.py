"""What is erased of an article, and what is left; with plans as the application writes them."""

from __future__ import annotations

import json

import boto3
import pytest
from moto import mock_aws

from narration.publishing import keys, plan_documents
from operate.clients import Target
from operate.erase import command
from operate.erase.erasure import Subject
from operate.errors import OperateError
from tests.unit.narration.builders import article, article_message, plan_of, withdrawal

BUCKET = "audio"
SECRET = "Was niemand wissen soll"
ONE, TWO, SHARED = "Am Montag tagt der Rat.", "Niemand wusste davon.", "Die Arbeiten beginnen im Frühjahr."


class Executions:
    """Step Functions with executions that run, by name, each with its input."""

    def __init__(self):
        self.running = {}

    def get_paginator(self, name):
        assert name == "list_executions"
        return self

    def paginate(self, *, stateMachineArn, statusFilter):  # noqa: N803 - boto3's names
        assert statusFilter == "RUNNING"
        yield {"executions": [{"name": name, "executionArn": f"{stateMachineArn}:{name}"} for name in self.running]}

    def describe_execution(self, *, executionArn):  # noqa: N803
        return {"input": json.dumps(self.running[executionArn.rpartition(":")[2]])}


class Account:
    def __init__(self):
        self.s3 = boto3.client("s3", region_name="us-east-1")
        self.sqs = boto3.client("sqs", region_name="us-east-1")
        self.stepfunctions = Executions()
        self.resources = {}
        self.s3.create_bucket(Bucket=BUCKET)
        self.s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})

    def put(self, key, body=b"x"):
        self.s3.put_object(Bucket=BUCKET, Key=key, Body=body if isinstance(body, bytes) else json.dumps(body).encode())

    def publish(self, name, *texts, number=1, **more):
        """The message, the plan, the speech and the audio of one version."""
        message = article_message(id=name, version=number, paragraphs=[{"kind": "text", "text": one} for one in texts])
        inbox = keys.message(f"{name}-{number}")
        self.put(inbox, {**message, **more})
        plan = plan_of(article(id=name, version=number, paragraphs=message["paragraphs"]), message=inbox)
        self.put(keys.plan(plan.edition), plan_documents.dump(plan))
        for fragment in plan.fragments:
            self.put(keys.fragment_audio(fragment.hash))
            self.put(keys.fragment_sidecar(fragment.hash))
        self.put(keys.edition(name, plan.edition) + keys.FULL)
        self.put(keys.pointer(name), {"status": "published", "edition": plan.edition})
        return plan

    def withdraw(self, name):
        self.put(keys.message(f"{name}-gone"), withdrawal(id=name))
        self.put(keys.pointer(name), {"status": "withdrawn"})
        for key in self.current(keys.editions(name)):
            self.s3.delete_object(Bucket=BUCKET, Key=key)

    def listed(self, name, plan, section):
        """As the publication leaves it: the listing, the entry, and a feed that told of the article once."""
        self.put(keys.listing(name), {"article": name, "sections": [section], "since": "2026-01-01T00:00:00Z"})
        self.put(keys.entry(section, "000000000001", name, plan.edition), {"title": SECRET, "article": name})
        self.put(keys.use("sounds/bell.mp3", name), b"")
        self.put(keys.wanted(name), {"article": name, "version": 1})
        self.put(keys.feed(section), f"<title>{SECRET}</title>".encode())
        self.put(keys.feed(section), b"<rss/>")

    def all(self):
        """Every version, oldest first, to be put back by ``restore``."""
        found = self.s3.list_object_versions(Bucket=BUCKET)
        versions = reversed(found.get("Versions", []))  # S3 lists a key's newest version first
        bodies = [
            (one["Key"], self.s3.get_object(Bucket=BUCKET, Key=one["Key"], VersionId=one["VersionId"])["Body"].read())
            for one in versions
        ]
        return bodies, {one["Key"] for one in found.get("DeleteMarkers", ()) if one["IsLatest"]}

    def restore(self, before):
        bodies, gone = before
        found = self.s3.list_object_versions(Bucket=BUCKET)
        for one in (*found.get("Versions", ()), *found.get("DeleteMarkers", ())):
            self.s3.delete_object(Bucket=BUCKET, Key=one["Key"], VersionId=one["VersionId"])
        for key, body in bodies:
            self.put(key, body)
        for key in gone:
            self.s3.delete_object(Bucket=BUCKET, Key=key)

    def naming(self, name, plan):
        """Keys, in any version, of what tells of an article beside the tombstone and the withdrawal."""
        bodies, _ = self.all()
        texts = (SECRET.encode(), ONE.encode(), f'"{name}"'.encode())
        told = {key for key, body in bodies if any(text in body for text in texts)}
        told |= {key for key, _ in bodies if name in key or plan.edition in key or key in speech(plan)}
        return told - {keys.pointer(name), keys.message(f"{name}-gone")}

    def current(self, prefix=""):
        pages = self.s3.get_paginator("list_objects_v2").paginate(Bucket=BUCKET, Prefix=prefix)
        return {one["Key"] for page in pages for one in page.get("Contents", ())}

    def versions(self, prefix=""):
        found = self.s3.list_object_versions(Bucket=BUCKET, Prefix=prefix)
        return [(one["Key"], one["IsLatest"]) for one in (*found.get("Versions", ()), *found.get("DeleteMarkers", ()))]

    def has_queue(self, name):
        url = self.sqs.create_queue(QueueName=name)["QueueUrl"]
        self.resources[name] = url
        return url

    def waiting(self, name):
        found = self.sqs.receive_message(QueueUrl=self.resources[name], MaxNumberOfMessages=10, VisibilityTimeout=0)
        return [message["Body"] for message in found.get("Messages", ())]


@pytest.fixture
def account(monkeypatch):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "x")
    with mock_aws():
        made = Account()
        monkeypatch.setattr(Target, "output", lambda *_: BUCKET)
        monkeypatch.setattr(Target, "resources", lambda _: made.resources)
        monkeypatch.setattr(Target, "client", lambda _, service: getattr(made, service))
        yield made


def run(name, *, confirm=True):
    return list(command.command(Target(), Subject(article=name), agreed=lambda: confirm))


def speech(*plans):
    names = {one.hash for plan in plans for one in plan.fragments}
    return {key for name in names for key in (keys.fragment_audio(name), keys.fragment_sidecar(name))}


def test_text_and_speech_of_every_version_go_and_what_others_use_stays(account):
    old, new = account.publish("gone", ONE, SHARED), account.publish("gone", TWO, SHARED, number=2)
    other = account.publish("stays", SHARED)
    account.put("fragments/" + new.fragments[0].hash + ".marks.json")
    account.withdraw("gone")
    told = run("gone")
    left = account.current()
    assert left == {
        keys.pointer("gone"),
        keys.message("gone-gone"),
        keys.message("stays-1"),
        keys.plan(other.edition),
        keys.pointer("stays"),
        keys.edition("stays", other.edition) + keys.FULL,
        *speech(other),
    }
    assert len(speech(old, new) - left) == 4
    assert told[0] == "4 messages, bodies and refusals, 2 plans, 2 fragments of speech"
    assert "stays: 1 fragment stays, since other articles use them" in told


def test_no_version_of_what_is_gone_is_left(account):
    account.publish("gone", ONE)
    account.publish("gone", ONE)  # twice: there are older versions of each object
    account.withdraw("gone")
    run("gone")
    assert account.versions("fragments/") == account.versions("plans/") == []
    assert account.versions("articles/gone/") == [(keys.pointer("gone"), True)]


def test_without_confirmation_nothing_is_deleted(account):
    account.publish("gone", ONE)
    account.withdraw("gone")
    before = account.versions()
    assert run("gone", confirm=False)[-1] == "nothing is erased without --yes"
    assert account.versions() == before


def test_a_second_run_finds_nothing(account):
    account.publish("gone", ONE)
    account.withdraw("gone")
    run("gone")
    told = run("gone")
    assert told[0] == "0 messages, bodies and refusals, 0 plans, 0 fragments of speech"
    assert told[-1] == "erased: nothing was left"


class Dies(Exception):
    """The operator's machine went away."""


class Mortal:
    """S3 that is there for so many deletions."""

    def __init__(self, s3, left):
        self.s3, self.left = s3, left

    def __getattr__(self, name):
        if name == "delete_objects":
            self.left -= 1
            if self.left < 0:
                raise Dies
        return getattr(self.s3, name)


def test_a_run_that_was_stopped_anywhere_is_completed_by_its_repeat(account):
    plan = account.publish("gone", ONE, section="news")
    stays = account.publish("stays", SHARED)
    account.listed("gone", plan, "news")
    account.withdraw("gone")
    before = account.all()
    whole = account.s3
    for deaths in range(20):
        account.restore(before)
        account.s3 = Mortal(whole, deaths)
        try:
            run("gone")
        except Dies:
            account.s3 = whole
            run("gone")
            assert account.naming("gone", plan) == set(), f"stopped before deletion {deaths}"
        else:
            break
        finally:
            account.s3 = whole
    assert deaths > 3
    assert speech(stays) <= account.current()


def test_a_body_of_its_own_goes_if_it_is_in_the_audio_bucket(account):
    account.put("inbox/bodies/gone.html", b"<p>text</p>")
    account.publish("gone", ONE, body_s3=f"s3://{BUCKET}/inbox/bodies/gone.html")
    account.publish("gone", ONE, number=2, body_s3="s3://yours/gone.html")
    account.put("inbox/broken.json", b"{")
    account.withdraw("gone")
    told = run("gone")
    assert "inbox/bodies/gone.html" not in account.current()
    assert "stays: not touched, since it is in a bucket of yours, or of others too: s3://yours/gone.html" in told
    assert "inbox/broken.json" in account.current()


@pytest.mark.parametrize(
    "key", ["articles/stays/latest.json", "reading/profile.toml", "inbox/shared.html", "inbox/other-1.json"]
)
def test_a_message_cannot_have_what_is_not_its_own_erased(account, key):
    """Whoever may publish names any object as a body; an erasure of that article must not take it away."""
    account.publish("stays", SHARED, body_s3=f"s3://{BUCKET}/inbox/shared.html")
    account.publish("other", TWO)
    account.put("inbox/shared.html")
    account.put("reading/profile.toml")
    account.publish("gone", ONE, body_s3=f"s3://{BUCKET}/{key}")
    account.withdraw("gone")
    told = run("gone")
    assert any(line.startswith("stays: not touched") and key in line for line in told)
    assert keys.pointer("stays") in account.current()
    assert key in account.current()


@pytest.mark.parametrize(("name", "sentence"), [("there", "withdraw it first"), ("nobody", "was ever published")])
def test_only_what_is_withdrawn_is_erased(account, name, sentence):
    account.publish("there", ONE)
    before = account.versions()
    with pytest.raises(OperateError, match=sentence):
        run(name)
    assert account.versions() == before


def test_a_published_feeds_old_versions_go_and_the_feed_stays(account):
    plan = account.publish("gone", ONE)
    account.listed("gone", plan, "news")
    account.withdraw("gone")
    run("gone")
    assert account.versions("feeds/") == [(keys.feed("news"), True)]
    assert account.versions("listings/") == account.versions("uses/") == account.versions("plans/wanted/") == []


def test_messages_that_wait_go_and_those_of_others_come_back(account):
    plan = account.publish("gone", ONE)
    account.withdraw("gone")
    failure = {"detail": {"input": json.dumps({"message": plan.message}), "status": "FAILED"}}
    other = {"detail": {"input": json.dumps({"message": keys.message("other")}), "status": "FAILED"}}
    for name, bodies in {
        "ArticlesQueue": [{"id": "gone", "body_html": SECRET}, {"id": "not-gone", "body_html": "x"}],
        "NarrationDeadLetters": [{"id": "gone"}, "no JSON: gone"],
        "NarrationFailedQueue": [failure, other],
    }.items():
        url = account.has_queue(name)
        for body in bodies:
            account.sqs.send_message(QueueUrl=url, MessageBody=body if isinstance(body, str) else json.dumps(body))
    told = run("gone")
    assert account.waiting("ArticlesQueue") == [json.dumps({"id": "not-gone", "body_html": "x"})]
    assert account.waiting("NarrationDeadLetters") == ["no JSON: gone"]
    assert account.waiting("NarrationFailedQueue") == [json.dumps(other)]
    assert "1 messages in ArticlesQueue" in told[-1]


def test_an_article_that_only_names_it_waits_on(account):
    """Publishers put members of their own into a message; the text may be JSON."""
    account.publish("gone", ONE)
    account.withdraw("gone")
    url = account.has_queue("ArticlesQueue")
    others = [
        {"id": "one", "related": [{"id": "gone"}]},
        {"id": "two", "body_html": json.dumps({"id": "gone"})},
        {"id": "three", "article": "gone"},
    ]
    for body in (*others, {"Type": "Notification", "Message": json.dumps({"id": "gone"})}):
        account.sqs.send_message(QueueUrl=url, MessageBody=json.dumps(body))
    run("gone")
    assert sorted(account.waiting("ArticlesQueue")) == sorted(map(json.dumps, others))


@pytest.mark.parametrize("kind", ["narrate", "remerge"])
def test_what_still_works_on_it_is_told_and_its_plan_stays_until_it_has_ended(account, kind):
    plan = account.publish("gone", ONE)
    account.withdraw("gone")
    account.resources["NarrateArticle"] = "machine"
    work = "a" * 40
    name = f"{kind}-{work}-2"
    message = keys.message(work)
    account.put(message, article_message(id="gone"))
    account.stepfunctions.running = {name: {"message": message}, f"{kind}-{'b' * 40}-1": {"message": "inbox/other"}}
    told = []
    with pytest.raises(OperateError, match="1 thing is still there"):
        told.extend(command.command(Target(), Subject(article="gone"), agreed=lambda: True))
    assert keys.plan(plan.edition) in account.current()
    account.put(keys.fragment_audio(plan.fragments[0].hash))  # the execution has spoken once more
    account.stepfunctions.running = {}
    run("gone")
    assert account.naming("gone", plan) == set()


def test_what_happens_while_a_person_thinks_counts(account):
    """Published again, or spoken for another article meanwhile: nothing of that is taken away."""
    account.publish("gone", ONE, SHARED)
    account.withdraw("gone")
    others = []

    def thinks():
        others.append(account.publish("new", SHARED))
        return True

    list(command.command(Target(), Subject(article="gone"), agreed=thinks))
    assert speech(*others) <= account.current()

    def publishes():
        account.publish("gone", ONE, number=3)
        return True

    account.withdraw("gone")
    with pytest.raises(OperateError, match="withdraw it first"):
        list(command.command(Target(), Subject(article="gone"), agreed=publishes))
    assert keys.message("gone-3") in account.current()


def test_an_article_that_was_only_refused_is_erased(account):
    message = keys.message("bad-1")
    account.put(message, {"id": "bad", "body_html": SECRET})
    account.put(keys.rejected("bad-1"), {"article": "bad"})
    run("bad")
    assert account.current() == set()


def test_an_article_on_its_way_has_to_be_withdrawn_first(account):
    account.put(keys.message("new-1"), {"id": "new", "body_html": SECRET})
    with pytest.raises(OperateError, match="is being narrated, or failed; withdraw it first"):
        run("new")


def test_what_s3_refuses_is_told_and_found_again(account, monkeypatch):
    plan = account.publish("gone", ONE)
    account.withdraw("gone")
    refused = keys.fragment_audio(plan.fragments[0].hash)
    whole = account.s3

    class Refuses:
        def __getattr__(self, name):
            return getattr(whole, name)

        def delete_objects(self, Bucket, Delete):  # noqa: N803 - boto3's names
            some = [one for one in Delete["Objects"] if one["Key"] != refused]
            errors = [{"Key": refused, "Code": "AccessDenied"}] if len(some) < len(Delete["Objects"]) else []
            answer = whole.delete_objects(Bucket=Bucket, Delete={**Delete, "Objects": some}) if some else {}
            return {**answer, "Errors": errors}

    account.s3 = Refuses()
    lines = []
    with pytest.raises(OperateError, match="1 thing is still there"):
        lines.extend(command.command(Target(), Subject(article="gone"), agreed=lambda: True))
    account.s3 = whole
    assert keys.plan(plan.edition) in account.current()  # it says what is left
    run("gone")
    assert account.versions("fragments/") == account.versions("plans/") == []


def test_a_deleted_plan_and_message_are_found_by_their_old_versions(account):
    """Somebody has deleted them by hand: a versioned bucket keeps them all the same."""
    plan = account.publish("gone", ONE)
    account.withdraw("gone")
    for key in (keys.plan(plan.edition), keys.message("gone-1")):
        account.s3.delete_object(Bucket=BUCKET, Key=key)
    run("gone")
    assert account.naming("gone", plan) == set()
