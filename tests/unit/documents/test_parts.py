"""Documents in one PDF: taken out with nothing of each other, put into the inbox once, in bounds, never over others."""

from __future__ import annotations

import io
import json
from uuid import uuid4

import pypdf
import pytest

from common.errors import StorageUnavailable
from common.objects import Bucket
from documents import steps
from documents.errors import BrokenDocument
from documents.files import pdf_parts
from documents.handlers import delete, inspect, transform
from documents.intake import originals
from documents.model import Source
from documents.outputs import beside, deletions, parts, summary_document
from documents.reading import own_text
from tests.unit.documents.builders import Answer
from tests.unit.documents.files import Sheet, check_box, pdf, picture, say, text_field
from tests.unit.documents.pipeline_aws import INBOX, SUMMARIES
from tests.unit.documents.pipeline_builders import AT, Context, enrichment, summary
from tests.unit.documents.test_boundaries import INTAKE, NOTE, PROSE, STATEMENT
from tests.unit.documents.test_inspect_and_transform import WORK, answered, metrics
from tests.unit.documents.test_inspection import encrypted

KEY = "ward 7/stack ü.pdf"
PLACES = [
    f"{KEY}.parts/01 bank_statement.pdf",
    f"{KEY}.parts/02 application_form.pdf",
    f"{KEY}.parts/03 discharge_summary.pdf",
]


def sheet(lines, *more):
    return Sheet(b"".join(say(72, 720 - 24 * number, text) for number, text in enumerate((*lines, *more))))


def stack(*more):
    return pdf(sheet(STATEMENT), sheet(PROSE), sheet(INTAKE, *more), sheet(NOTE))


@pytest.fixture
def splitting(account, monkeypatch):
    monkeypatch.setenv("SPLIT_PDF", "by-type")
    return account


def claimed(account, data, *, key=KEY, sequencer="01", metadata=None):
    put = account.s3.put_object(Bucket=INBOX, Key=key, Body=data, Metadata=metadata or {})
    source = {
        "bucket": INBOX, "key": key, "etag": put["ETag"].strip('"'), "version_id": put["VersionId"],
        "sequencer": sequencer, "size": len(data),
    }  # fmt: skip
    state = {"document": source, "work": WORK, "action": "work", "received_at": AT}
    return inspect.handler(state, Context())


def split(account, data=None, **options):
    transform.handler(claimed(account, data or stack(), **options), Context())
    return steps.extraction(WORK)


def inbox(account):
    return sorted(Bucket(INBOX).keys(""))


def versions(account):
    found = account.s3.list_object_versions(Bucket=INBOX, Prefix=f"{KEY}.parts/")
    return sorted(each["VersionId"] for each in found.get("Versions", []))


def flags(extraction):
    return {flag.code: flag.message for flag in extraction.flags}


# Pages taken out


def taken(tmp_path, data, first, last):
    path = tmp_path / "document"
    path.write_bytes(data)
    with pdf_parts.opened(path) as cutter:
        return cutter.cut(first, last).read_bytes()


def unpacked(data):
    """Everything that any object of a PDF says."""
    reader, said = pypdf.PdfReader(io.BytesIO(data)), b""
    for number in range(1, int(reader.trailer["/Size"])):
        found = reader.get_object(number)
        said += repr(found).encode() + (found.get_data() if isinstance(found, pypdf.generic.StreamObject) else b"")
    return said


BOX = (9, 9, 30, 30)


def field(name):
    return text_field(name, f"value of {name}", (200, 650, 400, 670))


LINK = (
    b"<< /Type /Annot /Subtype /Link /Rect [0 0 9 9] /Dest [7 0 R /Fit] /AA << /E << /S /GoTo /D [7 0 R /Fit] >> >> >>"
)


def test_a_page_comes_with_its_fields_and_without_the_others(tmp_path):
    pages = [
        Sheet(say(72, 700, f"text {name}"), annotations=[field(name), check_box(f"box {name}", True, BOX), LINK])
        for name in ("alpha", "beta", "gamma")
    ]
    made = taken(tmp_path, pdf(*pages, fields=True), 2, 2)
    (tmp_path / "part").write_bytes(made)
    found = own_text.extract(tmp_path / "part", "application/pdf")
    assert [(form.key, form.value) for form in found.forms] == [("beta", "value of beta"), ("box beta", "[X]")]
    assert found.pages == 1
    said = unpacked(made)
    assert b"text beta" in said
    assert not [word for word in (b"alpha", b"gamma", b"/GoTo", b"/Dest") if word in said]


def test_a_field_of_several_pages_loses_what_is_on_the_others(tmp_path):
    def kid(value):
        told = (value, value)
        return (
            b"<< /Type /Annot /Subtype /Widget /FT /Tx /T (%b) /V (%b) /Parent 6 0 R /P 9 0 R /Rect [9 9 90 30] >>"
            % told
        )

    form = b"/AcroForm << /Fields [6 0 R] /DA (/F1 10 Tf 0 g) /DR << /Font << /F1 3 0 R >> >> >>"
    root = b"<< /T (root) /Kids [7 0 R 10 0 R] >>"
    first = Sheet(say(72, 700, "text alpha"), extra=[root], annotations=[kid(b"alpha")])
    made = taken(tmp_path, pdf(first, Sheet(say(72, 700, "text beta"), annotations=[kid(b"beta")]), catalog=form), 2, 2)
    said = unpacked(made)
    assert b"text beta" in said
    assert b"'beta'" in said
    assert b"alpha" not in said
    stray = pdf(first, Sheet(say(72, 700, "text beta"), annotations=[kid(b"beta")]))  # no form names the field
    assert b"alpha" not in unpacked(taken(tmp_path, stray, 2, 2))


def test_a_layer_that_is_off_stays_off(tmp_path):
    content = say(72, 700, "what shows") + b"/OC /L BDC\n" + say(72, 500, "Total due 1.00") + b"EMC\n"
    layer, named = b"<< /Type /OCG /Name (hidden) >>", b"/Properties << /L 6 0 R >>"
    off = b"/OCProperties << /OCGs [6 0 R] /D << /OFF [6 0 R] >> >>"
    pages = [Sheet(content, extra=[layer], resources=named), Sheet(content, resources=named)]
    (tmp_path / "part").write_bytes(taken(tmp_path, pdf(*pages, catalog=off), 2, 2))
    found = own_text.extract(tmp_path / "part", "application/pdf")
    assert [line.text for line in found.lines] == ["what shows"]
    assert flags(found).keys() == {"TEXT_HIDDEN"}


def test_what_is_encrypted_and_opens_for_everybody_is_taken_out(tmp_path):
    (tmp_path / "part").write_bytes(taken(tmp_path, encrypted(stack(), "", "o"), 4, 4))
    assert NOTE[1] in own_text.extract(tmp_path / "part", "application/pdf").text()


def test_the_same_pages_give_the_same_bytes(tmp_path):
    assert taken(tmp_path, stack(), 1, 2) == taken(tmp_path, stack(), 1, 2)


# Put into the inbox


def test_each_document_lies_beside_the_whole(splitting, capsys):
    state = claimed(splitting, stack())
    capsys.readouterr()
    transform.handler(state, Context())
    counted = metrics(capsys.readouterr().out)
    assert (counted["DocumentsSplit"], counted["PartsSent"]) == ([1.0], [3.0])
    assert inbox(splitting) == [KEY, *PLACES]
    found = steps.extraction(WORK)
    assert [(part.type, part.first, part.last, part.key) for part in found.parts] == [
        ("bank_statement", 1, 2, PLACES[0]),
        ("application_form", 3, 3, PLACES[1]),
        ("discharge_summary", 4, 4, PLACES[2]),
    ]
    assert flags(found) == {
        "DOCUMENT_SPLIT": "The file holds 3 documents, on pages 1-2, 3, 4; each was put into the inbox by itself, "
        "and is read there."
    }
    for place, pages in zip(PLACES, ((STATEMENT, PROSE), (INTAKE,), (NOTE,)), strict=True):
        stored = splitting.s3.get_object(Bucket=INBOX, Key=place)
        assert stored["ContentType"] == "application/pdf"
        assert stored["Metadata"]["sequencer"] == "01"
        text = "".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(stored["Body"].read())).pages)
        assert "".join(text.split()) == "".join("".join(line for page in pages for line in page).split())
        originals.check(Source(INBOX, place, "x", "01", size=1))


def test_the_summary_names_the_parts(splitting):
    found, source = split(splitting), Source(INBOX, KEY, "e", "01")
    inspected = inspect.inspection.Inspection("application/pdf", 4, "text")
    made = summary_document.build(source, inspected, found, enrichment(), summary(), {})
    assert made["parts"][0] == {"type": "bank_statement", "pages": [1, 2], "key": PLACES[0]}
    assert summary_document.event(SUMMARIES, made)["parts"] == 3


def test_the_option_is_off_by_default(account):
    assert split(account).parts == ()
    assert inbox(account) == [KEY]


def test_scans_are_split_by_what_textract_read(splitting):
    state = claimed(splitting, pdf(*[Sheet(picture(0, 0, 612, 792))] * 2))
    assert state["inspection"]["route"] == "async"
    answer = Answer()
    for lines in (STATEMENT, NOTE):
        answer.page()
        for line in lines:
            answer.line(line)
    transform.handler(answered(splitting, state, answer.parts()), Context())
    assert [part.key for part in steps.extraction(WORK).parts] == [PLACES[0], f"{KEY}.parts/02 discharge_summary.pdf"]


def test_a_part_is_not_split_again(splitting):
    found = split(splitting, metadata={parts.PAGES: "1-4"})
    assert (found.parts, found.flags, inbox(splitting)) == ((), (), [KEY])


def test_one_document_is_left_as_it_is(splitting):
    found = split(splitting, pdf(sheet(STATEMENT), sheet(PROSE)))
    assert (found.parts, found.flags, inbox(splitting)) == ((), (), [KEY])


def test_twice_puts_nothing_new_and_says_the_same(splitting):
    first = split(splitting)
    there = versions(splitting)
    assert split(splitting, sequencer="01") == first
    assert versions(splitting) == there


def test_the_same_file_in_a_newer_version_is_not_read_again(splitting):
    split(splitting, sequencer="01")
    there = versions(splitting)
    assert len(split(splitting, sequencer="02").parts) == 3
    assert versions(splitting) == there


def test_a_run_that_died_half_way_is_finished(splitting, monkeypatch):
    state, put = claimed(splitting, stack()), Bucket.put

    def dies(self, key, *arguments, **options):
        if "/02 " in key:
            raise StorageUnavailable("gone")
        return put(self, key, *arguments, **options)

    monkeypatch.setattr(Bucket, "put", dies)
    with pytest.raises(StorageUnavailable):
        transform.handler(state, Context())
    first = versions(splitting)
    assert len(first) == 1
    monkeypatch.setattr(Bucket, "put", put)
    transform.handler(state, Context())
    assert len(versions(splitting)) == 3
    assert set(first) < set(versions(splitting))


def test_a_newer_version_s_parts_replace_an_older_one_s_and_stay(splitting):
    older = claimed(splitting, stack(), sequencer="01")
    newer = claimed(splitting, pdf(sheet(STATEMENT, "newer"), sheet(NOTE)), sequencer="02")
    for state in (older, newer, older):
        transform.handler(state, Context())
    assert inbox(splitting) == [KEY, PLACES[0], f"{KEY}.parts/02 discharge_summary.pdf"]
    body = splitting.s3.get_object(Bucket=INBOX, Key=PLACES[0])["Body"].read()
    assert "newer" in pypdf.PdfReader(io.BytesIO(body)).pages[0].extract_text()


def test_a_newer_version_of_one_document_leaves_no_parts(splitting):
    split(splitting, sequencer="01")
    split(splitting, pdf(sheet(NOTE)), sequencer="02")
    assert inbox(splitting) == [KEY]


# Not split, and told so


def test_another_s_object_in_the_place_of_a_part_stays(splitting):
    splitting.s3.put_object(Bucket=INBOX, Key=PLACES[1], Body=b"mine")
    found = split(splitting)
    assert (found.parts, inbox(splitting)) == ((), [KEY, PLACES[1]])
    assert splitting.s3.get_object(Bucket=INBOX, Key=PLACES[1])["Body"].read() == b"mine"
    assert flags(found) == {
        "DOCUMENT_UNSPLIT": "The file holds 3 documents, on pages 1-2, 3, 4, and was not split: another object is "
        "where one of them would be put. Upload each by itself."
    }


def test_all_parts_or_none(splitting, monkeypatch):
    cut = pdf_parts.Cutter.cut

    def breaks(self, first, last):
        if first == 4:
            raise BrokenDocument("The PDF's structure is damaged; print it to PDF again.")
        return cut(self, first, last)

    monkeypatch.setattr(pdf_parts.Cutter, "cut", breaks)
    found = split(splitting)
    assert (found.parts, inbox(splitting)) == ((), [KEY])
    assert "not split: The PDF's structure is damaged" in flags(found)["DOCUMENT_UNSPLIT"]


def test_more_than_the_most(splitting, monkeypatch):
    monkeypatch.setattr(parts, "MOST_PARTS", 2)
    found = split(splitting)
    assert (found.parts, inbox(splitting)) == ((), [KEY])
    assert "more than 2 are not taken out" in flags(found)["DOCUMENT_UNSPLIT"]


def test_a_key_without_room_for_parts(splitting):
    key = "k" * 1000
    found = split(splitting, key=key)
    assert (found.parts, inbox(splitting)) == ((), [key])
    assert "no room" in flags(found)["DOCUMENT_UNSPLIT"]


# Deleted


def gone(version, how="Delete Marker Created", sequencer="09", kind="Object Deleted"):
    about = {"key": KEY, "version-id": version, **({"sequencer": sequencer} if sequencer else {})}
    event = {
        "id": uuid4().hex, "source": "aws.s3", "detail-type": kind, "time": AT,
        "detail": {"bucket": {"name": INBOX}, "object": about, "deletion-type": how, "reason": "DeleteObject"},
    }  # fmt: skip
    message = {"messageId": event["id"], "body": json.dumps(event)}
    assert delete.handler({"Records": [message]}, Context()) == {"batchItemFailures": []}


def test_the_parts_go_with_the_whole(splitting, capsys):
    split(splitting)
    splitting.s3.put_object(Bucket=INBOX, Key=f"{KEY}.parts/mine.pdf", Body=b"mine")
    marker = splitting.s3.delete_object(Bucket=INBOX, Key=KEY)["VersionId"]
    capsys.readouterr()
    gone(marker)
    assert inbox(splitting) == [f"{KEY}.parts/mine.pdf"]
    assert 3.0 in metrics(capsys.readouterr().out)["BesideDeleted"]
    gone(marker)
    assert inbox(splitting) == [f"{KEY}.parts/mine.pdf"]


def test_a_late_word_of_a_deletion_leaves_the_parts_of_what_was_uploaded_since(splitting):
    split(splitting, sequencer="01")
    marker = splitting.s3.delete_object(Bucket=INBOX, Key=KEY)["VersionId"]
    split(splitting, sequencer="10")
    gone(marker)
    assert inbox(splitting) == [KEY, *PLACES]


def test_an_old_version_that_goes_leaves_the_current_one_s_parts(splitting):
    old = claimed(splitting, stack(), sequencer="01")
    transform.handler(old, Context())
    split(splitting, sequencer="02")
    version = old["document"]["version_id"]
    splitting.s3.delete_object(Bucket=INBOX, Key=KEY, VersionId=version)
    gone(version, "Permanently Deleted")
    assert inbox(splitting) == [KEY, *PLACES]


def test_a_run_that_comes_after_the_deletion_puts_nothing(splitting):
    state = claimed(splitting, stack())
    gone(splitting.s3.delete_object(Bucket=INBOX, Key=KEY)["VersionId"])
    transform.handler(state, Context())
    assert inbox(splitting) == []


def test_a_deletion_while_the_parts_are_put_takes_them(splitting, monkeypatch):
    state, put = claimed(splitting, stack()), beside.put

    def deleted_meanwhile(bucket, key, *arguments):
        if "/02 " in key:
            splitting.s3.delete_object(Bucket=INBOX, Key=KEY)
            deletions.mark_all(steps.summaries(), KEY, "09")
        return put(bucket, key, *arguments)

    monkeypatch.setattr(beside, "put", deleted_meanwhile)
    transform.handler(state, Context())
    assert inbox(splitting) == []
