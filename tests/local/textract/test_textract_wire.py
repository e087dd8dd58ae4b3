"""Textract's wire: shapes, limits and errors as in AWS's service model, whatever is found on the page."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from local.cloud.http import Request
from local.services import ROUTES
from local.services.textract import pages as textract_pages
from local.services.textract import service
from local.services.textract.errors import Throttled
from local.services.textract.switches import JOBS, MODEL, QUOTAS, THROTTLES, admit_job
from local.services.throttle import Throttle
from tests.local.engine_client import engine_client
from tests.local.textract.builders import ALL, Answer, analyze, answer, call, error, pdf_of

BILL = pdf_of("Invoice Number: 4711", "Total: 12.50")


def blank(form: str, size: tuple[int, int] = (40, 30), **options: object) -> bytes:
    data = io.BytesIO()
    Image.new("RGB", size, "white").save(data, form, **options)
    return data.getvalue()


def locked_pdf() -> bytes:
    from pypdf import PdfReader, PdfWriter

    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(BILL)))
    writer.encrypt("secret", algorithm="RC4-128")
    data = io.BytesIO()
    writer.write(data)
    return data.getvalue()


# --- answers ---------------------------------------------------------------------------------------------------


def test_the_engine_is_found_by_its_service_name() -> None:
    response = ROUTES["textract"](
        Request("POST", "/", {}, {"x-amz-target": "Textract.No"}, b"{}", "us-east-1", "1" * 12)
    )
    assert error(response) == "UnknownOperationException"


def test_every_answer_names_the_stand_in() -> None:
    response = analyze(BILL)
    assert response.headers["x-millrace-engine"].startswith("millrace-local")
    assert json.loads(response.body)["AnalyzeDocumentModelVersion"] == response.headers["x-millrace-engine"]


def test_the_blocks_are_those_of_the_service_model() -> None:
    shapes = MODEL.model["shapes"]
    for block in answer(analyze(BILL)).blocks:
        assert set(block) <= set(shapes["Block"]["members"])
        assert block["BlockType"] in shapes["BlockType"]["enum"]
        assert set(block.get("EntityTypes", ())) <= set(shapes["EntityType"]["enum"])
        for link in block.get("Relationships", ()):
            assert link["Type"] in shapes["RelationshipType"]["enum"]
        assert 0 <= block.get("Confidence", 0) <= 100


def test_no_id_dangles_and_every_block_is_reached_from_its_page() -> None:
    found = answer(analyze(BILL))
    (page,) = found.of("PAGE")
    seen = {page["Id"]}
    edge = [page]
    while edge:
        for link in edge.pop().get("Relationships", ()):
            for identifier in link["Ids"]:
                if identifier not in seen:
                    seen.add(identifier)
                    edge.append(found.by_id[identifier])
    assert seen == set(found.by_id)


def test_the_same_request_gives_the_same_ids_and_another_does_not() -> None:
    first, again = answer(analyze(BILL)), answer(analyze(BILL))
    assert first.blocks == again.blocks
    other = answer(analyze(pdf_of("Invoice Number: 4712")))
    assert not set(first.by_id) & set(other.by_id)


@pytest.mark.parametrize(
    ("features", "expected"),
    [
        (["FORMS"], {"PAGE", "LINE", "WORD", "KEY_VALUE_SET"}),
        (["TABLES"], {"PAGE", "LINE", "WORD"}),
        (["SIGNATURES"], {"PAGE", "LINE", "WORD"}),
        (["LAYOUT"], {"PAGE", "LINE", "WORD", "LAYOUT_KEY_VALUE"}),
    ],
)
def test_only_what_was_asked_for_is_answered(features: list[str], expected: set[str]) -> None:
    assert {block["BlockType"] for block in answer(analyze(BILL, features)).blocks} == expected


def test_detect_document_text_gives_lines_and_words() -> None:
    response = call("DetectDocumentText", {"Document": {"Bytes": base64.b64encode(BILL).decode()}})
    assert "DetectDocumentTextModelVersion" in json.loads(response.body)
    assert [block["Text"] for block in answer(response).of("LINE")] == ["Invoice Number: 4711", "Total: 12.50"]


def test_boxes_are_shares_of_the_page_with_four_corners() -> None:
    for block in answer(analyze(BILL)).blocks:
        box, corners = block["Geometry"]["BoundingBox"], block["Geometry"]["Polygon"]
        assert len(corners) == 4
        assert all(0 <= corner[axis] <= 1 for corner in corners for axis in ("X", "Y"))
        assert box["Left"] == min(corner["X"] for corner in corners)
        assert box["Top"] + box["Height"] == pytest.approx(max(corner["Y"] for corner in corners))


def test_a_blank_page_is_a_page_without_children() -> None:
    found = answer(analyze(blank("PNG", (600, 800))))
    assert [block["BlockType"] for block in found.blocks] == ["PAGE"]
    assert "Relationships" not in found.blocks[0]


# --- queries ---------------------------------------------------------------------------------------------------


def ask(*queries: dict[str, object]) -> Answer:
    return answer(analyze(BILL, ["QUERIES"], QueriesConfig={"Queries": list(queries)}))


def test_a_query_is_answered_by_the_nearest_key() -> None:
    found = ask({"Text": "What is the invoice number?", "Alias": "NUMBER"})
    (query,) = found.of("QUERY")
    assert query["Query"] == {"Text": "What is the invoice number?", "Alias": "NUMBER"}
    assert [result["Text"] for result in found.related(query, "ANSWER")] == ["4711"]


def test_a_query_without_an_answer_has_none() -> None:
    found = ask({"Text": "Who is the patient's physician?"})
    assert len(found.of("QUERY")) == 1
    assert found.of("QUERY_RESULT") == []
    assert "Relationships" not in found.of("QUERY")[0]


@pytest.mark.parametrize(("pages", "count"), [(["2"], 0), (["*"], 1), (["1-3"], 1), (["2-*"], 0), (None, 1)])
def test_a_query_is_asked_of_its_pages(pages: list[str] | None, count: int) -> None:
    wanted = {"Text": "total", **({"Pages": pages} if pages else {})}
    assert len(ask(wanted).of("QUERY")) == count


def test_queries_and_their_feature_go_together() -> None:
    assert error(analyze(BILL, ["QUERIES"])) == "InvalidParameterException"
    asked = {"QueriesConfig": {"Queries": [{"Text": "total"}]}}
    assert error(analyze(BILL, ["FORMS"], **asked)) == "InvalidParameterException"
    many = {"QueriesConfig": {"Queries": [{"Text": "total"}] * 16}}
    assert error(analyze(BILL, ["QUERIES"], **many)) == "InvalidParameterException"


# --- refusals --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"hello, this is no document", "UnsupportedDocumentException"),
        (blank("GIF"), "UnsupportedDocumentException"),
        (blank("WEBP"), "UnsupportedDocumentException"),
        (b"%PDF-1.4\nbroken", "BadDocumentException"),
        (blank("PNG")[:60], "BadDocumentException"),
        (blank("JPEG")[:200], "BadDocumentException"),
        (blank("TIFF")[:60], "BadDocumentException"),
        (pdf_of("one", pages=2), "UnsupportedDocumentException"),
        (locked_pdf(), "UnsupportedDocumentException"),
        (blank("PNG", (10_001, 4)), "DocumentTooLargeException"),
        (pdf_of("wide", size=(9001, 100)), "DocumentTooLargeException"),
        (blank("PNG") + bytes(textract_pages.MOST_SYNC_BYTES), "DocumentTooLargeException"),
    ],
)
def test_a_document_that_cannot_be_read_has_its_own_error(data: bytes, expected: str) -> None:
    assert error(analyze(data)) == expected


def test_a_tiff_of_two_frames_is_for_jobs() -> None:
    frames = blank("TIFF", save_all=True, append_images=[Image.new("RGB", (40, 30), "white")])
    assert error(analyze(frames)) == "UnsupportedDocumentException"


@pytest.mark.parametrize(
    ("form", "modes"),
    [
        ("PNG", ("1", "L", "LA", "P", "RGB", "RGBA", "I;16")),
        ("JPEG", ("L", "RGB", "CMYK")),
        ("TIFF", ("1", "L", "P", "RGB", "RGBA", "CMYK", "I;16", "F")),
    ],
)
def test_images_of_every_kind_are_taken(form: str, modes: tuple[str, ...]) -> None:
    for mode in modes:
        data = io.BytesIO()
        Image.new("L", (300, 200), 255).convert(mode).save(data, form)
        assert analyze(data.getvalue()).status == 200, mode


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({}, "ValidationException"),
        ({"Document": {}, "FeatureTypes": ["FORMS"]}, "InvalidParameterException"),
        ({"Document": {"Bytes": "QQ=="}, "FeatureTypes": []}, "InvalidParameterException"),
        ({"Document": {"Bytes": "QQ=="}, "FeatureTypes": ["SHAPES"]}, "ValidationException"),
        ({"Document": {"Bytes": ""}, "FeatureTypes": ["FORMS"]}, "ValidationException"),
        ({"Document": {"Bytes": "no base64!"}, "FeatureTypes": ["FORMS"]}, "SerializationException"),
        ({"Document": {"Bytes": 1}, "FeatureTypes": ["FORMS"]}, "SerializationException"),
        ({"Document": [], "FeatureTypes": ["FORMS"]}, "SerializationException"),
        ({"Document": {"S3Object": {"Bucket": "b"}}, "FeatureTypes": ["FORMS"]}, "ValidationException"),
        ({"Document": {"S3Object": {"Bucket": "bucket"}}, "FeatureTypes": ["FORMS"]}, "InvalidParameterException"),
        ({"Document": {"Bytes": "QQ=="}, "FeatureTypes": "FORMS"}, "SerializationException"),
        (b"{", "SerializationException"),
        (b"[]", "SerializationException"),
    ],
)
def test_a_wrong_member_has_its_own_error(body: object, expected: str) -> None:
    assert error(call("AnalyzeDocument", body)) == expected


def test_bytes_and_an_object_at_once_are_refused() -> None:
    both = {"Bytes": "QQ==", "S3Object": {"Bucket": "bucket", "Name": "name"}}
    assert error(call("AnalyzeDocument", {"Document": both, "FeatureTypes": ["FORMS"]})) == "InvalidParameterException"


def test_what_is_not_there_says_so() -> None:
    assert error(call("AnalyzeExpense", {})) == "NotImplementedLocally"
    loop = {"HumanLoopName": "loop", "FlowDefinitionArn": "arn:aws:sagemaker:us-east-1:123456789012:flow-definition/f"}
    assert error(analyze(BILL, HumanLoopConfig=loop)) == "NotImplementedLocally"


@settings(max_examples=60)
@given(
    st.binary(max_size=200), st.sampled_from([b"", b"%PDF-1.7\n", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"II*\x00"])
)
def test_no_bytes_make_the_engine_fail_by_itself(data: bytes, start: bytes) -> None:
    response = analyze(start + data or b"x")
    assert response.status == 400
    assert MODEL.error_status(error(response)) == 400


# --- rates and faults ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("operation", sorted(QUOTAS))
def test_a_rate_is_held_and_refills(operation: str) -> None:
    now = [0.0]
    throttle = Throttle(QUOTAS, Throttled, clock=lambda: now[0])
    for _ in range(int(QUOTAS[operation].rate)):
        throttle.admit(operation)
    with pytest.raises(service.ServiceError, match="rate"):
        throttle.admit(operation)
    now[0] += 1.01 / QUOTAS[operation].rate
    throttle.admit(operation)


def test_jobs_at_the_same_time_are_bounded() -> None:
    throttle = Throttle(QUOTAS, Throttled)
    admit_job(throttle, JOBS - 1)
    with pytest.raises(service.ServiceError, match="concurrent"):
        admit_job(throttle, JOBS)


def test_throttled_calls_have_textracts_own_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOCAL_TEXTRACT_THROTTLE", "0.1")
    answers = [call("GetDocumentAnalysis", {"JobId": "a" * 64}, account="3" * 12) for _ in range(3)]
    assert [error(a) for a in answers].count("ProvisionedThroughputExceededException") == 2


@pytest.mark.parametrize("setting", ["fast", "0", "-1", "inf", "nan"])
def test_a_wrong_setting_is_explained(monkeypatch: pytest.MonkeyPatch, setting: str) -> None:
    monkeypatch.setenv("LOCAL_TEXTRACT_THROTTLE", setting)
    with pytest.raises(ValueError, match="on, off, or a factor"):
        THROTTLES.of("1" * 12, "us-east-1")


# --- a real client ---------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def client() -> Iterator[Any]:
    with engine_client("textract", service.handle) as made:
        yield made


def test_a_real_client_reads_the_answer(client: Any) -> None:
    found = client.analyze_document(Document={"Bytes": BILL}, FeatureTypes=list(ALL))
    assert found["DocumentMetadata"] == {"Pages": 1}
    assert Answer(found["Blocks"]).pairs() == {"Invoice Number:": "4711", "Total:": "12.50"}


def test_a_real_client_knows_the_errors_by_name(client: Any) -> None:
    with pytest.raises(client.exceptions.UnsupportedDocumentException):
        client.analyze_document(Document={"Bytes": b"text"}, FeatureTypes=["FORMS"])
    with pytest.raises(client.exceptions.InvalidJobIdException):
        client.get_document_analysis(JobId="a" * 64)
    with pytest.raises(ClientError, match="ValidationException"):
        client.analyze_document(Document={"Bytes": BILL}, FeatureTypes=["NOTHING"])
