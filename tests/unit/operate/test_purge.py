"""What a purge takes away, and what it leaves; with plans as the application writes them."""

from __future__ import annotations

import json

import boto3
import pytest
from moto import mock_aws

from narration.publishing import keys, plan_documents
from operate import purge
from operate.clients import Target
from operate.errors import OperateError
from tests.unit.narration.builders import article, article_message, plan_of, withdrawal

BUCKET = "audio"
ONE, TWO, SHARED = "Am Montag tagt der Rat.", "Niemand wusste davon.", "Die Arbeiten beginnen im Frühjahr."


class Account:
    def __init__(self):
        self.s3 = boto3.client("s3", region_name="us-east-1")
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

    def current(self, prefix=""):
        pages = self.s3.get_paginator("list_objects_v2").paginate(Bucket=BUCKET, Prefix=prefix)
        return {one["Key"] for page in pages for one in page.get("Contents", ())}

    def versions(self, prefix=""):
        found = self.s3.list_object_versions(Bucket=BUCKET, Prefix=prefix)
        return [(one["Key"], one["IsLatest"]) for one in (*found.get("Versions", ()), *found.get("DeleteMarkers", ()))]


@pytest.fixture
def account(monkeypatch):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "x")
    with mock_aws():
        made = Account()
        monkeypatch.setattr(Target, "output", lambda *_: BUCKET)
        monkeypatch.setattr(Target, "client", lambda *_: made.s3)
        yield made


def run(name, *, confirm=True):
    return list(purge.command(Target(), name, confirm=confirm))


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
    assert told[1] == "1 fragments stay, since other articles use them"


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
    assert "nothing is deleted without --confirm" in run("gone", confirm=False)[-1]
    assert account.versions() == before


def test_a_second_run_finds_nothing(account):
    account.publish("gone", ONE)
    account.withdraw("gone")
    run("gone")
    nothing = "0 messages, bodies and refusals, 0 plans, 0 fragments of speech"
    assert run("gone") == [nothing, "0 versions of objects are deleted"]


def test_a_run_that_was_stopped_is_completed_by_its_repeat(account, monkeypatch):
    plan = account.publish("gone", ONE)
    account.withdraw("gone")
    delete = purge.delete
    monkeypatch.setattr(purge, "delete", lambda s3, bucket, names: delete(s3, bucket, list(names)[:1]))
    run("gone")
    account.put(keys.plan(plan.edition), plan_documents.dump(plan))  # the plans go last
    monkeypatch.setattr(purge, "delete", delete)
    run("gone")
    assert account.versions("fragments/") == []


def test_a_body_of_its_own_goes_if_it_is_in_the_audio_bucket(account):
    account.put("inbox/bodies/gone.html", b"<p>text</p>")
    account.publish("gone", ONE, body_s3=f"s3://{BUCKET}/inbox/bodies/gone.html")
    account.publish("gone", ONE, number=2, body_s3="s3://yours/gone.html")
    account.put("inbox/broken.json", b"{")
    account.withdraw("gone")
    told = run("gone")
    assert "inbox/bodies/gone.html" not in account.current()
    assert "not touched, since it is in a bucket of yours: s3://yours/gone.html" in told
    assert "inbox/broken.json" in account.current()


@pytest.mark.parametrize(("name", "sentence"), [("there", "withdraw it first"), ("nobody", "was ever published")])
def test_only_what_is_withdrawn_is_purged(account, name, sentence):
    account.publish("there", ONE)
    before = account.versions()
    with pytest.raises(OperateError, match=sentence):
        run(name)
    assert account.versions() == before
