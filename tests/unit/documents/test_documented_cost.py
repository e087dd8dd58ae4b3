"""The figures of docs/cost.md about documents follow from its assumptions, its prices and what the code does."""

from __future__ import annotations

import math
from collections import Counter

import boto3
import pytest
from botocore.client import BaseClient

from common.objects import Bucket
from documents.files import media_types
from documents.meaning.vocabulary import document_types
from documents.model import Inspection
from documents.outputs import kept, places
from documents.reading import own_text
from documents.summary import prompts
from local.cloud.testing import ROOT
from local.demo.documents import pdf_writer, texts
from local.services.bedrock import guardrails
from operate.cost import prices
from tests.unit.documents.pipeline_aws import SUMMARIES
from tests.unit.documents.pipeline_builders import source
from tests.unit.documents.test_deletions import World

COST = (ROOT / "docs" / "cost.md").read_text()
PRICES, S3, LAMBDA = (prices.table(name) for name in ("documents_usd", "s3_usd", "lambda_usd"))

DOCUMENTS, NATIVE, PAGES = 10_000, 6_000, 3
CHARACTERS = 5_000
"""Of a document."""
PICTURED = 300
DELETED = 1_000
CPU_MS, MEMORY = 20, 2.0
"""What painting takes beyond reading, of a dense page (``bench painting``), and the GB of Transform."""
CHARACTERS_A_TOKEN = 4
SENTENCE = "The patient was seen and is well again, and the bill is due in June. "


def row(name: str) -> list[str]:
    """Cells of a row behind its name."""
    (line,) = [line for line in COST.splitlines() if line.startswith(f"| {name} |")]
    return [cell.strip() for cell in line.strip("|").split("|")][1:]


def usd(amount: float) -> str:
    return f"{amount:,.0f}" if amount >= 100 else f"{amount:.1f}" if amount >= 0.1 else f"{amount:.1g}"


def test_painting():
    seconds = NATIVE * PAGES * CPU_MS / 1000
    cells = row("Painting each page of a file with text")
    assert cells == [f"{CPU_MS} ms of CPU a page, of 18,000", usd(seconds * MEMORY * LAMBDA["gb_second_x86_64"])]


def test_pictures():
    pages = PICTURED * PAGES
    price = PRICES["textract_forms_page"] + PRICES["textract_tables_page"]
    cells = row("Pictures in files with text, sent to Textract")
    assert cells == ["900 pages of 300 documents, FORMS and TABLES", usd(pages * price)]
    assert usd((DOCUMENTS - NATIVE) * PAGES * price) in row("Scans, for comparison")


def test_types_by_the_model():
    described = {name: kind.description for name, kind in document_types.shipped().items()}
    prompt = prompts.which_type((SENTENCE * 200)[:CHARACTERS], described | {"other": "None of these"})
    tokens = round(len(prompt.system + prompt.user) / CHARACTERS_A_TOKEN, -2)
    cells = row("Types by the model")
    assert cells == [
        f"{tokens:,.0f} tokens a document",
        usd(DOCUMENTS * tokens * PRICES["model_million_input_tokens"] / 1e6),
    ]


def test_a_guardrail():
    found = guardrails.guardrails()["localwatch"]
    asked = guardrails.check(found, "INPUT", prompts.whole((SENTENCE * 200)[:CHARACTERS]).user).usage
    said = guardrails.check(found, "OUTPUT", SENTENCE * 5).usage
    units = asked["sensitiveInformationPolicyUnits"] + said["sensitiveInformationPolicyUnits"]
    cells = row("Guardrail, for each policy that is billed")
    assert cells == [
        f"{units} text units a document",
        usd(DOCUMENTS * units * PRICES["guardrail_thousand_units"] / 1000),
    ]


def test_a_key():
    cells = row("KMS key")
    requests = 10 * DOCUMENTS
    assert cells == [
        f"a month of the key, at most {requests:,} requests",
        usd(PRICES["kms_key_month"] + requests * PRICES["kms_10000_requests"] / 10_000),
    ]


@pytest.fixture
def asked(account):
    """Requests to S3 by operation, as they are made."""
    made: Counter[str] = Counter()
    real = BaseClient._make_api_call

    def counted(self, operation, arguments):
        made[operation] += 1
        return real(self, operation, arguments)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(BaseClient, "_make_api_call", counted)
        yield made


def test_places_and_text(account, asked, tmp_path):
    path = tmp_path / "document"
    notes = [[line for each in range(5) for line in texts.visit(5 * page + each).splitlines()] for page in range(PAGES)]
    path.write_bytes(pdf_writer.text_pdf(notes))
    found = own_text.extract(path, media_types.PDF)
    layout = places.searched(found, tuple(own_text.layout(path, media_types.PDF)))
    assert sum(len(line.text) for line in found.lines) == pytest.approx(CHARACTERS, rel=0.05)
    of = source("a.pdf")
    assert kept.put(Bucket(SUMMARIES), of, Inspection(media_types.PDF, PAGES, "text"), found, layout, tmp_path)
    objects = boto3.client("s3").list_objects_v2(Bucket=SUMMARIES)["Contents"]
    size = sum(each["Size"] for each in objects)
    kilobytes = math.ceil(size / PAGES / 1000)
    cells = row("Places and text, writing")
    assert cells == [
        f"{asked['PutObject']} PUT a document",
        usd(DOCUMENTS * asked["PutObject"] * S3["thousand_puts"] / 1000),
    ]
    gigabytes = DOCUMENTS * PAGES * kilobytes / 1e6
    cells = row("Places and text, keeping")
    assert cells == [
        f"{kilobytes} kB a page: {gigabytes:.2f} GB more each month",
        usd(gigabytes * S3["gb_month"]),
    ]


def test_a_deletion(account, asked):
    world = World(account)
    world.run(world.upload(b"Patient: Ada"))
    asked.clear()
    world.deliver(world.delete())
    lists = asked["ListObjectsV2"] + asked["ListObjectVersions"]
    assert row("Deleting 1,000 documents") == [
        f"{lists} LIST a deletion",
        usd(DELETED * lists * S3["thousand_puts"] / 1000),
    ]
