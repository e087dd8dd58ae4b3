"""Attachments go into the inbox beside their mail: once per version, in bounds, never over what is newer."""

from __future__ import annotations

from dataclasses import replace
from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.errors import StorageUnavailable
from common.objects import Bucket
from documents import keys, steps
from documents.handlers import inspect, transform
from documents.intake import originals
from documents.model import Source
from documents.outputs import attachments, beside
from documents.reading.mail.letters import Attachment
from tests.unit.documents.files import Sheet, pdf, prose
from tests.unit.documents.pipeline_aws import INBOX
from tests.unit.documents.pipeline_builders import Context
from tests.unit.documents.test_inspect_and_transform import WORK, metrics

KEY = "mail/über 17.eml"
BILL = f"{KEY}.attachments/01 bill.pdf"


def mail(*names, data=None, inner=None):
    made = EmailMessage()
    made["From"], made["Subject"], made["Message-ID"] = "ann@example.com", "Bills", "<1@x>"
    made.set_content("see below\n")
    for name in names:
        made.add_attachment(data or pdf(Sheet(prose())), maintype="application", subtype="pdf", filename=name)
    if inner is not None:
        made.add_attachment(inner)
    return made


def claimed(account, data, *, key=KEY, sequencer="01", metadata=None):
    body = data if isinstance(data, bytes) else data.as_bytes()
    put = account.s3.put_object(Bucket=INBOX, Key=key, Body=body, Metadata=metadata or {})
    source = {
        "bucket": INBOX, "key": key, "etag": put["ETag"].strip('"'), "version_id": put["VersionId"],
        "sequencer": sequencer, "size": len(body),
    }  # fmt: skip
    state = {"document": source, "work": WORK, "action": "work", "received_at": "2026-11-20T10:00:00Z"}
    return inspect.handler(state, Context())


def versions(account, key):
    found = account.s3.list_object_versions(Bucket=INBOX, Prefix=key)
    return [each["VersionId"] for each in found.get("Versions", []) if each["Key"] == key]


def inbox(account):
    return sorted(Bucket(INBOX).keys(""))


class TestSending:
    def test_beside_the_mail_with_its_place_and_kind(self, account, capsys):
        state = claimed(account, mail("bill.pdf", "report.pdf"))
        capsys.readouterr()
        transform.handler(state, Context())
        assert inbox(account) == [KEY, BILL, f"{KEY}.attachments/02 report.pdf"]
        found = account.s3.get_object(Bucket=INBOX, Key=BILL)
        assert found["Body"].read() == pdf(Sheet(prose()))
        assert (found["ContentType"], found["Metadata"]["sequencer"]) == ("application/pdf", "01")
        assert metrics(capsys.readouterr().out)["AttachmentsSent"] == [2.0]
        kept = steps.extraction(WORK)
        assert [form.value for form in kept.forms if form.key == "Attachment"] == ["bill.pdf", "report.pdf"]
        assert kept.flags == ()

    def test_twice_puts_nothing_new(self, account):
        state = claimed(account, mail("bill.pdf"))
        transform.handler(state, Context())
        first = versions(account, BILL)
        transform.handler(state, Context())
        assert versions(account, BILL) == first

    def test_a_run_that_died_half_way_is_finished(self, account, monkeypatch):
        state = claimed(account, mail("bill.pdf", "report.pdf"))
        put = Bucket.put

        def dies(self, key, *arguments, **options):
            if "report" in key:
                raise StorageUnavailable("gone")
            return put(self, key, *arguments, **options)

        monkeypatch.setattr(Bucket, "put", dies)
        with pytest.raises(StorageUnavailable):
            transform.handler(state, Context())
        first = versions(account, BILL)
        monkeypatch.setattr(Bucket, "put", put)
        transform.handler(state, Context())
        assert versions(account, BILL) == first
        assert len(inbox(account)) == 3

    def test_a_newer_version_replaces_and_an_older_one_that_is_late_does_not(self, account):
        older = claimed(account, mail("bill.pdf", data=b"%PDF-old"), sequencer="01")
        newer = claimed(account, mail("bill.pdf", data=b"%PDF-new"), sequencer="02")
        for state in (older, newer, older):
            transform.handler(state, Context())
        assert account.s3.get_object(Bucket=INBOX, Key=BILL)["Body"].read() == b"%PDF-new"
        assert len(versions(account, BILL)) == 2

    def test_the_same_bytes_in_a_newer_version_are_one_document(self, account):
        for sequencer in ("01", "02"):
            transform.handler(claimed(account, mail("bill.pdf"), sequencer=sequencer), Context())
        assert len(versions(account, BILL)) == 1

    def test_another_s_object_in_that_place_stays(self, account):
        account.s3.put_object(Bucket=INBOX, Key=BILL, Body=b"mine")
        transform.handler(claimed(account, mail("bill.pdf")), Context())
        assert account.s3.get_object(Bucket=INBOX, Key=BILL)["Body"].read() == b"mine"
        [flag] = steps.extraction(WORK).flags
        assert flag.message == "Not read: attachments without room for a key (1)."

    def test_what_is_attached_is_a_document_that_can_be_claimed(self, account):
        long = "x" * (beside.MOST_NAME_BYTES - len(".access")) + ".access" + "y" * 20 + ".json"
        names = ("packet.json", "bill.pdf", "access.json", "bill.pdf.access.json", ".access.json", long)
        transform.handler(claimed(account, mail(*names)), Context())
        assert len(inbox(account)) == 1 + len(names)
        for key in inbox(account):
            originals.check(Source(INBOX, key, "x", "01", size=1))
            assert not keys.is_no_document(key)


class TestBounds:
    def test_more_than_the_most(self, account, monkeypatch):
        monkeypatch.setattr(attachments, "MOST_ATTACHMENTS", 2)
        transform.handler(claimed(account, mail("a.pdf", "b.pdf", "c.pdf")), Context())
        assert len(inbox(account)) == 3
        [flag] = steps.extraction(WORK).flags
        assert flag.message == "Not read: attachments beyond the first (1)."

    def test_mails_within_mails_end(self, account):
        made = mail("deepest.pdf")
        for _ in range(5):
            made = mail(inner=made)
        state = claimed(account, made)
        key = KEY
        for depth in range(1, 4):
            transform.handler(state, Context())
            inner = [each for each in inbox(account) if each.startswith(f"{key}.attachments/")]
            if not inner:
                break
            [key] = inner
            stored = account.s3.get_object(Bucket=INBOX, Key=key)
            assert stored["Metadata"][attachments.DEPTH] == str(depth)
            state = claimed(account, stored["Body"].read(), key=key, metadata=stored["Metadata"])
        assert depth == attachments.MOST_DEPTH + 1
        [flag] = steps.extraction(WORK).flags
        assert flag.message == "Not read: attachments of mails within mails (1)."

    def test_a_depth_that_nobody_wrote_is_the_most(self, account):
        transform.handler(claimed(account, mail("a.pdf"), metadata={attachments.DEPTH: "-9"}), Context())
        assert inbox(account) == [KEY]

    @pytest.mark.parametrize(
        ("name", "place"),
        [
            ("bill.pdf", "01 bill.pdf"),
            ("../../etc/passwd", "01 _.._etc_passwd"),
            ("C:\\Temp\\bill.pdf", "01 C:_Temp_bill.pdf"),
            ("a\r\nb\0.pdf", "01 a_b_.pdf"),
            ("", "01 part"),
            (".", "01 part"),
            ("Rechnung März.pdf", "01 Rechnung März.pdf"),
        ],
    )
    def test_names(self, name, place):
        assert attachments.place("m.eml", 1, name) == f"m.eml.attachments/{place}"

    @given(st.text(max_size=300), st.integers(1, 985))
    def test_a_place_always_has_room_or_there_is_none(self, name, length):
        name = name.encode("utf-8", "ignore").decode()
        found = attachments.place("k" * length, 7, name)
        if found is not None:
            keys.check(found)
            assert "/" not in found.rpartition(".attachments/")[2]
        else:
            assert length > 900


def test_a_kind_that_is_no_media_type_is_bytes(account):
    source = Source(INBOX, KEY, "x", "01")
    assert attachments.send(source, [Attachment("a", "text/plain\r\nx: y", b"x")], 1) == (1, 0)
    key = attachments.place(KEY, 1, "a")
    assert account.s3.head_object(Bucket=INBOX, Key=key)["ContentType"] == "application/octet-stream"
    assert attachments.send(replace(source, sequencer="00"), [Attachment("a", "a/b", b"y")], 1) == (0, 0)
