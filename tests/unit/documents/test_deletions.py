"""Deleting: nothing of a deleted document stays, and nothing that is not of it goes, whatever comes when."""

from __future__ import annotations

import itertools
import json
from dataclasses import dataclass, field
from email.message import EmailMessage
from functools import partial
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from documents import keys, steps
from documents.errors import DocumentGone
from documents.handlers import claim, delete, inspect, reject, transform, write
from documents.intake import claims, originals
from documents.model import Source
from documents.outputs import attachments, deletions
from documents.reading.mail.letters import Attachment
from tests.e2e.schemas import check
from tests.unit.documents.pipeline_aws import INBOX, SUMMARIES
from tests.unit.documents.pipeline_builders import AT, RUN, TEXT, Context, by_hand, created, keep_steps

KEY = "deep/er/ä + b.txt"


@dataclass
class World:
    """An inbox, the events that its changes make, and the executions that are under way."""

    account: object
    key: str = KEY
    events: list = field(default_factory=list)
    running: list = field(default_factory=list)
    places: object = field(default_factory=lambda: itertools.count(16))

    @property
    def s3(self):
        return self.account.s3

    def _place(self):
        return f"{next(self.places):04X}"

    # What people do

    def upload(self, body=b""):
        put = self.s3.put_object(Bucket=INBOX, Key=self.key, Body=body or uuid4().hex.encode())
        event = created(self.key, self._place(), put["ETag"].strip('"'), put["VersionId"])
        return self._told({**event, "id": uuid4().hex})

    def delete(self):
        marker = self.s3.delete_object(Bucket=INBOX, Key=self.key)["VersionId"]
        return self._told(self.gone(marker, "Delete Marker Created"))

    def purge(self, version, reason="DeleteObject"):
        """One version, or one marker, for good."""
        self.s3.delete_object(Bucket=INBOX, Key=self.key, VersionId=version)
        return self._told(self.gone(version, "Permanently Deleted", reason))

    def tag(self, version, name="millrace-retention", value="delete"):
        tags = {"TagSet": [{"Key": name, "Value": value}]}
        self.s3.put_object_tagging(Bucket=INBOX, Key=self.key, VersionId=version, Tagging=tags)
        about = {"key": self.key, "etag": "e", "version-id": version}
        return self._told(self._event("Object Tags Added", {"object": about}))

    def gone(self, version, how, reason="DeleteObject"):
        about = {"key": self.key, "version-id": version, "sequencer": self._place()}
        return self._event("Object Deleted", {"object": about, "deletion-type": how, "reason": reason})

    def _event(self, kind, detail):
        return {
            "id": uuid4().hex, "source": "aws.s3", "detail-type": kind, "time": AT,
            "detail": {"bucket": {"name": INBOX}, **detail},
        }  # fmt: skip

    def _told(self, event):
        self.events.append(event)
        return event

    def versions(self):
        """Ids of versions and of markers, newest first."""
        found = self.s3.list_object_versions(Bucket=INBOX, Prefix=self.key)
        return [each["VersionId"] for name in ("Versions", "DeleteMarkers") for each in found.get(name, [])]

    def current(self):
        try:
            return self.s3.head_object(Bucket=INBOX, Key=self.key)["VersionId"]
        except self.s3.exceptions.ClientError:
            return None

    # What the application does

    def deliver(self, event):
        if event["detail-type"] != "Object Created":
            message = {"messageId": event["id"], "body": json.dumps(event)}
            assert delete.handler({"Records": [message]}, Context()) == {"batchItemFailures": []}
            for arn, request in list(self.account.states.started.items()):
                del self.account.states.started[arn]
                self.claim(request, arn)
            return
        self.claim(event, RUN + uuid4().hex)

    def claim(self, event, arn):
        states = self.account.states.executions
        states[arn] = ("RUNNING", None)
        state = claim.handler({"event": event, "execution": arn, "at": AT}, Context())
        if state["action"] == "work":
            self.running.append((arn, state))
        else:
            states[arn] = ("SUCCEEDED", {"outcome": state["action"]})
        return state

    def finish(self, number=0, refused=False):
        """The execution comes to its end, all steps from Inspect on."""
        arn, state = self.running.pop(number)
        keep_steps(state["work"], tables=2)
        if refused:
            error = {"Error": "BrokenDocument", "Cause": "Save it anew."}
            told = {"document": state["document"], "work": state["work"], "error": error, "at": AT}
            answer = reject.handler(told, Context())
        else:
            answer = write.handler({**state, "inspection": TEXT}, Context())
        self.account.states.executions[arn] = ("SUCCEEDED", answer)
        return answer

    def run(self, event):
        """One event all the way."""
        self.deliver(event)
        while self.running:
            self.finish()

    def results(self):
        listed = self.s3.list_objects_v2(Bucket=SUMMARIES).get("Contents", [])
        return {found["Key"] for found in listed if not found["Key"].startswith(("deleted/", "steps/"))}

    def left(self):
        listed = self.s3.list_objects_v2(Bucket=SUMMARIES).get("Contents", [])
        return {found["Key"] for found in listed if not found["Key"].startswith("deleted/")}

    def summarised(self):
        found = steps.summaries().get(keys.summary(self.key))
        return found and found.json()["document"]["version_id"]

    def told(self):
        return self.account.events.details("DocumentDeleted")


@pytest.fixture
def world(account):
    return World(account)


def version_of(event):
    return event["detail"]["object"]["version-id"]


WHOLE = {keys.summary(KEY), keys.boxes(KEY), keys.text(KEY), keys.table(KEY, 1), keys.table(KEY, 2)}


# One document


def test_everything_made_of_a_document_goes_with_it(world):
    world.run(world.upload())
    assert world.results() == WHOLE
    world.s3.put_object(Bucket=SUMMARIES, Key=keys.searchable(KEY), Body=b"", Metadata={"sequencer": "0010"})
    world.s3.put_object(Bucket=SUMMARIES, Key=keys.redacted(KEY), Body=b"", Metadata={"sequencer": "0010"})
    event = world.delete()
    world.run(event)
    assert world.left() == set()
    [told] = world.told()
    check(told, "document-deleted")
    assert (told["key"], told["reason"], told["version_id"]) == (KEY, "deleted", version_of(event))


def test_a_refusal_goes_too_and_one_of_a_key_that_is_too_long(account):
    for key in (KEY, "k" * 1020):
        world = World(account, key)
        world.deliver(world.upload())
        assert len(world.running) == 1 or key != KEY
        while world.running:
            world.finish(refused=True)
        world.run(world.delete())
        assert world.left() == set()


def test_marks_hold_neither_the_key_nor_a_text(world):
    world.run(world.upload())
    world.run(world.delete())
    for found in world.s3.list_objects_v2(Bucket=SUMMARIES)["Contents"]:
        body = world.s3.get_object(Bucket=SUMMARIES, Key=found["Key"])["Body"].read().decode()
        assert "b.txt" not in found["Key"] + body


def test_documents_beside_it_stay(account):
    one, other = World(account), World(account, KEY + "/1.csv")
    for world in (one, other):
        world.run(world.upload())
    one.run(one.delete())
    assert one.results() == {
        make(other.key) for make in (keys.summary, keys.boxes, keys.text)
    } | {keys.table(other.key, 1), keys.table(other.key, 2)}  # fmt: skip


def test_a_repeated_deletion_changes_nothing_and_tells_again(world):
    world.run(world.upload())
    event = world.delete()
    world.run(event)
    world.run(event)
    assert world.left() == set()
    assert len(world.told()) == 2


def test_without_versions(account):
    account.s3.create_bucket(Bucket="plain")
    world = World(account)
    world.deliver(world.upload())
    world.finish()
    event = world.gone(None, "Permanently Deleted")
    del event["detail"]["object"]["version-id"]
    world.deliver(event)
    assert world.left() == set() or world.running  # the versioned inbox of the test still has the object
    assert world.summarised() is None


# Late


def test_an_upload_that_is_told_of_after_its_deletion_is_not_begun(world):
    upload = world.upload()
    world.run(world.delete())
    world.deliver(upload)
    assert world.running == []
    assert world.left() == set()


@pytest.mark.parametrize("refused", [False, True])
def test_an_execution_that_ends_after_the_deletion_leaves_nothing(world, refused):
    world.deliver(world.upload())
    world.deliver(world.delete())
    assert world.finish(refused=refused)["outcome"] == "superseded"
    assert world.left() == set()
    assert world.account.events.details("DocumentSummarized") == []
    assert world.account.events.details("DocumentRejected") == []


def test_a_running_execution_keeps_its_work_and_takes_it_along(world):
    world.deliver(world.upload())
    [(_, state)] = world.running
    keep_steps(state["work"])
    world.deliver(world.delete())
    assert steps.extraction(state["work"])
    world.finish()
    assert world.left() == set()


def test_work_that_nobody_does_any_more_goes(world):
    world.deliver(world.upload())
    [(arn, state)] = world.running
    keep_steps(state["work"])
    world.account.states.executions[arn] = ("FAILED", None)
    world.deliver(world.delete())
    assert world.left() == set()
    # A redrive of it starts from the event again.
    assert (
        claim.handler({"event": world.events[0], "execution": RUN + "x", "at": AT}, Context())["action"] == "superseded"
    )


def test_a_deletion_that_is_told_of_after_a_newer_upload_leaves_it_alone(world):
    world.run(world.upload())
    deleted = world.delete()
    newer = world.upload()
    world.run(newer)
    world.run(deleted)
    assert world.summarised() == version_of(newer)
    assert world.results() == WHOLE


# Versions


def test_an_old_version_that_a_rule_forgets_takes_nothing(world):
    old = world.upload()
    world.run(old)
    new = world.upload()
    world.run(new)
    before = world.left()
    world.run(world.purge(version_of(old), "Lifecycle Expiration"))
    assert world.left() == before
    assert world.told() == []
    assert world.account.states.started == {}


def test_the_newest_version_deleted_for_good_makes_the_one_before_it_the_document(world):
    old, new = world.upload(), world.upload()
    world.run(old)
    world.run(new)
    world.run(world.purge(version_of(new)))
    assert world.summarised() == version_of(old) == world.current()
    assert world.results() == WHOLE
    assert len(world.told()) == 1


def test_a_refused_version_deleted_for_good_leaves_the_summary_of_the_one_before_it(world):
    old = world.upload()
    world.run(old)
    new = world.upload()
    world.deliver(new)
    world.finish(refused=True)
    assert keys.rejected(KEY) in world.results()
    world.run(world.purge(version_of(new)))
    assert world.summarised() == version_of(old)
    assert world.results() == WHOLE


def test_a_version_deleted_for_good_while_it_is_worked_on(world):
    old = world.upload()
    world.run(old)
    new = world.upload()
    world.deliver(new)
    world.deliver(world.purge(version_of(new)))
    assert world.finish()["outcome"] == "superseded"
    assert world.summarised() == version_of(old)
    assert world.results() == WHOLE


def test_a_marker_that_is_taken_away_brings_the_document_back(world):
    upload = world.upload()
    world.run(upload)
    marker = world.delete()
    world.run(marker)
    back = world.purge(version_of(marker))
    world.run(back)
    assert world.summarised() == version_of(upload)
    assert len(world.told()) == 1
    world.run(upload)  # told of once more
    assert world.summarised() == version_of(upload)


def test_the_same_in_the_wrong_order(world):
    upload = world.upload()
    world.run(upload)
    marker = world.delete()
    back = world.purge(version_of(marker))
    world.run(back)
    world.run(marker)
    assert world.summarised() == version_of(upload)
    assert world.results() == WHOLE


def test_by_hand_after_a_deletion_there_is_nothing_and_after_an_upload_there_is(world):
    world.run(world.upload())
    world.run(world.delete())
    assert world.claim(by_hand(KEY), RUN + "one")["action"] == "refused"
    world.s3.put_object(Bucket=INBOX, Key=KEY, Body=b"again")
    assert world.claim(by_hand(KEY), RUN + "two")["action"] == "work"
    assert world.finish()["outcome"] == "summarized"


# The tag


def test_a_tag_takes_the_results_and_leaves_the_object(world):
    upload = world.upload()
    world.run(upload)
    world.run(world.tag(version_of(upload)))
    assert world.left() == set()
    assert world.current() == version_of(upload)
    [told] = world.told()
    check(told, "document-deleted")
    assert told["reason"] == "tag"
    assert world.claim(by_hand(KEY, "again"), RUN + "one")["action"] == "superseded"
    newer = world.upload()
    world.run(newer)
    assert world.summarised() == version_of(newer)


def test_a_tag_while_it_is_worked_on(world):
    upload = world.upload()
    world.deliver(upload)
    world.deliver(world.tag(version_of(upload)))
    assert world.finish()["outcome"] == "superseded"
    assert world.left() == set()


# Attachments, which lie in the inbox


MAIL = "mail/claim 17.eml"
OF_THE_MAIL = f"{MAIL}.attachments/"


def attach(world, *texts):
    """What Transform does for the mail that is being worked on; the keys of the attachments that are there then."""
    _, state = world.running[-1]
    attached = [Attachment(f"{text}.txt", "text/plain", text.encode()) for text in texts]
    attachments.send(Source(**{"bucket": INBOX, **state["document"]}), attached, 1)
    return attached_to(world)


def attached_to(world):
    found = world.s3.list_objects_v2(Bucket=INBOX, Prefix=OF_THE_MAIL).get("Contents", [])
    return {each["Key"].removeprefix(OF_THE_MAIL) for each in found}


def bring(world, *texts):
    event = world.upload()
    world.deliver(event)
    attach(world, *texts)
    world.finish()
    return event


def test_attachments_go_with_their_mail_and_what_others_put_there_stays(account):
    world = World(account, MAIL)
    bring(world, "bill", "report")
    bring(world, "bill", "other report")
    world.s3.put_object(Bucket=INBOX, Key=f"{OF_THE_MAIL}mine.txt", Body=b"mine")
    world.s3.put_object(Bucket=INBOX, Key=f"{MAIL}.attachments.txt", Body=b"mine")
    world.run(world.delete())
    assert attached_to(world) == {"mine.txt"}
    assert world.s3.head_object(Bucket=INBOX, Key=f"{MAIL}.attachments.txt")
    assert world.left() == set()


def test_a_late_deletion_leaves_what_a_newer_mail_may_hold(account):
    """The newer mail puts nothing where the same bytes lie already."""
    world = World(account, MAIL)
    bring(world, "bill", "report")
    late = world.delete()
    bring(world, "bill")
    world.run(late)
    assert attached_to(world) == {"01 bill.txt", "02 report.txt"}
    world.run(world.delete())
    assert attached_to(world) == set()


def test_a_replaced_mail_that_goes_takes_no_attachment_that_the_newer_one_may_hold(account):
    world = World(account, MAIL)
    old = bring(world, "bill")
    bring(world, "bill")
    world.run(world.purge(version_of(old)))
    assert attached_to(world) == {"01 bill.txt"}


@pytest.mark.parametrize(("how", "left"), [("purge", {"01 bill.txt"}), ("tag", set())])
def test_the_newest_mail_that_is_purged_takes_its_own_attachments_and_a_tag_takes_all(account, how, left):
    """After a purge the mail before it is there again, with what it had."""
    world = World(account, MAIL)
    bring(world, "bill")
    new = bring(world, "report")
    world.deliver(getattr(world, how)(version_of(new)))
    assert attached_to(world) == left


def test_attachments_that_are_put_after_the_deletion_are_taken_back(account):
    made = EmailMessage()
    made["From"], made["Subject"] = "ann@example.com", "Bills"
    made.set_content("see below")
    made.add_attachment(b"bill", maintype="text", subtype="plain", filename="bill.txt")
    world = World(account, MAIL)
    world.deliver(world.upload(made.as_bytes()))
    _, state = world.running[-1]
    inspected = inspect.handler(state, Context())
    body = originals.download

    def deleted_meanwhile(source, path):
        stored = body(source, path)
        world.deliver(world.delete())
        return stored

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(originals, "download", deleted_meanwhile)
        with pytest.raises(DocumentGone):
            transform.handler(inspected, Context())
    assert attached_to(world) == set()


@pytest.mark.parametrize("tag", [("millrace-retention", "keep"), ("scan", "delete")])
def test_other_tags_say_nothing(world, tag):
    upload = world.upload()
    world.run(upload)
    world.run(world.tag(version_of(upload), *tag))
    assert world.results() == WHOLE
    assert world.told() == []


# Packets


def test_a_packet_lacks_what_was_deleted(account):
    world = World(account, "case/letter.txt")
    account.s3.put_object(Bucket=INBOX, Key="case/packet.json", Body=b'{"types": ["invoice"]}')
    world.run(world.upload())
    read = lambda: steps.summaries().get(keys.packet("case/")).json()["documents"]  # noqa: E731
    assert read() == {"case/letter.txt": "letter"}
    world.run(world.delete())
    assert read() == {}
    packet = World(account, "case/packet.json")
    packet.run(packet.delete())
    assert steps.summaries().get(keys.packet("case/")) is None
    assert [told["key"] for told in packet.told()] == ["case/letter.txt"]


def test_a_file_that_says_who_may_read_is_no_packet_and_no_document_that_goes(account):
    world = World(account, "case/letter.txt")
    account.s3.put_object(Bucket=INBOX, Key="case/packet.json", Body=b'{"types": ["invoice"]}')
    world.run(world.upload())
    for name in ("case/access.json", "case/letter.txt.access.json"):
        account.s3.put_object(Bucket=INBOX, Key=name, Body=b"{}")
        access = World(account, name)
        access.run(access.delete())
        assert steps.summaries().get(keys.packet("case/")) is not None
        assert access.told() == []


# What cannot be used


@pytest.mark.parametrize(
    "event",
    [
        {"id": "a", "detail-type": "Object Deleted", "time": AT, "detail": {}},
        {"id": "a", "detail-type": "Object Deleted", "time": AT,
         "detail": {"bucket": {"name": "another"}, "object": {"key": "k", "sequencer": "1"}}},
    ],
)  # fmt: skip
def test_a_message_about_anything_else_comes_back(account, event):
    message = {"messageId": "m", "body": json.dumps(event)}
    assert delete.handler({"Records": [message]}, Context())["batchItemFailures"] == [{"itemIdentifier": "m"}]


def test_works_of_a_key_begin_alike_and_those_of_others_do_not():
    from dataclasses import replace

    from tests.unit.documents.pipeline_builders import source

    one = claims.work(source(KEY, "05"))
    assert len(one) == 40
    assert keys.step(one, "x").startswith(keys.works(KEY))
    assert keys.step(claims.work(replace(source(KEY, "06"), etag="f")), "x").startswith(keys.works(KEY))
    assert claims.work(source(KEY, "06")) != one
    assert not keys.step(claims.work(source("other", "05")), "x").startswith(keys.works(KEY))


# Everything, in any order

DEEDS = st.lists(st.sampled_from(["upload", "delete", "purge", "forget", "back"]), min_size=1, max_size=6)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(deeds=DEEDS, data=st.data())
def test_in_the_end_there_is_what_the_current_version_gives(account, deeds, data):
    """Whatever is done to the object, however late, often and in whichever order it is told, whenever work ends."""
    world = World(account, f"{uuid4().hex}.txt")
    for deed in deeds:
        versions = world.versions()
        if deed == "upload":
            world.upload()
        elif deed == "delete" and world.current():
            world.delete()
        elif deed == "purge" and versions:
            world.purge(data.draw(st.sampled_from(sorted(versions, key=versions.index))))
        elif deed == "forget" and len(versions) > 1 and world.current():
            old = next((each for each in versions if each != world.current()), None)
            world.purge(old, "Lifecycle Expiration")
        elif deed == "back" and versions and not world.current():
            markers = world.s3.list_object_versions(Bucket=INBOX, Prefix=world.key).get("DeleteMarkers", [])
            newest = next((each["VersionId"] for each in markers if each["IsLatest"]), None)
            if newest:
                world.purge(newest)
    waiting = [event for event in world.events for _ in range(data.draw(st.integers(1, 2)))]
    while waiting or world.running:
        choice = data.draw(st.integers(0, len(waiting) + len(world.running) - 1))
        if choice < len(waiting):
            world.deliver(waiting.pop(choice))
        else:
            world.finish(choice - len(waiting))
    current = world.current()
    assert world.summarised() == current
    mine = {found for found in world.left() if world.key in found or keys.works(world.key) in found}
    if current is None:
        assert mine == set()


# Races and deaths: before each call of one handler to S3, the other one comes all the way through


@pytest.mark.parametrize("refused", [False, True])
def test_a_deletion_may_come_at_any_moment_of_a_write_or_a_refusal(account, interrupted, refused):
    for number in itertools.count(1):
        world = World(account, f"{number}-{refused}.txt")
        world.deliver(world.upload())
        event = world.delete()
        came = interrupted(number, partial(world.finish, refused=refused), partial(world.deliver, event))
        if not came:
            break
        assert world.left() == set(), number
    assert number > 3


def test_a_write_may_come_at_any_moment_of_a_deletion(account, interrupted):
    for number in itertools.count(1):
        world = World(account, f"{number}.txt")
        world.run(world.upload())
        world.deliver(world.upload())
        event = world.delete()
        came = interrupted(number, partial(world.deliver, event), world.finish)
        if not came:
            break
        assert world.left() == set(), number
    assert number > 10


def test_a_deletion_that_dies_anywhere_is_made_whole_by_its_repeat(account, interrupted):
    class Death(BaseException):
        pass

    def dies():
        raise Death

    for number in itertools.count(1):
        world = World(account, f"{number}.txt")
        old, new = world.upload(), world.upload()
        world.run(old)
        world.run(new)
        event = world.purge(version_of(new))
        try:
            assert not interrupted(number, partial(world.run, event), dies)
        except Death:
            world.running.clear()
            world.account.states.executions.update(
                {arn: ("FAILED", None) for arn, (status, _) in account.states.executions.items() if status == "RUNNING"}
            )
            told = len(world.told())
            world.run(event)
            assert world.summarised() == version_of(old), number
            assert len(world.told()) >= min(told, 1)
        else:
            break
    assert number > 10


def test_marks_are_asked_for_by_head_alone(account, world):
    """A look costs one request where nothing was deleted and there are no versions, two where there are."""
    from tests.unit.documents.pipeline_builders import source

    assert not deletions.covers(steps.summaries(), source(KEY, "05"))
    deletions.mark_all(steps.summaries(), KEY, "07")
    deletions.mark_all(steps.summaries(), KEY, "06")
    assert deletions.newest_of(steps.summaries(), KEY) == "07"
    assert deletions.covers(steps.summaries(), source(KEY, "07"))
    assert not deletions.covers(steps.summaries(), source(KEY, "08"))
