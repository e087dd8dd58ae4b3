"""The two handlers around the engine: what they read, what they leave, what they count and log."""

from __future__ import annotations

import io
import json

import pypdf
import pytest

from documents import steps
from documents.errors import AnalysisIncomplete, DocumentGone, EmptyDocument, TooLarge, WorkGone
from documents.handlers import analyze, inspect, transform
from documents.intake import originals
from documents.intake.originals import MOST_BYTES
from tests.unit.documents import asking
from tests.unit.documents.builders import Answer, document
from tests.unit.documents.files import Sheet, image, pdf, picture, prose
from tests.unit.documents.pipeline_aws import INBOX, SUMMARIES
from tests.unit.documents.pipeline_builders import Context
from tests.unit.documents.test_inspection import encrypted

WORK = "b" * 40
KEY = "ward 7/über+note.pdf"


def claimed(account, data):
    put = account.s3.put_object(Bucket=INBOX, Key=KEY, Body=data)
    return {
        "document": {
            "bucket": INBOX,
            "key": KEY,
            "etag": put["ETag"].strip('"'),
            "version_id": put["VersionId"],
            "sequencer": "01",
            "size": len(data),
        },
        "work": WORK,
        "action": "work",
        "received_at": "2026-11-20T10:00:00Z",
    }


def answered(account, state, parts):
    for number, part in enumerate(parts):
        body = json.dumps(part).encode()
        account.s3.put_object(Bucket=SUMMARIES, Key=f"steps/{WORK}/answer/{number:05}.json", Body=body)
    return {**state, "answer": {"parts": len(parts)}}


def metrics(printed):
    """The last value of each metric that was written to the standard output."""
    found = {}
    for line in printed.splitlines():
        blob = json.loads(line)
        for group in blob.get("_aws", {}).get("CloudWatchMetrics", []):
            assert group["Namespace"] == "Millrace/Documents"
            found |= {metric["Name"]: blob[metric["Name"]] for metric in group["Metrics"]}
    return found


class TestInspect:
    def test_the_state_with_the_inspection(self, account):
        state = claimed(account, pdf(Sheet(prose())))
        found = inspect.handler(state, Context())
        expected = {
            "media_type": "application/pdf",
            "pages": 1,
            "route": "text",
            "reason": "its own text covers every page",
            "unlocked": False,
        }
        assert found == {**state, "inspection": expected}

    def test_native_text_is_analyzed_where_that_is_set(self, account, monkeypatch):
        monkeypatch.setenv("NATIVE_TEXT", "analyze")
        assert inspect.handler(claimed(account, pdf(Sheet(prose()))), Context())["inspection"]["route"] == "sync"

    def test_an_encrypted_scan_is_analyzed_without_its_encryption(self, account):
        """Textract reads none that is encrypted; this one opens for everybody."""
        state = claimed(account, encrypted(pdf(Sheet(picture(0, 0, 612, 792))), "", "owner"))
        for _ in range(2):  # a repeat leaves the same
            found = inspect.handler(state, Context())
        assert (found["inspection"]["route"], found["inspection"]["unlocked"]) == ("sync", True)
        asking.answer(account.states, analyze.handler, found)
        [(_, asked)] = account.textract.calls
        assert asked["Document"] == {"S3Object": {"Bucket": SUMMARIES, "Name": f"steps/{WORK}/unlocked.pdf"}}
        body = account.s3.get_object(Bucket=SUMMARIES, Key=f"steps/{WORK}/unlocked.pdf")["Body"].read()
        assert not pypdf.PdfReader(io.BytesIO(body)).is_encrypted

    def test_an_encrypted_scan_that_waited_longer_than_its_copy_is_kept_fails_for_a_redrive(self, account):
        """The original would be refused for good: Textract cannot read it."""
        state = claimed(account, encrypted(pdf(Sheet(picture(0, 0, 612, 792))), "", "owner"))
        found = inspect.handler(state, Context())
        account.s3.delete_object(Bucket=SUMMARIES, Key=f"steps/{WORK}/unlocked.pdf")
        with pytest.raises(WorkGone, match=r"unlocked\.pdf is gone .* redrive"):
            asking.answer(account.states, analyze.handler, found)
        assert account.textract.calls == []

    def test_exactly_the_version_that_was_claimed(self, account):
        state = claimed(account, image("PNG"))
        claimed(account, b"a newer text")
        assert inspect.handler(state, Context())["inspection"]["media_type"] == "image/png"

    def test_a_document_that_is_gone(self, account):
        state = claimed(account, b"text")
        account.s3.delete_object(Bucket=INBOX, Key=KEY, VersionId=state["document"]["version_id"])
        with pytest.raises(DocumentGone):
            inspect.handler(state, Context())

    def test_a_refusal_has_its_name(self, account):
        with pytest.raises(EmptyDocument):
            inspect.handler(claimed(account, b""), Context())

    def test_no_more_than_the_limit_is_fetched(self, account, monkeypatch):
        asked = []

        def download(_source, path, at_most=None):
            asked.append(at_most)
            with path.open("wb") as file:
                file.truncate(at_most)

        monkeypatch.setattr(originals, "download", download)
        with pytest.raises(TooLarge):
            inspect.handler(claimed(account, b"x"), Context())
        assert asked == [MOST_BYTES + 1]


class TestTransform:
    def test_an_answer_of_several_parts(self, account, capsys):
        state = inspect.handler(claimed(account, pdf(Sheet(picture(0, 0, 612, 792)), Sheet())), Context())
        state = answered(account, state, document(2, 5).parts(150))
        capsys.readouterr()
        found = transform.handler(state, Context())
        assert found == {**state, "extraction": {"lines": 132, "forms": 30, "tables": 4, "pages": 2}}
        kept = steps.extraction(WORK)
        assert (len(kept.lines), kept.pages) == (132, 2)
        assert metrics(capsys.readouterr().out) == {"Pages": [2.0], "PagesSkippedOcr": [0.0]}

    def test_text_of_its_own_needs_no_answer(self, account, capsys):
        state = inspect.handler(claimed(account, pdf(Sheet(prose(3)), Sheet(prose(2)))), Context())
        capsys.readouterr()
        found = transform.handler(state, Context())
        assert found["extraction"] == {"lines": 5, "forms": 0, "tables": 0, "pages": 2}
        assert steps.extraction(WORK).lines[0].text.startswith("The patient")
        assert metrics(capsys.readouterr().out) == {"Pages": [2.0], "PagesSkippedOcr": [2.0]}

    def test_fewer_pages_than_the_document_has(self, account):
        state = inspect.handler(claimed(account, image("TIFF", frames=2)), Context())
        with pytest.raises(AnalysisIncomplete, match="1 of the document's 2 pages"):
            transform.handler(answered(account, state, document(1).parts()), Context())

    def test_an_answer_that_is_not_whole_leaves_nothing(self, account):
        state = inspect.handler(claimed(account, image("PNG")), Context())
        parts = document(1).parts(100)[:-1]
        with pytest.raises(AnalysisIncomplete):
            transform.handler(answered(account, state, parts), Context())
        assert f"steps/{WORK}/extraction.json" not in list(steps.summaries().keys(f"steps/{WORK}/"))

    def test_twice_leaves_the_same(self, account):
        state = inspect.handler(claimed(account, image("PNG")), Context())
        state = answered(account, state, document(1, 9).parts())
        first = transform.handler(state, Context()), steps.extraction(WORK)
        assert (transform.handler(state, Context()), steps.extraction(WORK)) == first

    def test_an_answer_of_400_kb_never_passes_through_the_state(self, account):
        state = inspect.handler(claimed(account, image("PNG")), Context())
        parts = document(1, lines=300).parts()
        assert len(json.dumps(parts)) > 400_000
        found = transform.handler(answered(account, state, parts), Context())
        assert len(json.dumps(found)) < 2000

    def test_no_text_in_the_logs_or_the_state(self, account, capsys):
        answer = Answer().page()
        answer.form(answer.words("Patient"), answer.words("Secretperson"))
        answer.line("Secretperson is well")
        state = inspect.handler(claimed(account, image("PNG")), Context())
        found = transform.handler(answered(account, state, answer.parts()), Context())
        printed = capsys.readouterr()
        assert "transformed" in printed.out
        assert "Secretperson" not in printed.out + printed.err + json.dumps(found)
        assert KEY not in printed.out
