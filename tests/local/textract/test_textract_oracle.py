"""What the local Textract answers, read by our walk and by an independent library: both have to read the same."""

from __future__ import annotations

import json

import pytest

from tests.local.textract.builders import analyze, drawn, pdf_of
from tests.local.textract.pages import PAGES
from tests.unit.documents.test_blocks_oracle import compare


@pytest.mark.parametrize("name", sorted(PAGES))
def test_a_drawn_page_reads_alike(name):
    compare([json.loads(analyze(drawn(name).png()).body)])


def test_a_pdf_s_own_text_reads_alike():
    compare([json.loads(analyze(pdf_of("Name: Ann Lee", "Phone: 555 0100", "All is well.")).body)])
