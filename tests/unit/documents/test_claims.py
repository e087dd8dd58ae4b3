"""Claims: one version is one work, whoever tells of it, however often and in whatever order."""

from __future__ import annotations

import pytest

from common import sequencers
from common.errors import ConcurrentUpdate
from common.table import Table
from documents import keys
from documents.errors import UnusableRequest
from documents.handlers import claim
from documents.intake import claims, originals
from tests.unit.documents.pipeline_aws import INBOX, SUMMARIES, TABLE
from tests.unit.documents.pipeline_builders import AT, RUN, Context, by_hand, created


def ask(event, run="one"):
    return claim.handler({"event": event, "execution": RUN + run, "at": AT}, Context())


# Requests


def test_another_bucket_is_refused(account):
    event = created("a.pdf", "05")
    event["detail"]["bucket"]["name"] = "payroll"
    with pytest.raises(UnusableRequest, match="another bucket"):
        ask(event)


@pytest.mark.parametrize("key", ["plan.pdf", "deep/er/ä ö/a + b%20.pdf", "日本/報告.pdf"])
def test_a_new_object_is_work(account, key):
    found = ask(created(key, "05", size=7))
    assert found["action"] == "work"
    assert found["received_at"] == AT
    assert found["document"] == {
        "bucket": INBOX, "key": key, "etag": "e", "sequencer": "05", "version_id": "v", "size": 7,
    }  # fmt: skip
    assert len(found["work"]) == 40


@pytest.mark.parametrize("key", ["folder/", "a/packet.json", "packet.json", "access.json", "a/b.pdf.access.json"])
def test_folders_lists_of_packets_and_files_about_rights_are_ignored(account, key):
    assert ask(created(key, "05", size=0))["action"] == "ignored"
    assert Table(TABLE).get(f"document#{INBOX}/{key}") is None


def test_what_needs_no_look_is_refused_at_once(account):
    assert ask(created("a.pdf", "05", size=0))["error"]["Error"] == "EmptyDocument"
    assert ask(created("b.pdf", "05", size=500 * 1024 * 1024))["action"] == "work"
    assert ask(created("c.pdf", "05", size=500 * 1024 * 1024 + 1))["error"]["Error"] == "TooLarge"
    found = ask(created("d" * 1020, "05"))
    assert (found["action"], found["error"]["Error"]) == ("refused", "KeyTooLong")


# The same version


def test_the_executions_own_repeat_is_no_duplicate(account):
    first = ask(created("a.pdf", "05"))
    assert ask(created("a.pdf", "05")) == first


@pytest.mark.parametrize("status", ["RUNNING", "SUCCEEDED"])
def test_a_second_delivery_is_a_duplicate(account, status):
    ask(created("a.pdf", "05"))
    account.states.executions[RUN + "one"] = (status, {"outcome": "summarized"} if status == "SUCCEEDED" else None)
    assert ask(created("a.pdf", "05"), "two")["action"] == "duplicate"


@pytest.mark.parametrize("status", ["FAILED", "TIMED_OUT", "ABORTED", "gone"])
def test_the_claim_of_a_failed_execution_is_taken_over(account, status):
    first = ask(created("a.pdf", "05"))
    if status != "gone":
        account.states.executions[RUN + "one"] = (status, None)
    second = ask(created("a.pdf", "05"), "two")
    assert second == first  # the same work: what was paid for is found again
    account.states.executions[RUN + "two"] = ("RUNNING", None)
    assert ask(created("a.pdf", "05"), "three")["action"] == "duplicate"


def test_a_refused_version_is_looked_at_again_only_on_purpose(account):
    account.s3.put_object(Bucket=INBOX, Key="a.pdf", Body=b"x")
    found = ask(by_hand("a.pdf"))
    account.states.executions[RUN + "one"] = ("SUCCEEDED", {"outcome": "rejected"})
    document = found["document"]
    delivered = created("a.pdf", "FF", document["etag"], document["version_id"], 1)
    assert ask(delivered, "two")["action"] == "duplicate"
    again = ask(by_hand("a.pdf"), "three")
    assert (again["action"], again["work"]) == ("work", found["work"])


def test_the_same_version_once_more_under_another_name_is_other_work(account):
    first = ask(created("a.pdf", "05"))
    account.states.executions[RUN + "one"] = ("SUCCEEDED", {"outcome": "summarized"})
    event = created("a.pdf", "05")
    event["detail"]["again"] = "new model"
    second = ask(event, "two")
    assert second["action"] == "work"
    assert second["work"] != first["work"]
    account.states.executions[RUN + "two"] = ("SUCCEEDED", {"outcome": "summarized"})
    assert ask(event, "three")["action"] == "duplicate"
    assert ask(created("a.pdf", "05"), "four")["action"] == "duplicate"


# Other versions


def test_a_newer_version_replaces_and_an_older_one_is_superseded(account):
    assert ask(created("a.pdf", "05", "e1", "v1"))["action"] == "work"
    assert ask(created("a.pdf", "1", "e2", "v2"), "two")["action"] == "work"  # 10 > 05
    assert ask(created("a.pdf", "0F", "e3", "v3"), "three")["action"] == "superseded"
    assert ask(created("other.pdf", "01", "e4", "v4"), "four")["action"] == "work"


def test_the_same_content_uploaded_again_is_another_version(account):
    ask(created("a.pdf", "05", "e", "v1"))
    account.states.executions[RUN + "one"] = ("SUCCEEDED", {"outcome": "summarized"})
    assert ask(created("a.pdf", "06", "e", "v2"), "two")["action"] == "work"


def test_without_versions_the_tag_tells(account):
    ask(created("a.pdf", "05", "e", None))
    account.states.executions[RUN + "one"] = ("SUCCEEDED", {"outcome": "summarized"})
    assert ask(created("a.pdf", "05", "e", None), "two")["action"] == "duplicate"
    assert ask(created("a.pdf", "06", "e", None), "three")["action"] == "work"


# By hand


def test_by_hand_the_object_itself_is_looked_at(account):
    put = account.s3.put_object(Bucket=INBOX, Key="a b.pdf", Body=b"hello")
    document = ask(by_hand("a b.pdf"))["document"]
    assert document["etag"] == put["ETag"].strip('"')
    assert (document["version_id"], document["size"]) == (put["VersionId"], 5)
    # EventBridge tells of the same object afterwards.
    account.states.executions[RUN + "one"] = ("RUNNING", None)
    late = created("a b.pdf", "05", document["etag"], document["version_id"])
    assert ask(late, "two")["action"] == "duplicate"


def test_by_hand_the_current_object_is_newer_than_what_is_known(account):
    account.s3.put_object(Bucket=INBOX, Key="a.pdf", Body=b"old")
    ask(created("a.pdf", "05", "other", "v-other"))
    account.s3.put_object(Bucket=SUMMARIES, Key=keys.rejected("a.pdf"), Body=b"{}", Metadata={"sequencer": "0A"})
    found = ask(by_hand("a.pdf"), "two")
    assert found["action"] == "work"
    assert sequencers.newer(found["document"]["sequencer"], "0A")
    assert sequencers.newer("0B", found["document"]["sequencer"])


def test_by_hand_an_old_version_is_superseded(account):
    old = account.s3.put_object(Bucket=INBOX, Key="a.pdf", Body=b"old")["VersionId"]
    account.s3.put_object(Bucket=INBOX, Key="a.pdf", Body=b"new")
    ask(created("a.pdf", "05", "e", "v-new"))
    assert ask(by_hand("a.pdf", **{"version-id": old}), "two")["action"] == "superseded"


def test_by_hand_an_object_that_is_not_there_is_refused(account):
    found = ask(by_hand("nothing.pdf"))
    assert (found["action"], found["error"]["Error"]) == ("refused", "DocumentGone")
    assert originals.document(found).key == "nothing.pdf"


# Races


def test_two_that_claim_at_once_do_not_both_get_it(account, monkeypatch):
    real = claims._put
    event = created("a.pdf", "05")
    account.states.executions[RUN + "two"] = ("RUNNING", None)

    def slow(table, name, item, held):
        monkeypatch.setattr(claims, "_put", real)
        assert ask(event, "two")["action"] == "work"
        return real(table, name, item, held)

    monkeypatch.setattr(claims, "_put", slow)
    assert ask(event, "one")["action"] == "duplicate"


def test_whoever_never_gets_a_word_in_is_told_to_come_again(account, monkeypatch):
    monkeypatch.setattr(claims, "_put", lambda *_: False)
    with pytest.raises(ConcurrentUpdate):
        ask(created("a.pdf", "05"))
